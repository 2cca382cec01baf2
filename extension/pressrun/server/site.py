"""What is published: its files, sandboxed, and what changed between two versions."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tornado.web import HTTPError

from pressrun.publish.comparison import compare_versions
from pressrun.publish.serving import find, kind_of
from pressrun.publish.versions import site_folder
from pressrun.server.paper_files import PaperHandler
from pressrun.server.sandbox import SandboxHandler

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.project import Project

#: What stands before a project's folder in an address below /site.
_MARK = "~"
_NOT_THERE = HTTPStatus.NOT_FOUND


class SiteHandler(SandboxHandler):
    """GET /site/PATH.

    A page's own links keep no query, so a project's site has an address of its own: /site/~FOLDER/PATH, to which
    `?project=` leads.
    """

    async def get(self, path: str) -> None:
        """Answer a published file."""
        asked: str = self.get_query_argument("project", "", strip=False)
        if asked:
            self.projects.named(asked)
            self.redirect(f"{self._start}{_MARK}{quote(asked, safe='')}/{quote(path)}")
            return
        folder = ""
        if path.startswith(_MARK):
            # Encoded, the folder is one part of the address; tornado has decoded it with the rest.
            raw = self.request.path.removeprefix(self._start)
            folder, _, rest = raw.removeprefix(_MARK).partition("/")
            folder, path = _decoded(folder), _decoded(rest)
        found = await self.work(self._find, self.projects.named(folder), path)
        if found.is_dir():
            self.redirect(self.request.path.rstrip("/") + "/index.html")
            return
        self.send(await self.work(found.read_bytes), kind_of(found))

    def _find(self, project: Project, path: str) -> Path:
        site = site_folder(project)
        found = find(site, path) if self.projects.shows(site) else None
        if found is None or not (found.is_file() or (found / "index.html").is_file()):
            raise HTTPError(_NOT_THERE, reason="nothing is published there")
        return found

    @property
    def _start(self) -> str:
        """What stands before the path in an address; the server's own base may have a part called site, too."""
        path: str = self.request.path
        start, site, _ = path.removeprefix(self.base_url).partition("/site/")
        return f"{self.base_url}{start}{site}"


class ChangesHandler(PaperHandler):
    """GET /papers/NAME/changes?old=&new=."""

    async def get(self, name: str) -> None:
        """Answer the `Changes` from one version to another, the last two if none is named."""
        paper = self.paper(name)
        old, new = (self._number(key) for key in ("old", "new"))
        found = await self.work(compare_versions, paper.project, paper.name, old, new)
        told: list[dict[str, Any]] = [
            {**change.to_json(), "lines": list(change.lines) if change.is_text else []} for change in found.changes
        ]
        self.answer({"old": found.old, "new": found.new, "changes": told})

    def _number(self, key: str) -> int | None:
        text: str = self.get_query_argument(key, "")
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise HTTPError(HTTPStatus.BAD_REQUEST, reason=f"{key} is not the number of a version")
        return int(text)


def _decoded(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text, errors="strict")


#: Path below the API → handler.
ROUTES = (("/papers/([^/]+)/changes", ChangesHandler), ("/site/(.*)", SiteHandler))
