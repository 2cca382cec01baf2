"""Curves: what is drawn, what is left out, and that both are said."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError

if TYPE_CHECKING:
    from tests.panels.conftest import RunsOf


def rows(panel: pr.Panel, group: str, run: str = "") -> list[dict[str, Any]]:
    frame = panel.fact.frame
    every = [dict(zip(frame, values, strict=True)) for values in zip(*frame.values(), strict=True)]
    return [row for row in every if row["group"] == group and row["run"] == run]


def test_a_groups_mean_carries_students_interval_and_the_runs_behind_each_point(runs_of: RunsOf) -> None:
    curves = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.3, 0.7]]
    panel = pr.curves(runs_of({}, history={"svm": curves}), "val/acc", group="config.model")
    mean = rows(panel, "svm")
    assert [row["x"] for row in mean] == [0, 1, 2]
    assert [row["n"] for row in mean] == [3, 3, 2]
    for step, row in enumerate(mean):
        values = [curve[step] for curve in curves if step < len(curve)]
        low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
        assert (row["value"], row["low"], row["high"]) == pytest.approx((np.mean(values), low, high))
    assert "runs end at different steps (1 to 2)" in panel.fact.disclosure.text


def test_smoothing_leaves_the_data_as_they_were_logged(runs_of: RunsOf) -> None:
    runs = runs_of({}, history={"svm": [[0.0, 1.0, 0.0, 1.0]]})
    panel = pr.curves(runs, "val/acc", smooth=0.9)
    assert panel.fact.view["smooth"] == 0.9
    assert [row["value"] for row in rows(panel, "svm-0")] == [0.0, 1.0, 0.0, 1.0]


def test_the_figure_draws_the_mean_of_the_smoothed_runs(runs_of: RunsOf) -> None:
    curves = [[0.0, 1.0, 0.0], [1.0, 1.0, 4.0]]
    panel = pr.curves(runs_of({}, history={"svm": curves}), "val/acc", group="config.model", smooth=0.5)
    drawn = [line for line in panel.figure().axes[0].lines if line.get_label() == "svm"]
    smoothed = [[0.0, 2 / 3, 2 / 7], [1.0, 1.0, 19 / 7]]
    np.testing.assert_allclose(np.asarray(drawn[0].get_ydata()), np.mean(smoothed, axis=0))


def test_crashed_killed_and_deleted_runs_are_left_out_and_named_in_words(runs_of: RunsOf) -> None:
    curve = {"val/acc": [0.1, 0.2]}
    extra = [
        {"id": "a", "status": "failed", "history": curve},
        {"id": "b", "status": "killed", "history": curve},
        {"id": "c", "status": "deleted", "history": curve},
        {"id": "d", "status": "running", "history": curve},
        {"id": "e", "status": "unknown", "history": curve},
        {"id": "f"},
        {"id": "g", "history": {"val/acc": [math.nan, math.inf]}},
    ]
    panel = pr.curves(runs_of({}, history={"svm": [[0.5, 0.6]]}, extra=extra), "val/acc")
    disclosure = panel.fact.disclosure
    assert {e.reason: e.runs for e in disclosure.excluded} == {
        "crashed": ("a",),
        "killed": ("b",),
        "deleted": ("c",),
        "no val/acc": ("f",),
        "non-finite val/acc": ("g",),
    }
    assert (disclosure.matched, disclosure.shown) == (8, 3)
    assert "1 shown run still running" in disclosure.text
    assert "1 shown run of unknown status" in disclosure.text


def test_a_running_run_without_the_metric_is_not_said_to_be_shown(runs_of: RunsOf) -> None:
    extra = [{"id": "a", "status": "running", "history": {"train/loss": [0.5]}}]
    disclosure = pr.curves(runs_of({}, history={"svm": [[0.5, 0.6]]}, extra=extra), "val/acc").fact.disclosure
    assert disclosure.text == "matched 2; shown 1; excluded 1 (1 no val/acc)"


def test_crashed_runs_are_shown_when_asked_for_and_marked(runs_of: RunsOf) -> None:
    extra = [{"id": "a", "status": "failed", "history": {"val/acc": [0.1]}}]
    panel = pr.curves(runs_of({}, extra=extra), "val/acc", include="failed")
    assert panel.fact.disclosure.shown == 1
    assert "1 shown run crashed" in panel.fact.disclosure.text


def test_deleted_runs_cannot_be_asked_for(runs_of: RunsOf) -> None:
    with pytest.raises(UsageError, match="deleted"):
        pr.curves(runs_of({}, history={"svm": [[1.0]]}), "val/acc", include=["deleted"])


def test_points_that_are_not_finite_are_gaps_and_never_zero(runs_of: RunsOf) -> None:
    panel = pr.curves(runs_of({}, history={"svm": [[0.5, math.nan, math.inf, 0.8]]}), "val/acc")
    run = panel.fact.view["groups"][0]["runs"][0]
    assert [row["value"] for row in rows(panel, "svm-0", run)] == [0.5, "nan", "inf", 0.8]
    assert [row["value"] for row in rows(panel, "svm-0")] == [0.5, None, None, 0.8]
    assert "2 non-finite points of 1 run shown as gaps" in panel.fact.disclosure.text
    drawn = np.asarray(panel.figure().axes[0].lines[0].get_ydata())
    assert np.isnan(drawn).tolist() == [False, True, True, False]


def test_a_log_scale_leaves_out_what_it_cannot_show_and_says_so(runs_of: RunsOf) -> None:
    panel = pr.curves(runs_of({}, history={"svm": [[-1.0, 0.0, 0.1, 10.0]]}), "val/acc", log=True)
    assert "2 points at or below 0 left out on the log scale" in panel.fact.disclosure.text
    assert [row["value"] for row in rows(panel, "svm-0")] == [-1.0, 0.0, 0.1, 10.0]
    drawn = np.asarray(panel.figure().axes[0].lines[0].get_ydata())
    assert np.isnan(drawn).tolist() == [True, True, False, False]


def test_a_metric_that_no_run_has_is_an_error_that_names_the_nearest(runs_of: RunsOf) -> None:
    with pytest.raises(MetricNotFoundError, match="val/acc"):
        pr.curves(runs_of({}, history={"svm": [[1.0]]}), "val/ac")


def test_an_empty_run_set_is_a_panel_that_says_so() -> None:
    panel = pr.curves(pr.runs([]), "val/acc", title="nothing")
    assert panel.fact.disclosure.shown == 0
    assert "no runs matched" in panel.fact.disclosure.text
    assert "image/svg+xml" in panel.bundle()
    assert panel.data.empty


def test_single_runs_in_a_group_have_no_band_and_the_note_names_them(runs_of: RunsOf) -> None:
    panel = pr.curves(
        runs_of({}, history={"svm": [[0.1, 0.2], [0.2, 0.3]], "mlp": [[0.5, 0.6]]}), "val/acc", group="config.model"
    )
    assert [row["low"] for row in rows(panel, "mlp")] == [None, None]
    assert "one run and so no band: mlp" in panel.fact.disclosure.text
    assert panel.fact.disclosure.balanced is False


def test_seeds_are_counted_and_compared_between_groups(runs_of: RunsOf) -> None:
    runs = runs_of({}, history={"svm": [[0.1], [0.2]], "mlp": [[0.5], [0.6]]})
    disclosure = pr.curves(runs, "val/acc", group="config.model").fact.disclosure
    assert dict(disclosure.seeds) == {"svm": 2, "mlp": 2}
    assert disclosure.balanced is True


def test_a_seed_that_repeats_within_a_group_is_disclosed(runs_of: RunsOf) -> None:
    runs = runs_of({}, history={"svm": [[0.1], [0.2]]}, seeds=[4, 4])
    assert "seeds repeat within svm" in pr.curves(runs, "val/acc", group="config.model").fact.disclosure.text


def test_time_counts_from_the_runs_start_and_runs_are_interpolated() -> None:
    records = [
        {
            "name": "svm",
            "config": {"seed": s},
            "started": 1000.0,
            "history": {"loss": [(i, 1000 + (10 + s) * i, i) for i in range(5)]},
        }
        for s in (0, 1)
    ]
    panel = pr.curves(pr.runs(records), "loss", group=[], x="time")
    run = panel.fact.view["groups"][0]["runs"][1]
    assert [row["x"] for row in rows(panel, "all runs", run)] == [0, 11, 22, 33, 44]
    assert [row["step"] for row in rows(panel, "all runs", run)] == [0, 1, 2, 3, 4]
    assert "interpolated between their points" in panel.fact.disclosure.text
    middle = min(rows(panel, "all runs"), key=lambda row: abs(row["x"] - 22))
    assert middle["value"] == pytest.approx((middle["x"] / 10 + middle["x"] / 11) / 2)


def test_epochs_come_from_the_logged_metric_and_of_each_the_last_point_stands() -> None:
    record = {"history": {"epoch": [(0, 0), (2, 1)], "loss": [(0, 4.0), (1, 3.0), (2, 2.0), (3, 1.0)]}}
    panel = pr.curves(pr.runs([record]), "loss", x="epoch")
    label = panel.fact.view["groups"][0]["label"]
    assert [(row["x"], row["value"]) for row in rows(panel, label)] == [(0, 3.0), (1, 1.0)]
    assert "the last point stands for each epoch, 2 before it left out" in panel.fact.disclosure.text


def test_epochs_come_from_the_config_where_no_metric_has_them() -> None:
    panel = pr.curves(pr.runs([{"config": {"steps_per_epoch": 2}, "history": {"loss": [3, 2, 1]}}]), "loss", x="epoch")
    assert panel.fact.frame["x"][:3] == [0.0, 0.5, 1.0]


def test_runs_without_epochs_are_an_error_with_a_next_step(runs_of: RunsOf) -> None:
    with pytest.raises(UsageError, match="epoch"):
        pr.curves(runs_of({}, history={"svm": [[1.0]]}), "val/acc", x="epoch")


def test_long_runs_are_thinned_in_print_only_and_a_note_says_so(runs_of: RunsOf) -> None:
    values = np.sin(np.arange(5000) / 50)
    values[1234] = 7.0
    panel = pr.curves(runs_of({}, history={"svm": [values.tolist()]}), "val/acc")
    assert len(rows(panel, "svm-0")) == 5000
    assert "print draws about 2,000 of up to 5,000 points a line" in panel.fact.disclosure.text
    drawn = np.asarray(panel.figure().axes[0].lines[0].get_ydata())
    assert len(drawn) <= 2002
    assert drawn.max() == 7.0


def test_a_frame_that_would_be_too_large_is_thinned_and_says_so(
    runs_of: RunsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressrun.panels.curves_frame.FRAME_ROWS", 1000)
    runs = runs_of({}, history={"svm": [list(range(600)), list(range(600))]})
    panel = pr.curves(runs, "val/acc", group="config.model")
    assert len(panel.fact.frame["x"]) <= 1000 + 6
    assert "the interactive face holds about 333 of up to 600 points a line" in panel.fact.disclosure.text


@pytest.mark.parametrize(
    "arguments",
    [
        {"smooth": 1.0},
        {"smooth": -0.1},
        {"smooth": math.nan},
        {"x": "wall"},
        {"include": "done"},
        {"baseline": "svn"},
        {"group": [1]},
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(runs_of: RunsOf, arguments: dict[str, Any]) -> None:
    runs = runs_of({}, history={"svm": [[1.0, 2.0]]})
    with pytest.raises(UsageError):
        pr.curves(runs, "val/acc", **arguments)


def test_what_is_no_run_set_is_refused() -> None:
    with pytest.raises(UsageError, match="run set"):
        pr.curves("runs/", "val/acc")  # type: ignore[arg-type]


def test_groups_and_lists_of_runs_are_run_sets_too(runs_of: RunsOf) -> None:
    runs = runs_of({"svm": [0.9]}, history={"svm": [[1.0, 2.0]]})
    assert len(pr.curves(runs.group_by("config.model"), "val/acc").fact.view["groups"]) == 1
    assert pr.table(list(runs), "test/acc").fact.disclosure.shown == 1


def test_a_slice_of_the_runs_says_how_many_were_not_selected(runs_of: RunsOf) -> None:
    runs = runs_of({}, history={"svm": [[1.0], [2.0], [3.0]]})
    text = pr.curves(runs[:2], "val/acc").fact.disclosure.text
    assert text.startswith("matched 3; shown 2")
    assert "1 matched run not selected" in text


def test_runs_of_one_name_keep_lines_of_their_own() -> None:
    panel = pr.curves(
        pr.runs([{"id": "a", "name": "svm", "history": {"l": [1]}}, {"id": "b", "name": "svm", "history": {"l": [2]}}]),
        "l",
    )
    assert [g["label"] for g in panel.fact.view["groups"]] == ["svm · a", "svm · b"]


def test_the_fact_is_strict_json_and_its_colours_are_in_order(runs_of: RunsOf) -> None:
    runs = runs_of({}, history={"svm": [[math.nan, 1.0]], "mlp": [[math.inf, 2.0]]})
    panel = pr.curves(runs, "val/acc", group="config.model", baseline="mlp")
    fact = json.loads(json.dumps(panel.fact_json(), allow_nan=False))
    assert [g["color"] for g in fact["view"]["groups"]] == [0, 1]
    assert fact["view"]["baseline"] == "mlp"
    assert panel.options == {"smooth": 0.0, "log": False, "baseline": "mlp"}
    assert len({len(column) for column in fact["frame"].values()}) == 1
    assert panel.data["value"].dtype == float


def test_single_runs_without_their_histories_are_an_error_and_not_an_exclusion(runs_of: RunsOf) -> None:
    with pytest.raises(UsageError, match="without its history"):
        pr.curves(list(runs_of({}, history={"svm": [[1.0]]})), "val/acc")


def test_a_run_found_twice_is_one_observation(runs_of: RunsOf) -> None:
    runs = runs_of({"svm": [0.9, 0.8]}, history={"svm": [[1.0], [2.0]]})
    panel = pr.table([*runs, runs[0]], "test/acc", group="config.model")
    assert panel.fact.disclosure.shown == 2
    assert panel.grid.rows[0].cells[1].n == 2
    assert "1 run listed twice counted once" in panel.fact.disclosure.text


def test_the_baseline_is_named_in_the_figure(runs_of: RunsOf) -> None:
    runs = runs_of({}, history={"svm": [[0.1, 0.2]], "mlp": [[0.5, 0.9]]})
    axes = pr.curves(runs, "val/acc", group="config.model", baseline="mlp").figure().axes[0]
    assert [text.get_text() for text in axes.texts] == ["mlp (baseline)", "svm"]


def test_groups_of_some_of_the_runs_leave_the_others_out_and_say_so(runs_of: RunsOf) -> None:
    runs = runs_of({"svm": [0.9, 0.8], "mlp": [0.5, 0.6]})
    groups = runs.where("config.model == 'svm'").group_by("config.model")
    disclosure = pr.table(runs, "test/acc", group=groups).fact.disclosure
    assert disclosure.shown == 2
    assert [(e.reason, len(e.runs)) for e in disclosure.excluded] == [("in no group", 2)]
