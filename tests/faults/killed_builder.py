"""Kills builders and looks at what they leave: run by test_killed_builders.py in a process of its own.

It forks a builder again and again, with everything imported, so that a kill costs milliseconds, and prints one JSON
line a kill. `points STEP`: SIGKILL at each STEP-th place where a build writes, and each where it
writes records of cells; then one whole build. `moments SECONDS
COUNT`: SIGKILL at random moments of whole builds with a real kernel.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

import pressrun.build.build
import pressrun.build.engine
import pressrun.publish.html
import pressrun.publish.verification
from pressrun.build.build import BuildOptions, build_paper
from pressrun.build.cell_memory import CellMemory
from pressrun.build.cell_records import _read
from pressrun.build.lock import Lock
from pressrun.build.paper import Paper
from pressrun.project import Project
from pressrun.publish.publication import SitePublisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRITES = {"os.rename", "os.mkdir", "os.symlink", "os.link", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}
_WHOLE = 71
_RECORDS = 18


class Unseen:
    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        pass

    def cell_ended(self, result: Any) -> None:
        pass


def build(paper: Paper) -> int:
    result = build_paper(paper, BuildOptions(Unseen()), SitePublisher())
    if result.error is not None:
        print(result.error, file=sys.stderr)
    return int(result.exit_code)


def edit(paper: Paper, mark: str) -> None:
    """Let the paper's prose and one of its cells say something else."""
    notebook = nbformat.read(paper.notebook, 4)
    notebook.cells[0].source = f"# A study\n\nThe mark is {mark}."
    notebook.cells[1].source = f"mark = {mark!r}"
    notebook.cells[2].source = "print(f'The cell says {mark}.')"
    nbformat.write(notebook, paper.notebook)


def site(paper: Paper) -> dict[str, str]:
    """What a reader of the newest version sees, and the site's index."""
    found = {}
    for path in [*paper.published.iterdir(), paper.published.parent / "index.html"]:
        if path.is_file():
            found[path.name + str(path.parent)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def shown(paper: Paper) -> str:
    """What the page says, if its prose and its cell say the same."""
    page = (paper.published / "index.html").read_text("utf-8")
    said = {page.partition(words)[2].partition(".")[0] for words in ("The mark is ", "The cell says ")}
    return said.pop() if len(said) == 1 else f"mixed: {said}"


def kill_at_write(number: int) -> None:
    """End this process, as SIGKILL does, at its n-th write from now.

    A file that is opened counts twice: before it is opened, and when it is there and nothing is written into it yet.
    """
    left = number
    dying = False

    def count(event: str, arguments: Any) -> None:
        nonlocal left, dying
        opens = event == "open" and bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR))
        if dying or not (opens or event in WRITES):
            return
        makes_file = opens and not isinstance(arguments[0], int)
        if left == 1 and makes_file:
            dying = True
            with contextlib.suppress(OSError):
                os.close(os.open(arguments[0], arguments[2], 0o644))
        if left == 0 or dying:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 2 if makes_file else 1

    sys.addaudithook(count)


def look(paper: Paper, before: dict[str, str], old: str, new: str) -> dict[str, Any]:
    """Say whether the site is the old one or the new one, and whether lock and records of cells can be read."""
    report = pressrun.publish.verification.verify(paper.published)
    mark = shown(paper)
    is_old = mark == old and site(paper) == before
    state = "old" if is_old else "new" if mark == new else "mixed"
    records = [_read(path) is not None for path in cells(paper) if not path.name.startswith(".")]
    lock = Lock.read(paper.lock_path)
    return {"state": state if report.sound else "unsound", "lock": lock is not None, "records": all(records)}


def put(owner: Any, name: str, value: Any) -> None:
    """Put something else in the place of a part of pressrun, for this process and its forks."""
    setattr(owner, name, value)


def cells(paper: Paper) -> list[Path]:
    return list((paper.project.state_folder / "cells" / paper.name).iterdir())


def next_build(paper: Paper) -> dict[str, Any]:
    """Build as the next one does, and say what came of it, and what half of a record is still there."""
    pid = in_child(lambda: build(paper))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {"code": code, "shown": shown(paper), "left": [p.name for p in cells(paper) if p.name.startswith(".")]}


