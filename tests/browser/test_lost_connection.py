"""A connection that falls silent without closing: what is on screen says so, and catches up by itself."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import Lab, command, jupyterlab, run_here
from tests.browser.proxy import Proxy, proxied
from tests.conftest import Study
from tests.server.streams import Training, training

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, WebSocket

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Milliseconds; a server that is silent is noticed after about ten seconds.
PATIENCE = 60_000
WATCH = """() => {
  window.said = "";
  new MutationObserver(() => {
    window.said ||= document.querySelector(".jp-pr-runs .jp-pr-not-connected")?.textContent ?? "";
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
SAID = re.compile(r"not connected; shown as of \d\d:\d\d")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "served").mkdir()
    return Study(tmp_path / "served")


class Window:
    """A window behind a proxy, and what it sent on each of its event streams."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.streams: list[list[dict[str, Any]]] = []
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        if "/pressrun/api/events" not in socket.url:
            return
        sent: list[dict[str, Any]] = []
        self.streams.append(sent)
        socket.on("framesent", lambda frame: sent.append(json.loads(frame)))

    def check_subscriptions(self) -> None:
        """Whatever happened, on no stream was a subscription asked for twice."""
        for sent in self.streams:
            asked = [message["subscribe"] for message in sent if "subscribe" in message]
            assert len(asked) == len(set(asked))

    def watch(self) -> None:
        """Remember whether the views ever said that they are not connected, however soon they are again."""
        self.page.evaluate(WATCH)

    def was_disconnected(self) -> None:
        self.page.wait_for_function("() => window.said", timeout=PATIENCE)
        assert SAID.search(self.page.evaluate("() => window.said"))

    def connected(self) -> None:
        self.page.wait_for_function(
            "() => !document.body.innerText.includes('not connected; shown as of')", timeout=PATIENCE
        )


@contextmanager
def watched(lab: Lab, proxy: Proxy, browser: Browser, path: str) -> Iterator[Window]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    window = Window(page)
    behind = Lab(proxy.url, lab.root, lab.log)
    page.goto(f"{behind.url}/lab/tree/{path}?reset&token=a-token-of-the-tests")
    page.wait_for_function("() => window.jupyterapp?.started", timeout=PATIENCE)
    page.evaluate("() => window.jupyterapp.restored")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE)
    yield window
    context.close()


@pytest.fixture
def script(study: Study) -> Iterator[Training]:
    with training(study.root) as begun:
        for _ in range(3):
            begun.log()
        yield begun


CURVES = "import pressrun as pr\npr.curves(pr.runs('runs/'), 'loss')"


def points(page: Page) -> int:
    return int(page.locator(".prp-root").get_attribute("data-points") or 0)


def test_a_stream_that_falls_silent_is_left_for_a_new_one(
    study: Study, script: Training, chromium: Browser, tmp_path: Path
) -> None:
    run_here(study.paper(CURVES))
    with (
        jupyterlab(study.root, tmp_path / "scratch") as lab,
        proxied(lab.url) as proxy,
        watched(lab, proxy, chromium, "papers/demo/paper.ipynb") as window,
    ):
        page = window.page
        page.wait_for_selector(".jp-pr-panel[data-state=ready]", timeout=PATIENCE)
        command(page, "pressrun:show-runs")
        page.wait_for_selector(".jp-pr-runs [role=row]", timeout=PATIENCE)
        script.log()
        page.wait_for_selector(".jp-pr-panel[data-live=live]", timeout=PATIENCE)
        began = points(page)
        (stream,) = proxy.streams
        window.watch()
        # Nothing of it is closed, and all else goes on.
        stream.is_silent = True
        script.log()
        study.record("meanwhile", 0.9)
        window.was_disconnected()
        page.wait_for_function(
            "n => Number(document.querySelector('.prp-root').dataset.points) > n", arg=began, timeout=PATIENCE
        )
        page.get_by_text("meanwhile").first.wait_for(timeout=PATIENCE)
        window.connected()
        page.wait_for_selector(".jp-pr-panel[data-live=live]", timeout=PATIENCE)
        assert len(window.streams) == 2
        window.check_subscriptions()


def test_while_the_network_is_away_every_view_says_so_and_then_catches_up(
    study: Study, script: Training, chromium: Browser, tmp_path: Path
) -> None:
    run_here(study.paper("md:# Demo", CURVES))
    with (
        jupyterlab(study.root, tmp_path / "scratch") as lab,
        proxied(lab.url) as proxy,
        watched(lab, proxy, chromium, "papers/demo/paper.ipynb") as window,
    ):
        page = window.page
        command(page, "pressrun:show-runs")
        command(page, "pressrun:show-paper")
        page.wait_for_selector(".jp-pr-runs [role=row]", timeout=PATIENCE)
        page.wait_for_selector(".jp-pr-panel[data-state=ready]", timeout=PATIENCE)
        script.log()
        page.wait_for_selector(".jp-pr-panel[data-live=live]", timeout=PATIENCE)
        began = points(page)
        proxy.stall()
        script.log()
        study.record("meanwhile", 0.9)
        for place in (".jp-pr-runs", "#pressrun-paper", ".jp-pr-paper-status"):
            page.locator(place).get_by_text(SAID).first.wait_for(timeout=PATIENCE)
        page.wait_for_selector(".jp-pr-panel[data-live=lost]", timeout=PATIENCE)
        assert "Not live" in page.locator(".jp-pr-panel .jp-pr-mark").inner_text()
        assert page.get_by_text("meanwhile").count() == 0
        proxy.recover()
        window.connected()
        page.get_by_text("meanwhile").first.wait_for(timeout=PATIENCE)
        page.wait_for_function(
            "n => Number(document.querySelector('.prp-root').dataset.points) > n", arg=began, timeout=PATIENCE
        )
        page.wait_for_selector(".jp-pr-panel[data-live=live]", timeout=PATIENCE)
        window.check_subscriptions()
