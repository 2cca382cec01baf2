"""How fast runs are listed and histories fetched, beside MLflow's own client and beside reading the files by hand."""

from __future__ import annotations

import json
import math
import os
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from timing import pairs, say

from pressrun.project import Project
from pressrun.runs.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS, METRICS, STEPS = 300, 10, 100


def values_of(number: int) -> list[dict[str, float]]:
    """Give what a run logs: a mapping of metrics a step."""
    chance = random.Random(number)
    return [
        {f"metric/{m}": math.exp(-step / 50) + chance.gauss(0, 0.1) for m in range(METRICS)} for step in range(STEPS)
    ]


def write_run(folder: Path, number: int) -> None:
    """Write one finished run as the logger does, a record a line."""
    run_id = f"20260101-000000-bench-{number:06x}"
    place = folder / run_id
    place.mkdir(parents=True)
    config = {"model": ("svm", "logreg", "mlp")[number % 3], "seed": number}
    first = {"format": 1, "id": run_id, "name": f"bench-{number}", "config": config, "tags": {}, "started": 1.7e9}
    (place / "run.json").write_text(json.dumps(first))
    lines = [
        json.dumps({"kind": "log", "time": 1.7e9 + step, "step": step, "values": values})
        for step, values in enumerate(values_of(number))
    ]
    lines.append(json.dumps({"kind": "end", "time": 1.7e9 + STEPS, "status": "finished", "exit_code": 0}))
    (place / "events.jsonl").write_text("\n".join(lines) + "\n")
    (place / "provenance.json").write_text("{}")


def seconds(work: Callable[[], object]) -> float:
    """Give how long some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def fill_mlflow(path: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """Write the same runs through MLflow's client into SQLite, and give its own listing and history of one metric."""
    os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true"}
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    client = MlflowClient(f"sqlite:///{path}")
    experiment = client.create_experiment("bench")
    ids = []
    for number in range(RUNS):
        run_id = client.create_run(experiment).info.run_id
        points = [
            Metric(name, value, int(1.7e12) + step, step)
            for step, values in enumerate(values_of(number))
            for name, value in values.items()
        ]
        client.log_batch(run_id, metrics=points[: METRICS * STEPS], params=[Param("seed", str(number))])
        ids.append(run_id)

    def listing() -> None:
        assert len(client.search_runs([experiment], max_results=50_000)) == RUNS

    def history() -> None:
        assert sum(len(client.get_metric_history(run_id, "metric/3")) for run_id in ids) == RUNS * STEPS

    return listing, history


def read_by_hand(folder: Path) -> None:
    """Read one metric of every run as a script would."""
    import pandas as pd

    rows = []
    for place in folder.iterdir():
        for line in (place / "events.jsonl").read_text().splitlines():
            event = json.loads(line)
            if event["kind"] == "log":
                rows.append((place.name, event["step"], event["values"]["metric/3"]))
    assert len(pd.DataFrame(rows, columns=["run", "step", "value"])) == RUNS * STEPS


def main() -> None:
    """Print the rows."""
    import pandas  # noqa: F401 - its import is no part of reading a history

    size = f"{RUNS} runs × {METRICS} metrics × {STEPS} steps"
    with tempfile.TemporaryDirectory() as scratch:
        project = Project(Path(scratch))
        folder = project.root / "runs"
        say(f"writing {size}")
        for number in range(RUNS):
            write_run(folder, number)
        their_listing, their_history = fill_mlflow(project.root / "mlflow.db")
        time.sleep(2.5)  # files just written are read again on purpose
        found = resolve(["runs/"], project=project)

        def our_listing() -> None:
            assert len(resolve(["runs/"], project=project)) == RUNS

        def our_history() -> None:
            assert len(found.history("metric/3")) == RUNS * STEPS

        client = "MLflow client, SQLite"
        rows = [
            pairs(
                f"list the runs ({size})", client, "s", lambda: seconds(our_listing), lambda: seconds(their_listing), 5
            ),
            pairs(
                "history of one metric of all",
                client,
                "s",
                lambda: seconds(our_history),
                lambda: seconds(their_history),
                3,
            ),
            pairs(
                "history of one metric of all",
                "a script reading the same files",
                "s",
                lambda: seconds(our_history),
                lambda: seconds(lambda: read_by_hand(folder)),
                5,
            ),
        ]
    print(json.dumps([row.as_json() for row in rows]))


if __name__ == "__main__":
    main()
