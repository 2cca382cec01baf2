"""Corrections of p-values for how many were computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number, in the order given, so that the chance of any false rejection stays below α.

    The i-th smallest of m is multiplied by m - i + 1, none ends below a smaller one's, none above 1. Source: Holm
    (1979), "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6(2).
    """
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(_order(p_values)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values, in the order given, so that of those below α a share of α is expected to be false.

    The i-th smallest of m is multiplied by m / i, and none ends above a larger one's. Source: Benjamini and Hochberg
    (1995), "Controlling the False Discovery Rate", Journal of the Royal Statistical Society B 57(1).
    """
    adjusted = [0.0] * len(p_values)
    most = 1.0
    for rank, place in reversed(list(enumerate(_order(p_values), 1))):
        most = min(most, p_values[place] * len(p_values) / rank)
        adjusted[place] = most
    return adjusted


def _order(p_values: Sequence[float]) -> list[int]:
    return sorted(range(len(p_values)), key=lambda place: p_values[place])
