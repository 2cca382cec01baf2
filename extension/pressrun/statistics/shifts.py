"""How far one sample lies from another, by rank tests and permutation tests: no distribution is assumed.

All four have one shape. Some numbers computed from the sample, its *typical values*, are such that the test of a shift
rejects it when too few of them lie on one side of it. So the interval ends at two of them, and the p-value counts those
beyond 0: they never disagree. With few observations no shift can be rejected, and the interval is without ends.
"""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pressrun.statistics.interval import check_level
from pressrun.statistics.means import Estimate, paired, welch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

#: Rearrangements of which all are looked at; of more, as many are drawn.
_MOST = 20_000
#: Observations a side up to which the ranks' distributions are exact.
_EXACT = 50


def sign_flips(a: Sequence[float], b: Sequence[float], level: float, null: float = 0.0) -> Estimate:
    """Estimate mean(a - b) over pairs in order and test it: the sign-flip permutation test, two-sided.

    Its typical values are the means of all sets of differences. Sources: Fisher (1935), "The Design of Experiments",
    section 21; Hartigan (1969), "Using Subsample Values as Typical Values", JASA 64. Up to 14 pairs all flips are
    looked at, beyond that 20,000 that are drawn alike each time. The effect is that of `paired`.

    Parameters
    ----------
    level
        Confidence level in (0, 1).
    null
        The shift that is tested.
    """
    check_level(level)
    known = paired(a, b, level)
    differences = np.subtract(a, b)
    n = differences.size
    if 2**n <= _MOST:
        flips = np.array(list(itertools.product((0.0, 1.0), repeat=n))[1:])
    else:
        flips = np.random.default_rng(0).integers(0, 2, (_MOST - 1, n)).astype(np.float64)
        flips = flips[flips.any(axis=1)]
    values = flips @ differences / flips.sum(axis=1)
    name = "sign-flip permutation test"
    return _by_permutation(known, values, _scale(a, b), level, null, name)


def permutation(a: Sequence[float], b: Sequence[float], level: float, null: float = 0.0) -> Estimate:
    """Estimate mean(a) - mean(b) of independent samples and test it: the permutation test, two-sided.

    It takes the samples to differ by a shift and nothing else. Its typical values are the differences of the means of
    those that change sides. Sources: Pitman (1937), Supplement to the JRSS 4; Garthwaite (1996), "Confidence Intervals
    from Randomization Tests", Biometrics 52. Up to 20,000 divisions all are looked at, of more as many that are drawn
    alike each time. The effect is that of `welch`.

    Parameters
    ----------
    level
        Confidence level in (0, 1).
    null
        The shift that is tested.
    """
    check_level(level)
    known = welch(a, b, level)
    one, two = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    taken = _divisions(one.size, two.size)
    # Who comes to the first side from the second, and who leaves it.
    leave, come = ~taken[:, : one.size], taken[:, one.size :]
    moved = leave.sum(axis=1)
    leave, come, moved = leave[moved > 0], come[moved > 0], moved[moved > 0]
    values = leave @ one / moved - come @ two / moved
    return _by_permutation(known, values, _scale(a, b), level, null, "permutation test")


def wilcoxon(a: Sequence[float], b: Sequence[float], level: float, null: float = 0.0) -> Estimate:
    """Estimate the median of a - b over pairs in order and test it: the Wilcoxon signed-rank test, two-sided.

    Its typical values are the means of all two differences, each with itself too; the estimate is their median (Hodges
    and Lehmann 1963, Annals of Mathematical Statistics 34; Hollander, Wolfe and Chicken 2014, "Nonparametric
    Statistical Methods", sections 3.1 to 3.3). Without ties the p-value is exact up to 50 pairs; ties with 0 count
    against either side. The effect is the matched-pairs rank biserial correlation (Kerby 2014, Comprehensive
    Psychology 3).

    Parameters
    ----------
    level
        Confidence level in (0, 1).
    null
        The shift that is tested.
    """
    check_level(level)
    differences = _settled(np.subtract(a, b), _scale(a, b))
    n = differences.size
    i, j = np.triu_indices(n)
    values = _settled((differences[i] + differences[j]) / 2, _scale(a, b))
    if n <= _EXACT:
        tail = _tail(_signed_rank_counts(n))
    else:
        tail = _normal_tail(n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24))
    varies = bool(np.ptp(differences) > 0)
    return _by_rank(values, tail, n, level, null, "Wilcoxon signed-rank test", varies=varies)


