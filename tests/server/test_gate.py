"""Nobody gets in who should not, and nothing gets out that should not, at any route that the server has."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from jupyter_server.auth import Authorizer
from tests.server.routes import API, ARGUMENTS, BODIES, TOPICS, Request, Route, routes, strays, with_key
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from pressrun.server.app import ROUTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from tests.conftest import Study
    from tornado.httpclient import HTTPResponse

    Ask = Callable[..., Awaitable[HTTPResponse]]

REFUSED = {401, 403}
NOT_THERE = {400, 403, 404}
SECRET = "nobody-may-see-this"
XSRF = "0123456789abcdef0123456789abcdef"


class Asked(Authorizer):  # type: ignore[misc]
    """Allows some actions, and remembers what it was asked."""

    allowed: tuple[str, ...] = ()

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action in self.allowed

    @property
    def asked(self) -> list[tuple[str, str]]:
        return self.__dict__.setdefault("_asked", [])  # type: ignore[no-any-return]


@pytest.fixture
def ask(jp_serverapp: Any, jp_base_url: str, http_server_client: Any) -> Ask:
    """Send a request as it stands: nothing is normalised, encoded or followed."""

    async def send(request: Request, headers: Mapping[str, str] | None = None) -> HTTPResponse:
        answered: HTTPResponse = await http_server_client.fetch(
            jp_base_url.rstrip("/") + request.address, method=request.method, headers={**(headers or {})},
            body=request.data, follow_redirects=False, request_timeout=60, allow_nonstandard_methods=True,
            raise_error=False,
        )  # fmt: skip
        return answered

    return send


@pytest.fixture
def cookie(jp_auth_header: dict[str, str], ask: Ask) -> Callable[[], Awaitable[str]]:
    """Log in as a browser does, and give what it sends from then on."""

    async def log_in() -> str:
        response = await ask(Request("GET", "/api/status"), jp_auth_header)
        login = next(each for each in response.headers.get_list("Set-Cookie") if each.startswith("username-"))
        return f"{login.partition(';')[0]}; _xsrf={XSRF}"

    return log_in


def requests(web_app: Any, key: str = "KEY") -> Iterator[tuple[Route, Request]]:
    for route in routes(web_app):
        for request in route.requests(key):
            yield route, request


async def run_key(ask: Ask, headers: dict[str, str]) -> str:
    """Give the key of the project's one run."""
    table = Request("POST", f"{API}/runs/table", body=BODIES["runs#TableAsk"])
    async with asyncio.timeout(60):
        # On a busy machine the runs are still being read when the first answer is due.
        while not (rows := json.loads((await ask(table, headers)).body)["rows"]):
            await asyncio.sleep(0.1)
    return str(rows[0]["key"])


@pytest.fixture
def shared(project: Study) -> Study:
    """A project of one run and one published paper, beside it one that nobody may see, and links from one to other."""
    project.record("one", 0.9, C=1)
    project.paper("md:# A paper")
    outside = project.root.with_name(project.root.name + "-secret")
    outside.mkdir()
    secret = type(project)(outside)
    (outside / "pressrun.toml").write_text(f'title = "{SECRET}"\n')
    secret.record(SECRET, 0.5, secret=SECRET)
    secret.paper(f"md:# {SECRET}")
    for root, text in ((project.root, "published"), (outside, SECRET)):
        (root / "site" / "demo").mkdir(parents=True)
        (root / "site" / "demo" / "index.html").write_text(f"<!doctype html><title>{text}</title>")
    for folder in (project.root, project.root / "papers", project.root / "site", project.root / "site" / "demo"):
        (folder / "link").symlink_to(outside)
        (folder / "loop").symlink_to("loop")
    return project


def attacked_paths(root: Path) -> list[str]:
    """Give paths that lead out."""
    beside = f"{root.name}-secret"
    return [
        f"../{beside}", f"../../{beside}", f"../../../{beside}", f"../{beside}/papers/demo/paper.ipynb",
        f"../../{beside}/papers/demo", f"../{beside}/site/demo/index.html", f"{root.parent}/{beside}", f"{root}-secret",
        "../../../../../../../../etc/passwd", "/etc/passwd", "link", "link/papers/demo", "link/site/demo/index.html",
        "loop", "loop/demo", "demo/../../link", "a\0b", f"..\\{beside}", "..\\..\\etc\\passwd", "file:///etc/passwd",
        f"file://{root}-secret", "~root", "..", "../",
    ]  # fmt: skip


