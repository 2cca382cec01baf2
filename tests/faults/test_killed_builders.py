"""SIGKILL of the builder at every write point: the next build finishes, readers see the old site or the new one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.build.lock import Lock
from pressrun.build.outcomes import Outcome
from pressrun.errors import PressrunError

if TYPE_CHECKING:
    from tests.conftest import Study

QUERY = "import pressrun as pr\nruns = pr.runs('runs/')"


def kill_builders(study: Study, *arguments: str) -> list[dict[str, Any]]:
    study.paper("md:", "'the mark'", "'what it says'", "1 + 1", toml='formats = ["html", "ipynb"]')
    script = Path(__file__).parent / "killed_builder.py"
    done = subprocess.run(
        [sys.executable, str(script), str(study.root), *arguments], capture_output=True, text=True, check=False
    )
    *kills, last = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert last == {"last": {"code": 0, "shown": "last", "left": []}}, done.stderr
    assert {kill["state"] for kill in kills} <= {"old", "new"}
    # A lock and a record under their names are whole: both are written elsewhere first.
    assert all(kill["lock"] and kill["records"] for kill in kills)
    return kills


def check_points(kills: list[dict[str, Any]], at_least: int) -> None:
    assert sum("executing" in kill for kill in kills) >= at_least / 10
    assert sum("saving" in kill for kill in kills) >= at_least
    assert {kill["state"] for kill in kills} == {"old", "new"}
    for kill in kills:
        assert kill["next"] == {"code": 0, "shown": kill["wanted"], "left": []}, kill


def test_a_builder_killed_at_some_of_its_writes_leaves_the_old_site_or_the_new_one(study: Study) -> None:
    check_points(kill_builders(study, "points", "8"), at_least=25)


@pytest.mark.slow
def test_a_builder_killed_at_any_write_leaves_the_old_site_or_the_new_one(study: Study) -> None:
    check_points(kill_builders(study, "points", "1"), at_least=70)


@pytest.mark.slow
def test_a_builder_killed_at_random_moments_leaves_the_old_site_or_the_new_one(study: Study) -> None:
    assert len(kill_builders(study, "moments", "1.5", "50")) == 50


@pytest.mark.slow
def test_a_lock_that_a_killed_builder_did_not_come_to_write_is_written_by_the_next(study: Study) -> None:
    study.record("a", 0.9)
    study.paper(QUERY)
    study.built()
    path = study.root / "papers" / "demo" / "paper.lock"
    old, new_run = path.read_text(), study.record("b", 0.8)
    from pressrun.runs.pins import Mode

    study.built(mode=Mode.UPDATE)
    new = path.read_text()
    assert new_run in new
    # As it is when the builder was killed after the switch: its note is there, and the lock of before.
    lock = Lock.read(path)
    assert lock is not None
    path.write_text(old)
    (study.root / ".pressrun" / "locks" / "demo.pending").write_text(lock.digest)
    assert study.built().outcome is Outcome.CURRENT
    assert path.read_text() == new
    # Without the note it is the author who took the lock back, and is obeyed.
    path.write_text(old)
    result = study.built()
    assert result.outcome is Outcome.PUBLISHED
    assert path.read_text() == old
    assert [run["name"] for run in result.queries[0]["runs"]] == ["a"]


def test_the_lock_of_a_dead_builder_holds_nobody_up(study: Study) -> None:
    study.paper("import time\ntime.sleep(30)")
    builder = study.start("build")
    deadline = time.monotonic() + 20
    while not list((study.root / ".pressrun").glob("scratch/demo~*/context.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    builder.send_signal(signal.SIGKILL)
    builder.communicate()
    study.paper("1 + 1")
    began = time.monotonic()
    assert study.built().version == 1
    assert time.monotonic() - began < 15


@pytest.mark.slow
def test_an_interrupted_build_leaves_nothing_behind(study: Study) -> None:
    import psutil

    study.paper("import subprocess\nsubprocess.run(['sleep', '4321.5'])")
    builder = study.start("build")
    deadline = time.monotonic() + 20
    while not [p for p in psutil.process_iter(["cmdline"]) if "4321.5" in (p.info["cmdline"] or [])]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    builder.terminate()
    builder.communicate(timeout=20)
    assert builder.returncode == 128 + signal.SIGTERM
    assert not [p for p in psutil.process_iter(["cmdline"]) if "4321.5" in (p.info["cmdline"] or [])]
    assert not list((study.root / ".pressrun" / "scratch").iterdir())
    assert not (study.root / "site").exists()


def test_a_failed_exporter_leaves_lock_site_and_notebook_as_they_were(study: Study) -> None:
    study.record("a", 0.9)
    study.paper(QUERY)
    study.built()
    study.record("b", 0.9)
    study.paper(QUERY, "md:See @fig-nowhere.")
    before = study.publication
    from pressrun.runs.pins import Mode

    result = study.build(mode=Mode.UPDATE)
    assert isinstance(result.error, PressrunError)
    assert "fig-nowhere" in str(result.error)
    assert study.publication == before
