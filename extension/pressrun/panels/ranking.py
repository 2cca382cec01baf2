"""Which of several groups is better, as far as the data decide: differences, Holm's correction, best and tied.

All intervals and p-values are two-sided, so that an interval at level 1 - α that leaves out 0 and a p-value below α are
the same statement. One run decides nothing, whatever its number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.panels.grid import Mark, Verdict
from pressrun.records import Direction
from pressrun.statistics.interval import LEVEL, moments, t_quantile

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


@dataclass(frozen=True, slots=True)
class Sample:
    """The finite numbers of one row, one a run, with each run's seed where it is known."""

    values: tuple[float, ...]
    seeds: tuple[Hashable, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean; NaN of nothing."""
        return moments(self.values)[0] if self.values else math.nan


@dataclass(frozen=True, slots=True)
class Difference:
    """mean(a) - mean(b) with its interval and test.

    Parameters
    ----------
    low, high
        Ends of the Student-t interval at `level`; NaN where the data give none, equal where they do not vary.
    n
        Pairs, or the smaller side's runs.
    paired
        Whether observations were paired by seed.
    left_out
        Runs without a partner of the same seed, which the pairing leaves out.
    p_value
        Against no difference; NaN where the data give none.
    """

    value: float
    low: float
    high: float
    n: int
    paired: bool
    left_out: int
    df: float
    p_value: float
    level: float

    @property
    def resolved(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def verdict(self, direction: Direction) -> Verdict:
        """Say whether a is better than b, by the way in which the metric is better."""
        if not self.resolved:
            return Verdict.UNRESOLVED
        return Verdict.BETTER if (self.value > 0) is (direction is Direction.MAX) else Verdict.WORSE


def difference(a: Sample, b: Sample, level: float = LEVEL) -> Difference:
    """Estimate mean(a) - mean(b): over pairs where at least two runs of each side share their seeds, else by Welch.

    Paired: Student (1908), Biometrika 6(1), on the differences of runs with one seed; a seed that a side has twice
    forbids pairing. Unpaired: Welch (1947), Biometrika 34, with the Welch-Satterthwaite degrees of freedom. The same
    rules as those of claims, so that a table and a claim about the same runs agree.
    """
    pairs = _pairs(a, b)
    if len(pairs) >= 2:
        scale = max(abs(v) for pair in pairs for v in pair)
        value, std = moments([x - y for x, y in pairs], scale)
        left_out = len(a) + len(b) - 2 * len(pairs)
        return _tested(value, std / math.sqrt(len(pairs)), len(pairs) - 1, len(pairs), level, left_out=left_out)
    n = min(len(a), len(b))
    if n < 2:
        nothing = math.nan
        return Difference(a.mean - b.mean, nothing, nothing, n, False, 0, nothing, nothing, level)
    (mean_a, std_a), (mean_b, std_b) = moments(a.values), moments(b.values)
    error_a, error_b = std_a / math.sqrt(len(a)), std_b / math.sqrt(len(b))
    error = math.hypot(error_a, error_b)
    df = float(len(a) + len(b) - 2)
    if error > 0:
        share = (error_a / error) ** 2
        df = 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))
    return _tested(mean_a - mean_b, error, df, n, level, left_out=None)


def _pairs(a: Sample, b: Sample) -> list[tuple[float, float]]:
    sides = []
    for sample in (a, b):
        known = [(seed, value) for seed, value in zip(sample.seeds, sample.values, strict=True) if seed is not None]
        if len({seed for seed, _ in known}) < len(known):
            return []
        sides.append(dict(known))
    return [(value, sides[1][seed]) for seed, value in sides[0].items() if seed in sides[1]]


def _tested(value: float, error: float, df: float, n: int, level: float, *, left_out: int | None) -> Difference:
    from scipy.special import stdtr

    half = t_quantile(df, level) * error
    # Data that do not vary decide on sight.
    sure = 0.0 if value else 1.0
    p_value = 2 * float(stdtr(df, -abs(value / error))) if error > 0 else sure
    return Difference(value, value - half, value + half, n, left_out is not None, left_out or 0, df, p_value, level)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number, in their order; NaN stays NaN and counts as a test.

    Source: Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statistics 6(2): the k-th
    smallest of m is multiplied by m - k + 1, none is smaller than the one before, none exceeds 1.
    """
    count = len(p_values)
    order = sorted((i for i in range(count) if not math.isnan(p_values[i])), key=lambda i: p_values[i])
    corrected = [math.nan] * count
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (count - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def rank(samples: Sequence[Sample], direction: Direction, level: float = LEVEL) -> list[Mark]:
    """Mark the best row, or the top rows that cannot be told apart.

    A row is best when its difference to every other row is in its favour and resolved at the level, after Holm's
    correction over these differences. Where none is, the row with the best mean and all that its differences do not
    resolve from it are tied. Rows without a number do not take part. A row of one run could be better than it looks: as
    long as one takes part, nothing is marked.

    Parameters
    ----------
    samples
        One a row; an empty one for a row without a number.
    direction
        Which way the metric is better.
    level
        Confidence level in (0, 1).
    """
    marks = [Mark.NONE] * len(samples)
    rows = [index for index, sample in enumerate(samples) if len(sample)]
    if len(rows) < 2 or any(len(samples[index]) < 2 for index in rows):
        return marks
    choose = max if direction is Direction.MAX else min
    top = choose(rows, key=lambda index: samples[index].mean)
    others = [index for index in rows if index != top]
    found = [difference(samples[top], samples[index], level) for index in others]
    corrected = holm([each.p_value for each in found])
    tied = [
        index
        for index, each, p in zip(others, found, corrected, strict=True)
        if not (p < 1 - level and each.verdict(direction) is Verdict.BETTER)
    ]
    if not tied:
        marks[top] = Mark.BEST
    else:
        for index in (top, *tied):
            marks[index] = Mark.TIED
    return marks