def mann_whitney(a: Sequence[float], b: Sequence[float], level: float, null: float = 0.0) -> Estimate:
    """Estimate the shift between independent samples and test it: the Mann-Whitney test, two-sided.

    Its typical values are the differences of all pairs; the estimate is their median (Hodges and Lehmann 1963;
    Hollander, Wolfe and Chicken 2014, sections 4.1 to 4.3). Without ties the p-value is exact up to 50 runs a side;
    ties count against either side. The effect is the rank biserial correlation, which is Cliff's delta.

    Parameters
    ----------
    level
        Confidence level in (0, 1).
    null
        The shift that is tested.
    """
    check_level(level)
    one, two = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    n, m = one.size, two.size
    values = _settled(np.subtract.outer(one, two).ravel(), _scale(a, b))
    if max(n, m) <= _EXACT:
        tail = _tail(_rank_sum_counts(n, m))
    else:
        tail = _normal_tail(n * m / 2, math.sqrt(n * m * (n + m + 1) / 12))
    varies = bool(np.ptp(one) > 0 or np.ptp(two) > 0)
    return _by_rank(values, tail, min(n, m), level, null, "Mann-Whitney test", varies=varies)


def _by_permutation(
    known: Estimate, values: NDArray[np.float64], scale: float, level: float, null: float, method: str
) -> Estimate:
    """Test a mean by its typical values: one more, what was observed, is among the rearrangements."""
    total = len(values) + 1
    low, high, p_value = _read_off(_settled(values, scale), lambda count: (1 + count) / total, level, null)
    return Estimate(
        known.value, low, high, level, known.n, known.value, math.nan, p_value, known.effect, known.effect_name, method,
        known.varies, known.effect_low, known.effect_high,
    )  # fmt: skip


def _by_rank(
    values: NDArray[np.float64], tail: Callable[[int], float], n: int, level: float, null: float, method: str, *,
    varies: bool,
) -> Estimate:  # fmt: skip
    low, high, p_value = _read_off(values, tail, level, null)
    above, below = int((values > 0).sum()), int((values < 0).sum())
    statistic = above + (len(values) - above - below) / 2
    return Estimate(
        float(np.median(values)), low, high, level, n, statistic, math.nan, p_value, (above - below) / len(values),
        "rank biserial correlation", method, varies,
    )  # fmt: skip


def _read_off(
    values: NDArray[np.float64], tail: Callable[[int], float], level: float, null: float
) -> tuple[float, float, float]:
    """Give the interval's ends and the p-value.

    Parameters
    ----------
    tail
        How probable it is that so many or fewer of the typical values lie on one side of the true shift.
    """
    ordered = np.sort(values)
    alpha = (1 - level) * (1 + 1e-12)
    beyond = 0
    while beyond < len(ordered) and 2 * tail(beyond) <= alpha:
        beyond += 1
    low, high = (float(ordered[beyond - 1]), float(ordered[-beyond])) if beyond else (-math.inf, math.inf)
    apart = _settled(ordered - null, max(abs(null), float(np.abs(ordered).max())))
    fewer = min(int((apart <= 0).sum()), int((apart >= 0).sum()))
    return low, high, min(1.0, 2 * tail(fewer))


def _divisions(n: int, m: int) -> NDArray[np.bool_]:
    """Give ways to choose who is on the first side: all but the one that was observed, or as many as are drawn."""
    if math.comb(n + m, n) <= _MOST:
        chosen = np.array(list(itertools.combinations(range(n + m), n)))
    else:
        draw = np.random.default_rng(0)
        chosen = np.array([draw.permutation(n + m)[:n] for _ in range(_MOST - 1)])
    taken = np.zeros((len(chosen), n + m), dtype=bool)
    np.put_along_axis(taken, chosen, values=True, axis=1)
    return taken


def _tail(counts: tuple[int, ...]) -> Callable[[int], float]:
    """Give the distribution function of a count, from how many arrangements have each value of it."""
    total = sum(counts)
    sums = list(itertools.accumulate(counts))
    return lambda count: sums[min(count, len(sums) - 1)] / total


def _normal_tail(mean: float, deviation: float) -> Callable[[int], float]:
    """Give the normal approximation of a count's distribution function, corrected for continuity."""
    return lambda count: 0.5 * math.erfc((mean - count - 0.5) / (deviation * math.sqrt(2)))


@cache
def _signed_rank_counts(n: int) -> tuple[int, ...]:
    """Count the sign patterns of ranks 1 to n by the sum of the positive ones."""
    counts = [1]
    for rank in range(1, n + 1):
        longer = counts + [0] * rank
        for total, number in enumerate(counts):
            longer[total + rank] += number
        counts = longer
    return tuple(counts)


@cache
def _rank_sum_counts(n: int, m: int) -> tuple[int, ...]:
    """Count the arrangements of n and m observations by how many pairs have the first one above: Gauss's binomial."""
    counts = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for total in range(n * m, m + i - 1, -1):
            counts[total] -= counts[total - m - i]
        for total in range(i, n * m + 1):
            counts[total] += counts[total - i]
    return tuple(counts)


def _scale(a: Sequence[float], b: Sequence[float]) -> float:
    return max(map(abs, (*a, *b)))


def _settled(values: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Take for 0 what is 0 but for rounding, as `moments` does."""
    return np.where(np.abs(values) <= 8 * np.finfo(np.float64).eps * scale, 0.0, values)
