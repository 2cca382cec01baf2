"""Which project a request is about: paths are canonicalised here, once, and kept inside the server's root."""

from __future__ import annotations

import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tornado.web import HTTPError

from pressrun.project import Project
from pressrun.server.handler import Handler
from pressrun.version import __version__

#: A percent sign is part of an honest name; what looks encoded still after decoding is an attempt to slip through.
_DISHONEST = ("\0", "\\", "://")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


class Projects:
    """The projects at and below the folder that the server serves.

    Parameters
    ----------
    root
        The server's root. A project above it, whose subfolder is served, counts as the root's own.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).expanduser().resolve()

    def inside(self, path: str, within: Path | None = None) -> Path:
        """Give the one canonical place of a relative path, symlinks followed.

        Parameters
        ----------
        path
            What a request names, decoded.
        within
            The folder that it is relative to and has to stay in; the server's root if not given. A folder that a
            project's configuration names is one too, but none outside the server's root and the root's own project.

        Raises
        ------
        HTTPError
            404 if it is absolute, holds what no honest path holds, or leads out of the folder: the answer to a path
            that must not be seen is that of one that is not there.
        """
        refused = HTTPError(HTTPStatus.NOT_FOUND, reason="no such path in this project")
        if any(sign in path for sign in _DISHONEST) or _ENCODED.search(path) or path.startswith(("/", "~")):
            raise refused
        try:
            folder = self.root if within is None else within.resolve()
            place = (folder / path).resolve()
            # A link that resolving leaves a link leads round in a circle.
            reachable = place.is_relative_to(folder) and not place.is_symlink()
        except (OSError, RuntimeError, ValueError) as error:
            raise refused from error
        if not reachable or not (folder.is_relative_to(self.root) or folder.is_relative_to(self._home)):
            raise refused
        return place

    def shows(self, place: Path) -> bool:
        """Whether what is published at a place may be shown: inside the root, or inside the root's own project."""
        place = place.resolve()
        return place.is_relative_to(self.root) or place.is_relative_to(self._home)

    @property
    def _home(self) -> Path:
        """The root of the project that the server's root belongs to, which may lie above it."""
        return Project.find(self.root).root

    def named(self, folder: str) -> Project:
        """Give the project of a folder that a request names, or of the root if the folder belongs to none."""
        place = self.inside(folder)
        return self.of(place if place.is_dir() else place.parent)

    def of(self, place: Path) -> Project:
        """Give the project that a folder inside the root belongs to."""
        found = Project.find(place)
        return found if found.configured or place == self.root else Project.find(self.root)

    def address(self, project: Project) -> str:
        """Give a project's folder relative to the server's root: what requests name it by."""
        return self.relative(project.root) or ""

    def relative(self, path: Path) -> str | None:
        """Give a path relative to the server's root, as JupyterLab opens it; None where it lies outside."""
        path = Path(os.path.normpath(path))
        if not path.is_relative_to(self.root):
            return None
        text = path.relative_to(self.root).as_posix()
        return "" if text == "." else text


class ProjectHandler(Handler):
    """GET /project?path=…: the project that a file belongs to."""

    async def get(self) -> None:
        """Answer a `Project`."""
        self.answer(await self.work(self._describe, self.get_query_argument("path", "", strip=False)))

    def _describe(self, path: str) -> dict[str, Any]:
        project = self.projects.named(path)
        return {
            "project": self.projects.address(project),
            "title": project.title,
            "configured": project.configured,
            "sources": list(project.sources),
            "papers": self.projects.relative(project.root / project.papers) or "",
            "metrics": [
                {
                    "name": metric.name,
                    "direction": metric.direction.value,
                    "declared": metric.declared,
                    "role": metric.role.value if metric.role else None,
                    "unit": metric.unit,
                    "title": metric.title,
                }
                for metric in project.metrics.values()
            ],
            "version": __version__,
        }
