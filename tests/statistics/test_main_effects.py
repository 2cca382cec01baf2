"""Main effects: SciPy's analysis of variance, an interval that covers as it says, and noise that stays noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pressrun.statistics.importance import main_effects


def test_the_share_is_that_of_scipys_analysis_of_variance() -> None:
    generator = np.random.default_rng(1)
    factor = generator.integers(0, 4, 70)
    target = 0.4 * factor + generator.normal(size=70)
    [effect] = main_effects(target, [factor])
    f, p = stats.f_oneway(*(target[factor == level] for level in range(4)))
    assert effect.share == pytest.approx(3 * f / (3 * f + 66), rel=1e-12)
    # ε² by its other formula: (SSB - dfB · MSW) / SST.
    total = ((target - target.mean()) ** 2).sum()
    within = total * (1 - effect.share)
    assert effect.adjusted == pytest.approx((total * effect.share - 3 * within / 66) / total, rel=1e-12)
    assert effect.p_value == pytest.approx(p, abs=0.005)
    assert (effect.levels, effect.n) == (4, 70)


def test_the_interval_ends_where_the_noncentral_f_has_its_tails() -> None:
    generator = np.random.default_rng(2)
    factor = np.repeat([0, 1, 2], 15)
    target = factor + generator.normal(size=45)
    [effect] = main_effects(target, [factor])
    f = effect.share / 2 / ((1 - effect.share) / 42)
    for end, tail in ((effect.low, 0.975), (effect.high, 0.025)):
        assert stats.ncf.cdf(f, 2, 42, 45 * end / (1 - end)) == pytest.approx(tail, abs=1e-9)


@pytest.mark.parametrize(("sizes", "shift"), [((10, 10, 10), 0.0), ((10, 10, 10), 0.8), ((5, 12, 20), 0.5)])
def test_the_interval_covers_as_often_as_its_level_says(sizes: tuple[int, ...], shift: float) -> None:
    generator = np.random.default_rng(3)
    factor = np.repeat(range(len(sizes)), sizes)
    means = shift * factor
    spread = float(((means - means.mean()) ** 2).mean())
    truth = spread / (spread + 1)
    covered = 0
    for _ in range(600):
        [effect] = main_effects(means + generator.normal(size=len(factor)), [factor], permutations=1)
        covered += effect.low <= truth <= effect.high
    # An interval that begins at 0 cannot miss a truth of 0 from above: it then covers more often.
    assert 0.93 <= covered / 600 <= (0.985 if truth == 0 else 0.97)


def test_permuted_noise_is_called_an_effect_as_often_as_the_level_says() -> None:
    generator = np.random.default_rng(4)
    wrong = 0
    for _ in range(300):
        skewed = generator.exponential(size=24) ** 2
        [effect] = main_effects(skewed, [generator.integers(0, 3, 24)], permutations=199)
        wrong += effect.p_value <= 0.05
    assert wrong / 300 <= 0.08


def test_all_factors_see_the_same_permutations_each_time() -> None:
    generator = np.random.default_rng(5)
    target, a, b = generator.normal(size=40), generator.integers(0, 3, 40), generator.integers(0, 2, 40)
    together = main_effects(target, [a, b])
    assert together == [*main_effects(target, [a]), *main_effects(target, [b])]


@pytest.mark.parametrize(
    ("target", "factor"),
    [([1.0, 1.0, 1.0], [0, 0, 1]), ([1.0, 2.0, 3.0], [0, 0, 0]), ([1.0, 2.0, 3.0], [0, 1, 2]), ([], [])],
)
def test_where_nothing_can_be_told_nothing_is(target: list[float], factor: list[int]) -> None:
    [effect] = main_effects(target, [np.array(factor, dtype=int)])
    assert effect.p_value == 1
    assert math.isnan(effect.share)
    assert math.isnan(effect.low)


def test_numbers_at_the_ends_of_floats_and_factors_that_explain_all_are_no_errors() -> None:
    [whole] = main_effects([0.0, 0.0, 1.0, 1.0, 0.0, 1.0], [[0, 0, 1, 1, 0, 1]])
    assert (whole.share, whole.low, whole.high) == pytest.approx((1, 1, 1))
    [huge] = main_effects([1e300, 1.1e300, -1e300, -1.1e300], [[0, 0, 1, 1]])
    assert huge.share == pytest.approx(0.9977, abs=1e-3)
    [large] = main_effects([1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4], [[0, 0, 1, 1]])
    assert large.share == pytest.approx(0.8)
    with pytest.raises(ValueError, match="level is 1"):
        main_effects([1.0], [[0]], level=1)
    with pytest.raises(ValueError, match="a factor has"):
        main_effects([1.0, 2.0], [[0]])
