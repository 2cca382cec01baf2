"""How smoothly JupyterLab's runs table scrolls through 10,000 runs of 50 columns, and how soon a filter is answered.

The frames are those of the browser's own performance trace.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from tests.browser.lab import command, jupyterlab
from tests.conftest import ARGUMENTS, CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

RUNS = 10_000
CONFIG, SUMMARY = 24, 24
#: Milliseconds that no frame and no filter may take longer than.
FRAME, FILTER = 50, 200
FILTERS = ("config.model == 'm3'", "summary['metric 7'] > 0.5", "config.p11 < 40 and config.model in ['m1', 'm2']")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def write_runs(folder: Path) -> None:
    """Record one run, and write the others as copies of it with numbers of their own."""
    from pressrun.recording.active import start_run

    with start_run("run", {}, folder=folder, resources=False) as run:
        run.summary["metric 0"] = 0.0
    (first,) = folder.iterdir()
    head = json.loads((first / "run.json").read_text("utf-8"))
    _, *ends = (first / "events.jsonl").read_text("utf-8").splitlines()
    chance = random.Random(7)
    for number in range(RUNS - 1):
        config = {"model": f"m{number % 7}", **{f"p{k}": chance.randrange(100) for k in range(CONFIG - 1)}}
        values = {f"metric {k}": chance.random() for k in range(SUMMARY)}
        name = f"run {number}"
        copy = folder / f"run-{number}"
        copy.mkdir()
        own = {**head, "id": copy.name, "name": name, "config": config, "started": head["started"] - number}
        (copy / "run.json").write_text(json.dumps(own))
        (copy / "events.jsonl").write_text("\n".join([json.dumps({"kind": "summary", "values": values}), *ends, ""]))


_TASKS = ("RunTask", "ThreadControllerImpl::RunTask")


class Trace:
    """Records a Chromium trace of one page."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        self.events: list[dict[str, Any]] = []
        session.on("Tracing.dataCollected", lambda part: self.events.extend(part["value"]))

    def __enter__(self) -> Trace:
        categories = "devtools.timeline,disabled-by-default-devtools.timeline.frame,toplevel"
        self.session.send("Tracing.start", {"categories": categories, "transferMode": "ReportEvents"})
        return self

    def __exit__(self, *_: object) -> None:
        done: list[bool] = []
        self.session.on("Tracing.tracingComplete", lambda _: done.append(True))
        self.session.send("Tracing.end")
        while not done:
            self.session.send("Runtime.evaluate", {"expression": "0"})

    def tasks(self, *, cpu: bool = False) -> list[float]:
        """Give the milliseconds of all tasks of the page's main thread, or those that it had a processor for."""
        mains = {
            (e["pid"], e["tid"])
            for e in self.events
            if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
        }
        durations = [
            e.get("tdur" if cpu else "dur", 0) / 1000
            for e in self.events
            if "dur" in e
            and e["name"] in ("RunTask", "ThreadControllerImpl::RunTask")
            and (e["pid"], e["tid"]) in mains
        ]
        return sorted(durations, reverse=True)


#: Times between frames while the table scrolls; the page's own clock, the same that the trace has.
WATCH = """() => { window.frames_ = []; let last = performance.now();
  const tick = now => { window.frames_.push(now - last); last = now; window.ticking_ = requestAnimationFrame(tick); };
  window.ticking_ = requestAnimationFrame(tick); }"""
END = "() => { cancelAnimationFrame(window.ticking_); return window.frames_.slice(2); }"


def scroll(page: Page, strokes: int, dy: int, pause: float, dx: int = 0) -> tuple[list[float], int]:
    """Turn the wheel; give the milliseconds between frames, and how many rows were seen empty."""
    page.evaluate(WATCH)
    empty = 0
    for _ in range(strokes):
        page.mouse.wheel(dx, dy)
        page.wait_for_timeout(pause)
        empty += page.locator(".jp-pr-runs-row[aria-busy]").count() > 0
    return page.evaluate(END), empty


