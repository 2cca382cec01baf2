"""Building a paper from JupyterLab: progress, failure and its place, cancelling, and coming back to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.browser import digits_paper
from tests.browser.lab import jupyterlab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page
    from tests.browser.lab import Lab
    from tests.conftest import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: A cell that waits until a file says that it may go on.
WAITING = """import pathlib, time
while not pathlib.Path('go').exists():
    time.sleep(0.05)"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, Lab]]:
    """JupyterLab on the study, and on papers that fail and that wait."""
    root = tmp_path_factory.mktemp("project")
    study = digits_paper.digits(root)
    digits_paper.write(study, "md:# Fails", "x = 1", "raise ValueError('no such luck')", name="failing")
    digits_paper.write(study, "md:# Waits", "x = 1", WAITING, "y = 2", name="waiting")
    with jupyterlab(root, tmp_path_factory.mktemp("scratch")) as lab:
        yield study, lab


def sidebar(page: Page) -> Locator:
    """Show the paper sidebar by its shortcut's command, and give it."""
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    return page.locator(".jp-pr-paper")


def test_a_build_from_the_sidebar_publishes_and_tells_how_far_it_is(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    study, lab = opened
    page = lab.open(chromium, digits_paper.PATH)
    side = sidebar(page)
    side.locator(".jp-pr-paper-state", has_text="unpublished").wait_for()
    side.get_by_role("button", name="Build", exact=True).click()
    side.get_by_role("progressbar", name="Build").wait_for()
    page.locator(".jp-pr-paper-status", has_text=re.compile(r"building \d of \d")).wait_for(timeout=60_000)
    side.get_by_text("Published version 1").first.wait_for(timeout=60_000)
    # Everything else follows by events: no reload, no click.
    side.locator(".jp-pr-paper-state", has_text="current").wait_for()
    side.get_by_role("button", name="Open the page of version 1").wait_for()
    page.locator(".jp-pr-paper-status", has_text="claims 2 of 2 hold").wait_for()
    assert side.get_by_label(re.compile(r"^Cell \d, clm-better: executed")).count() == 1
    assert "Which model" in study.page()
    page.context.close()


def test_a_failing_cell_is_named_and_one_click_away_and_the_old_publication_stays(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    study, lab = opened
    page = lab.open(chromium, "papers/failing/paper.ipynb")
    side = sidebar(page)
    side.get_by_role("button", name="Build", exact=True).click()
    trouble = side.get_by_role("group", name="Build failed")
    trouble.wait_for(timeout=60_000)
    assert "no such luck" in trouble.inner_text()
    assert "Nothing is published yet" in trouble.inner_text()
    trouble.get_by_role("button", name=re.compile("Go to the cell")).click()
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.activeCell.model.id === 'c2'")
    page.locator(".jp-pr-paper-status", has_text="failed").wait_for()
    assert not (study.root / "site" / "failing").exists()
    page.context.close()


def test_a_build_is_shown_again_after_a_reload_and_can_be_cancelled(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    study, lab = opened
    page = lab.open(chromium, "papers/waiting/paper.ipynb")
    sidebar(page).get_by_role("button", name="Build", exact=True).click()
    at = page.locator(".jp-pr-paper-progress", has_text="3 of 4")
    at.wait_for(timeout=60_000)
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    at.wait_for(timeout=60_000)
    side = sidebar(page)
    side.get_by_role("button", name="Cancel build").click()
    side.get_by_text("Build cancelled").first.wait_for()
    assert not (study.root / "site" / "waiting").exists()
    side.get_by_role("button", name="Build", exact=True).wait_for()
    page.context.close()


def test_edits_are_saved_before_they_are_built(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    path = digits_paper.write(study, "md:# Old title", "x = 1", name="edited")
    page = lab.open(chromium, path)
    side = sidebar(page)
    side.locator(".jp-pr-paper-state", has_text="unpublished").wait_for()
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.setSource('# New title')"
    )
    side.get_by_role("button", name="Build", exact=True).click()
    side.get_by_text("Published version 1").first.wait_for(timeout=60_000)
    assert "New title" in study.page("edited")
    page.context.close()
