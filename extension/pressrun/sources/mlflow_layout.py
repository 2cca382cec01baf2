"""How MLflow lays out a file store: which folders are experiments and runs, told without parsing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pressrun.errors import SourceError
from pressrun.sources.locations import is_file

META = "meta.yaml"
#: Folders of an experiment that hold no runs.
RESERVED = frozenset({"tags", "datasets", "traces", "models"})

_RUN_FOLDERS = frozenset({"metrics", "params", "tags"})
_START = re.compile(rb"^start_time:\s*(\d{1,15})\s*$", re.MULTILINE)
_URI = re.compile(rb"^artifact_uri:\s*(.{1,4096}?)\s*$", re.MULTILINE)


def list_folders(folder: Path, *, links: bool = False) -> list[os.DirEntry[str]]:
    """List the folders in a folder by name, links to folders only when asked for; one that is gone has none.

    Raises
    ------
    SourceError
        If the folder may not be listed.
    """
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if e.is_dir(follow_symlinks=False) or (links and e.is_symlink())]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        what = f"cannot be listed: {error.strerror}"
        raise SourceError(what, where=str(folder), hint="grant access to it") from error
    return sorted(found, key=lambda entry: entry.name)


def is_experiment(folder: Path) -> bool:
    """Whether a folder has its own `meta.yaml` or holds a run; one that may not be looked into may be one."""
    if is_file(folder / META):
        return True
    try:
        return any(_names_run(child) for child in list_folders(folder))
    except SourceError:
        return True


def has_metadata(entry: os.DirEntry[str]) -> bool:
    """Whether a folder of an experiment has a `meta.yaml` with something in it."""
    meta = Path(entry.path) / META
    try:
        return entry.name not in RESERVED and meta.is_file() and meta.stat().st_size > 0
    except OSError:
        return False


def _names_run(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's `meta.yaml` is a run's, so that the folder it stands in is an experiment without its own."""
    meta = Path(entry.path) / META
    try:
        # A pipe of that name would block.
        if not meta.is_file():
            return False
        with meta.open("rb") as file:
            return any(line.startswith((b"run_id:", b"run_uuid:")) for line in file.read(65536).splitlines())
    except OSError:
        return False


def is_laid_out_as_run(folder: Path) -> bool:
    """Whether a folder is laid out as a run; one that may not be looked into may be one."""
    try:
        return any(entry.name in _RUN_FOLDERS for entry in list_folders(folder))
    except SourceError:
        return True


def peek(meta: Path) -> tuple[int, str]:
    """Give a run's start and artifact URI as far as they can be had without parsing, since every listing asks."""
    try:
        with meta.open("rb") as file:
            head = file.read(65536)
    except OSError:
        return 0, ""
    start = _START.search(head)
    uri = _URI.search(head)
    return int(start[1]) if start else 0, uri[1].decode("utf-8", "replace").strip("'\"") if uri else ""
