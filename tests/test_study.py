"""The main job from end to end, on the example paper's real experiments: record, build, record one more, contradict."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import pressrun as pr
from pressrun.errors import ExitCode

ROOT = Path(__file__).parent.parent
PRESSRUN = Path(sys.executable).parent / "pressrun"
SWEEP = ["papers/digits/experiments/sweep.py", "--seeds", "10"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own with the digits paper and half of its runs recorded."""
    folder = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "papers", folder / "papers", ignore=shutil.ignore_patterns("paper.lock", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    subprocess.run([sys.executable, *SWEEP], cwd=folder, check=True)
    return folder


def pressrun(folder: Path, *arguments: str) -> tuple[int, str]:
    environment = {**os.environ, "PATH": f"{PRESSRUN.parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run([str(PRESSRUN), *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout


def digests(folder: Path) -> dict[str, str]:
    """Every file under a folder with its content, links followed: what a reader of the site can see."""
    return {
        str(Path(parent, name).relative_to(folder)): hashlib.sha256(Path(parent, name).read_bytes()).hexdigest()
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
        if not name.endswith(".lock")
    }


def facts(folder: Path) -> dict[str, Any]:
    data = json.loads((folder / "site" / "digits" / "provenance.json").read_text("utf-8"))
    assert isinstance(data, dict)
    return data


def test_a_sweep_that_is_done_repeats_nothing(study: Path) -> None:
    again = subprocess.run([sys.executable, *SWEEP], cwd=study, check=True, capture_output=True, text=True)
    assert "120 runs wanted, 120 recorded, 0 to do" in again.stdout


def test_the_paper_publishes_with_honest_verdicts(study: Path) -> None:
    code, printed = pressrun(study, "build", "papers/digits", "--to", "html,pdf")
    assert code == ExitCode.DONE
    verdicts = [claim["verdict"] for claim in facts(study)["claims"]]
    assert len(verdicts) >= 5
    assert set(verdicts) == {"holds", "unresolved"}
    assert len(facts(study)["panels"]) >= 4
    for claim in facts(study)["claims"]:
        assert claim["statement"] in printed
    page = (study / "site" / "digits" / "index.html").read_text("utf-8")
    assert f"</span> {verdicts.count('holds')} hold</span>" in page
    assert (study / "site" / "digits" / "paper.pdf").read_bytes().startswith(b"%PDF")


def test_one_more_run_changes_exactly_what_cites_it(study: Path) -> None:
    before, site, lock = facts(study), digests(study / "site"), (study / "papers/digits/paper.lock").read_bytes()
    train = ["papers/digits/experiments/train.py", "--model", "svm", "--seed", "977"]
    code, _ = pressrun(study, "run", "--", sys.executable, *train)
    assert code == 0

    code, _ = pressrun(study, "build", "papers/digits", "--frozen")
    assert code == ExitCode.STALE
    assert digests(study / "site") == site
    assert (study / "papers/digits/paper.lock").read_bytes() == lock
    code, checked = pressrun(study, "check", "papers/digits")
    assert code == ExitCode.STALE
    assert "svm-1000-977" in checked

    # Without being told to, a build keeps to the lock and has nothing to do.
    code, _ = pressrun(study, "build", "papers/digits")
    assert code == ExitCode.DONE
    assert facts(study) == before

    code, printed = pressrun(study, "build", "papers/digits", "--update")
    assert code == ExitCode.DONE
    after = facts(study)
    new = {run["id"] for run in after["queries"][0]["runs"]} - {run["id"] for run in before["queries"][0]["runs"]}
    assert len(new) == 1
    old_values = {value["id"]: value for value in before["values"]}
    for value in after["values"]:
        cites_it = bool(new & {run["id"] for run in value["runs"]})
        same = (value["number"], value["n"]) == (old_values[value["id"]]["number"], old_values[value["id"]]["n"])
        assert same is not cites_it, value["expression"]
    old_text = next(value["text"] for value in before["values"] if value["expression"] == "svm_1000")
    new_text = next(value["text"] for value in after["values"] if value["expression"] == "svm_1000")
    assert f"{old_text} → {new_text} because run svm-1000-977 was added" in printed


def test_the_same_inputs_give_the_same_pdf(study: Path) -> None:
    before = (study / "site" / "digits" / "paper.pdf").read_bytes()
    code, _ = pressrun(study, "build", "papers/digits", "--force")
    assert code == ExitCode.DONE
    assert (study / "site" / "digits" / "paper.pdf").read_bytes() == before


def test_data_that_contradict_a_claim_are_said_everywhere(study: Path) -> None:
    config = {"model": "svm", "n_train": 1000}
    for seed in range(2000, 2030):
        with pr.start_run(
            name=f"svm-broken-{seed}", config={**config, "seed": seed}, tags={"study": "digits"}, folder=study / "runs"
        ) as run:
            run.summary.update({"test/acc": 0.1, "test/macro_f1": 0.1, "train/acc": 0.1, "val/acc": 0.1})

    code, printed = pressrun(study, "build", "papers/digits", "--update")

    assert code == ExitCode.CLAIM
    claim = next(claim for claim in facts(study)["claims"] if claim["label"] == "clm-svm-bound")
    assert claim["verdict"] == "fails"
    assert claim["statement"] in printed
    page = (study / "site" / "digits" / "index.html").read_text("utf-8")
    assert 'data-verdict="fails"' in page
    assert claim["reason"].split(",")[0] in page
    from pypdf import PdfReader

    pages = PdfReader(study / "site" / "digits" / "paper.pdf").pages
    assert "Fails" in " ".join(each.extract_text() for each in pages)

    code, junit = pressrun(study, "check", "papers/digits", "--format", "junit")
    assert code == ExitCode.CLAIM
    failures = [case for case in ElementTree.fromstring(junit).iter("testcase") if case.find("failure") is not None]
    assert any(claim["statement"] in (case.get("name") or "") for case in failures)
    assert any(claim["reason"] in ElementTree.tostring(case, "unicode") for case in failures)
