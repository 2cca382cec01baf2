"""Folders of other loggers: told by their layout, so that a wrong URL is answered with the right one."""

from __future__ import annotations

import os
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


#: A file's name, or a part of it, that only one logger gives.
_SIGNS = (
    ("events.out.tfevents", "TensorBoard logs", "write tensorboard:{path}"),
    (".wandb", "W&B runs", "export them, or log them again with pressrun"),
    ("wandb-metadata.json", "W&B runs", "export them, or log them again with pressrun"),
    ("hparams.yaml", "PyTorch Lightning logs", "write tensorboard:{path} where they hold event files"),
    ("trainer_state.json", "Hugging Face trainer output", "pass its log_history as records: pr.runs([{…}, …])"),
    ("cout.txt", "Sacred runs", "pass them as records: pr.runs([{…}, …])"),
    ("meta.yaml", "an MLflow file store", "write mlflow:{path}"),
    ("mlflow.db", "an MLflow database's folder", "write mlflow:sqlite:///{path}/mlflow.db"),
)


def foreign_layout(folder: Path) -> Layout | None:
    """Say what a folder without run folders looks like; None if it looks like nothing known.

    Looks at no more than a few thousand names, and follows no links.
    """
    for path in islice(_files(folder), _ENTRIES):
        for sign, what, hint in _SIGNS:
            if sign in path.name:
                return Layout(what, hint.format(path=folder))
        if path.name == "run.json":
            return Layout(f"a folder of folders of runs, such as {path.parent.parent}", f"write {path.parent.parent}")
    return None


def _files(folder: Path) -> Iterator[Path]:
    depth = len(folder.parts)
    for place, folders, names in os.walk(folder):
        inner = folder.joinpath(place)
        folders[:] = sorted(folders) if len(inner.parts) - depth < _DEPTH else []
        for name in sorted(names):
            yield inner / name
