"""The panels as widgets: anywidget's model in the browser, whose traits Python sets and reads."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser import panel_facts
from tests.browser.published_page import Opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

#: A model as anywidget gives it to a front end: traits, change events, and what was sent to Python.
MODEL = """traits => {
  const listeners = {};
  const model = {
    traits, saved: [],
    get: key => model.traits[key],
    set: (key, value) => { model.traits[key] = value; (listeners["change:" + key] ?? []).forEach(call => call()); },
    save_changes: () => model.saved.push(structuredClone(model.traits.options ?? null)),
    on: (event, call) => (listeners[event] ??= []).push(call),
    off: (event, call) => { listeners[event] = (listeners[event] ?? []).filter(each => each !== call); },
    count: () => Object.values(listeners).flat().length,
  };
  window.model = model;
  window.end = window.pressrun.render({ model, el: document.getElementById("here") });
}"""


def widget(open_page: Open, fact: dict[str, Any], **traits: Any) -> Page:
    """Show a fact as a widget in an otherwise empty page."""
    page: Page = open_page('<div id="here"></div>', {}, viewport={"width": 800, "height": 600}).page
    page.wait_for_function("() => window.pressrun")
    page.evaluate(MODEL, {"fact": fact, "selection": {}, "options": {}, "theme": "auto", **traits})
    return page


def test_a_widget_prints_the_disclosure_that_a_page_prints_itself(open_page: Open) -> None:
    page = widget(open_page, panel_facts.curves())
    page.wait_for_selector("canvas")
    assert page.locator(".prp-foot").inner_text() == "matched 15; shown 15; 5 seeds a group"


def test_what_the_reader_changes_comes_back_to_python(open_page: Open) -> None:
    page = widget(open_page, panel_facts.curves(), options={"smooth": 0.0, "log": False, "baseline": "forest"})
    page.get_by_role("button", name="log y").click()
    assert page.evaluate("model.saved.at(-1)") == {"smooth": 0, "log": True, "baseline": "forest"}
    page.locator(".prp-plot").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("model.traits.selection") == {"group": "", "run": "", "x": 0}


def test_python_sets_the_options(open_page: Open) -> None:
    page = widget(open_page, panel_facts.curves())
    page.evaluate("model.set('options', {smooth: 0.5, log: false, baseline: 'svm'})")
    page.wait_for_function("() => document.querySelector('.prp-yname').textContent.includes('smoothed, 0.50')")
    assert "baseline" in page.locator(".prp-key").first.inner_text()


def test_new_runs_arrive_and_the_reader_s_choices_stay(open_page: Open) -> None:
    page = widget(open_page, panel_facts.curves())
    page.locator(".prp-key").first.click()
    page.get_by_role("button", name="runs").click()
    later = copy.deepcopy(panel_facts.curves(metric="accuracy, later"))
    page.evaluate("fact => model.set('fact', fact)", later)
    assert page.locator(".prp-yname").inner_text() == "accuracy, later"
    assert page.locator(".prp-key").first.get_attribute("aria-pressed") == "false"
    assert page.locator("canvas").count() == 1


def test_a_dark_theme_asked_for_by_python_holds_in_a_light_page(open_page: Open) -> None:
    page = widget(open_page, panel_facts.table(), theme="dark")
    assert page.locator(".prp-root").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(21, 23, 26)"


@pytest.mark.parametrize("fact", [{}, {"kind": "hologram", "view": {}}, {"kind": "table", "view": {"grid": 3}}])
def test_a_fact_that_cannot_be_drawn_is_told_in_its_place(open_page: Open, fact: dict[str, Any]) -> None:
    page = widget(open_page, fact)
    assert "could not be drawn" in page.locator("[role=alert]").inner_text()
    page.evaluate("fact => model.set('fact', fact)", panel_facts.code())
    assert "def fit(c):" in page.locator("pre").inner_text()


def test_code_that_would_reorder_itself_is_shown_for_what_it_is(open_page: Open) -> None:
    fact = panel_facts.code()
    fact["view"]["text"] = "if admin:\u202e # \u2066then\u200b\n"
    page = widget(open_page, fact)
    assert page.locator(".prp-source").inner_text() == "if admin:\ufffd # \ufffdthen\ufffd\n"


def test_the_end_leaves_no_listener_behind(open_page: Open) -> None:
    page = widget(open_page, panel_facts.curves())
    page.wait_for_selector("canvas")
    page.evaluate("end()")
    assert page.evaluate("model.count()") == 0
