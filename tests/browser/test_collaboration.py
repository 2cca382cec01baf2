"""Several authors in one notebook: what one does reaches the others and the file, once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from tests.browser.lab import Lab, command, jupyterlab

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from tests.conftest import Study

pytest.importorskip("jupyter_server_ydoc")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEFAULT = "jupyter_server_ydoc.stores.SQLiteYStore"
OURS = "pressrun.server.rooms.RoomStore"

#: A default store fails from the third visit on.
VISITS = 5

CELLS = "window.jupyterapp.shell.currentWidget.content.model.cells"
SOURCES = f"() => [...{CELLS}].map(cell => cell.sharedModel.getSource())"
OUTPUTS = f"""() => [...{CELLS}].map(cell => (cell.sharedModel.getOutputs?.() ?? []).map(output =>
    output.data ? Object.keys(output.data).sort() : [].concat(output.text ?? output.traceback ?? []).join('')))"""


def together(root: Path, scratch: Path, *options: str, store: str = OURS) -> AbstractContextManager[Lab]:
    return jupyterlab(root, scratch, f"--YDocExtension.ystore_class={store}", *options, together=True)


def until(holds: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def opened(lab: Lab, chromium: Browser, notebook: Path) -> Page:
    page = lab.open(chromium, notebook.relative_to(lab.root).as_posix())
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.ready")
    return page


def came(page: Page, text: str, seconds: float) -> bool:
    """Say whether a cell with a text appears."""
    from playwright.sync_api import TimeoutError as WaitedInVain

    has = f"text => [...{CELLS}].some(cell => cell.sharedModel.getSource() === text)"
    try:
        page.wait_for_function(has, arg=text, timeout=1000 * seconds)
    except WaitedInVain:
        return False
    return True


def read(path: Path) -> Any:
    """Read a notebook that is being saved again and again: not whole at every moment."""
    while True:
        try:
            return nbformat.read(path, 4)
        except nbformat.reader.NotJSONError:
            time.sleep(0.05)


def saved(path: Path) -> list[str]:
    return [cell.source for cell in read(path).cells]


def append(notebook: Path, text: str) -> None:
    """Write a cell into the file, as a command or an editor outside of JupyterLab does."""
    document = read(notebook)
    document.cells.append(nbformat.v4.new_markdown_cell(text))
    nbformat.write(document, notebook)


def visits(lab: Lab, chromium: Browser, notebook: Path) -> list[bool]:
    """Edit a notebook, let another program add to its file, leave; again and again. Say which additions were shown."""
    shown: list[bool] = []
    for number in range(VISITS):
        page = opened(lab, chromium, notebook)
        page.evaluate(f"text => {CELLS}.get(0).sharedModel.setSource(text)", f"edit {number}")
        until(lambda number=number: f"edit {number}" in saved(notebook))  # type: ignore[misc]
        # A room looks at its file's time after it has saved: what is written until then it takes for its own.
        page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000)
        patience = 20 if all(shown) else 4
        for _ in range(3):
            if f"visit {number}" in saved(notebook):
                notebook.touch()
            else:
                append(notebook, f"visit {number}")
            if reached := came(page, f"visit {number}", patience):
                break
        shown.append(reached)
        page.context.close()
        until(lambda number=number: lab.log.read_text().count("Deleting Y document") > number)  # type: ignore[misc]
    return shown


@pytest.mark.parametrize(("store", "reaches"), [(OURS, True), (DEFAULT, False)], ids=["ours", "default"])
def test_a_notebook_opened_often_still_shows_what_others_write(
    study: Study, tmp_path_factory: Any, chromium: Browser, store: str, reaches: bool
) -> None:
    """The default store loses what is written after a few visits; once it does not, ours has had its day."""
    notebook = study.paper("md:first")
    scratch = tmp_path_factory.mktemp("lab")
    with together(study.root, scratch, "--YDocExtension.document_cleanup_delay=0.2", store=store) as lab:
        shown = visits(lab, chromium, notebook)
    assert all(shown) == reaches, shown
    assert shown[0]
    database = study.root / ".pressrun" / "rooms.db"
    assert database.is_file() == reaches


def paper(study: Study, *cells: str) -> Path:
    """Write a paper that names its kernel, so that nobody is asked for one."""
    path = study.paper(*cells)
    document = nbformat.read(path, 4)
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(document, path)
    return path


def write(page: Page, source: str) -> int:
    """Write a cell at the end, as an author or a command of pressrun's does, and give its number."""
    add = """source => { const { model } = window.jupyterapp.shell.currentWidget.content;
        model.sharedModel.addCell({ cell_type: 'code', source }); return model.cells.length - 1; }"""
    return int(page.evaluate(add, source))


