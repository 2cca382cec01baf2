"""An author who uses no mouse finds, sorts, selects, annotates and compares runs, and puts them into the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.digits_paper import write
from tests.browser.lab import LABEXTENSION, jupyterlab
from tests.conftest import Study

from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIELD = "#pressrun-runs .jp-pr-where-input"
GRID = "#pressrun-runs [role=grid]"
COUNT = "#pressrun-runs .jp-pr-bar-count"

#: What has the focus shows it: by a ring of its own, or by one around the field that it stands in.
SHOWN = """() => { const at = document.activeElement;
  if (!at || at === document.body) return 'the focus is nowhere';
  const ringed = e => { const s = getComputedStyle(e);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'; };
  const near = [at, at.parentElement, at.parentElement?.parentElement, at.parentElement?.parentElement?.parentElement];
  return at.checkVisibility() && near.some(e => e && ringed(e)) ? '' : 'no ring: ' + at.outerHTML.slice(0, 200); }"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if not LABEXTENSION.exists():
        pytest.skip("the extension is not built: npm run build:lab in extension/lab")
    root = tmp_path_factory.mktemp("study")
    study = Study(root)
    (root / "pressrun.toml").write_text('title = "A study"\n[metrics."test/acc"]\ndirection = "max"\n')
    for model, accuracy in {"svm": 0.9, "logreg": 0.8}.items():
        for seed in range(4):
            with start_run(f"{model}-{seed}", {"model": model, "seed": seed}, folder=root / "runs") as run:
                for step in range(5):
                    run.log({"test/acc": accuracy - 0.5 / (step + 1) + seed / 100}, step=step)
    write(study, "md:# A paper", "import pressrun as pr")
    with jupyterlab(root, tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def page(lab: Lab, chromium: Browser) -> Iterator[Page]:
    page = lab.open(chromium, "papers/demo/paper.ipynb")
    page.set_default_timeout(60_000)
    yield page
    page.context.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def seen(page: Page) -> None:
    """Hold that the focus is somewhere, and can be seen there."""
    assert page.evaluate(SHOWN) == ""


def focused(page: Page, selector: str) -> None:
    """Wait until the focus is on or in what a selector finds, and hold that it is seen."""
    page.wait_for_function("s => document.activeElement.closest(s) !== null", arg=selector)


def tab_to(page: Page, selector: str, key: str = "Tab", most: int = 25) -> None:
    """Press Tab until the focus is on or in what a selector finds; it is seen on the whole way."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement.closest(s) !== null", selector):
            return
        press(page, key)
        seen(page)
    raise AssertionError(f"{most} times {key} do not lead to {selector}")


def runs(page: Page) -> None:
    """Go to the Runs, and into their table."""
    press(page, "Control+Alt+r")
    focused(page, FIELD)
    page.wait_for_selector(f"{GRID} .jp-pr-runs-row[data-key]")
    tab_to(page, GRID)


def name(page: Page) -> str:
    """Give the name of the row that has the focus."""
    return page.locator(f"{GRID} [role=row]:focus-within .jp-pr-text").first.inner_text()


def test_a_day_without_a_mouse(page: Page) -> None:
    press(page, "Control+Alt+r")
    focused(page, FIELD)
    seen(page)

    page.keyboard.type("config.mod")
    page.get_by_role("option", name="config.model").wait_for()
    press(page, "ArrowDown", "Enter")
    page.wait_for_function("s => document.querySelector(s).value === 'config.model '", arg=FIELD)
    page.keyboard.type("== 'svm'")
    page.wait_for_function("() => document.querySelector('.jp-pr-where-foot').innerText.startsWith('4 of 8 runs')")
    focused(page, FIELD)

    tab_to(page, GRID)
    press(page, "ArrowUp", "ArrowRight", "ArrowRight", "Enter")
    for order in ("descending", "ascending"):
        focused(page, f"{GRID} [role=columnheader][aria-sort={order}]")
        seen(page)
        press(page, "Enter")
    focused(page, f"{GRID} [role=columnheader][aria-sort=none]")
    press(page, "Enter")
    focused(page, f"{GRID} [role=columnheader][aria-sort=descending]")
    page.locator(f"{GRID} [aria-rowindex='2']", has_text="svm-3").wait_for()

    press(page, "ArrowDown", "Home", "Space", "Shift+ArrowDown", "Shift+ArrowDown")
    page.wait_for_function("s => document.querySelector(s).innerText.startsWith('3 ')", arg=COUNT)
    seen(page)

    tab_to(page, "[aria-label='Insert another panel']")
    press(page, "Enter")
    focused(page, ".jp-pr-card[data-kind=curves]")
    seen(page)
    press(page, "Enter")
    focused(page, ".jp-pr-form")
    page.wait_for_selector(".jp-pr-form [type=submit]:enabled")
    tab_to(page, ".jp-pr-form [type=submit]", most=40)
    press(page, "Enter")
    page.locator(".jp-CodeCell", has_text="pr.curves(").wait_for()
    focused(page, ".jp-Notebook")

    press(page, "Control+Alt+e")
    focused(page, ".jp-pr-form")
    tab_to(page, "#jp-pr-caption", most=40)
    page.keyboard.type("Three runs")
    press(page, "Control+Enter")
    page.locator(".jp-CodeCell", has_text="Three runs").wait_for()
    focused(page, ".jp-Notebook")

    runs(page)
    press(page, "Enter")
    focused(page, ".jp-pr-details")

    runs(page)
    press(page, "Space")
    first = name(page)
    press(page, "Space")
    press(page, "Shift+F10")
    focused(page, ".lm-Menu")
    page.get_by_role("menuitem", name="Show a Run's Details").wait_for()
    press(page, "Escape")
    focused(page, GRID)
    press(page, "b")
    page.locator("#pressrun-runs .jp-pr-baseline .jp-pr-text", has_text=first).wait_for()
    page.locator("#pressrun-runs .jp-pr-badge").wait_for()
    focused(page, GRID)

    tab_to(page, "#pressrun-runs .jp-pr-bar-end [aria-expanded]:nth-last-child(2)")
    press(page, "Enter")
    focused(page, "#pressrun-runs [aria-label^='Tag ']")
    page.keyboard.type("stage=final")
    press(page, "Enter")
    focused(page, "#pressrun-runs .jp-pr-bar-end [aria-expanded]")
    seen(page)

    tab_to(page, "#pressrun-runs .jp-pr-bar-end [title='Look at them side by side']", "Shift+Tab")
    press(page, "Enter")
    page.locator(".jp-pr-compare-table").wait_for()
    focused(page, ".jp-pr-compare")

    press(page, "Control+Alt+r")
    focused(page, FIELD)
    press(page, "Escape")
    page.wait_for_function("s => document.querySelector(s).value === ''", arg=FIELD)
    press(page, "Control+z")
    page.wait_for_function("s => document.querySelector(s).value.startsWith('config.model')", arg=FIELD)
    press(page, "Escape", "Escape", "Escape")
    focused(page, ".jp-pr-compare")
    press(page, "Alt+w")
    focused(page, ".jp-pr-details")
    press(page, "Alt+w")
    focused(page, ".jp-Notebook")
