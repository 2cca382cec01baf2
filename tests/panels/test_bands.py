"""Smoothing, thinning and the band over runs, each held to a reference that was written apart from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pressrun.panels.bands import Line, aligned, average, line_of, resample, smooth, thin


def line(*values: float, start: int = 0) -> Line:
    return Line(np.arange(start, start + len(values), dtype=float), np.array(values, dtype=float))


def tensorboard(values: list[float], weight: float) -> list[float]:
    """Say TensorBoard's published algorithm step by step: accumulate, then divide by the weight that is there."""
    last, count, shown = 0.0, 0, []
    for value in values:
        if not math.isfinite(value):
            shown.append(math.nan)
            continue
        last = last * weight + (1 - weight) * value
        count += 1
        shown.append(last / (1 - weight**count))
    return shown


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.99, 0.999])
def test_smoothing_is_tensorboards_with_gaps_left_as_gaps(weight: float) -> None:
    values = [1.0, 0.2, math.nan, 5.0, math.inf, -3.0, 0.4, 0.4]
    got = smooth(line(*values), weight)
    np.testing.assert_allclose(got.values, tensorboard(values, weight), rtol=1e-9)


def test_smoothing_by_nothing_and_smoothing_nothing_change_nothing() -> None:
    values = [1.0, 2.0, math.nan]
    assert smooth(line(*values), 0.0).values is not None
    np.testing.assert_array_equal(smooth(line(*values), 0.0).values, values)
    assert np.isnan(smooth(line(math.nan, math.nan), 0.5).values).all()
    assert len(smooth(line(), 0.5)) == 0


def test_a_smoothed_constant_stays_that_constant() -> None:
    np.testing.assert_allclose(smooth(line(*[0.7] * 50), 0.95).values, 0.7, rtol=1e-12)


def test_the_band_is_students_interval_at_each_step_over_the_runs_that_are_there() -> None:
    rng = np.random.default_rng(7)
    lines = [line(*rng.normal(0.9, 0.05, size=size)) for size in (12, 12, 9, 5)]
    band = average(lines)
    assert band.n.tolist() == [4] * 5 + [3] * 4 + [2] * 3
    for step in range(12):
        values = [each.values[step] for each in lines if step < len(each)]
        low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
        assert band.mean[step] == pytest.approx(np.mean(values), rel=1e-12)
        assert (band.low[step], band.high[step]) == pytest.approx((low, high), rel=1e-9)


def test_with_three_runs_the_factor_is_4_30_and_not_1_96() -> None:
    band = average([line(0.0), line(1.0), line(2.0)])
    assert (band.high[0] - band.mean[0]) / (1.0 / math.sqrt(3)) == pytest.approx(4.3027, abs=1e-4)


def test_one_run_has_no_band_and_no_run_no_mean() -> None:
    band = average([line(1.0, math.nan, 3.0), line(2.0, math.nan)])
    assert band.n.tolist() == [2, 0, 1]
    assert math.isnan(band.mean[1])
    assert math.isnan(band.low[2])
    assert band.mean[2] == 3.0


def test_the_band_of_large_close_values_does_not_cancel() -> None:
    values = [1e9 + offset for offset in (0.0, 1.0, 2.0)]
    band = average([line(value) for value in values])
    low, high = stats.t.interval(0.95, 2, loc=1e9 + 1, scale=1 / math.sqrt(3))
    assert (band.low[0], band.high[0]) == pytest.approx((low, high), abs=1e-5)


def test_no_lines_give_an_empty_band() -> None:
    assert len(average([])) == 0


def test_of_several_points_at_one_place_the_last_stands_and_the_rest_are_counted() -> None:
    got, lost = line_of(np.array([1.0, 0.0, 1.0, np.nan]), np.array([10.0, 20.0, 30.0, 40.0]))
    assert got.x.tolist() == [0.0, 1.0]
    assert got.values.tolist() == [20.0, 30.0]
    assert lost == 2


def test_thinning_keeps_every_peak_both_ends_and_the_gap() -> None:
    values = np.sin(np.arange(10_000) / 300)
    values[4321], values[7777] = 9.0, -9.0
    values[5000:5100] = np.nan
    kept = thin(np.arange(10_000.0), values, 500)
    assert {0, 4321, 7777, 9_999} <= set(kept.tolist())
    assert np.isnan(values[kept]).any()
    assert len(kept) <= 760
    assert (np.diff(kept) > 0).all()


def test_few_points_are_not_thinned() -> None:
    assert thin(np.arange(5.0), np.arange(5.0), 10).tolist() == [0, 1, 2, 3, 4]


def test_runs_over_time_are_interpolated_within_their_own_ends_only() -> None:
    first = Line(np.array([0.0, 10.0]), np.array([0.0, 10.0]))
    second = Line(np.array([5.0, 20.0]), np.array([5.0, 20.0]))
    assert not aligned([first, second])
    left, right = resample([first, second], points=21)
    np.testing.assert_allclose(left.values, left.x)
    np.testing.assert_allclose(right.values, right.x)
    assert left.x.max() <= 10.0
    assert right.x.min() >= 5.0


def test_runs_that_share_their_steps_are_aligned() -> None:
    assert aligned([line(1.0, 2.0), line(1.0, 2.0)])
    assert aligned([line(1.0)])
