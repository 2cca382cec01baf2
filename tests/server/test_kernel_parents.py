"""The process that a server's builds fork their kernels from comes with the first, and goes when it is not needed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from pressrun.build.paper import Paper
from pressrun.project import Project
from pressrun.server.builds import Builds, Phase
from pressrun.server.kernel_parents import KernelParents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


def parents() -> list[psutil.Process]:
    """The processes that fork kernels and were started by this one."""
    found = []
    for each in psutil.Process().children():
        with contextlib.suppress(psutil.ZombieProcess):
            found += [each] if "pressrun.build.warm_parent" in each.cmdline() else []
    return found


async def until_gone(process: psutil.Process) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        await asyncio.sleep(0.05)


async def test_it_is_shared_by_builds_and_ends_when_none_came_for_a_while() -> None:
    lender = KernelParents(kept=0.2)
    environment = dict(os.environ)
    with lender.lent(environment) as first, lender.lent(environment) as second:
        assert first == second
        (parent,) = parents()
        # It is not the time since its beginning that ends it.
        await asyncio.sleep(0.5)
        assert parent.is_running()
    with lender.lent(environment) as third:
        assert third == first
    await until_gone(parent)
    with lender.lent(environment) as fourth:
        assert fourth != first
    (other,) = parents()
    await lender.end()
    await until_gone(other)


async def test_other_packages_or_variables_mean_another_and_the_old_one_ends_with_its_last_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    lender = KernelParents()
    environment = dict(os.environ)
    with lender.lent(environment) as first:
        (old,) = parents()
        (tmp_path / "extra-1.0.dist-info").mkdir()
        with lender.lent(environment) as second:
            assert second != first
            assert old.is_running()
    await until_gone(old)
    with lender.lent({**environment, "SETTING": "1"}) as third:
        assert third != second
    await lender.end()
    while parents():
        await asyncio.sleep(0.05)


async def test_builds_of_a_server_run_on_kernels_of_one_process(study: Study) -> None:
    study.paper("import os\nopen('parent', 'w').write(str(os.getppid()))")
    paper = Paper.load("demo", Project.find(study.root))
    builds, seen = Builds(), []
    for _ in range(2):
        build = builds.start(paper, {"force": True})
        assert build.task is not None
        await build.task
        assert build.phase is Phase.DONE, build.error
        seen.append(int((paper.folder / "parent").read_text()))
    (parent,) = parents()
    assert seen == [parent.pid, parent.pid]
    await builds.end()
    await until_gone(parent)
