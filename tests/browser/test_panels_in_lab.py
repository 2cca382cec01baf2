"""Saved papers in JupyterLab: panels, values and claims drawn from their facts, with no kernel and no trust."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import Lab, command, jupyterlab
from tests.browser.panel_facts import HOSTILE
from tests.browser.saved_outputs import PANEL, bundles, write_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "extension" / "lab" / "node_modules" / "axe-core" / "axe.min.js"
DRAWN = ".jp-pr-panel[data-state=ready] .prp-root"

#: WCAG's contrast of an element's text with what is behind it.
CONTRAST = """element => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (...colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = parts => {
    const [r, g, b] = parts.map(p => p / 255).map(p => p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = [];
  for (let each = element; each; each = each.parentElement) behind.unshift(getComputedStyle(each).backgroundColor);
  const [a, b] = [light(rgb(...behind)), light(rgb(...behind, getComputedStyle(element).color))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "pressrun.toml").write_text('title = "A study"\n')
    return folder


@pytest.fixture(scope="module")
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with jupyterlab(root, tmp_path_factory.mktemp("scratch")) as running:
        yield running


@pytest.fixture(scope="module")
def saved() -> dict[str, dict[str, Any]]:
    return bundles()


def test_a_saved_paper_shows_everything_with_no_kernel_and_untrusted(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    write_notebook(root / "all.ipynb", saved)
    page = lab.open(chromium, "all.ipynb", height=2400)
    page.wait_for_selector(f"{DRAWN} canvas")
    page.wait_for_function("() => document.querySelectorAll('.jp-pr-panel[data-state=ready]').length === 4")
    kinds = [each.get_attribute("data-kind") for each in page.locator(".jp-pr-panel").all()]
    assert kinds == ["curves", "table", "compare", "code"]
    trusted = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.trusted)"
    )
    assert not any(trusted)
    assert page.locator(".jp-pr-value").inner_text().startswith(saved["value"]["text/plain"])
    assert page.locator(".jp-pr-claim").get_attribute("data-state") in saved["claim"]["text/plain"]
    # It is interactive: the table sorts, the curves read off by keyboard.
    page.locator(".prp-sort").nth(2).click()
    assert page.locator("th[aria-sort=ascending]").count() == 1
    page.locator(".prp-plot").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".prp-tooltip").is_visible()
    page.context.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_every_view_follows_the_theme_at_once_and_can_be_read(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any], theme: str
) -> None:
    write_notebook(root / "themes.ipynb", saved)
    page = lab.open(chromium, "themes.ipynb", height=2400)
    page.wait_for_selector(f"{DRAWN} canvas")
    command(page, "apputils:change-theme", {"theme": theme})
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    # Each panel is drawn by itself, and the last one a while after the first.
    page.wait_for_function("() => document.querySelectorAll('.jp-pr-panel[data-state=ready]').length === 4")
    page.wait_for_selector(".jp-pr-claim td")
    texts = page.locator(
        ".prp-yname, .prp-foot, .prp-notes > *, .prp-toolbar button, .prp-grid td, .prp-grid th, .prp-source, "
        ".jp-pr-value > *:not(.jp-pr-mark), .jp-pr-claim p, .jp-pr-claim-verdict, .jp-pr-claim td"
    )
    ratios = [(each.evaluate(CONTRAST), each.inner_text()) for each in texts.all() if each.is_visible()]
    assert len(ratios) > 30
    assert min(ratios)[0] >= 4.5, min(ratios)
    # The chart is drawn anew in inks for this background: on a dark one the lines are lighter than the paper.
    dark = "Dark" in theme
    page.wait_for_function(
        """dark => {
          const canvas = document.querySelector(".prp-canvas canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const sums = [0, 0];
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] < 250) continue;
            sums[0] += data[i] + data[i + 1] + data[i + 2];
            sums[1] += 3;
          }
          return sums[1] > 100 && (sums[0] / sums[1] > 128) === dark;
        }""",
        arg=dark,
    )
    page.context.close()


