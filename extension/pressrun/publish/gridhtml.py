"""A grid as an HTML table: sections, marks, intervals and differences, each in words as well as in looks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pressrun.lettering import printable
from pressrun.panels.grid import Mark, Verdict

if TYPE_CHECKING:
    from pressrun.panels.grid import Cell, Column, Grid, Row

_DELTA = {
    Verdict.BETTER: ("▲", "better than the baseline"),
    Verdict.WORSE: ("▼", "worse than the baseline"),
    Verdict.UNRESOLVED: ("≈", "not told apart from the baseline"),
}
_ALIGN = {"left": "left", "right": "right", "center": "center"}


def table(grid: Grid, description: str) -> str:
    """Write a grid as a table that scrolls in its own box."""
    heads = "".join(
        f'<th scope="col" data-align="{_align(column)}">{_text(column.heading)}</th>' for column in grid.columns
    )
    bodies = []
    for index, row in enumerate(grid.rows):
        if heading := grid.heading_at(index):
            bodies.append(
                f'<tr class="pr-section"><th scope="rowgroup" colspan="{len(grid.columns)}">{_text(heading)}</th></tr>'
            )
        bodies.append(_row(row, grid))
    notes = "".join(f'<p class="pr-grid-note">{_text(note)}</p>' for note in grid.notes)
    return (
        f'<div class="pr-scroll" tabindex="0" role="region" aria-label="{escape(description)}">'
        f'<table class="pr-grid"><thead><tr>{heads}</tr></thead><tbody>{"".join(bodies)}</tbody></table></div>{notes}'
    )


def _text(text: str) -> str:
    return escape(printable(text))


def _align(column: Column) -> str:
    return _ALIGN.get(column.align, "left")


def _row(row: Row, grid: Grid) -> str:
    cells = []
    for position, (cell, column) in enumerate(zip(row.cells, grid.columns, strict=True)):
        if position == 0:
            baseline = ' <span class="pr-baseline">baseline</span>' if row.baseline else ""
            cells.append(f'<th scope="row" data-align="{_align(column)}">{_text(cell.text)}{baseline}</th>')
        else:
            cells.append(_cell(cell, column))
    return f"<tr{' data-baseline' if row.baseline else ''}>{''.join(cells)}</tr>"


def _cell(cell: Cell, column: Column) -> str:
    text = _text(cell.text)
    if cell.mark is Mark.BEST:
        text = f'<strong>{text}</strong><span class="pr-visually-hidden"> (best)</span>'
    elif cell.mark is Mark.TIED:
        text += '<span class="pr-tied" title="among the best that cannot be told apart">†</span>'
    delta = ""
    if cell.delta is not None:
        symbol, words = _DELTA[cell.delta.verdict]
        delta = (
            f'<span class="pr-delta" data-delta="{cell.delta.verdict.value}"><span aria-hidden="true">{symbol}</span> '
            f'{_text(cell.delta.text)}<span class="pr-visually-hidden"> {words}</span></span>'
        )
    note = f' title="{_text(cell.note)}"' if cell.note else ""
    return f'<td data-align="{_align(column)}"{note}>{text}{delta}</td>'
