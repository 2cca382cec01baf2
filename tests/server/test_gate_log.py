"""No token is written into the server's log, whatever becomes of the request that brings it."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tests.browser.lab import TOKEN, jupyterlab
from tests.server.routes import API, BODIES, Request, Route

from pressrun.server.app import ROUTES
from pressrun.server.handler import Handler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import pytest
    from tests.conftest import Study
    from tornado.websocket import WebSocketClientConnection


def known() -> list[Route]:
    return [Route(re.sub(r"\([^()]*\)", "*", path), handler) for path, handler in ROUTES]


def ask(url: str, request: Request, token: str) -> int:
    """Bring the token in the address, and in the page that the browser says it comes from."""
    host = urlsplit(url).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    referer = f"{url}/lab/tree/paper.ipynb?token={token}"
    address = f"{request.address}{'&' if request.query else '?'}token={token}"
    connection.request(request.method, address, request.data, {"Referer": referer})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


async def subscribe(url: str, token: str) -> Any:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    address = f"{url.replace('http', 'ws', 1)}{API}/events?token={token}"
    headers = {"Referer": f"{url}/lab?token={token}"}
    socket: WebSocketClientConnection = await websocket_connect(HTTPRequest(address, headers=headers))
    for message in ('{"subscribe": "a", "topic": "none"}', '{"subscribe": "b", "topic": "runs", "project": "../x"}'):
        await socket.write_message(message)
        assert '"error"' in str(await socket.read_message())
    await socket.write_message("{")
    assert await socket.read_message() is None
    return socket.close_code


def test_no_token_is_in_the_log(study: Study, tmp_path_factory: Any) -> None:
    (study.root / "pressrun.toml").write_text('title = "A study"\nsources = ["mlflow:none"]\n')
    study.paper("md:# A paper")
    broken = study.root / "broken"
    broken.mkdir()
    (broken / "pressrun.toml").write_text("[")
    statuses = set()
    wrong = "a-wrong-token-of-the-tests"
    with jupyterlab(study.root, tmp_path_factory.mktemp("lab"), "--debug") as lab:
        for route in known():
            if route.event_stream:
                continue
            arguments = ["nothing" for _ in route.arguments]
            for method in route.methods:
                wanted = getattr(route.handler, "takes", {}).get(method.lower())
                body = BODIES[wanted] if wanted else None
                for query in ({}, {"project": "../x"}, {"project": "broken"}, {"path": "broken/x", "key": "nothing"}):
                    request = Request(method, route.path(*map(quote, arguments)), query, body)
                    statuses |= {ask(lab.url, request, token) for token in (TOKEN, wrong)}
                statuses.add(ask(lab.url, Request(method, request.path, {}, {"x": 1}), TOKEN))
        assert asyncio.run(subscribe(lab.url, TOKEN)) == 1007
        log = lab.log.read_text("utf-8", "replace")
    assert {403, 404, 422} <= statuses
    assert not statuses & set(range(500, 600))
    assert "/pressrun/api/project" in log
    assert TOKEN not in log
    assert wrong not in log


class Broken(Handler):
    async def get(self) -> None:
        await self.work(int, "not a number")


class Full(Handler):
    async def get(self) -> None:
        raise OSError(28, "No space left on device", "annotations.json")


async def broken(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "broken"}
    raise ZeroDivisionError


async def test_an_error_of_our_own_is_told_in_the_log_and_its_token_is_not(
    jp_serverapp: Any, jp_base_url: str, jp_fetch: Any, jp_ws_fetch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token = jp_serverapp.identity_provider.token
    caplog.clear()
    jp_serverapp.web_app.add_handlers(".*", [(f"{jp_base_url}broken", Broken), (f"{jp_base_url}full", Full)])
    jp_serverapp.web_app.settings["pressrun_topics"] = {"broken": broken}
    answers = {}
    for name in ("broken", "full"):
        headers = {"Referer": f"http://localhost/lab?token={token}"}
        response = await jp_fetch(name, params={"token": token}, headers=headers, raise_error=False)
        assert response.code == 500
        answers[name] = json.loads(response.body)["error"]["what"]
    assert answers == {"broken": "ValueError in pressrun itself", "full": "No space left on device"}
    socket = await jp_ws_fetch("pressrun", "api", "events", params={"token": token})
    await socket.write_message('{"subscribe": "a", "topic": "broken"}')
    assert json.loads(await socket.read_message()) == {"id": "a", "type": "broken"}
    assert json.loads(await socket.read_message())["error"]["what"] == "ZeroDivisionError in pressrun itself"
    for told in ("invalid literal for int", "No space left", "ZeroDivisionError"):
        assert told in caplog.text
    assert token not in caplog.text
