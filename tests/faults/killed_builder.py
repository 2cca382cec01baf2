"""Kills builders and looks at what they leave: run by test_publication_faults.py in a process of its own.

It forks a builder again and again, with everything imported, so that a kill costs milliseconds, and prints one JSON
line a kill. `points`: SIGKILL at the k-th write, k = 0, 1, …, the execution being replayed. `moments SECONDS COUNT`:
SIGKILL at random moments of whole builds with a real kernel.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import nbformat

import pressrun.build.engine
import pressrun.build.execute
import pressrun.publish.html
import pressrun.publish.verification
from pressrun.build.build import BuildOptions, build_paper
from pressrun.build.lock import Lock
from pressrun.build.paper import Paper
from pressrun.project import Project
from pressrun.publish.publication import SitePublisher

WRITES = {"os.rename", "os.mkdir", "os.symlink", "os.link", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}


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
    notebook = nbformat.read(paper.notebook, 4)
    notebook.cells[0].source = f"# A study\n\nThe mark is {mark}."
    nbformat.write(notebook, paper.notebook)


def site(paper: Paper) -> dict[str, str]:
    """What a reader of the newest version sees, and the site's index."""
    found = {}
    for path in [*paper.published.iterdir(), paper.published.parent / "index.html"]:
        if path.is_file():
            found[path.name + str(path.parent)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def shown(paper: Paper) -> str:
    page = (paper.published / "index.html").read_text("utf-8")
    return page.partition("The mark is ")[2].partition(".")[0]


def kill_at_write(number: int) -> None:
    """End this process, as SIGKILL does, at its n-th write from now."""
    left = number

    def count(event: str, arguments: Any) -> None:
        nonlocal left
        is_write = event in WRITES or (event == "open" and bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)))
        if is_write:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    sys.addaudithook(count)


def look(paper: Paper, before: dict[str, str], old: str, new: str) -> dict[str, Any]:
    """Say whether the site is the old one or the new one, and whether the lock can be read."""
    report = pressrun.publish.verification.verify(paper.published)
    mark = shown(paper)
    is_old = mark == old and site(paper) == before
    state = "old" if is_old else "new" if mark == new else "mixed"
    return {"state": state if report.sound else "unsound", "lock": Lock.read(paper.lock_path) is not None}


def in_child(work: Any) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return pid


def points(paper: Paper) -> None:
    """Kill at every write point of a build whose execution is replayed."""
    executed = pressrun.build.execute.execute_paper
    kept: dict[str, Any] = {}

    def replay(paper: Any, notebook: Any, *rest: Any) -> Any:
        log = rest[3]
        log.results.extend(kept["cells"])
        return pressrun.build.execute.ExecutedPaper(notebook, time.time(), (), ())

    def keep(paper: Any, notebook: Any, *rest: Any) -> Any:
        result = executed(paper, notebook, *rest)
        kept["cells"] = list(rest[3].results)
        return result

    pressrun.build.execute.__dict__["execute_paper"] = keep
    edit(paper, "first")
    assert build(paper) == 0
    pressrun.build.execute.__dict__["execute_paper"] = replay
    # No kernel is to start for nothing.
    os.environ["PRESSRUN_WARM"] = "0"
    old, number = "first", 0
    while True:
        before, new = site(paper), f"edit {number}"
        edit(paper, new)

        def work(number: int = number) -> int:
            kill_at_write(number)
            return build(paper)

        _, status = os.waitpid(in_child(work), 0)
        found = look(paper, before, old, new)
        print(json.dumps({"point": number, **found, "killed": os.WIFSIGNALED(status)}), flush=True)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        old, number = shown(paper), number + 1


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
        points(paper)
    else:
        moments(paper, float(sys.argv[3]), int(sys.argv[4]))
    # Whatever was left, one whole build puts everything in order.
    edit(paper, "last")
    code = build(paper)
    left = [path.name for path in (project.state_folder / "scratch").iterdir()]
    print(json.dumps({"last": code, "shown": shown(paper), "left": left}))


main()
