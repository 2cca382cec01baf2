"""Means of repeated runs with their confidence intervals: what curves, tables, values and claims all print."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The confidence level wherever the author names none.
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over n runs with its two-sided confidence interval.

    `low` and `high` are NaN where n < 2: one run says nothing about the spread of others.
    """

    mean: float
    low: float
    high: float
    n: int
    std: float
    level: float = LEVEL

    @property
    def decides(self) -> bool:
        """Whether there is an interval at all."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def student_t(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Give the mean and its Student-t interval, mean ± t(1 - α/2, n - 1) · s / √n.

    Non-finite values are left out; the caller says so in its disclosure. The standard deviation has n - 1 in its
    denominator. Source: Student (1908), "The Probable Error of a Mean", Biometrika 6(1).

    Parameters
    ----------
    values
        One number a run, any length.
    level
        Confidence level in (0, 1).

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.
    """
    check_level(level)
    finite = [float(v) for v in values if math.isfinite(v)]
    n = len(finite)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, math.nan, level)
    mean, std = moments(finite)
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1, math.nan, level)
    half = t_quantile(n - 1, level) * std / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n, std, level)


def bca(values: Sequence[float], level: float = LEVEL, *, median: bool = False) -> Interval:
    """Give the mean, or the median, and its bias-corrected and accelerated bootstrap interval.

    9,999 resamples are drawn, alike each time. Non-finite values are left out; the caller says so in its disclosure.
    With few values the interval covers less often than its level says: decision 114 has how often. Source: Efron
    (1987), "Better Bootstrap Confidence Intervals", JASA 82, by SciPy.

    Parameters
    ----------
    values
        One number a run, any length.
    level
        Confidence level in (0, 1).

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.
    """
    check_level(level)
    import numpy as np
    from scipy import stats

    finite = [float(v) for v in values if math.isfinite(v)]
    n = len(finite)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, math.nan, level)
    mean, std = moments(finite)
    value = float(np.median(finite)) if median else mean
    if n == 1 or std == 0:
        end = math.nan if n == 1 else value
        return Interval(value, end, end, n, std, level)
    found = stats.bootstrap(
        (finite,), np.median if median else np.mean, confidence_level=level, method="BCa", rng=0, vectorized=True
    ).confidence_interval
    return Interval(value, float(found.low), float(found.high), n, std, level)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Give the lower quartile, the median and the upper quartile, by linear interpolation; NaN without finite values.

    Source: Hyndman and Fan (1996), "Sample Quantiles in Statistical Packages", The American Statistician 50(4), type 7.
    """
    import numpy as np

    finite = [float(v) for v in values if math.isfinite(v)]
    if not finite:
        return math.nan, math.nan, math.nan
    low, middle, high = np.quantile(finite, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)


def check_level(level: float) -> None:
    """Raise ValueError if a confidence level is not between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, not between 0 and 1")


def moments(values: Sequence[float], scale: float = 0.0) -> tuple[float, float]:
    """Give the mean and the standard deviation, with n - 1 in its denominator, of finite numbers; NaN for one number.

    Numbers that are equal but for rounding have no spread: their deviation is 0 and not a few units in the last place.

    Parameters
    ----------
    values
        At least one.
    scale
        The magnitude of what the values were computed from, where that is larger than theirs, as it is for differences.
    """
    n = len(values)
    try:
        mean = math.fsum(values) / n
    except OverflowError:
        mean = math.fsum(v / n for v in values)
    if n == 1:
        return mean, math.nan
    std = math.hypot(*(v - mean for v in values)) / math.sqrt(n - 1)
    scale = max(scale, max(map(abs, values)))
    if not settled(std, scale):
        return sorted(values)[n // 2], 0.0
    return mean, std


def settled(value: float, scale: float) -> float:
    """Give 0 for what is 0 but for rounding, where it was computed from numbers of a magnitude."""
    return 0.0 if abs(value) <= 8 * sys.float_info.epsilon * scale else value


def t_quantile(df: float, level: float = LEVEL) -> float:
    """Give the two-sided Student-t factor for a confidence level and degrees of freedom: 4.30 for df = 2 at 95%."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + level / 2))
