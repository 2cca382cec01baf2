"""How long a paper takes from its runs to a page, beside papermill and nbconvert on the same notebook."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from timing import pairs, say, seconds

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


def project(folder: Path) -> None:
    """Make a project with the digits paper and a fifth of its runs, recorded here and now."""
    shutil.copytree(ROOT / "papers", folder / "papers", ignore=shutil.ignore_patterns("paper.lock", "__pycache__"))
    (folder / "pressrun.toml").write_text('sources = ["runs/"]\n')
    say("recording the runs")
    sweep = folder / "papers" / "digits" / "experiments" / "sweep.py"
    seconds([sys.executable, str(sweep), "--seeds", "2"], folder)


def main() -> None:
    """Print the rows."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project(folder)
        paper = folder / "papers" / "digits"
        environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

        def ours(*options: str) -> float:
            command = f"{BIN / 'pressrun'} build digits {' '.join(options)}"
            # A claim that is not decided by two seeds is no failure of the build.
            return seconds(["sh", "-c", f"{command}; code=$?; [ $code -le 1 ]"], folder, environment)

        def peer() -> float:
            executed = str(folder / "executed.ipynb")
            run = [str(BIN / "papermill"), "--cwd", str(paper), str(paper / "paper.ipynb"), executed]
            export = [str(BIN / "jupyter"), "nbconvert", "--to", "html", executed]
            return seconds(run, folder, environment) + seconds(export, folder, environment)

        peer_name = "papermill + nbconvert to HTML"
        for what, options in {
            "build the digits paper to HTML, everything anew": ("--to", "html", "--force"),
            "build the digits paper to HTML and PDF, everything anew": ("--to", "html,pdf", "--force"),
            "build the digits paper, nothing changed": (),
        }.items():
            say(what)
            rows.append(pairs(what, peer_name, "s", partial(ours, *options), peer, n=3).as_json())
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
