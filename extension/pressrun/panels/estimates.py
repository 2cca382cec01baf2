"""Estimates with their intervals, as cells of a table and as whiskers of a chart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.canonical import number
from pressrun.panels.grid import Cell
from pressrun.panels.numerals import MISSING, decimals_for, fixed, measured

if TYPE_CHECKING:
    from collections.abc import Iterable


def half(low: float, high: float) -> float | None:
    """Give the half-width of an interval, None where it has no ends."""
    return (high - low) / 2 if math.isfinite(low) and math.isfinite(high) else None


def decimals_of(estimates: Iterable[tuple[float, float, float]]) -> int:
    """Give the decimals of a column of estimates, each as (value, low, high)."""
    some = [each for each in estimates if math.isfinite(each[0])]
    return decimals_for([value for value, _, _ in some], [h for _, low, high in some if (h := half(low, high))])


def estimate_cell(
    value: float, low: float, high: float, decimals: int, *, n: int | None = None, note: str = ""
) -> Cell:
    """Give the cell of an estimate: value ± half-width, the value alone where it has no interval, a dash for NaN."""
    if math.isnan(value):
        return Cell(MISSING, n=n, note=note)
    width = half(low, high)
    ends = (None, None) if width is None else (number(low), number(high))
    return Cell(measured(value, width, decimals), number(value), *ends, n=n, note=note)


def ranged_cell(value: float, low: float, high: float, decimals: int, *, n: int | None = None) -> Cell:
    """Give the cell of an estimate with a lopsided interval: "0.91 [0.88, 0.93]", the value alone where it has none."""
    if half(low, high) is None:
        return estimate_cell(value, low, high, decimals, n=n)
    text = f"{fixed(value, decimals)} [{fixed(low, decimals)}, {fixed(high, decimals)}]"
    return Cell(text, number(value), number(low), number(high), n=n)


def whiskers(axis: str, low: float, high: float) -> dict[str, Any]:
    """Give the cells of a chart's row that are an interval's ends along "x" or "y"; nothing where it has none."""
    return {} if half(low, high) is None else {f"{axis}_low": low, f"{axis}_high": high}
