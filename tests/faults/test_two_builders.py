"""Two builds of one paper, and what dead builders left of their locks: one builds, the other waits or joins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.faults.cells import ran, sound_records

from pressrun.build.outcomes import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

_HOLD = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(60)
"""


def build_lock(study: Study) -> Path:
    return study.root / ".pressrun" / "locks" / "demo.lock"


@pytest.mark.slow
def test_two_builders_of_one_paper_take_turns(study: Study) -> None:
    study.paper("import time\ntime.sleep(1)", "print('said')")
    builders = [study.start("build", "--json"), study.start("build", "--json")]
    outcomes, errors = [], ""
    for builder in builders:
        out, err = builder.communicate(timeout=60)
        outcomes.append(json.loads(out)["papers"][0]["outcome"])
        errors += err
    assert sorted(outcomes) == ["current", "published"]
    assert "another build is at work on it" in errors
    assert sound_records(study) == 2


@pytest.mark.parametrize(
    "left",
    [b"", b"%d" % os.getpid(), b"1", b"999999999\n", b"\x00\xff{<<<<<<< HEAD", b"x" * 1_000_000],
    ids=["empty", "a pid in use again", "the first pid", "a pid of nobody", "corrupt", "large"],
)
def test_whatever_stands_in_a_lock_that_nobody_holds_holds_nobody_up(study: Study, left: bytes) -> None:
    study.paper("md:One.")
    build_lock(study).parent.mkdir(parents=True)
    build_lock(study).write_bytes(left)
    told: list[str] = []
    assert study.built(announce=told.append).outcome is Outcome.PUBLISHED
    assert told == []
    assert study.built().outcome is Outcome.CURRENT


def test_a_corrupt_lock_that_a_live_process_holds_is_waited_for_until_it_is_killed(study: Study) -> None:
    study.paper("print('said')")
    study.built()
    study.paper("print('said', 'again')")
    before = study.publication
    build_lock(study).write_bytes(b"999999999 <<<<<<< HEAD")
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, build_lock(study)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    builder = study.start("build")
    assert builder.stderr is not None
    assert "another build is at work on it; waiting" in builder.stderr.readline()
    time.sleep(1)
    assert builder.poll() is None
    assert study.publication == before
    holder.kill()
    holder.wait()
    builder.communicate(timeout=60)
    assert builder.returncode == 0
    assert "said again" in study.page()
    assert sound_records(study) == 2
    study.paper("md:One.", "print('said', 'again')")
    assert ran(study.built()) == {}
