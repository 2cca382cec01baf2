"""Two authors who do the same thing, or get in each other's way, at the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_collaboration import (
    CELLS,
    OUTPUTS,
    opened,
    paper,
    read,
    together,
    until,
    with_kernel,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.conftest import Study

pytest.importorskip("jupyter_server_ydoc")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Whether nobody's run is under way, here or by what the document says, and the cell has been run so many times.
IDLE = f"""([n, count]) => {CELLS}.get(n).executionCount === count && {CELLS}.get(n).executionState === 'idle' &&
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"""


def ask(page: Page, number: int) -> None:
    """Ask for a cell's run without waiting for it."""
    page.evaluate(
        """n => { const { content } = window.jupyterapp.shell.currentWidget; content.activeCellIndex = n;
            void window.jupyterapp.commands.execute('notebook:run-cell'); }""",
        number,
    )


def shown(page: Page, number: int) -> list[str]:
    outputs = page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea-output")
    return [text.strip() for text in outputs.all_text_contents()]


def test_a_cell_that_two_run_at_once_shows_the_last_run_once(
    study: Study, tmp_path_factory: Any, chromium: Browser
) -> None:
    lines = "for n in range(20):\n    print('line', n, flush=True)"
    many = "from IPython.display import HTML, display\nfor n in range(4):\n    display(HTML(f'<b>part {n}</b>'))"
    notebook = paper(study, lines, many)
    expected = [["".join(f"line {n}\n" for n in range(20)).strip()], [f"part {n}" for n in range(4)]]
    with together(study.root, tmp_path_factory.mktemp("lab")) as lab:
        ada, bob = (with_kernel(opened(lab, chromium, notebook)) for _ in range(2))
        count = 0
        for time in range(4):
            for number in (0, 1):
                for page in (ada, bob) if time % 2 else (bob, ada):
                    ask(page, number)
                count += 2
                for page in (ada, bob):
                    page.wait_for_function(IDLE, arg=[number, count], timeout=60_000)
                until(lambda number=number: shown(ada, number) == shown(bob, number) == expected[number])  # type: ignore[misc]
        assert ada.evaluate(OUTPUTS) == bob.evaluate(OUTPUTS)
        until(lambda: [len(cell.outputs) for cell in read(notebook).cells] == [1, 4])
        for page in (ada, bob):
            page.context.close()
