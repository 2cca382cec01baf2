"""The open document: its outline, and a preview of the page that it would be published as. Nothing is executed."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.web import HTTPError

from pressrun.build.facts_file import Facts
from pressrun.build.notebook import notebook_of
from pressrun.claims.check import correct
from pressrun.errors import ConfigError, reason_of
from pressrun.publish.document import Document
from pressrun.publish.outline import Outline
from pressrun.server.handler import reads
from pressrun.server.paper_files import PaperHandler
from pressrun.server.paper_files import notebook_of as notebook_path
from pressrun.server.sandbox import SandboxHandler

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

#: Pages kept of one paper: the one that is shown, the one that is loading, and some for slow browsers.
_PAGES = 4
#: Pages kept in all.
_MOST = 24


class Previews:
    """The last pages that were rendered, in memory."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def keep(self, paper: str, page: str) -> str:
        """Keep a page, and give the name under which it can be had."""
        name = secrets.token_urlsafe(16)
        self._pages[name] = (paper, page)
        own = [each for each, (whose, _) in self._pages.items() if whose == paper]
        for old in own[:-_PAGES]:
            del self._pages[old]
        while len(self._pages) > _MOST:
            self._pages.popitem(last=False)
        return name

    def page(self, paper: str, name: str) -> str | None:
        """Give a page of a paper; None if it is not kept any more."""
        whose, page = self._pages.get(name, ("", ""))
        return page if whose == paper else None


class OutlineHandler(PaperHandler):
    """POST /papers/NAME/outline."""

    takes: ClassVar[dict[str, str]] = {"post": "papers#NotebookRequest"}

    @reads
    async def post(self, name: str) -> None:
        """Answer the `Outline` of the notebook that is sent."""
        asked = self.body
        place = notebook_path(self.projects, self.project, name, self.path_asked)
        self.answer(await self.work(outline, asked["notebook"], place))


class PreviewHandler(PaperHandler):
    """POST /papers/NAME/preview."""

    takes: ClassVar[dict[str, str]] = {"post": "papers#NotebookRequest"}

    @reads
    async def post(self, name: str) -> None:
        """Render the notebook that is sent, and answer a `Preview`."""
        asked = self.body
        place = notebook_path(self.projects, self.project, name, self.path_asked)
        page, problems = await self.work(preview, asked["notebook"], place)
        kept: Previews = self.settings["pressrun_previews"]
        self.answer({"url": f"papers/{name}/preview/{kept.keep(name, page)}", "problems": problems})


class PreviewPageHandler(PaperHandler, SandboxHandler):
    """GET /papers/NAME/preview/ID."""

    async def get(self, name: str, page: str) -> None:
        """Answer the page."""
        kept: Previews = self.settings["pressrun_previews"]
        found = kept.page(name, page)
        if found is None:
            raise HTTPError(HTTPStatus.NOT_FOUND, reason="this preview is not kept any more")
        self.send(found, "text/html; charset=utf-8")


def outline(data: dict[str, Any], place: Path) -> dict[str, Any]:
    """Give the outline of a notebook's JSON that belongs at a place.

    Raises
    ------
    NotebookError
        If it is no notebook.
    """
    notebook = notebook_of(data, place.name).node
    problems = _correct_claims(notebook)
    told = Outline(Document.of(notebook, place.parent, strict=False), notebook).to_json()
    return {**told, "problems": [*problems, *told["problems"]]}


def preview(data: dict[str, Any], place: Path) -> tuple[str, list[dict[str, Any]]]:
    """Give the page that a notebook's JSON would be published as, and what is wrong with it.

    Raises
    ------
    NotebookError
        If it is no notebook.
    ExportError
        If the page has panels, and their front end was not built.
    """
    from pressrun.publish.html import page

    notebook = notebook_of(data, place.name).node
    problems = _correct_claims(notebook)
    document = Document.of(notebook, place.parent, strict=False)
    problems += Outline(document, notebook).problems()
    return page(document, {"preview": True, "problems": problems}), problems


def _correct_claims(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Correct the claims for each other, as a build does; says so where an output holds none that can be."""
    notebook.metadata.pop("pressrun", None)
    try:
        notebook.metadata["pressrun"] = {"claims": correct(Facts.of(notebook).claims)}
    except ConfigError:
        # A cell's options are wrong, which the pass over the document says.
        return []
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"an output holds a fact that cannot be understood: {reason_of(error)}"
        return [{"what": what, "hint": "run the notebook again", "cell": None}]
    return []


#: Path below the API → handler.
ROUTES = (
    ("/papers/([^/]+)/outline", OutlineHandler),
    ("/papers/([^/]+)/preview", PreviewHandler),
    ("/papers/([^/]+)/preview/([^/]+)", PreviewPageHandler),
)
