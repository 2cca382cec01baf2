"""Parallel coordinates in a page: brushed by hand and by keyboard, listed, and painted in pieces."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.published_page import Opened, figure

import pressrun as pr

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Open = Callable[..., Opened]

pytestmark = pytest.mark.browser

PICTURE = '<img alt="" src="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=">'


def records(n: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    return [
        {
            "name": f"run {i}",
            "config": {
                "lr": 10 ** chance.uniform(-5, -1),
                "depth": i % 5,
                "opt": ["adam", "<b>sgd</b>", "lion"][i % 3],
                **({"eps": 1e-8} if i % 3 == 0 else {}),
            },
            "summary": {"val/acc": chance.random()},
        }
        for i in range(n)
    ]


def opened(open_page: Open, runs: list[dict[str, Any]]) -> Opened:
    params = ["config.lr", "config.depth", "config.opt", "config.eps"]
    fact = pr.parallel(pr.runs(runs), params, "val/acc", log="config.lr").fact_json()
    shown = open_page(figure("f-1", "fig-1", "parallel", PICTURE, "Runs."), {"f-1": fact})
    shown.page.wait_for_selector(".prp-axis")
    return shown


def said(page: Page) -> str:
    return page.locator(".prp-said").inner_text()


def slider(page: Page, axis: str, end: str) -> Any:
    return page.get_by_role("slider", name=f"{axis}, {end} end of the brush")


def drag(page: Page, axis: int, start: float, end: float) -> None:
    """Drag along an axis, between shares of its height from the top."""
    box = page.locator(".prp-axis-strip").nth(axis).bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    top, height = box["y"] + 44, box["height"] - 44 - 24
    page.mouse.move(x, top + start * height)
    page.mouse.down()
    page.mouse.move(x, top + (start + end) / 2 * height)
    page.mouse.move(x, top + end * height)
    page.mouse.up()


def test_a_drag_along_an_axis_keeps_the_runs_within_and_lists_them(open_page: Open) -> None:
    shown = opened(open_page, records(30))
    page = shown.page
    assert said(page) == "30 runs"
    assert page.locator(".prp-reset").is_hidden()
    # Of depths 0 to 4 those between 10% and 52% from the top: 2 and 3.
    drag(page, 1, 0.1, 0.52)
    assert said(page) == "12 of 30 runs"
    depths = page.locator(".prp-grid tbody td:nth-child(3)").all_inner_texts()
    assert sorted(set(depths)) == ["2", "3"]
    drag(page, 2, -0.05, 0.1)
    kept = [r for r in records(30) if r["config"]["depth"] in (2, 3) and r["config"]["opt"] == "<b>sgd</b>"]
    assert page.locator(".prp-grid tbody th").all_inner_texts() == [r["name"] for r in kept]
    page.locator(".prp-reset").click()
    assert said(page) == "30 runs"
    assert shown.errors == []


def test_a_click_on_an_axis_takes_its_brush_away(open_page: Open) -> None:
    page = opened(open_page, records(30)).page
    drag(page, 1, 0.1, 0.52)
    drag(page, 1, 0.8, 0.8)
    assert said(page) == "30 runs"
    assert page.locator(".prp-axis-brush:visible").count() == 0


def test_the_ends_of_a_brush_are_sliders_for_the_keyboard(open_page: Open) -> None:
    page = opened(open_page, records(30)).page
    low = slider(page, "depth", "lower")
    low.focus()
    assert low.get_attribute("aria-valuetext") == "0"
    page.keyboard.press("PageDown")
    assert said(page) == "30 runs"
    for _ in range(13):
        page.keyboard.press("ArrowUp")
    assert said(page) == "18 of 30 runs"
    assert "18 of 30 runs" in page.locator("[aria-live=polite]").inner_text()
    # Over names one key is one name.
    upper = slider(page, "opt", "upper")
    upper.focus()
    page.keyboard.press("ArrowDown")
    assert upper.get_attribute("aria-valuetext") == "adam"
    assert set(page.locator(".prp-grid tbody td:nth-child(4)").all_inner_texts()) == {"adam", "lion"}
    page.keyboard.press("Escape")
    assert said(page) == "18 of 30 runs"
    slider(page, "depth", "lower").focus()
    page.keyboard.press("Escape")
    assert said(page) == "30 runs"


def test_the_ends_do_not_cross_and_all_of_an_axis_is_no_brush(open_page: Open) -> None:
    page = opened(open_page, records(30)).page
    slider(page, "depth", "upper").focus()
    page.keyboard.press("Home")
    assert said(page) == "6 of 30 runs"
    slider(page, "depth", "lower").focus()
    page.keyboard.press("End")
    assert said(page) == "6 of 30 runs"
    slider(page, "depth", "upper").focus()
    page.keyboard.press("End")
    assert said(page) == "30 runs"


def test_a_run_without_a_place_on_a_brushed_axis_is_not_within(open_page: Open) -> None:
    page = opened(open_page, records(30)).page
    drag(page, 3, 0.2, 0.8)
    assert said(page) == "10 of 30 runs"
    drag(page, 3, 0.0, 0.2)
    assert said(page) == "0 of 30 runs"
    assert page.locator(".prp-empty").inner_text() == "No run lies within all brushes."


def test_ten_thousand_runs_are_painted_in_pieces_and_brushed_whole(open_page: Open) -> None:
    shown = opened(open_page, records(10_000))
    page = shown.page
    left = "[...document.querySelectorAll('.prp-parallel canvas')].map(({dataset}) => Number(dataset.left ?? 0))"
    page.wait_for_function(f"() => {left}.every((some) => some === 0)")
    # A brush is answered at once, with most lines yet to be painted.
    slider(page, "lr", "lower").focus()
    remaining = page.evaluate(
        f"""() => {{
          const key = new KeyboardEvent("keydown", {{ key: "ArrowUp", bubbles: true }});
          document.activeElement.dispatchEvent(key);
          return [document.querySelector(".prp-said").textContent, Math.max(...{left})];
        }}"""
    )
    assert remaining[0].endswith(" of 10000 runs")
    assert remaining[1] > 0
    assert "more runs within the brushes" in page.locator(".prp-notes").last.inner_text()
    page.wait_for_function(f"() => {left}.every((some) => some === 0)")
    assert shown.errors == []
