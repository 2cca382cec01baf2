"""How many runs a claim needs before it can be decided, if the true difference is the one that was observed.

The power is that of the t-tests of `pressrun.statistics.means`, from the noncentral t distribution (Cohen 1988,
"Statistical Power Analysis for the Behavioral Sciences", chapter 2). An observed difference is itself uncertain, so
these numbers are for planning and decide nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pressrun.statistics.interval import t_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

#: How probable it should be that the planned runs decide.
TARGET = 0.8
#: More runs than this are as good as never.
MOST = 100_000


def one_sample(effect: float, n: int, level: float) -> float:
    """Give the power of the one-sample or paired t-test, two-sided.

    Parameters
    ----------
    effect
        The distance from the null value over the standard deviation, of the runs or of the pairs' differences.
    n
        Runs or pairs, at least two.
    level
        Confidence level in (0, 1).
    """
    return _two_sided(effect * math.sqrt(n), n - 1, level)


def two_samples(effect: float, n: int, level: float) -> float:
    """Give the power of the t-test of two independent samples of the same size, two-sided.

    Parameters
    ----------
    effect
        The difference of means over the pooled standard deviation.
    n
        Runs a side, at least two.
    level
        Confidence level in (0, 1).
    """
    return _two_sided(effect * math.sqrt(n / 2), 2 * n - 2, level)


def equivalence(difference: float, margin: float, deviation: float, n: int, level: float, *, pairs: bool) -> float:
    """Give the power of two one-sided t-tests.

    Source: the approximation of Phillips (1990), J. Pharmacokinetics and Biopharmaceutics 18(2).

    Parameters
    ----------
    difference, margin
        The true difference, and how much would not matter, in the metric's unit.
    deviation
        The standard deviation of the pairs' differences, or the pooled one of two samples.
    n
        Pairs, or runs a side; at least two.
    level
        Confidence level over 0.5; each test is at 1 - level.
    pairs
        Whether observations are paired.
    """
    from scipy.special import nctdtr

    error = deviation / math.sqrt(n) if pairs else deviation * math.sqrt(2 / n)
    df = n - 1 if pairs else 2 * n - 2
    critical = t_quantile(df, 2 * level - 1)
    below = float(nctdtr(df, (difference - margin) / error, -critical))
    above = float(nctdtr(df, (difference + margin) / error, critical))
    return max(0.0, below - above)


def runs_needed(power: Callable[[int], float], target: float = TARGET) -> int | None:
    """Give the least number of runs, from two on, with which a power is reached; None where 100,000 do not.

    Parameters
    ----------
    power
        Of a number of runs; it grows with them.
    """
    many = 2
    while power(many) < target:
        if many > MOST:
            return None
        many *= 2
    few = many // 2
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if power(middle) >= target else (middle, many)
    return many


def _two_sided(noncentrality: float, df: int, level: float) -> float:
    from scipy.special import nctdtr

    critical = t_quantile(df, level)
    # The further tail is nothing where the distribution is so far off that it cannot be computed.
    far = abs(noncentrality)
    beyond = float(nctdtr(df, far, -critical))
    return 1 - float(nctdtr(df, far, critical)) + (beyond if math.isfinite(beyond) else 0.0)
