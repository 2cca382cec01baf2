"""The index: what it reads again, what it keeps, and that no damage, kill or crowd makes it wrong."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pressrun.errors import SourceError
from pressrun.records import Artifact, Dataset, Problem, Provenance, Run, Series, Status
from pressrun.runs import index_tables
from pressrun.runs.index import Index, IndexedHistories, MemoryIndex
from pressrun.runs.packing import DamageError, pack, pack_run, pack_series, unpack, unpack_run, unpack_series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.runs.conftest import Shelf


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "state" / "index.sqlite")


def names(runs: Sequence[Run]) -> list[str]:
    return [run.name for run in runs]


def values(index: Index | MemoryIndex, shelf: Shelf, run: Run, metric: str) -> list[float]:
    return [float(v) for v in IndexedHistories(index, shelf).series([run], metric)[0].values]


def test_only_what_changed_is_read_again(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "1", summary={"x": 1})
    shelf.put("b", "1", summary={"x": 1})
    assert names(index.refresh(shelf).runs) == ["a", "b"]
    shelf.put("b", "2", summary={"x": 2})
    shelf.put("c", "1")
    shelf.reads.clear()
    runs = index.refresh(shelf).runs
    assert shelf.reads == ["b", "c"]
    assert names(runs) == ["a", "b", "c"]
    assert runs[1].summary["x"] == 2


def test_a_run_without_a_stamp_is_always_read_again(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "", summary={"x": 1})
    index.refresh(shelf)
    shelf.put("a", "", summary={"x": 2})
    assert index.refresh(shelf).runs[0].summary["x"] == 2


def test_a_run_comes_back_from_the_index_as_it_was_read(index: Index, shelf: Shelf) -> None:
    shelf.put(
        "a",
        "1",
        config={"big": 10**30, "nan": math.nan, "inf": -math.inf, "deep": {"list": [1, None, True, "é\ud800"]}},
        summary={"\x00odd\ud801": 1.5},
        tags={"t": "x"},
        status="killed",
        started=1.5,
        history={"\ud800/m": [1.0, math.nan, math.inf]},
        provenance={"packages": {"numpy": "2"}, "command": ["python", "x"], "datasets": [{"name": "d"}], "seed": 3},
    )
    (first,) = index.refresh(shelf).runs
    shelf.reads.clear()
    (second,) = index.refresh(shelf).runs
    assert shelf.reads == []
    assert repr(second) == repr(first)
    series = IndexedHistories(index, shelf).series([second], "\ud800/m")[0]
    np.testing.assert_array_equal(series.values, [1.0, math.nan, math.inf])
    assert shelf.reads == []


def test_runs_that_are_gone_from_the_source_are_gone_from_the_answer(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "1")
    shelf.put("b", "1")
    index.refresh(shelf)
    del shelf.records["a"]
    assert names(index.refresh(shelf).runs) == ["b"]
    shelf.put("a", "1")
    assert names(index.refresh(shelf).runs) == ["b", "a"]


def test_a_run_that_cannot_be_read_is_named_every_time_and_heals(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "1")
    shelf.put("b", "1")
    shelf.broken.add("b")
    shelf.asides.append(Problem("shelf: c", "no run at all"))
    for _ in range(2):
        listing = index.refresh(shelf)
        assert names(listing.runs) == ["a"]
        assert listing.problems == (Problem("shelf: c", "no run at all"), Problem("run b", "the file is torn"))
    shelf.broken.clear()
    assert names(index.refresh(shelf).runs) == ["a", "b"]


def test_a_run_that_broke_shows_no_old_numbers(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "1", summary={"x": 1})
    index.refresh(shelf)
    shelf.put("a", "2", summary={"x": 2})
    shelf.broken.add("a")
    assert index.refresh(shelf).runs == ()


def test_a_history_is_the_one_that_the_runs_digest_names_after_others_read_on(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "1", history={"m": [1, 2]})
    (old,) = index.refresh(shelf).runs
    shelf.put("a", "2", history={"m": [1, 2, 3]})
    (new,) = index.refresh(shelf).runs
    assert values(index, shelf, old, "m") == [1, 2]
    assert values(index, shelf, new, "m") == [1, 2, 3]


def test_a_forgotten_state_of_a_run_is_an_error_and_not_another_states_numbers(
    index: Index, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_tables, "GRACE", -1.0)
    shelf.put("a", "1", history={"m": [1, 2]})
    (old,) = index.refresh(shelf).runs
    shelf.put("a", "2", history={"m": [1, 2, 3]})
    index.refresh(shelf)
    with pytest.raises(SourceError, match="has changed since it was found"):
        values(index, shelf, old, "m")


def test_series_are_written_once_for_one_content(index: Index, shelf: Shelf) -> None:
    shelf.put("a", "1", history={"m": [1, 2]})
    index.refresh(shelf)
    before = rows(index, "SELECT rowid FROM series")
    shelf.stamps["a"] = "touched"
    shelf.url = "shelf:copy"
    index.refresh(shelf)
    assert rows(index, "SELECT rowid FROM series") == before
    assert len(rows(index, "SELECT 1 FROM runs")) == 2


def rows(index: Index, query: str) -> list[Any]:
    connection = sqlite3.connect(index.path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_the_index_forgets_what_was_not_looked_at_for_longest_when_it_is_too_large(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite", limit=600_000)
    noise = np.random.default_rng(0)
    shelves = [type_of_shelf(f"shelf:{n}") for n in range(5)]
    for shelf in shelves:
        shelf.put("a", "1", history={"m": noise.normal(size=20_000).tolist()})
        (run,) = index.refresh(shelf).runs
        assert len(values(index, shelf, run, "m")) == 20_000
    assert index.path.stat().st_size < 1_000_000
    kept = [bytes(row[0]).decode() for row in rows(index, "SELECT source FROM runs ORDER BY source")]
    assert "shelf:4" in kept
    assert "shelf:0" not in kept
    assert names(index.refresh(shelves[0]).runs) == ["a"]


def type_of_shelf(url: str) -> Shelf:
    from tests.runs.conftest import Shelf

    return Shelf(url)


def filled(index: Index, shelf: Shelf) -> Run:
    for number in range(50):
        shelf.put(f"r{number}", "1", config={"text": "x" * 500}, history={"m": [number] * 500, "n": [0.1 * number] * 9})
    return index.refresh(shelf).runs[7]


def damage_nothing_sqlite(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)


def damage_truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:70])


def damage_emptied(path: Path) -> None:
    path.write_bytes(b"")


def damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:-100] = os.urandom(len(data) - 4196)
    path.write_bytes(bytes(data))


def damage_foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (something TEXT)")
    connection.close()


def damage_newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def damage_table_gone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE states")
    connection.close()


def damage_record(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET record = replace(record, 'x', 'y')")
    connection.close()


def damage_series(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute('UPDATE series SET "values" = steps')
    connection.close()


@pytest.mark.parametrize("damage", [f for n, f in list(globals().items()) if n.startswith("damage_")])
def test_a_damaged_index_is_made_again_and_nobody_sees_an_error(index: Index, shelf: Shelf, damage: Any) -> None:
    run = filled(index, shelf)
    damage(index.path)
    for suffix in ("-wal", "-shm"):
        index.path.with_name(index.path.name + suffix).unlink(missing_ok=True)
    assert values(index, shelf, run, "m") == [7.0] * 500
    assert len(index.refresh(shelf).runs) == 50
    assert values(index, shelf, run, "m") == [7.0] * 500
    shelf.reads.clear()
    assert len(index.refresh(shelf).runs) == 50
    assert shelf.reads == []
    assert sorted(path.name for path in index.path.parent.glob("*damaged*")) == []


def test_every_cut_of_a_damaged_page_gives_right_answers_or_a_new_index(index: Index, shelf: Shelf) -> None:
    run = filled(index, shelf)
    whole = index.path.read_bytes()
    chance = np.random.default_rng(1)
    for _ in range(60):
        data = bytearray(whole)
        at = int(chance.integers(0, len(data) - 64))
        data[at : at + 64] = chance.bytes(64)
        for suffix in ("-wal", "-shm"):
            index.path.with_name(index.path.name + suffix).unlink(missing_ok=True)
        index.path.write_bytes(bytes(data))
        runs = index.refresh(shelf).runs
        assert names(runs) == [f"r{n}" for n in range(50)]
        assert all(r.config == {"text": "x" * 500} for r in runs)
        assert values(index, shelf, run, "m") == [7.0] * 500


def test_a_lone_write_ahead_log_of_another_database_is_no_error(index: Index, shelf: Shelf) -> None:
    run = filled(index, shelf)
    index.path.with_name(index.path.name + "-wal").write_bytes(os.urandom(5000))
    assert len(index.refresh(shelf).runs) == 50
    assert values(index, shelf, run, "m") == [7.0] * 500


WRITER = """
import sys
from pathlib import Path
from pressrun.runs.index import Index, IndexedHistories
from tests.runs.conftest import Shelf

