"""The tests behind claims: means, differences of means, equivalence, effect sizes. Numbers in, numbers out.

All intervals are two-sided Student-t intervals and all p-values of comparisons and thresholds are two-sided, so that a
verdict read off the interval at level 1 - α and a p-value set against α never disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.statistics.interval import moments, settled, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated mean or difference of means, its interval and its test.

    Parameters
    ----------
    value
        The estimate, in the metric's unit.
    low, high
        Ends of the interval at `level`; equal where the data do not vary.
    n
        Observations: pairs, runs, or the smaller side's runs.
    statistic
        Student's t against the null value; ±inf where the data do not vary and differ from it, NaN where they equal it.
    df
        Degrees of freedom, fractional for Welch's.
    p_value
        See each function.
    effect
        The standardised effect size, NaN where the data do not vary or allow no small-sample correction.
    effect_low, effect_high
        Ends of the effect size's interval, at the level that was asked for; NaN where there is none.
    varies
        Whether the observations differ from each other by more than rounding.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    statistic: float
    df: float
    p_value: float
    effect: float
    effect_name: str
    method: str
    varies: bool
    effect_low: float = math.nan
    effect_high: float = math.nan

    @property
    def is_bounded(self) -> bool:
        """Whether the interval has ends: by tests without a distribution, few observations reject nothing."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def threshold(values: Sequence[float], bound: float, level: float) -> Estimate:
    """Estimate a mean and test it against a bound: the one-sample t-test, two-sided.

    Source: Student (1908), Biometrika 6(1). The effect is (mean - bound) / s times Hedges' correction.
    """
    n = len(values)
    mean, std = moments(values)
    mean = mean if settled(mean - bound, max(abs(mean), abs(bound))) else bound
    return _estimate(
        mean,
        std / math.sqrt(n),
        n - 1,
        n,
        level,
        null=bound,
        effect=_effect("Cohen's d, small-sample corrected", mean - bound, std, n - 1, 1 / math.sqrt(n), level),
        method="one-sample t-test",
    )


def paired(a: Sequence[float], b: Sequence[float], level: float, null: float = 0.0) -> Estimate:
    """Estimate mean(a - b) over pairs in order and test it against a null value: the paired t-test, two-sided.

    Source: Student (1908). The effect is Cohen's d_z, the mean difference over the standard deviation of the
    differences (Lakens 2013, Frontiers in Psychology 4:863, eq. 6), times Hedges' correction; it is against 0.
    """
    scale = max(abs(v) for v in (*a, *b))
    n = len(a)
    mean, std = moments([x - y for x, y in zip(a, b, strict=True)], scale)
    mean = settled(mean, scale)
    return _estimate(
        mean,
        std / math.sqrt(n),
        n - 1,
        n,
        level,
        null=null,
        effect=_effect("Cohen's d_z, small-sample corrected", mean, std, n - 1, 1 / math.sqrt(n), level),
        method="paired t-test",
    )


def welch(a: Sequence[float], b: Sequence[float], level: float, null: float = 0.0) -> Estimate:
    """Estimate mean(a) - mean(b) of independent samples and test it against a null value: Welch's t-test, two-sided.

    Sources: Welch (1947), Biometrika 34, with the Welch-Satterthwaite degrees of freedom. The effect is Hedges' g, the
    difference over the pooled standard deviation with the exact correction (Hedges 1981, J. Educ. Statistics 6(2)); it
    is against 0.
    """
    na, nb = len(a), len(b)
    (mean_a, std_a), (mean_b, std_b) = moments(a), moments(b)
    error = math.hypot(std_a / math.sqrt(na), std_b / math.sqrt(nb))
    free = na + nb - 2
    df = float(free)
    if error > 0:
        share = (std_a / error) ** 2 / na
        df = 1 / (share**2 / (na - 1) + (1 - share) ** 2 / (nb - 1))
    pooled = math.hypot(std_a * math.sqrt((na - 1) / free), std_b * math.sqrt((nb - 1) / free))
    difference = settled(mean_a - mean_b, max(abs(mean_a), abs(mean_b)))
    return _estimate(
        difference,
        error,
        df,
        min(na, nb),
        level,
        null=null,
        effect=_effect("Hedges' g", difference, pooled, free, math.sqrt(1 / na + 1 / nb), level),
        method="Welch's t-test",
    )


def equivalence(difference: Estimate, margin: float, level: float) -> Estimate:
    """Turn an estimated difference into a test of equivalence within ±margin: two one-sided t-tests (TOST).

    Source: Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15(6). With α = 1 - level, the interval is the
    one at level 1 - 2α; it lies within the margin exactly when both tests reject at α. The p-value is the greater of
    the two, the statistic is that test's.

    Parameters
    ----------
    difference
        What `paired` or `welch` gave, at any level.
    margin
        Greater than 0, in the metric's unit.
    level
        Over 0.5.
    """
    from scipy.special import stdtr

    half = (difference.high - difference.low) / 2
    error = half / t_quantile(difference.df, difference.level)
    ends = t_quantile(difference.df, 2 * level - 1) * error
    above, below = difference.value + margin, margin - difference.value
    tests = []
    for distance in (above, below):
        t = distance / error if error > 0 else math.copysign(math.inf, distance) if distance else math.nan
        tests.append((1.0 if math.isnan(t) else float(stdtr(difference.df, -t)), t))
    p_value, statistic = max(tests)
    return Estimate(
        difference.value,
        difference.value - ends,
        difference.value + ends,
        2 * level - 1,
        difference.n,
        statistic,
        difference.df,
        p_value,
        difference.effect,
        difference.effect_name,
        f"two one-sided tests ({difference.method})",
        difference.varies,
        difference.effect_low,
        difference.effect_high,
    )


def hedges_correction(df: float) -> float:
    """Give Hedges' exact small-sample factor J = Γ(df/2) / (√(df/2) Γ((df - 1)/2)); NaN where df < 2.

    Source: Hedges (1981), J. Educational Statistics 6(2), eq. 6e.
    """
    if df < 2:
        return math.nan
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


@dataclass(frozen=True, slots=True)
class _Effect:
    name: str
    value: float
    low: float
    high: float


def _effect(name: str, difference: float, std: float, df: int, unit: float, level: float) -> _Effect:
    """Standardise a difference, with the interval whose ends are the noncentral t distributions that allow it.

    Source of the interval: Steiger and Fouladi (1997), in "What If There Were No Significance Tests?"; for two samples
    it takes their variances to be the same, as the effect size does.

    Parameters
    ----------
    unit
        The standard error of the difference, in standard deviations.
    """
    from scipy.special import nctdtrinc

    factor = hedges_correction(df)
    if not std > 0 or math.isnan(factor):
        return _Effect(name, math.nan, math.nan, math.nan)
    t = difference / std / unit
    low, high = (factor * unit * float(nctdtrinc(df, (1 + side * level) / 2, t)) for side in (1, -1))
    return _Effect(name, factor * difference / std, low, high)


def _estimate(
    value: float,
    error: float,
    df: float,
    n: int,
    level: float,
    *,
    effect: _Effect,
    method: str,
    null: float = 0.0,
) -> Estimate:
    from scipy.special import stdtr

    half = t_quantile(df, level) * error
    distance = value - null
    if error > 0:
        t = distance / error
        p = 2 * float(stdtr(df, -abs(t)))
    else:
        t = math.copysign(math.inf, distance) if distance else math.nan
        p = 0.0 if distance else 1.0
    return Estimate(
        value, value - half, value + half, level, n, t, df, p, effect.value, effect.name, method, error > 0,
        effect.low, effect.high,
    )  # fmt: skip
