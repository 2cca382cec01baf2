"""Completion where an author writes prose and cell options, by Tab in a real JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import command, jupyterlab
from tests.browser.prose import with_kernel
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BIB = """@article{gosset1908, author = {Student}, title = {The probable error of a mean}, year = {1908}}
@article{holm1979, author = {Holm, Sture}, title = {<img src=x onerror="window.attacked = true">}, year = {1979}}
"""


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    root = tmp_path_factory.mktemp("project")
    study = Study(root)
    study.record("one", 0.9)
    setup = 'import pressrun as pr\naccuracy_of_all = pr.value(pr.runs("runs/"), "test/acc")'
    figure = '#| label: fig-acc\n#| fig-cap: "Accuracy of all runs."\npr.table(pr.runs("runs/"), ["test/acc"])'
    path = with_kernel(study.paper(setup, figure, "md:Text."))
    (path.parent / "references.bib").write_text(BIB)
    with jupyterlab(root, tmp_path_factory.mktemp("lab")) as lab:
        page = lab.open(chromium, "papers/demo/paper.ipynb")
        page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
        )
        command(page, "notebook:run-all-cells")
        yield page
        assert not page.evaluate("() => window.attacked === true")
        page.context.close()


def begin(page: Page, kind: str, text: str) -> None:
    """Begin a new cell with some text."""
    command(page, "notebook:insert-cell-below")
    command(page, f"notebook:change-cell-to-{kind}")
    command(page, "notebook:enter-edit-mode")
    page.wait_for_selector(".jp-Cell.jp-mod-active .cm-focused")
    page.keyboard.type(text)


def menu(page: Page) -> list[str]:
    """Press Tab, and give what the menu offers."""
    page.keyboard.press("Tab")
    page.wait_for_selector(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item")
    return list(page.locator(".jp-Completer .jp-Completer-match").all_inner_texts())


def written(page: Page) -> str:
    return str(
        page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()")
    )


def accept(page: Page, expected: str) -> None:
    page.keyboard.press("Enter")
    page.wait_for_function(
        "text => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource().trim() "
        "=== text",
        arg=expected,
    )


def test_a_citation_is_found_by_a_word_of_its_title(page: Page) -> None:
    begin(page, "markdown", "as in [@")
    offered = menu(page)
    assert any(text.startswith("gosset1908 · Student 1908. The probable error") for text in offered)
    assert any(text.startswith("fig-acc · Figure 1: Accuracy of all runs.") for text in offered)
    page.keyboard.type("prob")
    page.wait_for_function("() => document.querySelectorAll('.jp-Completer .jp-Completer-item').length === 1")
    accept(page, "as in [@gosset1908")


def test_names_of_the_kernel_complete_a_value(page: Page) -> None:
    begin(page, "markdown", "it is `{python} accu")
    # JupyterLab waits a second for what a kernel knows; a busy machine may take longer, and an author asks again.
    for _ in range(20):
        command(page, "pressrun:complete")
        page.wait_for_timeout(1500)
        if page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item").count() > 0:
            break
    assert page.locator(".jp-Completer .jp-Completer-match").all_inner_texts() == ["accuracy_of_all"]
    accept(page, "it is `{python} accuracy_of_all")


def test_cell_options_are_offered_where_they_stand(page: Page) -> None:
    begin(page, "code", "#| fig")
    assert any(text.startswith("fig-cap · caption of the figure") for text in menu(page))
    accept(page, "#| fig-cap:")


def test_prose_without_anything_to_complete_offers_nothing(page: Page) -> None:
    begin(page, "markdown", "plain `@pro")
    page.keyboard.press("Tab")
    page.keyboard.type("x")
    assert page.locator(".jp-Completer:not(.lm-mod-hidden)").count() == 0
    assert written(page).endswith("x")
