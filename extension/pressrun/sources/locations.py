"""Places on disk: how a source's URL becomes a path, and what a path looks like before any source opens it."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pressrun.arguments import check_writable
from pressrun.errors import UsageError

#: Two letters at least, since one is a drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)

_SQLITE_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3", ".db3"})


def split_scheme(url: str) -> tuple[str, str]:
    """Split a URL into its scheme, in lower case and "" for a plain path, and the rest."""
    match = _SCHEME.fullmatch(url)
    return (match[1].lower(), match[2]) if match else ("", url)


def resolve_path(path: str, root: Path) -> Path:
    """Give the absolute path of a plain path or a `file:` URL, relative ones taken from the root.

    Raises
    ------
    UsageError
        If it is empty, or has characters that no file's name can have.
    """
    if not path:
        raise UsageError("a source's path is empty", where="source", hint='write "runs/", or "." for this folder')
    check_writable(path, "source")
    scheme, _ = split_scheme(path)
    if scheme == "file":
        path = unquote(urlsplit(path).path)
    try:
        return (root / Path(path).expanduser()).resolve()
    except (OSError, RuntimeError) as error:
        # A circle of links; a home folder of nobody.
        raise UsageError(
            "a source's path leads nowhere", where="source", hint='write "runs/", or "." for this folder'
        ) from error


def is_file(path: Path) -> bool:
    """Whether a path is a regular file; one that may not be looked at is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def looks_like_sqlite(path: Path) -> bool:
    """Whether a path is a file that goes by the name of a SQLite database.

    It is not opened: closing any descriptor of a database drops the locks that this process holds on it, and the same
    notebook may be logging to it.
    """
    return path.suffix.lower() in _SQLITE_SUFFIXES and is_file(path)


def find_database(folder: Path) -> Path | None:
    """Give the first SQLite database of a folder, by name; None if there is none."""
    try:
        return next((path for path in sorted(folder.iterdir()) if looks_like_sqlite(path)), None)
    except OSError:
        return None


def looks_like_mlflow(path: Path) -> bool:
    """Whether a path is a folder laid out as an MLflow file store: some child's `meta.yaml` names an experiment."""
    try:
        if not path.is_dir():
            return False
        for child in islice(sorted(path.iterdir()), 1000):
            meta = child / "meta.yaml"
            if meta.is_file():
                with meta.open("rb") as file:
                    if b"experiment_id" in file.read(4096):
                        return True
    except OSError:
        return False
    return False
