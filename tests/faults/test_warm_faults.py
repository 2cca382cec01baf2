"""Whoever of a builder, its forked kernel and the process between them is killed: nothing is left, and it is said."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import psutil

from pressrun.build.outcomes import CellOutcome
from pressrun.build.warm_start import kernel_parent
from pressrun.errors import KernelDiedError

if TYPE_CHECKING:
    import pytest
    from tests.conftest import Study

#: Tells who it is, who forked it and whom it has started, and stays.
WAITS = """import os, subprocess, time
child = subprocess.Popen(["sleep", "5678.5"])
open("pids.part", "w").write(f"{os.getpid()} {os.getppid()}")
os.rename("pids.part", "pids")
time.sleep(60)"""


def waiting(study: Study) -> tuple[psutil.Process, psutil.Process]:
    """Give the kernel of a paper that waits, and the process that forked it."""
    pids = study.root / "papers" / "demo" / "pids"
    deadline = time.monotonic() + 60
    while not pids.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kernel, parent = map(psutil.Process, map(int, pids.read_text().split()))
    assert "pressrun.build.warm_parent" in parent.cmdline()
    return kernel, parent


def test_what_was_begun_and_turned_out_not_to_be_needed_ends_with_the_build(study: Study) -> None:
    study.paper("import pandas", "1 + 1")
    study.built()
    before = set(psutil.Process().children(recursive=True))
    # A space more: other code by its look, the same by its plan.
    study.paper("import  pandas", "1 + 1")
    assert all(cell.outcome is not CellOutcome.EXECUTED for cell in study.built().cells)
    assert set(psutil.Process().children(recursive=True)) <= before


def are_gone(*processes: psutil.Process) -> bool:
    _, left = psutil.wait_procs(processes, timeout=20)
    return all(each.status() == psutil.STATUS_ZOMBIE for each in left)


def test_a_killed_builder_takes_its_kernel_and_what_forked_it_along(study: Study) -> None:
    study.paper(WAITS)
    builder = study.start("build")
    kernel, parent = waiting(study)
    builder.kill()
    builder.communicate()
    assert are_gone(kernel, parent)
    # What the kernel had started is ended by the next build, which knows it by its environment.
    study.paper("1 + 1")
    assert study.built().version == 1
    assert not [p for p in psutil.process_iter(["cmdline"]) if "5678.5" in (p.info["cmdline"] or [])]


def test_a_kernel_ends_with_its_builder_where_others_go_on_to_be_forked(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")
        with kernel_parent() as address:
            patch.setenv("PRESSRUN_WARM", address)
            study.paper(WAITS)
            builder = study.start("build")
            kernel, parent = waiting(study)
            builder.kill()
            builder.communicate()
            assert are_gone(kernel)
            assert parent.is_running()
            study.paper("import os\nopen('parent', 'w').write(str(os.getppid()))")
            assert study.command("build").returncode == 0
            assert (study.root / "papers" / "demo" / "parent").read_text() == str(parent.pid)
        assert are_gone(parent)


def test_a_terminated_build_leaves_no_process(study: Study) -> None:
    study.paper(WAITS)
    builder = study.start("build")
    kernel, parent = waiting(study)
    builder.terminate()
    builder.communicate(timeout=30)
    assert builder.returncode == 128 + signal.SIGTERM
    assert are_gone(kernel, parent)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "5678.5" in (p.info["cmdline"] or [])]


def test_a_kernel_whose_parent_is_killed_is_said_to_have_died(study: Study) -> None:
    study.paper("import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)")
    began = time.monotonic()
    error = study.build().error
    assert isinstance(error, KernelDiedError)
    assert "SIGKILL" in error.what
    assert time.monotonic() - began < 45


def test_where_nothing_is_forked_any_more_the_kernel_is_an_ordinary_one(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kernel_parent() as address:
        (parent,) = [p for p in psutil.Process().children() if "pressrun.build.warm_parent" in p.cmdline()]
        parent.kill()
        parent.wait()
        monkeypatch.setenv("PRESSRUN_WARM", address)
        study.paper("1 + 1")
        assert study.built().version == 1
