"""`pressrun diff` as a user runs it: which versions it takes, and what it says of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.cli.main import run
from pressrun.facts import to_json
from pressrun.project import Project
from pressrun.publish.versions import publish

if TYPE_CHECKING:
    from pathlib import Path


def add(project: Project, number: float, prose: str) -> None:
    runs = pr.runs(
        [{"id": f"r{seed}", "name": f"r{seed}", "summary": {"acc": number + seed / 100}} for seed in range(3)]
    )
    facts: dict[str, Any] = {
        "paper": "digits",
        "values": [{**to_json(pr.value(runs, "acc").fact), "id": "v/1", "expression": "acc"}],
        "claims": [],
    }
    stage = project.root / "stage"
    stage.mkdir()
    notebook = {"cells": [{"id": "a", "cell_type": "markdown", "source": f"# Results\n{prose}"}], "nbformat": 4}
    (stage / "paper.ipynb").write_text(json.dumps(notebook))
    publish(project, "digits", stage, facts)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three versions of a paper."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pressrun.toml").write_text("")
    project = Project(tmp_path)
    add(project, 0.90, "It works.")
    add(project, 0.95, "It works well.")
    add(project, 0.95, "It works very well.")
    return project


@pytest.mark.usefixtures("project")
def test_the_two_newest_versions_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "digits"]) == 0
    out = capsys.readouterr().out
    assert "digits: version 2 → 3" in out
    assert "-It works well." in out
    assert "+It works very well." in out
    assert "acc" not in out


@pytest.mark.usefixtures("project")
def test_named_versions_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "digits", "1", "2"]) == 0
    out = capsys.readouterr().out
    assert "numbers" in out
    assert "acc (mean of acc): 0.910 → 0.960 because runs r0, r1 and r2 changed" in out


@pytest.mark.usefixtures("project")
def test_json_holds_every_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "papers/digits", "1", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["paper"], data["old"], data["new"]) == ("digits", 1, 3)
    assert [change["kind"] for change in data["changes"]] == ["value", "prose"]


@pytest.mark.usefixtures("project")
def test_a_version_is_the_same_as_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "digits", "2", "2"]) == 0
    assert "no claim, number, figure, run or word changed" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["letters"], "published here: digits"), (["digits", "1", "9"], "its versions: 1, 2, 3"), (["digits", "0"], "0")],
)
def test_what_was_not_published_is_a_usage_error(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_one_version_has_nothing_to_be_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    add(Project(tmp_path), 0.9, "x")
    assert run(["diff", "digits"]) == 2
    assert "no version before 1" in capsys.readouterr().err
