"""`.widget()` in a real JupyterLab with a kernel: its traits follow the browser, and the browser its traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import Lab, command, jupyterlab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import pressrun as pr
def runs(rate):
    return pr.runs([{"name": f"{model}-{seed}", "config": {"model": model, "seed": seed},
                     "history": {"val/acc": [1 - rate / (1 + step) + seed / 100 for step in range(20)]}}
                    for model in ("svm", "mlp") for seed in range(3)])
def panel(rate):
    return pr.curves(runs(rate), "val/acc", group="config.model", baseline="mlp")
heard = []
widget = panel(0.5).widget()
widget.observe(lambda change: heard.append(change["name"]), ["selection", "options"])
widget
"""
TELL = 'print("told:", widget.options, widget.selection, sorted(set(heard)))'
SET = 'widget.options = {**widget.options, "smooth": 0.5}; widget.show(panel(0.3)); widget.fact["view"]["alt"][:6]'


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    root = tmp_path / "served"
    root.mkdir()
    notebook = new_notebook(cells=[new_code_cell(source) for source in (MAKE, TELL, SET)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / "widget.ipynb")
    with jupyterlab(root, tmp_path / "scratch") as running:
        yield running


def test_traits_go_both_ways_between_the_browser_and_python(lab: Lab, chromium: Browser) -> None:
    page = lab.open(chromium, "widget.ipynb", height=1400)
    cell = page.locator(".jp-CodeCell")

    def run(number: int) -> None:
        page.evaluate("n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number)
        command(page, "notebook:run-cell")

    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000
    )
    run(0)
    page.wait_for_selector(".jp-OutputArea .prp-root canvas", timeout=60_000)

    # The reader acts, and Python knows.
    page.get_by_role("button", name="log y").click()
    page.locator(".prp-plot").focus()
    page.keyboard.press("ArrowRight")
    run(1)
    page.wait_for_function("() => document.querySelectorAll('.jp-CodeCell')[1].textContent.includes('told: ')")
    told = cell.nth(1).locator(".jp-OutputArea-output").inner_text()
    assert "'log': True" in told
    assert "['options', 'selection']" in told

    # Python acts, and the reader sees; what the reader chose stays.
    before = page.locator(".prp-plot").get_attribute("aria-label")
    run(2)
    page.wait_for_function("() => document.querySelector('.prp-yname').textContent.includes('smoothed, 0.50')")
    page.wait_for_function("before => document.querySelector('.prp-plot').ariaLabel !== before", arg=before)
    assert page.get_by_role("button", name="log y").get_attribute("aria-pressed") == "true"
    page.context.close()
