"""Panels by form: what there is to insert, the code of a call, the call in some code, and what it would show.

No code of an author is run here: code is read by its syntax, and a preview calls pressrun's own functions.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from pressrun.calls.call import Call, both, query_from_json
from pressrun.calls.computing import bounded, compute, find
from pressrun.calls.form import description, fields
from pressrun.calls.kinds import KINDS
from pressrun.calls.offers import excerpts, offers
from pressrun.calls.reading import read
from pressrun.calls.rewriting import rewrite
from pressrun.calls.scope import UnreadableError
from pressrun.calls.writing import kind_of, write
from pressrun.errors import PressrunError
from pressrun.facts import PanelFact, to_json
from pressrun.lettering import storable
from pressrun.runs.address import quote
from pressrun.server.handler import Handler, reads
from pressrun.server.reach import check_sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.project import Project

PICTURES = Path(__file__).parent / "pictures"

#: Seconds after which a preview is given up: an author has typed on by then.
PATIENCE = 20.0


class GalleryHandler(Handler):
    """GET /panels: the kinds of calls, each with its form."""

    async def get(self) -> None:
        """Answer a `Gallery`."""
        self.answer(await self.work(_gallery))


class CodeHandler(Handler):
    """POST /panels/code: the code of a call, as a new cell or in one that stands."""

    takes: ClassVar[dict[str, str]] = {"post": "panels#CodeAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Code`."""
        self.answer({"source": await self.work(_code, self.body)})


class ParseHandler(Handler):
    """POST /panels/parse: the call in a cell's code, or why a form cannot show it."""

    takes: ClassVar[dict[str, str]] = {"post": "panels#ParseAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Parsed`."""
        self.answer(await self.work(_parsed, self.body))


class PreviewHandler(Handler):
    """POST /panels/preview: what a call would show, from the runs as they are now."""

    takes: ClassVar[dict[str, str]] = {"post": "panels#CallAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Preview`."""
        call = _call(self.body["call"])
        project = self.project
        check_sources(call.runs.sources, project, self.projects.root)
        try:
            answer = await asyncio.wait_for(self.work(_preview, call, project), PATIENCE)
        except TimeoutError as error:
            raise PressrunError(
                f"computing this takes longer than {PATIENCE:g} s", where="preview", hint="narrow the runs"
            ) from error
        self.answer(answer)


class OffersHandler(Handler):
    """POST /panels/offers: what the fields of a form complete with."""

    takes: ClassVar[dict[str, str]] = {"post": "panels#OffersAsk"}

    @reads
    async def post(self) -> None:
        """Answer `Offers`."""
        asked = self.body["runs"]
        project = self.project
        check_sources(asked["sources"], project, self.projects.root)
        self.answer(await self.work(_offers, asked, project))


ROUTES = (
    ("/panels", GalleryHandler),
    ("/panels/code", CodeHandler),
    ("/panels/parse", ParseHandler),
    ("/panels/preview", PreviewHandler),
    ("/panels/offers", OffersHandler),
)


def _gallery() -> dict[str, Any]:
    return {
        "panels": [
            {
                "kind": kind.name,
                "title": kind.title,
                "description": description(kind),
                "family": kind.family.value,
                "label": kind.label,
                "picture": (PICTURES / f"{kind.name}.svg").read_text("utf-8"),
                "fields": [field.to_json() for field in fields(kind.name)],
            }
            for kind in KINDS.values()
        ]
    }


def _call(data: Mapping[str, Any]) -> Call:
    """Give the call of a request; the keys of single runs become part of its where-expression."""
    runs = data["runs"]
    call = Call.from_json({**data, "runs": {**runs, "where": _where(runs)}})
    kind_of(call)
    return call


def _where(runs: Mapping[str, Any]) -> str:
    keys = runs.get("keys")
    if not keys:
        return str(runs["where"]).strip()
    ids = ", ".join(quote(unquote(key.partition("@")[0])) for key in keys)
    return both(str(runs["where"]).strip(), f"id in [{ids}]")


def _code(asked: Mapping[str, Any]) -> str:
    call = _call(asked["call"])
    context = asked.get("context", ())
    if "cell" in asked:
        return rewrite(call, asked["cell"], context)
    return write(call, context)


def _parsed(asked: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"call": read(asked["source"], asked.get("context", ())).call.to_json(), "reason": ""}
    except UnreadableError as error:
        return {"call": None, "reason": str(error)}


def _preview(call: Call, project: Project) -> dict[str, Any]:
    fact = compute(call, project)
    note = ""
    if isinstance(fact, PanelFact):
        fact, note = bounded(fact)
    return {"mime": fact.mime, "fact": storable(to_json(fact)), "note": note}


def _offers(asked: Mapping[str, Any], project: Project) -> dict[str, Any]:
    found = offers(find(query_from_json({**asked, "where": _where(asked)}), project))
    return {
        "matched": found.matched,
        "metrics": list(found.metrics),
        "lines": list(found.lines),
        "summary": list(found.summary),
        "fields": list(found.fields),
        "group": list(found.group),
        "files": list(excerpts(project)),
        "runs": [{"id": one, "name": name, "status": status} for one, name, status in found.runs],
    }
