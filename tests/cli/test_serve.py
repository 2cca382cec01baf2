"""The local server: this machine only, this site only, and a page that follows the builds."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pressrun.errors import UsageError
from pressrun.project import Project
from pressrun.publish.serving import EVENTS, SiteServer, live
from pressrun.publish.versions import publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PAGE = """<!doctype html><html><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-abc='; img-src data:">
</head><body><h1>{text}</h1></body></html>"""


def add(project: Project, text: str) -> None:
    stage = project.root / "stage"
    (stage / "evidence").mkdir(parents=True)
    (stage / "index.html").write_text(PAGE.format(text=text))
    (stage / "paper.ipynb").write_text("{}")
    (stage / "paper.pdf").write_text("%PDF")
    (stage / "evidence" / "picture.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    publish(project, "digits", stage, {"paper": "digits", "text": text})


@contextmanager
def serving(site: Path) -> Iterator[SiteServer]:
    with SiteServer(site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    add(project, "one")
    return project


@pytest.fixture
def server(project: Project) -> Iterator[SiteServer]:
    with serving(project.root / "site") as server:
        yield server


def get(server: SiteServer, address: str, host: str = "", method: str = "GET") -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.putrequest(method, address, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.server_address[1]}")
    connection.endheaders()
    response = connection.getresponse()
    body = response.read().decode("utf-8", "replace")
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/digits/", "text/html; charset=utf-8"),
        ("/digits/versions/1/index.html", "text/html; charset=utf-8"),
        ("/digits/provenance.json", "application/json"),
        ("/digits/paper.ipynb", "application/json"),
        ("/digits/paper.pdf", "application/pdf"),
        ("/digits/evidence/picture.svg", "image/svg+xml"),
    ],
)
def test_the_site_is_served_with_types_that_nobody_may_guess_at(server: SiteServer, address: str, kind: str) -> None:
    status, headers, body = get(server, address)
    assert (status, headers["content-type"]) == (200, kind)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert body
    assert get(server, address, method="HEAD")[2] == ""


def test_a_picture_runs_no_script(server: SiteServer) -> None:
    assert "sandbox" in get(server, "/digits/evidence/picture.svg")[1]["content-security-policy"]


def test_only_loopback_is_bound(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example:1"])
def test_a_name_that_somebody_points_here_is_refused(server: SiteServer, host: str) -> None:
    assert get(server, "/", host=host)[0] == 403


def test_outside_of_the_site_is_nothing(project: Project, server: SiteServer) -> None:
    (project.root / "secret.txt").write_text("secret")
    (project.root / "site-secret").mkdir()
    (project.root / "site-secret" / "x").write_text("secret")
    (project.root / "site" / "out.txt").symlink_to(project.root / "secret.txt")
    (project.root / "site" / "etc").symlink_to("/etc")
    (project.root / "site" / "loop").symlink_to("loop")
    for address in (
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/digits/../../secret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/../site-secret/x",
        "/out.txt",
        "/etc/passwd",
        "/loop",
        "//etc/passwd",
        "/.current/index.html",
        "/.generations/",
        "/%00",
        "/digits/versions/",
        "/nothing",
        "/" + "x" * 5000,
    ):
        status, _, body = get(server, address)
        assert (status, body) == (404, "not found\n"), address


def test_nothing_can_be_written(server: SiteServer) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert get(server, "/", method=method)[0] == 501


def test_a_folder_is_redirected_to_and_never_to_another_host(server: SiteServer) -> None:
    status, headers, _ = get(server, "/digits")
    assert (status, headers["location"]) == (301, "/digits/")
    status, headers, _ = get(server, "//digits")
    assert headers["location"].startswith("/digits")


def test_the_file_is_untouched_and_the_policy_grows_by_one_script(project: Project, server: SiteServer) -> None:
    _, _, page = get(server, "/digits/index.html")
    assert (project.root / "site" / "digits" / "index.html").read_text() == PAGE.format(text="one")
    assert "default-src 'none'; script-src 'sha256-abc=' 'sha256-" in page
    assert "img-src data:; connect-src 'self'" in page
    assert "<script>" in page


def test_a_policy_that_forbids_scripts_allows_this_one() -> None:
    page = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'; default-src 'none'\">"
    assert "'none' 'sha256" not in live(page)
    assert "script-src 'sha256-" in live(page)
    assert live("<p>").startswith("<p><script>")


def test_a_waiting_page_hears_of_a_new_version(project: Project, server: SiteServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("GET", EVENTS)
    stream = connection.getresponse()
    first = stream.readline()
    assert first.startswith(b"data: g-")
    stream.readline()
    add(project, "two")
    assert stream.readline() not in (first, b"")
    connection.close()


def test_before_the_first_build_a_page_says_so_and_waits(tmp_path: Path) -> None:
    with serving(tmp_path / "site") as server:
        status, _, page = get(server, "/")
        assert status == 200
        assert "Nothing is published" in page
        assert "EventSource" in page


def test_a_taken_port_is_a_usage_error(server: SiteServer) -> None:
    with pytest.raises(UsageError, match="cannot be had"):
        SiteServer(server.site, server.server_address[1])


def test_the_command_serves_until_it_is_interrupted(project: Project) -> None:
    code = "from pressrun.cli.start import main; import sys; sys.argv = ['pressrun', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--json"]
    process = subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        host = url.removeprefix("http://").rstrip("/")
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", "/digits/")
        assert b"<h1>one</h1>" in connection.getresponse().read()
        connection.close()
    finally:
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""


@pytest.mark.browser
def test_an_open_page_shows_the_new_version_by_itself(project: Project, server: SiteServer, chromium: Browser) -> None:
    page = chromium.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(server.url + "digits/")
    page.get_by_text("one").wait_for()
    page.wait_for_timeout(600)
    add(project, "two")
    page.get_by_text("two").wait_for(timeout=10_000)
    assert [text for text in problems if "Content Security Policy" in text] == []
    page.close()
