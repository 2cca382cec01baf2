"""Which source reads a URL: the table scheme → class, and what is said of a URL that no source reads."""

from __future__ import annotations

import importlib
import os
import re
from typing import TYPE_CHECKING

from pressrun.errors import SourceError, SourceFormatError
from pressrun.sources.locations import is_file, looks_like_mlflow, looks_like_sqlite, resolve_path, split_scheme

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.records import RunSource

#: Scheme → module and class, called with (url, root). Imported when first used: a run folder needs no SQLite.
SOURCES = {
    "": ("pressrun.sources.folder", "FolderSource"),
    "runs": ("pressrun.sources.folder", "FolderSource"),
    "mlflow": ("pressrun.sources.mlflow_files", "MlflowFiles"),
    "mlflow:sqlite": ("pressrun.sources.mlflow_sqlite", "MlflowSQLite"),
    "mlflow:http": ("pressrun.sources.mlflow_server", "MlflowServer"),
    "mlflow:https": ("pressrun.sources.mlflow_server", "MlflowServer"),
}

_FORMS = "PATH (run folders), mlflow:PATH, mlflow:sqlite:///PATH, mlflow:http://HOST:PORT"


def open_source(url: str, root: Path) -> RunSource:
    """Open the source that a URL names; nothing is read yet.

    Parameters
    ----------
    url
        No scheme or `runs:` is a folder of run folders; `mlflow:PATH` an MLflow file store; `mlflow:sqlite:///PATH` an
        MLflow database; `mlflow:http(s)://…` a tracking server.
    root
        What relative paths are taken from.

    Raises
    ------
    SourceError
        If no source reads such a URL.
    SourceFormatError
        If a plain path leads to an MLflow store.
    """
    scheme, rest = split_scheme(url)
    if scheme == "mlflow":
        inner, _ = split_scheme(rest)
        if inner and inner != "file":
            scheme = f"mlflow:{inner}"
        elif not inner and is_file(resolve_path(rest, root)):
            scheme = "mlflow:sqlite"
    elif scheme in ("", "runs"):
        _refuse_mlflow(rest, resolve_path(rest, root))
    if scheme not in SOURCES:
        raise _unknown(url, scheme, root)
    module, name = SOURCES[scheme]
    source: RunSource = getattr(importlib.import_module(module), name)(url, root)
    return source


def _refuse_mlflow(rest: str, path: Path) -> None:
    if looks_like_sqlite(path):
        raise SourceFormatError("is a SQLite database, not a folder of runs", where=str(path), hint=_sqlite_hint(rest))
    if looks_like_mlflow(path):
        raise SourceFormatError(
            "is an MLflow store, not a folder of runs", where=str(path), hint=f"write mlflow:{rest}"
        )


def _sqlite_hint(rest: str) -> str:
    return f"if MLflow wrote it, write mlflow:sqlite:///{rest}"


def _unknown(url: str, scheme: str, root: Path) -> SourceError:
    shown = re.sub(r"//[^/@]*@", "//…@", url)
    if scheme in ("http", "https", "sqlite"):
        hint = f"if this is MLflow's, write mlflow:{shown}"
    elif scheme.startswith("mlflow:"):
        hint = f"read that store through its tracking server (mlflow:http://HOST:PORT); known: {_FORMS}"
    elif scheme == "memory":
        hint = "pass the records themselves: pr.runs([{…}, …])"
    elif os.path.lexists(root / url):
        hint = f"for the path of that name, write ./{shown}; known: {_FORMS}"
    else:
        hint = f"known: {_FORMS}"
    return SourceError(f"no source reads the scheme {scheme + ':'!r}", where=shown, hint=hint)
