"""Power equals statsmodels', and planned runs decide as often as planned."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from pressrun.statistics import means, power

reference = pytest.importorskip("statsmodels.stats.power")


@pytest.mark.parametrize("effect", [0.05, 0.2, 0.8, 1.5, -0.5])
@pytest.mark.parametrize("n", [2, 3, 10, 100])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_power_is_statsmodels(effect: float, n: int, level: float) -> None:
    one = reference.TTestPower().power(effect, n, 1 - level)
    two = reference.TTestIndPower().power(effect, n, 1 - level)
    # Where it is all but certain, the reference gives NaN.
    assert power.one_sample(effect, n, level) == pytest.approx(1 if np.isnan(one) else one, abs=1e-6)
    assert power.two_samples(effect, n, level) == pytest.approx(1 if np.isnan(two) else two, abs=1e-6)


@pytest.mark.parametrize("effect", [0.1, 0.5, 1.0, 3.0])
def test_the_runs_needed_are_statsmodels_rounded_up(effect: float) -> None:
    for kind, ours in ((reference.TTestPower(), power.one_sample), (reference.TTestIndPower(), power.two_samples)):
        found = power.runs_needed(partial(ours, effect, level=0.95))
        wanted = kind.solve_power(effect, alpha=0.05, power=0.8)
        assert found == max(2, int(np.ceil(np.atleast_1d(wanted)[0] - 1e-6)))


def test_what_is_no_difference_is_never_found() -> None:
    assert power.runs_needed(lambda n: power.one_sample(0.0, n, 0.95)) is None
    assert power.runs_needed(lambda n: power.one_sample(1e-9, n, 0.95)) is None


@pytest.mark.parametrize("pairs", [True, False])
def test_so_many_runs_show_equivalence_as_often_as_planned(pairs: bool) -> None:
    of = partial(power.equivalence, 0.1, 0.5, 1.0, level=0.95, pairs=pairs)
    n = power.runs_needed(of)
    assert n is not None
    draw = np.random.default_rng(3)
    shown = 0
    for _ in range(400):
        if pairs:
            found = means.paired(list(draw.normal(0.1, 1, n)), [0.0] * n, 0.95)
        else:
            found = means.welch(list(draw.normal(0.1, 1, n)), list(draw.normal(0, 1, n)), 0.95)
        found = means.equivalence(found, 0.5, 0.95)
        shown += found.low > -0.5 and found.high < 0.5
    assert shown / 400 == pytest.approx(0.8, abs=0.06)


def test_a_difference_beyond_the_margin_is_never_equivalent() -> None:
    assert power.equivalence(0.6, 0.5, 1.0, 10_000, 0.95, pairs=True) < 0.05
