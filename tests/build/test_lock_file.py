"""The lock: readable for git, kept by default, renewed when asked, and binding when frozen."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from pressrun.build.lock import CorruptLockError, Lock, differences
from pressrun.build.outcomes import Outcome
from pressrun.errors import ConfigError, ExitCode, StaleError
from pressrun.facts import RunCite
from pressrun.runs.pins import Mode, Pin, PinnedQuery

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

RUNS = (Pin("r1", "runs/", "sha256:1", "a\nb"), Pin("r2", "runs/", "sha256:2", "été"))
QUERIES = (PinnedQuery("q-1", ("runs/",), "config.C > 1", RUNS), PinnedQuery("q-2", ("runs/", "mlflow:x"), "", ()))
PAPER = (
    "import pressrun as pr\nruns = pr.runs('runs/', where='config.C == 10')",
    "acc = pr.value(runs, 'test/acc')",
    "md:It is `{python} acc`.",
)


def cite(pin: Pin, digest: str = "", status: str = "finished") -> RunCite:
    return RunCite(pin.id, pin.name, pin.source, digest or pin.digest, status)


def test_a_lock_reads_back_as_it_was_written_one_run_a_line(tmp_path: Path) -> None:
    lock, path = Lock(QUERIES), tmp_path / "paper.lock"
    assert lock.write(path)
    assert Lock.read(path) == lock
    lines = path.read_text("utf-8").splitlines()
    assert [json.loads(line.strip().rstrip(","))["id"] for line in lines if '"digest"' in line] == ["r1", "r2"]
    assert not lock.write(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["paper.lock"]


def test_a_changed_run_changes_one_line() -> None:
    other = PinnedQuery("q-1", ("runs/",), "config.C > 1", (RUNS[0], Pin("r2", "runs/", "sha256:3", "été")))
    before, after = Lock(QUERIES).text.splitlines(), Lock((other, QUERIES[1])).text.splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD\n", "[]", '{"version": 1}', '{"version": 1, "queries": [{}]}'])
def test_a_corrupt_lock_is_named_with_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "paper.lock"
    path.write_text(text)
    with pytest.raises(CorruptLockError, match="--update") as caught:
        Lock.read(path)
    assert caught.value.where == str(path)


def test_a_lock_of_a_newer_pressrun_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "paper.lock"
    path.write_text('{"version": 2, "queries": {}}')
    with pytest.raises(ConfigError, match="newer pressrun"):
        Lock.read(path)


def test_differences_name_runs_that_are_new_gone_or_changed() -> None:
    new = Pin("r3", "runs/", "sha256:3", "c")
    found = differences(Lock(QUERIES), {"q-1": [cite(RUNS[1], "sha256:9"), cite(new)]})
    assert [reason.reason for reason in found] == ["1 run new: c", "1 run gone: a\nb", "1 run changed: été"]
    assert found[0].what == "query runs/ where config.C > 1"
    assert differences(Lock(QUERIES), {"q-1": [cite(pin) for pin in RUNS]}) == ()


def names(result: object) -> list[str]:
    return [run["name"] for run in result.queries[0]["runs"]]  # type: ignore[attr-defined]


def test_a_paper_keeps_its_runs_until_it_is_updated(study: Study) -> None:
    first = study.record("a", 0.90, C=10)
    study.record("other", 0.10, C=1)
    study.paper(*PAPER)
    first_build = study.built()
    assert names(first_build) == ["a"]
    assert f">{first_build.values[0]['text']}<" in study.page()

    study.record("b", 0.98, C=10)
    kept = study.built()
    assert kept.outcome is Outcome.CURRENT
    assert kept.log == ("1 new run matches query runs/ where config.C == 10; --update takes new runs in",)
    frozen = study.build(mode=Mode.FROZEN)
    assert isinstance(frozen.error, StaleError)
    assert frozen.exit_code is ExitCode.STALE
    assert "1 run new: b" in frozen.error.what

    updated = study.built(mode=Mode.UPDATE)
    assert (updated.version, names(updated)) == (2, ["a", "b"])
    assert any("run b was added" in change["text"] for change in updated.changes)
    assert study.build(mode=Mode.FROZEN).outcome is Outcome.CURRENT

    # A run that is gone stays in the paper, said, and its number is not printed as if it were there.
    shutil.rmtree(study.root / "runs" / first)
    gone = study.built()
    assert (gone.version, names(gone)) == (3, ["a", "b"])
    assert any("gone from the source, and kept by the lock: a" in line for line in gone.log)
    assert study.built().outcome is Outcome.CURRENT
    assert isinstance(study.build(mode=Mode.FROZEN).error, StaleError)


def test_frozen_needs_a_lock_that_covers_every_query(study: Study) -> None:
    study.record("a", 0.9, C=10)
    path = study.paper(*PAPER)
    before = study.publication
    assert "there is no lock" in str(study.build(mode=Mode.FROZEN).error)
    assert study.publication == before
    study.built()
    study.paper(*PAPER, "pr.runs('runs/', where='config.C > 1')")
    before = study.publication
    result = study.build(mode=Mode.FROZEN)
    assert isinstance(result.error, StaleError)
    assert "config.C > 1" in result.error.what
    assert study.publication == before
    assert path.with_name("paper.lock").exists()


def test_a_corrupt_lock_stops_a_build_and_update_writes_it_anew(study: Study) -> None:
    study.record("a", 0.9, C=10)
    lock = study.paper(*PAPER).with_name("paper.lock")
    lock.write_text("<<<<<<< HEAD")
    assert isinstance(study.build().error, CorruptLockError)
    assert lock.read_text() == "<<<<<<< HEAD"
    assert study.built(mode=Mode.UPDATE).version == 1
    assert Lock.read(lock) is not None
