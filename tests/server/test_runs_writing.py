"""Where-expressions as they are written in the table: completions at the cursor, queries for runs picked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pressrun.project import Project
from pressrun.server.runs.completion import complete
from pressrun.server.runs.register import Register
from pressrun.server.runs.selecting import select

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from pressrun.server.runs.register import State


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """Runs of a small grid, one of them with hostile texts."""
    from tests.conftest import Study

    study = Study(tmp_path_factory.mktemp("grid"))
    for model in ("svm", "logreg"):
        for c in (1, 10):
            for seed in (0, 1):
                study.record(model, 0.9, model=model, C=c, seed=seed, opt={"lr": 0.1}, fast=model == "svm")
    # One more with 10 than with 1: values are proposed by how many runs have them.
    study.record("svm", 0.9, model="svm", C=10, seed=2, opt={"lr": 0.1}, fast=True)
    study.record("o'hara", 0.5, model="it's", **{"batch size": 3})
    return Register(Project.find(study.root), ["runs/"])


def items(register: Register, text: str) -> dict[str, Any]:
    """Complete at `|`, and give the proposals' texts and what stands where one is taken."""
    position = text.index("|")
    where = text.replace("|", "")
    found = complete(register.now(), register.finder, where, position)
    texts = [item["text"] for item in found["items"]]
    taken = where[: found["from"]] + (texts[0] if texts else "") + where[found["to"] :]
    return {"texts": texts, "kinds": {item["kind"] for item in found["items"]}, "taken": taken, "error": found["error"]}


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("mod|", "config.model"),
        ("config.mo|", "config.model"),
        ("conf|ig.model == 'svm'", "config.model == 'svm'"),
        ("config['mo|", "config.model"),
        ("config['bat|", "config['batch size']"),
        ("acc|", "summary['test/acc']"),
        ("config.opt.|", "config.opt.lr"),
        ("config.model == 's|", "config.model == 'svm'"),
        ("config.model == 's|vm'", "config.model == 'svm'"),
        ("config.model == 's| and config.C == 'x'", "config.model == 'svm' and config.C == 'x'"),
        ("config.model == sv|", "config.model == 'svm'"),
        ('config.model == "it|', "config.model == 'it\\'s'"),
        ("config.model in ['svm', 'log|", "config.model in ['svm', 'logreg'"),
        ("config.C > 1|", "config.C > 1"),
        ("config.fast == |", "config.fast == True"),
        ("status == 'fin|", "status == 'finished'"),
        ("config.C == 1 an|", "config.C == 1 and"),
        ("config.model |", "config.model =="),
        ("not mod|", "not config.model"),
        ("(config.C == 1 or mod|", "(config.C == 1 or config.model"),
        ("contains(mod|", "contains(config.model"),
        ("contains(config.model, 'log|", "contains(config.model, 'logreg'"),
        ("exi|", "exists("),
        ("config.model n|", "config.model not in ["),
    ],
)
def test_a_proposal_is_taken_in_place_of_what_was_begun(register: Register, text: str, taken: str) -> None:
    assert items(register, text)["taken"] == taken


def test_operators_fit_what_stands_at_the_field(register: Register) -> None:
    assert items(register, "config.model |")["texts"] == ["==", "!=", "in [", "not in ["]
    assert items(register, "config.C |")["texts"][:6] == ["==", "!=", "<", "<=", ">", ">="]
    assert items(register, "config.fast |")["texts"] == ["==", "!="]
    assert items(register, "started |")["texts"] == ["<", "<=", ">", ">="]


def test_an_empty_field_proposes_all_that_can_begin_a_condition(register: Register) -> None:
    found = items(register, "|")
    assert found["kinds"] == {"field", "function", "operator"}
    assert {"config.model", "config.opt.lr", "name", "duration", "contains(", "not"} <= set(found["texts"])
    assert found["error"] is None


@pytest.mark.parametrize(
    "text", ["'", "))", "[[[", "config.", "config[", "== ==", "a b c", "\\", "1e", "é", "in in", "("]
)
def test_nothing_that_can_be_typed_is_too_odd(register: Register, text: str) -> None:
    for position in range(len(text) + 1):
        found = complete(register.now(), register.finder, text, position)
        assert 0 <= found["from"] <= position <= found["to"] <= len(text)
    complete(register.now(), register.finder, text, 10_000)


def keys(state: State, **config: Any) -> list[str]:
    return [
        key
        for key, run in zip(state.keys, state.runs, strict=True)
        if all(run.config.get(name) == value for name, value in config.items())
    ]


def test_what_the_expression_finds_is_that_expression(register: Register) -> None:
    state = register.now()
    where = "config.model == 'svm' and config.C > 5"
    assert select(state, register.finder, keys(state, model="svm", C=10), where) == {
        "where": where, "exact": True, "matched": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"model": "svm"}, "config.model == 'svm'"),
        ({"model": "svm", "C": 10}, "config.model == 'svm' and config.C == 10"),
        ({"C": 1}, "config.C == 1"),
        ({"opt": {"lr": 0.1}}, "config.opt.lr == 0.1"),
        ({"model": "it's"}, "config.model == 'it\\'s'"),
        ({}, ""),
    ],
)
def test_runs_that_share_what_they_are_are_found_by_it(register: Register, config: Any, where: str) -> None:
    state = register.now()
    found = select(state, register.finder, keys(state, **config), "config.seed == 99")
    assert found == {"where": where, "exact": True, "matched": len(keys(state, **config))}


def test_runs_that_nothing_short_tells_apart_are_found_by_name_or_id(register: Register) -> None:
    state = register.now()
    one = keys(state, model="svm", C=1, seed=0)
    odd = [*one, *keys(state, model="logreg", C=10, seed=1)]
    found = select(state, register.finder, odd, "")
    assert found["where"].startswith("id in [")
    assert (found["exact"], found["matched"]) == (True, 2)
    single = select(state, register.finder, one, "")
    assert single["exact"] is True


def test_names_that_are_those_runs_own_are_what_an_author_would_write(tmp_path: Path) -> None:
    from tests.conftest import Study

    study = Study(tmp_path)
    for number in range(6):
        study.record(f"run-{number}", 0.5, model="svm", width=number % 2)
    register = Register(Project.find(study.root), ["runs/"])
    state = register.now()
    chosen = [key for key, run in zip(state.keys, state.runs, strict=True) if run.name in ("run-1", "run-2")]
    assert select(state, register.finder, chosen, "")["where"] == "name in ['run-1', 'run-2']"
