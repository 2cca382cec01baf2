"""Cited runs are sealed from where they are: their source, or the evidence of the version before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.facts import RunCite, to_json
from pressrun.project import Project
from pressrun.publish.evidence import collect, load, seal

if TYPE_CHECKING:
    from pathlib import Path


def record_runs(project: Project) -> None:
    for seed in range(3):
        with pr.start_run(name="svm", config={"model": "svm", "seed": seed}) as run:
            run.log({"val/acc": 0.9 + seed / 100}, step=1)
            run.summary["test/acc"] = 0.9 + seed / 100


def cite_all(project: Project) -> dict[str, Any]:
    runs = pr.runs("runs/")
    panel = {"kind": "curves", "metrics": ["val/acc"], "runs": [to_json(RunCite.of(run)) for run in runs]}
    return {"paper": "digits", "values": [to_json(pr.value(runs, "test/acc").fact)], "claims": [], "panels": [panel]}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pressrun.toml").write_text("")
    project = Project(tmp_path)
    record_runs(project)
    return project


def test_recorded_runs_are_collected_from_their_source(project: Project) -> None:
    facts = cite_all(project)
    manifest = seal(project.root / "evidence", collect(project, facts), facts)
    assert len(manifest["runs"]) == 3
    assert manifest["absent"] == []
    assert load(project.root / "evidence").runs.keys() == collect(project, facts).keys()


def test_what_a_source_lost_is_taken_from_the_evidence_before(project: Project) -> None:
    facts = cite_all(project)
    seal(project.root / "before", collect(project, facts), facts)
    shutil.rmtree(project.root / "runs")
    found = collect(project, facts, project.root / "before")
    assert seal(project.root / "after", found, facts)["absent"] == []
    for path in (project.root / "before").iterdir():
        assert path.read_bytes() == (project.root / "after" / path.name).read_bytes()


def test_what_is_gone_everywhere_is_named(project: Project) -> None:
    facts = cite_all(project)
    shutil.rmtree(project.root / "runs")
    absent = seal(project.root / "evidence", collect(project, facts), facts)["absent"]
    assert len(absent) == 3
    assert absent[0]["reason"] == "its source no longer has it as it was cited"
