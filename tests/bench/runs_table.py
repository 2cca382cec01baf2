"""How fast the table of JupyterLab's sidebar is answered from ten thousand runs: windows, expressions, orders."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from many_runs import make
from timing import say

from pressrun.project import Project
from pressrun.server.runs.completion import complete
from pressrun.server.runs.register import Register
from pressrun.server.runs.selecting import select
from pressrun.server.runs.table import _window

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 10_000
WHERE = "config.model == 'svm' and summary['val/acc'] > 0.5"


def measured(what: str, work: Callable[[], object], times: int = 1) -> dict[str, Any]:
    """Give the median wall time of some work in milliseconds, and its time on the processor."""
    taken, busy = [], []
    for _ in range(times):
        began, at_work = time.perf_counter(), time.thread_time()
        work()
        taken.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - at_work) * 1000)
    row = {"what": what, "ms": round(statistics.median(taken), 1), "cpu_ms": round(statistics.median(busy), 1)}
    say(f"{what}: {row['ms']} ms ({row['cpu_ms']} ms of the processor)")
    return row


def main() -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        say(f"making {RUNS:,} runs")
        make(root, RUNS)
        project = Project.find(root)
        register = Register(project, project.sources)
        rows = [measured("the first reading, without an index", register.now)]
        again = Register(project, project.sources)
        rows.append(measured("the first reading of a new server, with one", again.now))
        fields = [column["field"] for column in register.finder.fields.describe(register.now())]
        ask = {"where": "", "sort": [], "columns": fields[:50], "offset": 0, "limit": 200}
        order = [{"field": "config.lr", "descending": True}]
        some = [key for key in register.now().keys if "a" in key][:40]
        cases: dict[str, Callable[[], object]] = {
            "a window of 200 rows and 50 columns": lambda: _window(register, ask),
            "the same of an expression, sorted, asked again": lambda: _window(
                register, ask | {"where": WHERE, "sort": order}
            ),
            "completion at a value": lambda: complete(register.now(), register.finder, "config.model == 's", 18),
            "the expression for forty runs": lambda: select(register.now(), register.finder, some, ""),
            "a look while nothing changed": register.look,
        }
        rows.append(measured("a new expression", lambda: _window(register, ask | {"where": WHERE})))
        rows.append(measured("a new order", lambda: _window(register, ask | {"sort": order})))
        rows += [measured(what, work, times=5) for what, work in cases.items()]
        rows.append(measured("a look at every run", lambda: register.look(sweep=True)))
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