def attacks(root: Path) -> list[str]:
    """Give what stands in an address for such a path: encoded, as it is, and encoded twice."""
    plain = attacked_paths(root)
    once = [quote(path, safe="") for path in plain]
    raw = [quote(path, safe="/\\:~") for path in plain]
    # Dots need no encoding, which is why somebody tries it.
    dotted = [path.replace(".", "%2e") for path in once if ".." in path]
    twice = [quote(path, safe="") for path in (*once, *dotted) if "%" in path]
    return [*dict.fromkeys([*once, *raw, *dotted, *twice])]


def leaks(response: HTTPResponse) -> str:
    """Say what an answer holds that must not leave; "" if nothing."""
    text = (response.body or b"").decode("utf-8", "replace")
    return next((word for word in (SECRET, "root:x:", "daemon:") if word in text), "")


def test_every_route_has_an_honest_request(jp_serverapp: Any) -> None:
    found = routes(jp_serverapp.web_app)
    assert len(found) == len(ROUTES)
    assert strays(jp_serverapp.web_app) == []
    assert [r.address for r in found if "*" in r.address and r.address not in ARGUMENTS] == []
    wanted = {(r.address, schema) for r in found for schema in getattr(r.handler, "takes", {}).values()}
    assert sorted(where for where in wanted if where[1] not in BODIES) == []


async def test_the_honest_request_is_answered(
    shared: Study, jp_serverapp: Any, jp_auth_header: dict[str, str], ask: Ask
) -> None:
    """What is refused below is refused for what is wrong with it, not for being no request at all."""
    key = await run_key(ask, jp_auth_header) if "/runs/table" in {p for p, _ in ROUTES} else ""
    # A preview is there once it was made, a comparison of versions once there are two, a build to end once one began.
    later = {"GET /papers/*/preview/*", "GET /papers/*/changes", "DELETE /papers/*/build"}
    failed = []
    for route, request in requests(jp_serverapp.web_app, key):
        if route.event_stream or f"{request.method} {route.address}" in later:
            continue
        response = await ask(request, jp_auth_header)
        if response.code >= 400:
            failed.append(f"{request} → {response.code} {response.body!r}")
    await ask(Request("DELETE", f"{API}/papers/demo/build"), jp_auth_header)
    assert failed == []


@pytest.mark.parametrize("jp_argv", [[], ["--ServerApp.allow_unauthenticated_access=True"]], ids=["strict", "lenient"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "token wrong"}, {"Cookie": "username-x=2|1:0|wrong"}])
async def test_without_a_token_everything_is_refused(
    shared: Study, jp_serverapp: Any, ask: Ask, header: dict[str, str]
) -> None:
    before = shared.publication
    for _, request in requests(jp_serverapp.web_app):
        response = await ask(request, header)
        assert response.code in REFUSED, request
        assert not leaks(response)
    assert shared.publication == before


async def test_what_may_be_done_is_asked_for_every_method(
    shared: Study, jp_serverapp: Any, jp_auth_header: dict[str, str], ask: Ask
) -> None:
    nothing = Asked()
    jp_serverapp.web_app.settings["authorizer"] = nothing
    for route, request in requests(jp_serverapp.web_app):
        nothing.asked.clear()
        # Twice: what the first request was about must not be taken for what the second is about.
        for _ in range(2):
            assert (await ask(request, jp_auth_header)).code == 403, request
        reads = request.method in {"GET", "HEAD"} or getattr(
            getattr(route.handler, request.method.lower()), "reads", False
        )
        assert nothing.asked == [("read" if reads else "write", "pressrun")] * 2, request


