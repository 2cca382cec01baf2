"""What every REST handler is: guarded, with checked bodies, threads to work in, and errors as JSON."""

from __future__ import annotations

import asyncio
import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado.web import Finish, HTTPError

from pressrun.errors import PressrunError, RunNotFoundError
from pressrun.server.gate import RESOURCE, Gate, reads
from pressrun.server.schemas import check, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.project import Project
    from pressrun.server.projects import Projects
    from pressrun.server.workers import Workers

__all__ = ["RESOURCE", "Handler", "reads"]

P = ParamSpec("P")
T = TypeVar("T")

#: A body nested deeper is nobody's notebook, and would end in a recursion error somewhere.
_DEEPEST = 200
#: What a request is logged as whose browser did not wait for the answer.
_GONE = 499


class Handler(Gate, APIHandler):
    """The base of all REST handlers."""

    #: The schema (file#definition) of the body that each method takes.
    takes: ClassVar[dict[str, str]] = {}

    @property
    def projects(self) -> Projects:
        """The projects below the server's root."""
        found: Projects = self.settings["pressrun_projects"]
        return found

    @property
    def workers(self) -> Workers:
        """The server's threads."""
        found: Workers = self.settings["pressrun_workers"]
        return found

    def admitted(self) -> None:
        """Refuse a project that must not be seen even where the route does not ask which it is."""
        self.projects.inside(self.get_query_argument("project", "", strip=False))

    @property
    def project(self) -> Project:
        """The project that the request names with `?project=`, by its folder relative to the server's root."""
        return self.projects.named(self.get_query_argument("project", "", strip=False))

    @property
    def body(self) -> dict[str, Any]:
        """The request's JSON body, checked against the schema that the handler names.

        Raises
        ------
        HTTPError
            400 if there is none or it does not fit, saying where.
        """
        try:
            data = json.loads(self.request.body or b"null", parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise HTTPError(HTTPStatus.BAD_REQUEST, reason="the body is not JSON") from error
        problem = (
            "it is nested too deep" if _deep(data) else check(data, self.takes[(self.request.method or "").lower()])
        )
        if problem:
            raise HTTPError(HTTPStatus.BAD_REQUEST, problem, reason="the body does not fit its schema")
        assert isinstance(data, dict)
        return data

    async def work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do some work in a thread and wait for it.

        What only reads is not begun when the browser has gone meanwhile: an author who types a question sends one at
        every key, and those that nobody waits for must not keep the last one waiting.
        """
        task = asyncio.ensure_future(self.workers.run(function, *args, **kwargs))
        if self.reading:
            self._waits = task
        try:
            return await task
        except asyncio.CancelledError:
            if not task.cancelled() or not self._gone:
                raise
            self.set_status(_GONE, "nobody waits")
            raise Finish from None

    _waits: asyncio.Future[Any] | None = None
    _gone = False

    def on_connection_close(self) -> None:
        """Give up what nobody waits for."""
        self._gone = True
        if self._waits is not None:
            self._waits.cancel()

    def answer(self, payload: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        """End the request with a JSON document."""
        self.set_status(status)
        self._finish_json(payload)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error in the shape that all of pressrun's JSON has: what, where, hint."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = {"what": self._reason, "where": "", "hint": ""}
        if isinstance(error, PressrunError):
            self.set_status(_status(error))
            said = {"what": error.what, "where": error.where, "hint": error.hint}
        elif isinstance(error, HTTPError):
            said["what"] = _message(error) or error.reason or self._reason
        elif isinstance(error, OSError):
            said = {"what": error.strerror or str(error), "where": str(error.filename or ""), "hint": ""}
        elif error is not None:
            said = {"what": f"{type(error).__name__} in pressrun itself", "where": "", "hint": "see the server's log"}
        self._finish_json({"error": said})

    def _finish_json(self, payload: object) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(encode(payload))


def _status(error: PressrunError) -> HTTPStatus:
    if isinstance(error, RunNotFoundError):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _message(error: HTTPError) -> str:
    """Give an error's message with its arguments in place; tornado doubles the percent signs of one without any."""
    message: str = error.log_message or ""
    return message % error.args if error.args else message.replace("%%", "%")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _deep(data: object) -> bool:
    level = [data]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return False
        level = inner
    return True
