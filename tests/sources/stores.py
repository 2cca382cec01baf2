"""What the readers' tests have in common: the same logical runs, logged by each format's own writer."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.records import Problem, Recorded, RunRef, Status
from pressrun.sources.mlflow_records import EXPERIMENT_TAG

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


def settle(folder: Path) -> None:
    """Wait until what was written below a folder counts as settled."""
    newest = max((path.lstat().st_ctime for path in folder.rglob("*")), default=0.0)
    time.sleep(max(0.0, newest + 2.1 - time.time()))


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


def log_everything_mlflow_has(uri: str, artifacts: str | None) -> dict[str, str]:
    """Log runs with all that MLflow's client can say of one; give their ids by what they are for."""
    import mlflow.data
    import numpy
    from mlflow.entities import DatasetInput, InputTag

    client = mlflow_client(uri)
    experiment = client.create_experiment("everything, δ", artifact_location=artifacts)

    def start(name: str, **tags: str) -> str:
        run_id: str = client.create_run(experiment, run_name=name, tags=tags).info.run_id
        return run_id

    rich = start(
        'rich <b>&amp;</b> \\input{x} #read("y")', **{"mlflow.source.git.commit": "c0ffee", "mlflow.user": "ada"}
    )
    params = {"int": 3, "float": 0.1, "exp": 1e-08, "text": "1e-3", "padded": "007", "comma": "1,000.35", "none": None}
    params |= {"true": True, "list": [1, 2], "big": 10**30, "negative": -4, "minus zero": "-0", "inf": float("inf")}
    params |= {"empty": "", "blank": " 3", "grouped": "1_000", "nested/deep/name": "x", "quoted": "'3'", "nan": NAN}
    for key, value in params.items():
        client.log_param(rich, key, value)
    for step in range(3):
        client.log_metric(rich, "nested/deep/acc", step / 8, timestamp=1_700_000_000_000 + step, step=step)
    for metric, value in (("nan", NAN), ("inf", float("inf")), ("-inf", -float("inf")), ("tiny", 5e-324)):
        client.log_metric(rich, metric, value, timestamp=1_700_000_000_000, step=0)
    # Out of order, the same step twice, the same step at the same millisecond, negative steps.
    jumbled = [(5, 20, 0.5), (5, 10, 0.9), (-2, 30, 0.1), (7, 40, 0.7), (7, 40, 0.8), (7, 40, 0.6), (3, 99, 0.2)]
    for step, late, value in jumbled:
        client.log_metric(rich, "jumbled", value, timestamp=1_700_000_000_000 + late, step=step)
    client.set_tag(rich, "note", "first line\nsecond line ✓")
    client.set_tag(rich, "nested/tag", "deep")
    client.log_text(rich, "hello", "notes/a b%20c.txt")
    data = mlflow.data.from_numpy(numpy.zeros((3, 2)), name="zeros")
    client.log_inputs(rich, [DatasetInput(data._to_mlflow_entity(), [InputTag("mlflow.data.context", "train")])])
    client.set_terminated(rich, "FINISHED")

    child = start("child", **{"mlflow.parentRunId": rich})
    client.set_terminated(child, "KILLED")
    deleted = start("deleted")
    client.log_metric(deleted, "acc", 0.5, step=1)
    client.set_terminated(deleted, "FINISHED")
    client.delete_run(deleted)
    client.create_logged_model(experiment, name="model", source_run_id=rich, params={"depth": "3"})

    gone = client.create_experiment("gone")
    orphan = client.create_run(gone, run_name="orphan").info.run_id
    client.set_terminated(orphan, "FINISHED")
    client.delete_experiment(gone)
    return {"rich": rich, "child": child, "deleted": deleted, "orphan": orphan}


def assert_says_what_the_client_says(recorded: Recorded, client: Any) -> None:
    """Hold a run to what MLflow's own client gives back of it."""
    run, theirs = recorded.run, client.get_run(recorded.run.id)
    assert {key: str(value) for key, value in run.config.items()} == theirs.data.params
    assert {key: value for key, value in run.tags.items() if key != EXPERIMENT_TAG} == theirs.data.tags
    assert run.tags[EXPERIMENT_TAG] == client.get_experiment(theirs.info.experiment_id).name
    assert run.name == theirs.info.run_name
    assert run.started == theirs.info.start_time / 1000
    assert run.ended == (theirs.info.end_time / 1000 if theirs.info.end_time else None)
    deleted = theirs.info.lifecycle_stage == "deleted"
    assert run.status.value == ("deleted" if deleted else theirs.info.status.lower())
    assert repr(sorted(run.summary.items())) == repr(sorted(theirs.data.metrics.items()))
    assert set(recorded.history) == set(theirs.data.metrics)
    for metric, series in recorded.history.items():
        points = client.get_metric_history(run.id, metric)
        order = sorted(points, key=lambda p: (p.step, p.timestamp, p.value == p.value, p.value))
        wanted = [(point.step, point.timestamp / 1000, point.value) for point in order]
        ours = list(zip(series.steps.tolist(), series.times.tolist(), series.values.tolist(), strict=True))
        assert repr(ours) == repr(wanted), metric
