"""Aggregates over tasks: rliable's numbers, intervals only where runs vary, and nothing filled in."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.panels.benchmarks import ASKED, drawn, part, runs_of, table_of

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("iqm", "aggregate_iqm"),
        ("median", "aggregate_median"),
        ("mean", "aggregate_mean"),
        ("gap", "aggregate_optimality_gap"),
    ],
)
def test_the_numbers_are_those_of_rliable(name: str, theirs: str) -> None:
    metrics = pytest.importorskip("rliable.metrics")
    scores = drawn(3, 6, 8)
    panel = pr.aggregates(runs_of(scores), **ASKED)
    draw = np.random.default_rng(1)
    for _, row in part(panel, name).iterrows():
        table = table_of(scores[row["group"]])
        of = getattr(metrics, theirs)
        assert row["x"] == pytest.approx(of(table))
        found = [of(np.take_along_axis(table, draw.integers(0, 8, table.shape), axis=0)) for _ in range(2000)]
        low, high = np.percentile(found, [2.5, 97.5])
        assert (row["x_low"], row["x_high"]) == pytest.approx((low, high), abs=0.1 * (high - low))


def test_the_probability_of_improvement_is_that_of_the_rank_test() -> None:
    scores = drawn(3, 4, 6)
    panel = pr.aggregates(runs_of(scores), **ASKED, baseline="m0")
    rows = part(panel, "improvement").set_index("group")["x"]
    assert set(rows.index) == {"m1", "m2"}, "nothing improves on itself"
    for model, ours in rows.items():
        shares = [
            stats.mannwhitneyu(scores[str(model)][task], scores["m0"][task]).statistic / 36 for task in scores["m0"]
        ]
        assert ours == pytest.approx(np.mean(shares))


def test_where_less_is_better_gaps_and_improvement_turn_round() -> None:
    scores = drawn(2, 4, 6)
    more = pr.aggregates(runs_of(scores), **ASKED, baseline="m0", target=0.8)
    less = pr.aggregates(runs_of(scores), **(ASKED | {"metric": "loss"}), baseline="m0", target=-0.8)
    for name, sign in (("iqm", -1), ("mean", -1), ("gap", 1), ("improvement", 1)):
        assert list(part(less, name)["x"]) == pytest.approx([sign * x for x in part(more, name)["x"]])
    assert "of loss less is better" in less.fact.disclosure.text


def test_one_run_of_a_task_gives_no_interval() -> None:
    panel = pr.aggregates(
        runs_of({"a": {"t": [0.5], "u": [0.1, 0.2]}, "b": {"t": [0.5, 0.6], "u": [0.3, 0.4]}}), **ASKED
    )
    rows = part(panel, "mean").set_index("group")
    assert rows["x_low"].isna().to_dict() == {"a": True, "b": False}
    assert "for want of a second run of a task: a" in panel.fact.disclosure.text


def test_a_task_that_a_method_lacks_is_named_and_counts_for_none() -> None:
    scores = drawn(3, 4, 3)
    del scores["m1"]["t2"]
    panel = pr.aggregates(runs_of(scores), **ASKED)
    assert "m1 lacks t2" in panel.fact.disclosure.text
    kept = np.array([scores["m0"][name] for name in ("t0", "t1", "t3")])
    assert part(panel, "mean").set_index("group").loc["m0", "x"] == pytest.approx(kept.mean())


def test_how_many_intervals_were_looked_at_is_said() -> None:
    panel = pr.aggregates(runs_of(drawn(3, 4, 3)), **ASKED, baseline="m0")
    assert "14 intervals looked at, not corrected for their number" in panel.fact.disclosure.text


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"a": {"t": [0.5, 0.6]}, "b": {"u": [0.5, 0.6]}}, "no task is common to all methods"),
        ({"a": {"t": [math.nan]}, "b": {"t": [0.5, 0.6]}}, "the baseline a has no scores"),
        ({"a": {"t": [0.5, math.inf, -math.inf, 0.6]}}, "2 with a non-finite acc"),
        ({"a": {"t": [0.5] * 4}}, "1 task"),
        ({"a": {"t": [1e300, -1e300]}}, "1 task"),
        ({}, "no runs matched"),
    ],
)
def test_what_scores_do_not_allow_is_said(scores: dict[str, dict[str, Any]], said: str) -> None:
    panel = pr.aggregates(runs_of(scores), **ASKED, baseline="a")
    assert said in panel.fact.disclosure.text
    assert panel.svg()
    assert panel.html()


@pytest.mark.parametrize(
    "wrong", [{"metric": 1}, {"metric": "ac"}, {"task": ""}, {"baseline": "m9"}, {"target": math.nan}, {"target": "1"}]
)
def test_what_is_not_understood_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises((UsageError, MetricNotFoundError)):
        pr.aggregates(runs_of(drawn(2, 2, 2)), **(ASKED | wrong))


def test_labels_are_escaped_on_all_faces() -> None:
    panel = pr.aggregates(
        runs_of({"a $x$ <b>": {"<i>": [0.5, 0.6]}, "b": {"<i>": [1, 2]}}), **ASKED, baseline="a $x$ <b>"
    )
    assert "<b>" not in panel.html()
    assert "<b>" not in panel.svg()
    assert r"\$x\$" in panel.latex()


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_of(drawn(2, 3, 3))
    panel = pr.aggregates(runs, **ASKED, baseline="m0", target=2.0, title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
