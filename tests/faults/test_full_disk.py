"""ENOSPC or EIO while saving: an error; old publication, lock and records of cells can be read."""

from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.faults.cells import ran, record_files, sound_records

from pressrun.build.lock import Lock
from pressrun.errors import BuildError, PressrunError

if TYPE_CHECKING:
    from tests.conftest import Study
    from tests.faults.conftest import SmallDisk

#: Whoever writes there is told of an input/output error by the system itself.
FAILING = Path("/proc/self/mem")

#: On a full disk a process reads runs without an index, and warns.
WITHOUT_INDEX = pytest.mark.filterwarnings("ignore::pressrun.errors.PressrunWarning")


def cells(word: str) -> tuple[str, ...]:
    return (
        "import pressrun as pr\nruns = pr.runs('runs/')", "acc = pr.value(runs, 'test/acc')\nacc",
        f"words = {word!r} * 60_000", "print(words)", "print('apart')",
    )  # fmt: skip


def old_publication(study: Study) -> dict[str, str]:
    """What readers see, and the lock; the notebook is the author's."""
    return {name: digest for name, digest in study.publication.items() if not name.endswith(".ipynb")}


def fails(study: Study, before: dict[str, str], records: int, why: str) -> int:
    """Build a paper whose results cannot be saved; give how many records there are then."""
    result = study.build()
    assert isinstance(result.error, PressrunError)
    assert why in result.error.what, result.error
    assert old_publication(study) == before
    assert Lock.read(study.root / "papers" / "demo" / "paper.lock") is not None
    assert not list((study.root / ".pressrun" / "scratch").iterdir())
    found = sound_records(study)
    assert found >= records
    return found


def published(study: Study) -> dict[str, str]:
    study.record("a", 0.9)
    study.paper(*cells("one "))
    study.built()
    study.paper(*cells("two "))
    return old_publication(study)


@WITHOUT_INDEX
@pytest.mark.slow
def test_a_disk_that_is_full_sooner_or_later_is_an_error_that_leaves_everything_readable(
    small_study: Study, small_disk: SmallDisk
) -> None:
    before, records = published(small_study), sound_records(small_study)
    saved = set()
    for pages in (0, 10, 40, 70, 80, 90, 120, 160, 250):
        small_disk.fill(pages)
        try:
            saved.add(fails(small_study, before, records, "No space left on device") - records)
        except AssertionError:
            if old_publication(small_study) == before:
                raise
            break
        finally:
            small_disk.clear()
    assert "two two" in small_study.page()
    # It was full for the first of the records of cells, and for what comes after the last.
    assert {0, 2} <= saved


@WITHOUT_INDEX
def test_a_disk_too_full_for_the_records_of_cells_fails_the_build_and_the_next_runs_what_is_not_recorded(
    small_study: Study, small_disk: SmallDisk
) -> None:
    before, records = published(small_study), sound_records(small_study)
    small_disk.fill(40)
    # The short one has room, the long one has not.
    assert fails(small_study, before, records, "No space left on device") == records + 1
    small_disk.clear()
    assert set(ran(small_study.built())) == {"c2", "c3"}
    assert "two two" in small_study.page()
    assert sound_records(small_study) == records + 2


@pytest.mark.skipif(not FAILING.exists(), reason="needs a file that fails")
@pytest.mark.parametrize("place", ["cells/demo/.last.json.{pid}", "locks/demo.pending"])
def test_an_error_of_the_disk_while_saving_fails_the_build_and_nothing_else(study: Study, place: str) -> None:
    before, records = published(study), sound_records(study)
    file = study.root / ".pressrun" / place.format(pid=os.getpid())
    file.symlink_to(FAILING)
    with pytest.raises(OSError, match="Input/output error"):
        file.write_text("x")
    fails(study, before, records, "Input/output error")
    file.unlink(missing_ok=True)
    # What ran is remembered by itself, whatever became of the rest.
    assert ran(study.built()) == {}
    assert "two two" in study.page()
    assert len(record_files(study)) == records + 3


@pytest.mark.slow
def test_a_full_disk_is_an_error_that_leaves_everything_readable(study: Study) -> None:
    study.paper("1 + 1")
    study.built()
    before = study.publication
    study.paper("print('x' * 300_000)", toml='formats = ["html", "ipynb"]')
    with_new_notebook = {**before, "papers/demo/paper.ipynb": study.publication["papers/demo/paper.ipynb"]}

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    builder = study.start("build", "--json", preexec=limit)
    out, err = builder.communicate(timeout=60)
    document = json.loads(out)["papers"][0]
    assert builder.returncode == 3, err
    assert document["error"]["kind"] in {BuildError.__name__, "ExportError"}
    assert "File too large" in document["error"]["what"]
    assert study.publication == with_new_notebook
    assert study.built().version == 2
