"""How fast the index is over 1,000 run folders of 10 metrics and 200 steps; prints one JSON row a measurement."""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.project import Project
from pressrun.runs.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.runs.runset import RunSet


def write_run(folder: Path, number: int, metrics: int, steps: int) -> None:
    """Write one finished run as the logger does, a record a line."""
    run_id = f"20260101-000000-bench-{number:06x}"
    place = folder / run_id
    place.mkdir(parents=True)
    config = {"model": ("svm", "logreg", "mlp")[number % 3], "lr": 10.0 ** -(number % 4), "seed": number}
    first = {"format": 1, "id": run_id, "name": f"bench-{number}", "config": config, "tags": {}, "started": 1.7e9}
    (place / "run.json").write_text(json.dumps(first))
    chance = random.Random(number)
    lines = []
    for step in range(steps):
        values = {f"metric/{m}": math.exp(-step / 50) + chance.gauss(0, 0.1) for m in range(metrics)}
        lines.append(json.dumps({"kind": "log", "time": 1.7e9 + step, "step": step, "values": values}))
    lines.append(json.dumps({"kind": "end", "time": 1.7e9 + steps, "status": "finished", "exit_code": 0}))
    (place / "events.jsonl").write_text("\n".join(lines) + "\n")
    (place / "provenance.json").write_text("{}")


def timed(what: str, work: Callable[[], RunSet], **facts: object) -> RunSet:
    """Do some work once and print how long it took."""
    start = time.perf_counter()
    found = work()
    print(json.dumps({"what": what, "seconds": round(time.perf_counter() - start, 4), "runs": len(found), **facts}))
    return found


def measure(count: int, metrics: int, steps: int) -> None:
    """Write the runs, then look at them as a session does."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Project(Path(scratch))
        folder = project.root / "runs"
        for number in range(count):
            write_run(folder, number, metrics, steps)
        time.sleep(2.5)  # files just written are read again on purpose

        def scan() -> RunSet:
            return resolve(["runs/"], project=project)

        found = timed("first scan", scan, metrics=metrics, steps=steps)
        assert all(run.metrics == {f"metric/{m}": steps for m in range(metrics)} for run in found)
        timed("unchanged scan", scan, index_bytes=(project.state_folder / "index.sqlite").stat().st_size)
        write_run(folder, count, metrics, steps)
        found = timed("scan with one run added", scan)

        def history() -> RunSet:
            assert len(found.history("metric/3")) == len(found) * steps
            return found

        import pandas  # noqa: F401 - its import is no part of reading a history

        timed("history of one metric", history, points=len(found) * steps)
        timed("where and group_by", lambda: found.where("config.model == 'svm'").group_by("config.lr").runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--metrics", type=int, default=10)
    parser.add_argument("--steps", type=int, default=200)
    given = parser.parse_args()
    measure(given.runs, given.metrics, given.steps)
