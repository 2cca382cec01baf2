"""Which paper a request is about, and what the project has of papers."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from tornado.web import HTTPError

from pressrun.build.paper import NOTEBOOK_NAME, Paper
from pressrun.server.handler import Handler

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.server.projects import Projects

_NAME = re.compile(r"[^\W_][\w.-]*")


def notebooks(project: Project) -> list[Path]:
    """Give the notebooks in the project's papers folder, by name."""
    return sorted((project.root / project.papers).glob(f"*/{NOTEBOOK_NAME}"))


def notebook_of(projects: Projects, project: Project, name: str, path: str = "") -> Path:
    """Give a paper's notebook, which need not be a good one.

    Parameters
    ----------
    name
        Its folder in the project's papers folder.
    path
        The notebook itself, relative to the server's root, for one that lies elsewhere; "" if it does not.

    Raises
    ------
    HTTPError
        404 if there is none.
    """
    if path:
        place = projects.inside(path)
    elif _NAME.fullmatch(name):
        place = projects.inside(f"{project.papers}/{name}/{NOTEBOOK_NAME}", project.root)
    else:
        place = None
    if place is None or place.suffix != ".ipynb" or not place.is_file():
        raise HTTPError(HTTPStatus.NOT_FOUND, f"there is no paper {path or name!r}", reason="no such paper")
    return place


def paper_of(projects: Projects, project: Project, name: str, path: str = "") -> Paper:
    """Give a paper.

    Raises
    ------
    HTTPError
        404 if there is none.
    ConfigError
        If its `paper.toml` is wrong, or its name cannot be a folder of the site.
    """
    return Paper.load(notebook_of(projects, project, name, path), project)


def paper_asked(projects: Projects, ask: Mapping[str, object]) -> Paper:
    """Give the paper that a subscription names: "project", and "paper" or "path"."""
    project = projects.named(str(ask.get("project", "")))
    return paper_of(projects, project, str(ask.get("paper", "")), str(ask.get("path", "")))


class PaperHandler(Handler):
    """The base of handlers below papers/NAME; `?path=` may name a notebook that is not in the papers folder."""

    @property
    def path_asked(self) -> str:
        """The notebook that `?path=` names; "" if there is none."""
        found: str = self.get_query_argument("path", "")
        return found

    def paper(self, name: str) -> Paper:
        """Give the paper of the request.

        Raises
        ------
        HTTPError
            404 if there is none.
        ConfigError
            If its `paper.toml` is wrong.
        """
        return paper_of(self.projects, self.project, name, self.path_asked)
