"""Papers: the list, one paper's state, a new one from a template, and the topic that follows a paper."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.web import HTTPError

from pressrun.calls.contrasting import contrast
from pressrun.publish.new_paper import templates, write_paper
from pressrun.server.handler import Handler
from pressrun.server.paper_builds import BuildHandler, build_topic
from pressrun.server.paper_files import PaperHandler, notebook_of, notebooks
from pressrun.server.paper_states import STANDS, PaperStates

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.server.events import Topic

#: Seconds between two messages about a build that goes on.
_PAUSE = 0.3


class PapersHandler(Handler):
    """GET and POST /papers."""

    takes: ClassVar[dict[str, str]] = {"post": "papers#NewPaper"}

    @property
    def states(self) -> PaperStates:
        """The states of papers."""
        found: PaperStates = self.settings["pressrun_papers"]
        return found

    async def get(self) -> None:
        """Answer the project's `Papers`; one that cannot be read stands in the list with what is wrong with it."""
        project = self.project
        found = await self.work(notebooks, project)
        inside = [path for path in found if self.projects.relative(path.resolve()) is not None]
        papers = await asyncio.gather(*(self.states.summary(project, path.resolve()) for path in inside))
        self.answer({"papers": papers})

    async def post(self) -> None:
        """Write a paper from a template, and answer its `PaperSummary`."""
        asked, project = self.body, self.project
        place = self.projects.inside(project.papers, project.root)
        if self.projects.relative(place) is None:
            raise HTTPError(HTTPStatus.NOT_FOUND, "the papers folder lies outside of what this server serves")
        folder: Path = await self.work(_begin, project, asked)
        notebook = notebook_of(self.projects, project, folder.name)
        self.answer(await self.states.summary(project, notebook), HTTPStatus.CREATED)


class TemplatesHandler(Handler):
    """GET /templates."""

    async def get(self) -> None:
        """Answer the `Templates` that a paper can start from."""
        known = await self.work(templates)
        told = [{"name": each.name, "title": each.title, "description": each.description} for each in known.values()]
        self.answer({"templates": told})


class PaperStateHandler(PaperHandler):
    """GET /papers/NAME."""

    async def get(self, name: str) -> None:
        """Answer a `PaperState`."""
        states: PaperStates = self.settings["pressrun_papers"]
        project = self.project
        notebook = notebook_of(self.projects, project, name, self.path_asked)
        self.answer(await states.state(project, notebook))


async def paper_topic(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any]]:
    """Tell a paper's state at once, and whenever it is another one."""
    projects, states, builds = (settings[f"pressrun_{name}"] for name in ("projects", "papers", "builds"))
    told: dict[str, Any] | None = None
    while True:
        project = projects.named(str(ask.get("project", "")))
        notebook = notebook_of(projects, project, str(ask.get("paper", "")), str(ask.get("path", "")))
        revision = builds.revision(notebook)
        state = await states.state(project, notebook)
        if _but_progress(state) != told:
            told = _but_progress(state)
            yield {"type": "paper", "state": state}
        await asyncio.sleep(_PAUSE)
        await builds.wait(notebook, revision, STANDS)


#: Path below the API → handler, and topic → what makes its messages.
ROUTES = (
    ("/papers", PapersHandler),
    ("/templates", TemplatesHandler),
    ("/papers/([^/]+)", PaperStateHandler),
    ("/papers/([^/]+)/build", BuildHandler),
)
TOPICS: dict[str, Topic] = {"paper": paper_topic, "build": build_topic}


def _begin(project: Project, asked: Mapping[str, Any]) -> Path:
    chosen = templates().get(asked["template"])
    found = contrast(project) if chosen and chosen.contrasts else None
    return write_paper(project, asked["name"], asked["template"], asked.get("title", ""), found)


def _but_progress(state: dict[str, Any]) -> dict[str, Any]:
    """Give a state without what the topic "build" tells."""
    job = state["job"]
    return {**state, "job": job and (job["id"], job["phase"], job["ended"])}
