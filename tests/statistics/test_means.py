"""Every number equals that of SciPy, and every interval keeps its promise over many experiments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pressrun.statistics.corrections import holm
from pressrun.statistics.means import equivalence, hedges_correction, paired, threshold, welch

NUMBERS = st.lists(st.integers(-1000, 1000).map(lambda v: v / 997), min_size=3, max_size=12).filter(
    lambda v: len(set(v)) > 2
)
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(NUMBERS, NUMBERS, LEVELS)
def test_welch_is_scipys(a: list[float], b: list[float], level: float) -> None:
    found = welch(a, b, level)
    asked = stats.ttest_ind(a, b, equal_var=False)
    low, high = asked.confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-12)
    assert found.statistic == pytest.approx(float(asked.statistic), rel=1e-9, abs=1e-9)
    assert found.p_value == pytest.approx(float(asked.pvalue), rel=1e-9, abs=1e-12)
    assert found.df == pytest.approx(float(asked.df), rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=3, max_size=12), LEVELS)
def test_paired_is_scipys(pairs: list[tuple[int, int]], level: float) -> None:
    a, b = [x / 7 for x, _ in pairs], [y / 7 for _, y in pairs]
    if len({round(x - y, 6) for x, y in zip(a, b, strict=True)}) == 1:
        return
    found = paired(a, b, level)
    asked = stats.ttest_rel(a, b)
    low, high = asked.confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)
    assert found.statistic == pytest.approx(float(asked.statistic), rel=1e-9, abs=1e-9)
    assert found.p_value == pytest.approx(float(asked.pvalue), rel=1e-9, abs=1e-12)


@given(NUMBERS, st.floats(-2, 2), LEVELS)
def test_threshold_is_scipys(values: list[float], bound: float, level: float) -> None:
    found = threshold(values, bound, level)
    asked = stats.ttest_1samp(values, bound)
    low, high = asked.confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)
    assert found.p_value == pytest.approx(float(asked.pvalue), rel=1e-9, abs=1e-12)


@given(NUMBERS, NUMBERS, st.floats(0.01, 2))
def test_equivalence_is_two_one_sided_tests(a: list[float], b: list[float], margin: float) -> None:
    found = equivalence(welch(a, b, 0.95), margin, 0.95)
    above = stats.ttest_ind(np.add(a, margin), b, equal_var=False, alternative="greater")
    below = stats.ttest_ind(np.subtract(a, margin), b, equal_var=False, alternative="less")
    assert found.p_value == pytest.approx(max(float(above.pvalue), float(below.pvalue)), rel=1e-8, abs=1e-12)
    low, high = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.90)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)


@given(NUMBERS, NUMBERS, st.floats(0.01, 2), LEVELS)
def test_the_equivalence_interval_lies_within_the_margin_exactly_when_both_tests_reject(
    a: list[float], b: list[float], margin: float, level: float
) -> None:
    found = equivalence(welch(a, b, 0.95), margin, level)
    alpha = 1 - level
    if abs(found.p_value - alpha) > 1e-9:
        assert (-margin < found.low and found.high < margin) == (found.p_value < alpha)


def test_hedges_correction_matches_its_closed_form_and_its_usual_approximation() -> None:
    assert hedges_correction(2) == pytest.approx(1 / math.sqrt(math.pi))
    assert hedges_correction(3) == pytest.approx(math.sqrt(math.pi / 6))
    for df in (10, 20, 50):
        assert hedges_correction(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=5e-4)
    assert math.isnan(hedges_correction(1))


def test_hedges_g_of_a_worked_example() -> None:
    # Means 3 and 8 apart by 5, both variances 2.5: d = 5/√2.5, J(8) = Γ(4)/(2 Γ(3.5)).
    found = welch([6, 7, 8, 9, 10], [1, 2, 3, 4, 5], 0.95)
    assert found.effect == pytest.approx(5 / math.sqrt(2.5) * math.gamma(4) / (2 * math.gamma(3.5)))


def test_numbers_equal_in_decimals_have_no_spread() -> None:
    found = paired([0.91, 0.92, 0.93], [0.81, 0.82, 0.83], 0.95)
    assert not found.varies
    assert found.low == found.high == found.value
    assert found.statistic == math.inf
    assert found.p_value == 0.0
    assert math.isnan(found.effect)


def test_no_difference_and_no_spread_reject_nothing() -> None:
    found = welch([0.9, 0.9, 0.9], [0.9, 0.9], 0.95)
    assert found.p_value == 1.0
    assert math.isnan(found.statistic)
    assert equivalence(found, 0.01, 0.95).p_value == 0.0


def test_equivalence_at_exactly_the_margin_rejects_nothing() -> None:
    assert equivalence(threshold([0.25, 0.25, 0.25], 0.0, 0.95), 0.25, 0.95).p_value == 1.0


@pytest.mark.parametrize("n", [3, 5, 10])
def test_95_percent_intervals_cover_the_truth_in_95_of_100_experiments(n: int) -> None:
    draw = np.random.default_rng(20261121)
    trials, hit_welch, hit_paired = 2000, 0, 0
    for _ in range(trials):
        shared = draw.normal(0, 1, n)
        a, b = list(shared + draw.normal(0.3, 1, n)), list(shared + draw.normal(0, 2, n))
        c = list(draw.normal(0, 2, n) + draw.normal(0, 1, n))
        one, two = paired(a, b, 0.95), welch(a, c, 0.95)
        hit_paired += one.low <= 0.3 <= one.high
        hit_welch += two.low <= 0.3 <= two.high
    # Three standard errors of a proportion of 0.95 over 2000 trials are 0.0146; Welch's is conservative at small n.
    assert hit_paired / trials == pytest.approx(0.95, abs=0.0146)
    assert 0.95 - 0.0146 <= hit_welch / trials <= 0.985


def test_holm_on_a_published_example() -> None:
    # Wikipedia's and Wright's (1992, Biometrics 48) usual four: .01, .04, .03, .005 → .03, .06, .06, .02.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.7, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_never_helps(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert [adjusted[i] for i in order] == sorted(adjusted)


def test_holm_keeps_the_chance_of_any_false_rejection_below_alpha() -> None:
    draw = np.random.default_rng(7)
    errors = sum(min(holm(list(draw.uniform(size=6)))) <= 0.05 for _ in range(4000))
    assert errors / 4000 == pytest.approx(0.05, abs=0.011)


def test_samples_that_differ_by_rounding_alone_do_not_differ() -> None:
    found = welch([0.1 + 0.2] * 4, [0.3] * 4, 0.95)
    assert (found.value, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert threshold([0.1 + 0.2] * 4, 0.3, 0.95).value == 0.3


@pytest.mark.parametrize("n", [3, 5, 20])
def test_effect_sizes_have_intervals_that_cover_them_as_often_as_they_say(n: int) -> None:
    draw = np.random.default_rng(20261130)
    trials, one, two = 2000, 0, 0
    for _ in range(trials):
        a, b = list(draw.normal(0.7, 1, n)), list(draw.normal(0, 1, n))
        against, apart = threshold(a, 0.0, 0.95), welch(a, b, 0.95)
        # The correction for few runs scales both ends alike: 0.7 is covered by what they were before.
        few, more = hedges_correction(n - 1), hedges_correction(2 * n - 2)
        one += against.effect_low / few <= 0.7 <= against.effect_high / few
        two += apart.effect_low / more <= 0.7 <= apart.effect_high / more
    assert one / trials == pytest.approx(0.95, abs=0.0146)
    assert two / trials == pytest.approx(0.95, abs=0.0146)


@given(NUMBERS, NUMBERS, LEVELS)
def test_an_effect_sizes_interval_lies_on_one_side_of_0_exactly_when_the_pooled_t_test_rejects_it(
    a: list[float], b: list[float], level: float
) -> None:
    found = welch(a, b, level)
    pooled = stats.ttest_ind(a, b)
    if abs(float(pooled.pvalue) - (1 - level)) > 1e-4:
        assert (found.effect_low > 0 or found.effect_high < 0) == (float(pooled.pvalue) < 1 - level)