async def test_who_may_only_read_changes_nothing(
    shared: Study, jp_serverapp: Any, jp_auth_header: dict[str, str], ask: Ask
) -> None:
    readers = Asked()
    readers.allowed = ("read",)
    jp_serverapp.web_app.settings["authorizer"] = readers
    files = {path for path in shared.root.rglob("*") if ".pressrun" not in path.parts}
    before = shared.publication
    for route, request in requests(jp_serverapp.web_app):
        if route.event_stream:
            continue
        response = await ask(request, jp_auth_header)
        if readers.asked.pop()[0] == "write":
            assert response.code == 403, request
    assert {path for path in shared.root.rglob("*") if ".pressrun" not in path.parts} == files
    assert shared.publication == before


async def test_a_browser_without_the_xsrf_header_changes_nothing(
    shared: Study, jp_serverapp: Any, cookie: Callable[[], Awaitable[str]], ask: Ask
) -> None:
    logged_in = await cookie()
    for _, request in requests(jp_serverapp.web_app):
        if request.method not in {"GET", "HEAD"}:
            for header in ({}, {"X-XSRFToken": XSRF[::-1]}):
                assert (await ask(request, {"Cookie": logged_in, **header})).code == 403, request


async def test_a_page_of_another_origin_gets_nothing(
    shared: Study, jp_serverapp: Any, cookie: Callable[[], Awaitable[str]], ask: Ask
) -> None:
    logged_in = await cookie()
    assert (await ask(Request("GET", f"{API}/project"), {"Cookie": logged_in})).code == 200
    for route, request in requests(jp_serverapp.web_app):
        if route.event_stream:
            continue
        for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example"):
            headers = {"Cookie": logged_in, "X-XSRFToken": XSRF, "Origin": origin}
            response = await ask(request, headers)
            assert response.code in {403, 404}, (str(request), origin)
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_options_say_nothing(shared: Study, jp_serverapp: Any, ask: Ask) -> None:
    for route in routes(jp_serverapp.web_app):
        there = await ask(Request("OPTIONS", route.path(*map(quote, route.arguments))))
        absent = await ask(Request("OPTIONS", route.path(*("nothing" for _ in route.arguments))))
        assert (there.code, there.body) == (absent.code, absent.body)
        assert there.code in {200, 204, 403, 405}
        assert not there.body or route.event_stream
        assert "Access-Control-Allow-Origin" not in there.headers


async def test_a_path_that_leads_out_of_an_address_is_not_there(
    shared: Study, jp_serverapp: Any, jp_auth_header: dict[str, str], ask: Ask
) -> None:
    wrong = []
    for route in routes(jp_serverapp.web_app):
        for request in route.requests():
            for number in range(len(route.arguments)):
                for attack in attacks(shared.root):
                    arguments = [*map(quote, route.arguments)]
                    arguments[number] = attack
                    attacked = Request(request.method, route.path(*arguments), request.query, request.body)
                    response = await ask(attacked, jp_auth_header)
                    # Jupyter itself takes the last slash off an address that nothing answers at.
                    stripped = response.code == 302 and response.headers["Location"].endswith(attacked.path[:-1])
                    if not stripped and (response.code not in NOT_THERE or leaks(response)):
                        wrong.append(f"{attacked} → {response.code} {response.body!r}")
    assert wrong == []


@pytest.mark.parametrize("name", ["project", "path", "paper", "key", "notebook"])
async def test_a_path_that_leads_out_of_a_query_is_not_there(
    shared: Study, jp_serverapp: Any, jp_auth_header: dict[str, str], ask: Ask, name: str
) -> None:
    wrong = []
    for route, request in requests(jp_serverapp.web_app):
        if route.event_stream or (name != "project" and name not in request.query):
            continue
        for attack in attacks(shared.root):
            others = {key: value for key, value in request.query.items() if key != name}
            query = "&".join([f"{name}={attack}", *(f"{key}={quote(value)}" for key, value in others.items())])
            attacked = Request(request.method, f"{request.path}?{query}", body=request.body)
            response = await ask(attacked, jp_auth_header)
            if response.code not in NOT_THERE or leaks(response):
                wrong.append(f"{attacked} → {response.code} {response.body!r}")
    assert wrong == []


def replaced(body: Any, value: str) -> Iterator[Any]:
    """Give a body again and again, each time with another of its texts replaced."""
    whole = json.dumps(body)
    for text in dict.fromkeys(_texts(body)):
        yield json.loads(whole.replace(json.dumps(text), json.dumps(value)))


