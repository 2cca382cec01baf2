"""An author inserts a panel by form, sees it before it is there, and changes it by form again."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import command, jupyterlab
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    from pressrun.recording.active import start_run

    study = Study(tmp_path_factory.mktemp("work"))
    for model, offset in (("svm", 0.03), ("logreg", 0.0)):
        for seed in range(3):
            config = {"model": model, "C": 1 + seed % 2, "seed": seed}
            with start_run(name=f"{model}-{seed}", config=config, folder=study.root / "runs", resources=False) as run:
                for step in range(20):
                    run.log({"val/acc": 0.9 + offset - 0.2 * math.exp(-step / 4) + 0.001 * seed}, step=step)
                # Some log it once, at the end: a dot, which no form of curves is to begin with.
                score = {"test/acc": 0.95 + offset + 0.001 * seed}
                if seed == 0:
                    run.log(score, step=19)
                else:
                    run.summary.update(score)
    return study


@pytest.fixture(scope="module")
def lab(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with jupyterlab(study.root, tmp_path_factory.mktemp("scratch")) as lab:
        yield lab


def with_kernel(notebook: Path) -> None:
    """Name the notebook's kernel, so that JupyterLab asks for none."""
    import nbformat

    content = nbformat.read(notebook, 4)
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, notebook)


@pytest.fixture
def page(lab: Lab, study: Study, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A notebook of the test's own, in front, with a kernel that is ready."""
    name = request.node.name.partition("[")[0]
    with_kernel(study.paper("md:# A paper\n\nIt reaches", "x = 1  # a cell", name=name))
    page = lab.open(chromium, f"papers/{name}/paper.ipynb")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    yield page
    page.context.close()
    assert errors == []


def sources(page: Page) -> list[str]:
    """Give the sources of the notebook's cells."""
    found: list[str] = page.evaluate(
        """() => [...window.jupyterapp.shell.widgets("main")].find(w => w.content?.widgets)
        .content.model.toJSON().cells.map(c => Array.isArray(c.source) ? c.source.join("") : c.source)"""
    )
    return found


def outputs(page: Page, cell: int) -> str:
    """Give the mime types of a cell's outputs once it has been run."""
    page.wait_for_function(
        """n => { const w = [...window.jupyterapp.shell.widgets("main")].find(w => w.content?.widgets);
        return w.content.model.cells.get(n).outputs.length > 0; }""",
        arg=cell,
        timeout=60_000,
    )
    return json.dumps(
        page.evaluate(
            """n => [...window.jupyterapp.shell.widgets("main")].find(w => w.content?.widgets)
            .content.model.cells.get(n).outputs.toJSON().map(o => Object.keys(o.data ?? o))""",
            cell,
        )
    )


def activate(page: Page, cell: int) -> None:
    page.evaluate(
        """n => { const w = [...window.jupyterapp.shell.widgets("main")].find(w => w.content?.widgets);
        w.content.activeCellIndex = n; }""",
        cell,
    )


def serious(page: Page, within: str) -> list[Any]:
    """Give what axe-core finds that would keep somebody out."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in extension/lab")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("within => axe.run(within, { resultTypes: ['violations'] })", within)
    return [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def test_a_panel_is_inserted_and_changed_by_form(page: Page) -> None:
    page.get_by_title("Insert a panel, number or claim about runs").first.click()
    page.locator('.jp-pr-card[data-kind="curves"]').click()
    page.wait_for_selector(".jp-pr-panel-preview canvas")
    page.get_by_role("combobox", name="Group by").fill("model")
    page.get_by_role("option", name="config.model").click()
    page.get_by_role("textbox", name="Caption").fill("Accuracy over steps")
    page.wait_for_function("() => document.querySelector('.jp-pr-code pre')?.textContent.includes('fig-cap')")
    page.get_by_role("button", name="Insert", exact=True).click()
    page.wait_for_selector(".jp-pr-insert", state="detached")
    assert sources(page)[1] == (
        "#| label: fig-val-acc\n#| fig-cap: Accuracy over steps\nimport pressrun as pr\n\n"
        'runs = pr.runs()\npr.curves(runs, "val/acc", group="config.model")'
    )
    assert "vnd.pressrun.panel" in outputs(page, 1)

    page.evaluate(
        """() => { const w = window.jupyterapp.shell.currentWidget; const cell = w.content.activeCell.model.sharedModel;
        cell.setSource(cell.source.replace("\\n\\nruns", "\\n\\n# All of them.\\nruns") + "  # by model"); }"""
    )
    command(page, "pressrun:edit-panel")
    page.wait_for_selector(".jp-pr-panel-preview canvas")
    assert page.get_by_role("textbox", name="Caption").input_value() == "Accuracy over steps"
    page.get_by_role("button", name="Remove config.model").click()
    page.get_by_role("combobox", name="Group by").fill("config.C")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change Cell").click()
    page.wait_for_selector(".jp-pr-insert", state="detached")
    changed = sources(page)[1]
    assert changed.endswith(
        '\n\n# All of them.\nruns = pr.runs()\npr.curves(runs, "val/acc", group="config.C")  # by model'
    )


def test_the_keyboard_is_enough(page: Page) -> None:
    activate(page, 1)
    page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Alt+n")
    page.wait_for_selector(".jp-pr-card")
    page.wait_for_function("() => document.activeElement?.dataset.kind === 'curves'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".jp-pr-panel-preview table")
    page.wait_for_function("() => document.activeElement?.getAttribute('aria-label') === 'Runs'")
    page.keyboard.type("config.model == 'svm'")
    page.wait_for_function("() => document.querySelector('.jp-pr-code pre')?.textContent.includes('svm')")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".jp-pr-insert", state="detached")
    assert sources(page)[2].endswith(
        'runs = pr.runs(where="config.model == \'svm\'")\npr.table(runs, ["test/acc", "val/acc"])'
    )
    assert page.evaluate("() => document.activeElement?.closest('.jp-Notebook') !== null")


def test_the_form_is_about_the_selected_runs_and_never_a_sliver_beside_the_notebook(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 700})
    command(page, "pressrun:show-runs")
    names = page.locator("#pressrun-runs .jp-pr-runs-row[data-key] [role=rowheader]")
    names.filter(has_text="svm-0").click()
    names.filter(has_text="svm-2").click(modifiers=["Control"])
    page.locator("#pressrun-runs .jp-pr-bar-count", has_text="2 selected").wait_for()
    command(page, "pressrun:insert-panel")
    page.locator('.jp-pr-card[data-kind="table"]').click()
    page.wait_for_selector(".jp-pr-panel-preview table")
    page.locator(".jp-pr-code pre", has_text="config.C == 1").wait_for()
    box = page.locator(".jp-pr-insert").bounding_box()
    assert box is not None
    assert box["width"] > 300
    page.get_by_role("button", name="Cancel").click()


def test_a_mistake_leaves_the_last_good_preview(page: Page) -> None:
    command(page, "pressrun:insert-panel", {"call": {"panel": "curves", "runs": {"sources": [], "where": ""}}})
    page.wait_for_selector(".jp-pr-panel-preview canvas")
    page.get_by_role("combobox", name="Metric").fill("val/ac")
    page.wait_for_selector(".jp-pr-fault")
    assert "val/acc" in page.locator(".jp-pr-fault").first.inner_text()
    assert page.locator(".jp-pr-panel-preview canvas").is_visible()
    assert "last good preview" in page.locator(".jp-pr-call-preview-state").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel").click()
    assert len(sources(page)) == 2


def test_a_cell_that_no_form_can_show_says_why(page: Page) -> None:
    page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.model.cells.get(1).sharedModel
        .setSource("pr.curves(frame, 'val/acc')")"""
    )
    page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Alt+e")
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for()
    assert "What frame holds is not a query" in dialog.inner_text()
    assert page.locator(".jp-pr-form").count() == 0
    dialog.get_by_role("button", name="Edit the Code").click()
    page.wait_for_function("() => document.activeElement?.closest('.jp-Notebook .cm-content') !== null")


