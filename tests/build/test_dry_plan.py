"""What a build would run is said before it is begun, in the words in which the build says it afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
import pytest

from pressrun.build.build import survey
from pressrun.build.dry_plan import plan_paper
from pressrun.build.paper import Paper
from pressrun.project import Project
from pressrun.runs.pins import Mode

if TYPE_CHECKING:
    from tests.conftest import Study

    from pressrun.build.outcomes import CellResult
    from pressrun.build.reasons import Reason


def planned(study: Study, mode: Mode = Mode.KEEP) -> dict[str, tuple[Reason, ...]]:
    """Give the cells that a build would run, and why; making the plan changes nothing and starts nothing."""
    paper = Paper.load(study.root / "papers" / "demo", Project.find(study.root))
    before = study.publication | memory(study)
    children = psutil.Process().children(recursive=True)
    cells = plan_paper(paper, survey(paper), mode)
    assert psutil.Process().children(recursive=True) == children
    assert study.publication | memory(study) == before
    return executed(cells)


def memory(study: Study) -> dict[str, str]:
    """Give what is remembered of cells, file by file."""
    return {path.name: path.read_text() for path in (study.root / ".pressrun" / "cells").rglob("*.json")}


def executed(cells: tuple[CellResult, ...]) -> dict[str, tuple[Reason, ...]]:
    return {cell.id: cell.reasons for cell in cells if cell.outcome.word == "executed"}


@pytest.mark.slow
def test_a_build_runs_what_was_planned_for_the_reasons_that_were_given(study: Study) -> None:
    study.record("svm-0", 0.9, seed=0)
    cells = [
        "import pressrun as pr\nruns = pr.runs('runs/')",
        "md:Right in `{python} pr.value(runs, 'test/acc')` of cases.",
        "import model\nscale = model.scale()",
        "print('scaled', scale)",
        "print('alone')",
    ]
    study.paper(*cells)
    (study.root / "model.py").write_text("def scale():\n    return 2\n")
    time.sleep(1.1)  # what is written while it is read is read again
    plan = planned(study)
    assert {reason.kind for reasons in plan.values() for reason in reasons} == {"new"}
    assert plan == executed(study.built().cells)

    (study.root / "model.py").write_text("def scale():\n    return 3\n")
    plan = planned(study)
    assert {id_: [reason.said for reason in reasons] for id_, reasons in plan.items()} == {
        "c2": ["file model.py changed"],
        "c3": ["upstream cell 3 (scale)"],
    }
    assert plan == executed(study.built().cells)

    study.record("svm-1", 0.95, seed=1)
    assert planned(study) == {}
    plan = planned(study, Mode.UPDATE)
    assert [reason.said for reason in plan["c0"]] == ["run svm-1 added"]
    assert plan == executed(study.built(mode=Mode.UPDATE).cells)

    cells[4] = "print('alone again')"
    study.paper(*cells)
    plan = planned(study)
    assert [(id_, reasons[0].kind) for id_, reasons in plan.items()] == [("c4", "source")]
    assert plan == executed(study.built().cells)


def test_another_interpreter_is_a_reason_and_never_a_silent_one(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    study.paper("x = 1", "print(x)")
    study.built()
    assert planned(study) == {}
    monkeypatch.setattr("sys.executable", "/elsewhere/bin/python")
    assert {reasons[0].said for reasons in planned(study).values()} == {"interpreter: it is installed elsewhere"}


def test_parameters_are_planned_with_as_papermill_gives_them(study: Study) -> None:
    cells = ("print(size)", "print('alone')")
    study.paper(*cells, toml="[parameters]\nsize = 3\n")
    assert set(planned(study)) == set(executed(study.built().cells))
    study.paper(*cells, toml="[parameters]\nsize = 4\n")
    plan = planned(study)
    assert [reason.said for reason in plan["c0"]] == ["upstream cell 1 (size)"]
    assert "c1" not in plan
    assert plan == executed(study.built().cells)
