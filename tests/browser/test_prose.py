"""Inline values, citations and cross-references in the rendered prose of a notebook that is open in JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import Lab, command, jupyterlab, texts
from tests.browser.prose import with_kernel
from tests.conftest import Study

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = '<img src=x onerror="window.attacked = true">'
SETUP = 'import pressrun as pr\nruns = pr.runs("runs/")\nacc = pr.value(runs, "test/acc")'
BIB = """
@article{gosset1908, author = {Student}, title = {The probable error of a mean}, journal = {Biometrika}, year = {1908}}
@article{evil2020, author = {{<img src=x onerror="window.attacked = true">}}, year = {2020},
  title = {On <script>window.attacked = true</script>}}
"""
FIGURE = '#| label: fig-acc\n#| fig-cap: "Accuracy of all runs."\npr.table(runs, ["test/acc"])'

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("project")
    study = Study(root)
    for seed, accuracy in enumerate((0.91, 0.93, 0.95)):
        study.record(f"svm {HOSTILE}" if seed == 0 else f"svm {seed}", accuracy, seed=seed)
    with jupyterlab(root, tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def write(lab: Lab) -> Callable[..., str]:
    """Write a paper below the server's root, and give the notebook's path there."""

    def write_it(name: str, *cells: str, bib: str = BIB) -> str:
        path = Study(lab.root).paper(*cells, name=name)
        with_kernel(path)
        (path.parent / "references.bib").write_text(bib)
        return path.relative_to(lab.root).as_posix()

    return write_it


@pytest.fixture
def open_notebook(lab: Lab, chromium: Browser) -> Iterator[Open]:
    pages: list[Page] = []

    def open_it(path: str, *, kernel: bool = True, **options: Any) -> Page:
        page = lab.open(chromium, path, **options)
        pages.append(page)
        if kernel:
            page.wait_for_function(
                "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
            )
        return page

    yield open_it
    for page in pages:
        assert not page.evaluate("() => window.attacked === true")
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.context.close()


def source(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return notebook


def run_all(page: Page) -> None:
    command(page, "notebook:run-all-cells")


def values(page: Page) -> list[str]:
    return list(texts(page, ".jp-pr-inline"))


def await_values(page: Page, *expected: str) -> None:
    page.wait_for_function(
        "expected => expected === JSON.stringify([...document.querySelectorAll('.jp-pr-inline')].map(e => "
        "e.textContent))",
        arg=json.dumps(expected, separators=(",", ":"), ensure_ascii=False),
    )


def tip(page: Page) -> str:
    return str(page.locator(".jp-pr-tip").inner_text())


def test_the_list_of_references_stands_where_the_paper_prints_it(
    write: Callable[..., str], open_notebook: Open
) -> None:
    cited = "md:As [@gosset1908] says, [@evil2020].\n\n# References {.unnumbered}\n\n::: {#refs}\n:::"
    page = open_notebook(write("listed", cited), kernel=False)
    page.wait_for_function("() => document.querySelectorAll('.jp-pr-bibliography p').length === 2")
    listed = page.locator(".jp-pr-bibliography").inner_text()
    assert "The Probable Error of a Mean" in listed
    assert HOSTILE in listed
    assert ":::" not in page.locator(".jp-MarkdownCell").inner_text()


def test_a_value_shows_its_number_and_on_hover_and_focus_where_it_comes_from(
    write: Callable[..., str], open_notebook: Open
) -> None:
    page = open_notebook(write("value", SETUP, "md:It reaches `{python} acc` at $n$ and `x = {python} acc`."))
    await_values(page, "acc")
    run_all(page)
    await_values(page, "0.930")
    value = page.locator(".jp-pr-inline")
    value.hover()
    assert "mean of N = 3" in tip(page)
    assert "test/acc" in tip(page)
    # A run's name is text, whatever it holds.
    assert HOSTILE in tip(page)
    page.keyboard.press("Escape")
    assert page.locator(".jp-pr-tip").count() == 0
    value.focus()
    assert "mean of N = 3" in tip(page)
    assert value.get_attribute("aria-describedby") == page.locator(".jp-pr-tip").get_attribute("id")
    page.keyboard.press("Escape")
    assert page.locator(".jp-pr-tip").count() == 0
    # Code that speaks of values is code.
    assert texts(page, ".jp-MarkdownOutput code") == ["x = {python} acc"]


def test_a_value_whose_cell_was_not_run_yet_is_no_error_and_one_whose_cell_failed_is(
    write: Callable[..., str], open_notebook: Open
) -> None:
    path = write("tocome", SETUP, "later = undefined_here", "md:`{python} acc`, `{python} later`, `{python} typo`.")
    page = open_notebook(path)
    # To run the sentence alone is to agree to its expressions.
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2 }")
    command(page, "notebook:run-cell")
    to_come = "(not evaluated yet: run the cells above)"
    unknown = "is not defined: run the cell that defines it)"
    await_values(page, f"acc {to_come}", f"later {to_come}", f"typo (name 'typo' {unknown}")
    assert [each.get_attribute("data-state") for each in page.locator(".jp-pr-inline").all()] == [
        "absent", "absent", "error",
    ]  # fmt: skip
    run_all(page)
    await_values(page, "0.930", f"later (name 'later' {unknown}", f"typo (name 'typo' {unknown}")


def test_a_saved_notebook_shows_its_numbers_without_a_kernel(
    lab: Lab, write: Callable[..., str], open_notebook: Open
) -> None:
    path = write("saved", SETUP, "md:It reaches `{python} acc`, not `{python} other`.")
    page = open_notebook(path)
    run_all(page)
    await_values(page, "0.930", "other (name 'other' is not defined: run the cell that defines it)")
    command(page, "docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    entries = source(lab.root / path)["cells"][1]["metadata"]["user_expressions"]
    # As the builder stores it: the fact itself, and nothing of what is not there.
    assert [entry["expression"] for entry in entries] == ["acc"]
    assert entries[0]["result"]["data"]["application/vnd.pressrun.value.v1+json"]["n"] == 3
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    # A fresh kernel that knows nothing yet takes no number away, and says nothing new to save.
    page.locator(".jp-pr-inline").first.hover()
    page.wait_for_function("() => document.querySelector('.jp-pr-tip')?.textContent.includes('earlier session')")
    assert values(page)[0] == "0.930"
    assert not page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    again = open_notebook(path, kernel=False)
    again.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    await_values(again, "0.930", "other")


def test_a_notebook_that_nobody_trusts_evaluates_nothing_until_its_author_runs_the_cell(
    lab: Lab, write: Callable[..., str], open_notebook: Open
) -> None:
    trace = lab.root / "trace"
    expression = f"open({str(trace)!r}, 'w').write('1')"
    page = open_notebook(write("untrusted", "x = 1", f"md:Here: `{{python}} {expression}`, `{{python}} 1 + 1`."))
    await_values(page, expression, "1 + 1")
    page.locator(".jp-pr-inline").last.hover()
    assert "not trusted" in tip(page)
    # What the kernel is asked next comes back after all that it was asked before.
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: ''}).done"
    )
    assert not trace.exists()
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    command(page, "notebook:run-cell")
    await_values(page, "1", "2")
    assert trace.exists()


def test_a_number_whose_runs_changed_says_so(lab: Lab, write: Callable[..., str], open_notebook: Open) -> None:
    study = Study(lab.root)
    run = study.record("late", 0.5, part="late")
    setup = SETUP.replace('"runs/"', '"runs/", where="config.part == \'late\'"')
    page = open_notebook(write("changed", setup, "md:It reaches `{python} acc`."))
    run_all(page)
    await_values(page, "0.5")
    folder = next((lab.root / "runs").glob(f"*{run}*"))
    events = folder / "events.jsonl"
    events.write_text(events.read_text().replace("0.5", "0.75"))
    page.wait_for_selector(".jp-pr-inline[data-changed]")
    await_values(page, "0.5 (runs changed)")
    page.locator(".jp-pr-inline").hover()
    page.wait_for_function("() => document.querySelector('.jp-pr-tip')?.textContent.includes('1 run changed')")


def test_references_read_as_published_and_lead_to_their_cells(write: Callable[..., str], open_notebook: Open) -> None:
    prose = (
        "md:# Results {#sec-results}\n\nSee @fig-acc and @eq-one. As in [@gosset1908; @evil2020, p. 3], not a@b.de nor "
        "\\@gosset1908; @fig-none is unknown.\n\n$$x$$ {#eq-one}\n\n```python\n@decorated\n```"
    )
    page = open_notebook(write("references", SETUP, prose, *["y = 1"] * 20, FIGURE))
    run_all(page)
    page.wait_for_selector(".jp-pr-reference[role=link]")
    page.wait_for_function("() => document.querySelectorAll('.jp-pr-reference[role=link]').length === 2")
    page.wait_for_selector(".jp-pr-reference[data-state=unknown]")
    assert texts(page, ".jp-pr-reference")[:2] == ["Figure 1", "Equation 1"]
    assert texts(page, ".jp-pr-equation-number") == ["(1)"]
    assert "{#" not in page.locator(".jp-MarkdownOutput").inner_text()
    shown = page.locator(".jp-MarkdownOutput").inner_text()
    assert "a@b.de nor @gosset1908" in shown
    assert "Student 1908" in shown
    assert "@decorated" in shown
    unknown = page.locator(".jp-pr-reference[data-state=unknown]")
    assert unknown.inner_text() == "@fig-none (unknown)"
    unknown.hover()
    assert "leads nowhere" in tip(page)
    page.locator(".jp-pr-reference", has_text="1908").focus()
    assert "The Probable Error of a Mean" in tip(page)
    figure = page.locator(".jp-pr-reference", has_text="Figure 1")
    figure.focus()
    assert "Accuracy of all runs." in tip(page)
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex === 22")
    page.wait_for_function("() => document.activeElement.matches('.jp-CodeCell.jp-mod-active')")
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.mode") == "command"


def test_front_matter_in_a_markdown_cell_is_a_title_block(write: Callable[..., str], open_notebook: Open) -> None:
    front = "md:---\ntitle: On labels\nauthors:\n  - name: Ada Example\nabstract: In short.\n---\n\nThe body."
    page = open_notebook(write("title", front, "x = 1"))
    page.wait_for_selector(".jp-pr-title-text")
    assert texts(page, ".jp-pr-title > *") == ["On labels", "Ada Example", "In short."]
    assert page.locator(".jp-MarkdownOutput").inner_text().endswith("The body.")
    assert page.locator(".jp-MarkdownOutput hr").count() == 0


def test_three_hundred_values_are_one_request_and_no_stall(write: Callable[..., str], open_notebook: Open) -> None:
    cells = [
        "md:" + " ".join(f"`{{python}} names[{index}]`" for index in range(at, at + 10)) for at in range(0, 300, 10)
    ]
    page = open_notebook(write("many", "names = list(range(1000, 1300))", *cells))
    page.evaluate("""() => {
        window.asked = 0;
        window.longest = 0;
        new PerformanceObserver(list => {
            for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
        }).observe({type: 'longtask'});
        const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        kernel.anyMessage.connect((_, {msg, direction}) => {
            const asks = msg.header.msg_type === 'execute_request' && msg.content.silent;
            if (direction === 'send' && asks && Object.keys(msg.content.user_expressions).length) window.asked += 1;
        });
    }""")
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    command(page, "notebook:run-cell")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.widgets.every((cell, at) => at === 0 || "
        "cell.model.getMetadata('user_expressions')?.length === 10)"
    )
    assert values(page)[:2] == ["1000", "1001"]
    assert page.evaluate("() => window.asked") <= 2
    assert page.evaluate("() => window.longest") < 1000
