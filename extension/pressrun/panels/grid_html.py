"""A grid as a static HTML table: semantic, escaped, and whole where viewers strip every style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.lettering import escape_html, reads_backwards
from pressrun.panels.sheet import DAGGER, sheet

if TYPE_CHECKING:
    from pressrun.panels.grid import Grid
    from pressrun.panels.sheet import Entry, Line


def table_html(grid: Grid, *, caption: str = "") -> str:
    """Give the bare `<table>`, as a published page sets it under a caption of its own."""
    page = sheet(grid)
    aligns = [heading.align for heading in page.headings]
    head = "".join(
        f'<th scope="col" style="text-align:{align}">{escape_html(heading.title)}</th>'
        for heading, align in zip(page.headings, aligns, strict=True)
    )
    body: list[str] = []
    for line in page.lines:
        if line.section:
            body.append(f'<tr><th scope="rowgroup" colspan="{len(aligns)}">{escape_html(line.section)}</th></tr>')
        body.append(_row(line, aligns))
    title = f"<caption>{escape_html(caption)}</caption>" if caption else ""
    return (
        f'<table class="pr-table">{title}\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(body)
        + "\n</tbody></table>"
    )


def grid_html(grid: Grid, *, title: str = "", foot: str = "") -> str:
    """Give the table with its notes and its disclosure, for viewers that show nothing else of the panel."""
    notes = "".join(f"<li>{escape_html(note)}</li>" for note in sheet(grid).notes)
    return (
        '<div class="pr-static">'
        + table_html(grid, caption=title)
        + (f'\n<ul class="pr-notes">{notes}</ul>' if notes else "")
        + (f'\n<p class="pr-disclosure"><small>{escape_html(foot)}</small></p>' if foot else "")
        + "</div>"
    )


def _row(line: Line, aligns: list[str]) -> str:
    cells = []
    for index, (entry, align) in enumerate(zip(line.entries, aligns, strict=True)):
        if index == 0:
            cells.append(f'<th scope="row" style="text-align:{align};font-weight:normal">{_content(entry)}</th>')
        else:
            cells.append(f'<td style="text-align:{align}">{_content(entry)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _content(entry: Entry) -> str:
    text = escape_html(entry.text)
    if reads_backwards(entry.text):
        # Keeps a right-to-left name from turning round what stands beside it.
        text = f"<bdi>{text}</bdi>"
    if entry.bold:
        text = f"<strong>{text}</strong>"
    return f"{text}<sup>{DAGGER}</sup>" if entry.dagger else text
