"""Records of cells that are cut, bit-flipped, unreadable or another version's: told by their digest, and made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.faults.cells import ran, record_files, sound_records

from pressrun.build.cell_records import FORMAT, CellRecord, CellStore, Effects, Traces
from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Study

CELLS = ("x = 6 * 7", "print('is', x)", "print('apart')")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_unreadable(path: Path) -> None:
    """Whoever reads it is told of an input/output error by the system itself."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


def make_another_formats(path: Path) -> None:
    path.write_text(path.read_text().replace(FORMAT, f"0 {__version__}", 1))


def make_another_releases(path: Path) -> None:
    path.write_text(path.read_text().replace(FORMAT, f"{FORMAT}.post1", 1))


def make_another_cells(path: Path) -> None:
    """Let each record stand under the name of the next one."""
    if path.name != "last.json":
        files = sorted(path.parent.glob("*-*.json"))
        path.write_bytes(files[(files.index(path) + 1) % len(files)].read_bytes())


SLOW = (cut, empty, make_unreadable, make_another_formats, make_another_releases, make_another_cells)
SPOILS = (flip_a_bit, *(pytest.param(each, marks=pytest.mark.slow) for each in SLOW))


@pytest.fixture(scope="module")
def built(shared_study: Study) -> Study:
    shared_study.paper("md:One.", *CELLS)
    shared_study.built()
    return shared_study


@pytest.mark.parametrize("spoil", SPOILS)
def test_damaged_records_are_found_and_made_again(built: Study, spoil: Callable[[Path], None]) -> None:
    outputs = built.page().partition("<main")[2]
    records = sound_records(built)
    for path in record_files(built):
        spoil(path)
    built.paper(f"md:{spoil.__name__}.", *CELLS)
    assert set(ran(built.built())) == {"c1", "c2", "c3"}
    assert "is 42" in built.page()
    assert "apart" in outputs
    assert sound_records(built) == records
    built.paper(f"md:{spoil.__name__}, again.", *CELLS)
    assert ran(built.built()) == {}
    assert "is 42" in built.page()


def test_of_one_damaged_record_only_its_cell_and_what_that_needs_run(study: Study) -> None:
    study.paper("md:One.", *CELLS)
    study.built()
    (path,) = [each for each in record_files(study) if b"is 42" in each.read_bytes()]
    flip_a_bit(path)
    study.paper("md:Two.", *CELLS)
    assert ran(study.built()) == {"c1": "its state is needed by cell 3", "c2": "no longer remembered"}
    assert "is 42" in study.page()


def test_no_cut_and_no_flipped_bit_of_a_record_is_missed(tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    record = CellRecord("sha256:" + "a" * 64, {"outputs": []}, Effects(rebound=("x",)), Traces(files={"a": "b"}))
    store.add(record)
    assert store.records(record.key) == [record]
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert store.records(record.key) == []
    for place in range(len(whole)):
        for bit in (1, 32, 128):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            assert store.records(record.key) == []
    path.write_bytes(whole)
    assert store.records(record.key) == [record]
