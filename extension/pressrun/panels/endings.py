"""The last value of each line of curves as a grid: what a reader who cannot see the figure, or copies it, is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pressrun.lettering import shorten
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import decimals_for, measured, plain_number

if TYPE_CHECKING:
    from pressrun.facts import PanelFact


def endings(fact: PanelFact) -> Grid:
    """Give one row a line: its last place with a number, the value there with its interval, and its runs."""
    view, frame = fact.view, fact.frame
    last: dict[str, int] = {}
    for row, (label, run, value) in enumerate(zip(frame["group"], frame["run"], frame["value"], strict=True)):
        if run == "" and isinstance(value, (int, float)):
            last[label] = row
    halves, values = [], []
    for row in last.values():
        low, high = frame["low"][row], frame["high"][row]
        values.append(float(frame["value"][row]))
        if _is_number(low) and _is_number(high):
            halves.append((high - low) / 2)
    decimals = decimals_for(values, halves)
    rows = []
    for group in view["groups"]:
        label = group["label"]
        cells = [Cell(shorten(label), note=label if shorten(label) != label else "")]
        if label in last:
            at = last[label]
            low, high, value = frame["low"][at], frame["high"][at], float(frame["value"][at])
            half = (high - low) / 2 if _is_number(low) and _is_number(high) else None
            cells += [
                Cell(plain_number(frame["x"][at]), frame["x"][at]),
                Cell(measured(value, half, decimals), value, low, high, frame["n"][at]),
                Cell(str(frame["n"][at]), frame["n"][at]),
            ]
        else:
            cells += [Cell("—")] * 3
        rows.append(Row(label, label, tuple(cells), tuple(group["runs"]), view["baseline"] == label))
    return Grid(
        (
            Column("group", "line"),
            Column("x", f"last {view['x']['label']}", "right", numeric=True),
            Column("value", view["y"]["label"], "right", numeric=True),
            Column("n", "n", "right", numeric=True),
        ),
        tuple(rows),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
