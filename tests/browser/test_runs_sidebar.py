"""An author finds runs in JupyterLab's sidebar, annotates them, watches them grow and puts them into the notebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import LABEXTENSION, command, jupyterlab, texts
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"
TABLE = "#pressrun-runs [role=grid]"
NAMES = f"{TABLE} .jp-pr-runs-row[data-key] [role=rowheader] .jp-pr-text"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if not LABEXTENSION.exists():
        pytest.skip("the extension is not built: npm run build:lab in extension/lab")
    root = tmp_path_factory.mktemp("study")
    study = Study(root)
    (root / "pressrun.toml").write_text('title = "A study"\n[metrics."test/acc"]\ndirection = "max"\n')
    for model, accuracy in {"svm": 0.9, "logreg": 0.8}.items():
        for seed in range(3):
            study.record(f"{model}-{seed}", accuracy + seed / 100, model=model, seed=seed)
    study.paper("md:# A paper")
    notebook = root / "papers" / "demo" / "paper.ipynb"
    content = json.loads(notebook.read_text("utf-8"))
    content["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.write_text(json.dumps(content))
    with jupyterlab(root, tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def page(lab: Lab, chromium: Browser) -> Iterator[Page]:
    page = lab.open(chromium, "papers/demo/paper.ipynb")
    command(page, "pressrun:show-runs")
    page.wait_for_selector(NAMES)
    if page.locator(".jp-pr-where-input").input_value():
        page.locator(".jp-pr-where-input").fill("")
    page.wait_for_function("() => document.querySelector('.jp-pr-where-foot').innerText.match(/^\\d+ runs/)")
    yield page
    page.context.close()


def shown(page: Page) -> list[str]:
    return list(texts(page, NAMES))


def await_shown(page: Page, *names: str) -> None:
    page.wait_for_function(
        "([selector, names]) => JSON.stringify([...document.querySelectorAll(selector)].map(e => e.textContent))"
        " === JSON.stringify(names)",
        arg=[NAMES, list(names)],
    )


def test_a_filter_finds_runs_and_says_how_many(page: Page) -> None:
    page.locator(".jp-pr-where-input").fill("config.model == 'svm' and test/acc > 0.905")
    foot = page.locator(".jp-pr-where-foot")
    page.wait_for_selector(".jp-pr-where-box[data-wrong]")
    page.locator(".jp-pr-where-input").fill("config.model == 'svm' and summary['test/acc'] > 0.905")
    await_shown(page, "svm-2", "svm-1")
    assert foot.inner_text() == "2 of 6 runs"


def test_a_mistake_is_underlined_and_explained_while_the_last_answer_stays(page: Page) -> None:
    box = page.locator(".jp-pr-where-input")
    box.fill("config.model == 'svm'")
    await_shown(page, "svm-2", "svm-1", "svm-0")
    box.fill("config.model = 'svm'")
    page.wait_for_selector(".jp-pr-where-mirror mark")
    assert page.locator(".jp-pr-where-mirror mark").text_content() == "="
    assert "= is no sign" in page.locator(".jp-pr-where-foot [role=status]").inner_text()
    assert box.get_attribute("aria-invalid") == "true"
    assert shown(page) == ["svm-2", "svm-1", "svm-0"]


def test_suggestions_write_the_expression(page: Page) -> None:
    box = page.locator(".jp-pr-where-input")
    box.press_sequentially("config.mod")
    page.get_by_role("option", name="config.model").wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    box.press_sequentially("== ")
    page.get_by_role("option", name="'logreg'").click()
    await_shown(page, "logreg-2", "logreg-1", "logreg-0")
    assert box.input_value() == "config.model == 'logreg'"


def test_suggestions_hide_no_runs_once_the_expression_is_whole(page: Page) -> None:
    box = page.locator(".jp-pr-where-input")
    with page.expect_response("**/runs/complete*"):
        box.fill("config.model == 'svm'")
    page.locator(f"{TABLE} [role=columnheader]", has_text="test/acc").click()
    await_shown(page, "svm-2", "svm-1", "svm-0")
    box.press("End")
    box.press("Control+Space")
    page.get_by_role("option", name="and").wait_for()
    box.press("Escape")
    page.get_by_role("option", name="and").wait_for(state="hidden")
    box.press_sequentially(" ")
    page.get_by_role("option", name="and").wait_for()


def test_suggestions_come_though_another_question_is_asked_while_one_types(page: Page) -> None:
    page.locator(".jp-pr-where-input").focus()
    page.evaluate(
        """head => { const field = document.querySelector('#pressrun-runs .jp-pr-where-input');
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'config.mod');
          field.dispatchEvent(new Event('input', { bubbles: true }));
          document.querySelector(head).click(); }""",
        f"{TABLE} [role=columnheader]",
    )
    page.get_by_role("option", name="config.model").wait_for()


def test_the_head_sorts_and_keys_select(page: Page) -> None:
    page.locator(f"{TABLE} [role=columnheader]", has_text="test/acc").click()
    await_shown(page, "svm-2", "svm-1", "svm-0", "logreg-2", "logreg-1", "logreg-0")
    page.locator(NAMES).first.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function("() => document.querySelector('.jp-pr-bar-count').innerText.startsWith('2 ')")
    page.keyboard.press("Control+a")
    page.wait_for_function("() => document.querySelector('.jp-pr-bar-count').innerText.startsWith('6 ')")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelector('.jp-pr-bar-count').innerText.startsWith('all ')")


def test_tags_and_notes_are_kept_with_the_project(page: Page, lab: Lab) -> None:
    page.locator(NAMES).first.click()
    name = page.locator(NAMES).first.inner_text()
    page.get_by_role("button", name="Tag…").click()
    page.get_by_label("Tag 1 run").fill("stage=final")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Note…").click()
    page.get_by_label("Note on 1 run").fill("the one to cite")
    page.keyboard.press("Enter")
    page.locator(".jp-pr-where-input").fill("tags.stage == 'final'")
    await_shown(page, name)
    page.locator(f"{TABLE} [title*='the one to cite']").wait_for()
    assert "the one to cite" in (lab.root / "annotations.json").read_text("utf-8")


def test_a_run_appears_while_it_runs_and_its_number_grows(page: Page, lab: Lab) -> None:
    from pressrun.recording.active import start_run

    cell = f"{TABLE} .jp-pr-runs-row:has-text('live') [role=gridcell]:nth-child(3)"
    with start_run("live", {"model": "svm"}, folder=lab.root / "runs", resources=False) as run:
        for step, value in enumerate((0.25, 0.5)):
            run.log({"test/acc": value}, step=step)
            page.locator(cell, has_text=str(value)).wait_for()
        assert page.locator(".jp-pr-live").inner_text().endswith("1 run live")
    page.locator(f"{TABLE} .jp-pr-runs-row:has-text('live') [data-status=finished]").wait_for()


def test_runs_are_followed_again_once_the_configuration_is_put_right(page: Page, lab: Lab) -> None:
    from pressrun.recording.active import start_run

    configuration = lab.root / "pressrun.toml"
    good = configuration.read_text("utf-8")
    row = f"{TABLE} .jp-pr-runs-row:has-text('after')"
    command(page, "application:toggle-left-area")
    page.wait_for_selector(TABLE, state="hidden")
    try:
        configuration.write_text("[", "utf-8")
        command(page, "pressrun:show-runs")
        page.locator("#pressrun-runs [role=alert]", has_text="pressrun.toml").first.wait_for()
    finally:
        configuration.write_text(good, "utf-8")
    # The author looks for something else, which is answered again.
    page.locator(".jp-pr-where-input").fill("config.model == 'svm'")
    page.wait_for_selector("#pressrun-runs .jp-pr-runs-failure", state="detached")
    page.wait_for_selector(NAMES)
    # Rows that were just fetched are fetched once more by themselves; what is meant comes long after.
    page.wait_for_timeout(3_000)
    with start_run("after", {"model": "svm"}, folder=lab.root / "runs", resources=False) as run:
        run.summary["test/acc"] = 0.5
        page.locator(row).wait_for()


def test_a_button_and_a_drag_put_panels_into_the_notebook(page: Page) -> None:
    page.locator(NAMES).first.click()
    page.get_by_role("button", name="Insert table").click()
    page.locator(".jp-CodeCell", has_text="pr.table(").wait_for()
    handle = page.get_by_role("button", name="Insert table").bounding_box()
    target = page.locator(".jp-Notebook .jp-Cell").last.bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 40, handle["y"] - 20)
    page.locator(".jp-pr-drag").wait_for()
    for _ in range(3):
        page.mouse.move(target["x"] + 80, target["y"] + target["height"] / 2, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-CodeCell')].filter(e => e.innerText.includes('pr.table(')).length > 1"
    )


def test_what_was_filtered_and_sorted_survives_a_reload(page: Page) -> None:
    with page.expect_response(
        lambda answer: "api/workspaces" in answer.url and "logreg" in (answer.request.post_data or "")
    ):
        page.locator(".jp-pr-where-input").fill("config.model == 'logreg'")
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    command(page, "pressrun:show-runs")
    page.wait_for_selector(NAMES)
    assert page.locator(".jp-pr-where-input").input_value() == "config.model == 'logreg'"
    assert all(name.startswith("logreg") for name in shown(page))


def test_a_column_appears_in_an_open_table_when_a_run_brings_it(page: Page, lab: Lab) -> None:
    from pressrun.recording.active import start_run

    page.locator(".jp-pr-where-input").fill("config.model == 'svm'")
    page.locator(f"{TABLE} [role=columnheader]", has_text="test/acc").click()
    page.wait_for_function("() => document.querySelector('.jp-pr-where-foot').innerText.includes(' of ')")
    for number in range(2):
        config = {"model": "svm", "depth": number + 7}
        with start_run(f"deep-{number}", config, folder=lab.root / "runs", resources=False) as run:
            run.log({"test/acc": 0.99 + number / 1000}, step=0)
    page.locator(f"{TABLE} [role=columnheader]", has_text="depth").wait_for()
    for number in range(2):
        page.locator(f"{TABLE} .jp-pr-runs-row", has_text=f"deep-{number}").get_by_text(str(number + 7)).wait_for()
    assert [each for each in shown(page) if each.startswith("deep")] == ["deep-1", "deep-0"]


def test_nobody_is_locked_out(page: Page) -> None:
    page.get_by_role("button", name="Columns").click()
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("async () => (await axe.run('#pressrun-runs')).violations.map(v => [v.id, v.impact])")
    assert [each for each in found if each[1] in ("serious", "critical")] == []
