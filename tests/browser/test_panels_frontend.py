"""The front end in a real browser, under the policy of a published page, from a file, with the network off."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser import panel_facts
from tests.browser.published_page import Opened, figure

if TYPE_CHECKING:
    from playwright.sync_api import Download, Page

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

PICTURE = "<img alt='static curves' src='data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E'>"
STATIC_TABLE = "<table class='pr-grid'><tr><td>static table</td></tr></table>"


def everything() -> tuple[str, dict[str, dict[str, Any]]]:
    """Give a paper's body with a panel of each kind, values, contents and a citation, and its facts."""
    body = (
        '<button id="pr-theme" hidden></button><nav class="pr-toc"><a href="#one">One</a> <a href="#two">Two</a></nav>'
        '<h1>Seeds decide little</h1><h2 id="one">One</h2><p>The support vector machine reaches '
        '<span class="pr-value" data-state="current" tabindex="0">0.981<span class="pr-tip" role="tooltip">'
        "mean of 5 runs, 95% interval 0.977 to 0.984</span></span> on the test set, as the curves show.</p>"
        + figure("f-1", "fig-curves", "curves", PICTURE, "<b>Figure 1.</b> Validation accuracy while training.")
        + figure("f-2", "fig-loss", "curves", PICTURE, "<b>Figure 2.</b> The same on a logarithmic axis.")
        + '<h2 id="two">Two</h2>'
        + figure("f-3", "tbl-scores", "table", STATIC_TABLE, "<b>Table 1.</b> Test accuracy.")
        + figure("f-4", "tbl-runs", "compare", STATIC_TABLE, "<b>Table 2.</b> Two runs.")
        + figure("f-5", "lst-fit", "code", panel_facts.HIGHLIGHTED, "<b>Listing 1.</b> Training.")
        + '<section id="pr-cite"><pre data-copy>@article{seeds}</pre></section>'
    )
    facts = {
        "f-1": panel_facts.curves(),
        "f-2": panel_facts.curves(log=True),
        "f-3": panel_facts.table(),
        "f-4": panel_facts.compare(),
        "f-5": panel_facts.code(),
    }
    return body, facts


def bring_to_life(page: Page) -> None:
    """Scroll until every panel has been near the window."""
    for panel in page.query_selector_all(".pr-panel"):
        panel.scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.querySelectorAll('.pr-panel')].every(p => p.dataset.state === 'live')")
    page.evaluate("scrollTo(0, 0)")


@pytest.fixture
def paper(open_page: Open) -> Opened:
    opened = open_page(*everything(), viewport={"width": 1100, "height": 900})
    bring_to_life(opened.page)
    return opened


def curves_only(open_page: Open, fact: dict[str, Any] | None = None, **options: Any) -> Opened:
    body = figure("f-1", "fig-1", "curves", PICTURE, "Curves.")
    opened = open_page(body, {"f-1": fact or panel_facts.curves()}, **options)
    opened.page.wait_for_selector(".prp-canvas canvas")
    return opened


def plot_label(page: Page) -> str:
    return page.locator(".prp-plot").first.get_attribute("aria-label") or ""


def ticks_shown(page: Page, steps: int = 1) -> str:
    """Move the keyboard's cursor to the right and give what the live region then says."""
    page.locator(".prp-plot").first.focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
    return page.locator("#fig-1 [aria-live]").first.inner_text()


def downloaded(download: Download) -> list[list[str]]:
    path = download.path()
    text = Path(path).read_bytes().decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_paper_comes_to_life_without_an_error_or_a_request(paper: Opened) -> None:
    assert paper.page.locator(".prp-canvas canvas").count() == 2
    assert paper.page.locator(".pr-fallback:visible").count() == 0
    assert paper.errors == []
    assert [url for url in paper.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in paper.requests if url.startswith("file:")]) == 1


def test_hostile_names_stay_text(paper: Opened) -> None:
    page = paper.page
    page.locator("#fig-curves .prp-plot").focus()
    page.keyboard.press("ArrowRight")
    assert panel_facts.HOSTILE in page.locator("#fig-curves .prp-legend").inner_text()
    assert panel_facts.HOSTILE in page.locator("#fig-curves .prp-tooltip").inner_text()
    assert panel_facts.HOSTILE in page.locator("#tbl-runs .prp-diff").inner_text()
    assert page.locator(".pr-live img").count() == 0
    assert page.evaluate("window.__hacked") is None


