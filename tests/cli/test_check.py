"""`pressrun check`: claims judged again and staleness, in every format, without executing or publishing anything."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from pressrun.cli.check import github, junit

if TYPE_CHECKING:
    from tests.conftest import Study

HOSTILE = "a<b>&\"'\x00\x1b[31m]]>\n::error::x,y:z%"


@pytest.fixture
def published(study: Study) -> Study:
    for seed, accuracy in enumerate((0.91, 0.93, 0.92)):
        study.record(f"svm-{seed}", accuracy, seed=seed)
    study.paper(
        "import pressrun as pr\nruns = pr.runs('runs/')",
        "#| label: clm-good\npr.claim('it is good', pr.at_least(runs, 'test/acc', 0.5))",
    )
    study.built()
    return study


def test_everything_stands_then_runs_move_on_then_evidence_is_gone(published: Study) -> None:
    before = published.publication
    done = published.command("check")
    assert done.returncode == 0, done.stderr
    assert "demo: current, version 1" in done.stdout

    published.record("svm-3", 0.94, seed=3)
    done = published.command("check", "--json")
    (document,) = json.loads(done.stdout)["papers"]
    assert done.returncode == 4
    assert document["stale"] == [{"what": "query runs/", "reason": "1 run new: svm-3"}]
    assert document["claims"][0]["verdict"] == "holds"
    assert "outputs" not in document

    # Claims go before staleness.
    for run in (published.root / "runs").glob("*-svm-*"):
        shutil.rmtree(run)
    done = published.command("check", "--format", "junit")
    assert done.returncode == 1
    suite = ElementTree.fromstring(done.stdout.encode())[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "unsupported"

    done = published.command("check", "--format", "github")
    assert "::error file=papers/demo/paper.ipynb,title=it is good%3A unsupported::" in done.stdout
    assert "title=demo is stale::" in done.stdout
    assert published.publication == before


def test_an_unpublished_paper_is_stale_and_a_broken_one_an_error(study: Study) -> None:
    study.paper("1", name="new")
    done = study.command("check")
    assert done.returncode == 4
    assert "paper: was never published" in done.stdout
    (study.paper("1", name="broken")).write_text("{")
    done = study.command("check", "--format", "github")
    assert done.returncode == 2
    assert "broken cannot be checked" in done.stdout


def document(verdict: str) -> dict[str, object]:
    claim = {"id": "c/1", "label": "", "statement": HOSTILE, "verdict": verdict, "reason": HOSTILE}
    return {"paper": "demo", "claims": [claim], "stale": [{"what": HOSTILE, "reason": HOSTILE}]}


@pytest.mark.parametrize(
    ("verdict", "kind"), [("holds", "system-out"), ("unresolved", "system-out"), ("fails", "failure")]
)
def test_junit_is_valid_xml_whatever_runs_are_called(verdict: str, kind: str) -> None:
    suite = ElementTree.fromstring(junit([document(verdict)]).encode())[0]
    claim, state = suite.findall("testcase")
    assert claim.find(kind) is not None
    assert "a<b>&\"'��[31m]]>" in (claim.get("name") or "")
    assert state.find("error") is not None


def test_an_annotation_is_one_line_whatever_runs_are_called(published: Study) -> None:
    from pressrun.build.paper import Paper
    from pressrun.project import Project

    papers = Paper.find([], Project.find(published.root))
    lines = list(github([document("fails")], papers))
    assert len(lines) == 2
    assert all("\n" not in line and line.count("::") >= 2 for line in lines)
    assert lines[0].startswith("::error file=papers/demo/paper.ipynb,title=a<b>")
    assert "%0A%3A%3Aerror%3A%3Ax%2Cy%3Az%25" in lines[0]
