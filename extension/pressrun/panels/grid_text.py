"""A grid as plain text for terminals and for viewers that show nothing else."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from pressrun.lettering import shorten
from pressrun.panels.sheet import STAR, sheet

if TYPE_CHECKING:
    from pressrun.panels.grid import Grid

#: Rows that are printed; the fact holds all.
ROWS = 60


def grid_text(grid: Grid, *, title: str = "", foot: str = "") -> str:
    """Give the aligned table with its notes and its disclosure."""
    page = sheet(grid, best=STAR)
    table = [[heading.title for heading in page.headings]]
    table += [[entry.plain for entry in line.entries] for line in page.lines[:ROWS]]
    widths = [max(map(columns_of, column)) for column in zip(*table, strict=True)]
    rule = "  ".join("─" * width for width in widths)
    out = [shorten(title, 100)] if title else []
    for index, row in enumerate(table):
        if index and (section := page.lines[index - 1].section):
            out.append(shorten(section, 100))
        cells = [
            _pad(text, width, heading.align) for text, width, heading in zip(row, widths, page.headings, strict=True)
        ]
        out.append("  ".join(cells).rstrip())
        if not index:
            out.append(rule)
    if len(page.lines) > ROWS:
        out.append(f"… {len(page.lines) - ROWS} more rows")
    return "\n".join([*out, *page.notes, *([foot] if foot else [])])


def columns_of(text: str) -> int:
    """Give the columns that a text takes on a terminal: two for wide letters, none for combining marks."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) == "Cf"
        else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def _pad(text: str, width: int, align: str) -> str:
    blank = " " * max(0, width - columns_of(text))
    if align == "right":
        return blank + text
    if align == "center":
        return blank[: len(blank) // 2] + text + blank[len(blank) // 2 :]
    return text + blank
