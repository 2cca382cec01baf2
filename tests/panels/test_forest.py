"""Forest plots: differences by SciPy's tests, filled only where Holm's correction decides, and claims as they stand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.panels.benchmarks import drawn, part, runs_of

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project

multipletests = pytest.importorskip("statsmodels.stats.multitest").multipletests

BY: dict[str, Any] = {"metric": "acc", "by": "config.model", "baseline": "m0"}
TASKS: dict[str, Any] = {**BY, "task": "config.data"}


def points(panel: pr.Panel) -> Any:
    data = panel.data
    return data[data["part"].str.startswith(("decided", "open"))]


def one_task(seeds: int = 12) -> dict[str, dict[str, Any]]:
    """Draw methods of which the last is far better than the first."""
    draw = np.random.default_rng(4)
    return {f"m{m}": {"t": draw.normal(0.5 + 0.02 * m**2, 0.05, seeds)} for m in range(4)}


def test_differences_by_seed_are_those_of_the_paired_test() -> None:
    scores = one_task()
    rows = points(pr.forest(runs_of(scores), **BY))
    tests = {m: stats.ttest_rel(scores[m]["t"], scores["m0"]["t"]) for m in ("m1", "m2", "m3")}
    corrected = multipletests([t.pvalue for t in tests.values()], method="holm")[1]
    for (model, test), p in zip(tests.items(), corrected, strict=True):
        row = rows[rows["text"] == model].iloc[0]
        low, high = test.confidence_interval()
        assert (row["x_low"], row["x_high"]) == pytest.approx((low, high))
        assert row["p_corrected"] == pytest.approx(p)
        assert row["part"] == ("decided-0" if p < 0.05 else "open-0")
    assert set(rows["part"]) == {"decided-0", "open-0"}, "the draws have some of both"


def test_without_common_seeds_differences_are_welchs() -> None:
    scores = one_task()
    records = [
        {"name": f"{m}{i}", "config": {"model": m}, "summary": {"acc": float(v)}}
        for m, tasks in scores.items()
        for i, v in enumerate(tasks["t"])
    ]
    rows = points(pr.forest(pr.runs(records), **BY)).set_index("text")
    low, high = stats.ttest_ind(scores["m3"]["t"], scores["m0"]["t"], equal_var=False).confidence_interval()
    assert (rows.loc["m3", "x_low"], rows.loc["m3", "x_high"]) == pytest.approx((low, high))


def test_each_task_is_compared_by_itself_and_all_looks_are_corrected_for() -> None:
    scores = drawn(3, 4, 5)
    panel = pr.forest(runs_of(scores), **TASKS)
    rows = points(panel).set_index("text")
    tests = {
        f"{m} · {t}": stats.ttest_rel(scores[m][t], scores["m0"][t]).pvalue for m in ("m1", "m2") for t in scores["m0"]
    }
    corrected = multipletests(list(tests.values()), method="holm")[1]
    assert rows["p_corrected"].to_dict() == pytest.approx(dict(zip(tests, corrected, strict=True)))
    assert "8 differences looked at" in panel.fact.disclosure.text


def test_an_interval_without_0_is_a_ring_where_the_correction_leaves_it_open() -> None:
    draw = np.random.default_rng(2)
    many = {f"m{m}": {"t": draw.normal(size=6)} for m in range(60)}
    rows = points(pr.forest(runs_of(many), **BY))
    apart = rows[(rows["x_low"] > 0) | (rows["x_high"] < 0)]
    assert len(apart), "of so many, some seem to differ"
    assert set(rows["part"]) == {"open-0"}, "and none does"


def test_a_task_without_runs_on_both_sides_is_named() -> None:
    scores = drawn(3, 3, 3)
    del scores["m1"]["t2"]
    del scores["m0"]["t0"]
    panel = pr.forest(runs_of(scores), **TASKS)
    text = panel.fact.disclosure.text
    assert "3 differences without runs on both sides: m1 · t2, m1 · t0, m2 · t0" in text
    assert "6 with nothing to compare with" in text
    assert set(points(panel)["text"]) == {"m1 · t1", "m2 · t1", "m2 · t2"}


def test_claims_stand_by_their_metric_with_their_estimates() -> None:
    runs = runs_of(one_task())
    sides = {m: runs.where(f"config.model == '{m}'") for m in ("m0", "m1", "m3")}
    claims = [
        pr.claim("three <b> wins", pr.greater(sides["m3"], sides["m0"], "acc")),
        pr.claim("one wins", pr.greater(sides["m1"], sides["m0"], "acc")),
        pr.claim("three is high", pr.at_least(sides["m3"], "acc", 0.6)),
        pr.claim("nobody", pr.greater(pr.runs([]), sides["m0"], "acc")),
    ]
    panel = pr.forest(claims)
    rows = points(panel).set_index("text")
    assert set(rows.index) == {"three <b> wins", "one wins", "three is high"}
    assert rows.loc["three <b> wins", "x"] == pytest.approx(claims[0].estimate)
    assert rows.loc["three is high", "x"] == pytest.approx((claims[2].estimate or 0) - 0.6)
    holm = multipletests([claim.p_value for claim in claims[:3]], method="holm")[1]
    assert rows["p_corrected"].to_dict() == pytest.approx(
        dict(zip([claim.fact.statement for claim in claims[:3]], holm, strict=True))
    )
    assert "no estimate, so not drawn: nobody" in panel.fact.disclosure.text
    assert len(panel.fact.view["chart"]["plots"]) == 2, "means against bounds are no differences of groups"
    assert "<b>" not in panel.html()
    assert panel.svg()


def test_the_margin_of_equivalence_claims_is_drawn() -> None:
    runs = runs_of(one_task())
    a, b = (runs.where(f"config.model == '{m}'") for m in ("m0", "m1"))
    panel = pr.forest([pr.claim("alike", pr.equivalent(a, b, "acc", margin=0.2))])
    assert sorted(part(panel, "margin-0")["x"]) == pytest.approx([-0.2, 0.2])


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"m0": {"t": [0.5]}, "m1": {"t": [0.6]}}, "1 difference looked at"),
        ({"m0": {"t": [0.5, 0.6]}}, "2 with nothing to compare with"),
        ({"m0": {"t": [math.nan]}, "m1": {"t": [0.6, 0.7]}}, "1 with a non-finite acc"),
        ({"m0": {"t": [0.5] * 3}, "m1": {"t": [0.5] * 3}}, "1 difference looked at"),
        ({"m0": {"t": [0.5, 0.6]}, "m1": {"u": [0.5, 0.6]}}, "2 differences without runs on both sides"),
        ({}, "no runs matched"),
    ],
)
def test_what_decides_nothing_is_never_filled(scores: dict[str, dict[str, Any]], said: str) -> None:
    panel = pr.forest(runs_of(scores), **TASKS)
    assert said in panel.fact.disclosure.text
    assert not panel.data["part"].eq("decided-0").any()
    assert panel.svg()
    assert panel.html()


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": 1},
        {"metric": "ac"},
        {"metric": ""},
        {"baseline": ""},
        {"baseline": "m9"},
        {"margin": -1},
        {"task": "x"},
    ],
)
def test_what_is_not_understood_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises((UsageError, MetricNotFoundError)):
        pr.forest(runs_of(drawn(2, 2, 2)), **(TASKS | wrong))


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_of(drawn(3, 2, 3))
    panel = pr.forest(runs, **TASKS, margin=0.1, title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
