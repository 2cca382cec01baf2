"""Charts in a real browser, from a file, with the network off: every mark, for eye, pointer and keyboard."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser import chart_facts
from tests.browser.panel_facts import HOSTILE
from tests.browser.published_page import Opened, figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

#: Marks of each chart that can be pointed at: points, vertices, bars, spans, boxes and cells; no violin, no rule.
MARKS = {
    "clouds": [3 * 40 + 3 + 3],
    "bands": [2 * 60, 19],
    "forest": [2 * 3],
    "boxes": [3 + 3 * 30],
    "bars": [3, 3],
    "confusion": [9],
    "spans": [9],
}


def opened(open_page: Open, fact: dict[str, Any], **options: Any) -> Opened:
    page = open_page(
        figure("f-1", "fig-1", "chart", "<p>static</p>", "A chart."),
        {"f-1": fact},
        **{"viewport": {"width": 900, "height": 800}, **options},
    )
    page.page.wait_for_selector(".pr-panel[data-state=live]")
    return page


def said(page: Page) -> str:
    return page.locator("#fig-1 [aria-live]").first.inner_text()


def marks(page: Page) -> list[int]:
    page.wait_for_selector(".prp-plot[data-marks]")
    return [int(plot.get_attribute("data-marks") or -1) for plot in page.locator(".prp-plot").all()]


def pixels(page: Page, where: str = ".prp-canvas canvas") -> int:
    """Count the pixels of the first canvas that are neither empty nor grey."""
    return int(
        page.evaluate(
            """where => {
              const canvas = document.querySelector(where);
              const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              let count = 0;
              for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] > 40 && new Set([data[i] >> 5, data[i + 1] >> 5, data[i + 2] >> 5]).size > 1)
                  count += 1;
              return count;
            }""",
            where,
        )
    )


@pytest.mark.parametrize("name", MARKS)
@pytest.mark.parametrize("width", [1100, 390])
def test_every_mark_is_drawn_and_can_be_pointed_at(open_page: Open, name: str, width: int) -> None:
    found = opened(open_page, chart_facts.EVERY[name](), viewport={"width": width, "height": 800})
    assert marks(found.page) == MARKS[name]
    assert pixels(found.page) > 200
    assert found.page.evaluate("document.documentElement.scrollWidth") == width
    assert found.errors == []
    assert [url for url in found.requests if not url.startswith(("file:", "data:"))] == []


def test_where_there_is_nothing_it_says_so(open_page: Open) -> None:
    found = opened(open_page, chart_facts.nothing())
    assert found.page.locator(".prp-nothing").inner_text() == "Nothing to show."
    assert found.page.locator(".prp-plot").count() == 0
    assert found.errors == []


def test_hostile_names_stay_text(open_page: Open) -> None:
    page = opened(open_page, chart_facts.clouds()).page
    assert HOSTILE in page.locator(".prp-legend").inner_text()
    page.locator(".prp-plot").focus()
    page.keyboard.press("End")
    assert HOSTILE in page.locator(".prp-tooltip").inner_text()
    page.locator("text=table").first.click()
    assert HOSTILE in page.locator(".prp-grid").inner_text()
    assert page.locator(".pr-live img").count() == 0
    assert page.evaluate("window.__hacked") is None


def test_the_keyboard_goes_through_the_marks_and_each_is_said_aloud(open_page: Open) -> None:
    page = opened(open_page, chart_facts.forest()).page
    page.locator(".prp-plot").focus()
    page.keyboard.press("ArrowRight")
    first = said(page)
    assert first.startswith("digits. group: svm; difference in accuracy: 0.0075 [0.0060, 0.0190]")
    page.keyboard.press("ArrowRight")
    assert "group: forest" in said(page)
    page.keyboard.press("ArrowLeft")
    assert said(page) == first
    assert page.locator(".prp-tooltip").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".prp-tooltip").is_visible()


def test_the_pointer_finds_the_mark_below_it(open_page: Open) -> None:
    page = opened(open_page, chart_facts.confusion()).page
    box = page.locator(".prp-plot").bounding_box()
    assert box is not None
    # The middle row's last cell: dogs that were called by the hostile name.
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 8 + 34 * 1.5)
    tip = page.locator(".prp-tooltip").inner_text()
    assert HOSTILE in tip
    assert "dog" in tip
    assert "19" in tip
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] + 60)
    assert not page.locator(".prp-tooltip").is_visible()


@pytest.mark.parametrize(("across", "down"), [(160, 3), (160, 120)], ids=["along x", "a box"])
def test_dragging_zooms_and_escape_shows_everything_again(open_page: Open, across: int, down: int) -> None:
    page = opened(open_page, chart_facts.clouds()).page
    whole = pixels(page)
    box = page.locator(".prp-plot").bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + across, top + down, steps=4)
    page.mouse.up()
    assert page.locator(".prp-reset").is_visible()
    page.mouse.move(0, 0)
    assert pixels(page) != whole
    page.locator(".prp-plot").focus()
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not page.locator(".prp-reset").is_visible()
    assert pixels(page) == whole


def test_the_reader_may_choose_a_logarithmic_axis_where_all_is_above_zero(open_page: Open) -> None:
    page = opened(open_page, chart_facts.clouds()).page
    before = page.locator(".prp-canvas canvas").evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="log x").click()
    assert page.locator(".prp-canvas canvas").evaluate("canvas => canvas.toDataURL()") != before
    page.get_by_role("button", name="log x").click()
    assert page.locator(".prp-canvas canvas").evaluate("canvas => canvas.toDataURL()") == before


def test_an_axis_with_zeros_names_or_times_has_no_logarithm(open_page: Open) -> None:
    page = opened(open_page, chart_facts.forest()).page
    assert page.locator(".prp-toolbar").inner_text().split() == ["table", "CSV"]


def test_groups_can_be_hidden(open_page: Open) -> None:
    page = opened(open_page, chart_facts.clouds()).page
    assert marks(page) == [126]
    page.locator(".prp-key", has_text="svm").click()
    assert marks(page) == [126 - 41]
    assert page.locator(".prp-key", has_text="svm").get_attribute("aria-pressed") == "false"
    page.locator(".prp-key", has_text="svm").click()
    assert marks(page) == [126]


def test_the_numbers_are_there_as_a_table_and_as_csv(open_page: Open) -> None:
    page = opened(open_page, chart_facts.bars()).page
    page.get_by_role("button", name="table").click()
    assert not page.locator(".prp-canvas").first.is_visible()
    assert page.locator(".prp-grid tbody tr").count() == 6
    page.get_by_role("button", name="table").click()
    assert page.locator(".prp-canvas").first.is_visible()
    with page.expect_download() as download:
        page.locator(".prp-csv").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["part"] for line in lines] == ["lying", "standing"] * 3
    assert [line["x"] for line in lines if line["part"] == "lying"] == ["0.4", "0.25", "-0.1"]


def test_what_colours_of_cells_stand_for_is_said(open_page: Open) -> None:
    page = opened(open_page, chart_facts.confusion()).page
    assert page.locator(".prp-shades").inner_text().split() == ["share", "of", "the", "true", "class", "0", "1"]
    assert "linear-gradient" in (page.locator(".prp-ramp").get_attribute("style") or "")


def test_charts_follow_the_readers_theme(open_page: Open) -> None:
    page = opened(open_page, chart_facts.confusion(), color_scheme="light").page
    marks(page)
    light = page.locator(".prp-canvas canvas").evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "light => document.querySelector('.prp-canvas canvas').toDataURL() !== light", arg=light, timeout=5000
    )


def test_a_fact_without_axes_says_why_it_cannot_be_drawn_and_the_static_face_stays(open_page: Open) -> None:
    fact = chart_facts.bars()
    del fact["view"]["chart"]["plots"][0]["x"]
    page = open_page(figure("f-1", "fig-1", "chart", "<p>static</p>", "A chart."), {"f-1": fact}).page
    page.wait_for_selector(".prp-failure")
    assert "lacks its axes or layers" in page.locator(".prp-failure").inner_text()
    assert page.locator("text=static").is_visible()


def test_twenty_thousand_points_do_not_freeze_the_page(open_page: Open) -> None:
    found = open_page(
        "<p>A page.</p>" + "<br>" * 120 + figure("f-1", "fig-1", "chart", "<p>static</p>", "Many."),
        {"f-1": chart_facts.clouds(6_666)},
        viewport={"width": 900, "height": 700},
    )
    page = found.page
    page.evaluate(
        """() => { window.longest = 0;
          new PerformanceObserver(list => { for (const {duration} of list.getEntries())
            window.longest = Math.max(window.longest, duration); }).observe({type: "longtask"}); }"""
    )
    page.locator("#fig-1").scroll_into_view_if_needed()
    assert marks(page) == [3 * 6_666 + 6]
    page.wait_for_timeout(300)
    drawing = page.evaluate("window.longest")
    page.locator(".prp-plot").hover()
    page.locator(".prp-plot").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    print(
        f"\ntwenty thousand points: the longest task {drawing:.0f} ms; {page.evaluate('window.longest'):.0f} ms in use"
    )
    # A sanity bound for machines that do much else; the figure that counts is the bench's.
    assert page.evaluate("window.longest") < 2_000
