"""Parallel coordinates: every run on every axis that it has a place on, gaps where it has none, and no false order."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project

Record = dict[str, Any]
PARAMS = ["config.lr", "config.depth", "config.opt"]


def swept(n: int) -> list[Record]:
    generator = np.random.default_rng(n)
    return [
        {
            "name": f"run {i}",
            "config": {
                "lr": float(10 ** generator.uniform(-5, -1)),
                "depth": int(generator.integers(1, 5)),
                "opt": str(generator.choice(["adam", "sgd"])),
            },
            "summary": {"val/acc": float(generator.random())},
        }
        for i in range(n)
    ]


def test_each_run_is_a_row_with_its_places_on_all_axes() -> None:
    records = swept(20)
    panel = pr.parallel(pr.runs(records), PARAMS, "val/acc", log="config.lr")
    data = panel.data.set_index("text")
    for record in records:
        row = data.loc[record["name"]]
        assert (row["config.lr"], row["config.depth"]) == (record["config"]["lr"], record["config"]["depth"])
        assert (row["config.opt"], row["val/acc"]) == (record["config"]["opt"], record["summary"]["val/acc"])
    axes = {axis["label"]: axis for axis in panel.fact.view["axes"]}
    assert [axis["scale"] for axis in axes.values()] == ["log", "linear", "category", "linear"]
    assert axes["opt"]["names"] == ["adam", "sgd"]
    rates = [record["config"]["lr"] for record in records]
    assert axes["lr"]["range"] == [min(rates), max(rates)]
    assert panel.fact.view["color"] == "val/acc"


def test_the_table_lists_runs_from_the_better_end_and_says_that_it_decides_nothing() -> None:
    records = swept(60)
    panel = pr.parallel(pr.runs(records), PARAMS, "val/acc")
    best = sorted(records, key=lambda record: -record["summary"]["val/acc"])
    rows = panel.fact.view["table"]["rows"]
    assert [row["label"] for row in rows] == [record["name"] for record in best[:40]]
    assert "20 more runs in the data" in panel.text()
    assert "their order decides nothing" in panel.text()
    assert all(cell["mark"] == "" for row in rows for cell in row["cells"])


def test_what_a_run_lacks_is_a_gap_and_is_counted() -> None:
    records = swept(4)
    del records[0]["config"]["lr"]
    records[1]["config"]["lr"] = 0.0
    records[2]["config"]["opt"] = None
    panel = pr.parallel(pr.runs(records), PARAMS, "val/acc", log="config.lr")
    data = panel.data.set_index("text")
    assert data["config.lr"].isna().to_dict()["run 0"]
    assert data["config.lr"].isna().to_dict()["run 1"]
    assert data.loc["run 2", "config.opt"] == "none"
    text = panel.fact.disclosure.text
    assert "shown 4" in text
    assert "1 run without config.lr: a gap in the line" in text
    assert "1 run at or below 0 without a place on config.lr" in text


def test_runs_without_the_metric_are_left_out_and_counted() -> None:
    records = swept(4)
    records[0]["summary"] = {}
    records[1]["summary"] = {"val/acc": math.nan}
    records[2]["summary"] = {"val/acc": 0.0}
    panel = pr.parallel(pr.runs(records), PARAMS, "val/acc", log=["val/acc"])
    assert panel.data["text"].tolist() == ["run 3"]
    text = panel.fact.disclosure.text
    for reason in ("1 without val/acc", "1 with a non-finite val/acc", "1 at or below 0 on a logarithmic axis"):
        assert reason in text


def test_of_very_many_names_the_most_common_have_a_place() -> None:
    records = swept(80)
    for i, record in enumerate(records):
        record["config"]["opt"] = f"name {i if i < 60 else 0}"
    panel = pr.parallel(pr.runs(records), "config.opt", "val/acc")
    [axis, _] = panel.fact.view["axes"]
    assert len(axis["names"]) == 30
    assert "name 0" in axis["names"]
    assert "of 60 values of config.opt the 30 most common have a place" in panel.fact.disclosure.text
    assert panel.data["config.opt"].isna().sum() == 30


def test_ten_thousand_runs_travel_whole_and_more_are_a_sample() -> None:
    records = swept(10_500)
    panel = pr.parallel(pr.runs(records[:10_000]), PARAMS, "val/acc")
    assert len(panel.data) == 10_000
    assert len(panel.svg()) < 1_500_000
    more = pr.parallel(pr.runs(records), PARAMS, "val/acc")
    assert len(more.data) == 10_000
    assert "10,000 of 10,500 lines drawn, chosen at random" in more.fact.disclosure.text


def test_numbers_that_do_not_vary_or_end_floats_range_have_a_place() -> None:
    records = swept(3)
    for record, depth in zip(records, (-1.7e308, 0.0, 1.7e308), strict=True):
        record["config"] |= {"depth": depth, "lr": 0.1}
    panel = pr.parallel(pr.runs(records), PARAMS, "val/acc", log="config.lr")
    assert "nan" not in panel.svg().lower()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([*PARAMS, "config.dept"], "val/acc"), "did you mean"),
        ((PARAMS, "val/ac"), "did you mean"),
        (([], "val/acc"), "params names 0 settings"),
        ((["val/acc"], "val/acc"), "params names 0 settings"),
        (([f"config.{i}" for i in range(16)], "val/acc"), "params names 16 settings"),
        ((3, "val/acc"), "params is 3"),
        ((PARAMS, 3), "metric is 3"),
    ],
)
def test_what_is_not_understood_is_said(arguments: tuple[Any, Any], said: str) -> None:
    with pytest.raises((MetricNotFoundError, UsageError), match=said):
        pr.parallel(pr.runs(swept(3)), *arguments)
    with pytest.raises(UsageError, match="log names"):
        pr.parallel(pr.runs(swept(3)), PARAMS, "val/acc", log="config.x")


def test_no_runs_are_a_panel_that_says_so() -> None:
    panel = pr.parallel(pr.runs([]), PARAMS, "val/acc")
    assert "no runs matched" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()


def test_its_faces_are_the_same_bytes_and_it_is_made_again() -> None:
    records = swept(12)
    records[0]["config"]["opt"] = "<b> $x$"
    records[0]["name"] = "<i>"
    runs = pr.runs(records)

    def make() -> Any:
        return pr.parallel(runs, PARAMS, "val/acc", log=["config.lr"], title="T <i>")

    panel = make()
    assert panel.bundle() == make().bundle()
    assert "<i>" not in panel.html() + panel.svg()
    assert "<b>" not in panel.html() + panel.svg()
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
