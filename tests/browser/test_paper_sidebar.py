"""The paper sidebar: an outline that follows the cursor, and claims that nobody can miss when they break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser import digits_paper
from tests.browser.lab import jupyterlab, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, WebSocketRoute
    from tests.browser.lab import Lab
    from tests.conftest import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"
HERE = "() => window.jupyterapp.shell.currentWidget.content.activeCell.model.id"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Study, Lab]]:
    """JupyterLab on the study, whose paper is published."""
    root = tmp_path / "project"
    root.mkdir()
    study = digits_paper.digits(root)
    study.built()
    with jupyterlab(root, tmp_path / "scratch") as lab:
        yield study, lab


def with_sidebar(lab: Lab, chromium: Browser, *, dark: bool = False) -> Page:
    """Open the paper with its sidebar, and wait for the outline."""
    page = lab.open(chromium, digits_paper.PATH, dark=dark)
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    page.locator(".jp-pr-paper-outline").get_by_text("Discussion").wait_for()
    page.locator(".jp-pr-paper-claim").first.wait_for()
    return page


def test_the_outline_goes_to_cells_and_follows_the_cursor(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = with_sidebar(lab, chromium)
    outline = page.locator(".jp-pr-paper-outline")
    assert texts(page, ".jp-pr-paper-outline .jp-pr-paper-number") == ["Table 1", "Claim 1", "Claim 2"]
    outline.get_by_role("button", name="Table 1").click()
    assert page.evaluate(HERE) == "c4"
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 7 }")
    outline.locator("[aria-current]", has_text="Discussion").wait_for()
    # One stop of the Tab key, walked with the arrow keys.
    outline.get_by_role("button", name="Results").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.evaluate(HERE) == "c1"
    assert outline.locator("button[tabindex='0']").count() == 1
    page.context.close()


def test_what_is_typed_is_in_the_outline_before_it_is_saved(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = with_sidebar(lab, chromium)
    page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.model.cells.get(7).sharedModel
            .setSource('# Conclusion\\n\\nSee @tbl-gone.')"""
    )
    outline = page.locator(".jp-pr-paper-outline")
    outline.get_by_role("button", name="Conclusion").wait_for()
    outline.locator(".jp-pr-paper-problem", has_text="tbl-gone").wait_for()
    page.context.close()


def test_what_one_cell_holds_is_listed_as_it_stands_there(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = with_sidebar(lab, chromium)
    page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.model.cells.get(7).sharedModel.setSource(
            '# Method {#sec-method}\\n\\n$$x = 1$$ {#eq-one}\\n\\n# Last {#sec-last}\\n\\n$$y = 2$$ {#eq-two}')"""
    )
    outline = page.locator(".jp-pr-paper-outline")
    outline.get_by_role("button", name="Equation 2").wait_for()
    assert texts(page, ".jp-pr-paper-outline .jp-pr-paper-item-text")[-5:-1] == ["Method", "eq-one", "Last", "eq-two"]
    # JupyterLab's own table of contents reads the source, and shows as little of the labels as the page does.
    page.evaluate("() => window.jupyterapp.shell.activateById('table-of-contents')")
    contents = page.locator("#table-of-contents .jp-tocItem-content")
    contents.get_by_text("Method", exact=True).wait_for()
    assert [each.strip() for each in contents.all_inner_texts()] == ["Introduction", "Results", "Method", "Last"]
    page.context.close()


def test_runs_that_contradict_a_claim_are_seen_everywhere(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    page = with_sidebar(lab, chromium)
    status = page.locator(".jp-pr-paper-status button")
    status.get_by_text("claims 2 of 2 hold").wait_for()
    digits_paper.contradict(study)
    status.get_by_text("stale").first.wait_for()
    stale = page.get_by_role("region", name="Stale")
    stale.get_by_text("16 new runs").wait_for()
    stale.get_by_role("button", name="Build with the new runs").click()
    broken = page.get_by_role("region", name="Broken claims")
    broken.wait_for(timeout=60_000)
    assert "2 claims fail" in broken.inner_text()
    status.get_by_text("claims 0 of 2 hold").wait_for()
    # The cells were not run in the open notebook, of which the preview says the same.
    assert texts(page, ".jp-pr-paper-claim-head strong") == ["not judged yet", "not judged yet"]
    assert "the published claim is: fails" in page.locator(".jp-pr-paper-claim").first.inner_text()
    broken.get_by_role("button", name="SVM reaches 90 %").click()
    assert page.evaluate(HERE) == "c6"
    page.context.close()


def test_a_lost_server_is_told_and_forgotten_when_it_is_back(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = lab.open(chromium, digits_paper.PATH)
    lost = [True]

    def between(socket: WebSocketRoute) -> None:
        if lost[0]:
            socket.close()
        else:
            socket.connect_to_server()

    page.context.route_web_socket("**/pressrun/api/events*", between)
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored.then(() => 1)")
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    banner = page.locator(".jp-pr-paper-banner", has_text="not connected")
    banner.wait_for()
    lost[0] = False
    banner.wait_for(state="detached")
    page.locator(".jp-pr-paper-state", has_text="current").wait_for()
    page.context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(opened: tuple[Study, Lab], chromium: Browser, dark: bool) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in extension/lab")
    _, lab = opened
    page = with_sidebar(lab, chromium, dark=dark)
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:preview')")
    page.locator(".jp-pr-page-preview-frame[data-shown=true]").wait_for()
    page.evaluate(AXE.read_text("utf-8"))
    include = [[".jp-pr-paper"], [".jp-pr-page-preview-bar"], [".jp-pr-page-preview-news"], [".jp-pr-paper-status"]]
    found = page.evaluate("include => axe.run({ include }, { resultTypes: ['violations'] })", include)
    serious = [each for each in found["violations"] if each["impact"] in {"serious", "critical"}]
    assert serious == [], json.dumps(serious, indent=1)[:4000]
    page.context.close()
