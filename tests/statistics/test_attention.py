"""Planted anomalies are found among thousands of series, and rhythm and noise are left alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from pressrun.statistics.attention import attention, expectations

stats: Any = scipy.stats
DRAW = np.random.default_rng(1)


def noise(series: int = 1, times: int = 120, spread: float = 0.1) -> np.ndarray:
    return 10 * (1 + spread * np.random.default_rng(series).normal(size=(series, times)))


def planted(seed: int) -> tuple[np.ndarray, np.ndarray, set[int]]:
    """Make 5,000 series of all sizes, noises and weekly rhythms; plant spikes, drifts and falls to nothing in 50."""
    draw = np.random.default_rng(seed)
    count, times = 5000, 120
    base = draw.lognormal(3, 1, count)[:, None]
    rhythm = 1 + draw.choice([0, 0.1, 0.3], count)[:, None] * draw.normal(0, 1, (count, 7))[:, np.arange(times) % 7]
    spread = draw.choice([0.05, 0.15, 0.3], count)[:, None]
    values = np.maximum(base * rhythm * (1 + spread * draw.normal(size=(count, times))), 0)
    chosen = draw.choice(count, 50, replace=False)
    for place, kind in zip(chosen, draw.choice(3, 50), strict=True):
        unit = base[place, 0] * spread[place, 0] * draw.choice([-1, 1])
        if kind == 0:
            values[place, -1] += 8 * unit
        elif kind == 1:
            values[place, -14:] += unit * np.linspace(1, 4, 14)
        else:
            values[place, -2:] = 0
    return values, values / values.sum(axis=0), set(chosen.tolist())


def hits(order: np.ndarray, chosen: set[int]) -> float:
    return len(set(order[:50].tolist()) & chosen) / 50


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_anomalies_come_first_and_a_plain_z_score_finds_fewer(seed: int) -> None:
    values, shares, chosen = planted(seed)
    found = hits(attention(values, shares).order, chosen)
    z = np.abs(values[:, -1] - values[:, :-1].mean(axis=1)) / values[:, :-1].std(axis=1)
    plain = hits(np.argsort(-z), chosen)
    assert found >= 0.75
    assert found >= plain + 0.1


def test_a_spike_is_a_deviation_of_its_own_standard_errors() -> None:
    values = noise(200)
    values[7, -1] = 20
    found = attention(values)
    assert found.order[0] == 7
    assert found.deviation[7] == pytest.approx(10, rel=0.5)
    assert found.expected[7] == pytest.approx(10, abs=1.5)


def test_what_stays_slightly_high_is_found_by_its_persistence() -> None:
    values = noise(200)
    values[3, -14:] += 3
    found = attention(values)
    assert found.order[0] == 3
    assert found.persistence[3] > found.floor > abs(found.deviation[3])


def test_a_weekly_rhythm_is_no_anomaly() -> None:
    values = noise(50)
    values[0] += 30 * (np.arange(120) % 7 == 119 % 7)
    found = attention(values)
    assert abs(found.deviation[0]) < found.floor
    assert abs(attention(values, period=1).deviation[0]) > 2.5, "without a season it is far off"


def test_a_weekend_that_varies_more_than_the_week_is_judged_by_its_own() -> None:
    values = noise(200)
    values[:, np.arange(120) % 7 == 119 % 7] += 8 * np.random.default_rng(3).normal(size=(200, 18))
    assert attention(values).deviation.std() == pytest.approx(1, abs=0.35)
    assert attention(values).score.max() < 2


def test_noise_alone_lifts_any_of_them_above_the_floor_in_one_of_twenty_looks() -> None:
    draw = np.random.default_rng(0)
    alarms = sum((attention(draw.normal(10, 1, (5, 120))).score > 0).any() for _ in range(600))
    assert attention(np.ones((5, 60))).floor == pytest.approx(stats.norm.ppf(1 - (1 - 0.95 ** (1 / 10)) / 2))
    # The errors are estimates themselves, which makes the tails a little heavier than the normal distribution's.
    assert alarms / 600 < 0.09


def test_each_value_of_a_series_has_the_expectation_that_it_would_be_judged_by() -> None:
    values = noise(3)
    expected, errors = expectations(values)
    for last in (119, 100, 60):
        judged = attention(values[:, : last + 1])
        assert judged.expected == pytest.approx(expected[:, last])
        assert judged.error == pytest.approx(errors[:, last])
    assert np.isnan(expected[:, :7]).all()


def test_a_segment_that_fell_to_nothing_still_counts() -> None:
    values = noise(50)
    values[5, -3:] = 0
    shares = values / values.sum(axis=0)
    found = attention(values, shares)
    assert found.order[0] == 5
    assert found.size[5] > 0.01


def test_the_larger_of_two_segments_that_changed_alike_comes_first() -> None:
    values = noise(50)
    values[[5, 6], -1] = 30
    shares = np.full(values.shape, 0.01)
    shares[6] = 0.4
    assert attention(values, shares).order[:2].tolist() == [6, 5]


def test_a_spike_of_the_past_does_not_hide_one_of_today() -> None:
    values = noise(50)
    values[5, 80] = values[5, -1] = 40
    assert attention(values).order[0] == 5


def test_times_without_a_value_are_left_out() -> None:
    values = noise(50)
    values[:, ::9] = math.nan
    values[5, -1] = 40
    values[8, :-1] = math.nan
    values[8, -1] = 5
    found = attention(values)
    assert found.order[0] == 5
    assert math.isnan(found.score[8])
    assert 8 not in found.order


def test_a_series_that_never_varied_and_now_does_is_as_far_as_can_be() -> None:
    values = np.full((3, 60), 4.0)
    values[1, -1] = 5
    found = attention(values)
    assert found.deviation.tolist() == [0, 50, 0]
    assert found.order[0] == 1


@pytest.mark.parametrize(
    ("values", "shares", "why"),
    [(np.ones((2, 20)), None, "fewer than"), (np.ones((2, 60)), np.ones((2, 59)), "shares")],
)
def test_what_cannot_be_judged_is_refused(values: np.ndarray, shares: np.ndarray | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        attention(values, shares)
