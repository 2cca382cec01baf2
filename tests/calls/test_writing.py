"""Code that is written for a call is what an author types: short, formatted, and it does what the form shows."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pressrun.calls.call import Call, RunsQuery
from pressrun.calls.form import fields
from pressrun.calls.kinds import KINDS
from pressrun.calls.reading import read
from pressrun.calls.writing import write
from pressrun.errors import UsageError

SVM = RunsQuery(("runs/",), "config.model == 'svm'")

#: Calls of every kind, short and long, plain and hostile.
CALLS = {
    "curves": Call("curves", SVM, {"metric": "val/acc", "group": ["config.model"]}, "fig-acc", "Accuracy over steps"),
    "long": Call(
        "curves",
        RunsQuery(
            ("runs/", "mlflow:mlruns"), "config.model in ['svm', 'logreg', 'tree'] and summary['test/acc'] > 0.9"
        ),
        {
            "metric": "val/acc",
            "group": ["config.model", "config.learning_rate", "config.optimizer.name"],
            "smooth": 0.6,
            "log": True,
            "band": False,
            "baseline": "logreg",
            "title": "A title that is long enough to need a line of its own, and then some",
            "include": ["failed", "killed"],
        },
    ),
    "one line inside": Call(
        "curves",
        RunsQuery(),
        {"metric": "validation/accuracy of the ensemble", "group": ["config.model.name"], "title": "Twenty"},
    ),
    "table": Call("table", SVM, {"columns": ["config.C", "test/acc"], "baseline": "a\"b'c"}, "tbl-acc", "It's: so"),
    "compare": Call("compare", RunsQuery(("runs/",)), {"runs": ["svm-1", "logreg-1"]}),
    "code": Call("code", RunsQuery(), {"target": "train.py::fit"}, "lst-fit", "How it is fitted"),
    "code of a run": Call("code", RunsQuery(("runs/",)), {"target": "train.py::fit", "run": "svm-1"}),
    "code of the best": Call("code", SVM, {"target": "train.py::fit", "run": {"best": "test/acc"}}),
    "value": Call("value", SVM, {"metric": "test/acc", "aggregation": "median", "digits": 2}, name="acc"),
    "claim": Call(
        "greater",
        RunsQuery(("runs/",)),
        {
            "statement": "SVM beats logistic regression",
            "a": "config.model == 'svm'",
            "b": "config.model == 'logreg'",
            "metric": "test/acc",
            "level": 0.99,
        },
        "clm-better",
    ),
    "margin": Call(
        "equivalent",
        RunsQuery(),
        {"statement": "No difference", "a": "config.C == 1", "b": "config.C == 2", "metric": "f1", "margin": 0.01},
    ),
    "bound": Call("at_least", SVM, {"statement": "Good enough", "metric": "test/acc", "bound": 0.95}),
    "grouped": Call("curves", RunsQuery(("runs/",), "", ("config.model",)), {"metric": "val/acc"}),
    "hostile": Call(
        "curves",
        RunsQuery(('runs/"; import os; os.system("x") #',), 'name == \'a"""\\n\u202e\''),
        {"metric": "</script>\n\x00' \" \\", "baseline": "{x!r}"},
        "fig-a",
        "yes",
    ),
}


def test_a_panel_is_written_as_an_author_types_it() -> None:
    assert (
        write(CALLS["curves"])
        == """\
#| label: fig-acc
#| fig-cap: Accuracy over steps
import pressrun as pr

runs = pr.runs("runs/", where="config.model == 'svm'")
pr.curves(runs, "val/acc", group="config.model")"""
    )


def test_what_the_cells_above_have_is_used() -> None:
    above = ["import pressrun as pr", 'svm = pr.runs("runs/", where="config.model == \'svm\'")']
    assert write(CALLS["curves"], above).endswith(
        'Accuracy over steps\npr.curves(svm, "val/acc", group="config.model")'
    )


def test_runs_that_are_part_of_those_above_are_narrowed() -> None:
    above = ["import pressrun as pr\nruns = pr.runs('runs/')"]
    written = write(CALLS["claim"], above).splitlines()
    assert written[0] == "#| label: clm-better"
    assert written[1:] == [
        "pr.claim(",
        '    "SVM beats logistic regression",',
        "    pr.greater(",
        '        runs.where("config.model == \'svm\'"), runs.where("config.model == \'logreg\'"), "test/acc"',
        "    ),",
        "    level=0.99,",
        ")",
    ]
    assert 'runs.where("config.model == \'svm\'"), "val/acc"' in write(CALLS["curves"], above)


@pytest.mark.parametrize(
    "between",
    ["runs = runs[:3]", "for runs in []: pass", "def runs(): ...", "%%time\nruns = other()", "from x import y as runs"],
)
def test_a_variable_that_means_something_else_by_now_is_not_used(between: str) -> None:
    written = write(CALLS["curves"], ["import pressrun as pr\nruns = pr.runs('runs/')", between])
    assert "runs_2 = pr.runs(" in written
    assert "pr.curves(runs_2," in written


def test_an_import_of_one_function_is_enough() -> None:
    written = write(CALLS["code"], ["from pressrun import code as listing"])
    assert written.splitlines()[-1] == 'listing("train.py::fit")'
    assert "import" not in written


def test_a_package_of_another_name_is_no_obstacle() -> None:
    written = write(CALLS["code"], ["pr = 3"])
    assert written.endswith('import pressrun\n\npressrun.code("train.py::fit")')


@pytest.mark.parametrize("name", CALLS)
def test_written_code_is_formatted_and_says_what_the_form_said(name: str) -> None:
    call = CALLS[name]
    written = write(call)
    ruff = shutil.which("ruff") or Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [str(ruff), "format", "--isolated", "--line-length=100", "-"],
        input=written + "\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == written + "\n"
    back = read(written).call
    assert back.panel == call.panel
    assert back.runs == call.runs
    assert (back.label, back.caption) == (call.label, call.caption)
    form = {field.name: field for field in fields(call.panel)}
    changed = {k: v for k, v in back.arguments.items() if not form[k].is_default(v) or form[k].required}
    assert changed == dict(call.arguments)


def test_nothing_hostile_leaves_its_quotes() -> None:
    tree = ast.parse(write(CALLS["hostile"]))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert called == {"pr.runs", "pr.curves"}
    assert "\u202e" not in write(CALLS["hostile"])


def test_what_is_missing_is_named_by_its_field() -> None:
    with pytest.raises(UsageError, match="Metric is not filled in"):
        write(Call("curves", SVM, {}))
    with pytest.raises(UsageError, match="no argument 'colour'"):
        write(Call("curves", SVM, {"metric": "a", "colour": "red"}))
    with pytest.raises(UsageError, match="no panel 'pie'"):
        write(Call("pie"))


def test_every_parameter_of_every_kind_is_a_field_with_help() -> None:
    for name in KINDS:
        # A parameter without an entry in the table of kinds is a KeyError here.
        for field in fields(name):
            assert field.help, f"{name}: {field.name} has no help"
            assert field.title, f"{name}: {field.name} has no title"
