"""Scratch space of one build, which is gone afterwards, whatever happens."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.build.kernels import end_processes
from pressrun.runs.pins import BUILD_ENV

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.build.paper import Paper


@contextlib.contextmanager
def scratch_folder(paper: Paper) -> Iterator[Path]:
    """Give a folder for one build, on the disk of the project's state, and take it away.

    The paper's build lock is held, so folders of earlier builds are a killed builder's: its kernel, if it is still
    there, is ended, and they are removed.
    """
    parent = _scratch(paper)
    parent.mkdir(parents=True, exist_ok=True)
    clear_scratch(paper)
    folder = Path(tempfile.mkdtemp(prefix=f"{paper.name}~", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_scratch(paper: Paper) -> None:
    """End the kernels of builders that were killed, and remove their folders; the paper's build lock must be held."""
    # No paper's name has a tilde in it.
    for left in _scratch(paper).glob(f"{paper.name}~*"):
        end_processes(None, {BUILD_ENV: str(left / "context.json")})
        shutil.rmtree(left, ignore_errors=True)


def _scratch(paper: Paper) -> Path:
    return paper.project.state_folder / "scratch"
