"""Average ranks and their tests equal SciPy's and the numbers that Demšar printed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pressrun.statistics.ranks import critical_difference, rank

#: Demšar (2006), table 6: areas under curves of C4.5, with m, with cf and with both, on fourteen data sets.
DEMSAR = [
    (0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.000, 0.940, 0.619, 0.972, 0.957),
    (0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.000, 0.962, 0.666, 0.981, 0.978),
    # 0.9751 as well as 0.975 below is printed as 0.975, and ranked above it.
    (0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1.000, 0.965, 0.614, 0.9751, 0.946),
    (0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1.000, 0.962, 0.669, 0.975, 0.970),
]


def test_the_ranks_of_the_paper_that_proposed_it() -> None:
    found = rank(DEMSAR)
    assert found.ranks == pytest.approx((3.143, 2.000, 2.893, 1.964), abs=5e-4)
    # The paper's own chi-squared is not corrected for ties; SciPy's is.
    assert 12 * 14 / 20 * (sum(r * r for r in found.ranks) - 25) == pytest.approx(9.28, abs=5e-3)
    asked = stats.friedmanchisquare(*DEMSAR)
    assert (found.statistic, found.p_value) == pytest.approx((asked.statistic, asked.pvalue), rel=1e-9)
    assert found.f_df == (3, 39)


@pytest.mark.parametrize(("methods", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (10, 3.164)])
def test_the_critical_values_are_those_of_its_table_5(methods: int, q: float) -> None:
    assert critical_difference(methods, 1) / math.sqrt(methods * (methods + 1) / 6) == pytest.approx(q, abs=1.5e-3)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # SciPy's own, where all is tied
@given(st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=3, max_size=6))
def test_the_statistic_is_scipys_whatever_is_tied(scores: list[list[int]]) -> None:
    found = rank(scores)
    asked = stats.friedmanchisquare(*scores)
    if math.isnan(asked.statistic):
        assert found.statistic == 0
        assert found.p_value == 1
    else:
        assert (found.statistic, found.p_value) == pytest.approx((asked.statistic, asked.pvalue), rel=1e-9, abs=1e-9)
    assert sum(found.ranks) == pytest.approx(len(scores) * (len(scores) + 1) / 2)


def test_less_may_be_better() -> None:
    one, other = rank(DEMSAR), rank(DEMSAR, more_is_better=False)
    assert [5 - r for r in one.ranks] == pytest.approx(other.ranks)


def test_methods_that_the_tasks_cannot_tell_apart_stand_together() -> None:
    steps = np.arange(40)
    scores = [steps + 10, steps + 10 + np.where(steps % 2, 0.1, -0.1), steps + 5, steps]
    found = rank(scores)
    assert found.cliques == ((1, 0),) or found.cliques == ((0, 1),)
    assert not found.differ(0, 1)
    assert found.differ(0, 2)
    assert found.differ(2, 3)


def test_overlapping_groups_are_told_each_once() -> None:
    # On four tasks no three neighbours can be told apart, first and last can.
    found = rank([[4] * 4, [3] * 4, [2] * 4, [1] * 4])
    assert found.cliques == ((0, 1, 2), (1, 2, 3))
    assert found.differ(0, 3)


def test_if_all_always_win_alike_the_difference_is_certain() -> None:
    found = rank([[2, 3, 4, 5], [1, 2, 3, 4], [0, 1, 2, 3]])
    assert math.isinf(found.f_statistic)
    assert found.f_p_value == 0


@pytest.mark.parametrize("scores", [[[1, 2]], [[1], [2]], [1, 2], [[1, math.nan], [2, 3]]])
def test_what_cannot_be_ranked_is_refused(scores: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"methods|finite"):
        rank(scores)


def test_without_a_difference_one_is_found_at_most_as_often_as_the_level_allows() -> None:
    draw = np.random.default_rng(2)
    found = [rank(draw.normal(size=(4, 15))) for _ in range(1500)]
    assert sum(each.f_p_value < 0.05 for each in found) / 1500 <= 0.05 + 0.017
    apart = sum(max(each.ranks) - min(each.ranks) >= each.critical_difference for each in found)
    assert apart / 1500 <= 0.05 + 0.017
