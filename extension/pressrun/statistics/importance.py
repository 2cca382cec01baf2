"""How much of a number's variance a factor explains by itself, beside what noise would explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.statistics.interval import LEVEL, check_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

#: Permutations of the target, and numbers that are permuted at once.
PERMUTATIONS = 999
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class MainEffect:
    """The main effect of one factor.

    Parameters
    ----------
    share
        η², the sum of squares between the factor's levels over that of all: too high by chance.
    adjusted
        ε² = (η² - (k - 1) / (n - 1)) / (1 - (k - 1) / (n - 1)), without what k levels explain of n numbers by chance;
        it may be below 0.
    low, high
        The interval of the population's share.
    noise
        The adjusted share that permuted targets reach only as often as 1 - level says.
    p_value
        How often a permuted target gives as high a share.
    levels, n
        Levels of the factor that some number has, and numbers.
    """

    share: float
    adjusted: float
    low: float
    high: float
    noise: float
    p_value: float
    levels: int
    n: int


def main_effects(
    target: ArrayLike, factors: Sequence[ArrayLike], level: float = LEVEL, permutations: int = PERMUTATIONS
) -> list[MainEffect]:
    """Give the main effect of each factor on a number, by one-way analysis of variance.

    The p-value is that of a permutation test: the share of permuted targets, the one that was seen among them, that
    have as high an η². All factors see the same permutations, alike each time. The interval is that of the noncentral F
    distribution and so supposes normal residuals of equal variance. Where the target does not vary, or a factor has one
    level or one for each number, everything is NaN and the p-value 1.

    Sources: Fisher (1925), "Statistical Methods for Research Workers", for η²; Kelley (1935), "An Unbiased Correlation
    Ratio Measure", PNAS 21(9), for ε²; Steiger (2004), "Beyond the F Test", Psychological Methods 9(2), for the
    interval; Phipson and Smyth (2010), "Permutation P-values Should Never Be Zero", for counting what was seen.

    Parameters
    ----------
    target
        Finite numbers of shape (n,).
    factors
        Of each factor the level of each number: whole numbers of shape (n,).
    level
        Confidence level in (0, 1).

    Raises
    ------
    ValueError
        If the level is not between 0 and 1, or a factor is not of the target's length.
    """
    check_level(level)
    import numpy as np

    y = np.asarray(target, dtype=np.float64)
    # Only how numbers differ counts; on a scale of their own no square overflows.
    y = y - y.mean() if len(y) else y
    largest = float(np.abs(y).max(initial=0.0))
    y = y / largest if largest else y
    sides = [_indicators(np.asarray(factor), len(y)) for factor in factors]
    total = float(y @ y)
    constant = total <= 1e-24 * len(y) or largest == 0
    seen = [math.nan if constant else float(_between(y[None, :], side)[0]) / total for side in sides]
    drawn = np.empty((len(sides), 0 if constant else permutations))
    at_once = max(1, _AT_ONCE // max(1, len(y)))
    generator = np.random.default_rng(0)
    for start in range(0, drawn.shape[1], at_once):
        end = min(start + at_once, permutations)
        shuffled = generator.permuted(np.broadcast_to(y, (end - start, len(y))), axis=1)
        for place, side in enumerate(sides):
            drawn[place, start:end] = _between(shuffled, side) / total
    return [_effect(share, some, side, len(y), level) for share, some, side in zip(seen, drawn, sides, strict=True)]


def _indicators(factor: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Give a column a level, of 1 over the root of how many numbers it has: sums of squares are one product away."""
    import numpy as np

    if factor.shape != (n,):
        raise ValueError(f"a factor has {factor.shape} levels for {n} numbers")
    kept, of, counts = np.unique(factor, return_inverse=True, return_counts=True)
    columns = np.zeros((n, len(kept)))
    columns[np.arange(n), of] = 1 / np.sqrt(counts[of])
    return columns


def _between(targets: NDArray[np.float64], side: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the sum of squares between levels of each row of targets, whose mean is 0."""
    import numpy as np

    return np.asarray(((targets @ side) ** 2).sum(axis=1))


def _effect(share: float, drawn: NDArray[np.float64], side: NDArray[np.float64], n: int, level: float) -> MainEffect:
    import numpy as np

    levels = side.shape[1]
    between, within = levels - 1, n - levels
    if math.isnan(share) or between < 1 or within < 1:
        nan = math.nan
        return MainEffect(nan, nan, nan, nan, nan, 1.0, levels, n)
    share = min(1.0, share)
    # What is equal but for rounding is as high.
    as_high = int((drawn >= share - 1e-12).sum())
    low, high = _interval(share, between, within, n, level)
    return MainEffect(
        share,
        _adjusted(share, between, n),
        low,
        high,
        _adjusted(float(np.quantile(drawn, level)), between, n),
        (1 + as_high) / (1 + len(drawn)),
        levels,
        n,
    )


def _adjusted(share: float, between: int, n: int) -> float:
    chance = between / (n - 1)
    return (share - chance) / (1 - chance)


def _interval(share: float, between: int, within: int, n: int, level: float) -> tuple[float, float]:
    """Give the shares whose noncentral F distribution has the F that was seen at its upper and its lower end."""
    # With next to nothing left within the levels the interval is as wide as a float can tell.
    if 1 - share <= 1e-9 * within:
        return share, share
    f = share / between / ((1 - share) / within)
    ends = [_noncentrality(f, between, within, 0.5 + level / 2), _noncentrality(f, between, within, 0.5 - level / 2)]
    return ends[0] / (ends[0] + n), ends[1] / (ends[1] + n)


def _noncentrality(f: float, between: int, within: int, probability: float) -> float:
    """Give the noncentrality at which F is at most f with a probability, 0 where it is so less often even at none."""
    from scipy.optimize import brentq
    from scipy.special import fdtr, ncfdtr

    if fdtr(between, within, f) <= probability:
        return 0.0
    above = 1.0
    while ncfdtr(between, within, above, f) > probability:
        above *= 2
    return float(brentq(lambda at: ncfdtr(between, within, at, f) - probability, 0.0, above))
