"""Bootstrap intervals and quartiles equal SciPy's and NumPy's, and cover what they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pressrun.statistics.interval import bca, quartiles, student_t

VALUES = list(np.random.default_rng(4).exponential(1, 12))


@pytest.mark.parametrize(("median", "statistic"), [(False, np.mean), (True, np.median)])
def test_bca_is_scipys(median: bool, statistic: Any) -> None:
    asked = stats.bootstrap((VALUES,), statistic, confidence_level=0.9, method="BCa", rng=0).confidence_interval
    found = bca(VALUES, 0.9, median=median)
    assert found.mean == statistic(VALUES)
    assert (found.low, found.high) == (asked.low, asked.high)
    assert found == bca(VALUES, 0.9, median=median), "the same values give the same interval"


def test_bca_leaves_out_what_is_not_finite_and_decides_nothing_of_one_run() -> None:
    assert bca([*VALUES, math.nan, math.inf]) == bca(VALUES)
    assert bca([0.5]).n == 1
    assert not bca([0.5]).decides
    assert bca([]).n == 0


def test_bca_of_numbers_equal_but_for_rounding_has_no_width() -> None:
    found = bca([0.1 + 0.2, 0.3, 0.3])
    assert (found.low, found.mean, found.high) == (0.3, 0.3, 0.3)


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="level is 1"):
        bca(VALUES, 1)


def test_quartiles_are_numpys() -> None:
    assert quartiles(VALUES) == pytest.approx(tuple(np.quantile(VALUES, [0.25, 0.5, 0.75])))
    assert quartiles([*VALUES, math.nan]) == quartiles(VALUES)
    assert all(map(math.isnan, quartiles([math.nan])))


@pytest.mark.parametrize("n", [5, 10, 30])
def test_student_t_covers_the_mean_of_normal_data_in_93_to_97_of_100(n: int) -> None:
    draw = np.random.default_rng(n)
    found = [student_t(list(draw.normal(1, 1, n))) for _ in range(3000)]
    assert 0.93 <= sum(each.low <= 1 <= each.high for each in found) / 3000 <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("n", "least"), [(5, 0.80), (10, 0.86), (30, 0.92)])
def test_bca_covers_the_mean_of_normal_data_as_often_as_the_documentation_says(n: int, least: float) -> None:
    draw = np.random.default_rng(n)
    found = [bca(list(draw.normal(1, 1, n))) for _ in range(400)]
    assert least <= sum(each.low <= 1 <= each.high for each in found) / 400 <= 0.97
