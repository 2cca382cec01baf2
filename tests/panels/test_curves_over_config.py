"""Curves over a number of the configuration: how a final value depends on it."""

from __future__ import annotations

import math

import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError


def sweep(**overrides: object) -> pr.RunSet:
    return pr.runs(
        [
            {
                "name": f"{model}-{size}-{seed}",
                "config": {"model": model, "size": size, "seed": seed},
                "summary": {"test/acc": base + size / 1000 + seed / 100},
                **overrides,
            }
            for model, base in {"a": 0.5, "b": 0.6}.items()
            for size in (10, 100)
            for seed in (0, 1, 2)
        ]
    )


def test_each_point_is_the_mean_of_the_final_values_there() -> None:
    panel = pr.curves(sweep(), "test/acc", x="config.size", group="config.model")

    means = panel.data[panel.data["run"] == ""].set_index(["group", "x"])
    values = [0.5 + 0.1 + seed / 100 for seed in (0, 1, 2)]
    low, high = stats.t.interval(0.95, 2, loc=0.61, scale=stats.sem(values))
    value, lower, upper, n = (means[column].to_dict()["a", 100] for column in ("value", "low", "high", "n"))
    assert value == pytest.approx(0.61)
    assert (lower, upper) == (pytest.approx(low), pytest.approx(high))
    assert n == 3
    assert panel.fact.view["x"] == {"field": "config.size", "label": "size"}


def test_the_axis_may_have_a_name_for_readers() -> None:
    panel = pr.curves(sweep(), "test/acc", x="config.size", group="config.model", xlabel="images")
    assert panel.fact.view["x"] == {"field": "config.size", "label": "images"}
    assert "images" in panel.bundle()["image/svg+xml"]


def test_seeds_that_come_back_at_each_size_are_no_irregularity() -> None:
    text = pr.curves(sweep(), "test/acc", x="config.size", group="config.model").fact.disclosure.text
    assert "shown 12" in text
    assert "repeat" not in text


def test_runs_without_a_finite_number_are_disclosed_and_never_zero() -> None:
    records = [
        {"name": "good", "config": {"size": 1}, "summary": {"test/acc": 0.9}},
        {"name": "nan", "config": {"size": 1}, "summary": {"test/acc": math.nan}},
        {"name": "sizeless", "config": {}, "summary": {"test/acc": 0.8}},
        {"name": "crashed", "config": {"size": 1}, "summary": {"test/acc": 0.1}, "status": "failed"},
    ]
    panel = pr.curves(pr.runs(records), "test/acc", x="config.size")
    assert list(panel.data[panel.data["run"] == ""]["value"]) == [0.9]
    reasons = {each.reason for each in panel.fact.disclosure.excluded}
    assert reasons == {"non-finite test/acc", "no number at config.size", "crashed"}


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(MetricNotFoundError):
        pr.curves(sweep(), "test/accuracy", x="config.size")
    with pytest.raises(UsageError, match="cannot be smoothed"):
        pr.curves(sweep(), "test/acc", x="config.size", smooth=0.5)
    with pytest.raises(UsageError, match="nothing to draw over"):
        pr.curves(sweep(), "test/acc", x="size")
