"""Paths inside a run's artifacts: canonicalised once, and refused when they lead anywhere else."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from pressrun.arguments import check_text
from pressrun.errors import ArtifactError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|[A-Za-z]:")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def checked_path(path: str, where: str) -> str:
    """Give an artifact's path, with forward slashes and relative to the run's artifacts, if it can be one.

    Nothing is decoded: the path is the file's name as it is. But a path that would lead out after decoding, once or
    many times, is refused too, because something between a reader and here may decode it.

    Raises
    ------
    ArtifactError
        If the path is empty, absolute, a URL, has backslashes or control characters, or climbs.
    UsageError
        If it is no text.
    """
    check_text(path, "path", '"model.bin"')
    seen = path
    for _ in range(8):
        if reason := _fault(seen):
            raise ArtifactError(f"the artifact path {path!r} {reason}", where=where, hint="name it as `runs show` does")
        decoded = unquote(seen)
        if decoded == seen:
            break
        seen = decoded
    else:
        raise ArtifactError(f"the artifact path {path!r} is encoded many times over", where=where)
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _fault(path: str) -> str:
    if not path.strip("/. "):
        return "names no file" if ".." not in path else "leads out of the run"
    if path.startswith("/"):
        return "is absolute"
    if "\\" in path:
        return "has backslashes"
    if _SCHEME.match(path):
        return "is a URL or names a drive"
    if _UNPRINTABLE.search(path):
        return "has control characters"
    if ".." in path.split("/"):
        return "leads out of the run"
    return ""


def inside(root: Path, path: str, where: str) -> Path:
    """Give the real path of something in a folder, links resolved, if it lies in that folder.

    Parameters
    ----------
    root
        The folder.
    path
        A path as `checked_path` takes it. What it names need not exist.
    where
        The run, for messages.

    Raises
    ------
    ArtifactError
        If it leads out, lexically or through a symbolic link, or runs in a circle of links.
    """
    base = root.resolve()
    try:
        # Python's resolve() reports a circle of links differently from version to version; realpath(strict) always.
        target = Path(os.path.realpath(base / checked_path(path, where)))
        if target.is_symlink():
            raise ArtifactError(f"the artifact {path!r} is a link in a circle", where=where)
    except OSError as error:
        raise ArtifactError(f"the artifact {path!r} cannot be reached: {error}", where=where) from error
    if not target.is_relative_to(base) or target == base:
        raise ArtifactError(f"the artifact {path!r} is a link that leads out of the run", where=where)
    return target
