"""How one batch of numbers or of categories differs from a reference: shifts, stability indices and tests.

Nothing here decides by a rule of thumb alone: the population stability index is compared with what it is between two
samples of one distribution, which depends on how large they are.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pressrun.statistics.interval import moments, settled

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

#: Groups of equal shares into which the reference's numbers are divided for the stability index.
BINS = 10
#: The standard normal distribution's quantile of 97.5%.
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Shift:
    """How a batch differs from its reference.

    Parameters
    ----------
    index
        The population stability index.
    index_p_value
        How probable so great an index, or a greater one, is between samples of one distribution.
    statistic, p_value, test
        Of the test that compares the distributions: "Kolmogorov-Smirnov" of numbers, "chi-squared" of categories.
    mean_shift
        The difference of the means in standard deviations of the reference; NaN of categories, and where the reference
        does not vary.
    spread_ratio
        The batch's standard deviation over the reference's; NaN as above.
    missing
        The share of missing values in the reference and in the batch.
    unseen
        Categories of the batch that the reference has not, the most frequent first, with their share.
    sizes
        How many values that are not missing each of the two has.
    """

    index: float
    index_p_value: float
    statistic: float
    p_value: float
    test: str
    mean_shift: float
    spread_ratio: float
    missing: tuple[float, float]
    unseen: tuple[tuple[Hashable, float], ...]
    sizes: tuple[int, int]

    @property
    def mean_interval(self) -> tuple[float, float]:
        """The 95% interval of the mean shift, NaN where there is none.

        Shift ± 1.96 √(1 / n + r² / m), with the ratio r of the deviations: Welch's (1947, Biometrika 34) standard error
        of the difference, in deviations of the reference, which is taken as known.
        """
        n, m = self.sizes
        if math.isnan(self.mean_shift) or math.isnan(self.spread_ratio) or m < 2:
            return math.nan, math.nan
        half = _Z95 * math.sqrt(1 / n + self.spread_ratio**2 / m)
        return self.mean_shift - half, self.mean_shift + half


def of_numbers(reference: ArrayLike, batch: ArrayLike, bins: int = BINS) -> Shift:
    """Compare numbers with a reference by the two-sample Kolmogorov-Smirnov test and the population stability index.

    The index's bins hold equal shares of the reference. NaN is missing; infinite values count as the largest there are.

    Raises
    ------
    ValueError
        If either has no value that is not missing.
    """
    from scipy import stats

    one, two = (np.asarray(values, dtype=np.float64).ravel() for values in (reference, batch))
    missing = float(np.isnan(one).mean()) if one.size else 0.0, float(np.isnan(two).mean()) if two.size else 0.0
    one, two = one[~np.isnan(one)], two[~np.isnan(two)]
    _check_sizes(one.size, two.size)
    edges = np.unique(np.quantile(one, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf"))
    counts = [
        np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) for values in (one, two)
    ]
    index, index_p_value = stability(counts[0], counts[1])
    found = stats.ks_2samp(one, two)
    shift, ratio = _moved(one, two)
    return Shift(
        index, index_p_value, float(found.statistic), float(found.pvalue), "Kolmogorov-Smirnov", shift, ratio, missing,
        (), (one.size, two.size),
    )  # fmt: skip


def of_categories(reference: Sequence[Hashable], batch: Sequence[Hashable]) -> Shift:
    """Compare categories with a reference by the chi-squared test of their counts and the population stability index.

    None and NaN are missing. Where both have one category and the same, nothing differs.

    Raises
    ------
    ValueError
        If either has no value that is not missing.
    """
    from scipy import stats

    kept = [[value for value in values if not _is_missing(value)] for values in (reference, batch)]
    missing = tuple(
        1 - len(left) / len(all_) if len(all_) else 0.0 for left, all_ in zip(kept, (reference, batch), strict=True)
    )
    _check_sizes(len(kept[0]), len(kept[1]))
    one, two = Counter(kept[0]), Counter(kept[1])
    names = list(dict.fromkeys((*one, *two)))
    table = np.array([[one[name] for name in names], [two[name] for name in names]])
    index, index_p_value = stability(table[0], table[1])
    statistic, p_value = 0.0, 1.0
    if len(names) > 1:
        found = stats.chi2_contingency(table, correction=False)
        statistic, p_value = float(found.statistic), float(found.pvalue)
    unseen = tuple((name, count / len(kept[1])) for name, count in two.most_common() if name not in one)
    return Shift(
        index, index_p_value, statistic, p_value, "chi-squared", math.nan, math.nan, (missing[0], missing[1]), unseen,
        (len(kept[0]), len(kept[1])),
    )  # fmt: skip


def stability(reference: ArrayLike, batch: ArrayLike) -> tuple[float, float]:
    """Give the population stability index of two lists of counts, and how probable one so great is by chance.

    The index is the sum over groups of (b - r) ln(b / r), of shares r and b; half an observation is added to each group
    of both, so that an empty one does not make it infinite. Source: Siddiqi (2006), "Credit Risk Scorecards". Between
    samples of one distribution it is distributed as (1 / n + 1 / m) times a chi-squared variable with as many degrees
    of freedom as there are groups less one (Yurdakul and Naranjo 2020, "Statistical Properties of the Population
    Stability Index", Journal of Risk Model Validation 14(4)).

    Parameters
    ----------
    reference, batch
        Counts, one a group, in the same order.
    """
    from scipy.special import chdtrc

    one, two = np.asarray(reference, dtype=np.float64), np.asarray(batch, dtype=np.float64)
    n, m = float(one.sum()), float(two.sum())
    shares = [(counts + 0.5) / (counts.sum() + 0.5 * counts.size) for counts in (one, two)]
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    if one.size < 2:
        return index, 1.0
    return index, float(chdtrc(one.size - 1, index / (1 / n + 1 / m)))


def _moved(reference: NDArray[np.float64], batch: NDArray[np.float64]) -> tuple[float, float]:
    """Give the shift of the mean, in the reference's standard deviations, and the ratio of the deviations."""
    one, two = (values[np.isfinite(values)] for values in (reference, batch))
    if one.size < 2 or not two.size:
        return math.nan, math.nan
    (mean, deviation), (now, spread) = moments(one.tolist()), moments(two.tolist())
    if not deviation:
        return math.nan, math.nan
    return settled(now - mean, max(abs(now), abs(mean))) / deviation, spread / deviation


def _is_missing(value: Hashable) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _check_sizes(reference: int, batch: int) -> None:
    if not reference or not batch:
        which = "the reference" if not reference else "the batch"
        raise ValueError(f"{which} has no value that is not missing")
