"""Limits are those that a textbook gives, of the past alone."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pressrun.statistics.monitoring import FEWEST, adaptive_limits

VALUES = np.random.default_rng(5).normal(10, 1, 60)


def test_rolling_limits_are_the_mean_and_its_prediction_error() -> None:
    found = adaptive_limits(VALUES, window=12, errors=100)
    past = VALUES[28:40]
    half = 100 * past.std(ddof=1) * math.sqrt(1 + 1 / 12)
    assert (found.center[40], found.low[40], found.high[40]) == pytest.approx(
        (past.mean(), past.mean() - half, past.mean() + half)
    )
    assert np.isnan(found.center[:FEWEST]).all()


def test_fading_limits_are_those_of_pandas_weighted_moments() -> None:
    found = adaptive_limits(VALUES, window=9, errors=100, fading=True)
    past = pd.Series(VALUES[:45])
    weighted = past.ewm(span=9)
    assert found.center[45] == pytest.approx(weighted.mean().iloc[-1], rel=1e-4)
    weights = 0.8 ** np.arange(45)[::-1]
    half = 100 * weighted.std().iloc[-1] * math.sqrt(1 + (weights**2).sum() / weights.sum() ** 2)
    assert found.high[45] - found.center[45] == pytest.approx(half, rel=1e-3)


@pytest.mark.parametrize("fading", [False, True])
def test_what_comes_later_changes_nothing_of_before(fading: bool) -> None:
    later = np.concatenate([VALUES[:40], np.full(20, 99.0)])
    one, two = (adaptive_limits(each, fading=fading) for each in (VALUES, later))
    for name in ("center", "low", "high"):
        assert np.array_equal(getattr(one, name)[:41], getattr(two, name)[:41], equal_nan=True)
    assert np.array_equal(one.alarm[:40], two.alarm[:40])


def test_an_alarm_does_not_widen_the_limits_and_a_new_level_is_adopted_after_a_window_of_them() -> None:
    shifted = VALUES + 20.0 * (np.arange(60) >= 30)
    found = adaptive_limits(shifted, window=10)
    assert found.alarm[30:40].all()
    assert np.ptp(found.low[30:40]) == 0
    assert found.restarts == (39,)
    assert found.center[41:] == pytest.approx(30, abs=1.5)


def test_only_the_sides_that_count_alarm_and_a_gap_does_not() -> None:
    values = VALUES.copy()
    values[[20, 30, 40]] = 0, 99, math.nan
    assert np.flatnonzero(adaptive_limits(values, above=False).alarm).tolist() == [20]
    assert np.flatnonzero(adaptive_limits(values, below=False).alarm).tolist() == [30]
    assert not adaptive_limits(np.full(30, math.nan)).alarm.any()
    assert adaptive_limits([]).alarm.shape == (0,)


def test_a_series_that_never_varied_alarms_at_the_first_that_differs() -> None:
    assert np.flatnonzero(adaptive_limits([0.5] * 20 + [0.6]).alarm).tolist() == [20]
    assert not adaptive_limits([0.1] * 50).alarm.any()
