"""Tables: means with their intervals, differences, an honest best, and nothing shown that is not there."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.grid import Cell, Mark, Row, Verdict

if TYPE_CHECKING:
    from tests.panels.conftest import RunsOf

    from pressrun.panels.table import Table

SVM = [0.95, 0.96, 0.97, 0.955, 0.965]
MLP = [0.94, 0.97, 0.95, 0.96, 0.945]
LOG = [0.80, 0.82, 0.81, 0.805, 0.815]


def cell(panel: Table, row: str, column: str) -> Cell:
    grid = panel.grid
    index = [c.key for c in grid.columns].index(column)
    return next(r for r in grid.rows if r.key == row).cells[index]


def labels(panel: Table) -> list[str]:
    return [row.key for row in panel.grid.rows]


def test_a_groups_cell_is_the_mean_and_students_half_width(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM}), ["test/acc"], group="config.model")
    got = cell(panel, "svm", "test/acc")
    low, high = stats.t.interval(0.95, 4, loc=np.mean(SVM), scale=stats.sem(SVM))
    assert (got.number, got.low, got.high) == pytest.approx((np.mean(SVM), low, high))
    assert got.n == 5
    assert got.text == "0.9600 ± 0.0098"


def test_the_baseline_stands_first_and_differences_are_paired_by_seed(runs_of: RunsOf) -> None:
    panel = pr.table(
        runs_of({"svm": SVM, "mlp": MLP, "logreg": LOG}),
        ["test/acc"],
        group="config.model",
        baseline="mlp",
        sort="test/acc",
    )
    assert labels(panel) == ["mlp", "svm", "logreg"]
    delta = cell(panel, "logreg", "test/acc").delta
    reference = stats.ttest_rel(LOG, MLP)
    interval = reference.confidence_interval(0.95)
    assert delta is not None
    assert (delta.number, delta.low, delta.high) == pytest.approx(
        (np.mean(LOG) - np.mean(MLP), interval.low, interval.high)
    )
    assert delta.verdict is Verdict.WORSE
    assert cell(panel, "mlp", "test/acc").delta is None
    assert any("paired by seed" in note for note in panel.grid.notes)


def test_differences_without_common_seeds_are_welchs(runs_of: RunsOf) -> None:
    runs = runs_of({"svm": SVM, "logreg": LOG[:3]}, seeds=[None] * 5)
    delta = cell(pr.table(runs, "test/acc", group="config.model", baseline="logreg"), "svm", "test/acc").delta
    interval = stats.ttest_ind(SVM, LOG[:3], equal_var=False).confidence_interval(0.95)
    assert delta is not None
    assert (delta.low, delta.high) == pytest.approx((interval.low, interval.high))
    assert delta.verdict is Verdict.BETTER


def test_every_row_can_be_taken_for_the_baseline_by_a_reader(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM, "mlp": MLP, "logreg": LOG}), ["test/acc"], group="config.model")
    differences = panel.fact.view["differences"]["test/acc"]
    assert set(differences) == {"svm", "mlp", "logreg"}
    assert set(differences["svm"]) == {"mlp", "logreg"}
    assert differences["svm"]["logreg"]["verdict"] == "worse"
    assert differences["svm"]["logreg"]["number"] == pytest.approx(-differences["logreg"]["svm"]["number"])


def test_a_lower_loss_is_better(runs_of: RunsOf) -> None:
    runs = runs_of({"a": [1.0, 1.1, 1.05], "b": [0.1, 0.11, 0.12]}, metric="test/loss")
    panel = pr.table(runs, ["test/loss"], group="config.model", baseline="a", sort="test/loss")
    delta = cell(panel, "b", "test/loss").delta
    assert delta is not None
    assert delta.verdict is Verdict.BETTER
    assert cell(panel, "b", "test/loss").mark is Mark.BEST
    assert "test/loss ↓" in panel.text()


def test_a_winner_is_marked_only_where_the_data_decide(runs_of: RunsOf) -> None:
    clear = pr.table(runs_of({"svm": SVM, "logreg": LOG}), "test/acc", group="config.model")
    assert cell(clear, "svm", "test/acc").mark is Mark.BEST
    assert "<strong>0.9600 ± 0.0098</strong>" in clear.html()
    assert "0.9600 ± 0.0098*" in clear.text()
    assert "*: better than every other row" in clear.text()
    assert r"\textbf{\boldmath 0.9600 $\pm$ 0.0098}" in clear.latex()
    close = pr.table(runs_of({"svm": SVM, "mlp": MLP, "logreg": LOG}), "test/acc", group="config.model")
    assert [cell(close, row, "test/acc").mark for row in ("svm", "mlp", "logreg")] == [Mark.TIED, Mark.TIED, Mark.NONE]
    assert "cannot be told apart from the best" in close.text()


def test_one_run_a_group_decides_nothing(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": [0.99], "logreg": [0.5]}), "test/acc", group="config.model", baseline="logreg")
    got = cell(panel, "svm", "test/acc")
    assert got.mark is Mark.NONE
    assert got.low is None
    assert got.delta is not None
    assert (got.delta.low, got.delta.verdict) == (None, Verdict.UNRESOLVED)
    assert "n = 1 decides nothing" in panel.grid.notes


def test_runs_are_counted_in_a_column_where_groups_differ_in_size(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM, "logreg": LOG[:3]}), "test/acc", group="config.model")
    assert [c.key for c in panel.grid.columns] == ["row", "n", "test/acc"]
    assert cell(panel, "logreg", "n").text == "3"


def test_runs_are_counted_in_each_cell_where_metrics_differ_in_theirs() -> None:
    records = [
        {
            "config": {"model": "svm", "seed": s},
            "summary": {"acc": 0.9 + s / 100} | ({"f1": 0.8 + s / 100} if s else {}),
        }
        for s in range(3)
    ]
    panel = pr.table(pr.runs(records), ["acc", "f1"], group="config.model")
    assert cell(panel, "svm", "acc").text.endswith("(n = 3)")
    assert cell(panel, "svm", "f1").text.endswith("(n = 2)")
    assert cell(panel, "svm", "f1").note.endswith("; 1 run without f1")
    assert "1 run without f1" in panel.fact.disclosure.text


def test_settings_show_what_a_group_shares_or_that_it_varies() -> None:
    records = [
        {"config": {"model": "svm", "C": c, "kernel": "rbf", "seed": c}, "summary": {"acc": 0.9}} for c in (1, 10, 100)
    ]
    panel = pr.table(pr.runs(records), ["config.C", "config.kernel", "acc"], group="config.model")
    assert cell(panel, "svm", "config.C").text == "varies (3)"
    assert cell(panel, "svm", "config.kernel").text == "rbf"


def test_nan_is_shown_never_wins_and_stands_last(runs_of: RunsOf) -> None:
    extra = [{"id": "none"}, {"id": "inf", "summary": {"test/acc": math.inf}}]
    panel = pr.table(runs_of({"a": [math.nan], "b": [0.5], "c": [0.7]}, extra=extra), ["test/acc"], sort="test/acc")
    assert labels(panel)[:2] == ["c-0", "b-0"]
    assert labels(panel)[-1] == "none"
    assert cell(panel, "a-0", "test/acc").text == "NaN"
    assert cell(panel, "a-0", "test/acc").number == "nan"
    assert cell(panel, "inf", "test/acc").text == "∞"
    assert cell(panel, "none", "test/acc").text == "—"
    assert cell(panel, "none", "test/acc").number is None
    text = panel.fact.disclosure.text
    assert "1 run without test/acc" in text
    assert "2 runs with a non-finite test/acc" in text


def test_a_text_that_looks_like_a_number_is_none(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"a": [0.5, 0.6, "0.91"]}), ["test/acc"], group="config.model")
    assert cell(panel, "a", "test/acc").number == pytest.approx(0.55)
    assert [e.reason for e in panel.fact.disclosure.excluded] == ["no test/acc"]


def test_runs_that_give_a_group_nothing_are_left_out_with_the_reason(runs_of: RunsOf) -> None:
    extra = [
        {"id": "dead", "config": {"model": "svm"}, "status": "failed", "summary": {"test/acc": 1.0}},
        {"id": "gone", "config": {"model": "svm"}, "status": "deleted"},
        {"id": "live", "config": {"model": "svm"}, "status": "running", "summary": {"test/acc": 1.0}},
        {"id": "bare", "config": {"model": "svm"}},
        {"id": "nan", "config": {"model": "svm"}, "summary": {"test/acc": math.nan}},
    ]
    panel = pr.table(runs_of({"svm": SVM}, extra=extra), ["test/acc"], group="config.model")
    assert {e.reason: e.runs for e in panel.fact.disclosure.excluded} == {
        "crashed": ("dead",),
        "deleted": ("gone",),
        "running": ("live",),
        "no test/acc": ("bare",),
        "non-finite test/acc": ("nan",),
    }
    assert panel.fact.disclosure.shown == 5
    assert cell(panel, "svm", "test/acc").n == 5


def test_a_group_whose_runs_are_all_left_out_keeps_its_row_without_a_number(runs_of: RunsOf) -> None:
    extra = [{"config": {"model": "mlp"}, "status": "failed", "summary": {"test/acc": 1.0}}]
    panel = pr.table(
        runs_of({"svm": SVM}, extra=extra), ["config.model", "test/acc"], group="config.model", sort="test/acc"
    )
    assert labels(panel) == ["svm", "mlp"]
    assert cell(panel, "mlp", "test/acc").number is None
    assert cell(panel, "mlp", "test/acc").text == "—"


def test_a_column_that_the_rows_label_says_already_is_not_said_twice(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM}), ["config.model", "test/acc"], group="config.model")
    assert [c.key for c in panel.grid.columns] == ["row", "test/acc"]
    assert "config.model" in panel.data
    both = pr.table(
        runs_of({"svm": SVM, "mlp": MLP}), ["config.model", "test/acc"], group="config.model", sort="-config.model"
    )
    assert labels(both) == ["svm", "mlp"]


@pytest.mark.parametrize(("sort", "order"), [("config.C", ["b", "c", "a"]), ("-config.C", ["a", "c", "b"])])
def test_settings_sort_by_size_and_not_by_spelling(sort: str, order: list[str]) -> None:
    records = [{"name": n, "config": {"C": c}} for n, c in (("a", 100), ("b", 2), ("c", 30))]
    assert labels(pr.table(pr.runs(records), ["config.C"], sort=sort)) == order


def test_a_column_that_no_run_has_is_an_error_that_names_the_nearest(runs_of: RunsOf) -> None:
    with pytest.raises(MetricNotFoundError, match="test/acc"):
        pr.table(runs_of({"svm": SVM}), ["test/accc"])
    with pytest.raises(MetricNotFoundError, match=r"config\.model"):
        pr.table(runs_of({"svm": SVM}), ["config.modle"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"columns": []},
        {"columns": [3]},
        {"sort": "config.zzz"},
        {"digits": -1},
        {"digits": True},
        {"baseline": "nobody"},
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(runs_of: RunsOf, arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        pr.table(runs_of({"svm": SVM}), **({"columns": ["test/acc"], "group": "config.model"} | arguments))


def test_an_empty_run_set_is_a_table_that_says_so() -> None:
    panel = pr.table(pr.runs([]), ["test/acc"])
    assert panel.grid.rows == ()
    assert "no runs matched" in panel.fact.disclosure.text
    assert "<table" in panel.html()
    assert panel.figure().get_figwidth() > 0


def test_runs_that_do_not_vary_have_no_width_and_say_so(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"a": [0.5] * 3, "b": [0.7] * 3}), "test/acc", group="config.model", baseline="a")
    got = cell(panel, "b", "test/acc")
    assert got.text == "0.7000 ± 0"
    assert got.delta is not None
    assert got.delta.text == "+0.2000 ± 0 better"
    assert any("do not vary" in note for note in panel.grid.notes)


def test_the_author_may_choose_the_digits(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM}), ["test/acc"], group="config.model", digits=2)
    assert cell(panel, "svm", "test/acc").text == "0.96 ± 0.01"


def test_the_frame_is_tidy_one_row_a_run(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM[:2], "mlp": MLP[:2]}), ["test/acc"], group="config.model")
    data = panel.data
    assert list(data.columns) == ["row", "run", "seed", "test/acc"]
    assert data.groupby("row")["test/acc"].mean().to_dict() == pytest.approx({"mlp": 0.955, "svm": 0.955})


def test_the_grid_survives_its_way_through_json(runs_of: RunsOf) -> None:
    panel = pr.table(runs_of({"svm": SVM, "x": [math.nan]}), ["test/acc", "name"], group="config.model", baseline="svm")
    fact = json.loads(json.dumps(panel.fact_json(), allow_nan=False))
    again = type(panel.grid).of(fact["view"]["grid"])
    assert again == panel.grid
    assert all(isinstance(row, Row) for row in again.rows)


def test_a_number_says_of_which_runs_it_is() -> None:
    runs = pr.runs(
        [
            {"name": f"{model}-{seed}", "config": {"model": model, "seed": seed}, "summary": {"acc": 0.9 + seed / 100}}
            for model, seeds in {"a": range(6), "b": range(1)}.items()
            for seed in seeds
        ]
    )
    panel = pr.table(runs, ["acc"], group="config.model")
    assert cell(panel, "a", "acc").note == "mean of 6 runs: a-0, a-1, a-2, a-3 and 2 more"
    assert cell(panel, "b", "acc").note == "1 run: b-0"


def test_a_locked_run_that_is_gone_is_disclosed_by_each_part_of_its_answer() -> None:
    runs = pr.runs([{"name": m, "config": {"model": m}, "summary": {"acc": 0.9}} for m in ("svm", "mlp")])
    gone = pr.Run(id="gone", name="svm-3", source="runs/", status=pr.Status.DELETED, digest="sha256:0")
    whole = dataclasses.replace(runs, runs=(*runs.runs, gone), matched=3)
    assert "excluded 1 (1 deleted)" in pr.table(whole, ["acc"]).fact.disclosure.text

    part = pr.table(whole.where("config.model == 'svm'"), ["acc"]).fact.disclosure
    assert (part.matched, part.shown) == (2, 1)
    assert part.excluded[0].reason == "deleted"
    assert part.excluded[0].runs == ("gone",)
