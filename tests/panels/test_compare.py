"""Runs side by side: differences first, sameness counted, code as a diff."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.errors import RunNotFoundError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.panels.compare import Compare

A: dict[str, Any] = {
    "id": "a",
    "name": "svm-1",
    "config": {"model": "svm", "C": 1, "kernel": "rbf"},
    "summary": {"test/acc": 0.9},
    "provenance": {"packages": {"numpy": "2.0", "scipy": "1.14"}, "datasets": [{"name": "digits", "version": "1"}]},
}
B: dict[str, Any] = {
    "id": "b",
    "name": "svm-10",
    "config": {"model": "svm", "C": 10, "gamma": None},
    "summary": {"test/acc": 0.95},
    "provenance": {"packages": {"numpy": "2.1", "scipy": "1.14"}, "datasets": [{"name": "digits", "version": "2"}]},
}


def entries(panel: Compare) -> dict[str, list[str]]:
    return {row.key: [cell.text for cell in row.cells[1:]] for row in panel.grid.rows}


def test_what_differs_is_shown_by_section_and_what_is_the_same_is_counted() -> None:
    panel = pr.compare(pr.runs([A, B]))
    found = entries(panel)
    assert found["config.C"] == ["1", "10"]
    assert found["summary.test/acc"] == ["0.9", "0.95"]
    assert found["environment.numpy"] == ["2.0", "2.1"]
    assert found["data.digits"] == ["1", "2"]
    assert "config.model" not in found
    assert "environment.scipy" not in found
    assert [section.title for section in panel.grid.sections] == ["config", "summary", "data", "environment"]
    assert "the same in all runs: 1 in run, 1 in config, 1 in environment" in panel.grid.notes
    assert [column.title for column in panel.grid.columns] == ["entry", "svm-1", "svm-10"]


def test_a_stored_null_is_not_what_is_missing() -> None:
    assert entries(pr.compare(pr.runs([A, B])))["config.gamma"] == ["—", "null"]


def test_runs_are_named_one_by_one_or_by_ids_of_a_run_set() -> None:
    runs = pr.runs([A, B, {"id": "c"}])
    first = pr.compare(runs["a"], runs["svm-10"])
    assert first.fact.view["grid"] == pr.compare(runs, "a", "b").fact.view["grid"]
    assert len(pr.compare(list(runs)).grid.columns) == 4
    with pytest.raises(RunNotFoundError):
        pr.compare(runs, "a", "nobody")


def test_one_run_cannot_be_compared() -> None:
    runs = pr.runs([A, B])
    for wrong in ([runs["a"]], [runs["a"], runs["a"]], [runs[:1]], [], ["a", "b"]):
        with pytest.raises(UsageError):
            pr.compare(*wrong)


def test_a_crashed_run_is_compared_with_its_status_and_a_deleted_one_is_not() -> None:
    crashed = pr.compare(pr.runs([A, B | {"status": "failed"}]))
    assert entries(crashed)["run.status"] == ["finished", "failed"]
    assert "1 shown run crashed" in crashed.fact.disclosure.text
    gone = pr.compare(pr.runs([A, B | {"status": "deleted"}]))
    assert gone.grid.rows == ()
    assert [e.reason for e in gone.fact.disclosure.excluded] == ["deleted"]
    assert "fewer than two runs are left to compare" in gone.fact.disclosure.text


def test_runs_that_are_the_same_say_so() -> None:
    panel = pr.compare(pr.runs([A, A | {"id": "c", "name": "twin"}]))
    assert panel.grid.notes[0] == "nothing differs"
    assert "nothing differs" in panel.html()


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_code_of_two_commits_is_a_unified_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    commits = []
    for text in ("x = 1\n", "x = '</code><script>'\n"):
        (tmp_path / "train.py").write_text(text)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", "step")
        commits.append(git(tmp_path, "rev-parse", "HEAD"))
    records = [each | {"provenance": {"git_commit": c}} for each, c in zip((A, B), commits, strict=True)]
    panel = pr.compare(pr.runs(records))
    assert "-x = 1\n+x = '</code><script>'\n" in panel.fact.view["diff"]
    assert panel.fact.view["diffs"][0]["text"] == panel.fact.view["diff"]
    assert any("(+1 −1 lines)" in note for note in panel.grid.notes)
    assert "<script>" not in panel.html()
    assert "+x = " in panel.text()


def test_the_faces_hold_and_the_frame_is_tidy(tmp_path: Path) -> None:
    hostile = B | {"name": "$\\input{x}$<script>", "config": {"C": "<b>" * 100, "x" * 200: [1, {"a": float("nan")}]}}
    panel = pr.compare(pr.runs([A, hostile]), title="<i>")
    json.dumps(panel.bundle(), allow_nan=False)
    assert set(panel.data.columns) == {"section", "entry", "run", "value"}
    assert "<script>" not in panel.html()
    assert "\\input" not in panel.latex()
    panel.figure(width=6.5).savefig(tmp_path / "compare.png")
