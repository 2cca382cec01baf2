"""Distributions: quartiles as computed elsewhere, every run where there are few, and what cannot be shown said."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib.cbook
import numpy as np
import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project

DRAW = np.random.default_rng(5)
SCORES = {"svm": DRAW.normal(0.9, 0.02, 12), "tree": DRAW.standard_t(1, 80), "new": np.array([0.8, 0.9, 0.7])}


def runs_of(scores: dict[str, Any]) -> pr.RunSet:
    return pr.runs(
        [
            {"name": f"{model}-{seed}", "config": {"model": model, "seed": seed}, "summary": {"acc": float(value)}}
            for model, values in scores.items()
            for seed, value in enumerate(values)
        ]
    )


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_a_box_has_the_quartiles_and_whiskers_that_others_compute() -> None:
    panel = pr.distribution(runs_of(SCORES), "acc", by="config.model")
    boxes = part(panel, "box").set_index("group")
    assert set(boxes.index) == {"svm", "tree"}, "three runs are no box"
    for model, box in boxes.iterrows():
        other = matplotlib.cbook.boxplot_stats(SCORES[str(model)])[0]
        ours = [box[name] for name in ("x_low", "q1", "x", "q3", "x_high")]
        assert ours == pytest.approx([other[name] for name in ("whislo", "q1", "med", "q3", "whishi")])
        # Of many runs those beyond the whiskers are drawn, of few runs all.
        drawn = part(panel, "run")
        drawn = sorted(drawn[drawn["group"] == model]["x"])
        assert drawn == pytest.approx(sorted(SCORES["svm"] if model == "svm" else other["fliers"]))


def test_a_category_says_how_many_runs_it_has() -> None:
    panel = pr.distribution(runs_of(SCORES), "acc", by="config.model")
    assert set(panel.fact.view["chart"]["plots"][0]["y"]["names"]) == {"svm (n = 12)", "tree (n = 80)", "new (n = 3)"}
    assert "too few runs for a box: new" in panel.fact.disclosure.text


def test_a_violin_is_scipys_density() -> None:
    panel = pr.distribution(runs_of(SCORES), "acc", by="config.model", kind="violin")
    outline = part(panel, "violin")
    outline = outline[outline["group"] == "svm"]
    density = stats.gaussian_kde(SCORES["svm"])(outline["x"])
    assert list(outline["width"] / outline["width"].max()) == pytest.approx(list(density / density.max()), abs=1e-4)
    assert outline["width"].max() <= 0.5
    assert (outline["x"].min(), outline["x"].max()) == pytest.approx((SCORES["svm"].min(), SCORES["svm"].max()))


def test_a_strip_has_every_run_and_the_median() -> None:
    panel = pr.distribution(runs_of(SCORES), "acc", by="config.model", kind="strip")
    assert len(part(panel, "run")) == 95
    medians = part(panel, "median").set_index("group")["x"]
    assert medians["new"] == pytest.approx(0.8)
    assert part(panel, "run")["shift"].abs().max() <= 0.25


@pytest.mark.parametrize("kind", ["box", "violin", "strip"])
@pytest.mark.parametrize(
    "values",
    [[0.5], [0.5] * 20, [1e300, -1e300] * 5, [0.1 + 1e-12 * i for i in range(9)], [0.0] * 8 + [1.0], [5e-324, 0.0] * 4],
)
def test_what_hardly_is_a_distribution_is_shown_as_it_is(kind: str, values: list[float]) -> None:
    panel = pr.distribution(runs_of({"odd": values}), "acc", by="config.model", kind=kind)
    assert f"odd (n = {len(values)})" in panel.svg()
    assert panel.grid.rows[0].cells[2].number == pytest.approx(np.median(values))


def test_runs_without_a_finite_number_are_left_out_and_counted() -> None:
    panel = pr.distribution(
        runs_of({"a": [0.5, math.nan, math.inf, 0.6], "gone": [math.nan]}), "acc", by="config.model"
    )
    text = panel.fact.disclosure.text
    assert "matched 5; shown 2; excluded 3" in text
    assert "3 with a non-finite acc" in text
    assert "nothing to show of gone" in text
    assert len(panel.grid.rows) == 1


def test_without_groups_all_runs_are_one() -> None:
    panel = pr.distribution(runs_of(SCORES), "acc")
    assert panel.fact.view["chart"]["plots"][0]["y"]["names"] == ["all runs (n = 95)"]


def test_many_runs_are_drawn_as_a_sample_that_says_so() -> None:
    runs = runs_of({"a": DRAW.normal(size=25_000)})
    strip = pr.distribution(runs, "acc", by="config.model", kind="strip")
    assert len(part(strip, "run")) == 20_000
    assert "20,000 of 25,000 points drawn, chosen at random" in strip.fact.disclosure.text
    violin = pr.distribution(runs, "acc", by="config.model", kind="violin")
    assert not len(part(violin, "run"))
    assert "of groups of more than 50 runs, none is drawn one by one" in violin.fact.disclosure.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"metric": "ac"}, "no run has"), ({"metric": 3}, "metric is"), ({"metric": "acc", "kind": "pie"}, "kind is")],
)
def test_what_is_not_understood_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises((MetricNotFoundError, UsageError), match=said):
        pr.distribution(runs_of(SCORES), **arguments)


def test_no_runs_are_a_panel_that_says_so() -> None:
    panel = pr.distribution(pr.runs([]), "acc", by="config.model")
    assert "no runs matched" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()


def test_labels_are_escaped_on_all_faces_and_stay_apart() -> None:
    long = "a $x$ <b>" + "x" * 60
    panel = pr.distribution(runs_of({long + "1": [1, 2], long + "2": [2, 3]}), "acc", by="config.model")
    assert "<b>" not in panel.html()
    assert r"\$x\$" in panel.latex()
    assert len(set(panel.fact.view["chart"]["plots"][0]["y"]["names"])) == 2


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_of(SCORES)
    panel = pr.distribution(runs, "acc", by="config.model", kind="violin", title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
