"""The table face of a sweep: the numbers at each value of a setting, or at each pair of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.canonical import number
from pressrun.lettering import count, shorten
from pressrun.panels.estimates import decimals_of, estimate_cell
from pressrun.panels.grid import Cell, Column, Grid, Row, Section
from pressrun.panels.numerals import decimals_for, fixed
from pressrun.statistics.interval import LEVEL, quartiles, student_t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.panels.sweep import Slice

#: Rows of the table; the frame holds all.
MOST_ROWS = 60
_NOISE = f"mean ± half-width of its {LEVEL:.0%} Student-t interval"


def slices_table(slices: Sequence[Slice], metric: str) -> Grid:
    """Give one row a value of each setting: median, quartiles, mean, n."""
    rows: list[Row] = []
    sections = []
    left = 0
    for place, each in enumerate(slices):
        if len(slices) > 1:
            sections.append(Section(each.label, len(rows)))
        samples = each.samples
        decimals = min(6, decimals_for([value for numbers in samples for value in quartiles(numbers)]))
        means = [student_t(numbers) for numbers in samples]
        precise = decimals_of((mean.mean, mean.low, mean.high) for mean in means)
        shown = max(0, MOST_ROWS - len(rows))
        left += max(0, len(samples) - shown)
        for level, numbers in enumerate(samples[:shown]):
            low, middle, high = quartiles(numbers)
            mean = means[level]
            cells = (
                _name(each.levels.names[level]),
                Cell(fixed(middle, decimals), number(middle)),
                Cell(f"{fixed(low, decimals)} to {fixed(high, decimals)}"),
                estimate_cell(mean.mean, mean.low, mean.high, precise, n=mean.n),
                Cell(str(mean.n), mean.n),
            )
            rows.append(Row(f"{place}:{level}", each.levels.names[level], cells))
    columns = (
        Column("value", slices[0].label if len(slices) == 1 else "value"),
        Column("median", f"median {metric}", "right", numeric=True),
        Column("quartiles", "quartiles", "right"),
        Column("mean", "mean", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
    )
    return Grid(columns, tuple(rows), tuple(sections), (_NOISE, *_more(left)))


def cells_table(filled: Mapping[tuple[int, int], Sequence[float]], across: Slice, up: Slice, metric: str) -> Grid:
    """Give one row a cell that some run has: both values, mean, n."""
    means = {place: student_t(numbers) for place, numbers in filled.items()}
    decimals = decimals_of((mean.mean, mean.low, mean.high) for mean in means.values())
    rows = [
        Row(
            f"{x}:{y}",
            f"{across.levels.names[x]}, {up.levels.names[y]}",
            (
                _name(across.levels.names[x]),
                _name(up.levels.names[y]),
                estimate_cell(mean.mean, mean.low, mean.high, decimals, n=mean.n),
                Cell(str(mean.n), mean.n),
            ),
        )
        for (x, y), mean in list(means.items())[:MOST_ROWS]
    ]
    columns = (
        Column("x", across.label),
        Column("y", up.label),
        Column("mean", f"mean {metric}", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
    )
    empty = len(across.levels.names) * len(up.levels.names) - len(filled)
    lacking = [f"{count(empty, 'pair')} of values without runs"] if empty else []
    return Grid(columns, tuple(rows), (), (_NOISE, *lacking, *_more(len(means) - MOST_ROWS)))


def _name(name: str) -> Cell:
    return Cell(shorten(name), note=name if shorten(name) != name else "")


def _more(left: int) -> list[str]:
    return [f"{count(left, 'more row')} in the data"] if left > 0 else []