def in_child(work: Callable[[], int]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return pid


def killed(work: Callable[[], int], number: int) -> tuple[bool, int]:
    """Let a process do something until its n-th write; say whether it came so far, and its exit code if not."""

    def until_then() -> int:
        kill_at_write(number)
        return work()

    _, status = os.waitpid(in_child(until_then), 0)
    return os.WIFSIGNALED(status), 0 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def points(paper: Paper, step: int) -> None:
    """Kill at the places where a build writes."""
    # Builds are forked while they go on: no thread may be at work then, and no process for each to begin.
    put(SitePublisher, "prepare", lambda _publisher: None)
    os.environ["PRESSRUN_WARM"] = "0"
    edit(paper, "first")
    assert build(paper) == 0
    keep = CellMemory.keep
    # While the kernel lives, in builds of their own.
    put(CellMemory, "keep", lambda _memory: os._exit(_WHOLE))
    for number in range(0, 10**6, step):
        old, new, before = shown(paper), f"edit {number}", site(paper)
        edit(paper, new)
        is_killed, code = killed(lambda: build(paper), number)
        assert is_killed or code == _WHOLE, code
        found = look(paper, before, old, new)
        put(CellMemory, "keep", keep)
        print(json.dumps({"executing": number, **found, "next": next_build(paper), "wanted": new}), flush=True)
        put(CellMemory, "keep", lambda _memory: os._exit(_WHOLE))
        if not is_killed:
            break
    # Afterwards, in forks of one build that has executed the paper: one for each place.
    old, new, before = shown(paper), "the same for all", site(paper)
    edit(paper, new)
    root, kept = paper.project.root, Path(tempfile.mkdtemp()) / "as it was"
    lock = vars(pressrun.build.build)["build_lock"]

    def keep_in_forks(memory: CellMemory) -> None:
        put(CellMemory, "keep", keep)
        shutil.copytree(root, kept, symlinks=True)
        # The records of cells come first, and each of their places is looked at.
        for number in itertools.chain(range(_RECORDS), range(_RECORDS, 10**6, step)):
            pid = os.fork()
            if pid == 0:
                kill_at_write(number)
                keep(memory)
                return
            _, status = os.waitpid(pid, 0)
            if not os.WIFSIGNALED(status):
                os._exit(os.WEXITSTATUS(status))
            found = look(paper, before, old, new)
            put(pressrun.build.build, "build_lock", lock)
            print(json.dumps({"saving": number, **found, "next": next_build(paper), "wanted": new}), flush=True)
            put(pressrun.build.build, "build_lock", unlocked)
            shutil.rmtree(root)
            shutil.copytree(kept, root, symlinks=True)

    put(CellMemory, "keep", keep_in_forks)
    # The forks have what this process holds: it must hold nothing that the next build waits for.
    put(pressrun.build.build, "build_lock", unlocked)
    assert os.waitstatus_to_exitcode(os.waitpid(in_child(lambda: build(paper)), 0)[1]) == 0
    put(pressrun.build.build, "build_lock", lock)
    put(CellMemory, "keep", keep)


@contextlib.contextmanager
def unlocked(*_: Any) -> Iterator[None]:
    yield


def moments(paper: Paper, seconds: float, count: int) -> None:
    """Kill at random moments of whole builds."""
    chance = random.Random(7)
    edit(paper, "first")
    assert build(paper) == 0
    old = "first"
    for number in range(count):
        before, new = site(paper), f"edit {number}"
        edit(paper, new)
        pid = in_child(lambda: build(paper))
        time.sleep(chance.uniform(0, seconds))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        print(json.dumps({"moment": number, **look(paper, before, old, new)}), flush=True)
        old = shown(paper)


def main() -> None:
    project = Project.find(Path(sys.argv[1]))
    paper = Paper.load("demo", project)
    if sys.argv[2] == "points":
        points(paper, int(sys.argv[3]))
    else:
        moments(paper, float(sys.argv[3]), int(sys.argv[4]))
    # Whatever was left, one whole build puts everything in order.
    edit(paper, "last")
    found = next_build(paper)
    found["left"] += [path.name for path in (project.state_folder / "scratch").iterdir()]
    print(json.dumps({"last": found}))


main()
