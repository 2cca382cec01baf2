"""What readers see: contrast in both themes, no sideways scrolling on a phone, a page that reads without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from pressrun.publish import templates

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
TEXT = ("fg", "muted", "accent", "holds", "fails", "unresolved", "unsupported")
CODE = ("code-keyword", "code-string", "code-comment", "code-number", "code-name", "code-builtin")
GROUNDS = ("bg", "raised", "sunken")


def luminance(color: str) -> float:
    """Give the relative luminance of WCAG 2.2."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def colors(theme: str) -> dict[str, str]:
    css = templates.read("html/base.css") + templates.read("html/paper.css")
    found: dict[str, str] = {}
    opening = r":root" if theme == "light" else r':root\[data-theme="dark"\]'
    for block in re.findall(rf"(?m)^{opening} \{{(.*?)^\}}", css, re.DOTALL):
        found |= dict(re.findall(r"--pr-([a-z-]+): (#[0-9a-f]{6});", block))
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_keeps_its_contrast_on_every_ground(theme: str) -> None:
    known = colors(theme)
    for name in (*TEXT, *CODE):
        for ground in GROUNDS:
            one, other = sorted((luminance(known[name]), luminance(known[ground])))
            assert (other + 0.05) / (one + 0.05) >= 4.5, f"{name} on {ground} in the {theme} theme"


def test_the_system_and_the_button_give_the_same_dark_theme() -> None:
    for name in ("html/base.css", "html/paper.css"):
        css = templates.read(name)
        system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', css, re.DOTALL)
        button = re.search(r'(?m)^:root\[data-theme="dark"\] \{(.*?)\}', css, re.DOTALL)
        assert system
        assert button
        assert system[1].split() == button[1].replace("color-scheme: dark;", "").split()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_never_scrolls_sideways(bench: Any, chromium: Browser, scripts: bool) -> None:
    notebook = bench.paper()
    view = bench.grid_view("a_very_long_run_name_without_any_space_in_it_" * 3)
    wide = " ".join(f"${letter}_1 + {letter}_2 + {letter}_3 + {letter}_4 + {letter}_5$" for letter in "abcdef")
    display = "$$" + " + ".join(f"x_{{{i}}}" for i in range(40)) + "$$ {#eq-wide}"
    table = "|" + "heading |" * 12 + "\n|" + "---|" * 12 + "\n|" + "content |" * 12
    long = "https://example.org/" + "long" * 40
    notebook.cells.append(new_markdown_cell(f"{wide}\n\n{display}\n\n{table}\n\n<{long}> `{'code' * 40}`"))
    notebook.cells.append(new_code_cell(f"#| echo: true\n{'x = 1; ' * 60}"))
    notebook.cells.append(new_code_cell("x", outputs=[bench.shown(bench.panel("table", view, "t" * 200))]))
    notebook.cells.append(new_code_cell("x", outputs=[bench.shown(bench.claim_fact("statement" * 30))]))
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"c{index}"
    file = bench.folder / "page.html"
    file.write_text(bench.html(notebook), "utf-8")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=scripts, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 600):
        page.evaluate(f"scrollTo(0, {top})")
        page.wait_for_timeout(30)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_without_scripts_all_faces_stand_and_tips_open_on_focus(bench: Any, chromium: Browser) -> None:
    file = bench.folder / "page.html"
    file.write_text(bench.html(bench.paper()), "utf-8")
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    for place in ("#fig-curves img", "#tbl-main table", "#lst-fit pre", "#clm-svm .pr-verdict", "#tbl-small table"):
        assert page.is_visible(place), place
    tip = page.locator(".pr-body .pr-value .pr-tip").first
    assert not tip.is_visible()
    page.locator(".pr-body .pr-value").first.focus()
    assert tip.is_visible()
    assert not page.is_visible("#pr-theme"), "a button that does nothing is not shown"
    context.close()


def test_with_scripts_panels_come_to_life_and_nothing_fails(bench: Any, chromium: Browser) -> None:
    file = bench.folder / "page.html"
    file.write_text(bench.html(bench.paper()), "utf-8")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    page.locator("#tbl-main").scroll_into_view_if_needed()
    page.wait_for_selector('#tbl-main .pr-panel[data-state="live"]')
    assert failures == []
    context.close()
