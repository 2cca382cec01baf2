"""The event stream: one WebSocket a browser window, on which it subscribes to what it shows.

A browser allows few connections at a time to one server but many WebSockets; a stream of server-sent events would
keep one of the few.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_server.base.websocket import WebSocketMixin
from tornado import websocket
from tornado.web import HTTPError

from pressrun.errors import PressrunError
from pressrun.server.gate import Gate
from pressrun.server.schemas import check, encode, is_long

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

#: Subscriptions that one window may have: many times what the largest paper shows.
MOST = 1000


class Topic(Protocol):
    """What can be subscribed to: makes the messages of one subscription until it is cancelled."""

    def __call__(self, settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Give messages, each with a "type"; the stream adds the subscription's id."""
        ...


class EventsHandler(WebSocketMixin, websocket.WebSocketHandler, Gate):
    """The WebSocket at /events.

    The browser sends {"subscribe": ID, "topic": NAME, …} and {"unsubscribe": ID}; the server sends messages with "id"
    and "type", for each subscription in order. A message of type "error" ends a subscription. A browser does not see
    the pings of the protocol itself: it sends {"ping": NUMBER}, which is answered, to know that somebody is there.

    A message is encoded when its turn has come, and one turn is as long as the browser takes to read it. Of a browser
    that reads slowly each subscription keeps one message, and makes its next one, of how things stand then, after that
    has been read.
    """

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the stream for who may read."""
        result = super().get(*args, **kwargs)
        if isawaitable(result):
            await result

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin without subscriptions."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        super().open(*args, **kwargs)

    async def on_message(self, message: str | bytes) -> None:
        """Begin or end a subscription."""
        try:
            ask = json.loads(message)
            problem = check(ask, "events#Ask")
        except (ValueError, RecursionError):
            self.close(1007, "not JSON")
            return
        if problem:
            await self._say("", _error(problem, "events"))
        elif "ping" in ask:
            await self._say("", {"type": "pong", "ping": ask["ping"]})
        elif "unsubscribe" in ask:
            self._end(ask["unsubscribe"])
        elif len(self._tasks) >= MOST:
            await self._say(ask["subscribe"], _error("too many subscriptions", "events", "reload the page"))
        else:
            self._begin(ask["subscribe"], ask)

    def on_close(self) -> None:
        """End all subscriptions."""
        for name in list(getattr(self, "_tasks", ())):
            self._end(name)

    def _begin(self, name: str, ask: Mapping[str, Any]) -> None:
        self._end(name)
        task = self._tasks[name] = asyncio.create_task(self._serve(name, ask))
        task.add_done_callback(lambda done: self._tasks.pop(name) if self._tasks.get(name) is done else None)

    def _end(self, name: str) -> None:
        if task := self._tasks.pop(name, None):
            task.cancel()

    async def _serve(self, name: str, ask: Mapping[str, Any]) -> None:
        try:
            async with contextlib.aclosing(self._topic(ask["topic"])(self.settings, ask)) as messages:
                async for message in messages:
                    await self._say(name, message)
        except PressrunError as error:
            await self._say(name, _error(error.what, error.where, error.hint))
        except HTTPError as error:
            # A path that must not be seen is refused to events in the words in which it is to requests.
            await self._say(name, _error(error.reason or str(error), "events"))
        except websocket.WebSocketClosedError:
            pass
        except OSError as error:
            self.log_fault(f"a subscription to {ask['topic']}", error)
            await self._say(name, _error(error.strerror or str(error), str(error.filename or "")))
        except Exception as error:
            self.log_fault(f"a subscription to {ask['topic']}", error)
            await self._say(name, _error(f"{type(error).__name__} in pressrun itself", "", "see the server's log"))

    def _topic(self, name: str) -> Topic:
        topics: Mapping[str, Topic] = self.settings["pressrun_topics"]
        if name not in topics:
            raise PressrunError(f"there is no topic {name!r}", where="events")
        return topics[name]

    async def _say(self, name: str, message: Mapping[str, Any]) -> None:
        """Send a message, and wait while the browser does not keep up: what it has not read must not pile up here."""
        whole = {"id": name, **message}
        with contextlib.suppress(websocket.WebSocketClosedError):
            async with self._turn:
                text = await asyncio.to_thread(encode, whole) if is_long(whole) else encode(whole)
                await self.write_message(text)


def _error(what: str, where: str, hint: str = "") -> dict[str, Any]:
    return {"type": "error", "error": {"what": what, "where": where, "hint": hint}}