def test_dragging_and_ctrl_wheel_zoom_and_the_page_still_scrolls(open_page: Open) -> None:
    page = curves_only(open_page, viewport={"width": 900, "height": 700}).page
    box = page.locator(".prp-plot").bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 200, top + 4, steps=4)
    page.mouse.up()
    assert page.locator(".prp-reset").is_visible()
    page.keyboard.press("Tab")
    first = ticks_shown(page)
    assert int(re.search(r"step (\d+)", first)[1]) > 40  # type: ignore[index]

    page.locator(".prp-reset").click()
    assert not page.locator(".prp-reset").is_visible()
    page.mouse.move(left, top)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_selector(".prp-reset:visible")
    page.locator(".prp-plot").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not page.locator(".prp-reset").is_visible()

    page.evaluate("document.body.style.minHeight = '3000px'")
    page.mouse.move(left, top)
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 0")
    assert not page.locator(".prp-reset").is_visible()


def test_the_keyboard_reads_out_the_mean_its_interval_and_n(open_page: Open) -> None:
    page = curves_only(open_page).page
    said = ticks_shown(page, steps=2)
    values = [panel_facts.series(0, seed)[1] for seed in panel_facts.SEEDS]
    mean, low, high = panel_facts.interval(values)
    assert said.startswith("step 4. ")
    assert f"svm: {mean:.3f}, interval {low:.3f} to {high:.3f}, 5 runs" in said
    page.keyboard.press("End")
    assert "step 196." in page.locator("#fig-1 [aria-live]").first.inner_text()


def test_panels_over_one_field_share_the_cursor(paper: Opened) -> None:
    page = paper.page
    page.locator("#fig-curves .prp-plot").focus()
    page.keyboard.press("End")
    assert "step 196" in page.locator("#fig-loss .prp-tooltip").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".prp-tooltip:visible").count() == 0


def test_smoothing_smooths_runs_first_and_says_so(open_page: Open) -> None:
    page = curves_only(open_page).page
    page.locator("input[type=range]").fill("0.6")
    page.wait_for_function("() => document.querySelector('.prp-yname').textContent.includes('smoothed')")
    assert "Smoothed by a debiased moving average" in page.locator(".prp-notes").inner_text()
    said = ticks_shown(page, steps=3)
    finals = []
    for seed in panel_facts.SEEDS:
        average = weight = 0.0
        for value in panel_facts.series(0, seed)[:3]:
            average, weight = 0.6 * average + 0.4 * value, 0.6 * weight + 0.4
        finals.append(average / weight)
    mean, low, high = panel_facts.interval(finals)
    assert f"svm: {mean:.3f}, interval {low:.3f} to {high:.3f}, 5 runs" in said


def test_a_gap_is_left_out_of_the_mean_over_another_axis(open_page: Open) -> None:
    page = curves_only(open_page).page
    page.locator("input[type=range]").fill("0.01")
    page.wait_for_function("() => document.querySelector('.prp-yname').textContent.includes('smoothed')")
    said = ticks_shown(page, steps=8)
    assert "step 28." in said
    assert re.search(r"forest: \S+, interval \S+ to \S+, 4 runs", said)


def test_runs_over_time_are_averaged_between_their_points_and_the_panel_says_so(open_page: Open) -> None:
    page = curves_only(open_page).page
    page.locator(".prp-choice select").last.select_option("time")
    page.wait_for_function("() => document.querySelector('.prp-notes').textContent.includes('interpolated')")
    assert "svm:" in ticks_shown(page, steps=4)


def test_differences_from_the_baseline_are_welch_intervals(open_page: Open) -> None:
    from scipy import stats

    page = curves_only(open_page).page
    page.locator(".prp-choice select").first.select_option("forest")
    assert "difference from forest" in page.locator(".prp-yname").inner_text()
    said = ticks_shown(page, steps=2)
    svm, forest = ([panel_facts.series(m, seed)[1] for seed in panel_facts.SEEDS] for m in (0, 1))
    expected = stats.ttest_ind(svm, forest, equal_var=False).confidence_interval(0.95)
    assert f"interval {expected.low:+.3f} to {expected.high:+.3f}".replace("-", "−") in said


def test_groups_can_be_hidden_and_the_description_follows(open_page: Open) -> None:
    page = curves_only(open_page).page
    assert "3 groups" in plot_label(page)
    page.locator(".prp-key").first.click()
    assert page.locator(".prp-key").first.get_attribute("aria-pressed") == "false"
    assert "2 groups" in plot_label(page)
    assert "svm" not in plot_label(page)


def test_a_logarithmic_axis_tells_what_it_cannot_show(open_page: Open) -> None:
    fact = panel_facts.curves()
    fact["frame"]["value"][0] = -0.5
    page = curves_only(open_page, fact).page
    page.get_by_role("button", name="log y").click()
    assert "1 point not above 0" in page.locator(".prp-notes").inner_text()


