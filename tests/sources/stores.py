"""What the readers' tests have in common: the same logical runs, logged by each format's own writer."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.records import Problem, Recorded, RunRef, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.records import RunSource

NAN = float("nan")


@dataclass(frozen=True)
class LogicalRun:
    """What an experiment says, before any format."""

    name: str
    config: dict[str, Any]
    tags: dict[str, str]
    #: (step, value) in the order of logging.
    history: dict[str, list[tuple[int, float]]]
    status: Status
    artifacts: dict[str, str] = field(default_factory=dict)


LOGICAL_RUNS = [
    LogicalRun(
        "svm, 300 °C ⟨δ⟩",
        {"model": "svm", "C": 10, "lr": 1e-05, "shuffle": True, "seed": 3, "note": "1e-3"},
        {"stage": "paper"},
        {"val/acc": [(0, 0.5), (1, 0.75), (2, 0.875)], "loss": [(0, 2.0), (1, NAN), (2, 0.25)]},
        Status.FINISHED,
        {"plots/roc.txt": "0 0\n1 1\n"},
    ),
    LogicalRun(
        "resumed",
        {"model": "mlp", "seed": 4},
        {},
        # Steps 1 and 2 are logged again after a restart, and step 0 comes late.
        {"val/acc": [(1, 0.25), (2, 0.5), (1, 0.375), (2, 0.625), (3, 0.75), (0, 0.125)]},
        Status.FAILED,
    ),
    LogicalRun("still going", {"model": "svm"}, {}, {"loss": [(0, NAN)]}, Status.RUNNING),
    LogicalRun("empty", {}, {}, {}, Status.FINISHED),
]


@dataclass(frozen=True)
class Store:
    """One store: how it is opened, its files (none for records and servers), and the runs' ids by name."""

    open: Callable[[], RunSource]
    folder: Path | None
    ids: dict[str, str]

    def recorded(self) -> dict[str, Recorded]:
        """Read all runs, by name."""
        source = self.open()
        runs = [source.read(ref.id) for ref in source.refs() if isinstance(ref, RunRef)]
        return {recorded.run.name: recorded for recorded in runs}


def refs_of(source: RunSource) -> tuple[list[RunRef], list[Problem]]:
    """List a source's runs and what was set aside."""
    found = list(source.refs())
    return [r for r in found if isinstance(r, RunRef)], [p for p in found if isinstance(p, Problem)]


def fingerprint(folder: Path) -> dict[str, str]:
    """Give every name below a folder with the sha256 and the modification time of what is there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[str(path.relative_to(folder))] = f"{digest} {path.lstat().st_mtime_ns}"
    return found


def settle() -> None:
    """Wait until what was just written counts as settled."""
    time.sleep(2.1)


def mlflow_client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(uri)


def log_with_mlflow(uri: str, artifacts: str | None) -> dict[str, str]:
    """Log the logical runs through MLflow's client; give their ids by name."""
    client = mlflow_client(uri)
    experiment = client.create_experiment("digits", artifact_location=artifacts)
    ids = {}
    clock = int(time.time() * 1000)
    for run in LOGICAL_RUNS:
        run_id = client.create_run(experiment, run_name=run.name, tags=run.tags).info.run_id
        ids[run.name] = run_id
        for key, value in run.config.items():
            client.log_param(run_id, key, value)
        for metric, points in run.history.items():
            for step, value in points:
                clock += 1
                client.log_metric(run_id, metric, value, timestamp=clock, step=step)
        for path, text in run.artifacts.items():
            client.log_text(run_id, text, path)
        if run.status is not Status.RUNNING:
            client.set_terminated(run_id, run.status.value.upper())
    return ids