path, who, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
index, shelf = Index(path), Shelf(sys.argv[4])
print("ready", flush=True)
for turn in range(rounds):
    for number in range(20):
        shelf.put(f"{number}", f"{who}{turn}", history={"m": [turn, number, ord(who)] * 50})
    runs = index.refresh(shelf).runs
    series = IndexedHistories(index, shelf).series(runs, "m")
    for number, one in enumerate(series):
        assert one.values.tolist() == [turn, number, ord(who)] * 50 or len(one) == 150, (turn, number)
        assert one.values[:3].tolist() == [turn, number, ord(who)]
print("done", flush=True)
"""


def writer(index: Index, who: str, rounds: int, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(index.path), who, str(rounds), url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=os.getcwd(),  # noqa: PTH109
        env={**os.environ, "PYTHONPATH": str(repository())},
    )


def repository() -> Path:
    from pathlib import Path

    return Path(__file__).parents[2]


def test_processes_that_write_at_once_each_read_their_own_numbers(index: Index) -> None:
    # Two write the same runs of one source with different numbers, one another source; the file does not exist yet.
    crowd = [writer(index, "a", 12, "shelf:"), writer(index, "b", 12, "shelf:"), writer(index, "c", 12, "shelf:other")]
    for process in crowd:
        output, errors = process.communicate(timeout=120)
        assert output.endswith("done\n"), errors
    assert rows(index, "PRAGMA integrity_check") == [("ok",)]


def test_an_index_whose_writer_was_killed_still_opens(index: Index, shelf: Shelf) -> None:
    for delay in (0.0, 0.03, 0.11):
        process = writer(index, "k", 100_000, "shelf:killed")
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay + 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        run = filled(index, shelf)
        assert values(index, shelf, run, "m") == [7.0] * 500
    assert rows(index, "PRAGMA integrity_check") == [("ok",)]


def test_a_rebuild_while_others_read_loses_nobodys_numbers(index: Index) -> None:
    crowd = [writer(index, "a", 15, "shelf:a"), writer(index, "b", 15, "shelf:b")]
    for process in crowd:
        assert process.stdout is not None
        process.stdout.readline()
    from pressrun.runs import index_file

    for _ in range(5):
        time.sleep(0.05)
        index_file.replace(index.path)
    for process in crowd:
        output, errors = process.communicate(timeout=120)
        assert output == "done\n", errors


def test_the_memory_index_reads_only_what_changed(shelf: Shelf) -> None:
    index = MemoryIndex()
    shelf.put("a", "1", history={"m": [1]})
    shelf.put("b", "1")
    (old, _) = index.refresh(shelf).runs
    shelf.put("b", "2", summary={"x": 1})
    del shelf.records["a"]
    shelf.reads.clear()
    assert names(index.refresh(shelf).runs) == ["b"]
    assert shelf.reads == ["b"]
    shelf.put("a", "1", history={"m": [1]})
    assert values(index, shelf, old, "m") == [1]


any_floats = hnp.arrays(np.float64, st.integers(0, 60), elements=st.floats(width=64))
any_ints = hnp.arrays(np.int64, st.integers(0, 60), elements=st.integers(-(2**63), 2**63 - 1))


@given(st.one_of(any_floats, any_ints))
def test_arrays_come_back_bit_by_bit(array: Any) -> None:
    kind = "<i8" if array.dtype.kind == "i" else "<f8"
    back = unpack(pack(array), len(array), kind)
    assert back.dtype == array.dtype
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.arange(10_000),
        np.arange(-5, 10_000, 7),
        np.zeros(5000),
        np.full(5000, np.nan),
        np.round(np.random.default_rng(0).normal(size=5000), 2),
        np.array([0.0, -0.0, 0.0]),
        np.array([2**63 - 1, -(2**63), 0]),
    ],
)
def test_arrays_of_every_shape_come_back_bit_by_bit(array: Any) -> None:
    back = unpack(pack(array), len(array), array.dtype.newbyteorder("<").str)
    assert back.tobytes() == array.tobytes()


def test_regular_steps_take_next_to_nothing() -> None:
    assert len(pack(np.arange(100_000))) == 17


@given(st.binary(max_size=60), st.integers(0, 20))
def test_bytes_that_are_no_array_are_damage_and_no_crash(data: bytes, count: int) -> None:
    with contextlib.suppress(DamageError):
        assert len(unpack(data, count, "<f8")) == count


def test_a_series_with_a_flipped_bit_or_of_another_run_is_damage() -> None:
    series = Series.of([(n, math.nan, 0.1 * n) for n in range(9)])
    count, steps, times, numbers, check = pack_series(b"a loss", series)
    assert len(unpack_series(b"a loss", count, steps, times, numbers, check)) == 9
    with pytest.raises(DamageError):
        unpack_series(b"a loss", count, steps, times, bytes([numbers[0], numbers[1] ^ 1]) + numbers[2:], check)
    with pytest.raises(DamageError):
        unpack_series(b"b loss", count, steps, times, numbers, check)


def test_every_field_of_a_run_is_packed() -> None:
    run = Run(
        id="i",
        name="n",
        source="s",
        status=Status.UNKNOWN,
        config={"a": {"b": [1]}},
        summary={"x": 1.0},
        tags={"t": "u"},
        started=1.0,
        ended=2.0,
        metrics={"m": 3},
        artifacts=(Artifact("p", 4, "sha256:5"),),
        provenance=Provenance(
            command=("a", "b"),
            cwd="/c",
            git_commit="d",
            git_branch="e",
            git_dirty=True,
            git_diff="f",
            python="g",
            platform="h",
            packages={"i": "j"},
            datasets=(Dataset("k", "l", "m", "n"),),
            seed=1,
            exit_code=2,
            host="o",
            user="p",
            extra={"q": [1]},
        ),
        digest="sha256:1",
        problems=(Problem("w", "r"),),
    )
    packages, record = pack_run(run)
    assert unpack_run(record, json.loads(packages)) == run
