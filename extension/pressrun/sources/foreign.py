"""Folders of other loggers: told by their layout, so that a wrong URL is answered with the right one."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DEPTH = 4
_ENTRIES = 5000


@dataclass(frozen=True, slots=True)
class Layout:
    """What a folder looks like, and what to do about it."""

    what: str
    hint: str


_AS_RECORDS = "read its numbers yourself and pass them as records: pr.runs([{…}, …])"

#: A file's name, or a part of it, that only one logger gives, and what follows the folder's path in its URL, if any.
_SIGNS = (
    ("events.out.tfevents", "TensorBoard logs", ("tensorboard:", "")),
    (".wandb", "W&B runs", ("wandb:", "")),
    ("wandb-metadata.json", "W&B runs", ("wandb:", "")),
    ("hparams.yaml", "PyTorch Lightning logs", ("lightning:", "")),
    ("trainer_state.json", "Hugging Face trainer output", None),
    ("cout.txt", "Sacred runs", None),
    ("meta.yaml", "an MLflow file store", ("mlflow:", "")),
    ("mlflow.db", "an MLflow database's folder", ("mlflow:sqlite:///", "/mlflow.db")),
)

#: Data that no logger can be told by. One text file may be somebody's notes.
_KINDS = {
    ".csv": ("CSV tables", 1),
    ".tsv": ("TSV tables", 1),
    ".parquet": ("Parquet tables", 1),
    ".json": ("JSON files", 1),
    ".jsonl": ("JSON lines", 1),
    ".log": ("text logs", 1),
    ".txt": ("text files", 2),
}


def foreign_layout(folder: Path) -> Layout | None:
    """Say what a folder without run folders looks like; None if it looks like nothing known.

    Looks at no more than a few thousand names, and follows no links.
    """
    suffixes: Counter[str] = Counter()
    for path in islice(_files(folder), _ENTRIES):
        for sign, what, url in _SIGNS:
            if sign in path.name:
                return Layout(what, _hint(folder, url))
        if path.name == "run.json":
            return Layout(f"a folder of folders of runs, such as {path.parent.parent}", f"write {path.parent.parent}")
        suffixes[path.suffix.lower()] += 1
    for suffix, count in suffixes.most_common():
        what, least = _KINDS.get(suffix, ("", 0))
        if what and count >= least:
            return Layout(what, _AS_RECORDS)
    return None


def _hint(folder: Path, url: tuple[str, str] | None) -> str:
    """Name the URL that reads such a folder, if any source does."""
    from pressrun.sources.registry import SOURCES

    if url is None or url[0].split(":///")[0].rstrip(":") not in SOURCES:
        return _AS_RECORDS
    return f"write {url[0]}{folder}{url[1]}"


def _files(folder: Path) -> Iterator[Path]:
    depth = len(folder.parts)
    for place, folders, names in os.walk(folder):
        inner = folder.joinpath(place)
        folders[:] = sorted(folders) if len(inner.parts) - depth < _DEPTH else []
        for name in sorted(names):
            yield inner / name
