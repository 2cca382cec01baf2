"""Ranks of methods over tasks: who is first on average, and which of them the tasks cannot tell apart.

Source: Demšar (2006), "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pressrun.statistics.interval import LEVEL, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """Average ranks of methods over tasks, and what the tasks say of their differences.

    Parameters
    ----------
    ranks
        Of each method, averaged over tasks; 1 is best.
    statistic, df, p_value
        Friedman's chi-squared, corrected for ties, of the hypothesis that all methods perform alike.
    f_statistic, f_df, f_p_value
        Iman and Davenport's F of the same, which is less conservative.
    critical_difference
        Two methods whose average ranks differ by less cannot be told apart, by Nemenyi's test over all pairs at the
        level.
    level
        Of the critical difference.
    tasks
        Over which ranks were averaged.
    """

    ranks: tuple[float, ...]
    statistic: float
    df: int
    p_value: float
    f_statistic: float
    f_df: tuple[int, int]
    f_p_value: float
    critical_difference: float
    level: float
    tasks: int

    @property
    def cliques(self) -> tuple[tuple[int, ...], ...]:
        """The largest sets of neighbours in rank, by the methods' places, of which no two can be told apart."""
        order = sorted(range(len(self.ranks)), key=lambda place: self.ranks[place])
        found: list[tuple[int, ...]] = []
        last = -1
        for begin in range(len(order)):
            end = begin
            while end + 1 < len(order) and not self.differ(order[begin], order[end + 1]):
                end += 1
            if end > begin and end > last:
                found.append(tuple(order[begin : end + 1]))
                last = end
        return tuple(found)

    def differ(self, a: int, b: int) -> bool:
        """Whether the tasks tell two methods apart."""
        return abs(self.ranks[a] - self.ranks[b]) >= self.critical_difference


def rank(scores: ArrayLike, *, more_is_better: bool = True, level: float = LEVEL) -> Ranking:
    """Rank methods on each task, and test whether they differ.

    Parameters
    ----------
    scores
        For each method its score on each task, in the same order of tasks: shape (methods, tasks). Equal scores share
        the average of their ranks.
    level
        Confidence level in (0, 1) of the critical difference.

    Raises
    ------
    ValueError
        If there are fewer than two methods or two tasks, or a score is not finite.
    """
    from scipy import special, stats

    check_level(level)
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError("ranks need two methods and two tasks, and a score of each method on each task")
    if not np.isfinite(table).all():
        raise ValueError("a score is not finite")
    methods, tasks = table.shape
    each = stats.rankdata(-table if more_is_better else table, axis=0)
    average = each.mean(axis=1)
    chi2 = _friedman(each)
    df = methods - 1
    f_df = (df, df * (tasks - 1))
    room = tasks * df - chi2
    f = math.inf if room <= 0 else (tasks - 1) * chi2 / room
    return Ranking(
        ranks=tuple(map(float, average)),
        statistic=chi2,
        df=df,
        p_value=float(special.chdtrc(df, chi2)),
        f_statistic=f,
        f_df=f_df,
        f_p_value=0.0 if math.isinf(f) else float(special.fdtrc(*f_df, f)),
        critical_difference=critical_difference(methods, tasks, level),
        level=level,
        tasks=tasks,
    )


def critical_difference(methods: int, tasks: int, level: float = LEVEL) -> float:
    """Give the least difference of average ranks that Nemenyi's test over all pairs finds: q √(k (k + 1) / (6 N)).

    q is the quantile of the Studentised range of k means with infinite degrees of freedom, over √2 (Demšar 2006, table
    5a: 2.343 for three methods at 95%).
    """
    from scipy.stats import studentized_range

    q = float(studentized_range.ppf(level, methods, np.inf)) / math.sqrt(2)
    return float(q * math.sqrt(methods * (methods + 1) / (6 * tasks)))


def _friedman(ranks: NDArray[np.float64]) -> float:
    """Give Friedman's chi-squared of ranks of shape (methods, tasks), corrected for ties; 0 where all are tied.

    Sources: Friedman (1937), JASA 32; the correction is that of Conover (1999), "Practical Nonparametric Statistics".
    """
    methods, tasks = ranks.shape
    spread = float((ranks**2).sum() - tasks * methods * (methods + 1) ** 2 / 4)
    if spread <= 0:
        return 0.0
    between = float(((ranks.sum(axis=1) - tasks * (methods + 1) / 2) ** 2).sum())
    return float((methods - 1) * between / spread)
