"""Drift of numbers and categories: SciPy's tests, published indices, and no alarm without a cause."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from pressrun.statistics.drift import of_categories, of_numbers, stability

stats: Any = scipy.stats
DRAW = np.random.default_rng(8)
REFERENCE = DRAW.normal(5, 2, 400)


def test_numbers_are_compared_by_scipys_test() -> None:
    batch = DRAW.normal(6, 3, 150)
    found, asked = of_numbers(REFERENCE, batch), stats.ks_2samp(REFERENCE, batch)
    assert (found.statistic, found.p_value) == pytest.approx((asked.statistic, asked.pvalue))
    assert found.mean_shift == pytest.approx((batch.mean() - REFERENCE.mean()) / REFERENCE.std(ddof=1))
    assert found.spread_ratio == pytest.approx(batch.std(ddof=1) / REFERENCE.std(ddof=1))
    assert found.index > 0.1
    assert found.index_p_value < 1e-4


def test_the_index_is_the_sum_that_its_source_gives() -> None:
    # Shares 20, 30, 50 % against 30, 30, 40 %: 0.1 ln 1.5 - 0.1 ln 0.8. Of many, half an observation is nothing.
    index, _ = stability([2e6, 3e6, 5e6], [3e6, 3e6, 4e6])
    assert index == pytest.approx(0.1 * math.log(1.5) - 0.1 * math.log(0.8), abs=1e-5)
    assert stability([5, 5], [5, 5]) == (0.0, 1.0)


@pytest.mark.parametrize(("n", "m"), [(200, 200), (2000, 150)])
def test_without_drift_the_index_alarms_as_often_as_its_level_says(n: int, m: int) -> None:
    draw = np.random.default_rng(3)
    alarms = sum(of_numbers(draw.normal(size=n), draw.normal(size=m)).index_p_value < 0.05 for _ in range(800))
    # Bins that are quantiles of the reference itself make it a little stricter.
    assert alarms / 800 <= 0.05 + 0.023


def test_categories_are_compared_by_scipys_test() -> None:
    found = of_categories(["a"] * 50 + ["b"] * 50, ["a"] * 10 + ["b"] * 25 + ["c"] * 5)
    asked = stats.chi2_contingency([[50, 50, 0], [10, 25, 5]], correction=False)
    assert (found.statistic, found.p_value) == pytest.approx((asked.statistic, asked.pvalue))
    assert found.unseen == (("c", 0.125),)
    assert math.isnan(found.mean_shift)


def test_missing_values_are_counted_and_compared_with_nothing() -> None:
    found = of_numbers([1.0, 2.0, math.nan, 4.0], [math.nan, math.nan, 2.0, 3.0])
    assert found.missing == (0.25, 0.5)
    assert found.sizes == (3, 2)
    told = of_categories(["a", None, "b"], [math.nan, "a"])
    assert told.missing == pytest.approx((1 / 3, 0.5))
    assert told.sizes == (2, 1)


def test_what_is_the_same_does_not_differ() -> None:
    found = of_numbers(REFERENCE, REFERENCE)
    assert (found.index, found.statistic, found.mean_shift, found.spread_ratio) == (0.0, 0.0, 0.0, 1.0)
    assert of_categories(["a"] * 5, ["a"] * 3).p_value == 1.0


def test_numbers_that_do_not_vary_have_no_shift_in_deviations() -> None:
    found = of_numbers([0.5] * 20, [0.7] * 20)
    assert math.isnan(found.mean_shift)
    assert found.p_value < 1e-6
    assert found.index_p_value < 1e-6


def test_infinite_values_are_the_largest_there_are() -> None:
    found = of_numbers([*REFERENCE, math.inf], [*REFERENCE, -math.inf])
    assert math.isfinite(found.index)
    assert found.p_value > 0.9


@pytest.mark.parametrize(("one", "two", "which"), [([], [1.0], "reference"), ([1.0], [math.nan], "batch")])
def test_what_has_no_value_is_refused_and_named(one: list[float], two: list[float], which: str) -> None:
    with pytest.raises(ValueError, match=which):
        of_numbers(one, two)
    with pytest.raises(ValueError, match=which):
        of_categories(one, two)
