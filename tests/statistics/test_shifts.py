"""Rank and permutation tests equal SciPy's, and their intervals are exactly what they do not reject."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from pressrun.statistics.shifts import mann_whitney, permutation, sign_flips, wilcoxon

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.statistics.means import Estimate

#: Of any types: what its stubs allow is less than what it takes.
stats: Any = scipy.stats
TESTS = (sign_flips, permutation, wilcoxon, mann_whitney)


def samples(n: int, m: int, seed: int, shift: float = 0.5) -> tuple[list[float], list[float]]:
    draw = np.random.default_rng(seed)
    return list(draw.normal(shift, 1, n)), list(draw.normal(0, 1, m))


@pytest.mark.parametrize("n", [2, 5, 8, 13, 40])
def test_wilcoxon_is_scipys(n: int) -> None:
    for seed in range(20):
        a, b = samples(n, n, seed)
        assert wilcoxon(a, b, 0.95).p_value == pytest.approx(stats.wilcoxon(a, b, method="exact").pvalue, rel=1e-12)


def test_wilcoxon_of_many_pairs_is_scipys_approximation() -> None:
    a, b = samples(80, 80, 1)
    asked = stats.wilcoxon(a, b, method="asymptotic", correction=True)
    assert wilcoxon(a, b, 0.95).p_value == pytest.approx(asked.pvalue, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 7), (10, 8), (30, 25)])
def test_mann_whitney_is_scipys(n: int, m: int) -> None:
    for seed in range(20):
        a, b = samples(n, m, seed)
        asked = stats.mannwhitneyu(a, b, method="exact")
        found = mann_whitney(a, b, 0.95)
        assert (found.statistic, found.p_value) == pytest.approx((asked.statistic, asked.pvalue), rel=1e-12)
        assert found.effect == pytest.approx(2 * asked.statistic / (n * m) - 1)


def test_mann_whitney_of_many_runs_is_scipys_approximation() -> None:
    a, b = samples(80, 60, 1)
    asked = stats.mannwhitneyu(a, b, method="asymptotic")
    assert mann_whitney(a, b, 0.95).p_value == pytest.approx(asked.pvalue, rel=1e-9)


@pytest.mark.parametrize("n", [3, 6, 10])
def test_sign_flips_are_scipys(n: int) -> None:
    for seed in range(5):
        a, b = samples(n, n, seed)
        asked = stats.permutation_test((np.subtract(a, b),), np.mean, permutation_type="samples", n_resamples=math.inf)
        assert sign_flips(a, b, 0.95).p_value == pytest.approx(asked.pvalue, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(3, 3), (4, 7), (7, 8)])
def test_permutation_is_scipys(n: int, m: int) -> None:
    for seed in range(5):
        a, b = samples(n, m, seed)
        asked = stats.permutation_test(
            (a, b), lambda x, y, axis: np.mean(x, axis) - np.mean(y, axis), n_resamples=math.inf, vectorized=True
        )
        assert permutation(a, b, 0.95).p_value == pytest.approx(asked.pvalue, rel=1e-12)


@pytest.mark.parametrize("test", [sign_flips, permutation])
def test_drawn_rearrangements_come_close_to_scipys_and_are_the_same_each_time(
    test: Callable[..., Estimate],
) -> None:
    a, b = samples(30, 30, 4, 0.3)
    kind = {"permutation_type": "samples"} if test is sign_flips else {}
    data = (np.subtract(a, b),) if test is sign_flips else (a, b)
    asked = stats.permutation_test(
        data, lambda *x: float(np.mean(x[0]) - (np.mean(x[1]) if len(x) > 1 else 0)), n_resamples=9999, rng=1, **kind
    )
    assert test(a, b, 0.95).p_value == pytest.approx(asked.pvalue, abs=0.015)
    assert test(a, b, 0.95) == test(a, b, 0.95)


@pytest.mark.parametrize("test", TESTS)
@given(
    values=st.lists(st.integers(-20, 20), min_size=4, max_size=16),
    level=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_0_is_outside_the_interval_exactly_when_the_test_rejects_it(
    test: Callable[..., Estimate], values: list[int], level: float
) -> None:
    a, b = [v / 3 for v in values[::2]], [v / 7 for v in values[1::2]]
    a = a[: len(b)]
    found = test(a, b, level)
    if abs(found.p_value - (1 - level)) > 1e-9:
        assert (found.p_value < 1 - level) == (found.low > 0 or found.high < 0)
    assert found.low <= found.value <= found.high or found.method.endswith("permutation test")


@pytest.mark.parametrize("test", TESTS)
def test_an_interval_moves_and_turns_with_its_sample(test: Callable[..., Estimate]) -> None:
    # So few that all rearrangements are looked at.
    a, b = samples(7, 7, 2)
    found, moved, turned = test(a, b, 0.9), test([v + 3 for v in a], b, 0.9), test(b, a, 0.9)
    assert (moved.low, moved.high) == pytest.approx((found.low + 3, found.high + 3))
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    assert turned.p_value == pytest.approx(found.p_value)


@pytest.mark.parametrize("test", TESTS)
def test_a_few_observations_can_reject_nothing_and_the_interval_says_so(test: Callable[..., Estimate]) -> None:
    found = test([10.0, 11.0, 12.0], [0.0, 0.1, 0.2], 0.95)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.p_value > 0.05


@pytest.mark.parametrize("test", TESTS)
def test_samples_that_are_the_same_differ_by_nothing(test: Callable[..., Estimate]) -> None:
    found = test([0.1 + 0.2] * 8, [0.3] * 8, 0.95)
    assert (found.value, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert not found.varies


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("n", [6, 10])
def test_intervals_cover_the_truth_as_often_as_they_say(test: Callable[..., Estimate], n: int) -> None:
    draw = np.random.default_rng(20261130)
    trials, hits = 600, 0
    for _ in range(trials):
        # Skewed: what these tests are for.
        found = test(list(draw.exponential(1, n) + 0.3), list(draw.exponential(1, n)), 0.95)
        hits += found.low <= 0.3 <= found.high
    # Exact tests of few observations are conservative; three standard errors below the level are 0.027.
    assert hits / trials >= 0.95 - 0.027
