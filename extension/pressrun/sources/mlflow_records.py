"""What MLflow's stores have in common, whatever they are kept in: how its runs become records.

Files, SQLite databases and tracking servers hold the same things in different places. Each reader gathers a
`StoredRun`, and the rules that turn it into a record stand here once.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pressrun.records import Artifact, Dataset, Problem, Provenance, Recorded, Run, Series, Status
from pressrun.sources.digests import run_digest, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pressrun.records import Json

#: The tag under which a run's experiment is found, so that a where-expression can ask for it.
EXPERIMENT_TAG = "mlflow.experiment"

#: MLflow's own rule for run ids; such an id is safe as a file name.
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,255}")

#: By name as databases and servers have it, by number as `meta.yaml` has it.
_STATUSES = {
    "RUNNING": Status.RUNNING,
    "SCHEDULED": Status.RUNNING,
    "FINISHED": Status.FINISHED,
    "FAILED": Status.FAILED,
    "KILLED": Status.KILLED,
    1: Status.RUNNING,
    2: Status.RUNNING,
    3: Status.FINISHED,
    4: Status.FAILED,
    5: Status.KILLED,
}

_WORDS: dict[str, Json] = {"True": True, "False": False, "None": None}


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run as an MLflow store holds it: params and tags are text, times are milliseconds."""

    id: str
    status: Status
    experiment: str = ""
    experiment_id: str = ""
    name: str = ""
    user: str = ""
    source_name: str = ""
    source_version: str = ""
    artifact_uri: str = ""
    started: object = None
    ended: object = None
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    history: Mapping[str, Series] = field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    problems: tuple[Problem, ...] = ()


def record(stored: StoredRun, url: str) -> Recorded:
    """Turn a stored run into a record: typed params as config, tags and provenance by MLflow's own tag names."""
    tags = dict(sorted(stored.tags.items()))
    extra: dict[str, Json] = {
        "experiment": stored.experiment,
        "experiment_id": stored.experiment_id,
        "artifact_uri": stored.artifact_uri,
        "source_name": tags.get("mlflow.source.name") or stored.source_name,
    }
    dirty = tags.get("mlflow.source.git.dirty", "").lower()
    run = Run(
        id=stored.id,
        name=stored.name or tags.get("mlflow.runName") or stored.id,
        source=url,
        status=stored.status,
        config={key: typed(value) for key, value in sorted(stored.params.items())},
        summary=summarise(stored.history, {}),
        tags={EXPERIMENT_TAG: stored.experiment, **tags} if stored.experiment else tags,
        started=_seconds(stored.started),
        ended=_seconds(stored.ended),
        metrics={metric: len(series) for metric, series in stored.history.items()},
        artifacts=stored.artifacts,
        provenance=Provenance(
            git_commit=tags.get("mlflow.source.git.commit") or stored.source_version,
            git_branch=tags.get("mlflow.source.git.branch", ""),
            git_dirty={"true": True, "false": False}.get(dirty),
            git_diff=tags.get("mlflow.source.git.diff", ""),
            datasets=stored.datasets,
            user=tags.get("mlflow.user") or stored.user,
            extra={key: value for key, value in extra.items() if value},
        ),
        problems=stored.problems,
    )
    return Recorded(replace(run, digest=run_digest(run, stored.history)), stored.history)


def status_of(stored: object, *, deleted: bool) -> Status:
    """Give a run's status from MLflow's number or name; a deleted run is deleted whatever it was before."""
    if deleted:
        return Status.DELETED
    key = stored.upper() if isinstance(stored, str) else stored
    return _STATUSES.get(key, Status.UNKNOWN) if isinstance(key, (str, int)) else Status.UNKNOWN


def typed(text: str) -> Json:
    """Give a param's value as what was logged, where its text leaves no doubt.

    MLflow keeps `str(value)` of every param. Whole numbers, floats, True, False and None whose Python text is exactly
    the stored one become values again, so that `str(typed(text)) == text` always holds; anything else stays text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if not 0 < len(text) <= 40:
        return text
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if repr(value) == text:
            return value
    return text


def latest_last(steps: NDArray[np.int64], times: NDArray[np.float64], values: NDArray[np.float64]) -> Series:
    """Make a series whose last value is MLflow's latest: the greatest by (step, timestamp, value).

    NaN counts as less than every number, so that it stands only where nothing else was logged at that step and time.
    """
    import numpy as np

    is_number = ~np.isnan(values)
    known = np.where(np.isnan(times), -np.inf, times)
    order = np.lexsort((values, is_number, known, steps))
    return Series.ordered(steps[order], times[order], values[order])


def dataset_of(name: object, digest: object, source: object) -> Dataset:
    """Describe a dataset input; its path is what MLflow's JSON description of its source names, if anything."""
    path = ""
    if isinstance(source, str) and len(source) < 100_000:
        try:
            described = json.loads(source)
        except (ValueError, RecursionError):
            described = None
        if isinstance(described, dict):
            path = next((str(described[key]) for key in ("uri", "url", "path") if described.get(key)), "")
    return Dataset(name=str(name or ""), digest=str(digest or ""), path=path)


def artifact_folder(run_id: str, uri: str, beside: Iterable[Path], root: Path) -> Path | None:
    """Find the local folder of a run's artifacts.

    Parameters
    ----------
    run_id
        The run's id. Whatever a store says, a folder counts only if it really ends in `<run id>/artifacts`: a store
        cannot point at other folders of this machine.
    uri
        The run's artifact URI as stored.
    beside
        Folders to try besides, since stores are moved and copied without their URIs being rewritten.
    root
        What relative URIs are taken from.
    """
    candidates = list(beside)
    try:
        parts = urlsplit(uri)
    except ValueError:
        parts = urlsplit("unknown:")
    if parts.scheme in ("", "file"):
        candidates.append(root / (unquote(parts.path) if parts.scheme else uri))
    elif parts.scheme == "mlflow-artifacts":
        candidates.append(root / "mlartifacts" / unquote(parts.path).lstrip("/"))
    for candidate in candidates:
        try:
            real = candidate.resolve()
            if real.parts[-2:] == (run_id, "artifacts") and real.is_dir():
                return real
        except (OSError, RuntimeError, ValueError):
            continue
    return None


def _seconds(stored: object) -> float | None:
    if isinstance(stored, str) and stored.strip().isdecimal():
        stored = int(stored)
    if isinstance(stored, bool) or not isinstance(stored, (int, float)) or not 0 < stored < 1e15:
        return None
    return stored / 1000
