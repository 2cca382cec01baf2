"""Who may come in, and what of a request may be written down: the same for REST and for the event stream."""

from __future__ import annotations

import math
import time
import traceback
from collections import OrderedDict
from functools import wraps
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, RequestHandler

from pressrun.errors import PressrunError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

F = TypeVar("F", bound="Callable[..., Any]")

#: What an authoriser is asked about.
RESOURCE = "pressrun"

#: Method → what an authoriser is asked to allow.
_ACTIONS = {"get": "read", "head": "read", "post": "write", "put": "write", "patch": "write", "delete": "write"}
#: The mark of methods that only read, though their questions are too long for an address.
_READS = "reads"
#: The mark of methods that are guarded. Jupyter Server looks for it too, when it starts, on every handler.
_GUARDED = "__allow_unauthenticated"
#: The setting that holds what was logged, how many of them, how much of each, and for how many seconds.
_FAULTS = "pressrun_faults"
_FAULTS_HELD, _TOLD, _QUIET = 200, 300, 600.0


def reads(method: F) -> F:
    """Mark a POST that changes nothing, so that who may only read may ask it."""
    setattr(method, _READS, True)
    return method


class Faults:
    """What was logged lately."""

    def __init__(self) -> None:
        self._logged: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_news(self, what: str, error: BaseException) -> bool:
        """Whether a fault was not logged within the last minutes; it counts as logged then."""
        now, key = time.monotonic(), (what, f"{type(error).__name__}: {error}"[:_TOLD])
        if now < self._logged.get(key, -math.inf) + _QUIET:
            return False
        self._logged[key] = now
        self._logged.move_to_end(key)
        while len(self._logged) > _FAULTS_HELD:
            self._logged.popitem(last=False)
        return True


class Gate(JupyterHandler):
    """The base of all handlers.

    Every method of a subclass, its own or inherited from wherever, is guarded when the class is made: no route can be
    left open by forgetting a decorator, nor by a server that lets in requests without a token.
    """

    auth_resource = RESOURCE
    #: Whether the request changes nothing; known once it has been let in.
    reading = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, action in _ACTIONS.items():
            method = getattr(cls, name)
            if method is not getattr(RequestHandler, name) and getattr(method, _GUARDED, None) is not False:
                setattr(cls, name, _guarded(method, "read" if getattr(method, _READS, False) else action))

    def admitted(self) -> None:
        """Look at the request once it is known that it may be made, before any of it is carried out."""

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Refuse control characters, which tornado would make blanks of: the path asked for would be another."""
        text: str = super().decode_argument(value, name)
        if any(character < " " and character not in "\t\n\r" for character in text):
            raise HTTPError(400, reason="control characters in the address")
        return text

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log what was not foreseen, and of the request its path alone: tokens come in its query.

        Errors of the author's making are not logged: their answers say all.
        """
        if isinstance(value, HTTPError | PressrunError) or value is None:
            return
        self.log_fault(f"{self.request.method} {self.request.path}", value)

    def log_fault(self, what: str, error: BaseException) -> None:
        """Log what went wrong: one line where the machine is at fault, else where in the code; each fault once.

        What is shown asks again by itself, and a disk that is full would fill the log as well.
        """
        faults: Faults = self.settings.setdefault(_FAULTS, Faults())
        if not faults.is_news(what, error):
            return
        if isinstance(error, OSError):
            self.log.error("pressrun: %s failed: %s", what, error)
        else:
            self.log.error("pressrun: %s failed\n%s", what, "".join(traceback.format_exception(error)))

    def _request_summary(self) -> str:
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"


def _guarded(method: Callable[..., Any], action: str) -> Callable[..., Coroutine[Any, Any, None]]:
    """Let in who is known and may do this; anybody else is told nothing but 403.

    Jupyter's own decorators redirect to a login page, and remember of the first request what it was about.
    """

    @wraps(method)
    async def inside(self: Gate, *args: Any, **kwargs: Any) -> None:
        if not self.current_user:
            raise HTTPError(403)
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)):
            raise HTTPError(403)
        self.reading = action == "read"
        self.admitted()
        result = method(self, *args, **kwargs)
        if isawaitable(result):
            await result

    setattr(inside, _GUARDED, False)
    return inside
