"""JupyterLab on a project: on this project alone, by oneself unless asked for, and gone when it is ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest
from tests.browser.lab import surroundings

from pressrun.cli.jupyter import address
from pressrun.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from tests.conftest import Study

pytestmark = [pytest.mark.slow]


class Running:
    """A `pressrun lab` that answers."""

    def __init__(self, process: subprocess.Popen[str], answer: dict[str, Any], log: Path) -> None:
        self.process = process
        self.answer = answer
        self.log = log

    def get(self, path: str) -> Any:
        url = urlsplit(self.answer["url"])
        with urllib.request.urlopen(f"http://{url.netloc}{path}?{url.query}", timeout=30) as response:
            return json.loads(response.read())

    def post(self, path: str, body: dict[str, Any]) -> Any:
        url = urlsplit(self.answer["url"])
        data = json.dumps(body).encode()
        with urllib.request.urlopen(f"http://{url.netloc}{path}?{url.query}", data=data, timeout=30) as response:
            return json.loads(response.read())

    @property
    def below(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int = signal.SIGINT, seconds: float = 20) -> int:
        """End it, and give its exit code; nothing that it started may be left."""
        below = self.below
        os.kill(self.process.pid, number)
        code = self.process.wait(seconds)
        assert [each for each in below if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
        return code


@contextmanager
def lab(study: Study, scratch: Path, *arguments: str) -> Iterator[Running]:
    log = scratch / "lab.log"
    line = [*study.line("lab", "--json", "--port", "0", *arguments), "--", "--allow-root", "--expose-app-in-browser"]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            line, cwd=study.root, env=surroundings(scratch), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    below: list[psutil.Process] = []
    try:
        assert process.stdout is not None
        line_read = process.stdout.readline()
        assert line_read, log.read_text("utf-8", "replace")
        below = psutil.Process(process.pid).children(recursive=True)
        yield Running(process, json.loads(line_read), log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for each in below:
            if each.is_running():
                each.kill()


def opened(page: Page) -> Page:
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    return page


def plugins(page: Page) -> set[str]:
    listed: list[str] = page.evaluate("() => window.jupyterapp.listPlugins()")
    return {each.partition(":")[0] for each in listed}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.browser
def test_a_paper_is_open_and_nothing_is_fetched_or_set(study: Study, tmp_path_factory: Any, chromium: Browser) -> None:
    study.paper("md:# My paper with a name", name="my-paper")
    scratch = tmp_path_factory.mktemp("lab")
    with lab(study, scratch, "my-paper") as running:
        assert running.answer["root"] == str(study.root)
        assert running.answer["paper"] == "papers/my-paper/paper.ipynb"
        context = chromium.new_context()
        page = context.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(running.answer["url"])
        opened(page)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.get_by_role("heading", name="My paper with a name").wait_for()
        assert not {name for name in plugins(page) if name.startswith("@jupyter/collaboration")}
        assert "@pressrun/lab" in plugins(page)
        host = urlsplit(running.answer["url"]).netloc
        assert {urlsplit(url).netloc for url in requests if url.startswith("http")} == {host}
        assert not [url for url in requests if "/lab/api/news" in url or "/lab/api/update" in url]
        assert page.locator(".Toastify__toast").count() == 0
        context.close()
        assert running.get("/lab/api/extensions") is not None
        assert running.end() == ExitCode.DONE
    assert {each for each in files(scratch / "config") if "settings" in each or each.endswith("config.json")} == set()
    assert not (scratch / "app" / "user-settings").exists()
    own = {each for each in files(study.root) if ".ipynb_checkpoints" not in each}
    assert own == {"pressrun.toml", "papers/my-paper/paper.ipynb"}


def test_the_author_is_who_git_says(study: Study, tmp_path_factory: Any) -> None:
    subprocess.run(["git", "init", "-q"], cwd=study.root, check=True)
    subprocess.run(["git", "config", "user.name", "Ada Lovelace"], cwd=study.root, check=True)
    with lab(study, tmp_path_factory.mktemp("lab")) as running:
        identity = running.get("/api/me")["identity"]
        assert (identity["display_name"], identity["initials"]) == ("Ada Lovelace", "AL")
        assert running.end() == ExitCode.DONE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_ending_it_ends_its_kernels(study: Study, tmp_path_factory: Any, number: signal.Signals) -> None:
    with lab(study, tmp_path_factory.mktemp("lab")) as running:
        running.post("/api/kernels", {})
        kernels = [each for each in running.below if "ipykernel" in " ".join(each.cmdline())]
        assert len(kernels) == 1
        assert running.end(number) == ExitCode.DONE


def test_an_address_is_given_when_something_listens_there(tmp_path: Path, monkeypatch: Any) -> None:
    """JupyterLab writes down where it is before it listens there."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    server = f"""if True:
        import json, os, pathlib, socket, time
        place = socket.socket()
        place.bind(("127.0.0.1", 0))
        said = {{"url": f"http://127.0.0.1:{{place.getsockname()[1]}}/", "token": "t"}}
        pathlib.Path({str(tmp_path)!r}, f"jpserver-{{os.getpid()}}.json").write_text(json.dumps(said))
        time.sleep(1)
        place.listen()
        time.sleep(60)
    """
    process = subprocess.Popen([sys.executable, "-c", server])
    try:
        url = address(process, "lab")
        assert url.endswith("/lab?token=t")
        place = urlsplit(url)
        socket.create_connection((place.hostname or "", place.port or 0), timeout=5).close()
    finally:
        process.kill()
        process.wait()


def test_a_server_that_does_not_listen_is_ended_with_its_kernels(study: Study, tmp_path_factory: Any) -> None:
    with lab(study, tmp_path_factory.mktemp("lab")) as running:
        running.post("/api/kernels", {})
        server = next(each for each in running.below if "jupyterlab" in each.cmdline())
        # What a server does that hangs while it ends: nothing.
        server.suspend()
        assert running.end() == ExitCode.DONE


@pytest.mark.browser
def test_with_others_it_ends_too_while_browsers_are_connected(
    study: Study, tmp_path_factory: Any, chromium: Browser
) -> None:
    study.paper("1 + 1", "md:# Together")
    with lab(study, tmp_path_factory.mktemp("lab"), "demo", "--collab") as running:
        assert running.answer["collab"]
        context = chromium.new_context()
        page = context.new_page()
        page.goto(running.answer["url"])
        opened(page)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        assert "@jupyter/collaboration-extension" in plugins(page)
        assert running.end() == ExitCode.DONE
        context.close()
    assert (study.root / ".pressrun" / "rooms.db").is_file()
    assert not (study.root / ".jupyter_ystore.db").exists()
    assert not (study.root / ".jupyter").exists()


def test_a_port_that_is_taken_is_said(study: Study, tmp_path_factory: Any) -> None:
    with lab(study, tmp_path_factory.mktemp("lab")) as running:
        port = urlsplit(running.answer["url"]).port
        answer = subprocess.run(
            study.line("lab", "--no-browser", "--port", str(port), "--", "--allow-root"),
            cwd=study.root, env=surroundings(tmp_path_factory.mktemp("other")), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert answer.returncode == ExitCode.USAGE
        assert "JupyterLab ended with code" in answer.stderr
        assert "already in use" in answer.stderr
        assert running.end() == ExitCode.DONE


def test_a_paper_that_is_not_there_is_said_before_anything_starts(study: Study) -> None:
    study.paper("md:# A", name="digits")
    answer = study.command("lab", "digit")
    assert answer.returncode == ExitCode.USAGE
    assert "digits" in answer.stderr


def test_working_together_needs_its_package(study: Study) -> None:
    code = "import sys; sys.modules['jupyter_server_ydoc'] = None; from pressrun.cli.start import main; main()"
    answer = subprocess.run(
        [sys.executable, "-c", code, "lab", "--collab"], cwd=study.root, capture_output=True, text=True, check=False
    )
    assert answer.returncode == ExitCode.USAGE
    assert "pip install 'pressrun[collab]'" in answer.stderr
