"""What a published page promises its readers, held to in a real browser: papers built through the real command line."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser import accepted_paper
from tests.browser.published_page import STATIC
from tests.browser.test_panels_frontend import bring_to_life

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.published_page import Opened

    Open = Callable[..., Opened]

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent.parent.parent / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
#: The panels of accepted_paper by the figure they stand in.
PANELS = {
    "fig-curves": "curves",
    "fig-loss": "curves",
    "fig-sizes": "curves",
    "tbl-results": "table",
    "tbl-pair": "compare",
    "lst-train": "code",
}


@pytest.fixture(scope="module")
def site(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's site with a paper from the template and the paper that holds everything."""
    if not (STATIC / "page.js").exists():
        pytest.skip("the front end is not built: npm ci and npm run build in extension/lab")
    root = tmp_path_factory.mktemp("project")

    def pressrun(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
        line = [sys.executable, "-m", "pressrun.cli", *arguments]
        done = subprocess.run(line, cwd=root, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode in codes, done.stdout + done.stderr

    pressrun("init")
    pressrun("new", "p", "--template", "comparison")
    pressrun("build", "p", "--to", "html,pdf")
    accepted_paper.record_runs(root)
    accepted_paper.write_paper(root)
    # One claim of this paper fails, and the exit code says so; it is published all the same.
    pressrun("build", "everything", "--to", "html", codes=(1,))
    return root / "site"


@pytest.fixture
def everything(site: Path, open_file: Open) -> Opened:
    """The paper that holds everything, with all panels drawn."""
    opened = open_file(site / "everything" / "index.html", viewport=DESKTOP)
    bring_to_life(opened.page)
    return opened


@pytest.fixture(scope="module")
def still(site: Path, chromium: Browser) -> Iterator[Page]:
    """The paper that holds everything, for tests that change nothing in it but where the cursor stands."""
    page = chromium.new_context(offline=True, viewport=DESKTOP).new_page()  # type: ignore[arg-type]
    page.goto((site / "everything" / "index.html").as_uri())
    bring_to_life(page)
    yield page
    page.context.close()


def focus(page: Page, figure: str) -> None:
    page.locator(f"#{figure} .prp-plot").focus()


def overflowing(page: Page) -> int:
    """Give by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


# ---------------------------------------------------------------------------------------------- with JavaScript


@pytest.mark.parametrize("name", ["p", "everything"])
def test_every_panel_comes_to_life_without_an_error_or_a_request(site: Path, open_file: Open, name: str) -> None:
    opened = open_file(site / name / "index.html", viewport=DESKTOP)
    bring_to_life(opened.page)
    states = opened.page.evaluate("[...document.querySelectorAll('.pr-panel')].map((panel) => panel.dataset.state)")
    assert states == ["live"] * (len(PANELS) if name == "everything" else 2)
    assert opened.page.locator(".pr-fallback:visible").count() == 0
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1


def test_each_kind_of_panel_is_drawn_where_the_author_put_it(still: Page) -> None:
    assert {figure: still.locator(f"#{figure} .pr-panel").get_attribute("data-kind") for figure in PANELS} == PANELS
    for figure, kind in PANELS.items():
        drawn = {"curves": "canvas", "code": ".prp-line"}.get(kind, "table.prp-grid tbody tr")
        box = still.locator(f"#{figure} .pr-live {drawn}").first.bounding_box()
        assert box is not None, figure
        assert min(box["width"], box["height"]) > 8, figure


def test_a_charts_few_places_have_ticks_and_its_points_can_be_read_off(still: Page) -> None:
    focus(still, "fig-sizes")
    said = []
    for _ in accepted_paper.SIZES:
        still.keyboard.press("ArrowRight")
        said.append(still.locator("#fig-sizes [aria-live]").inner_text())
    assert [re.findall(r"n_train (\d+)\.", text) for text in said] == [[str(size)] for size in accepted_paper.SIZES]
    assert all(re.search(r"svm: \S+, interval \S+ to \S+, 4 runs", text) for text in said)


def test_formulas_are_laid_out_and_numbered(still: Page) -> None:
    sizes = still.evaluate(
        """[...document.querySelectorAll('main math')]
        .map((formula) => formula.getBoundingClientRect())
        .map((box) => [box.width, box.height])"""
    )
    assert len(sizes) == 4
    assert all(width > 4 and height > 4 for width, height in sizes)
    assert still.locator("#eq-mean .pr-eqno").inner_text() == "(1)"
    assert sizes[-2][1] > 30, "a displayed fraction is taller than a line"


def test_references_lead_where_they_say(still: Page) -> None:
    links = still.evaluate("[...document.querySelectorAll('main a[href^=\"#\"]')].map((a) => a.getAttribute('href'))")
    broken = [link for link in links if still.evaluate("(id) => !document.getElementById(id)", link[1:])]
    assert broken == []
    wanted = (
        "#fig-curves",
        "#fig-sizes",
        "#tbl-results",
        "#tbl-pair",
        "#lst-train",
        "#clm-holds",
        "#eq-mean",
        "#sec-method",
    )
    assert set(wanted) <= set(links)
    assert {"#ref-student1908", "#ref-cox1958"} <= set(links)
    assert "The Probable Error of a Mean" in still.locator("#ref-student1908").inner_text()
    still.locator("a.footnote-ref").click()
    assert "A note at the foot" in still.locator(".footnotes li:target").inner_text()


def test_hostile_names_stay_text(still: Page) -> None:
    focus(still, "fig-curves")
    still.keyboard.press("End")
    assert accepted_paper.HOSTILE in still.locator("#fig-curves .prp-tooltip").inner_text()
    assert accepted_paper.HOSTILE in still.locator("#tbl-results").inner_text()
    assert still.locator(".pr-live img, main img[src=x]").count() == 0
    assert still.evaluate("window.__hacked") is None


def test_a_value_shows_its_runs_to_pointer_keyboard_and_finger(site: Path, open_file: Open, everything: Opened) -> None:
    page = everything.page
    value, tip = page.locator("main .pr-value").first, page.locator("main .pr-tip").first
    assert not tip.is_visible()
    value.hover()
    assert tip.is_visible()
    said = tip.inner_text()
    assert re.search(r"N = 4\b", said)
    assert all(f"svm-1000-{seed}" in said for seed in accepted_paper.SEEDS)
    page.mouse.move(2, 2)
    assert not tip.is_visible()
    value.focus()
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()

    phone = open_file(site / "everything" / "index.html", viewport=PHONE, has_touch=True, is_mobile=True).page
    phone.locator("main .pr-value").first.tap()
    box = phone.locator("main .pr-tip").first.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert overflowing(phone) == 0
    phone.locator("h1").tap()
    assert not phone.locator("main .pr-tip").first.is_visible()


def test_a_panel_shows_its_runs_where_it_says_how_many(everything: Opened) -> None:
    disclosed = everything.page.locator("#fig-curves .pr-disclosure .pr-value")
    disclosed.scroll_into_view_if_needed()
    disclosed.hover()
    said = disclosed.locator(".pr-tip").inner_text()
    assert re.search(r"\d+ runs", said)
    assert "svm-1000-1" in said
    everything.page.mouse.move(2, 2)


def test_a_claim_shows_its_verdict_and_its_statistics_on_demand(everything: Opened) -> None:
    for verdict in accepted_paper.CLAIMS:
        claim = everything.page.locator(f"#clm-{verdict}")
        assert claim.get_attribute("data-verdict") == verdict
        assert verdict in claim.locator(".pr-verdict").inner_text().lower()
        assert not claim.locator("dl").is_visible()
        claim.locator("summary").click()
        assert claim.locator("dl").is_visible()
        assert ("p, corrected" in claim.inner_text()) == (verdict != "unsupported")


def test_page_contents_and_index_have_one_symbol_for_a_verdict(site: Path, open_file: Open, still: Page) -> None:
    seen: dict[str, set[str]] = {verdict: set() for verdict in accepted_paper.CLAIMS}
    for page in (still, open_file(site / "index.html").page):
        for mark in page.locator(".pr-verdict").all():
            symbol = mark.locator(".pr-symbol").text_content() or ""
            seen[mark.get_attribute("data-verdict") or ""].add(symbol.strip())
    assert {verdict: len(symbols) for verdict, symbols in seen.items()} == dict.fromkeys(accepted_paper.CLAIMS, 1)
    assert len(set.union(*seen.values())) == len(accepted_paper.CLAIMS)


def test_code_that_no_run_is_asked_for_discloses_no_selection(still: Page) -> None:
    assert "matched 12; shown 12" in still.locator("#fig-curves .pr-disclosure").inner_text()
    assert still.locator("#lst-train", has_text="matched").count() == 0


def test_a_table_sorts_and_its_data_can_be_downloaded(everything: Opened) -> None:
    page = everything.page
    results = page.locator("#tbl-results .prp-grid")
    names = results.locator("tbody th")
    as_written = names.all_inner_texts()
    heading = results.locator("thead th", has_text="test/acc")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    rising = [name.split("\n")[0].removesuffix("baseline").strip() for name in names.all_inner_texts()]
    assert rising == [accepted_paper.HOSTILE, "forest", "svm"]
    heading.locator("button").click()
    heading.locator("button").click()
    assert names.all_inner_texts() == as_written

    with page.expect_download() as waiting:
        page.locator("#fig-curves .prp-csv").click()
    text = Path(waiting.value.path()).read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    means = [row for row in rows if row["group"] == "svm" and row["run"] == ""]
    assert [float(row["x"]) for row in means] == list(range(0, 40, 2))
    assert {row["n"] for row in means} == {"4"}
    assert all(float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in means)


def test_curves_zoom_and_share_their_cursor(everything: Opened) -> None:
    page = everything.page
    plot = page.locator("#fig-curves .prp-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    step = re.search(r"step \d+", page.locator("#fig-curves .prp-tooltip").inner_text())
    assert step is not None
    assert step[0] in page.locator("#fig-loss .prp-tooltip").inner_text()
    assert not page.locator("#fig-sizes .prp-tooltip").is_visible(), "labels are not steps"
    page.mouse.down()
    page.mouse.move(left + 150, top + 2, steps=3)
    page.mouse.up()
    reset = page.locator("#fig-curves .prp-reset")
    assert reset.is_visible()
    reset.click()
    assert not reset.is_visible()


def test_the_theme_button_changes_page_and_charts(everything: Opened) -> None:
    page = everything.page
    ground = "getComputedStyle(document.body).backgroundColor"
    pixel = """() => { const c = document.querySelector('#fig-curves canvas'); const x = c.getContext('2d');
        const d = x.getImageData(0, 0, c.width, c.height).data; let sum = 0, n = 0;
        for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 200) { sum += d[i] + d[i + 1] + d[i + 2]; n++; }
        return sum / n; }"""
    button = page.locator("#pr-theme")
    button.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.wait_for_timeout(60)
    light, light_ink = page.evaluate(ground), page.evaluate(pixel)
    button.click()
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    page.wait_for_timeout(60)
    assert page.evaluate(ground) != light
    assert abs(page.evaluate(pixel) - light_ink) > 20, "the charts' ink goes with the theme"
    assert "dark" in button.inner_text()


def test_wide_parts_share_the_texts_left_edge_and_a_hundred_columns_of_code_fit(still: Page) -> None:
    edges = "(e) => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]"
    text_left, _ = still.locator(".pr-body > p").first.evaluate(edges)
    for figure in PANELS:
        for part in ("figcaption", ".pr-panel", ".pr-disclosure")[: 2 if figure == "lst-train" else 3]:
            left, right = still.locator(f"#{figure} > {part}").first.evaluate(edges)
            assert left == pytest.approx(text_left, abs=1), (figure, part)
            assert right <= DESKTOP["width"] - 24, (figure, part)
    assert still.locator("#lst-train .prp-code").evaluate("(e) => e.scrollWidth - e.clientWidth") == 0


def test_the_contents_follow_the_reader_and_lead_to_claims(everything: Opened) -> None:
    page = everything.page
    contents = page.locator(".pr-toc-side")
    page.locator("#sec-method").evaluate("(e) => e.scrollIntoView()")
    page.wait_for_function(
        "() => document.querySelector('.pr-toc-side [aria-current]')?.textContent.includes('Method')"
    )
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    current = "() => document.querySelector('.pr-toc-side [aria-current]')?.textContent.includes('References')"
    page.wait_for_function(current)
    assert contents.locator('a[href="#clm-fails"]').inner_text().startswith("✗")
    tall = contents.locator(".pr-toc-claims a").evaluate_all("(all) => all.map((a) => a.clientHeight)")
    assert max(tall) <= 56, "a claim is two lines at most"


# ------------------------------------------------------------------------------------------- without JavaScript


def test_without_javascript_everything_is_there(site: Path, open_file: Open) -> None:
    opened = open_file(site / "everything" / "index.html", viewport=DESKTOP, java_script_enabled=False)
    page = opened.page
    images = page.locator("figure img")
    assert images.count() == 3
    # Evaluating is the test's own; the page's scripts stay off.
    assert all(width > 100 for width in images.evaluate_all("(all) => all.map((i) => i.naturalWidth)"))
    assert all(images.evaluate_all("(all) => all.map((i) => i.alt.length > 0)"))
    assert page.locator("#tbl-results tbody tr").count() == len(accepted_paper.MODELS)
    assert page.locator("#tbl-pair tbody tr").count() > 2
    assert "range(steps)" in page.locator("#lst-train pre").inner_text()
    assert "a long column 8" in page.locator(".pr-output table").inner_text()
    for verdict in accepted_paper.CLAIMS:
        assert verdict in page.locator(f"#clm-{verdict} .pr-verdict").inner_text().lower()
    page.locator("#clm-holds summary").click()
    assert "paired by seed" in page.locator("#clm-holds dl").inner_text()
    value, tip = page.locator("main .pr-value").first, page.locator("main .pr-tip").first
    value.hover()
    assert tip.is_visible()
    page.mouse.move(2, 2)
    value.focus()
    assert tip.is_visible()
    assert not page.locator("#pr-theme").is_visible()
    assert opened.errors == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("name", ["p", "everything", ""])
def test_a_telephone_scrolls_one_way_only(site: Path, open_file: Open, name: str, *, javascript: bool) -> None:
    opened = open_file(site / name / "index.html", viewport=PHONE, java_script_enabled=javascript)
    assert overflowing(opened.page) == 0
    if javascript:
        bring_to_life(opened.page)
        assert overflowing(opened.page) == 0


def test_print_shows_the_static_faces_in_ink(everything: Opened) -> None:
    page = everything.page
    page.locator("#pr-theme").click()
    page.locator("#pr-theme").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".pr-live:visible, .pr-toc:visible, #pr-theme:visible, .pr-tip:visible").count() == 0
    assert page.locator(".pr-fallback:visible").count() == len(PANELS)
    assert page.locator("figure img:visible").count() == 3
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


# ------------------------------------------------------------------------------------------------- for everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["everything", ""], ids=["paper", "index"])
def test_axe_finds_nothing_serious(site: Path, open_file: Open, name: str, window: dict[str, int], scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in extension/lab")
    options = {"viewport": window, "color_scheme": scheme, "reduced_motion": "reduce"}
    page = open_file(site / name / "index.html", bypass_csp=True, **options).page
    bring_to_life(page)
    for summary in page.query_selector_all("main summary"):
        if summary.is_visible():
            summary.click()
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    serious = {
        violation["id"]: [(node["target"], node["failureSummary"]) for node in violation["nodes"]]
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    }
    assert serious == {}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(everything: Opened) -> None:
    page = everything.page
    page.evaluate("scrollTo(0, 0)")
    where = """() => { const e = document.activeElement; const s = getComputedStyle(e);
        const own = e.closest('figure, .pr-claim')?.id ?? '';
        const kind = [...e.classList].at(-1) ?? (e.id || e.localName);
        return [own, kind, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1, e === document.body]; }"""
    reached, unseen = [], []
    for _ in range(400):
        page.keyboard.press("Tab")
        own, kind, seen, left = page.evaluate(where)
        if left:
            break
        reached.append((own, kind))
        if not seen:
            unseen.append((own, kind))
    assert unseen == []
    wanted = {
        ("", "pr-skip"),
        ("", "pr-theme"),
        ("", "pr-value"),
        ("lst-train", "prp-copy"),
        ("tbl-results", "prp-sort"),
    }
    wanted |= {
        (figure, part)
        for figure in ("fig-curves", "fig-loss", "fig-sizes")
        for part in ("prp-plot", "prp-csv", "prp-key")
    }
    wanted |= {(f"clm-{verdict}", "summary") for verdict in accepted_paper.CLAIMS}
    assert wanted <= set(reached)
    assert reached[0] == ("", "pr-skip")
