"""Limits that follow a series: what its next value may be, told from its past alone; no alarm knows the future."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Values that limits are told from at least.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What each value of a series was expected to be before it came: arrays of shape (times,).

    Parameters
    ----------
    center, low, high
        The expectation and its limits; NaN where too few values were before.
    alarm
        Which values are beyond a limit that counts.
    restarts
        Places at which the limits started anew, since alarms had lasted for a whole window.
    """

    center: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    alarm: NDArray[np.bool_]
    restarts: tuple[int, ...]


def adaptive_limits(
    values: ArrayLike,
    *,
    window: int = 14,
    errors: float = 3.0,
    fading: bool = False,
    below: bool = True,
    above: bool = True,
) -> Limits:
    """Give limits of a series that adapt to it: mean ± errors · s √(1 + Σw²), of values before that were in control.

    The weights w of the mean are alike over the last `window` values (Shewhart 1931, "Economic Control of Quality of
    Manufactured Product", with the mean's own error), or fade by 1 - 2 / (window + 1) a value (Roberts 1959, "Control
    Chart Tests Based on Geometric Moving Averages", Technometrics 1(3)). s is the standard deviation with these
    weights, unbiased. Values beyond the limits do not widen them; once alarms last for a whole window the series has a
    new level, and the limits start anew from it.

    Parameters
    ----------
    values
        Shape (times,); NaN where there is none, which is no alarm.
    below, above
        Which limits count.
    """
    series = np.asarray(values, dtype=np.float64).ravel()
    center, low, high = (np.full(series.size, math.nan) for _ in range(3))
    alarm = np.zeros(series.size, dtype=bool)
    decay = 1 - 2 / (window + 1)
    most = 5 * window if fading else window
    held: list[float] = []
    off: list[float] = []
    restarts = []
    for time, value in enumerate(series.tolist()):
        past = np.array(held[-most:])
        if past.size >= FEWEST:
            weights = decay ** np.arange(past.size)[::-1] if fading else np.ones(past.size)
            middle, half = _middle(past, weights / weights.sum(), errors)
            center[time], low[time], high[time] = middle, middle - half, middle + half
            alarm[time] = (below and value < low[time]) or (above and value > high[time])
        if math.isnan(value):
            continue
        if not alarm[time]:
            held, off = [*held[-most:], value], []
            continue
        off.append(value)
        if len(off) == max(window, FEWEST):
            held, off = off, []
            restarts.append(time)
    return Limits(center, low, high, alarm, tuple(restarts))


def _middle(past: NDArray[np.float64], weights: NDArray[np.float64], errors: float) -> tuple[float, float]:
    """Give the weighted mean, and how far from it the next value may be."""
    middle = float(weights @ past)
    squares = float((weights**2).sum())
    variance = float(weights @ (past - middle) ** 2) / (1 - squares)
    return middle, errors * math.sqrt(variance * (1 + squares))
