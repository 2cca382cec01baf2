"""Which sources a request may have read: those of its project, and what lies inside the folder that is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.errors import SourceError
from pressrun.sources.locations import resolve_path, split_scheme

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pressrun.project import Project


def check_sources(urls: Iterable[str], project: Project, root: Path) -> None:
    """Let requests read what the project names itself, or what lies inside the folder that the server serves.

    Raises
    ------
    SourceError
        If a source is neither.
    """
    for url in urls:
        if url not in project.sources and not _is_inside(url, project, root):
            raise SourceError(
                "is no source of this project, and outside of what this server serves",
                where=url,
                hint="add it to the sources in pressrun.toml",
            )


def _is_inside(url: str, project: Project, root: Path) -> bool:
    scheme, rest = split_scheme(url)
    inner, below = split_scheme(rest)
    if scheme == "mlflow" and inner in ("http", "https"):
        return False
    path = below.removeprefix("///").partition("?")[0] if inner == "sqlite" else rest if scheme else url
    try:
        place = resolve_path(path, project.root)
    except (OSError, RuntimeError):
        # A loop of symlinks leads nowhere.
        return False
    return place.is_relative_to(root) or place.is_relative_to(project.root)
