"""Beginning a paper from JupyterLab: a card of the launcher, a dialog that checks the name, and the open notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import jupyterlab
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, Lab]]:
    """JupyterLab on a project that has one paper."""
    root = tmp_path_factory.mktemp("project")
    study = Study(root)
    study.paper("md:# Taken", name="taken")
    with jupyterlab(root, tmp_path_factory.mktemp("scratch")) as lab:
        yield study, lab


def in_front(page: Page, path: str) -> None:
    """Wait until a notebook is in front."""
    page.wait_for_function("path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=path)


def test_a_card_of_the_launcher_leads_to_an_open_paper(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    page = lab.open(chromium)
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    page.locator(".jp-LauncherCard", has_text="New Paper").first.click()
    dialog = page.get_by_role("dialog")
    create = dialog.get_by_role("button", name="Create")
    name = dialog.get_by_label("Name")
    name.wait_for()
    assert create.is_disabled()
    for wrong, said in [
        ("a/b", "Use letters"),
        ("taken", "has a paper of this name"),
        ("index.html", "The site needs"),
    ]:
        name.fill(wrong)
        dialog.get_by_text(said).wait_for()
        assert create.is_disabled()
    name.fill("first-paper")
    dialog.get_by_label("Title").fill('Does it "really" work?')
    dialog.get_by_role("radio").last.check()
    create.click()
    in_front(page, "papers/first-paper/paper.ipynb")
    assert "really" in (study.root / "papers" / "first-paper" / "paper.ipynb").read_text("utf-8")
    # With a title of the author's own, and the paper's own sidebar.
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    page.locator(".jp-pr-paper h2", has_text="Does it").wait_for()
    page.context.close()


def test_the_dialog_is_answered_with_the_keyboard_alone(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    page = lab.open(chromium)
    page.evaluate("() => { void window.jupyterapp.commands.execute('pressrun:new-paper', {template: 'article'}) }")
    # As an author sees it, who waits for the caret.
    page.get_by_role("dialog").locator("input:focus").wait_for()
    page.keyboard.type("by-keys")
    page.keyboard.press("Enter")
    in_front(page, "papers/by-keys/paper.ipynb")
    assert (study.root / "papers" / "by-keys" / "references.bib").exists()
    page.context.close()


def test_a_new_comparison_opens_with_its_figures(opened: tuple[Study, Lab], chromium: Browser) -> None:
    study, lab = opened
    for seed, accuracy in enumerate((0.91, 0.93, 0.92)):
        study.record(f"svm-{seed}", accuracy, seed=seed, model="svm")
        study.record(f"logreg-{seed}", accuracy - 0.1, seed=seed, model="logreg")
    page = lab.open(chromium)
    page.evaluate("() => { void window.jupyterapp.commands.execute('pressrun:new-paper', {template: 'comparison'}) }")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("drawn")
    dialog.get_by_role("button", name="Create").click()
    in_front(page, "papers/drawn/paper.ipynb")
    # Nobody ran a cell: the table, the claim about the study's own runs and the numbers are there.
    claim = page.locator(".jp-pr-claim", has_text="svm has a higher test/acc than logreg.")
    claim.wait_for(timeout=60_000)
    page.locator(".jp-MarkdownCell .jp-pr-inline", has_text="0.920").first.wait_for()
    page.context.close()


def test_without_a_paper_in_front_the_sidebar_says_what_to_do(opened: tuple[Study, Lab], chromium: Browser) -> None:
    _, lab = opened
    page = lab.open(chromium)
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    page.evaluate("() => window.jupyterapp.commands.execute('pressrun:show-paper')")
    side = page.locator(".jp-pr-paper")
    side.get_by_role("heading", name="No notebook in front").wait_for()
    side.get_by_role("button", name="Taken").click()
    in_front(page, "papers/taken/paper.ipynb")
    side.locator(".jp-pr-paper-state", has_text="unpublished").wait_for()
    page.context.close()
