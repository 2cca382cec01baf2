"""Published versions in JupyterLab: what changed between two of them and why, and the page of one in a sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser import digits_paper
from tests.browser.lab import jupyterlab, texts

from pressrun.runs.pins import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.lab import Lab
    from tests.conftest import Study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, Lab]]:
    """JupyterLab on a paper of three versions: as begun, with other prose, and with runs that contradict it."""
    root = tmp_path_factory.mktemp("project")
    study = digits_paper.digits(root)
    study.built()
    cells = [*digits_paper.CELLS[:-1], "md:# Discussion\n\nAll of it is said <b>anew</b>."]
    digits_paper.write(study, *cells)
    study.built()
    digits_paper.contradict(study)
    study.built(mode=Mode.UPDATE)
    with jupyterlab(root, tmp_path_factory.mktemp("scratch")) as lab:
        yield study, lab


def with_versions(lab: Lab, chromium: Browser) -> Page:
    """Open the paper and wait for its versions in the sidebar."""
    page = lab.open(chromium, digits_paper.PATH)
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    page.get_by_role("button", name="Compare the last two").wait_for()
    return page


def test_the_last_two_versions_are_compared_with_what_matters_first(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    _, lab = opened
    page = with_versions(lab, chromium)
    page.get_by_role("button", name="Compare the last two").click()
    view = page.locator(".jp-pr-versions")
    view.locator(".jp-pr-versions-group").first.wait_for()
    headings = [text.split()[0] for text in texts(page, ".jp-pr-versions-group h3")]
    assert headings[:2] == ["Claims", "Numbers"]
    first = view.locator(".jp-pr-versions-group li").first
    assert "holds" in first.locator("del").inner_text()
    assert "fails" in first.locator("ins").inner_text()
    assert "because" in first.inner_text()
    assert "prose" in view.get_by_text("Unchanged").inner_text()
    page.context.close()


def test_any_two_versions_are_chosen_and_prose_is_shown_line_by_line(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    _, lab = opened
    page = with_versions(lab, chromium)
    page.get_by_role("checkbox", name="Compare version 1").check()
    page.get_by_role("checkbox", name="Compare version 2").check()
    page.get_by_role("button", name="Compare 1 with 2").click()
    diff = page.locator(".jp-pr-paper-diff").first
    diff.wait_for()
    assert "+All of it is said <b>anew</b>." in diff.locator("ins", has_text="anew").inner_text()
    page.locator(".jp-pr-versions").get_by_label("To", exact=True).select_option("3")
    page.locator(".jp-pr-versions-group h3", has_text="Claims").wait_for()
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run({ include: [['.jp-pr-versions']] }, { resultTypes: ['violations'] })")
        serious = [each for each in found["violations"] if each["impact"] in {"serious", "critical"}]
        assert serious == [], json.dumps(serious, indent=1)[:4000]
    page.context.close()


def test_an_old_version_opens_as_readers_got_it_and_reaches_nothing(
    opened: tuple[Study, Lab], chromium: Browser
) -> None:
    _, lab = opened
    page = with_versions(lab, chromium)
    page.get_by_role("button", name="Open the page of version 1").click()
    frame = page.frame_locator(".jp-pr-page iframe")
    frame.get_by_text("Thought 3:").first.wait_for()
    assert page.locator(".jp-pr-page iframe").get_attribute("sandbox") == "allow-scripts"
    page.context.close()
