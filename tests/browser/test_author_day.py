"""An author's day in JupyterLab, from a template to a published paper whose claim breaks, and pictures of it.

`make pictures` names a folder in PRESSRUN_PICTURES, and the pictures of each view, light and dark, are written there.
"""

from __future__ import annotations

import io
import math
import os
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import command, jupyterlab
from tests.conftest import Study

from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Model → where its accuracy tends to, and how many steps it takes to get there.
MODELS = {"svm": (0.972, 4.0), "forest": (0.955, 6.0), "logreg": (0.948, 3.0)}
SEEDS = 6
PATH = "papers/kernels/paper.ipynb"

CELL = """n => { const book = window.jupyterapp.shell.currentWidget.content;
  book.activeCellIndex = n; book.mode = 'command'; }"""
ADD = """([kind, source]) => { const panel = window.jupyterapp.shell.currentWidget; const book = panel.content;
  const at = book.widgets.length; panel.model.sharedModel.insertCell(at, {cell_type: kind, source});
  book.activeCellIndex = at; }"""


class Day:
    """The window of one author, and a folder for what it looks like."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def do(self, name: str, **arguments: object) -> None:
        """Execute a command without waiting for what it opens."""
        self.page.evaluate(
            "([name, args]) => { void window.jupyterapp.commands.execute(name, args) }", [name, arguments]
        )

    def picture(self, name: str, hovered: Locator | None = None) -> None:
        """Keep what the window shows, in the light theme and in the dark one, the pointer over something."""
        for theme, suffix in (("JupyterLab Dark", "-dark"), ("JupyterLab Light", "")):
            command(self.page, "apputils:change-theme", {"theme": theme})
            light = "false" if suffix else "true"
            self.page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=light)
            self.page.wait_for_timeout(700)
            if hovered is not None:
                hovered.hover()
                self.page.wait_for_timeout(300)
            _save(self.page.screenshot(), self.folder / f"lab-{name}{suffix}.png")

    def cell(self, number: int) -> None:
        """Go to a cell."""
        self.page.evaluate(CELL, number)

    def add(self, kind: str, source: str) -> None:
        """Write a cell at the end of the notebook and run it."""
        self.page.evaluate(ADD, [kind, source])
        command(self.page, "notebook:run-cell")


def _save(png: bytes, path: Path) -> None:
    """Write a picture with as many colours as a window has, so that a repository can hold it."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def record(study: Study, model: str, seed: int, level: float, pace: float, draw: random.Random) -> None:
    config = {"model": model, "C": 10 if model == "svm" else 1, "seed": seed}
    with start_run(
        name=f"{model}-{seed}", config=config, tags={"study": "kernels"}, folder=study.root / "runs", resources=False
    ) as run:
        shift = draw.gauss(0, 0.004)
        for step in range(40):
            accuracy = level + shift - 0.5 * math.exp(-step / pace) + draw.gauss(0, 0.002)
            run.log({"val/acc": accuracy, "train/loss": 0.05 + 2 * math.exp(-step / pace)}, step=step)
        run.summary["test/acc"] = level + shift + draw.gauss(0, 0.002)


@pytest.fixture
def kernels(tmp_path: Path) -> Study:
    """Eighteen runs of two models."""
    root = tmp_path / "study"
    root.mkdir()
    study = Study(root)
    (study.root / "pressrun.toml").write_text(
        'title = "Kernels"\n[metrics."test/acc"]\ndirection = "max"\ntitle = "test accuracy"\n'
        '[metrics."val/acc"]\ndirection = "max"\ntitle = "validation accuracy"\n'
    )
    draw = random.Random(7)
    for model, (level, pace) in MODELS.items():
        for seed in range(SEEDS):
            record(study, model, seed, level, pace, draw)
    return study


