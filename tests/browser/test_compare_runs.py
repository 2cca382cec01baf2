"""An author looks at runs side by side: what differs first, what is the same on demand, curves over each other.

And at many of them, in two tables at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import LABEXTENSION, command, jupyterlab, texts
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = "#pressrun-runs .jp-pr-runs-row[data-key] [role=rowheader] .jp-pr-text"
ROWS = "#pressrun-runs .jp-pr-runs-row[data-key]"
VISIBLE = ".jp-pr-compare-table:visible"
HEADS = ".jp-pr-compare-table thead th:not(.jp-pr-compare-key) .jp-pr-text"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    from pressrun.recording.active import start_run

    if not LABEXTENSION.exists():
        pytest.skip("the extension is not built: npm run build:lab in extension/lab")
    root = tmp_path_factory.mktemp("study")
    Study(root)
    (root / "pressrun.toml").write_text('title = "A study"\n[metrics."val/acc"]\ndirection = "max"\n')
    for number in range(110):
        config = {"C": 0, "kernel": "none"}
        with start_run(f"more-{number:03}", config, folder=root / "runs", resources=False) as run:
            run.log({"val/acc": 0.1})
    for number, name in enumerate(("first", "second", "<b>third</b>")):
        config = {"C": 10**number, "kernel": "rbf"}
        with start_run(name, config, folder=root / "runs", resources=False) as run:
            for step in range(5):
                run.log({"val/acc": 0.5 + 0.1 * number + 0.01 * step}, step=step)
    scratch = tmp_path_factory.mktemp("jupyter")
    settings = scratch / "app" / "user-settings" / "@pressrun" / "lab" / "runs.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"pageSize": 20}')
    with jupyterlab(root, scratch) as running:
        yield running


@pytest.fixture
def page(lab: Lab, chromium: Browser) -> Iterator[Page]:
    """Two runs selected in the sidebar and opened side by side."""
    page = lab.open(chromium)
    command(page, "pressrun:show-runs")
    page.wait_for_selector(NAMES)
    page.locator(NAMES, has_text="first").click()
    page.locator(NAMES, has_text="second").click(modifiers=["Control"])
    page.get_by_role("button", name="Side by side").click()
    page.wait_for_selector(HEADS)
    yield page
    page.context.close()


def row(page: Page, key: str) -> list[str]:
    cells = page.locator(".jp-pr-compare-table tr").filter(has=page.get_by_role("rowheader", name=key, exact=True))
    return [each.strip() for each in cells.first.locator("td").all_inner_texts()]


def test_differences_stand_first_and_what_is_the_same_comes_on_demand(page: Page) -> None:
    assert list(texts(page, HEADS)) == ["first", "second"]
    assert row(page, "C") == ["1", "10"]
    assert page.get_by_role("rowheader", name="kernel").count() == 0
    page.get_by_label("Show what is the same").check()
    assert row(page, "kernel") == ["rbf", "rbf"]
    page.get_by_label("Filter entries").fill("kern")
    assert page.get_by_role("rowheader", name="C", exact=True).count() == 0


def test_the_table_fills_its_frame(page: Page) -> None:
    inner, table = page.evaluate(
        """() => { const frame = [...document.querySelectorAll('.jp-pr-compare-scroll')].find(e => e.offsetParent);
        return [frame.clientWidth, frame.querySelector('table').offsetWidth]; }"""
    )
    assert table >= inner


def test_another_baseline_turns_the_differences_round(page: Page) -> None:
    assert row(page, "val/acc")[1].split() == ["0.64", "+0.100", "better"]
    page.get_by_role("button", name="Make second the baseline").click()
    page.wait_for_function(f"() => document.querySelector('{HEADS}').textContent === 'second'")
    assert row(page, "val/acc")[1].split() == ["0.54", "−0.100", "worse"]


def test_a_run_is_added_by_its_name_and_taken_away_again(page: Page) -> None:
    page.get_by_label("Add a run by its name").fill("third")
    page.get_by_role("button", name="<b>third</b>").click()
    page.locator(HEADS, has_text="<b>third</b>").wait_for()
    assert row(page, "C") == ["1", "10", "100"]
    page.get_by_role("button", name="Remove second").click()
    page.wait_for_function(f"() => document.querySelectorAll('{HEADS}').length === 2")
    assert list(texts(page, HEADS)) == ["first", "<b>third</b>"]


def test_curves_lie_over_each_other(page: Page) -> None:
    page.locator(".jp-pr-chart canvas").wait_for()
    first, second = texts(page, ".jp-pr-chart .prp-key")
    assert first.startswith("first")
    assert second.startswith("second")


def test_a_run_s_details_say_all_that_it_says(page: Page) -> None:
    page.locator(NAMES, has_text="first").dblclick()
    page.locator(".jp-pr-details h2", has_text="first").wait_for()
    page.locator(".jp-pr-details svg[role=img]").wait_for()
    label = page.locator(".jp-pr-details svg[role=img]").get_attribute("aria-label")
    assert label == "from 0.5 to 0.54, last 0.54 at step 4"
    assert "kernel" in page.locator(".jp-pr-details section[aria-label=Config]").inner_text()


@pytest.mark.parametrize(("recorded", "shown"), [(float("nan"), "NaN"), (float("inf"), "∞")])
def test_a_number_that_is_none_is_neither_better_nor_worse(lab: Lab, page: Page, recorded: float, shown: str) -> None:
    from pressrun.recording.active import start_run

    with start_run(f"is {shown}", {"C": 1}, folder=lab.root / "runs", resources=False) as run:
        run.log({"val/acc": recorded})
    odd = page.locator(ROWS, has_text=f"is {shown}")
    odd.wait_for()
    page.locator(ROWS, has_text="first").click()
    page.keyboard.press("b")
    page.locator(f"{ROWS} [data-verdict=better]").first.wait_for()
    odd.locator(".jp-pr-number", has_text=shown).first.wait_for()
    assert odd.locator("[data-verdict]").count() == 0

    odd.click(modifiers=["Control"])
    page.get_by_role("button", name="Side by side").click()
    page.locator(f"{VISIBLE} thead th", has_text=f"is {shown}").wait_for()
    assert row(page, "val/acc") == ["0.54", str(recorded)]


def test_more_runs_than_fit_side_by_side_are_not_compared_and_it_is_said(page: Page) -> None:
    page.locator(ROWS, has_text="first").click()
    page.keyboard.press("Control+a")
    button = page.get_by_role("button", name="Side by side")
    page.wait_for_function("() => parseInt(document.querySelector('.jp-pr-bar-count').innerText) > 24")
    assert button.is_disabled()
    assert button.get_attribute("title") == "At most 24 runs fit side by side"
    page.keyboard.press("Escape")
    page.locator(ROWS, has_text="first").click()
    for _ in range(23):
        page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function("() => document.querySelector('.jp-pr-bar-count').innerText.startsWith('24 ')")
    assert button.is_enabled()


def test_tags_without_room_are_counted(page: Page) -> None:
    tags = {f"a-rather-long-tag-{number}": "" for number in range(5)}
    page.locator(ROWS, has_text="<b>third</b>").click()
    for name in tags:
        page.get_by_role("button", name="Tag…").click()
        page.get_by_label("Tag 1 run").fill(name)
        page.keyboard.press("Enter")
    third = page.locator(ROWS, has_text="<b>third</b>")
    page.get_by_role("button", name="Columns").focus()
    rest = third.locator(".jp-pr-tag-rest", has_text="+4")
    rest.wait_for()
    hidden = (rest.get_attribute("title") or "").split("\n")
    assert sorted([*hidden, *third.locator(".jp-pr-tag-text").all_inner_texts()]) == sorted(tags)


def test_two_tables_do_not_take_each_other_s_pages(page: Page) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.2)
        route.continue_()

    command(page, "pressrun:show-runs-table")
    page.locator("#pressrun-runs-table .jp-pr-runs-row[data-key]").first.wait_for()
    page.set_viewport_size({"width": 1440, "height": 420})
    page.route("**/pressrun/api/runs/table*", slowly)
    command(page, "pressrun:show-runs")
    top, end = (page.locator(f"{view} [role=grid]") for view in ("#pressrun-runs", "#pressrun-runs-table"))
    end.evaluate("grid => grid.scrollTo({ top: grid.scrollHeight })")
    top.evaluate("grid => grid.scrollTo({ top: grid.scrollHeight / 2 })")
    end.locator("[data-key]", has_text="more-000").wait_for()
    for view in ("#pressrun-runs", "#pressrun-runs-table"):
        page.wait_for_function(
            "view => { const rows = [...document.querySelectorAll(`${view} .jp-pr-runs-row`)];"
            " return rows.length > 0 && rows.every(row => row.dataset.key); }",
            arg=view,
        )
    page.unroute_all(behavior="wait")


def test_nobody_is_locked_out(page: Page) -> None:
    page.locator(".jp-pr-chart canvas").wait_for()
    page.locator(NAMES, has_text="first").dblclick()
    page.locator(".jp-pr-details svg[role=img]").wait_for()
    page.add_script_tag(path=str(AXE))
    for view in (".jp-pr-details", ".jp-pr-compare"):
        found = page.evaluate("async v => (await axe.run(v)).violations.map(v => [v.id, v.impact])", view)
        assert [each for each in found if each[1] in ("serious", "critical")] == []
