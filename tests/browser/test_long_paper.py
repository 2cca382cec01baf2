"""A paper of 200 cells, of which JupyterLab keeps only those in the page that are in sight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.browser import digits_paper
from tests.browser.lab import command, jupyterlab, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARTS = 50
PATH = "papers/long/paper.ipynb"
SETTINGS = "app/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"

#: Whether a cell is in sight, current, and not entered; the focus is where it was.
ARRIVED = f"""([source, focus]) => {{
  const notebook = {NOTEBOOK};
  const box = notebook.node.getBoundingClientRect();
  const cell = notebook.activeCell;
  const at = cell.node.getBoundingClientRect();
  return cell.model.sharedModel.getSource().includes(source) && at.height > 0 && at.bottom > box.top
    && at.top < box.bottom && notebook.mode === 'command' && document.activeElement.closest(focus) !== null;
}}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root, scratch = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("scratch")
    study = digits_paper.digits(root)
    cells = [digits_paper.FRONT, digits_paper.SETUP]
    for part in range(PARTS):
        cells += [
            f"md:## Part {part} {{#sec-p{part}}}\n\nIt reaches `{{python}} acc`, see @tbl-t{part}. " + "Words. " * 40,
            f"#| label: tbl-t{part}\n#| tbl-cap: Table\npr.table(runs, ['test/acc'], group='config.model')",
            f"x{part} = {part}",
            f"#| label: clm-c{part}\npr.claim('Better in {part}', pr.greater(svm, tree, 'test/acc'))",
        ]
    run_here(root / digits_paper.write(study, *cells, name="long"))
    settings = scratch / SETTINGS
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "full"}')
    with jupyterlab(root, scratch) as running:
        yield running


@pytest.fixture
def page(lab: Lab, chromium: Browser) -> Iterator[Page]:
    page = lab.open(chromium, PATH)
    page.set_default_timeout(60_000)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
    )
    assert page.evaluate(f"() => {NOTEBOOK}.notebookConfig.windowingMode") == "full"
    yield page
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()


def test_the_outline_leads_to_cells_without_entering_them(page: Page) -> None:
    command(page, "pressrun:show-paper")
    outline = page.locator(".jp-pr-paper-outline")
    before = page.evaluate(f"() => JSON.stringify({NOTEBOOK}.model.sharedModel.toJSON().cells.map(c => c.source))")
    # Whoever was writing a moment ago writes no more.
    page.evaluate(f"() => {{ {NOTEBOOK}.activeCellIndex = 1; {NOTEBOOK}.mode = 'edit'; {NOTEBOOK}.activate(); }}")
    page.wait_for_function(f"() => {NOTEBOOK}.activeCell.editor?.hasFocus()")
    for name, source in {
        f"Table {PARTS - 2}": f"label: tbl-t{PARTS - 3}",
        "Better in 3": "label: clm-c3",
        f"Part {PARTS - 1}": f"#sec-p{PARTS - 1}",
        "Better in 40": "label: clm-c40",
    }.items():
        outline.get_by_role("button", name=re.compile(rf"{name}\b")).first.click()
        page.wait_for_function(ARRIVED, arg=[source, ".jp-pr-paper-outline"])
        page.keyboard.type("q")
        page.wait_for_function(ARRIVED, arg=[source, ".jp-pr-paper-outline"])
    after = page.evaluate(f"() => JSON.stringify({NOTEBOOK}.model.sharedModel.toJSON().cells.map(c => c.source))")
    assert after == before
    # Escape leads to the cell that the outline led to.
    page.keyboard.press("Escape")
    page.wait_for_function(ARRIVED, arg=["label: clm-c40", ".jp-Cell.jp-mod-active"])


def test_all_numbers_and_panels_are_there_on_the_way_down_and_up_again(page: Page) -> None:
    command(page, "notebook:run-all-cells")
    page.wait_for_function(f"n => {NOTEBOOK}.widgets.at(-1).model.executionCount > n", arg=3 * PARTS)
    shown = f"""index => {{
      const cell = {NOTEBOOK}.widgets[index];
      if (!cell.node.isConnected || cell.node.getBoundingClientRect().height === 0) return false;
      if (cell.model.type === 'markdown')
        return /^0\\.9/.test(cell.node.querySelector('.jp-pr-inline')?.textContent ?? '')
          && cell.node.querySelector('.jp-pr-reference[role=link]')?.textContent.startsWith('Table ');
      return cell.node.querySelector('.jp-pr-panel[data-state=ready] td, .jp-pr-claim[data-state=holds]') !== null;
    }}"""
    down = [2 + 4 * part + offset for part in range(0, PARTS, 5) for offset in (0, 1, 3)]
    for index in [*down, *reversed(down)]:
        page.evaluate(f"index => {{ void {NOTEBOOK}.scrollToItem(index, 'center').catch(() => 0); }}", index)
        page.wait_for_function(shown, arg=index)