@pytest.mark.timeout(600)
def test_an_author_writes_checks_and_publishes_a_paper(
    kernels: Study, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The pictures name nobody.
    for name, value in (("COUNT", "1"), ("KEY_0", "user.name"), ("VALUE_0", "Ada Example")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    folder = Path(os.environ.get("PRESSRUN_PICTURES", tmp_path / "pictures"))
    with jupyterlab(kernels.root, tmp_path / "scratch") as lab:
        page = lab.open(chromium, width=1600, height=1000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        day = Day(page, folder)
        begins_a_paper(day)
        finds_runs(day)
        inserts_by_form(day)
        inserts_by_drag(day)
        writes_numbers(day)
        compares_runs(day)
        builds_and_previews(day, kernels)
        sees_a_claim_break(day, kernels)
        page.context.close()
    assert errors == []
    assert {path.name for path in folder.glob("lab-*.png")} >= {
        f"lab-{view}{theme}.png"
        for view in ("runs", "insert", "prose", "compare", "preview", "paper", "versions")
        for theme in ("", "-dark")
    }


def begins_a_paper(day: Day) -> None:
    day.do("pressrun:new-paper", template="comparison")
    dialog = day.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("kernels")
    dialog.get_by_label("Title").fill("Does a kernel help?")
    dialog.get_by_role("button", name="Create").click()
    day.page.wait_for_function("path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=PATH)
    # A new paper runs itself, once.
    day.page.locator(".jp-pr-panel[data-state=ready]").first.wait_for()


def finds_runs(day: Day) -> None:
    page = day.page
    day.do("pressrun:show-runs")
    box = page.locator(".jp-pr-where-input")
    box.fill("config.model = 'svm'")
    page.locator(".jp-pr-where-box[data-wrong]").wait_for()
    box.fill("config.model in ['svm', 'logreg']")
    page.locator(".jp-pr-where-foot", has_text="12 of 18 runs").wait_for()
    page.keyboard.press("Enter")
    day.picture("runs")


def inserts_by_form(day: Day) -> None:
    page = day.page
    day.cell(5)
    day.do("pressrun:insert-panel")
    page.locator('.jp-pr-card[data-kind="curves"]').click()
    page.locator(".jp-pr-panel-preview canvas").wait_for()
    # Models go with their C, and seeds are repetitions: the form says what the runs are grouped by.
    page.get_by_role("button", name="Remove config.model").wait_for()
    page.get_by_role("textbox", name="Caption").fill("Validation accuracy of the models by step.")
    page.wait_for_function("() => document.querySelector('.jp-pr-code pre')?.textContent.includes('fig-cap')")
    day.picture("insert")
    page.get_by_role("button", name="Insert", exact=True).click()
    page.locator(".jp-pr-insert").wait_for(state="detached")
    inserted = page.locator(".jp-CodeCell", has_text="Validation accuracy of the models").last
    inserted.locator(".jp-pr-panel[data-kind=curves][data-state=ready] canvas").first.wait_for()
    # And changes it, by the same form.
    day.do("pressrun:edit-panel")
    page.locator(".jp-pr-panel-preview canvas").wait_for()
    page.get_by_role("textbox", name="Caption").fill("Validation accuracy of two models by step.")
    page.get_by_role("button", name="Change Cell").click()
    page.locator(".jp-pr-insert").wait_for(state="detached")
    changed = page.locator(".jp-CodeCell", has_text="Validation accuracy of two models").last
    changed.locator(".jp-pr-panel[data-state=ready] canvas").first.wait_for()


def inserts_by_drag(day: Day) -> None:
    page = day.page
    handle = page.get_by_role("button", name="Insert table").bounding_box()
    cell = page.locator(".jp-Notebook .jp-CodeCell", has_text="two models").last
    cell.locator(".jp-InputArea").scroll_into_view_if_needed()
    target = cell.locator(".jp-InputArea").bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 60, handle["y"] - 40, steps=3)
    page.locator(".jp-pr-drag").wait_for()
    for nearer in range(4):
        page.mouse.move(target["x"] + 120 + nearer, target["y"] + 20, steps=4)
    page.mouse.up()
    # The template has a table of its own; cells out of sight are not in the page.
    page.wait_for_function(
        """() => Array.from(window.jupyterapp.shell.widgets("main"))
             .flatMap(w => Array.from(w.content?.model?.cells ?? []))
             .filter(cell => cell.sharedModel.source.includes("pr.table(")).length === 2"""
    )


def writes_numbers(day: Day) -> None:
    page = day.page
    day.add(
        "code",
        "svm = pr.runs(where=\"config.model == 'svm'\")\n"
        "logreg = pr.runs(where=\"config.model == 'logreg'\")\n"
        'svm_acc, logreg_acc = pr.value(svm, "test/acc"), pr.value(logreg, "test/acc")',
    )
    day.add(
        "code",
        '#| label: clm-kernel\npr.claim("A kernel helps.", pr.greater(svm, logreg, "test/acc"))',
    )
    page.locator(".jp-pr-claim", has_text="A kernel helps.").wait_for()
    day.add(
        "markdown",
        "With a kernel `{python} svm_acc` of the images are classified correctly, without one `{python} logreg_acc`\n"
        "(@clm-kernel, [@student1908]).",
    )
    number = page.locator(".jp-MarkdownCell .jp-pr-inline").last
    number.wait_for()
    page.locator(".jp-MarkdownCell", has_text=re.compile(r"With a kernel 0\.9\d+")).first.wait_for()
    day.picture("prose", number)
    command(page, "docmanager:save")


def compares_runs(day: Day) -> None:
    page = day.page
    names = "#pressrun-runs [role=grid] .jp-pr-runs-row[data-key] [role=rowheader] .jp-pr-text"
    page.locator(names, has_text="svm-0").click()
    page.locator(names, has_text="logreg-0").click(modifiers=["Control"])
    page.get_by_role("button", name="Side by side").click()
    page.locator(".jp-pr-compare-table").wait_for()
    page.locator(".jp-pr-chart canvas").first.wait_for()
    day.picture("compare")
    command(page, "application:close")


def builds_and_previews(day: Day, study: Study) -> None:
    page = day.page
    day.do("pressrun:show-paper")
    side = page.locator(".jp-pr-paper")
    side.get_by_role("button", name="Build", exact=True).click()
    side.get_by_role("progressbar", name="Build").wait_for()
    side.get_by_text("Published version 1").first.wait_for(timeout=120_000)
    assert "A kernel helps." in study.page("kernels")
    command(page, "application:toggle-left-area")
    day.do("pressrun:preview")
    frame = page.frame_locator("iframe.jp-pr-page-preview-frame[data-shown], iframe.jp-pr-page-preview-frame").first
    frame.get_by_role("heading", name="Does a kernel help?").wait_for()
    day.picture("preview")
    command(page, "application:close")
    command(page, "application:toggle-left-area")


def sees_a_claim_break(day: Day, study: Study) -> None:
    page = day.page
    draw = random.Random(11)
    for seed in range(SEEDS, 4 * SEEDS):
        record(study, "svm", seed, 0.90, 4.0, draw)
        record(study, "logreg", seed, 0.96, 4.0, draw)
    side = page.locator(".jp-pr-paper")
    side.locator(".jp-pr-paper-state", has_text="stale").wait_for()
    day.do("pressrun:build", update=True)
    side.get_by_text("Published version 2").first.wait_for(timeout=120_000)
    side.get_by_text("A kernel helps.").first.wait_for()
    side.get_by_role("region", name="Broken claims").wait_for()
    page.locator(".jp-pr-paper-status", has_text=re.compile("claims 1 of 2 hold")).wait_for()
    day.picture("paper")
    day.do("pressrun:compare-versions", paper="kernels", old=1, new=2)
    page.locator(".jp-pr-versions, .jp-pr-version-changes").first.wait_for()
    day.picture("versions")
