"""A headless Chromium that opens pages from files, with the network off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.published_page import STATIC, Opened, write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture
def open_file(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    """Open a file in a window of its own, with the network off."""
    if not (STATIC / "page.js").exists():
        pytest.skip("the front end is not built: npm ci and npm run build in extension/lab")
    contexts = []

    def open_it(path: Path, *, fragment: str = "", **options: Any) -> Opened:
        context = chromium.new_context(**{"accept_downloads": True, "offline": True, **options})
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("console", lambda m: opened.errors.append(m.text) if m.type == "error" else None)
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(path.as_uri() + fragment)
        if viewport := options.get("viewport"):
            # No window is as narrow as a phone: the browser shows the page narrower a moment after it is open.
            opened.page.wait_for_function("width => innerWidth === width", arg=viewport["width"])
        return opened

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(open_file: Callable[..., Opened], tmp_path: Path) -> Callable[..., Opened]:
    """Open a body with facts as a published page from a file; the network is off."""

    def open_it(body: str, facts: dict[str, dict[str, Any]], **options: Any) -> Opened:
        return open_file(write_page(tmp_path / "index.html", body, facts), **options)

    return open_it
