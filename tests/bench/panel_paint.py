"""How soon a curves panel of 100 runs × 10,000 points is painted, beside a plotly figure of the same numbers.

plotly is no dependency: give the path of its plotly.min.js in PLOTLY_JS (a `pip install plotly` of one's own has it in
plotly/package_data), and Chromium's in CHROMIUM. Without them there is no row.
"""

from __future__ import annotations

import json
import math
import os
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import CHROMIUM
from timing import pairs, say

from pressrun.panels.packed import pack, pack_frame

if TYPE_CHECKING:
    from playwright.sync_api import Page

RUNS, POINTS = 100, 10_000
STATIC = Path(__file__).parents[2] / "extension" / "pressrun" / "static"

#: From data that are there as text to the end of the frame in which all is on the screen.
OURS = """async () => {
  document.body.replaceChildren(Object.assign(document.createElement("div"), { id: "here" }));
  const began = performance.now();
  const fact = JSON.parse(window.fact);
  const nothing = () => undefined;
  const model = { get: key => ({ fact })[key], set: nothing, save_changes: nothing, on: nothing, off: nothing };
  const end = window.pressrun.render({ model, el: document.getElementById("here") });
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const took = performance.now() - began;
  if (document.querySelector(".prp-root").dataset.points !== window.points) throw new Error("points are missing");
  end();
  return took / 1000;
}"""
#: With plotly's plain traces: those for WebGL are many times slower on a machine without a graphics card.
THEIRS = """async () => {
  document.body.replaceChildren(Object.assign(document.createElement("div"), { id: "here" }));
  const began = performance.now();
  const how = { type: "scatter", mode: "lines", line: { width: 1 } };
  const data = JSON.parse(window.figure).map(trace => ({ ...trace, ...how }));
  await Plotly.newPlot("here", data, { width: 800, height: 450, showlegend: false });
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const took = performance.now() - began;
  Plotly.purge("here");
  return took / 1000;
}"""


def lines() -> list[list[float]]:
    """Give the runs' values."""
    chance = random.Random(1)
    return [
        [1 - math.exp(-x / 2000) * (1 + run / RUNS) + chance.gauss(0, 0.02) for x in range(POINTS)]
        for run in range(RUNS)
    ]


def fact_of(runs: list[list[float]]) -> dict[str, Any]:
    """Give the fact of two groups, every point in it, and the means that plotly need not draw."""
    frame: dict[str, list[Any]] = {name: [] for name in ("group", "run", "x", "value", "low", "high", "n")}
    for group, label in enumerate("ab"):
        own = runs[group::2]
        means = [sum(values) / len(own) for values in zip(*own, strict=True)]
        for name, values in [("", means), *((f"{label}{n}", values) for n, values in enumerate(own))]:
            frame["group"] += [label] * POINTS
            frame["run"] += [name] * POINTS
            frame["x"] += range(POINTS)
            frame["value"] += values
            frame["low"] += [None] * POINTS if name else [v - 0.01 for v in values]
            frame["high"] += [None] * POINTS if name else [v + 0.01 for v in values]
            frame["n"] += [1 if name else len(own)] * POINTS
    view = {
        "x": {"field": "step", "label": "step"},
        "y": {"label": "accuracy", "log": False, "metric": "acc", "direction": "max"},
        "band": "95% Student-t interval",
        "groups": [{"label": g, "runs": [], "color": i} for i, g in enumerate("ab")],
    }
    return {"kind": "curves", "title": "", "metrics": ["acc"], "frame": pack_frame(frame), "view": view, "runs": []}


def figure_of(runs: list[list[float]]) -> list[dict[str, Any]]:
    """Give plotly's traces in its own packed form."""
    return [
        {"x0": 0, "dx": 1, "y": {"dtype": "f8", "bdata": pack(values)["blocks"][0]["f8"]}} for values in runs
    ]  # fmt: skip


def open_page(page: Page, plotly: Path) -> None:
    """Open an empty page with both libraries and both data, as text."""
    runs = lines()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "index.html"
        place.write_text("<!doctype html><meta charset=utf-8><body style='width: 800px'></body>", "utf-8")
        page.goto(place.as_uri())
        page.add_script_tag(path=str(STATIC / "panels.js"), type="module")
        page.add_script_tag(path=str(plotly))
        page.evaluate("([fact, figure, points]) => Object.assign(window, { fact, figure, points })",
                      [json.dumps(fact_of(runs)), json.dumps(figure_of(runs)), str(RUNS * POINTS)])  # fmt: skip


def main() -> None:
    """Print the rows."""
    plotly = Path(os.environ.get("PLOTLY_JS", ""))
    chromium = Path(os.environ.get("CHROMIUM", CHROMIUM))
    if not plotly.is_file() or not chromium.is_file():
        say("no plotly.min.js in PLOTLY_JS, or no Chromium: no row for panels")
        print("[]")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), chromium_sandbox=False)
        page = browser.new_page(viewport={"width": 1000, "height": 700})
        open_page(page, plotly)

        def ours() -> float:
            return float(page.evaluate(OURS))

        def theirs() -> float:
            return float(page.evaluate(THEIRS))

        size = f"{RUNS} runs × {POINTS:,} points"
        row = pairs(f"paint curves ({size})", "plotly.js", "s", ours, theirs, 5)
        browser.close()
    print(json.dumps([row.as_json()]))


if __name__ == "__main__":
    main()
