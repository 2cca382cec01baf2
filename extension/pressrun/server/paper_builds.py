"""A paper's build: begun, followed and cancelled by request, and the topic that tells how far it is."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.errors import UsageError
from pressrun.server.builds import ELSEWHERE, Builds
from pressrun.server.paper_files import PaperHandler, paper_asked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

#: Seconds between two messages: cells may end faster than anybody can see.
_PAUSE = 0.1
#: Seconds after which a build in a terminal is looked for.
_GLANCE = 2.0


class BuildHandler(PaperHandler):
    """POST, GET and DELETE /papers/NAME/build."""

    takes: ClassVar[dict[str, str]] = {"post": "papers#BuildRequest"}

    @property
    def builds(self) -> Builds:
        """The builds of this server."""
        found: Builds = self.settings["pressrun_builds"]
        return found

    async def get(self, name: str) -> None:
        """Answer the `Job` at work, or the last one."""
        self.answer({"job": self.builds.job(self.paper(name))})

    async def post(self, name: str) -> None:
        """Begin a build, or join the one at work, and answer its `BuildJob`."""
        asked = self.body
        if asked.get("update") and asked.get("frozen"):
            raise UsageError("update and frozen contradict each other", hint="ask for one of them")
        self.answer(self.builds.start(self.paper(name), asked).to_json(), HTTPStatus.ACCEPTED)

    async def delete(self, name: str) -> None:
        """Cancel the build and wait until nothing is left of it; answer its `Job`."""
        paper = self.paper(name)
        job = self.builds.job(paper)
        if job is not None and job["id"] == ELSEWHERE:
            hint = "end it where it was begun, or wait for its end"
            raise UsageError("another process builds this paper", where=paper.label, hint=hint)
        await self.builds.cancel(paper)
        self.answer({"job": self.builds.job(paper)})


async def build_topic(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any]]:
    """Tell a paper's build at once and with every step, and what it says as it says it."""
    builds: Builds = settings["pressrun_builds"]
    told: object = builds
    heard, said = "", 0
    while True:
        paper = paper_asked(settings["pressrun_projects"], ask)
        revision = builds.revision(paper.notebook)
        job, build = builds.job(paper), builds.build(paper)
        if job != told:
            told = job
            yield {"type": "build", "job": job}
        if build is not None:
            if build.id != heard:
                # The job that was told first has the lines that were said before.
                said = build.said if not heard else 0
                heard = build.id
            if lines := build.lines_after(said):
                yield {"type": "log", "lines": lines}
            said = build.said
        await asyncio.sleep(_PAUSE)
        await builds.wait(paper.notebook, revision, _GLANCE)