def rows_of(page: Page, column: int = 0) -> list[str]:
    rows = page.locator("#tbl-scores .prp-grid tbody tr").all()
    return [row.locator("th, td").nth(column).inner_text().split("\n")[0] for row in rows]


def test_a_table_sorts_and_neither_nan_nor_missing_ever_wins(paper: Opened) -> None:
    page = paper.page
    sort = page.locator("#tbl-scores thead").get_by_role("button", name="test accuracy")
    sort.click()
    assert page.locator("#tbl-scores thead th").nth(2).get_attribute("aria-sort") == "ascending"
    assert rows_of(page)[0].startswith("logreg")
    assert rows_of(page)[-1] == "mlp"
    sort.click()
    assert page.locator("#tbl-scores thead th").nth(2).get_attribute("aria-sort") == "descending"
    assert rows_of(page)[0] == "svm"
    assert rows_of(page)[-1] == "mlp"
    page.locator("#tbl-scores thead").get_by_role("button", name="fit time").click()
    assert rows_of(page)[-1].startswith("logreg")
    assert rows_of(page, 3)[-1] == "—"


def test_a_table_filters_by_all_words(paper: Opened) -> None:
    page = paper.page
    page.locator("#tbl-scores input[type=search]").fill("for")
    assert rows_of(page) == ["forest"]
    page.locator("#tbl-scores input[type=search]").fill("nothing like it")
    assert rows_of(page) == ["No row matches the filter."]


def test_a_table_compares_with_any_baseline_paired_where_seeds_are_shared(paper: Opened) -> None:
    from scipy import stats

    page = paper.page
    assert "+0.021" in page.locator("#tbl-scores .prp-grid tbody tr").nth(0).inner_text()
    page.locator("#tbl-scores select").select_option("forest")
    scores = panel_facts.SCORES
    svm, forest = ([scores[m][s] for s in panel_facts.SEEDS] for m in ("svm", "forest"))
    paired = stats.ttest_rel(svm, forest).confidence_interval(0.95)
    shown = page.locator("#tbl-scores .prp-grid tbody tr").nth(0).inner_text()
    middle, half = (paired.low + paired.high) / 2, (paired.high - paired.low) / 2
    assert f"+{middle:.4f} ± {half:.4f} better" in shown

    other = [0.97, 0.978]
    welch = stats.ttest_ind(other, forest, equal_var=False).confidence_interval(0.95)
    shown = page.locator("#tbl-scores .prp-grid tbody tr").nth(3).inner_text()
    middle, half = (welch.low + welch.high) / 2, (welch.high - welch.low) / 2
    assert f"+{middle:.3f} ± {half:.3f} unresolved" in shown
    assert "else Welch’s; not corrected" in page.locator("#tbl-scores .prp-notes").inner_text()


def test_a_downloaded_table_is_exact_and_runs_nothing_in_a_spreadsheet(paper: Opened) -> None:
    with paper.page.expect_download() as waiting:
        paper.page.locator("#tbl-scores .prp-csv").click()
    assert waiting.value.suggested_filename == "test-accuracy-of-five-models.csv"
    header, *rows = downloaded(waiting.value)
    assert header == ["row", "run", "seed", "config.C", "test/acc", "fit/time"]
    assert rows[0] == ["svm", "0-1", "1", "10", "0.981", ""]
    assert ["'=cmd|' /C calc'!A0", "3-6", "6", "10", "0.97", ""] in rows
    assert ["mlp", "4-1", "1", "10", "nan", ""] in rows


def test_negative_numbers_stay_numbers_in_a_download(open_page: Open) -> None:
    fact = panel_facts.curves()
    fact["frame"]["value"][0] = -0.5
    fact["frame"]["value"][1] = "-inf"
    fact["frame"]["group"][0] = "-x"
    page = curves_only(open_page, fact).page
    with page.expect_download() as waiting:
        page.locator(".prp-csv").click()
    _, first, second, *_ = downloaded(waiting.value)
    assert first[:4] == ["'-x", "", "0", "-0.5"]
    assert second[3] == "-inf"


def test_a_comparison_shows_what_differs_and_the_rest_on_request(paper: Opened) -> None:
    table = paper.page.locator("#tbl-runs table.prp-grid")
    assert "config.C" in table.inner_text()
    assert "seed" not in table.inner_text()
    paper.page.get_by_role("button", name="show the 2 that are the same").click()
    assert "seed" in table.inner_text()
    assert paper.page.locator("#tbl-runs .prp-added").inner_text().startswith("+    return SVC(C=10)")


