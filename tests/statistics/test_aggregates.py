"""Aggregates over tasks equal rliable's; their intervals keep their promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pressrun.statistics import aggregates
from pressrun.statistics.aggregates import Aggregate, estimate, profile_bands, scores_of

metrics = pytest.importorskip("rliable.metrics")

DRAW = np.random.default_rng(11)
#: (runs, tasks), as rliable has it, and as we have it.
TABLE = DRAW.beta(2, 3, (7, 13))
OTHER = np.round(TABLE + DRAW.normal(0.03, 0.1, (7, 13)), 2)
TASKS, OTHERS = list(TABLE.T), list(OTHER.T)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (aggregates.mean, "aggregate_mean"),
        (aggregates.median, "aggregate_median"),
        (aggregates.interquartile_mean, "aggregate_iqm"),
        (aggregates.optimality_gap, "aggregate_optimality_gap"),
    ],
)
def test_an_aggregate_is_rliables(ours: object, theirs: str) -> None:
    assert ours(scores_of(TASKS)) == pytest.approx(getattr(metrics, theirs)(TABLE), rel=1e-12)  # type: ignore[operator]


def test_the_probability_of_improvement_is_rliables() -> None:
    found = aggregates.probability_of_improvement(scores_of(OTHERS), scores_of(TASKS))
    assert found == pytest.approx(metrics.probability_of_improvement(OTHER, TABLE), rel=1e-12)
    assert aggregates.probability_of_improvement(scores_of(TASKS), scores_of(TASKS)) == 0.5


def test_a_profile_is_the_share_of_runs_above_each_threshold() -> None:
    wanted = np.linspace(0, 1, 21)
    found, low, high = profile_bands(OTHERS, wanted, resamples=50)
    assert found == pytest.approx([(wanted_one < OTHER).mean() for wanted_one in wanted], rel=1e-12)
    assert (low <= found + 1e-12).all()
    assert (found <= high + 1e-12).all()
    assert (low[:-1] >= low[1:]).all(), "of more there is less"


def test_an_interval_is_that_of_a_bootstrap_of_the_reference_within_tasks() -> None:
    draw = np.random.default_rng(3)
    resampled = [
        metrics.aggregate_iqm(np.take_along_axis(TABLE, draw.integers(0, 7, TABLE.shape), axis=0)) for _ in range(5000)
    ]
    found = estimate(aggregates.interquartile_mean, TASKS, resamples=5000)
    width = found.high - found.low
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])), abs=0.05 * width)


def test_the_same_scores_give_the_same_interval() -> None:
    one = estimate(aggregates.probability_of_improvement, OTHERS, TASKS, resamples=200)
    assert one == estimate(aggregates.probability_of_improvement, OTHERS, TASKS, resamples=200)
    assert one.low < one.value < one.high


def test_tasks_may_have_different_numbers_of_runs() -> None:
    ragged = [TASKS[0], TASKS[1][:3], TASKS[2][:5]]
    pooled = np.concatenate(ragged)
    found = estimate(aggregates.interquartile_mean, ragged, resamples=200)
    assert found.value == pytest.approx(stats.trim_mean(pooled, 0.25))
    assert (found.tasks, found.runs) == (3, 15)


def test_a_single_run_of_a_task_decides_nothing() -> None:
    found = estimate(aggregates.mean, [[0.1, 0.2], [0.4]])
    assert found.value == pytest.approx(0.275)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    _, low, _ = profile_bands([[0.1, 0.2], [0.4]], [0.0, 0.3])
    assert np.isnan(low).all()


@pytest.mark.parametrize(
    ("tasks", "why"), [([], "no task"), ([[0.1], []], "no run"), ([[0.1, math.nan]], "not finite")]
)
def test_what_is_no_score_is_refused(tasks: list[list[float]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        estimate(aggregates.mean, tasks)


def test_many_runs_are_taken_in_steps_that_fit_into_memory() -> None:
    few = estimate(aggregates.probability_of_improvement, [np.arange(3000.0)], [np.arange(3000.0) + 1], resamples=20)
    assert few.value == pytest.approx(0.5, abs=0.001)


@pytest.mark.slow
@pytest.mark.parametrize("runs", [5, 10])
def test_the_intervals_cover_the_truth_nearly_as_often_as_they_say(runs: int) -> None:
    draw = np.random.default_rng(5)
    centres = draw.uniform(0, 1, 20)
    truth = stats.trim_mean(np.concatenate([draw.normal(c, 0.1, 4000) for c in centres]), 0.25)
    trials = 200
    found: list[Aggregate] = [
        estimate(aggregates.interquartile_mean, [draw.normal(c, 0.1, runs) for c in centres], resamples=500)
        for _ in range(trials)
    ]
    # A percentile bootstrap within tasks of few runs is somewhat narrow: √((n - 1) / n) of the spread.
    assert 0.87 <= sum(each.low <= truth <= each.high for each in found) / trials <= 0.99
