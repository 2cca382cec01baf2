"""The page beside its notebook: it follows edits that are not saved, keeps the reader's place, and is no way in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.browser import digits_paper
from tests.browser.lab import jupyterlab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Frame, Page
    from tests.browser.lab import Lab
    from tests.conftest import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN = ".jp-pr-page-preview-frame[data-shown=true]"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, Lab]]:
    """JupyterLab on the study."""
    root = tmp_path_factory.mktemp("project")
    study = digits_paper.digits(root)
    with jupyterlab(root, tmp_path_factory.mktemp("scratch")) as lab:
        yield study, lab


def previewed(lab: Lab, chromium: Browser) -> Page:
    """Open the paper and its preview."""
    page = lab.open(chromium, digits_paper.PATH)
    page.wait_for_function("() => window.jupyterapp.commands.isEnabled('pressrun:preview')")
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:preview')")
    page.locator(SHOWN).wait_for()
    return page


def shown(page: Page) -> Frame:
    """Give the frame that is seen."""
    frame = page.locator(SHOWN).element_handle().content_frame()
    assert frame is not None
    return frame


def edit(page: Page, cell: int, source: str) -> None:
    """Write a cell anew, as typing does, without saving."""
    page.evaluate(
        """([cell, source]) => window.jupyterapp.shell.widgets("main").find(each => each.context).content.model.cells
            .get(cell).sharedModel.setSource(source)""",
        [cell, source],
    )


def test_the_page_follows_an_edit_and_keeps_its_place(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    saved = (study.root / digits_paper.PATH).read_bytes()
    page = previewed(lab, chromium)
    frame = shown(page)
    frame.evaluate("() => document.getElementById('sec-results').scrollIntoView({behavior: 'instant'})")
    frame.evaluate("() => scrollBy({top: 200, behavior: 'instant'})")
    at = frame.evaluate("() => document.getElementById('sec-results').getBoundingClientRect().top")
    frame.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
    before = page.locator(SHOWN).get_attribute("src")
    # What is written above the reader's place moves it in the page, not on the screen.
    edit(page, 1, "# Introduction {#sec-intro}\n\n" + "Something new is said here.\n\n" * 12)
    page.wait_for_function("([selector, old]) => document.querySelector(selector).src !== old", arg=[SHOWN, before])
    frame = shown(page)
    assert "Something new is said here." in frame.locator("main").inner_text()
    frame.wait_for_function(
        "at => Math.abs(document.getElementById('sec-results').getBoundingClientRect().top - at) < 8", arg=at
    )
    assert page.locator(".jp-pr-page-preview-frame").count() == 1
    assert (study.root / digits_paper.PATH).read_bytes() == saved
    page.context.close()


def test_a_broken_reference_is_told_and_the_page_stays(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = previewed(lab, chromium)
    edit(page, 1, "# Introduction {#sec-intro}\n\nSee @fig-nowhere and [@nobody].")
    trouble = page.locator(".jp-pr-page-preview-trouble")
    trouble.get_by_text("fig-nowhere").wait_for()
    trouble.get_by_role("button", name="Go to the cell").first.click()
    page.wait_for_function(
        """() => window.jupyterapp.shell.widgets("main").find(each => each.context)
            .content.activeCell.model.id === 'c1'"""
    )
    assert "Results" in shown(page).locator("main").inner_text()
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    page.locator(".jp-pr-paper-problem", has_text="fig-nowhere").wait_for()
    page.context.close()


def test_the_page_is_sandboxed_and_can_be_looked_at_as_on_a_phone(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = previewed(lab, chromium)
    assert page.locator(SHOWN).get_attribute("sandbox") == "allow-scripts"
    assert shown(page).evaluate(
        "() => { try { return String(parent.document.title) } catch { return 'refused' } }"
    ) == ("refused")
    page.get_by_role("button", name="Phone").click()
    assert page.locator(SHOWN).evaluate("frame => frame.clientWidth") <= 390
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Open in a new tab").click()
    tab = opening.value
    tab.get_by_role("heading", name=re.compile("Which model")).wait_for()
    assert tab.evaluate("() => origin") == "null"
    page.context.close()
