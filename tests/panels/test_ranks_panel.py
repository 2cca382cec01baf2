"""Average ranks: SciPy's Friedman test, Demšar's critical difference, and bars over what is not told apart."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.panels.benchmarks import ASKED, drawn, part, runs_of

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project


def test_ranks_are_those_of_the_means_by_scipy() -> None:
    scores = drawn(4, 9, 5)
    panel = pr.ranks(runs_of(scores), **ASKED)
    means = np.array([[np.mean(values) for values in tasks.values()] for tasks in scores.values()])
    ranks = stats.rankdata(-means, axis=0).mean(axis=1)
    ours = part(panel, "rank").set_index("group")["x"]
    assert ours.to_dict() == pytest.approx(dict(zip(scores, ranks, strict=True)))
    assert list(ours) == sorted(ours), "the best stands on top"
    friedman = stats.friedmanchisquare(*means)
    assert f"χ²(3) = {friedman.statistic:.2f}" in panel.fact.disclosure.text


def test_the_critical_difference_is_demsars() -> None:
    # Demšar 2006, table 5a: q is 2.569 for four methods at 95%; his example has 14 data sets.
    panel = pr.ranks(runs_of(drawn(4, 14, 2)), **ASKED)
    low, high = part(panel, "difference")["x"]
    assert high - low == pytest.approx(2.569 * math.sqrt(4 * 5 / (6 * 14)), abs=1e-3)


def test_bars_join_exactly_those_that_differ_by_less() -> None:
    panel = pr.ranks(runs_of(drawn(6, 12, 4)), **ASKED)
    low, high = part(panel, "difference")["x"]
    ranks = part(panel, "rank")["x"].to_numpy()
    bars = [(rows["x"].min(), rows["x"].max()) for _, rows in part(panel, "bar").groupby("run")]
    assert bars
    for one in ranks:
        for other in ranks[ranks > one]:
            joined = any(start <= one and other <= end for start, end in bars)
            assert joined is bool(other - one < high - low)


def test_where_friedman_finds_nothing_all_are_joined() -> None:
    draw = np.random.default_rng(0)
    same = {f"m{m}": {f"t{t}": draw.normal(size=3) for t in range(8)} for m in range(5)}
    panel = pr.ranks(runs_of(same), **ASKED)
    assert "no method is found to differ" in panel.fact.disclosure.text
    assert part(panel, "bar")["run"].nunique() == 1
    assert part(panel, "bar")["text"].iloc[0].count("m") == 5


def test_less_is_better_where_the_metric_says_so() -> None:
    scores = drawn(3, 5, 3)
    more, less = (pr.ranks(runs_of(scores), **(ASKED | {"metric": name})) for name in ("acc", "loss"))
    assert part(more, "rank")["x"].tolist() == pytest.approx(part(less, "rank")["x"].tolist())
    assert "less is better" in less.fact.disclosure.text


def test_a_task_that_a_method_lacks_is_named_and_counts_for_none() -> None:
    scores = drawn(3, 5, 3)
    del scores["m1"]["t2"]
    panel = pr.ranks(runs_of(scores), **ASKED)
    assert "m1 lacks t2" in panel.fact.disclosure.text
    assert "4 tasks, each ranked" in panel.fact.disclosure.text


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"a": {"t": [0.5], "u": [0.6]}}, "1 method and 2 common tasks"),
        ({"a": {"t": [0.5]}, "b": {"t": [0.6]}}, "2 methods and 1 common task"),
        ({"a": {"t": [0.5, 0.6]}, "b": {"u": [0.5, 0.6]}}, "no task is common to all methods"),
        ({"a": {"t": [math.nan], "u": [math.inf]}, "b": {"t": [1.0], "u": [2.0]}}, "2 with a non-finite acc"),
        ({}, "no runs matched"),
    ],
)
def test_what_cannot_be_ranked_is_an_empty_panel_that_says_why(scores: dict[str, dict[str, Any]], said: str) -> None:
    panel = pr.ranks(runs_of(scores), **ASKED)
    assert said in panel.fact.disclosure.text
    assert not len(panel.data)
    assert "shown 0" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5], [1e300, 1e300, 1e300]])
def test_equal_methods_share_their_ranks(values: list[float]) -> None:
    panel = pr.ranks(runs_of({m: dict.fromkeys("tuv", values) for m in "abc"}), **ASKED)
    assert part(panel, "rank")["x"].tolist() == [2, 2, 2]
    assert "no method is found to differ" in panel.fact.disclosure.text
    assert panel.svg()


@pytest.mark.parametrize("wrong", [{"metric": 1}, {"metric": "ac"}, {"task": ""}, {"task": "config.dat"}])
def test_what_is_not_understood_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises((UsageError, MetricNotFoundError)):
        pr.ranks(runs_of(drawn(2, 2, 2)), **(ASKED | wrong))


def test_labels_are_escaped_on_all_faces() -> None:
    panel = pr.ranks(runs_of({m: {"t": [0.5], "u": [0.6]} for m in ("a $x$ <b>", "b")}), **ASKED)
    assert "<b>" not in panel.html()
    assert "<b>" not in panel.svg()
    assert r"\$x\$" in panel.latex()


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_of(drawn(3, 4, 3))
    panel = pr.ranks(runs, **ASKED, title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
