"""The server is killed while it builds, or the kernel is: the sidebar says which, nothing is left, and all goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
import pytest
from tests.browser import digits_paper
from tests.browser.lab import command, jupyterlab
from tests.conftest import Study

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Milliseconds.
PATIENCE = 60_000
#: Says who its kernel is, and goes on when a file says so.
WAITING = """#| label: fit
import os, pathlib, time
pathlib.Path('begun').write_text(str(os.getpid()))
while not pathlib.Path('go').exists():
    time.sleep(0.05)"""


def begin(side: Locator, folder: Path) -> tuple[psutil.Process, psutil.Process]:
    """Build, wait until the cell that waits is at work, and give its builder and its kernel."""
    begun = folder / "begun"
    begun.unlink(missing_ok=True)
    side.get_by_role("button", name="Build", exact=True).click()
    side.locator(".jp-pr-paper-progress", has_text="3 of 4").wait_for(timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE / 1000
    while not (begun.exists() and begun.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kernel = psutil.Process(int(begun.read_text()))
    # Its kernel is forked from a process that the server's other builds use as well.
    line = ["pressrun.cli", str(folder / "paper.ipynb")]
    (builder,) = (each for each in psutil.process_iter(["cmdline"]) if {*line} <= {*(each.info["cmdline"] or ())})
    return builder, kernel


def are_gone(*processes: psutil.Process) -> bool:
    _, left = psutil.wait_procs(processes, timeout=PATIENCE / 1000)
    return all(each.status() == psutil.STATUS_ZOMBIE for each in left)


def test_a_build_whose_server_or_kernel_is_killed_is_said_to_have_ended_and_the_next_one_publishes(
    chromium: Browser, tmp_path: Path
) -> None:
    (tmp_path / "served").mkdir()
    study = Study(tmp_path / "served")
    path = digits_paper.write(study, "md:# Waits", "x = 1", WAITING, "y = 2")
    folder = (study.root / path).parent
    with jupyterlab(study.root, tmp_path / "scratch") as lab:
        page = lab.open(chromium, path)
        command(page, "pressrun:show-paper")
        side = page.locator(".jp-pr-paper")
        trouble = side.get_by_role("group", name="Build failed")

        builder, kernel = begin(side, folder)
        kernel.kill()
        trouble.get_by_text("the kernel died: killed by SIGKILL").wait_for(timeout=PATIENCE)
        trouble.get_by_text("label fit").wait_for()
        trouble.get_by_role("button", name="Go to the cell: fit").wait_for()
        assert are_gone(builder)

        builder, kernel = begin(side, folder)
        lab.kill()
        assert are_gone(builder, kernel)
        page.locator(".jp-pr-paper-status").get_by_text("not connected; shown as of").wait_for(timeout=PATIENCE)
        lab.start_again()
        trouble.get_by_text("the server ended while this was being built").wait_for(timeout=PATIENCE)
        assert side.get_by_role("button", name="Cancel build").count() == 0
        page.get_by_text("not connected; shown as of").first.wait_for(state="detached", timeout=PATIENCE)

        (folder / "go").touch()
        # JupyterLab's own dialog about the lost server may lie over the button.
        command(page, "pressrun:build")
        side.get_by_text("Published version 1").first.wait_for(timeout=PATIENCE)
        assert list((study.root / ".pressrun" / "scratch").iterdir()) == []
        page.context.close()
