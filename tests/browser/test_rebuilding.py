"""A paper that is built again when it is saved: the preview shows what was built, and new runs wait for a click."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.browser import digits_paper
from tests.browser.lab import command, jupyterlab, served
from tests.browser.test_preview_in_lab import SHOWN, edit, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page
    from tests.browser.lab import Lab
    from tests.conftest import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
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
    command(page, "pressrun:preview")
    page.locator(SHOWN).wait_for()
    return page


def rebuilt(lab: Lab, chromium: Browser) -> Page:
    """Open the paper and its preview, and let a save build it; what is behind at that moment is built at once."""
    page = previewed(lab, chromium)
    preview(page).get_by_role("checkbox", name="Rebuild on save").click()
    said(page, r"Version 1, up to date").wait_for()
    return page


def preview(page: Page) -> Locator:
    return page.locator(".jp-pr-page-preview")


def said(page: Page, text: str) -> Locator:
    return page.locator(".jp-pr-page-preview-said", has_text=re.compile(text))


def save(page: Page) -> None:
    """Save the notebook as its author does, from within it."""
    page.evaluate(
        """() => {
            const { shell } = window.jupyterapp;
            shell.activateById([...shell.widgets("main")].find(each => each.context).id);
        }"""
    )
    page.keyboard.press("Control+s")


def versions(study: Study) -> list[str]:
    """Give the versions of the paper that were ever published."""
    return sorted(path.name for path in (study.root / "site" / "demo" / "versions").iterdir())


def builds(lab: Lab) -> int:
    """Give how many builds the server has begun: it counts them in their ids."""
    _, answer = served(lab, "/pressrun/api/papers/demo/build")
    return int(json.loads(answer)["job"]["id"].partition("-")[2])


def test_a_saved_edit_is_built_and_its_page_keeps_the_readers_place(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    study, lab = opened
    page = rebuilt(lab, chromium)
    frame = shown(page)
    frame.evaluate("() => document.getElementById('sec-results').scrollIntoView({behavior: 'instant'})")
    frame.evaluate("() => scrollBy({top: 200, behavior: 'instant'})")
    at = frame.evaluate("() => document.getElementById('sec-results').getBoundingClientRect().top")
    frame.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
    edit(page, 1, "# Introduction {#sec-intro}\n\n" + "Something new is said here.\n\n" * 12)
    assert versions(study) == ["1"]
    save(page)
    said(page, r"Version 2, up to date").wait_for()
    assert "Something new is said here." in study.page()
    frame = shown(page)
    assert "Something new is said here." in frame.locator("main").inner_text()
    frame.wait_for_function(
        "at => Math.abs(document.getElementById('sec-results').getBoundingClientRect().top - at) < 8", arg=at
    )
    # No cell had to run for that, and none did.
    cells = page.locator(".jp-pr-paper-cells")
    command(page, "pressrun:show-paper")
    cells.get_by_label(re.compile("clm-better: current")).wait_for()
    assert cells.get_by_label(re.compile(": executed")).count() == 0
    page.context.close()


def test_new_runs_are_announced_and_one_click_takes_them_in(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    page = rebuilt(lab, chromium)
    digits_paper.contradict(study)
    news = preview(page).get_by_role("status")
    news.get_by_text("16 new runs: ").wait_for()
    assert versions(study) == ["1"]
    command(page, "pressrun:show-paper")
    plan = page.locator(".jp-pr-paper-plan")
    plan.get_by_text(re.compile(r"run \S+ added; .* and 13 more")).first.wait_for()
    plan.get_by_role("button", name="clm-bar").click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.widgets('main').find(each => each.context).content.activeCell.model.id === 'c6'"
    )
    news.get_by_role("button", name="Take 16 new runs in").click()
    said(page, r"Version 2, up to date").wait_for()
    news.get_by_text("16 new runs: ").wait_for(state="hidden")
    assert "Fails" in shown(page).locator("#clm-bar").inner_text()
    page.context.close()


def test_two_windows_build_once_for_a_save_and_a_failure_leaves_the_page(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    study, lab = opened
    page = rebuilt(lab, chromium)
    other = previewed(lab, chromium)
    # The switch is JupyterLab's setting, and so on in every window.
    said(other, r"Version 1, up to date").wait_for()
    edit(page, 4, digits_paper.TABLE.replace("pr.table", "import time\ntime.sleep(4)\npr.table"))
    save(page)
    said(other, "cell 5 of 8").wait_for()
    edit(page, 1, "# Introduction {#sec-intro}\n\nSaid while it was built.")
    save(page)
    for window in (page, other):
        said(window, r"Version 3, up to date").wait_for()
        assert "Said while it was built." in shown(window).locator("main").inner_text()
    assert versions(study) == ["1", "2", "3"]
    assert builds(lab) == 3
    edit(page, 6, "raise ValueError('no such luck')")
    save(page)
    for window in (page, other):
        preview(window).get_by_role("status").get_by_text("no such luck").wait_for()
        assert "Said while it was built." in shown(window).locator("main").inner_text()
    preview(page).get_by_role("button", name="Go to the cell").click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.widgets('main').find(each => each.context).content.activeCell.model.id === 'c6'"
    )
    edit(page, 6, digits_paper.BAR)
    save(page)
    said(page, r"Version 3, up to date").wait_for()
    preview(page).get_by_role("status").get_by_text("no such luck").wait_for(state="hidden")
    page.context.close()
    other.context.close()
