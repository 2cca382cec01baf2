"""How long papers take from their runs to a page, beside papermill and nbconvert on the same notebooks.

Also what a build needs of memory, and how long the cells alone take: the floor under any tool that executes them.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import papers
from timing import Row, pairs, peak, say, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BIN = Path(sys.executable).parent
PEER = "papermill + nbconvert to HTML"
#: Python may keep the bytecode of what it imports, as it does for everybody who did not forbid it.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
}


def build(folder: Path, *options: str) -> list[str]:
    """Give the command that builds; a claim that is not decided by few seeds is no failure of the build."""
    return ["sh", "-c", f"cd {folder} && {BIN / 'pressrun'} build {' '.join(options)}; code=$?; [ $code -le 1 ]"]


def ours(folder: Path, *options: str, before: Callable[[], object] = lambda: None) -> float:
    """Time a build, after something was done that is not timed."""
    before()
    return seconds(build(folder, *options), folder, ENVIRONMENT)


def execute(paper: Path) -> list[str]:
    """Give papermill's command."""
    return [str(BIN / "papermill"), "--cwd", str(paper), str(paper / "paper.ipynb"), str(paper / "executed.ipynb")]


def export(paper: Path) -> list[str]:
    """Give nbconvert's command."""
    return [str(BIN / "jupyter"), "nbconvert", "--to", "html", str(paper / "executed.ipynb")]


def peer(paper: Path) -> float:
    """Time papermill and nbconvert, one after the other."""
    return seconds(execute(paper), paper, ENVIRONMENT) + seconds(export(paper), paper, ENVIRONMENT)


def cells_alone(paper: Path) -> float:
    """Give the time that the cells of a paper that papermill executed took in their kernel."""
    notebook = json.loads((paper / "executed.ipynb").read_text())
    return float(sum(cell["metadata"].get("papermill", {}).get("duration") or 0 for cell in notebook["cells"]))


def forget(folder: Path) -> None:
    """Remove everything that builds leave."""
    for name in (".pressrun", "site"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for lock in folder.glob("papers/*/paper.lock"):
        lock.unlink()


def one_paper(folder: Path, make: Callable[[Path], Path], like: str, title: str, name: str) -> list[Row]:
    """Measure one paper in all ways that it is built; `like` is a model of whose runs one more is recorded."""
    say(f"recording the runs of {title}")
    paper = make(folder)
    rows = []
    beside = partial(pairs, peer_name=PEER, unit="s", peer=partial(peer, paper), n=3)
    cold = partial(ours, folder, name, "--to", "html,pdf", before=partial(forget, folder))
    rows.append(beside(f"{title}: build to HTML and PDF, everything anew", ours=cold, bar=1 / 2))
    floor = cells_alone(paper)
    rows.append(
        Row(
            f"{title}: its cells alone, in papermill's kernel",
            PEER,
            "s",
            floor,
            rows[0].peer,
            *3 * (floor / rows[0].peer,),
        )
    )
    cold = partial(ours, folder, name, "--to", "html", before=partial(forget, folder))
    rows.append(beside(f"{title}: build to HTML, everything anew", ours=cold))
    ours(folder, name, "--to", "html")
    rows.append(beside(f"{title}: nothing changed", ours=partial(ours, folder, name, "--to", "html"), bar=1 / 30))
    edit = partial(papers.edit_prose, paper)
    edited = partial(ours, folder, name, "--to", "html", before=edit)
    rows.append(beside(f"{title}: one prose cell edited", ours=edited, bar=1 / 10))
    run = partial(papers.add_run, folder, like)
    added = partial(ours, folder, name, "--to", "html", "--update", before=run)
    rows.append(beside(f"{title}: one run added", ours=added, bar=1 / 4))
    unchanged = partial(ours, folder, name, "--to", "html")
    unchanged()
    again = partial(seconds, _jcache(paper), folder, ENVIRONMENT)
    rows.append(pairs(f"{title}: nothing changed", "jupyter-cache: jcache project execute", "s", unchanged, again, n=3))
    return rows


def _jcache(paper: Path) -> list[str]:
    """Add a paper to jupyter-cache's project, and give the command that executes what changed in it."""
    jcache, cache = str(BIN / "jcache"), str(paper / "jupyter-cache")
    Path(cache).mkdir()
    add = [jcache, "notebook", "-p", cache, "add", str(paper / "paper.ipynb")]
    seconds(add, paper, ENVIRONMENT)
    return [jcache, "project", "-p", cache, "execute", "--timeout", "600"]


def twenty_papers(folder: Path) -> Row:
    """Measure twenty papers, two at a time."""
    say("making twenty papers")
    made = papers.many(folder, 20)

    def two_at_a_time() -> float:
        began = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(peer, made))
        return time.perf_counter() - began

    build_all = partial(ours, folder, "-j", "2", "--to", "html", before=partial(forget, folder))
    return pairs(
        "twenty small papers, `-j 2`", f"{PEER}, two at a time", "s", build_all, two_at_a_time, n=2, warm=False,
        bar=1 / 4,
    )  # fmt: skip


def memory(folder: Path) -> list[Row]:
    """Measure the largest process of a build, with little and with much output."""
    rows = []
    for megabytes in (1, 30):
        place = folder / str(megabytes)
        place.mkdir()
        paper = papers.loud(place, megabytes)
        ours_peak = peak(build(place, "loud", "--to", "html"), place, ENVIRONMENT)
        peer_peak = max(peak(command(paper), paper, ENVIRONMENT) for command in (execute, export))
        what = f"largest process of a build of a paper with {megabytes} MB of output"
        rows.append(Row(what, PEER, "MB", ours_peak, peer_peak, *3 * (ours_peak / peer_peak,)))
    return rows


def main(wanted: Sequence[str]) -> None:
    """Print the rows."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for part in wanted or ("digits", "sixty", "twenty", "memory"):
            folder = Path(name) / part
            folder.mkdir()
            match part:
                case "digits":
                    rows += one_paper(folder, papers.digits, "svm", "the digits paper", "digits")
                case "sixty":
                    rows += one_paper(folder, papers.sixty, "network", "a paper of sixty cells", "sixty")
                case "twenty":
                    rows.append(twenty_papers(folder))
                case "memory":
                    rows += memory(folder)
    print(json.dumps([row.as_json() for row in rows]))


if __name__ == "__main__":
    main(sys.argv[1:])
