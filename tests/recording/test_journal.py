"""Events as damage, other programs and malice leave them: good lines are kept, bad ones named."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.recording.journal import PROBLEM_LIMIT, Journal, decode_object
from pressrun.recording.layout import to_text
from pressrun.records import Status

SHARED = Path(os.environ.get("PRESSRUN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
SUITE = SHARED / "hostile" / "JSONTestSuite" / "test_parsing"


def point(step: int, **values: object) -> bytes:
    return (to_text({"kind": "log", "step": step, "time": 1000.0 + step, "values": values}) + "\n").encode()


def journal_of(data: bytes) -> Journal:
    journal = Journal("events.jsonl")
    journal.feed(data)
    journal.finish(data[journal.offset :])
    return journal


GOOD = point(0, a=0.5) + point(1, a=0.25, b=2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"nonsense", "not JSON"),
        (b"[]", "not an object"),
        (b'"text"', "not an object"),
        (b"{}", "unknown kind of event None"),
        (b'{"kind":["log"]}', "unknown kind"),
        (b'{"kind":"log","kind":"log"}', "a key stands twice"),
        (b'{"kind":"log","step":2,"values":{"a":1,"a":2}}', "a key stands twice"),
        (b'{"kind":"log","step":2,"values":{"a":NaN}}', "NaN is not JSON"),
        (b'{"kind":"log","step":2,"values":{"a":1e400}}', "'a' is beyond what a float holds"),
        (b'{"kind":"log","step":2,"values":{"a":' + b"9" * 400 + b"}}", "'a' is beyond"),
        (b'{"kind":"log","step":2,"values":{"a":' + b"9" * 5000 + b"}}", "not JSON"),
        (b'{"kind":"log","step":2,"values":{"a":"0.91"}}', "'a' is '0.91', not a number"),
        (b'{"kind":"log","step":2,"values":{"a":"1,000.35"}}', "not a number"),
        (b'{"kind":"log","step":2,"values":{"a":null}}', "not a number"),
        (b'{"kind":"log","step":2,"values":{"a":true}}', "not a number"),
        (b'{"kind":"log","step":2,"values":[1]}', "without values"),
        (b'{"kind":"log","step":1.5,"values":{"a":1}}', "step 1.5 is not a whole number"),
        (b'{"kind":"log","step":true,"values":{"a":1}}', "step True"),
        (b'{"kind":"log","values":{"a":1}}', "step None"),
        (b'{"kind":"log","step":9223372036854775808,"values":{"a":1}}', "does not fit 64 bits"),
        (b'{"kind":"log","step":2,"time":"now","values":{"a":1}}', "time"),
        (b'{"kind":"log","step":2,"time":1e999,"values":{"a":1}}', "time"),
        (b'{"kind":"log","step":2,"time":' + b"9" * 400 + b',"values":{"a":1}}', "beyond"),
        (b'{"kind":"log","step":2,"values":{"\xff":1}}', "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"kind":"config","values":' + b"[" * 200 + b"]" * 200 + b"}", "nested too deep"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"kind":"summary","values":3}', "neither values nor removed"),
        (b'{"kind":"artifact","path":"x"}', "an artifact without"),
        (b'{"kind":"data","name":3}', "a data set without"),
        (b'{"kind":"end","status":"done"}', "unknown status 'done'"),
    ],
)
def test_a_bad_line_is_set_aside_by_its_number_and_the_rest_loads(line: bytes, reason: str) -> None:
    journal = journal_of(point(0, a=0.5) + line + b"\n" + point(9, a=0.25))
    (problem,) = journal.problems
    assert problem.where == "events.jsonl, line 2"
    assert reason in problem.reason
    assert len(problem.reason) < 200
    assert journal.history()["a"].steps.tolist() == [0, 9]


def test_a_bad_entry_leaves_the_rest_of_its_line() -> None:
    journal = journal_of(b'{"kind":"log","step":2,"values":{"a":"x","b":1,"c":"nan"}}\n')
    assert [p.reason for p in journal.problems] == ["the value of 'a' is 'x', not a number"]
    assert journal.history()["b"].values.tolist() == [1.0]
    assert math.isnan(journal.history()["c"].values[0])


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        b"\n \n" + GOOD + b"\n\n",
        GOOD.rstrip(b"\n"),
        GOOD.replace(b'"step":1,', b'"step":1.0,'),
        b'{"kind":"alive","time":3}\n' + GOOD,
    ],
    ids=["byte order mark", "carriage returns", "blank lines", "no last newline", "step as float", "sign of life"],
)
def test_harmless_differences_change_nothing(data: bytes) -> None:
    journal = journal_of(data)
    assert journal.problems == []
    assert journal.torn is None
    assert journal.history()["a"].values.tolist() == [0.5, 0.25]


def test_duplicate_and_out_of_order_steps_follow_the_one_rule() -> None:
    journal = journal_of(point(2, a=2.0) + point(1, a=1.0) + point(2, a=3.0) + point(1, a=4.0))
    assert journal.history()["a"].steps.tolist() == [1, 1, 2, 2]
    assert journal.history()["a"].values.tolist() == [1.0, 4.0, 2.0, 3.0]


def test_problems_are_bounded() -> None:
    journal = journal_of(b"nonsense\n" * 5000 + GOOD)
    assert len(journal.problems) == PROBLEM_LIMIT + 1
    assert str(5000 - PROBLEM_LIMIT) in journal.problems[-1].reason
    assert len(journal.history()["a"]) == 2


def test_lone_surrogates_become_text_that_can_be_stored() -> None:
    journal = journal_of(
        b'{"kind":"log","step":0,"values":{"\\ud800":1}}\n{"kind":"config","values":{"k":["\\uDFFF"]}}\n'
    )
    for text in (*journal.history(), *journal.config["k"]):
        text.encode("utf-8")
    assert list(journal.history()) == ["\\ud800"]


RECORD = (
    point(0, a=0.5)
    + point(1, a=0.25)
    + point(2, **{"val/äöü": 0.125, "a": "nan"})
    + (to_text({"kind": "end", "status": "finished", "time": 1010.0, "exit_code": 0}) + "\n").encode()
)


@pytest.mark.parametrize("cut", range(len(point(0, a=0.5) + point(1, a=0.25)), len(RECORD) + 1))
def test_a_file_cut_at_any_byte_of_its_last_records_keeps_the_earlier_points(cut: int) -> None:
    journal = journal_of(RECORD[:cut])
    assert journal.problems == []
    assert journal.history()["a"].steps.tolist()[:2] == [0, 1]
    whole = RECORD[:cut].endswith((b"}\n", b"}}")) or cut == len(RECORD) - 1
    assert (journal.torn is None) == whole
    assert (journal.end is not None) == (cut >= len(RECORD) - 1)


@given(st.lists(st.integers(0, len(RECORD)), max_size=6))
def test_bytes_may_arrive_in_any_pieces(cuts: list[int]) -> None:
    journal = Journal("events.jsonl")
    for end in [*sorted(cuts), len(RECORD)]:
        journal.feed(RECORD[journal.offset : end])
    assert journal.offset == len(RECORD)
    assert journal.problems == []
    assert journal.history()["a"].steps.tolist() == [0, 1, 2]
    assert journal.end is not None
    assert journal.end.status is Status.FINISHED


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(RECORD)))
def test_no_bytes_make_the_reader_fail(noise: bytes, place: int) -> None:
    journal = journal_of(RECORD[:place] + noise + RECORD[place:])
    journal.history()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.sampled_from(["log", "config", "summary", "tags", "join", "artifact", "data", "error", "end", "left", "alive"]),
    st.dictionaries(
        st.sampled_from(
            ["step", "time", "values", "removed", "name", "config", "tags", "path", "size", "status", "type"]
        ),
        JSON,
    ),
)
def test_no_event_makes_the_reader_fail(kind: str, fields: dict[str, object]) -> None:
    line = json.dumps({"kind": kind, **fields}).encode() + b"\n"
    journal = journal_of(point(0, a=0.5) + line + point(1, a=0.25))
    assert journal.history()["a"].steps.tolist()[:1] == [0]
    assert all(type(value) is str for value in journal.tags.values())


@pytest.mark.skipif(not SUITE.is_dir(), reason="JSONTestSuite is not here")
def test_the_json_test_suite_neither_crashes_nor_hangs_the_reader() -> None:
    refused = accepted = 0
    for path in sorted(SUITE.glob("*.json")):
        content = path.read_bytes()
        journal = journal_of(point(0, a=0.5) + content + b"\n" + point(1, a=0.25))
        assert journal.history()["a"].steps.tolist() == [0, 1], path.name
        try:
            decode_object(content)
            accepted += 1
            assert not path.name.startswith("n_"), path.name
        except (ValueError, RecursionError):
            refused += 1
            if path.name.startswith("y_object") and "duplicate" not in path.name:
                pytest.fail(f"{path.name} is JSON and was refused")
    assert refused > 100
    assert accepted > 5


@pytest.mark.skipif(not (SHARED / "hostile" / "blns").is_dir(), reason="the naughty strings are not here")
def test_naughty_strings_are_names_like_any_other() -> None:
    (source,) = sorted((SHARED / "hostile" / "blns").glob("*.json"))[:1]
    names = json.loads(source.read_text("utf-8"))
    lines = [to_text({"kind": "log", "step": n, "values": {name: 1.0}}) for n, name in enumerate(names)]
    journal = journal_of("\n".join(lines).encode())
    assert journal.problems == []
    assert set(journal.history()) == set(names)
