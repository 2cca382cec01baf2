"""A new paper begins with its author, the day, and what the project's own runs compare; and it builds as it is."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import yaml

from pressrun.cli.main import run
from pressrun.errors import ExitCode
from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from tests.conftest import Study

#: Two texts that would end a string, a cell, a link or a formula if anything believed them.
HOSTILE = (
    "a\"b'c\\\n#| echo: true\n`{python} 1/0` $x$ [@no] {{ title }} </script>",
    "*b* _c_ @fig-none ![x](y) 🎉\udcff\u202e",
)


@pytest.fixture
def study(study: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.chdir(study.root)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(study.root / "gitconfig"))
    return study


def begun(study: Study, *options: str, name: str = "first") -> Any:
    """Write a paper by the command, and give its notebook."""
    assert run(["new", name, *options]) == ExitCode.DONE
    notebook = nbformat.read(study.root / "papers" / name / "paper.ipynb", as_version=4)
    nbformat.validate(notebook)
    return notebook


def front(notebook: Any) -> dict[str, Any]:
    matter: dict[str, Any] = yaml.safe_load(notebook.cells[0].source.strip().strip("-"))
    return matter


def code(notebook: Any) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def record(study: Study, model: Any, values: tuple[float, ...], metric: str = "test/acc", *, steps: int = 0) -> None:
    for seed, value in enumerate(values):
        name, config = f"run-{seed}", {"model": model, "seed": seed}
        with start_run(name=name, config=config, folder=study.root / "runs", resources=False) as active:
            for step in range(steps):
                active.log({metric: value - 0.1 / (step + 1)}, step=step)
            active.summary[metric] = value


def verdicts(study: Study, name: str = "first") -> list[tuple[str, str]]:
    """Build a paper, which has to succeed, and give its claims with their verdicts."""
    study.built(name)
    facts = json.loads((study.root / "site" / name / "provenance.json").read_text("utf-8"))
    return [(claim["statement"], claim["verdict"]) for claim in facts["claims"]]


def test_a_paper_has_its_day_and_the_name_that_git_knows(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    before = datetime.now().astimezone().date()
    matter = front(begun(study, "--template", "article"))
    assert before <= matter["date"] <= datetime.now().astimezone().date()
    assert matter["authors"][0]["name"] == "Your name"

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    set_name = ["git", "config", "--global", "user.name", 'Ada: "{{ date }}" #1\n- x']
    subprocess.run(set_name, check=True)
    for template in ("article", "comparison"):
        matter = front(begun(study, "--template", template, "--title", "{{ author }}", name=template))
        assert matter["date"].isoformat() == "2023-11-14"
        assert matter["authors"][0]["name"] == 'Ada: "{{ date }}" #1 - x'
        assert matter["title"] == "{{ author }}"

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert run(["new", "third"]) == ExitCode.USAGE


@pytest.mark.slow
def test_a_comparison_begins_with_the_projects_own_runs(study: Study) -> None:
    record(study, "svm", (0.91, 0.93, 0.92), steps=4)
    record(study, "logreg", (0.81, 0.84, 0.82), steps=4)
    record(study, "forest", (0.71, 0.74, 0.72), steps=4)
    notebook = begun(study)
    assert "runs = pr.runs()\n" in code(notebook)
    assert 'groups["svm"], groups["logreg"]' in code(notebook)
    assert 'pr.curves(runs, "test/acc", group="config.model")' in code(notebook)
    assert verdicts(study) == [("svm has a higher test/acc than logreg.", "holds")]
    page = study.page("first")
    assert "svm reaches" in page
    assert "0.920" in page


@pytest.mark.slow
def test_what_is_less_is_better_where_the_metric_says_so_and_failed_runs_stay_outside(study: Study) -> None:
    record(study, 10, (0.3, 0.5, 0.4), "val/loss")
    record(study, 2.5, (0.31, 0.5, 0.41), "val/loss")
    with pytest.raises(ZeroDivisionError), start_run(config={"model": 3}, folder=study.root / "runs", resources=False):
        raise ZeroDivisionError
    notebook = begun(study)
    assert "runs = pr.runs(where=\"status == 'finished'\")\n" in code(notebook)
    assert "pr.curves" not in code(notebook)
    assert verdicts(study) == [("10 has a lower val/loss than 2.5.", "unresolved")]


@pytest.mark.slow
def test_names_that_hold_anything_are_texts_in_code_and_prose(study: Study) -> None:
    metric = "acc \"' \\ `{python} 1/0` $y$ {{ better }}\n%%bash"
    record(study, HOSTILE[0], (0.9, 0.91, 0.92), metric, steps=2)
    record(study, HOSTILE[1].replace("\udcff", ""), (0.8, 0.82, 0.81), metric, steps=2)
    begun(study)
    ((statement, verdict),) = verdicts(study)
    assert verdict == "holds"
    assert "\n" not in statement
    page = study.page("first")
    assert "*b* _c_ @fig-none" in page
    assert "<em>b</em>" not in page
    assert "![x](y)" in page


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [{"model": "a", "seed": 1, "size": 1}],
        [{"model": m, "size": n, "seed": s} for m in "ab" for n in (1, 2) for s in range(2)],
    ],
    ids=["none", "one", "crossed"],
)
def test_stand_ins_stay_where_the_runs_leave_it_open(study: Study, runs: list[dict[str, Any]]) -> None:
    for number, config in enumerate(runs):
        study.record(f"run-{number}", number / 10, **config)
    assert "Six recorded runs stand in" in code(begun(study))


def test_numbers_about_how_a_run_went_are_no_results(study: Study) -> None:
    record(study, "a", (10, 11), "wall_seconds")
    record(study, "b", (20, 21), "wall_seconds")
    assert "Six recorded runs stand in" in code(begun(study))
    (study.root / "pressrun.toml").write_text('[metrics.wall_seconds]\ndirection = "min"\ntitle = "time"\n')
    assert '"a has a lower time than b."' in code(begun(study, name="second"))


def test_a_source_that_cannot_be_read_keeps_nobody_from_beginning(study: Study) -> None:
    (study.root / "pressrun.toml").write_text('sources = ["mlflow:sqlite:///none.db", "nowhere/"]\n')
    assert "Six recorded runs stand in" in code(begun(study))
