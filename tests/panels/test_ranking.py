"""Differences, Holm's correction and marks, against SciPy and against the closed testing procedure itself."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from pressrun.panels.grid import Mark, Verdict
from pressrun.panels.ranking import Sample, difference, holm, rank
from pressrun.records import Direction


def sample(*values: float, seeds: list[object] | None = None) -> Sample:
    return Sample(values, tuple(seeds) if seeds is not None else tuple(range(len(values))))


def unseeded(*values: float) -> Sample:
    return Sample(values, (None,) * len(values))


RNG = np.random.default_rng(11)
CASES = [
    (tuple(RNG.normal(0.9, 0.02, size=n)), tuple(RNG.normal(0.92, 0.05, size=m))) for n, m in [(2, 2), (5, 5), (10, 3)]
]


@pytest.mark.parametrize("case", CASES)
def test_runs_without_seeds_are_compared_by_welchs_test(case: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    a, b = case
    got = difference(unseeded(*a), unseeded(*b))
    reference = stats.ttest_ind(a, b, equal_var=False)
    interval = reference.confidence_interval(0.95)
    assert not got.paired
    assert got.n == min(len(a), len(b))
    assert got.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    assert got.df == pytest.approx(reference.df, rel=1e-9)
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


@pytest.mark.parametrize("case", CASES[:2])
def test_runs_with_the_same_seeds_are_compared_by_the_paired_test(
    case: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    a, b = case
    shuffled = list(range(len(b)))[::-1]
    got = difference(sample(*a), sample(*[b[i] for i in shuffled], seeds=list(shuffled)))
    reference = stats.ttest_rel(a, b)
    interval = reference.confidence_interval(0.95)
    assert got.paired
    assert got.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_pairs_are_the_runs_that_share_a_seed_and_the_rest_is_counted() -> None:
    a = sample(1.0, 2.0, 3.0, 50.0, seeds=[1, 2, 3, 4])
    b = sample(0.5, 1.6, 2.4, seeds=[1, 2, 3])
    got = difference(a, b)
    reference = stats.ttest_rel([1.0, 2.0, 3.0], [0.5, 1.6, 2.4])
    assert (got.n, got.left_out) == (3, 1)
    assert got.p_value == pytest.approx(reference.pvalue, rel=1e-9)


def test_a_seed_used_twice_forbids_pairing() -> None:
    assert not difference(sample(1.0, 2.0, 3.0, seeds=[1, 1, 2]), sample(1.0, 2.0, 3.0, seeds=[1, 1, 2])).paired


def test_one_shared_seed_is_no_pairing() -> None:
    assert not difference(sample(1.0, 2.0, seeds=[1, 2]), sample(1.0, 2.5, seeds=[1, 9])).paired


def test_one_run_decides_nothing_however_far_apart() -> None:
    got = difference(unseeded(100.0), unseeded(1.0, 1.1, 0.9))
    assert math.isnan(got.low)
    assert math.isnan(got.p_value)
    assert got.value == pytest.approx(99.0)
    assert got.verdict(Direction.MAX) is Verdict.UNRESOLVED


@pytest.mark.parametrize(("direction", "expected"), [(Direction.MAX, Verdict.BETTER), (Direction.MIN, Verdict.WORSE)])
def test_the_metrics_direction_says_what_is_better(direction: Direction, expected: Verdict) -> None:
    assert difference(unseeded(2.0, 2.1, 2.05), unseeded(1.0, 1.1, 1.05)).verdict(direction) is expected


def test_equal_runs_that_do_not_vary_have_no_difference() -> None:
    got = difference(unseeded(0.5, 0.5, 0.5), unseeded(0.5, 0.5))
    assert (got.value, got.low, got.high, got.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert got.verdict(Direction.MAX) is Verdict.UNRESOLVED


def closed_test(p_values: list[float]) -> list[float]:
    """Correct by the closure principle (Marcus, Peritz and Gabriel 1976) with Bonferroni in every intersection."""
    corrected = []
    for index in range(len(p_values)):
        others = [i for i in range(len(p_values)) if i != index]
        worst = 0.0
        for size in range(len(others) + 1):
            for subset in itertools.combinations(others, size):
                members = [p_values[i] for i in (index, *subset)]
                worst = max(worst, min(1.0, len(members) * min(members)))
        corrected.append(worst)
    return corrected


@pytest.mark.parametrize("seed", range(6))
def test_holms_correction_is_closed_testing_with_bonferroni(seed: int) -> None:
    p_values = np.random.default_rng(seed).uniform(0, 0.2, size=5).tolist()
    assert holm(p_values) == pytest.approx(closed_test(p_values))


def test_a_test_that_could_not_be_made_counts_in_the_correction() -> None:
    corrected = holm([0.01, math.nan, 0.03])
    assert corrected[0] == pytest.approx(0.03)
    assert math.isnan(corrected[1])
    assert corrected[2] == pytest.approx(0.06)


def test_the_best_row_beats_every_other() -> None:
    rows = [unseeded(0.90, 0.91, 0.92), unseeded(0.70, 0.71, 0.69), unseeded(0.50, 0.52, 0.51)]
    assert rank(rows, Direction.MAX) == [Mark.BEST, Mark.NONE, Mark.NONE]
    assert rank(rows, Direction.MIN) == [Mark.NONE, Mark.NONE, Mark.BEST]


def test_rows_that_cannot_be_told_apart_from_the_top_are_tied() -> None:
    rows = [unseeded(0.90, 0.91, 0.95), unseeded(0.89, 0.92, 0.93), unseeded(0.50, 0.52, 0.51)]
    assert rank(rows, Direction.MAX) == [Mark.TIED, Mark.TIED, Mark.NONE]


def test_holm_takes_a_win_back_that_one_comparison_alone_would_have_given() -> None:
    top, close = unseeded(1.00, 1.02, 1.04, 1.06), unseeded(0.97, 0.985, 0.99, 1.00)
    assert 0.025 < difference(top, close).p_value < 0.05
    assert rank([top, close], Direction.MAX)[0] is Mark.BEST
    assert rank([top, close, close], Direction.MAX) == [Mark.TIED] * 3


def test_a_row_of_one_run_keeps_every_mark_away() -> None:
    rows = [unseeded(0.90, 0.91, 0.92), unseeded(0.70, 0.71, 0.69), unseeded(0.10)]
    assert rank(rows, Direction.MAX) == [Mark.NONE] * 3


def test_a_row_without_a_number_neither_wins_nor_hinders() -> None:
    rows = [unseeded(), unseeded(0.90, 0.91, 0.92), unseeded(0.70, 0.71, 0.69)]
    assert rank(rows, Direction.MIN) == [Mark.NONE, Mark.NONE, Mark.BEST]


def test_one_row_alone_is_not_the_best_of_anything() -> None:
    assert rank([unseeded(0.9, 0.91)], Direction.MAX) == [Mark.NONE]
