"""A grid as the static faces set it: differences in columns of their own beside the numbers they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.lettering import shorten
from pressrun.panels.grid import Mark

if TYPE_CHECKING:
    from pressrun.panels.grid import Grid, Row

#: What stands after a number that cannot be told apart from the best.
DAGGER = "†"
_ARROWS = {"max": "↑", "min": "↓"}
#: What stands there after the best, where bold cannot be shown.
STAR = "*"
BASELINE = "(baseline)"
#: Characters of a cell that a static face prints.
CELL_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column, and how the column is set."""

    title: str
    align: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a static face prints in one cell."""

    text: str
    bold: bool = False
    dagger: bool = False

    @property
    def plain(self) -> str:
        """The text with its mark, where bold cannot be shown."""
        return self.text + (STAR if self.bold else "") + (DAGGER if self.dagger else "")


@dataclass(frozen=True, slots=True)
class Line:
    """One row as printed, with the heading that stands before it."""

    entries: tuple[Entry, ...]
    section: str = ""
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Headings, rows and notes of a static table."""

    headings: tuple[Heading, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def sheet(grid: Grid, *, best: str = "bold") -> Sheet:
    """Lay a grid out for print, where `best` is how the face shows a best cell."""
    compared = [grid.compared(index) for index in range(len(grid.columns))]
    headings = []
    for index, (column, differs) in enumerate(zip(grid.columns, compared, strict=True)):
        headings.append(Heading(shorten(column.heading, CELL_LENGTH) + _arrow(grid, index), column.align))
        if differs:
            headings.append(Heading(f"Δ {shorten(column.title, CELL_LENGTH)}", "right"))
    lines = tuple(
        Line(_entries(row, compared), grid.heading_at(index), row.baseline) for index, row in enumerate(grid.rows)
    )
    return Sheet(tuple(headings), lines, (*grid.notes, *_legend(grid, best)))


def _entries(row: Row, compared: list[bool]) -> tuple[Entry, ...]:
    entries = []
    for index, (cell, differs) in enumerate(zip(row.cells, compared, strict=True)):
        text = shorten(cell.text, CELL_LENGTH)
        if index == 0 and row.baseline:
            text = f"{text} {BASELINE}"
        entries.append(Entry(text, cell.mark is Mark.BEST, cell.mark is Mark.TIED))
        if differs:
            entries.append(Entry(shorten(cell.delta.text, CELL_LENGTH) if cell.delta else ""))
    return tuple(entries)


def _arrow(grid: Grid, index: int) -> str:
    """Show which way is better where the column judges by it."""
    judged = grid.compared(index) or any(row.cells[index].mark is not Mark.NONE for row in grid.rows)
    return f" {_ARROWS.get(grid.columns[index].direction, '')}".rstrip() if judged else ""


def _legend(grid: Grid, best: str) -> list[str]:
    marks = {cell.mark for row in grid.rows for cell in row.cells}
    said = []
    if Mark.BEST in marks:
        said.append(f"{best}: better than every other row, 95% after Holm correction")
    if Mark.TIED in marks:
        said.append(f"{DAGGER} cannot be told apart from the best")
    return said
