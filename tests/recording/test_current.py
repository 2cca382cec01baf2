"""Scripts in the style of W&B and Trackio, and how runs end that nobody finishes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import pressrun
from pressrun import Status
from pressrun.errors import PressrunWarning, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.records import Recorded


@pytest.fixture(autouse=True)
def _no_run_left_over() -> Any:
    yield
    pressrun.finish()


def test_init_log_finish(runs: Path, read_one: Callable[[], Recorded]) -> None:
    run = pressrun.init(project="digits", name="svm", config={"C": 1}, tags=["baseline"], group="g", dir=runs)
    pressrun.log({"acc": 0.5})
    pressrun.log({"acc": 0.75}, step=5)
    run.log({"acc": 0.8})
    pressrun.finish()
    recorded = read_one()
    assert recorded.run.tags == {"project": "digits", "group": "g", "baseline": "true"}
    assert recorded.run.name == "svm"
    assert recorded.history["acc"].steps.tolist() == [0, 5, 6]
    assert recorded.run.status is Status.FINISHED


def test_log_before_init_says_so(runs: Path) -> None:
    with pytest.raises(UsageError, match=r"init"):
        pressrun.log({"a": 1.0})
    pressrun.finish()
    with pressrun.init(dir=runs, resources=False):
        pass
    with pytest.raises(UsageError, match=r"init"):
        pressrun.log({"a": 1.0})


def test_a_second_init_finishes_the_first(runs: Path, read_all: Callable[[], list[Recorded]]) -> None:
    pressrun.init(name="one", dir=runs, resources=False)
    pressrun.init(name="two", dir=runs, resources=False)
    pressrun.log({"a": 1.0})
    pressrun.finish()
    states = {r.run.name: (r.run.status, dict(r.run.metrics)) for r in read_all()}
    assert states == {"one": (Status.FINISHED, {}), "two": (Status.FINISHED, {"a": 1})}


def test_what_init_does_not_know_is_named(runs: Path) -> None:
    with pytest.warns(PressrunWarning, match="sync_tensorboard"):
        pressrun.init(dir=runs, sync_tensorboard=True, resources=False)


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("", Status.FINISHED, None),
        ("1 / 0", Status.FAILED, None),
        ("raise KeyboardInterrupt", Status.KILLED, None),
        ("sys.exit(0)", Status.FINISHED, None),
        ("sys.exit(3)", Status.FAILED, 3),
        ("sys.exit('no data')", Status.FAILED, 1),
        ("os._exit(0)", Status.KILLED, None),
        ("os.kill(os.getpid(), 15)", Status.KILLED, None),
        ("\ntry: sys.exit(2)\nexcept SystemExit: pressrun.log({'a': 2.0})", Status.FINISHED, None),
        ("threading.Thread(target=sys.exit, args=(4,)).start()", Status.FINISHED, None),
    ],
)
def test_the_end_of_the_process_is_the_end_of_the_run(
    runs: Path, read_one: Callable[[], Recorded], ending: str, status: Status, code: int | None
) -> None:
    script = (
        "import os, sys, threading, time, pressrun\n"
        f"pressrun.init(dir={str(runs)!r}, resources=False)\npressrun.log({{'a': 1.0}})\ntime.sleep(0.1)\n{ending}\n"
    )
    subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    run = read_one().run
    assert run.status is status
    assert run.provenance.exit_code == code
    assert run.metrics["a"] >= 1
