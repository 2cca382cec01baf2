"""What the extension adds to JupyterLab's start: little, and no chart before one is shown."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import LABEXTENSION, TOKEN, jupyterlab, run_here

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.conftest import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST = 500_000
OURS = "/lab/extensions/@pressrun/lab/"


def charts() -> set[str]:
    """Name the chunks that hold the chart library, by the marks that it leaves on what it draws."""
    return {path.name for path in (LABEXTENSION / "static").glob("*.js") if "__ec_inner_" in path.read_text("utf-8")}


def test_the_start_is_light_and_charts_come_with_a_panel(
    study: Study, tmp_path_factory: Any, chromium: Browser
) -> None:
    for name in "ab":
        study.record(name, 0.9)
    notebook = study.paper(
        "import pressrun as pr\n"
        "runs = pr.runs([{'name': 'a', 'config': {}, 'summary': {}, 'history': {'acc': [[0, 0, 0.1], [1, 1, 0.5]]}}])\n"
        "pr.curves(runs, 'acc')"
    )
    run_here(notebook)
    assert charts()
    with jupyterlab(study.root, tmp_path_factory.mktemp("lab")) as lab:
        context = chromium.new_context()
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.partition("?")[0]))
        page.goto(f"{lab.url}/lab?token={TOKEN}")
        page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
        page.evaluate("() => window.jupyterapp.restored")
        page.wait_for_load_state("networkidle")
        at_start = {url.partition(OURS)[2] for url in asked if OURS in url}
        weight = sum(len(gzip.compress((LABEXTENSION / name).read_bytes())) for name in at_start)
        assert any(name.startswith("static/remoteEntry") for name in at_start)
        assert weight < MOST, (weight, at_start)
        assert not {name.removeprefix("static/") for name in at_start} & charts()
        page.evaluate(
            "path => window.jupyterapp.commands.execute('docmanager:open', { path })",
            notebook.relative_to(study.root).as_posix(),
        )
        page.locator(".jp-pr-panel canvas, .jp-pr-panel svg").first.wait_for(timeout=60_000)
        later = {url.partition(OURS)[2].removeprefix("static/") for url in asked if OURS in url}
        assert later & charts()
        context.close()
