"""Performance profiles: rliable's shares, bands that hold, and tasks that a method lacks named, never filled."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.panels.benchmarks import ASKED, drawn, part, runs_of, table_of

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project


def test_the_shares_and_bands_are_those_of_rliables_formulas() -> None:
    scores = drawn(3, 6, 8)
    draw = np.random.default_rng(99)
    panel = pr.profile(runs_of(scores), **ASKED)
    for model, rows in part(panel, "profile").groupby("group"):
        table, thresholds = table_of(scores[str(model)]), rows["x"].to_numpy()
        # `run_score_deviation` of rliable's library, which recent versions of its own needs keep from being imported.
        assert rows["y"].to_numpy() == pytest.approx([np.mean(table > tau) for tau in thresholds])
        resamples = [np.take_along_axis(table, draw.integers(0, 8, table.shape), axis=0) for _ in range(2000)]
        shares = np.array([[np.mean(each > tau) for tau in thresholds] for each in resamples])
        low, high = np.percentile(shares, [2.5, 97.5], axis=0)
        # Both are drawn at random, and one run more or less is 1 / 48.
        assert rows["y_low"].to_numpy() == pytest.approx(low, abs=0.03)
        assert rows["y_high"].to_numpy() == pytest.approx(high, abs=0.03)


def test_where_less_is_better_shares_are_of_runs_at_or_below() -> None:
    scores = drawn(2, 3, 4)
    panel = pr.profile(runs_of(scores), **(ASKED | {"metric": "loss"}))
    for model, rows in part(panel, "profile").groupby("group"):
        losses = -table_of(scores[str(model)]).reshape(-1)
        assert list(rows["y"]) == pytest.approx([np.mean(losses <= x) for x in rows["x"]])
        assert (rows["y_low"] <= rows["y"]).all()
        assert (rows["y"] <= rows["y_high"]).all()
    assert "at or below" in panel.text()


def test_a_task_that_a_method_lacks_is_named_and_counts_for_none() -> None:
    scores = drawn(3, 4, 3)
    del scores["m1"]["t2"]
    panel = pr.profile(runs_of(scores), **ASKED)
    text = panel.fact.disclosure.text
    assert "1 task left out that some method lacks: m1 lacks t2" in text
    assert "6 of a task that some method lacks" in text
    whole = {model: {name: tasks[name] for name in ("t0", "t1", "t3")} for model, tasks in scores.items()}
    assert panel.fact.frame == pr.profile(runs_of(whole), **ASKED).fact.frame


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"a": {"t": [0.5, 0.6]}, "b": {"u": [0.5, 0.6]}}, "no task is common to all methods"),
        ({"a": {"t": [0.5, 0.6]}, "b": {"t": [math.nan]}}, "nothing to show of b"),
        ({"a": {"t": [0.5, math.inf, -math.inf, 0.6]}}, "2 with a non-finite acc"),
        ({"a": {"t": [1e308, -1e308, 0.5, 0.6]}}, "2 with acc beyond 1e+300"),
        ({"a": {"t": [0.5]}, "b": {"t": [0.5, 0.6]}}, "for want of a second run of a task: a"),
        ({"a": {"t": [0.5] * 4}}, "1 task; bands"),
        ({"a": {"t": [0.0] * 4}}, "1 task; bands"),
        ({"a": {"t": [1e300, -1e300]}}, "1 task; bands"),
        ({}, "no runs matched"),
    ],
)
def test_what_scores_do_not_allow_is_said(scores: dict[str, dict[str, Any]], said: str) -> None:
    panel = pr.profile(runs_of(scores), **ASKED)
    assert said in panel.fact.disclosure.text
    assert panel.svg()
    assert panel.html()


def test_a_single_run_of_a_task_has_no_band() -> None:
    rows = part(pr.profile(runs_of({"a": {"t": [0.5]}, "b": {"t": [0.5, 0.6]}}), **ASKED), "profile")
    assert rows[rows["group"] == "a"]["y_low"].isna().all()
    assert rows[rows["group"] == "b"]["y_low"].notna().all()


def test_ten_thousand_runs_are_no_more_points_than_a_curve_needs() -> None:
    panel = pr.profile(runs_of(drawn(5, 20, 100)), **ASKED)
    assert len(part(panel, "profile")) == 5 * 200
    assert "computed at 200 thresholds" in panel.fact.disclosure.text


def test_runs_without_a_task_are_left_out_and_counted() -> None:
    runs = pr.runs([{"name": "x", "config": {}, "summary": {"acc": 1.0}}])
    with pytest.raises(MetricNotFoundError, match=r"config\.data"):
        pr.profile(runs, "acc", task="config.data")
    mixed = pr.runs(
        [{"name": str(i), "config": {"data": "t"} if i else {}, "summary": {"acc": 0.1 * i}} for i in range(4)]
    )
    panel = pr.profile(mixed, "acc", task="config.data")
    assert "1 without config.data" in panel.fact.disclosure.text
    assert set(part(panel, "profile")["group"]) == {"all runs"}


@pytest.mark.parametrize("wrong", [{"metric": 1}, {"metric": "ac"}, {"task": ""}, {"task": "config.dat"}, {"title": 3}])
def test_what_is_not_understood_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises((UsageError, MetricNotFoundError)):
        pr.profile(runs_of(drawn(2, 2, 2)), **(ASKED | wrong))


def test_labels_are_escaped_on_all_faces() -> None:
    panel = pr.profile(runs_of({"a $x$ <b>": {"<i>": [0.5, 0.6]}}), **ASKED)
    assert "<b>" not in panel.html()
    assert "<b>" not in panel.svg()
    assert r"\$x\$" in panel.latex()


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_of(drawn(2, 3, 3))
    panel = pr.profile(runs, **ASKED, title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
