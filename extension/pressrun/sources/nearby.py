"""Sources that lie in a folder without anybody having named them: what a project without runs can begin with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pressrun.sources.locations import looks_like_mlflow, looks_like_sqlite

if TYPE_CHECKING:
    from pathlib import Path

#: Folders below each other, folders in all, entries of one, and sources that are looked at or named: an answer is
#: wanted at once, from home folders too.
_DEEP = 3
_FOLDERS = 400
_ENTRIES = 200
_MOST = 10
_PASSED_OVER = frozenset({"node_modules", "site", "papers", "build", "dist", "__pycache__", "venv", "env", "artifacts"})


def nearby_sources(root: Path) -> tuple[str, ...]:
    """Give the URLs of the sources that lie below a folder, relative to it; those that lie highest first.

    Nothing is opened for it but MLflow's `meta.yaml`. A database is known by its name, since others than MLflow write
    such files too.
    """
    found: list[str] = []
    level, looked = [root], 0
    for _ in range(_DEEP):
        below: list[Path] = []
        for folder in level:
            looked += 1
            if looked > _FOLDERS or len(found) >= _MOST:
                return tuple(found[:_MOST])
            kind, inner = _looked_at(folder, root)
            found += kind
            below += inner
        level = below
    return tuple(found[:_MOST])


def _looked_at(folder: Path, root: Path) -> tuple[list[str], list[Path]]:
    """Give the sources that a folder is or holds as files, and the folders in it that may be some."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry, _ in zip(entries, range(_ENTRIES), strict=False))
    except OSError:
        return [], []
    children = [folder / name for name in names if not name.startswith(".")]
    folders = [c for c in children if c.name not in _PASSED_OVER and c.is_dir() and not c.is_symlink()]
    address = folder.relative_to(root).as_posix()
    if looks_like_mlflow(folder):
        return [f"mlflow:{address}"], []
    if any((child / "run.json").is_file() for child in folders):
        return [f"{address}/" if address != "." else "./"], []
    databases = [c for c in children if "mlflow" in c.name.lower() and looks_like_sqlite(c) and not c.is_symlink()]
    return [f"mlflow:sqlite:///{path.relative_to(root).as_posix()}" for path in databases], folders