def test_a_number_goes_into_the_prose_with_its_definition_above(page: Page) -> None:
    activate(page, 0)
    command(page, "pressrun:insert-value")
    page.wait_for_selector(".jp-pr-value-preview")
    page.get_by_role("textbox", name="Name").fill("acc")
    page.get_by_role("button", name="Insert", exact=True).click()
    page.wait_for_selector(".jp-pr-insert", state="detached")
    found = sources(page)
    assert found[0].endswith('acc = pr.value(runs, "test/acc")')
    assert found[1] == "# A paper\n\nIt reaches `{python} acc`"


def test_a_call_is_dropped_where_it_is_to_stand(page: Page) -> None:
    call = {
        "panel": "table",
        "runs": {"sources": [], "where": "config.model == 'svm'"},
        "arguments": {"columns": ["test/acc"]},
        "label": "",
        "caption": "",
    }
    page.evaluate(
        """text => { const cell = document.querySelectorAll(".jp-Notebook .jp-Cell")[1];
        const box = cell.getBoundingClientRect(); const data = new DataTransfer();
        data.setData("application/x-pressrun-call+json", text);
        for (const type of ["dragenter", "dragover", "drop"]) cell.dispatchEvent(new DragEvent(type,
          { bubbles: true, cancelable: true, dataTransfer: data, clientX: box.left + 50, clientY: box.top + 2 })); }""",
        json.dumps(call),
    )
    page.wait_for_function("() => document.querySelectorAll('.jp-Notebook .jp-Cell').length === 3")
    assert sources(page)[1].startswith("#| label: tbl-test-acc\n")
    assert 'pr.table(runs, ["test/acc"])' in sources(page)[1]
    assert page.locator(".jp-pr-drop-line").count() == 0
    assert "vnd.pressrun.panel" in outputs(page, 1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(lab: Lab, study: Study, chromium: Browser, dark: bool) -> None:
    with_kernel(study.paper("x = 1", name=f"axe-{dark}"))
    page = lab.open(chromium, f"papers/axe-{dark}/paper.ipynb", dark=dark)
    command(page, "pressrun:insert-panel")
    page.wait_for_selector(".jp-pr-card")
    assert serious(page, ".jp-pr-insert") == []
    for kind, ready in (("table", ".jp-pr-panel-preview table"), ("greater", ".jp-pr-form"), ("code", ".jp-pr-form")):
        page.locator(f'.jp-pr-card[data-kind="{kind}"]').click()
        page.wait_for_selector(ready)
        assert serious(page, ".jp-pr-insert") == []
        page.locator(".jp-pr-form-head button").click()
    page.context.close()
