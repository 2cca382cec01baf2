"""Scatter plots: every run where it belongs, means with their noise, an honest front, and what is left out said."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.panels.chart import MOST_POINTS
from pressrun.project import Project

Points = dict[str, list[tuple[float, float]]]


def runs_at(points: Points, extra: list[dict[str, Any]] | None = None) -> pr.RunSet:
    """Make one run a point: the size of its model, and its accuracy."""
    records: list[dict[str, Any]] = [
        {
            "name": f"{model}-{seed}",
            "config": {"model": model, "size": size, "seed": seed},
            "summary": {"test/acc": accuracy},
        }
        for model, some in points.items()
        for seed, (size, accuracy) in enumerate(some)
    ]
    return pr.runs([*records, *(extra or [])])


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_each_run_is_a_point_and_each_group_has_its_mean_with_its_intervals() -> None:
    runs = runs_at({"small": [(1, 0.7), (2, 0.8), (3, 0.75)], "large": [(10, 0.9)]})
    panel = pr.scatter(runs, "config.size", "test/acc", group="config.model")
    assert sorted(part(panel, "run")["x"]) == [1, 2, 3, 10]
    small = part(panel, "mean").set_index("group").loc["small"]
    low, high = stats.t.interval(0.95, 2, np.mean([0.7, 0.8, 0.75]), stats.sem([0.7, 0.8, 0.75]))
    assert (small["x"], small["n"]) == (2, 3)
    assert (small["y_low"], small["y_high"]) == pytest.approx((low, high))
    large = part(panel, "mean").set_index("group").loc["large"]
    assert math.isnan(large["y_low"]), "one run has no interval"


def test_the_front_is_what_nothing_else_beats_in_both() -> None:
    runs = runs_at({"a": [(1, 0.70)], "b": [(2, 0.80)], "c": [(3, 0.79)], "d": [(4, 0.90)], "e": [(4, 0.85)]})
    front = part(pr.scatter(runs, "config.size", "test/acc", pareto=True), "front")
    assert list(front["x"]) == [1, 2, 4]
    assert list(front["y"]) == [0.70, 0.80, 0.90]


def test_the_front_is_that_of_an_independent_reference() -> None:
    draws = np.random.default_rng(3).normal(size=(200, 2)).round(1)
    runs = pr.runs(
        [{"name": str(i), "config": {}, "summary": {"a/acc": x, "b/loss": y}} for i, (x, y) in enumerate(draws)]
    )
    front = part(pr.scatter(runs, "a/acc", "b/loss", pareto=True), "front")

    def dominated(x: float, y: float) -> bool:
        return any(u >= x and v <= y and (u > x or v < y) for u, v in draws)

    assert sorted(zip(front["x"], front["y"], strict=True)) == sorted((x, y) for x, y in draws if not dominated(x, y))


def test_what_has_no_place_is_left_out_and_counted() -> None:
    extra = [
        {"name": "none", "config": {"size": 3}, "summary": {}},
        {"name": "nan", "config": {"size": 3}, "summary": {"test/acc": math.nan}},
        {"name": "zero", "config": {"size": 0}, "summary": {"test/acc": 0.5}},
        {"name": "text", "config": {"size": "big"}, "summary": {"test/acc": 0.5}},
    ]
    panel = pr.scatter(runs_at({"a": [(1, 0.7), (2, 0.8)]}, extra), "config.size", "test/acc", log="x")
    assert len(part(panel, "run")) == 2
    text = panel.fact.disclosure.text
    assert "matched 6; shown 2; excluded 4" in text
    for reason in ("1 without test/acc", "1 with a non-finite test/acc", "1 at or below 0", "1 without config.size"):
        assert reason in text


def test_of_many_runs_a_sample_is_drawn_that_keeps_the_front() -> None:
    many = np.random.default_rng(0).random((MOST_POINTS + 5_000, 2))
    runs = pr.runs([{"name": str(i), "config": {"x": x}, "summary": {"acc": y}} for i, (x, y) in enumerate(many)])
    panel = pr.scatter(runs, "config.x", "acc", pareto=True)
    shown = part(panel, "run")
    assert len(shown) == MOST_POINTS
    assert "20,000 of 25,000 points drawn, chosen at random" in panel.fact.disclosure.text
    front = part(panel, "front")
    assert set(zip(front["x"], front["y"], strict=True)) <= set(zip(shown["x"], shown["y"], strict=True))
    assert len(panel.svg()) < 3_000_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"x": "config.sise", "y": "test/acc"}, "did you mean"),
        ({"x": "config.size", "y": "test/ac"}, "did you mean"),
        ({"x": "config.size", "y": "test/acc", "log": "z"}, "log is"),
        ({"x": 3, "y": "test/acc"}, "x is"),
    ],
)
def test_what_is_not_understood_is_said(arguments: dict[str, Any], said: str) -> None:
    runs = runs_at({"a": [(1, 0.7)]})
    with pytest.raises((MetricNotFoundError, UsageError), match=said):
        pr.scatter(runs, **arguments)


def test_no_runs_are_a_panel_that_says_so() -> None:
    panel = pr.scatter(pr.runs([]), "config.size", "test/acc", pareto=True)
    assert "no runs matched" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()


def test_its_faces_are_the_same_bytes_for_the_same_runs() -> None:
    points: Points = {"a $x$ <b>": [(1, 0.7), (2, 0.8)], "b": [(3, 0.9)]}
    first, second = (
        pr.scatter(runs_at(points), "config.size", "test/acc", group="config.model", pareto=True) for _ in range(2)
    )
    assert first.bundle() == second.bundle()
    assert "a $x$ &lt;b&gt;" in first.html()
    assert r"\$x\$" in first.latex()


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_at({"a": [(1, 0.7), (2, 0.8)], "b": [(3, 0.9)]})
    panel = pr.scatter(runs, "config.size", "test/acc", group="config.model", pareto=True, log="x", title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
