"""`pressrun verify` as a user runs it: what it prints, and what it exits with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.cli.main import run
from pressrun.facts import to_json
from pressrun.project import Project
from pressrun.publish.evidence import collect, seal
from pressrun.publish.versions import publish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with recorded runs and one published version."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pressrun.toml").write_text("")
    for seed in range(3):
        with pr.start_run(name="svm \x1b[31m", config={"seed": seed}) as active:
            active.summary["test/acc"] = 0.9 + seed / 100
    project = Project(tmp_path)
    runs = pr.runs("runs/")
    claim = pr.claim("SVM is good", pr.at_least(runs, "test/acc", 0.5))
    facts: dict[str, Any] = {
        "paper": "digits",
        "values": [{**to_json(pr.value(runs, "test/acc").fact), "id": "v/1"}],
        "claims": [{**to_json(claim.fact), "id": "c/1"}],
    }
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "index.html").write_text("page")
    seal(stage / "evidence", collect(project, facts), facts)
    publish(project, "digits", stage, facts)
    return project


@pytest.mark.usefixtures("project")
def test_a_sound_version_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "site/digits"]) == 0
    assert "digits version 1 is what its evidence says: 6 files, 3 runs, 1 values, 1 claims" in capsys.readouterr().out


def test_a_changed_version_exits_with_4_and_names_the_place(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "site" / "digits" / "versions" / "1" / "index.html").write_text("another")
    assert run(["verify", "site/digits/versions/1"]) == 4
    out = capsys.readouterr().out
    assert "index.html: was changed after publication" in out
    assert "in 1 place" in out


def test_json_says_the_same(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.root / "site" / "digits" / "versions" / "1" / "index.html").write_text("another")
    assert run(["verify", "--json", "site/digits"]) == 4
    data = json.loads(capsys.readouterr().out)
    assert data["sound"] is False
    assert data["mismatches"] == [{"what": "index.html", "reason": "was changed after publication"}]
    assert data["checked"] == {"files": 6, "runs": 3, "values": 1, "claims": 1}


def test_a_hostile_name_moves_no_cursor(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = project.root / "site" / "digits" / "versions" / "1" / "evidence" / "runs.jsonl"
    path.write_text("")
    assert run(["verify", "site/digits"]) == 4
    out = capsys.readouterr().out
    assert "\x1b[31m (" not in out
    assert r"\x1b[31m" in out


def test_nothing_there_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(tmp_path / "nowhere")]) == 2
    assert "site/PAPER" in capsys.readouterr().err
