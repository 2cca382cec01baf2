"""Folders of runs in a temporary place, and what was recorded there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pressrun.records import Problem, Recorded, RunRef
from pressrun.sources.folder import FolderSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of runs of a project without git, which is also the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRESSRUN_RUN", raising=False)
    monkeypatch.delenv("PRESSRUN_SEED", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path / "runs"


@pytest.fixture
def read_all(runs: Path) -> Callable[[], list[Recorded]]:
    """Read every run, and see that nothing of the folder was set aside."""

    def read() -> list[Recorded]:
        source = FolderSource("runs/", runs.parent)
        found = list(source.refs())
        assert [ref for ref in found if isinstance(ref, Problem)] == []
        return [source.read(ref.id) for ref in found if isinstance(ref, RunRef)]

    return read


@pytest.fixture
def read_one(read_all: Callable[[], list[Recorded]]) -> Callable[[], Recorded]:
    """Read the only run."""

    def read() -> Recorded:
        (recorded,) = read_all()
        return recorded

    return read


@pytest.fixture
def repository(runs: Path) -> Path:
    """A git repository around the runs, with one committed script and an ignored runs folder."""
    root = runs.parent
    (root / "train.py").write_text("rate = 0.1\n")
    (root / ".gitignore").write_text("/runs/\n/secret.env\n")
    for arguments in (
        ["init", "-q", "-b", "trunk"],
        ["config", "user.email", "a@example.org"],
        ["config", "user.name", "A"],
        ["add", "."],
        ["commit", "-q", "-m", "first"],
    ):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return root
