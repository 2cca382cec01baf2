"""What changed between two builds, in the words of the paper: which number, because of which run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.facts import QueryFact, RunCite, query_id, to_json
from pressrun.review.compare import Change, ChangeKind, changes, prose_changes, run_changes

if TYPE_CHECKING:
    from pressrun.records import Run
    from pressrun.runs.runset import RunSet

BASE = {"svm": [0.97, 0.98, 0.975, 0.981], "knn": [0.95, 0.955, 0.953, 0.951]}


def runs_of(numbers: dict[str, list[float]] | None = None, **ids: str) -> RunSet:
    records = []
    for model, values in (numbers or BASE).items():
        for seed, value in enumerate(values):
            name, config = f"{model}-{seed}", {"model": model, "seed": seed}
            run_id = ids.get(f"{model}_{seed}", name)
            records.append({"id": run_id, "name": name, "config": config, "summary": {"acc": value}})
    return pr.runs(records)


def facts(runs: RunSet, **more: Any) -> dict[str, Any]:
    svm, knn = runs.where("config.model == 'svm'"), runs.where("config.model == 'knn'")
    claim = pr.claim("SVM beats kNN", pr.greater(svm, knn, "acc"))
    where = "config.model == 'svm'"
    query = QueryFact(query_id(["runs/"], where), ("runs/",), where, tuple(RunCite.of(r) for r in svm), True)
    return {
        "schema": 1,
        "paper": "digits",
        "inputs": {"train.py": "sha256:1"},
        "values": [{**to_json(pr.value(svm, "acc").fact), "id": "c1/1", "cell": "c1", "expression": "acc"}],
        "claims": [{**to_json(claim.fact), "id": "c2/1", "cell": "c2", "label": "clm-svm"}],
        "panels": [
            {
                "id": "c3/1",
                "cell": "c3",
                "kind": "curves",
                "label": "fig-acc",
                "title": "Accuracy",
                "metrics": ["acc"],
                "runs": [to_json(RunCite.of(run)) for run in runs],
                "data": f"sha256:{[run.digest for run in runs]}",
            }
        ],
        "queries": [to_json(query)],
        **more,
    }


def by_kind(found: tuple[Change, ...]) -> dict[str, Change]:
    assert len({change.kind for change in found}) == len(found)
    return {change.kind.word: change for change in found}


def cite(run: Run) -> dict[str, Any]:
    return to_json(RunCite.of(run))


def test_nothing_changed() -> None:
    assert changes(facts(runs_of()), facts(runs_of())) == ()


def test_a_new_run_of_the_same_name_changes_number_claim_and_figure_and_is_the_reason() -> None:
    after = runs_of(BASE | {"svm": [0.93, 0.98, 0.975, 0.981]}, svm_0="rerun")
    found = by_kind(changes(facts(runs_of()), facts(after)))
    reason = "run svm-0 (svm-0 → rerun) was replaced"
    assert found["value"].what == "acc (mean of acc)"
    assert (found["value"].old, found["value"].new) == ("0.9765", "0.967")
    assert found["value"].because == (reason,)
    assert found["value"].text == f"value acc (mean of acc): 0.9765 → 0.967 because {reason}"
    assert found["claim"].what == "clm-svm"
    assert found["claim"].because == (reason,)
    assert found["panel"].what == "fig-acc"
    assert found["query"].because == (reason,)


def test_a_claim_that_stops_holding_says_from_what_to_what_and_why() -> None:
    after = runs_of(BASE | {"knn": [0.99, 0.991, 0.992, 0.993]})
    claim = by_kind(changes(facts(runs_of()), facts(after)))["claim"]
    assert claim.old.startswith("holds (")
    assert claim.new.startswith("fails (")
    assert claim.because == ("runs knn-0, knn-1, knn-2 and knn-3 changed",)


def test_more_runs_and_the_same_verdict_still_change_the_statistics() -> None:
    after = runs_of({model: [*values, values[0]] for model, values in BASE.items()})
    claim = by_kind(changes(facts(runs_of()), facts(after)))["claim"]
    assert claim.old.startswith("holds, 0.0")
    assert "n = 5" in claim.new
    assert claim.because == ("runs svm-4 and knn-4 were added",)


def test_a_number_whose_runs_are_gone_says_so() -> None:
    before = runs_of()
    gone = before.only([pr.Run(r.id, r.name, r.source, pr.Status.DELETED) for r in before if r.name != "knn-0"])
    old, new = facts(before), facts(before)
    new["values"] = [{**old["values"][0], **to_json(pr.value(gone.runs[:4], "acc").fact)}]
    (value,) = changes(old, new)
    assert value.new.startswith("n/a (missing: ")
    assert value.because == ("runs svm-0, svm-1, svm-2 and svm-3 are gone",)


def test_a_change_beyond_the_printed_digits_is_told_apart() -> None:
    old = facts(runs_of())
    new = json.loads(json.dumps(old))
    new["values"][0]["number"] += 1e-9
    (value,) = changes(old, new)
    assert value.old != value.new


def test_numbers_claims_and_figures_come_and_go() -> None:
    empty: dict[str, list[Any]] = {"values": [], "claims": [], "panels": [], "queries": []}
    full = facts(runs_of())
    added = by_kind(changes(full | empty, full))
    assert set(added) == {"claim", "value", "panel", "query"}
    assert all(change.old == "" and ": new: " in change.text for change in added.values())
    gone = by_kind(changes(full, full | empty))
    assert all(change.new == "" and "gone, was" in change.text for change in gone.values())


def test_facts_whose_cell_was_moved_or_written_anew_are_recognised() -> None:
    old = facts(runs_of())
    new = json.loads(json.dumps(old))
    for kind in ("values", "claims", "panels"):
        for fact in new[kind]:
            fact |= {"id": f"other-{fact['id']}", "cell": "other"}
    assert changes(old, new) == ()


def test_two_numbers_of_one_cell_are_not_confused() -> None:
    runs = runs_of()
    fact = to_json(pr.value(runs, "acc").fact)
    least = to_json(pr.value(runs, "acc", "min").fact)
    old = {"values": [{**fact, "id": "c/1", "expression": "a"}, {**least, "id": "c/2", "expression": "b"}]}
    new = {"values": [{**least, "id": "c/1", "expression": "b"}, {**fact, "id": "c/2", "expression": "a"}]}
    assert changes(old, new) == ()


def test_a_changed_input_is_the_reason_where_the_runs_are_the_same() -> None:
    old, new = facts(runs_of()), facts(runs_of(), inputs={"train.py": "sha256:2", "plot.py": "sha256:3"})
    new["panels"][0]["data"] = "sha256:other"
    panel, *inputs = changes(old, new)
    assert panel.because == ("plot.py is read", "train.py changed")
    assert [change.what for change in inputs] == ["plot.py", "train.py"]


def test_many_runs_are_counted_and_not_listed() -> None:
    after = [{"id": f"r{n}", "name": f"r{n}", "source": "s", "digest": "d", "status": "finished"} for n in range(9)]
    assert run_changes([], after) == ("9 runs were added",)
    assert run_changes(after, []) == ("9 runs were removed",)


def test_a_run_that_is_gone_is_not_called_new() -> None:
    run = next(iter(runs_of()))
    gone = cite(run) | {"status": "deleted"}
    assert run_changes([], [gone]) == (f"run {run.name} is gone",)
    assert run_changes([gone], [gone]) == ()


def test_runs_that_share_a_name_are_not_called_replaced() -> None:
    cites = [cite(run) | {"name": "same"} for run in runs_of()]
    found = run_changes(cites[:2], cites[2:4])
    assert found == ("runs same and same were added", "runs same and same were removed")


def notebook(*cells: tuple[str, str, str]) -> dict[str, Any]:
    return {"cells": [{"id": i, "cell_type": kind, "source": source} for i, kind, source in cells]}


def test_prose_and_code_are_compared_cell_by_cell() -> None:
    old = notebook(("a", "markdown", "# Results\nIt is good.\n"), ("b", "code", "x = 1"), ("c", "markdown", "old"))
    new = notebook(("a", "markdown", "# Results\nIt is better.\n"), ("b", "code", "x = 2"), ("d", "markdown", "new"))
    found = prose_changes(old, new)
    assert [(c.kind, c.what) for c in found] == [
        (ChangeKind.PROSE, "“Results”"),
        (ChangeKind.CODE, "“x = 1”".replace("1", "2")),
        (ChangeKind.PROSE, "“new”"),
        (ChangeKind.PROSE, "“old”"),
    ]
    assert found[0].lines == ("-It is good.", "+It is better.")
    assert found[0].text == "prose “Results”: +1 −1 lines"


def test_moved_cells_and_outputs_are_no_change_of_prose() -> None:
    old = notebook(("a", "markdown", "one"), ("b", "code", "two"))
    new = notebook(("b", "code", "two"), ("a", "markdown", "one"))
    new["cells"][0]["outputs"] = [{"output_type": "stream", "text": "x"}]
    assert prose_changes(old, new) == ()


def test_sources_may_be_lists_of_lines_and_ids_may_be_missing() -> None:
    old = {"cells": [{"cell_type": "code", "source": ["#| label: fig-a\n", "plot()"]}]}
    new = {"cells": [{"cell_type": "code", "source": "#| label: fig-a\nplot(2)"}]}
    (change,) = prose_changes(old, new)
    assert change.what == "fig-a"


@pytest.mark.parametrize("missing", ["values", "claims", "panels", "queries", "inputs"])
def test_a_fact_file_without_a_part_is_read(missing: str) -> None:
    full = facts(runs_of())
    assert changes({k: v for k, v in full.items() if k != missing}, full)


def test_a_change_is_json_with_its_line() -> None:
    (change, *_) = changes(facts(runs_of()), facts(runs_of(BASE | {"svm": [0.9, 0.91, 0.92, 0.93]})))
    data = json.loads(json.dumps(change.to_json()))
    assert set(data) == {"kind", "what", "old", "new", "because", "text"}


def test_a_thousand_numbers_are_compared_without_comparing_each_with_each() -> None:
    import time

    fact = facts(runs_of())["values"][0]
    old = {"values": [{**fact, "id": f"c/{n}", "expression": f"v{n}"} for n in range(1000)]}
    new = {"values": [{**fact, "id": f"d/{n}", "expression": f"v{n}", "text": "x"} for n in reversed(range(1000))]}
    begin = time.perf_counter()
    assert len(changes(old, new)) == 1000
    assert time.perf_counter() - begin < 10, "facts are matched in quadratic time"