def test_code_keeps_its_highlighting_and_its_lines_are_link_targets(open_page: Open) -> None:
    body = "<div style='height: 4000px'></div>" + figure("f-1", "lst-fit", "code", panel_facts.HIGHLIGHTED, "Code.")
    opened = open_page(body, {"f-1": panel_facts.code()}, fragment="#lst-fit-L14")
    line = opened.page.locator("#lst-fit-L14")
    line.wait_for()
    assert "and test." in line.inner_text()
    assert line.locator(".s2").count() == 1
    assert line.evaluate("e => e.matches(':target')")
    opened.page.wait_for_function("() => scrollY > 1000")
    assert opened.page.locator("#lst-fit .prp-source").all_inner_texts() == panel_facts.CODE.splitlines(keepends=True)
    assert opened.errors == []


def test_a_broken_panel_keeps_its_fallback_and_the_others_live(open_page: Open) -> None:
    broken = panel_facts.curves()
    del broken["frame"]["value"]
    body = (
        figure("f-1", "fig-a", "curves", PICTURE, "a")
        + figure("f-2", "fig-b", "curves", PICTURE, "b")
        + figure("f-none", "fig-c", "curves", PICTURE, "c")
    )
    page = open_page(body, {"f-1": broken, "f-2": panel_facts.curves()}).page
    page.wait_for_selector("#fig-b canvas")
    for anchor in ("#fig-a", "#fig-c"):
        assert "could not be drawn" in page.locator(f"{anchor} [role=alert]").inner_text()
        assert page.locator(f"{anchor} img").is_visible()


def test_print_shows_the_static_face(paper: Opened) -> None:
    paper.page.emulate_media(media="print")
    assert paper.page.locator(".pr-live:visible").count() == 0
    assert paper.page.locator(".pr-fallback:visible").count() == 5
    paper.page.emulate_media(media="screen")
    assert paper.page.locator(".pr-fallback:visible").count() == 0


def test_the_theme_button_turns_page_and_charts_dark(paper: Opened) -> None:
    page = paper.page
    button = page.locator("#pr-theme")
    assert button.inner_text() == "Theme: auto"
    light = page.locator("#fig-curves .prp-swatch").first.evaluate("e => getComputedStyle(e).color")
    button.click()
    button.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('#fig-curves .prp-swatch')).color !== light", arg=light
    )
    button.click()
    assert page.evaluate("document.documentElement.dataset.theme") is None


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_never_scrolls_sideways(open_page: Open, width: int) -> None:
    opened = open_page(*everything(), viewport={"width": width, "height": 844})
    bring_to_life(opened.page)
    opened.page.locator("#fig-curves .prp-plot").focus()
    for key in ("Home", "End"):
        opened.page.keyboard.press(key)
        assert opened.page.locator(".prp-tooltip").first.is_visible()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.errors == []


def test_words_stay_whole_where_many_runs_stand_side_by_side(open_page: Open) -> None:
    fact = panel_facts.compare()
    grid = fact["view"]["grid"]
    grid["columns"] += [{**grid["columns"][1], "key": f"more-{n}", "title": f"svm-{n}"} for n in range(14)]
    for row in grid["rows"]:
        row["cells"] += [panel_facts.cell("finished")] * 14
    body = figure("f-1", "tbl-1", "compare", STATIC_TABLE, "Runs.")
    page = open_page(body, {"f-1": fact}, viewport={"width": 900, "height": 700}).page
    word = page.locator(".prp-pairs td", has_text="finished").first
    height, line = word.evaluate("e => [e.getBoundingClientRect().height, parseFloat(getComputedStyle(e).lineHeight)]")
    assert height < 2 * line
    assert page.evaluate("document.documentElement.scrollWidth") <= 900


def test_a_tip_stays_in_the_window_opens_by_focus_and_closes_by_escape(open_page: Open) -> None:
    page = open_page(*everything(), viewport={"width": 390, "height": 844}).page
    page.locator(".pr-value").focus()
    tip = page.locator(".pr-tip")
    assert tip.is_visible()
    box = tip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.locator("h1").click()
    page.locator(".pr-value").hover()
    assert tip.is_visible()


def test_the_contents_mark_the_section_that_is_read(paper: Opened) -> None:
    page = paper.page
    page.locator("#two").evaluate("e => e.scrollIntoView()")
    page.wait_for_selector('.pr-toc a[href="#two"][aria-current]')
    assert page.locator(".pr-toc [aria-current]").count() == 1


def test_the_citation_has_a_copy_button(paper: Opened) -> None:
    button = paper.page.locator("#pr-cite button")
    button.click()
    paper.page.wait_for_function("() => /Copied|Selected/.test(document.querySelector('#pr-cite button').textContent)")
