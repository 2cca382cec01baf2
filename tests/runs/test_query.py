"""Where-expressions: what they find, what they refuse and where they point, and that no text does anything else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.errors import PressrunWarning, QueryError
from pressrun.records import Run, Status
from pressrun.runs.address import Address
from pressrun.runs.query import Query
from pressrun.runs.query_parser import DEEPEST, parse
from pressrun.runs.query_tokens import LONGEST
from pressrun.runs.query_tree import And, Call, Compare, Expression, ListOf, Literal, Member, Not, Or, Place, render

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def run(name: str = "svm-1", **fields: Any) -> Run:
    given = {"status": Status.FINISHED, "source": "runs/", **fields}
    return Run(id=name, name=name, **given)


RUN = run(
    config={"model": "svm", "C": 10, "lr": 1e-3, "opt": {"lr": 0.5}, "a.b": 1, "flag": True, "text": "10", "none": None}
    | {"layers": [64, 32], "batch size": 8, "quote'\"\\": 1},
    summary={"test/acc": 0.98, "loss": math.nan, "big": math.inf},
    tags={"stage": "final"},
    started=1767312000.0,  # 2026-01-02T00:00Z
    ended=1767315600.0,
)


@pytest.mark.parametrize(
    "text",
    [
        "config.model == 'svm' and summary['test/acc'] > 0.9",
        'config.model == "svm"',
        "config.C == 10",
        "config.C == 10.0",
        "config.C == 1e1",
        "config.lr <= 1e-3",
        "config.opt.lr == .5",
        "config['opt']['lr'] == 0.5",
        "config.a.b == 1",
        "config['a.b'] == 1",
        "config['batch size'] == 8",
        "config['quote\\'\\\"\\\\'] == 1",
        "config.flag",
        "config.flag == true",
        "not config.flag == False",
        "config.model in ['svm', 'logreg']",
        "config.model in ('svm',)",
        "config.model not in ['logreg']",
        "config.missing not in [1, 2]",
        "64 in config.layers",
        "contains(config.layers, 32)",
        "config.layers == [64, 32]",
        "'lr' in config.opt",
        "contains(name, 'vm-')",
        "startswith(name, 'svm')",
        "endswith(name, '-1')",
        "exists(summary['test/acc'])",
        "not exists(summary.acc)",
        "not exists(config.none)",
        "config.none == None",
        "config.missing == null",
        "config.C != None",
        "isnan(summary.loss)",
        "1 < config.C < 11",
        "1 < config.C <= 10 < 12",
        "status == 'finished'",
        "tags.stage == 'final'",
        "id == 'svm-1' and source == 'runs/'",
        "started >= '2026-01-02'",
        "started < '2026-01-02T00:00:01Z'",
        "'2026-01-01' < started < '2026-01-03'",
        "started == '2026-01-02T02:00+02:00'",
        "duration == 3600",
        "summary.big > 1e300 and summary.big == inf",
        "config.C > -1 and config.C > -inf",
        "(config.C == 10 or config.C == 11) and (config.model == 'svm')",
        "config.C == 1 or config.C == 2 or not (config.C == 3)",
        "config.C == 10 OR config.C == 11 AND NOT config.C IN [1]",
        "config.model == '\\u0073vm'",
        "",
        "  \n ",
    ],
)
def test_an_expression_finds_the_run(text: str) -> None:
    assert Query.parse(text).matches(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "config.C == '10'",
        "config.text == 10",
        "config.flag == 1",
        "config.missing > 0",
        "config.missing < 0",
        "config.missing <= 0 or config.missing >= 0",
        "summary.loss == nan",
        "summary.loss != nan",
        "summary.loss != 3",
        "summary.loss not in [3]",
        "summary.loss < 1 or summary.loss >= 1",
        "config.model > 3",
        "config.none > 0",
        "config.none == 0",
        "config.missing == 0",
        "config.missing == False",
        "config['opt.lr.x'] == 1",
        "config.model",
        "contains(config.C, '1')",
        "started > '2026-01-02'",
        "config.opt == 0.5",
    ],
)
def test_an_expression_does_not_find_the_run(text: str) -> None:
    assert not Query.parse(text).matches(RUN)


@pytest.mark.parametrize(
    ("text", "at", "hint"),
    [
        ("config.C = 10", "=", "=="),
        ("config.C == 1 && config.C == 2", "&&", "and"),
        ("config.C == 1 || config.C == 2", "||", "or"),
        ("!config.flag", "!", "not"),
        ("config.C <> 3", "<>", "!="),
        ("config.C === 3", "===", "=="),
        ("config.C ≤ 3", "≤", "<="),
        ("config.model == 'svm", "'svm", "close it with '"),
        ("config.model == ‘svm’", "‘", "straight quotes"),
        ("(config.C == 1", "(", "close it with )"),
        ("config.C == 1)", ")", "take it away"),
        ("config['C == 1", "'C == 1", "close it"),
        ("config['C' == 1", "==", "close the bracket"),
        ("config.model in ['svm'", "[", "close it with ]"),
        ("nmae == 'x'", "nmae", "did you mean name?"),
        ("cofnig.C == 1", "cofnig", "did you mean config.C?"),
        ("params.C == 1", "params", "write config.C"),
        ("metrics.acc > 1", "metrics", "write summary.acc"),
        ("lr > 1", "lr", "config.lr"),
        ("config.model == svm", "svm", "a text goes in quotes: 'svm'"),
        ("config == 1", "config", "config.x"),
        ("name.x == 1", "name.x", "write name"),
        ("summary.test/acc > 0.9", "/", "summary['test/acc']"),
        ("config.a-b > 1", "-", "config['a-b']"),
        ("config.a + 1 > 2", "+", "no arithmetic"),
        ("config.C >", "", "here stands a value"),
        ("config.C == 1 config.C == 2", "config", "and, or"),
        ("config.C is None", "is", "=="),
        ("name like 'x'", "like", "contains"),
        ("contain(name, 'x')", "contain", "did you mean contains?"),
        ("contains(name)", "contains(name)", "contains(name, 'text')"),
        ("exists('x')", "exists('x')", "exists(summary['test/acc'])"),
        ("config.model in 'svm'", "'svm'", "['svm', 'logreg']"),
        ("config.C in [config.D]", "config", "values"),
        ("config.C == 10x", "10x", "numbers"),
        (r"name == 'a\qb'", r"\q", "backslash"),
        (r"name == '\ud800'", r"\ud800", ""),
        ("started > 'yesterday'", "'yesterday'", "2026-01-31"),
        ("__import__('os').system('x')", "__import__", "there are contains"),
        ("config.C == 1; import os", ";", "brackets"),
        ("config.0 == 1", ".0", "brackets: config['0']"),
    ],
)
def test_an_error_points_at_the_place_and_says_what_to_write(text: str, at: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse(text)
    error = caught.value
    assert text[error.start : error.end] == at if at else error.start == len(text)
    assert hint in error.hint
    lines = str(error).splitlines()
    assert lines[1] == f"    {text}"
    assert lines[2].index("^") - 4 == error.start


def test_too_long_and_too_deep_are_refused_without_a_crash() -> None:
    with pytest.raises(QueryError, match="characters long"):
        Query.parse("(" * (LONGEST + 1))
    with pytest.raises(QueryError, match="levels"):
        Query.parse("(" * 4000 + "1" + ")" * 4000)
    with pytest.raises(QueryError, match="levels"):
        Query.parse("not " * 2000 + "config.x")
    with pytest.raises(QueryError):
        Query.parse("[" * 4000)
    deep = "(" * DEEPEST + "config.flag" + ")" * DEEPEST
    assert Query.parse(deep).matches(RUN)
    assert Query.parse(" or ".join(["config.flag"] * 600)).matches(RUN)
    with pytest.raises(QueryError, match="number has"):
        Query.parse("config.x == " + "9" * 5000)


def problems(text: str, runs: Sequence[Run]) -> list[str]:
    return [problem.reason for problem in Query.parse(text).select(runs).problems]


def test_an_entry_that_no_run_has_names_the_nearest_and_warns() -> None:
    answer = Query.parse("config.modle == 'svm'").select([RUN])
    assert answer.runs == ()
    assert answer.problems[0].reason == "no run has config.modle; did you mean config.model?"
    with pytest.warns(PressrunWarning, match="did you mean config.model"):
        answer.warn()


def test_a_metric_that_no_run_has_names_the_nearest_with_its_brackets() -> None:
    assert "summary['test/acc']" in problems("summary['test/ac'] > 1", [RUN])[0]


def test_runs_without_a_number_are_counted() -> None:
    runs = [run("a", summary={"acc": 1}), run("b"), run("c")]
    assert problems("summary.acc > 0.5", runs) == ["2 runs have no summary.acc"]


def test_a_number_asked_for_as_text_and_a_text_as_number_give_a_hint() -> None:
    assert "write config.C == 10, without quotes" in problems("config.C == '10'", [RUN])[1]
    assert "write config.text == '10'" in problems("config.text == 10", [RUN])[1]
    assert "write config.flag == True" in problems("config.flag == 1", [RUN])[1]


def test_nan_is_counted() -> None:
    assert "isnan(summary.loss)" in problems("summary.loss < 1", [RUN])[1]


def test_a_word_that_is_no_status_is_named() -> None:
    assert any("'done' is no status" in p for p in problems("status == 'done'", [RUN]))


def test_nothing_found_says_so() -> None:
    assert problems("config.C == 11", [RUN]) == ["no run of 1 matches config.C == 11"]
    assert problems("config.C == 11", []) == []


def test_a_clean_answer_has_no_problems() -> None:
    assert problems("config.C == 10 and summary['test/acc'] > 0.9 and config.model != 'x'", [RUN]) == []


# What the language can say, as trees.
literals = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(min_value=-(10**300), max_value=10**300),
    st.floats(allow_nan=False),
    st.just(math.nan),
    st.text(),
).map(Literal)
keys = st.one_of(st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,8}", fullmatch=True), st.text(max_size=8))
places = st.one_of(
    st.sampled_from(["id", "name", "source", "status", "seed", "duration"]).map(lambda root: Place(Address(root))),
    st.builds(
        lambda root, names: Place(Address(root, tuple(names))),
        st.sampled_from(["config", "summary", "tags"]),
        st.lists(keys, min_size=1, max_size=3),
    ),
)
lists = st.lists(literals, max_size=4).map(lambda items: ListOf(tuple(items)))


def deeper(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    pairs = st.lists(st.tuples(signs, inner), min_size=1, max_size=3).map(tuple)
    many = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Compare, inner, pairs),
        st.builds(Member, inner, st.one_of(lists, places), st.booleans()),
        st.builds(Not, inner),
        st.builds(And, many),
        st.builds(Or, many),
        st.builds(lambda a, b: Call("contains", (a, b)), inner, inner),
        st.builds(lambda a: Call("exists", (a,)), places),
    )


trees = st.recursive(st.one_of(literals, places, lists), deeper, max_leaves=12)


@settings(max_examples=400, deadline=None)
@given(trees)
def test_what_is_written_is_read_as_the_same(tree: Expression) -> None:
    text = render(tree)
    if len(text) <= LONGEST:
        assert repr(parse(text)) == repr(tree)


@settings(max_examples=300, deadline=None)
@given(trees)
def test_every_expression_gives_an_answer_for_every_run(tree: Expression) -> None:
    query = Query(render(tree), tree)
    answer = query.select([RUN, run("bare")])
    assert [r for r in (RUN, run("bare")) if query.matches(r)] == list(answer.runs)


WORDS = "config summary tags . [ ] ( ) 'a' \"b\" == != < in not and or , - 1 1e5 nan None contains exists name x / \\ '"


@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS.split()), max_size=20).map(" ".join)))
def test_any_text_is_an_expression_or_a_query_error_within_the_text(text: str) -> None:
    try:
        query = Query.parse(text)
    except QueryError as error:
        start, end, message = error.start, error.end, str(error)
    else:
        assert query.matches(RUN) in (True, False)
        return
    assert 0 <= start <= len(text)
    assert start < end <= max(len(text), start + 1)
    assert message


@pytest.mark.skipif(not (DATA / "hostile" / "blns").is_dir(), reason="the naughty strings are not here")
def test_naughty_strings_are_refused_as_expressions_and_found_as_texts() -> None:
    path = next((DATA / "hostile" / "blns").glob("*.json"))
    for text in json.loads(path.read_text("utf-8")):
        for expression in (text, f"config.{text}", f"config.x == {text}", f"config['{text}'] == 1"):
            try:
                Query.parse(expression)
            except QueryError as error:
                str(error)
        named = run(text or "x", config={text: text})
        tree = And((Compare(Place(Address("config", (text,))), (("==", Literal(text)),)),) * 2)
        assert Query.parse(render(tree)).matches(named)


def test_of_many_lines_and_of_a_long_one_the_place_is_shown() -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse("config.C == 1\n\tand config.D = 2")
    place, line, pointer = str(caught.value).splitlines()[:3]
    assert place.startswith("where-expression, line 2, column 15: ")
    assert line == "    \tand config.D = 2"
    assert pointer == "    \t" + " " * 13 + "^"
    with pytest.raises(QueryError) as caught:
        Query.parse("config.C == 1 and " * 200 + "config.D = 2 and " + "config.E == 1 and " * 100 + "name == 'x'")
    place, line, pointer = str(caught.value).splitlines()[:3]
    assert place.startswith("where-expression, column 3610: ")
    assert len(line) <= 104
    assert line[pointer.index("^")] == "="
    assert line[: pointer.index("^")].endswith("config.D ")