def filter_times(page: Page) -> list[float]:
    """Give the milliseconds from a filter's last key to its answer on the screen."""
    times = []
    for text in FILTERS:
        box = page.locator(".jp-pr-wide .jp-pr-where-input")
        box.fill("")
        page.wait_for_function(
            f"() => document.querySelector('.jp-pr-wide .jp-pr-where-foot').innerText.startsWith('{RUNS:,} runs')"
        )
        page.evaluate(
            """() => { window.answered_ = 0; const foot = document.querySelector('.jp-pr-wide .jp-pr-where-foot');
            const seen = () => { if (foot.innerText.includes(' of ')) requestAnimationFrame(() => setTimeout(() => {
              window.answered_ ||= performance.now() - window.typed_; })); };
            new MutationObserver(seen).observe(foot, {subtree: true, childList: true, characterData: true});
            document.querySelector('.jp-pr-wide .jp-pr-where-input').addEventListener('input',
              () => { window.typed_ = performance.now(); }, {capture: true}); }"""
        )
        box.fill(text)
        page.wait_for_function("() => window.answered_ > 0")
        times.append(page.evaluate("window.answered_"))
        page.wait_for_timeout(300)
    return times


def measure(page: Page) -> dict[str, Any]:
    began = time.perf_counter()
    command(page, "pressrun:show-runs-table")
    page.wait_for_selector(".jp-pr-wide .jp-pr-runs-row[data-key]", timeout=300_000)
    page.wait_for_function(
        f"() => document.querySelector('.jp-pr-wide .jp-pr-where-foot').innerText.startsWith('{RUNS:,} runs')",
        timeout=300_000,
    )
    first = time.perf_counter() - began
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    began = time.perf_counter()
    command(page, "pressrun:show-runs-table")
    page.wait_for_selector(".jp-pr-wide .jp-pr-runs-row[data-key]", timeout=60_000)
    opened = time.perf_counter() - began
    choose_all_columns(page)
    # What JupyterLab does after its start is not the table's.
    page.wait_for_timeout(3_000)
    box = page.locator(".jp-pr-wide .jp-pr-runs-grid").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with Trace(page.context.new_cdp_session(page)) as trace:
        slow, empty_slow = scroll(page, 120, 120, 16)
        fast, empty_fast = scroll(page, 60, 2_500, 16)
        across, _ = scroll(page, 40, 0, 16, dx=150)
    frames = slow + fast + across
    answers = filter_times(page)
    return {
        "runs": RUNS,
        "columns": page.locator(".jp-pr-wide [role=grid]").get_attribute("aria-colcount"),
        "first reading, s": round(first, 2),
        "opening, s": round(opened, 2),
        "frames": len(frames),
        "median frame, ms": round(statistics.median(frames), 1),
        "longest frame, ms": round(max(frames), 1),
        "longest frames by way, ms": [round(max(way), 1) for way in (slow, fast, across)],
        "longest task in the trace, ms": [round(each, 1) for each in trace.tasks()[:5]],
        "the same, ms of processor time": [round(each, 1) for each in trace.tasks(cpu=True)[:5]],
        "looks with rows on their way": [empty_slow, empty_fast],
        "filter, ms": [round(each) for each in answers],
    }


def choose_all_columns(page: Page) -> None:
    """Show every field, through the state that the table keeps."""
    page.locator(".jp-pr-wide button", has_text="Columns").click()
    fields = page.locator(".jp-pr-picker-field input:not(:checked)")
    while fields.count() > 0:
        fields.first.click()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.jp-pr-wide .jp-pr-coming')")


def main() -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory() as name:
        root, scratch = Path(name) / "project", Path(name) / "scratch"
        for folder in (root, scratch):
            folder.mkdir()
        (root / "pressrun.toml").write_text('title = "Ten thousand runs"\n')
        say(f"recording {RUNS} runs …")
        write_runs(root / "runs")
        say("opening JupyterLab …")
        with jupyterlab(root, scratch) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, chromium_sandbox=False)
            found = measure(lab.open(browser))
            browser.close()
    say(json.dumps(found, indent=1))
    rows: list[dict[str, object]] = [
        {"what": "opening the table", "ms": 1000 * found["opening, s"]},
        {"what": "longest frame while it scrolls", "ms": found["longest frame, ms"], "limit": FRAME},
        {"what": "median frame", "ms": found["median frame, ms"]},
        {
            "what": "longest task, time on the processor",
            "ms": found["the same, ms of processor time"][0],
            "limit": FRAME,
        },
    ]
    rows += [
        {"what": f"answer to `{where}` on screen", "ms": taken, "limit": FILTER}
        for where, taken in zip(FILTERS, found["filter, ms"], strict=True)
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
