"""Every route that a running server has of pressrun's, with one honest request for each of its methods.

The routes are read from the server. The tables below say only what cannot be read there: what stands for a `*` in an
address, and a body that fits a schema. A route or schema that they do not know fails the test that lists it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from tornado.web import RequestHandler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

API = "/pressrun/api"

#: Address below the API, `*` for each argument → what stands there in an honest request.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "/papers/*": ("demo",),
    "/papers/*/build": ("demo",),
    "/papers/*/outline": ("demo",),
    "/papers/*/preview": ("demo",),
    "/papers/*/preview/*": ("demo", "0"),
    "/papers/*/changes": ("demo",),
    "/site/*": ("demo/index.html",),
}

#: Address → what an honest request asks besides the project; KEY is a run's.
QUERIES: dict[str, dict[str, str]] = {
    "/project": {"path": "papers/demo/paper.ipynb"},
    "/runs/run": {"key": "KEY"},
}

_NOTEBOOK: dict[str, Any] = {
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# One\n"}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
_RUNS = {"sources": ["runs/"], "where": ""}
_CALL = {"panel": "table", "runs": _RUNS, "arguments": {"columns": ["test/acc"]}, "label": "tbl-a", "caption": "A"}

#: Schema → a body that fits it.
BODIES: dict[str, dict[str, Any]] = {
    "project#SourcesAsk": {"add": ["runs/"]},
    "runs#TableAsk": {"where": "", "sort": [], "columns": ["test/acc"], "offset": 0, "limit": 10, "sources": ["runs/"]},
    "runs#CompleteAsk": {"where": "con", "position": 3, "sources": ["runs/"]},
    "runs#HistoryAsk": {"keys": ["KEY"], "metrics": ["acc"]},
    "runs#CompareAsk": {"keys": ["KEY", "KEY"]},
    "runs#AnnotateAsk": {"keys": ["KEY"], "tags": {"a": "b"}, "note": "n"},
    "runs#SelectAsk": {"keys": ["KEY"], "where": "", "sources": ["runs/"]},
    "papers#NewPaper": {"name": "second", "template": "comparison", "title": "Second"},
    "papers#BuildRequest": {},
    "papers#NotebookRequest": {"notebook": _NOTEBOOK},
    "panels#CodeAsk": {"call": _CALL},
    "panels#ParseAsk": {"source": "pr.curves(pr.runs('runs/'), 'acc')"},
    "panels#CallAsk": {"call": _CALL},
    "panels#OffersAsk": {"runs": _RUNS},
}

#: Topic → what an honest subscription asks besides the project.
TOPICS: dict[str, dict[str, Any]] = {
    "runs": {},
    "points": {"keys": ["KEY"], "metrics": ["acc"]},
    "panel": {"fact": {}},
    "cites": {"cites": []},
    "paper": {"paper": "demo"},
    "build": {"paper": "demo"},
}


@dataclass(frozen=True)
class Request:
    """One request, its path relative to the server's base address."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def address(self) -> str:
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    @property
    def data(self) -> bytes | None:
        if self.body is not None:
            return json.dumps(self.body).encode()
        return b"" if self.method in {"POST", "PUT", "PATCH"} else None

    def __str__(self) -> str:
        return f"{self.method} {self.address}" + (f" {json.dumps(self.body)[:200]}" if self.body is not None else "")


@dataclass(frozen=True)
class Route:
    """One address that the server answers at, and by what."""

    address: str
    handler: type[RequestHandler]

    @property
    def methods(self) -> tuple[str, ...]:
        unimplemented = RequestHandler._unimplemented_method
        names = (name for name in RequestHandler.SUPPORTED_METHODS if name != "OPTIONS")
        return tuple(name for name in names if getattr(self.handler, name.lower()) is not unimplemented)

    @property
    def arguments(self) -> tuple[str, ...]:
        return ARGUMENTS[self.address] if "*" in self.address else ()

    @property
    def event_stream(self) -> bool:
        return self.address == "/events"

    def path(self, *arguments: str) -> str:
        """Fill encoded arguments in."""
        pieces = self.address.split("*")
        return API + "".join(piece + argument for piece, argument in zip(pieces, (*arguments, ""), strict=True))

    def requests(self, key: str = "KEY") -> Iterator[Request]:
        """Give an honest request for each method."""
        for method in self.methods:
            wanted = getattr(self.handler, "takes", {}).get(method.lower())
            yield Request(
                method,
                self.path(*map(quote, self.arguments)),
                with_key(QUERIES.get(self.address, {}), key),
                with_key(BODIES[wanted], key) if wanted else None,
            )


def with_key(example: Any, key: str) -> Any:
    """Put a run's key where an example says KEY."""
    return json.loads(json.dumps(example).replace('"KEY"', json.dumps(key)))


def routes(web_app: Any) -> list[Route]:
    """Read pressrun's routes from a running server."""
    base = re.escape(web_app.settings["base_url"].rstrip("/"))
    return [
        Route(re.sub(r"\((?:[^()]|\([^()]*\))*\)", "*", shape), handler)
        for pattern, handler in _rules(web_app.default_router)
        if (shape := _below(pattern, base)) is not None
    ]


def strays(web_app: Any) -> list[str]:
    """Give the patterns of rules that lead to pressrun's own code, or say its name, and are none of its routes."""
    base = re.escape(web_app.settings["base_url"].rstrip("/"))
    return [
        pattern
        for pattern, handler in _rules(web_app.default_router)
        if _below(pattern, base) is None
        and ("pressrun" in pattern or any(cls.__module__.startswith("pressrun.") for cls in handler.__mro__))
    ]


def _below(pattern: str, base: str) -> str | None:
    """Give what a rule's pattern says below the API; None if it is none of pressrun's."""
    for start in (base, base.replace("\\", "")):
        if pattern.startswith(start + API):
            return pattern.removeprefix(start + API).rstrip("$").replace("\\", "")
    return None


def _rules(router: Any) -> Iterator[tuple[str, type[RequestHandler]]]:
    for rule in router.rules:
        if hasattr(rule.target, "rules"):
            yield from _rules(rule.target)
        elif isinstance(rule.target, type) and issubclass(rule.target, RequestHandler):
            yield rule.matcher.regex.pattern, rule.target
