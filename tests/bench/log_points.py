"""What a point costs the training loop that logs it, beside writing a bare JSON line and beside MLflow's client."""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from timing import pairs, say

from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = 20_000
MLFLOW_POINTS = 500


def microseconds(points: int, log: Callable[[int], object]) -> float:
    """Give the mean time of one call in a loop."""
    began = time.perf_counter()
    for step in range(points):
        log(step)
    return (time.perf_counter() - began) / points * 1e6


def ours(folder: Path, points: int) -> float:
    """Log with pressrun, everything switched on."""
    with start_run("bench", folder=folder) as run:
        return microseconds(points, lambda step: run.log({"loss": 0.5, "acc": 0.25}, step=step))


def bare(folder: Path, points: int) -> float:
    """Write one line of JSON a point, as people do by hand: buffered, and gone with a kill."""
    with (folder / "bare.jsonl").open("w") as file:
        return microseconds(
            points,
            lambda step: file.write(
                json.dumps({"step": step, "time": time.time(), "values": {"loss": 0.5, "acc": 0.25}}) + "\n"
            ),
        )


def flushed(folder: Path, points: int) -> float:
    """Write one line of JSON a point, each flushed at once."""
    with (folder / "flushed.jsonl").open("w") as file:

        def log(step: int) -> None:
            file.write(json.dumps({"step": step, "time": time.time(), "values": {"loss": 0.5, "acc": 0.25}}) + "\n")
            file.flush()

        return microseconds(points, log)


def mlflow_log(folder: Path) -> Callable[[int], float]:
    """Log through MLflow's client into its file store."""
    os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    from mlflow import MlflowClient

    client = MlflowClient((folder / "mlruns").as_uri())
    experiment = client.create_experiment("bench")
    from mlflow.entities import Metric

    def measure(points: int) -> float:
        run = client.create_run(experiment).info.run_id

        def log(step: int) -> None:
            now = int(time.time() * 1000)
            client.log_batch(run, metrics=[Metric("loss", 0.5, now, step), Metric("acc", 0.25, now, step)])

        return microseconds(points, log)

    return measure


def main() -> None:
    """Print the rows."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say("two metrics a point")
        peers: list[tuple[str, Callable[[], float], int]] = [
            ("json.dumps + write", lambda: bare(folder, POINTS), 9),
            ("json.dumps + write + flush", lambda: flushed(folder, POINTS), 9),
        ]
        if importlib.util.find_spec("mlflow") is not None:
            measure = mlflow_log(folder)
            peers.append(("MLflow file store, log_batch", lambda: measure(MLFLOW_POINTS), 3))
        for peer_name, peer, n in peers:
            row = pairs("log one point of two metrics", peer_name, "µs", lambda: ours(folder, POINTS), peer, n)
            rows.append(row.as_json())
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