def run(page: Page, number: int) -> None:
    page.evaluate("n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number)
    command(page, "notebook:run-cell")


def number_of(page: Page, source: str) -> int:
    assert came(page, source, 20)
    return list(page.evaluate(SOURCES)).index(source)


def with_kernel(page: Page) -> Page:
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000
    )
    return page


def test_what_one_author_inserts_and_runs_appears_for_the_other(
    study: Study, tmp_path_factory: Any, chromium: Browser
) -> None:
    for seed in range(4):
        study.record("svm", 0.95 + seed / 1000, model="svm", seed=seed)
        study.record("logreg", 0.85 + seed / 1000, model="logreg", seed=seed)
    setup = (
        "import pressrun as pr\nruns = pr.runs('runs/')\n"
        "svm, logreg = (runs.where(f\"config.model == '{name}'\") for name in ('svm', 'logreg'))"
    )
    notebook = paper(study, setup)
    panel = "pr.table(runs, ['test/acc'], group='config.model')"
    value = "pr.value(runs, 'test/acc')"
    claim = "pr.claim('One is better', pr.greater(svm, logreg, 'test/acc'))"
    with together(study.root, tmp_path_factory.mktemp("lab")) as lab:
        ada, bob = (with_kernel(opened(lab, chromium, notebook)) for _ in range(2))
        run(ada, 0)
        for author, other, source, kind in (
            (ada, bob, panel, "panel"), (bob, ada, value, "value"), (ada, bob, claim, "claim"),
        ):  # fmt: skip
            run(author, write(author, source))
            there = number_of(other, source)
            mime = f"application/vnd.pressrun.{kind}.v1+json"
            other.wait_for_function(f"([n, mime]) => ({OUTPUTS})()[n]?.[0]?.includes(mime)", arg=[there, mime])
            output = other.locator(".jp-Notebook .jp-Cell").nth(there).locator(".jp-OutputArea-output")
            output.first.wait_for()
            assert output.count() == 1
            assert output.inner_text().strip()
        assert ada.evaluate(SOURCES) == bob.evaluate(SOURCES) == [setup, panel, value, claim]
        assert ada.evaluate(OUTPUTS) == bob.evaluate(OUTPUTS)
        until(lambda: [len(cell.outputs) for cell in read(notebook).cells] == [0, 1, 1, 1])
        for page in (ada, bob):
            page.context.close()


def test_cells_that_two_run_at_once_keep_their_outputs_once(
    study: Study, tmp_path_factory: Any, chromium: Browser
) -> None:
    counts = [f"for n in range(50):\n    print('{name}', n, flush=True)" for name in "abcdef"]
    notebook = paper(study, *counts)
    expected = ["".join(f"{name} {n}\n" for n in range(50)) for name in "abcdef"]
    with together(study.root, tmp_path_factory.mktemp("lab")) as lab:
        ada, bob = (with_kernel(opened(lab, chromium, notebook)) for _ in range(2))
        # Nobody waits for anybody: each has asked for three cells before the first has run.
        for first in (0, 2, 4):
            for page, number in ((ada, first), (bob, first + 1)):
                page.evaluate(
                    """n => { const { content } = window.jupyterapp.shell.currentWidget; content.activeCellIndex = n;
                        void window.jupyterapp.commands.execute('notebook:run-cell'); }""",
                    number,
                )
        whole = f"expected => JSON.stringify(({OUTPUTS})().map(each => each.join(''))) === JSON.stringify(expected)"
        for page in (ada, bob):
            page.wait_for_function(whole, arg=expected, timeout=60_000)
        until(lambda: texts(notebook) == expected)
        # A second later there is no echo of it either.
        ada.wait_for_timeout(1000)
        assert texts(notebook) == expected
        for page in (ada, bob):
            assert page.evaluate(f"() => [...{CELLS}].length") == len(counts)
            shown = page.locator(".jp-Notebook .jp-OutputArea-output").all_text_contents()
            assert [text.strip() for text in shown] == [text.strip() for text in expected]
            page.context.close()
        document = read(notebook)
        assert len({cell.id for cell in document.cells}) == len(counts)


def texts(notebook: Path) -> list[str]:
    return ["".join(output.get("text", "?") for output in cell.outputs) for cell in read(notebook).cells]