def test_facts_that_cannot_be_drawn_are_told_in_their_place_above_the_static_face(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    hostile = copy.deepcopy(saved["table"])
    hostile[PANEL]["title"] = hostile[PANEL]["disclosure"]["text"] = HOSTILE
    hostile[PANEL]["view"]["grid"]["rows"][0]["cells"][0]["text"] = HOSTILE
    nameless = copy.deepcopy(saved["curves"])
    del nameless[PANEL]["frame"]["value"]
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>window.__hacked = 1</script><text y="20">face</text></svg>'
    write_notebook(
        root / "broken.ipynb",
        {
            "null": {PANEL: None, "text/html": "<p>static face</p><script>window.__hacked = 2</script>"},
            "unknown": {PANEL: {"kind": HOSTILE, "view": {}}, "image/svg+xml": svg},
            "nameless": nameless,
            "claim": {"application/vnd.pressrun.claim.v1+json": {"verdict": "__proto__"}, "text/plain": "a claim"},
            "value": {"application/vnd.pressrun.value.v1+json": [1], "text/plain": "0.9"},
            "packed": {PANEL: {"kind": "curves", "view": {"groups": []}, "frame": {"x": {"blocks": [{"f8": "!"}]}}}},
            "hostile": hostile,
            "query": {"application/vnd.pressrun.query.v1+json": {"id": "q"}, "text/plain": "query text"},
            "plain": {"text/plain": "another output"},
        },
    )
    page = lab.open(chromium, "broken.ipynb", height=2400)
    page.wait_for_function("() => document.querySelectorAll('[data-state=failed]').length === 6")
    page.wait_for_selector(DRAWN)
    alerts = page.locator(".jp-pr-failure:visible")
    assert all("data are still in the notebook" in text for text in alerts.all_inner_texts())
    assert page.locator(".jp-pr-panel[data-state=failed] .jp-pr-face img").count() == 2
    assert "static face" in page.locator(".jp-pr-face").first.inner_text()
    assert HOSTILE in page.locator(f"{DRAWN} .prp-foot").inner_text()
    assert page.get_by_text("another output").is_visible()
    assert not page.get_by_text("query text").is_visible()
    assert page.evaluate("() => window.__hacked") is None
    page.context.close()


def test_without_its_chart_code_the_static_face_stays_and_a_second_try_draws(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    write_notebook(root / "blocked.ipynb", {"curves": saved["curves"]})
    context = chromium.new_context()
    context.close()
    page = lab.open(chromium, "")
    # The chunk with the charts is the one large file of the extension.
    page.route("**/extensions/@pressrun/lab/static/*.js*", lambda route: route.abort())
    command(page, "docmanager:open", {"path": "blocked.ipynb"})
    page.wait_for_selector(".jp-pr-panel[data-state=failed]")
    assert "could not be loaded" in page.locator(".jp-pr-failure").inner_text()
    picture = page.locator(".jp-pr-face img")
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 100
    page.unroute("**/extensions/@pressrun/lab/static/*.js*")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(f"{DRAWN} canvas")
    assert page.locator(".jp-pr-face").count() == 0
    page.context.close()


def test_nothing_is_blank_or_jumps_while_panels_come(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    write_notebook(root / "coming.ipynb", {"curves": saved["curves"], "value": saved["value"]})
    page = lab.open(chromium, "")
    page.evaluate(
        """() => {
          window.seen = [];
          const look = () => {
            const panel = document.querySelector(".jp-pr-panel");
            if (panel?.clientWidth) {
              const shown = panel.querySelector(".jp-pr-face img, .prp-root");
              window.seen.push([panel.offsetHeight, shown !== null, panel.dataset.state]);
            }
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    command(page, "docmanager:open", {"path": "coming.ipynb"})
    page.wait_for_selector(f"{DRAWN} canvas")
    page.wait_for_function("() => window.seen.at(-1)[2] === 'ready'")
    seen = page.evaluate("() => window.seen")
    assert all(shown for _, shown, _ in seen)
    heights = {height for height, _, _ in seen}
    assert max(heights) - min(heights) <= 24, heights
    page.context.close()


def test_an_output_that_is_replaced_keeps_its_chart_and_the_reader_s_choices(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    write_notebook(root / "again.ipynb", {"curves": saved["curves"]})
    page = lab.open(chromium, "again.ipynb")
    page.wait_for_selector(f"{DRAWN} canvas")
    page.get_by_role("button", name="log y").click()
    page.evaluate("() => { window.canvas = document.querySelector('.jp-pr-panel canvas'); }")
    area = "window.jupyterapp.shell.currentWidget.content.widgets[0].outputArea.model"
    # As `update_display` does: another result in the place of the first.
    page.evaluate(
        f"""() => {{
          const output = {area}.get(0).toJSON();
          output.data["{PANEL}"].disclosure.text = "later";
          output.data["{PANEL}"].frame.value[0] = 0.1;
          {area}.set(0, output);
        }}"""
    )
    page.wait_for_function("() => document.querySelector('.prp-foot').textContent === 'later'")
    assert page.evaluate("() => window.canvas.isConnected")
    assert page.get_by_role("button", name="log y").get_attribute("aria-pressed") == "true"
    # As running the cell again does: the output goes, and one like it comes.
    page.evaluate(f"() => {{ const output = {area}.get(0).toJSON(); {area}.clear(); {area}.add(output); }}")
    page.wait_for_function("() => !window.canvas.isConnected")
    page.wait_for_selector(f"{DRAWN} canvas")
    assert page.get_by_role("button", name="log y").get_attribute("aria-pressed") == "true"
    page.context.close()


def test_of_many_panels_only_those_near_the_window_are_drawn_and_none_leaks(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    write_notebook(root / "many.ipynb", {f"curves{n}": saved["curves"] for n in range(24)}, between=1)
    page = lab.open(chromium, "")
    page.evaluate(
        """() => window.jupyterapp.serviceManager.settings.save(
             "@jupyterlab/notebook-extension:tracker", '{"windowingMode": "full"}')"""
    )
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.started")
    command(page, "docmanager:open", {"path": "many.ipynb"})
    page.wait_for_selector(f"{DRAWN} canvas")
    for cell in (6, 12, 18, 24, 36, 46, 30, 10, 0):
        page.evaluate("n => window.jupyterapp.shell.currentWidget.content.scrollToItem(n)", cell)
        page.wait_for_function(
            """() => {
              const outer = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
              const seen = [...document.querySelectorAll(".jp-pr-panel")].filter(each => {
                const box = each.getBoundingClientRect();
                return box.bottom > outer.top && box.top < outer.bottom && box.height > 0;
              });
              return seen.every(each => each.dataset.state === "ready");
            }"""
        )
        page.wait_for_function("() => document.querySelectorAll('.jp-pr-panel canvas').length <= 8")
    # JupyterLab may have written the kernel's name into it, and would ask whether to save that.
    page.evaluate("() => { const { context } = window.jupyterapp.shell.currentWidget; context.model.dirty = false; }")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.close()")
    page.wait_for_function("() => document.querySelectorAll('.jp-pr-panel').length === 0")
    page.evaluate(
        """() => window.jupyterapp.serviceManager.settings.save("@jupyterlab/notebook-extension:tracker", "{}")"""
    )
    page.context.close()


def test_single_keys_stay_with_a_panel_s_controls_and_escape_leads_back(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any]
) -> None:
    write_notebook(root / "keys.ipynb", {"table": saved["table"], "curves": saved["curves"]})
    page = lab.open(chromium, "keys.ipynb", height=1400)
    page.wait_for_selector(f"{DRAWN} canvas")
    cells = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    for control in (".prp-sort", ".prp-plot", "select", "input[type=range]"):
        page.locator(f".jp-pr-panel {control}").first.focus()
        for key in ("x", "a", "b", "d", "d", "m"):
            page.keyboard.press(key)
        assert page.evaluate(cells) == 2, control
        assert page.evaluate("() => document.activeElement.closest('.jp-pr-panel') !== null"), control
        page.keyboard.press("Escape")
        if page.evaluate("() => document.activeElement.closest('.jp-pr-panel') !== null"):
            page.keyboard.press("Escape")
        assert page.evaluate("() => document.activeElement.matches('.jp-Cell, .jp-Notebook')"), control
    # There the notebook's keys are its own again, and those with Ctrl never were anybody else's.
    page.keyboard.press("b")
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.widgets.length === 3")
    page.locator(".jp-pr-panel .prp-sort").first.focus()
    page.keyboard.press("Control+Shift+C")
    page.wait_for_selector(".lm-CommandPalette-input:focus")
    page.context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious_in_our_views(
    lab: Lab, root: Path, chromium: Browser, saved: dict[str, Any], dark: bool
) -> None:
    broken = {"broken": {PANEL: {"kind": "none", "view": {}}, "text/html": "<p>face</p>"}}
    write_notebook(root / "axe.ipynb", {**saved, **broken})
    page = lab.open(chromium, "axe.ipynb", height=2600, dark=dark)
    page.wait_for_selector(f"{DRAWN} canvas")
    page.wait_for_selector(".jp-pr-panel[data-state=failed]")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("() => axe.run({include: [['.jp-pr-panel'], ['.jp-pr-value'], ['.jp-pr-claim']]})")
    serious = [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.context.close()


def test_notebook_7_draws_them_too(root: Path, chromium: Browser, saved: dict[str, Any], tmp_path: Path) -> None:
    write_notebook(root / "seven.ipynb", saved)
    with jupyterlab(root, tmp_path, app="notebook") as running:
        page = chromium.new_context(viewport={"width": 1200, "height": 2400}).new_page()
        page.goto(f"{running.url}/notebooks/seven.ipynb?token=a-token-of-the-tests")
        page.wait_for_selector(f"{DRAWN} canvas", timeout=60_000)
        page.wait_for_function("() => document.querySelectorAll('.jp-pr-panel[data-state=ready]').length === 4")
        page.wait_for_selector(".jp-pr-claim-verdict:visible")
        page.context.close()
