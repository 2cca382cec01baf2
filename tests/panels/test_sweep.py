"""Sweeps: medians and cells that equal pandas' own, settings as people wrote them, and nothing where no run is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.panels.levels import levels_of
from pressrun.project import Project

Configs = list[dict[str, Any]]


def runs_with(configs: Configs, scores: list[Any]) -> pr.RunSet:
    return pr.runs(
        [
            {"name": f"run {i}", "config": config, "summary": {"val/acc": score} if score is not None else {}}
            for i, (config, score) in enumerate(zip(configs, scores, strict=True))
        ]
    )


def drawn(n: int, seed: int = 0) -> tuple[Configs, list[float]]:
    """Draw configurations at random, and a score for each."""
    generator = np.random.default_rng(seed)
    configs = [
        {
            "lr": float(10 ** generator.uniform(-5, -1)),
            "depth": int(generator.integers(2, 6)),
            "opt": str(generator.choice(["adam", "sgd"])),
        }
        for _ in range(n)
    ]
    return configs, generator.normal(0.8, 0.05, n).tolist()


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_each_value_has_the_median_and_quartiles_of_its_runs() -> None:
    configs, scores = drawn(60)
    panel = pr.sweep(runs_with(configs, scores), "val/acc", x="config.depth")
    reference = pd.Series(scores).groupby([c["depth"] for c in configs])
    medians = part(panel, "medians 0").set_index("x")
    assert medians["y"].to_dict() == pytest.approx(reference.median().to_dict())
    assert medians["y_low"].to_dict() == pytest.approx(reference.quantile(0.25).to_dict())
    assert medians["y_high"].to_dict() == pytest.approx(reference.quantile(0.75).to_dict())
    assert medians["n"].to_dict() == reference.size().to_dict()
    assert len(part(panel, "runs 0")) == 60


def test_each_cell_is_the_mean_of_its_runs_and_no_other_cell_is_there() -> None:
    configs, scores = drawn(40)
    configs = [c for c in configs if (c["depth"], c["opt"]) != (2, "sgd")]
    scores = scores[: len(configs)]
    panel = pr.sweep(runs_with(configs, scores), "val/acc", x="config.depth", y="config.opt")
    reference = pd.Series(scores).groupby([[str(c["depth"]) for c in configs], [c["opt"] for c in configs]])
    cells = part(panel, "cells").set_index(["x", "y"])
    assert cells["shade"].to_dict() == pytest.approx(reference.mean().to_dict())
    assert cells["n"].to_dict() == reference.size().to_dict()
    assert ("2", "sgd") not in cells.index
    assert "1 pair of values without runs" in panel.text()
    shade = panel.fact.view["chart"]["shade"]
    assert (shade["low"], shade["high"]) == pytest.approx((reference.mean().min(), reference.mean().max()))
    assert cells.loc[("3", "adam"), "text"].endswith(f"({cells.loc[('3', 'adam'), 'n']})")


def test_several_settings_are_plots_side_by_side() -> None:
    panel = pr.sweep(runs_with(*drawn(50)), "val/acc", x=["config.lr", "config.depth", "config.opt"], log="config.lr")
    plots = panel.fact.view["chart"]["plots"]
    assert [plot["x"]["label"] for plot in plots] == ["lr", "depth", "opt"]
    assert [plot["x"]["scale"] for plot in plots] == ["log", "linear", "category"]
    assert part(panel, "medians 2")["x"].tolist() == ["adam", "sgd"]
    assert [section["title"] for section in panel.fact.view["table"]["sections"]] == ["lr", "depth", "opt"]


def test_many_numbers_are_binned_alike_on_their_scale_and_it_is_said() -> None:
    configs, scores = drawn(500)
    panel = pr.sweep(runs_with(configs, scores), "val/acc", x="config.lr", log="config.lr")
    logs = np.log([c["lr"] for c in configs])
    counts, _ = np.histogram(logs, 10)
    assert part(panel, "medians 0")["n"].tolist() == counts.tolist()
    assert "config.lr in 10 bins" in panel.fact.disclosure.text
    assert "10 values side by side: the best is partly the luckiest" in panel.fact.disclosure.text


def test_one_run_a_value_has_no_spread() -> None:
    panel = pr.sweep(runs_with([{"depth": 1}, {"depth": 2}], [0.5, 0.6]), "val/acc", x="config.depth")
    medians = part(panel, "medians 0")
    assert medians["n"].tolist() == [1, 1]
    assert "y_low" not in medians


def test_values_are_told_apart_as_people_wrote_them() -> None:
    levels = levels_of([10, 10.0, "10", True, None, 2.5, "nan", [1, 2]])
    assert levels.names == ("2.5", "10", "10 (2)", "[1,2]", "nan", "true", "none")
    assert levels.of == (1, 1, 2, 5, 6, 0, 4, 3)
    assert levels.places == ()
    assert levels_of([]).names == ()


def test_bins_hold_numbers_at_the_ends_of_what_a_float_can_tell() -> None:
    numbers = [*(float(i) for i in range(30)), 1.7e308, -1.7e308]
    levels = levels_of(numbers)
    assert levels.bins
    assert levels.of[30] == len(levels.names) - 1
    assert levels.of[31] == 0
    assert len(set(levels.names)) == len(levels.names)


def test_what_has_no_place_is_left_out_and_counted() -> None:
    configs: Configs = [{"lr": 0.1}, {"lr": 0.2}, {"lr": 0}, {"depth": 3}, {"lr": 0.1}, {"lr": 0.1}]
    runs = runs_with(configs, [0.5, 0.6, 0.7, 0.8, math.nan, None])
    panel = pr.sweep(runs, "val/acc", x="config.lr", log="config.lr")
    assert len(part(panel, "runs 0")) == 2
    text = panel.fact.disclosure.text
    assert "matched 6; shown 2; excluded 4" in text
    for reason in ("1 without val/acc", "1 with a non-finite val/acc", "2 without a place over config.lr"):
        assert reason in text


def test_a_setting_that_is_null_is_a_value_and_one_that_is_missing_is_not() -> None:
    runs = runs_with([{"depth": None}, {"depth": 3}, {}], [0.5, 0.6, 0.7])
    panel = pr.sweep(runs, "val/acc", x="config.depth")
    assert part(panel, "medians 0")["x"].tolist() == ["3", "none"]
    assert panel.fact.disclosure.shown == 2


def test_of_very_many_texts_the_most_common_are_shown_and_it_is_said() -> None:
    names = [f"name {i:03}" for i in range(60)] + ["common"] * 3
    panel = pr.sweep(runs_with([{"tag": n} for n in names], [0.5] * 63), "val/acc", x="config.tag")
    assert len(part(panel, "medians 0")) == 40
    assert "common" in set(part(panel, "medians 0")["x"])
    assert "of 61 values of config.tag the 40 most common are shown" in panel.fact.disclosure.text


def test_ten_thousand_runs_over_four_settings_travel_as_a_sample() -> None:
    configs, scores = drawn(10_000)
    panel = pr.sweep(runs_with(configs, scores), "val/acc", x=["config.lr", "config.depth", "config.opt"])
    assert len(part(panel, "runs 0")) == 6_666
    assert "lr: 6,666 of 10,000 points drawn" in panel.fact.disclosure.text
    assert part(panel, "medians 1")["n"].sum() == 10_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"x": "config.dept"}, "did you mean"),
        ({"x": []}, "x names 0 settings"),
        ({"x": ["config.depth", "config.lr"], "y": "config.opt"}, "x names 2 settings"),
        ({"x": "config.depth", "log": "config.lr"}, "log names"),
        ({"x": 3}, "x is 3"),
        ({"x": "config.depth", "y": 3}, "y is 3"),
    ],
)
def test_what_is_not_understood_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises((MetricNotFoundError, UsageError), match=said):
        pr.sweep(runs_with(*drawn(5)), "val/acc", **arguments)
    with pytest.raises(MetricNotFoundError, match="no run has the column"):
        pr.sweep(runs_with(*drawn(5)), "val/acd", x="config.depth")


@pytest.mark.parametrize("more", [{}, {"y": "config.lr"}])
def test_no_runs_are_a_panel_that_says_so(more: dict[str, Any]) -> None:
    panel = pr.sweep(pr.runs([]), "val/acc", x="config.depth", **more)
    assert "no runs matched" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()
    lost = pr.sweep(runs_with([{"depth": 1, "lr": 1}], [math.nan]), "val/acc", x="config.depth", **more)
    assert "1 with a non-finite val/acc" in lost.fact.disclosure.text
    assert "nothing to show" in lost.svg()


@pytest.mark.parametrize("more", [{}, {"y": "config.opt"}])
def test_its_faces_are_the_same_bytes_and_it_is_made_again(more: dict[str, Any]) -> None:
    configs, scores = drawn(20)
    configs[0]["opt"] = "<b> $x$"
    runs = runs_with(configs, scores)

    def make() -> Any:
        return pr.sweep(runs, "val/acc", x="config.depth", log=["config.depth"], title="T <i>", **more)

    panel = make()
    assert panel.bundle() == make().bundle()
    assert "<i>" not in panel.html() + panel.svg()
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
