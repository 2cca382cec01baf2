"""What runs say beside a table: one run whole, histories, and what differs between some."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.canonical import plain
from pressrun.errors import RunNotFoundError
from pressrun.runs.address import seed_of
from pressrun.server.handler import reads
from pressrun.server.runs.keys import key_of, parse_key
from pressrun.server.runs.table import RunsHandler, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from pressrun.project import Project
    from pressrun.records import Run, Series
    from pressrun.server.runs.register import State

#: Problems of one run that are named.
_PROBLEMS = 200


class RunHandler(RunsHandler):
    """GET /runs/run?key=…: all that one run says, besides its histories."""

    async def get(self) -> None:
        """Answer `Details`."""
        key = self.get_query_argument("key", strip=False)
        state = await self.state(self.holding([key]))
        self.answer(await self.work(_details, state, key))


class HistoryHandler(RunsHandler):
    """POST /runs/history: metrics of some runs over steps."""

    takes: ClassVar = {"post": "runs#HistoryAsk"}

    @reads
    async def post(self) -> None:
        """Answer `Histories`; runs that are gone and metrics that a run has not are left out."""
        ask = self.body
        state = await self.state(self.holding(ask["keys"]))
        self.answer({"series": await self.work(_histories, state, ask["keys"], ask["metrics"], ask.get("points"))})


class CompareHandler(RunsHandler):
    """POST /runs/compare: what differs between runs, the first of which the others are held against."""

    takes: ClassVar = {"post": "runs#CompareAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Comparison`."""
        keys = list(dict.fromkeys(self.body["keys"]))
        state = await self.state(self.holding(keys))
        self.answer(await self.work(_comparison, self.project, state, keys))


def run_at(state: State, key: str) -> Run:
    """Give a run by its key.

    Raises
    ------
    RunNotFoundError
        If it is not there.
    """
    run = state.get(key)
    if run is None:
        source, run_id = parse_key(key)
        raise RunNotFoundError(f"there is no run {run_id!r} any more", where=source, hint="look at the list of runs")
    return run


def _details(state: State, key: str) -> dict[str, Any]:
    run = run_at(state, key)
    own = state.own.get(key, run)
    provenance = {entry.name: getattr(run.provenance, entry.name) for entry in dataclasses.fields(run.provenance)}
    provenance["datasets"] = [dataclasses.asdict(dataset) for dataset in run.provenance.datasets]
    problems = run.problems[:_PROBLEMS]
    return {
        "key": key,
        "id": run.id,
        "name": run.name,
        "source": run.source,
        "status": run.status.value,
        "started": moment(run.started),
        "ended": moment(run.ended),
        "digest": run.digest,
        "config": plain(run.config),
        "summary": plain(run.summary),
        "tags": dict(run.tags),
        "own_tags": dict(own.tags),
        "note": run.note,
        "seed": seed_of(run),
        "provenance": plain(provenance),
        "artifacts": [dataclasses.asdict(artifact) for artifact in run.artifacts],
        "metrics": [{"name": name, "points": points} for name, points in run.metrics.items()],
        "problems": [{"where": problem.where, "reason": problem.reason} for problem in problems],
    }


def _histories(state: State, keys: Iterable[str], metrics: Iterable[str], points: int | None) -> list[dict[str, Any]]:
    runs = [(key, run) for key in dict.fromkeys(keys) if (run := state.get(key)) is not None]
    found = []
    for metric in dict.fromkeys(metrics):
        having = [(key, run) for key, run in runs if metric in run.metrics]
        answers = state.histories.series([run for _, run in having], metric)
        for (key, _), series in zip(having, answers, strict=True):
            if len(series):
                found.append({"key": key, "metric": metric, **series_json(series, points)})
    return found


def series_json(series: Series, points: int | None = None) -> dict[str, Any]:
    """Give a series' columns as strict JSON, thinned to about so many points."""
    from pressrun.panels.bands import thin

    steps, times, values = series.steps, series.times, series.values
    if points is not None and len(series) > points:
        kept = thin(steps.astype("float64"), values, points)
        steps, times, values = steps[kept], times[kept], values[kept]
    return {
        "step": steps.tolist(),
        "time": [time if math.isfinite(time) else None for time in times.tolist()],
        "value": numbers(values),
    }


def numbers(values: NDArray[Any]) -> list[float | str]:
    """Give numbers as strict JSON, those that are not finite as texts."""
    import numpy as np

    plainly: list[float | str] = values.tolist()
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        value = values[place]
        plainly[place] = "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return plainly


def _comparison(project: Project, state: State, keys: Sequence[str]) -> dict[str, Any]:
    from pressrun.runs.differences import compare_runs

    runs = [run_at(state, key) for key in keys]
    found = compare_runs(runs, project.root if project.root.is_dir() else None).to_json()
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    return {
        "runs": [
            {
                "key": key_of(run),
                "id": run.id,
                "name": run.name,
                "source": run.source,
                "status": run.status.value,
                "digest": run.digest,
            }
            for run in runs
        ],
        "sections": found["sections"],
        "code": found["code"],
        "metrics": [{"name": name, "points": [run.metrics.get(name, 0) for run in runs]} for name in names],
    }
