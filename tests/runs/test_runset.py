"""Run sets over the in-memory source: what they hold, how they answer, and what they refuse."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import pressrun as pr
from pressrun.errors import ArtifactError, MetricNotFoundError, PressrunWarning, RunNotFoundError
from pressrun.records import Direction, Status
from pressrun.runs.runset import RunSet, find

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def digits() -> RunSet:
    return pr.runs(
        [
            {
                "name": f"{model}-{seed}",
                "config": {"model": model, "seed": seed},
                "summary": {"test/acc": base + seed / 100},
                "history": {"val/acc": [0.1 * seed, 0.2 * seed, base]},
            }
            for model, base in (("svm", 0.95), ("logreg", 0.90))
            for seed in (1, 2, 3)
        ]
    )


def test_a_set_is_a_sequence_of_runs_in_the_order_of_its_source() -> None:
    runs = digits()
    assert len(runs) == 6
    assert [run.name for run in runs] == ["svm-1", "svm-2", "svm-3", "logreg-1", "logreg-2", "logreg-3"]
    assert runs[0].name == "svm-1"
    assert runs[-1].name == "logreg-3"
    assert runs["svm-2"].config["seed"] == 2
    assert runs[runs[3].id] is runs[3]
    assert runs[0] in runs


def test_a_slice_is_a_set_that_remembers_how_many_matched() -> None:
    some = digits()[:2]
    assert isinstance(some, RunSet)
    assert (len(some), some.matched) == (2, 6)


def test_a_name_that_two_runs_have_is_refused_and_both_are_listed() -> None:
    runs = pr.runs([{"id": "a1", "name": "same"}, {"id": "b2", "name": "same"}])
    with pytest.raises(RunNotFoundError, match="2 runs answer to 'same'") as error:
        runs["same"]
    assert "a1" in error.value.hint
    assert "b2" in error.value.hint


def test_a_wrong_name_names_the_nearest() -> None:
    with pytest.raises(RunNotFoundError, match="did you mean 'svm-1'"):
        digits()["svm1"]


def test_an_id_prefix_finds_a_run_only_where_asked_for() -> None:
    runs = pr.runs([{"id": "20260101-svm-abc", "name": "x"}, {"id": "20260102-svm-def", "name": "y"}])
    assert find(runs.runs, "20260102", prefix=True).name == "y"
    with pytest.raises(RunNotFoundError, match="2 runs"):
        find(runs.runs, "202601", prefix=True)
    with pytest.raises(RunNotFoundError):
        runs["20260102"]


def test_equal_contents_make_equal_sets_and_a_changed_number_does_not() -> None:
    assert digits() == digits()
    assert hash(digits()) == hash(digits())
    assert digits() != digits()[:5]
    assert pr.runs([{"id": "a", "summary": {"x": 1.0}}]) != pr.runs([{"id": "a", "summary": {"x": 2.0}}])


def test_history_is_tidy_and_in_the_order_of_the_runs() -> None:
    frame = digits().history("val/acc")
    assert list(frame.columns) == ["run", "name", "step", "time", "value"]
    assert len(frame) == 18
    assert frame["name"].tolist()[:4] == ["svm-1", "svm-1", "svm-1", "svm-2"]
    assert frame["step"].tolist()[:3] == [0, 1, 2]
    assert frame["time"].isna().all()


def test_history_of_a_metric_that_no_run_has_names_the_nearest() -> None:
    with pytest.raises(MetricNotFoundError, match="did you mean 'val/acc'"):
        digits().history("val/ac")


def test_history_of_no_runs_is_an_empty_frame() -> None:
    assert pr.runs([]).history("val/acc").empty


def test_a_run_without_the_metric_has_an_empty_series() -> None:
    runs = pr.runs([{"name": "a", "history": {"loss": [1, 2]}}, {"name": "b"}])
    assert runs.series("a", "loss").values.tolist() == [1, 2]
    assert len(runs.series("b", "loss")) == 0
    assert runs.metrics == {"loss": 1}


def test_nan_never_wins_best_and_neither_does_infinity() -> None:
    runs = pr.runs(
        [
            {"name": "nan", "summary": {"acc": math.nan}},
            {"name": "inf", "summary": {"acc": math.inf}},
            {"name": "text", "summary": {"acc": "0.99"}},
            {"name": "true", "summary": {"acc": True}},
            {"name": "good", "summary": {"acc": 0.5}},
            {"name": "none"},
        ]
    )
    assert runs.best("acc").name == "good"
    assert runs.best("acc", Direction.MIN).name == "good"
    numbers = {run.name: number for run, number in runs.summaries("acc")}
    assert math.isnan(numbers["nan"] or 0.0)
    assert numbers["text"] is None
    assert numbers["true"] is None
    assert numbers["none"] is None


def test_best_follows_the_metrics_name_the_argument_and_the_projects_configuration(tmp_path: Path) -> None:
    rows = [{"name": "a", "summary": {"loss": 1, "gain": 1}}, {"name": "b", "summary": {"loss": 2, "gain": 2}}]
    assert pr.runs(rows).best("loss").name == "a"
    assert pr.runs(rows).best("gain").name == "b"
    assert pr.runs(rows).best("gain", "min").name == "a"
    (tmp_path / "pressrun.toml").write_text('[metrics."gain"]\ndirection = "min"\n')
    assert pr.runs(rows).best("gain").name == "a"


def test_equal_bests_give_the_first() -> None:
    assert pr.runs([{"name": "a", "summary": {"x": 1}}, {"name": "b", "summary": {"x": 1}}]).best("x").name == "a"


def test_a_failed_run_is_best_only_where_nothing_better_is_known_and_says_so() -> None:
    rows = [
        {"name": "failed", "status": "failed", "summary": {"acc": 0.99}},
        {"name": "done", "summary": {"acc": 0.5}},
    ]
    assert pr.runs(rows).best("acc").name == "done"
    with pytest.warns(PressrunWarning, match="failed"):
        assert pr.runs(rows[:1]).best("acc").name == "failed"


def test_best_of_a_metric_that_no_run_has_is_refused() -> None:
    with pytest.raises(MetricNotFoundError, match="test/acc"):
        digits().best("test/accuracy")


def test_the_html_of_a_set_escapes_what_runs_say() -> None:
    evil = "<img src=x onerror=alert(1)>\"'&"
    runs = pr.runs([{"name": evil, "config": {evil: evil}, "tags": {evil: evil}, "summary": {evil: 1}}])
    html = runs._repr_html_()
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in html
    assert "<img" not in runs.group_by(f"config['{evil}']")._repr_html_()


def test_the_html_shows_twenty_runs_and_says_that_there_are_more() -> None:
    html = pr.runs([{"name": f"r{n}"} for n in range(30)])._repr_html_()
    assert html.count("<tr>") == 21
    assert "30 runs" in html


def test_the_repr_is_one_line_with_counts_and_states() -> None:
    runs = pr.runs([{"name": "a"}, {"name": "b", "status": "failed"}])
    assert repr(runs) == "<RunSet: 2 runs; 1 finished, 1 failed; from memory:>"


def test_showing_a_set_imports_no_pandas(tmp_path: Path) -> None:
    code = (
        "import sys, pressrun as pr\n"
        "runs = pr.runs([{'name': 'a', 'config': {'x': 1}, 'summary': {'y': 2}}])\n"
        "repr(runs); runs._repr_html_(); runs.group_by('config.x')._repr_html_(); runs.best('y')\n"
        "assert 'pandas' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=dict(os.environ))


def test_artifacts_come_from_the_runs_own_source(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("weights")
    runs = pr.runs([{"name": "a", "artifacts": {"out/model.txt": tmp_path / "model.txt"}}])
    assert runs.artifact("a", "out/model.txt").read_text() == "weights"
    with pytest.raises(ArtifactError):
        runs.artifact("a", "../secret")


def test_statuses_are_kept() -> None:
    assert pr.runs([{"name": "a", "status": "killed"}])[0].status is Status.KILLED
