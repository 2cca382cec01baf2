"""Jupyter Notebook 7 shows one document in a window; papers are written in it all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import TOKEN, Lab, command, jupyterlab, run_here

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from tests.conftest import Study

pytest.importorskip("notebook")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_panels_are_drawn_and_every_plugin_starts(study: Study, tmp_path_factory: Any, chromium: Browser) -> None:
    for number in range(3):
        study.record(f"run {number}", 0.9 + number / 100, C=number)
    notebook = study.paper(
        "import pressrun as pr\nruns = pr.runs('runs/')\npr.table(runs, ['config.C', 'test/acc'])",
        "pr.value(runs, 'test/acc')",
    )
    run_here(notebook)
    with jupyterlab(study.root, tmp_path_factory.mktemp("notebook"), app="notebook") as lab:
        context = chromium.new_context()
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        for place in ("tree", f"notebooks/{notebook.relative_to(study.root).as_posix()}"):
            page.goto(f"{lab.url}/{place}?token={TOKEN}")
            page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
            page.evaluate("() => window.jupyterapp.restored")
            started = page.evaluate(
                """async () => { const { jupyterapp: app } = window;
                    const ours = app.listPlugins().filter(id => id.startsWith('@pressrun/lab:'));
                    const failed = []; for (const id of ours) await app.activatePlugin(id).catch(() => failed.push(id));
                    return { ours, failed }; }"""
            )
            assert "@pressrun/lab:panels" in started["ours"]
            unmet = [] if place == "tree" else started["failed"]
            assert unmet == []
        page.locator(".jp-pr-panel").first.wait_for(timeout=60_000)
        assert "0.91" in page.locator(".jp-pr-panel").first.inner_text()
        assert [text for text in errors if "pressrun" in text.lower()] == []
        context.close()


def opened(page: Page, lab: Lab, place: str) -> Page:
    """Open a page of Notebook's, and wait until it is there."""
    page.goto(f"{lab.url}/{place}?token={TOKEN}")
    return started(page)


def started(page: Page) -> Page:
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    return page


def share(page: Page, selector: str) -> tuple[float, float]:
    """Give the parts of the window's width and height that an element takes."""
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    return box["width"] / size["width"], box["height"] / size["height"]


@pytest.fixture
def published(study: Study) -> Path:
    """A paper that was published twice, with a table and a claim in its notebook."""
    from pressrun.runs.pins import Mode

    for number in range(3):
        study.record(f"run {number}", 0.9 + number / 100, C=number)
    notebook = study.paper(
        "md:# Title",
        "import pressrun as pr\nruns = pr.runs('runs/')\npr.table(runs, ['config.C', 'test/acc'])",
        "#| label: clm-high\npr.claim('High', pr.at_least(runs, 'test/acc', 0.5))",
    )
    study.built()
    study.record("later", 0.99, C=3)
    study.built(mode=Mode.UPDATE)
    return notebook


def test_an_author_reaches_every_view_in_it(
    study: Study, published: Path, tmp_path_factory: Any, chromium: Browser
) -> None:
    run_here(published)
    with jupyterlab(study.root, tmp_path_factory.mktemp("notebook"), app="notebook") as lab:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(60_000)
        page = opened(context.new_page(), lab, "tree")

        # The list of files: runs and papers are there, and a new paper opens in a window of its own.
        command(page, "pressrun:show-runs")
        page.locator("#pressrun-runs .jp-pr-runs-row").nth(3).wait_for()
        command(page, "pressrun:show-paper")
        with context.expect_page() as coming:
            page.get_by_role("button", name=re.compile("Title")).click()
        started(coming.value).locator(".jp-pr-panel").first.wait_for()
        coming.value.close()
        page.get_by_role("button", name="New paper").click()
        page.locator(".jp-Dialog").get_by_label("Name").fill("second")
        with context.expect_page() as coming:
            page.get_by_role("button", name="Create").click()
        started(coming.value).locator(".jp-Notebook .jp-Cell").first.wait_for()
        assert "papers/second/paper.ipynb" in coming.value.url
        coming.value.close()

        # A notebook: what is wide stands below it.
        opened(page, lab, published.relative_to(study.root).as_posix().join(("notebooks/", "")))
        page.locator(".jp-pr-panel").first.wait_for()
        command(page, "pressrun:show-runs-table")
        rows = page.locator("#pressrun-runs-table .jp-pr-runs-row")
        rows.nth(1).click()
        wide, high = share(page, "#pressrun-runs-table")
        assert wide > 0.9
        assert high > 0.3
        rows.nth(2).click(modifiers=["Control"])
        keys = [rows.nth(n).get_attribute("data-key") for n in (1, 2)]
        command(page, "pressrun:show-run", {"key": keys[0]})
        page.locator(".jp-pr-details").get_by_text("test/acc").first.wait_for()
        command(page, "pressrun:compare-runs", {"keys": keys})
        page.locator(".jp-pr-compare").get_by_text("run 1").first.wait_for()
        for tab in page.locator("#jp-down-stack .lm-TabBar-tabCloseIcon").all()[::-1]:
            tab.click()

        # What is read along with the notebook stands beside it, wide enough to be read.
        command(page, "pressrun:preview")
        page.frame_locator(".jp-pr-page-preview iframe").first.get_by_role("heading", name="Title").wait_for()
        assert share(page, ".jp-pr-page-preview")[0] > 0.4
        command(page, "pressrun:open-page")
        page.frame_locator(".jp-pr-page iframe").get_by_role("heading", name="Title").wait_for()
        command(page, "pressrun:compare-versions")
        page.get_by_role("heading", name="Versions of demo").wait_for()
        page.get_by_text("because run later was added").first.wait_for()
        command(page, "pressrun:show-paper")
        page.locator("#pressrun-paper").get_by_text("version 2").first.wait_for()

        # A panel goes into the notebook by its form, and its number into the page beside it.
        before = page.locator(".jp-Notebook .jp-CodeCell").count()
        command(page, "pressrun:insert-panel")
        page.get_by_role("button", name=re.compile("Comparison table")).click()
        page.locator("#pressrun-insert").get_by_role("button", name="Insert", exact=True).wait_for()
        page.locator("#pressrun-insert").get_by_role("button", name="Cancel").click()
        assert page.locator(".jp-Notebook .jp-CodeCell").count() == before
        context.close()