def _texts(body: Any) -> Iterator[str]:
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    if isinstance(body, str):
        yield body
    for each in inner:
        yield from _texts(each)


async def test_a_path_that_leads_out_of_a_body_gives_nothing_away(
    shared: Study, jp_serverapp: Any, jp_auth_header: dict[str, str], ask: Ask
) -> None:
    root = shared.root
    paths = [
        f"../{root.name}-secret/runs", f"{root}-secret/runs", "link/runs", "loop", "a\0b", "file:///etc/passwd",
        f"mlflow:../{root.name}-secret", f"../{root.name}-secret/papers/demo", "\ud800", "../../../../etc/passwd",
    ]  # fmt: skip
    wrong = []
    for route in routes(jp_serverapp.web_app):
        for method, schema in getattr(route.handler, "takes", {}).items():
            for path in paths:
                for body in replaced(with_key(BODIES[schema], "KEY"), path):
                    attacked = Request(method.upper(), route.path(*map(quote, route.arguments)), body=body)
                    response = await ask(attacked, jp_auth_header)
                    if response.code >= 500 or leaks(response):
                        wrong.append(f"{attacked} → {response.code} {response.body!r}")
    assert wrong == []
    assert not list(root.parent.glob("second*"))


async def test_a_body_that_is_none_is_refused(
    shared: Study, jp_serverapp: Any, jp_base_url: str, jp_auth_header: dict[str, str], http_server_client: Any
) -> None:
    bodies = [b"", b"{", b"[]", b"null", b"\xff\xfe", b"NaN", b'{"where": NaN}', b"[" * 100_000, b'{"x": 1e999}']
    bodies += [b'{"call":' * 600 + b"1" + b"}" * 600, b'"\\ud800"', b"1" * 5000]
    for route in routes(jp_serverapp.web_app):
        for method in getattr(route.handler, "takes", {}):
            url = jp_base_url.rstrip("/") + route.path(*map(quote, route.arguments))
            for body in bodies:
                response = await http_server_client.fetch(
                    url, method=method.upper(), headers=jp_auth_header, body=body, raise_error=False
                )
                assert response.code == 400, (route, body[:40], response.body)
                assert set(json.loads(response.body)["error"]) == {"what", "where", "hint"}


async def test_the_event_stream_is_opened_to_nobody_else(
    shared: Study, jp_serverapp: Any, jp_http_port: int, jp_base_url: str, jp_auth_header: dict[str, str], ask: Ask,
    cookie: Callable[[], Awaitable[str]],
) -> None:  # fmt: skip
    async def opens(headers: dict[str, str]) -> int:
        url = f"ws://127.0.0.1:{jp_http_port}{jp_base_url}pressrun/api/events"
        try:
            socket = await websocket_connect(HTTPRequest(url, headers=headers))
        except HTTPClientError as error:
            return int(error.code)
        socket.close()
        return 101

    login = await cookie()
    assert await opens(jp_auth_header) == 101
    assert await opens({"Cookie": login, "Origin": f"http://127.0.0.1:{jp_http_port}"}) == 101
    assert await opens({}) == 403
    assert await opens({"Authorization": "token wrong"}) == 403
    assert await opens({"Cookie": login, "Origin": "https://evil.example"}) == 403
    jp_serverapp.web_app.settings["authorizer"] = Asked()
    assert await opens(jp_auth_header) == 403


async def test_a_subscription_to_what_lies_outside_is_refused(
    shared: Study, jp_serverapp: Any, jp_ws_fetch: Any
) -> None:
    topics = jp_serverapp.web_app.settings["pressrun_topics"]
    assert sorted(set(topics) - set(TOPICS)) == []
    socket = await jp_ws_fetch("pressrun", "api", "events")
    number = 0
    for topic in topics:
        honest = {"topic": topic, "project": "", **TOPICS[topic]}
        for name in {"project", "paper"} & set(honest):
            for path in attacked_paths(shared.root):
                number += 1
                await socket.write_message(json.dumps({"subscribe": str(number), **honest, name: path}))
                said = json.loads(await socket.read_message())
                assert (said["id"], said["type"]) == (str(number), "error"), (topic, name, path, said)
                assert SECRET not in json.dumps(said)
    socket.close()
