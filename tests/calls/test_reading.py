"""Code is read by its syntax alone; what a form cannot show is named, and what it does not understand stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pressrun.calls.call import Call, RunsQuery
from pressrun.calls.reading import read
from pressrun.calls.rewriting import rewrite
from pressrun.calls.scope import UnreadableError
from pressrun.errors import UsageError

CELL = """\
#| label: fig-acc
#| fig-cap: >-
#|   Accuracy over
#|   steps
#| code-fold: true
import pressrun as pr  # ours
%matplotlib inline

# Only the finished ones count.
runs = pr.runs("runs/", where="config.model == 'svm'")
n = len([1, 2])  # kept
pr.curves(runs, "val/acc", group="config.model")
"""


def changed(call: Call, **arguments: object) -> Call:
    return replace(call, arguments={**call.arguments, **arguments})


def test_a_call_is_read_with_its_runs_label_and_caption() -> None:
    call = read(CELL).call
    assert call == Call(
        "curves",
        RunsQuery(("runs/",), "config.model == 'svm'"),
        {"metric": "val/acc", "group": ["config.model"]},
        "fig-acc",
        "Accuracy over steps",
        variable="runs",
    )
    assert Call.from_json(call.to_json()) == call


def test_only_what_the_form_changed_is_changed() -> None:
    call = changed(read(CELL).call, group=["config.C"], log=True)
    assert rewrite(call, CELL) == CELL.replace('group="config.model")', 'group="config.C", log=True)')
    assert rewrite(read(CELL).call, CELL) == CELL


def test_another_query_is_written_where_the_old_one_stood() -> None:
    call = replace(read(CELL).call, runs=RunsQuery(("runs/",), "config.C > 1"))
    assert rewrite(call, CELL) == CELL.replace("config.model == 'svm'", "config.C > 1")


def test_a_query_of_another_cell_is_not_changed_but_narrowed() -> None:
    above = ["import pressrun as pr", "runs = pr.runs()"]
    cell = "pr.curves(runs, 'val/acc')"
    call = replace(read(cell, above).call, runs=RunsQuery((), "config.C > 1"))
    assert rewrite(call, cell, above) == "pr.curves(runs.where(\"config.C > 1\"), 'val/acc')"


def test_a_caption_over_several_lines_is_replaced_as_one() -> None:
    call = replace(read(CELL).call, caption="Accuracy: better", label="fig-better")
    head = rewrite(call, CELL).splitlines()[:4]
    assert head == [
        "#| label: fig-better",
        '#| fig-cap: "Accuracy: better"',
        "#| code-fold: true",
        "import pressrun as pr  # ours",
    ]
    bare = rewrite(replace(call, caption="", label=""), CELL)
    assert bare.startswith("#| code-fold: true\nimport")


def test_a_label_is_added_to_a_cell_without_options() -> None:
    cell = "import pressrun as pr\n\npr.code('train.py')"
    call = replace(read(cell).call, label="lst-train", caption="Training")
    assert rewrite(call, cell) == "#| label: lst-train\n#| lst-cap: Training\n" + cell


def test_comments_between_arguments_stay() -> None:
    cell = """\
pr.curves(
    pr.runs("runs/"),  # all of them
    "val/acc",
    # by model, not by seed
    group="config.model",
    smooth=0.3,  # TensorBoard's
)"""
    call = changed(read(cell).call, group=["config.C"], smooth=0.0)
    lines = rewrite(call, cell).splitlines()
    assert lines[:5] == [*cell.splitlines()[:4], '    group="config.C",']
    more = changed(read(cell).call, log=True, smooth=0.0)
    assert "    log=True,  # TensorBoard's\n)" in rewrite(more, cell)
    assert "    smooth=0.3,  # TensorBoard's\n    log=True,\n)" in rewrite(changed(read(cell).call, log=True), cell)
    for one in (call, more):
        for comment in ("# all of them", "# by model, not by seed"):
            assert comment in rewrite(one, cell)
        assert read(rewrite(one, cell)).call.arguments == {
            name: value for name, value in one.arguments.items() if name != "smooth"
        }


def test_a_claim_is_read_with_the_parts_that_it_compares() -> None:
    cell = (
        "runs = pr.runs()\n"
        "svm = runs.where(\"config.model == 'svm'\")\n"
        "claim = pr.claim('SVM wins', pr.greater(svm, runs.where(\"config.model == 'lr'\"), 'acc'), level=0.9)"
    )
    call = read(cell).call
    assert call.panel == "greater"
    assert call.runs == RunsQuery()
    assert call.arguments == {
        "statement": "SVM wins",
        "a": "config.model == 'svm'",
        "b": "config.model == 'lr'",
        "metric": "acc",
        "level": 0.9,
    }
    assert call.name == "claim"
    assert rewrite(changed(call, level=0.95), cell).endswith("'lr'\"), 'acc'))")


def test_text_beyond_ascii_keeps_its_place() -> None:
    cell = "größe = 'é'; pr.curves(pr.runs('Läufe/'), 'val/µ')  # çok"
    assert rewrite(changed(read(cell).call, log=True), cell) == (
        "größe = 'é'; pr.curves(pr.runs('Läufe/'), 'val/µ', log=True)  # çok"
    )


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("x = 1", "calls no panel"),
        ("%%time\npr.curves(pr.runs(), 'a')", "magic"),
        ("pr.curves(pr.runs(, 'a')", "line 1 is not Python"),
        ("pr.curves(frame, 'a')", "what frame holds"),
        ("pr.curves(load()['x'], 'a')", "not a query of runs"),
        ("pr.curves(pr.runs(where=f'config.C == {c}'), 'a')", "is computed"),
        ("pr.curves(pr.runs(), metric)", "metric=metric is computed"),
        ("pr.curves(*args)", r"by \* or \*\*"),
        ("pr.curves(pr.runs(), 'a', colour='red')", "colour"),
        ("pr.curves(pr.runs(), 'a'); pr.curves(pr.runs(), 'b'), pr.table(pr.runs(), 'b')", "2 panels"),
        ("pr.claim('x', evidence)", "not written out"),
        ("pr.code('a.py', project='..')", "project"),
        ("pr.curves(pr.runs([{'name': 'a'}]), 'a')", "is computed"),
        ("pr.curves(" + "(" * 5000 + "1" + ")" * 5000 + ")", "Python"),
    ],
)
def test_what_a_form_cannot_show_is_said(cell: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(cell)
    call = Call("curves", RunsQuery(), {"metric": "a"})
    with pytest.raises(UsageError, match="cannot be changed by form"):
        rewrite(call, cell)


def test_nothing_of_the_code_is_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    mark = tmp_path_factory.mktemp("x") / "ran"
    cell = f"pr.curves(pr.runs(), (open({str(mark)!r}, 'w'), 'a')[1])"
    with pytest.raises(UnreadableError):
        read(cell, [f"open({str(mark)!r}, 'w')"])
    assert not mark.exists()
