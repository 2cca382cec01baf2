"""A run set: the runs that a query found, in order, with all that panels, values and claims ask of them."""

from __future__ import annotations

import dataclasses
import math
import operator
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, SupportsIndex, overload

from pressrun.arguments import check_choice, check_text, describe
from pressrun.errors import PressrunWarning, RunNotFoundError, UsageError
from pressrun.records import Direction, Problem, Run, Series, Status
from pressrun.runs.address import nearest
from pressrun.runs.histories import HeldHistories, Histories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from pressrun.facts import Asked
    from pressrun.project import Project
    from pressrun.runs.grouping import Groups


@dataclass(frozen=True, eq=False, repr=False)
class RunSet(Sequence[Run]):
    """Runs in a stable order; nothing about them changes once they are found.

    Two run sets are equal when they hold the same runs with the same contents, in the same order.

    Parameters
    ----------
    runs
        The runs, deleted ones that a lock still names among them.
    queries
        Ids of the queries that found them (`facts.QueryFact.id`).
    matched
        How many runs the queries found; a slice of the set keeps that number. -1 stands for as many as there are.
    problems
        What was set aside while reading, and what is doubtful about the query.
    label
        What people call the set, such as "svm" when it came out of `group_by`; else empty.
    histories
        Where series and artifacts are fetched.
    project
        Whose configuration says which way a metric is better.
    lost
        Runs that the lock names, that their source no longer has, and that are not among `runs`: since nothing of them
        is known, they may or may not belong here, and a value or claim has to say so.
    asked
        The query whose whole answer these runs are; None where they are a part of one that no query finds by itself, or
        were found otherwise.
    """

    runs: tuple[Run, ...]
    queries: tuple[str, ...] = ()
    matched: int = -1
    problems: tuple[Problem, ...] = ()
    label: str = ""
    histories: Histories = field(default_factory=HeldHistories)
    project: Project | None = None
    lost: tuple[Run, ...] = ()
    asked: Asked | None = None

    def __post_init__(self) -> None:
        if self.matched < 0:
            object.__setattr__(self, "matched", len(self.runs))

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __contains__(self, item: object) -> bool:
        return item in self.runs

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Run: ...
    @overload
    def __getitem__(self, key: slice) -> RunSet: ...
    def __getitem__(self, key: SupportsIndex | str | slice) -> Run | RunSet:
        """Give a run by position, id or unique name, or some of the runs by a slice.

        Raises
        ------
        RunNotFoundError
            If no run, or more than one, has the id or name.
        """
        if isinstance(key, slice):
            part = self.runs[key]
            return dataclasses.replace(self, runs=part, lost=self._lost_beside(part), asked=None)
        if isinstance(key, str):
            return find(self.runs, key)
        try:
            return self.runs[operator.index(key)]
        except TypeError as error:
            raise UsageError(
                f"a run is not found by something {describe(key)}", hint="name a run by position, id or name"
            ) from error

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunSet):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[tuple[str, str, str, str], ...]:
        return tuple((run.source, run.id, run.status.value, run.digest) for run in self.runs)

    def __repr__(self) -> str:
        from pressrun.runs.display import text

        return text(self)

    def _repr_html_(self) -> str:
        from pressrun.runs.display import html

        return html(self)

    @property
    def metrics(self) -> dict[str, int]:
        """The metrics that have a history, by name, each with the number of runs that have one."""
        counts: dict[str, int] = {}
        for run in self.runs:
            for metric, points in run.metrics.items():
                if points:
                    counts[metric] = counts.get(metric, 0) + 1
        return dict(sorted(counts.items()))

    def only(self, runs: Sequence[Run], *, label: str = "") -> RunSet:
        """Give the set of some of these runs, as a group or a further condition found them."""
        lost = self._lost_beside(runs)
        return dataclasses.replace(self, runs=tuple(runs), matched=len(runs), label=label, lost=lost, asked=None)

    def _lost_beside(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        """Give the runs that may belong to a part of this set and are gone, so that nobody can tell."""
        taken = {(run.source, run.id) for run in runs}
        gone = [run for run in self.runs if run.status is Status.DELETED and not run.config and not run.summary]
        return tuple(run for run in (*self.lost, *gone) if (run.source, run.id) not in taken)

    def where(self, expression: str) -> RunSet:
        """Give the runs for which a where-expression is true.

        Raises
        ------
        QueryError
            If the expression is wrong; the message points at the place.
        """
        from pressrun.runs.query import Query

        answer = Query.parse(expression).select(self.runs)
        answer.warn(stacklevel=2)
        kept = self.only(answer.runs, label=self.label)
        asked = self.asked and self.asked.narrowed(expression)
        return dataclasses.replace(kept, problems=self.problems + answer.problems, asked=asked)

    def group_by(self, *fields: str) -> Groups:
        """Group the runs by addresses such as "config.model"; by none, runs with one config, seeds pooled."""
        from pressrun.runs.grouping import group

        return group(self, fields or None)

    def direction(self, metric: str) -> Direction:
        """Give which way a metric is better: as the project's configuration says, else by the metric's name."""
        if self.project is not None:
            return self.project.metric(metric).direction
        from pathlib import Path

        from pressrun.project import Project

        return Project(Path()).metric(metric).direction

    def summaries(self, metric: str) -> list[tuple[Run, float | None]]:
        """Give each run with its number at a metric of the summary (or at another address); None where it has none.

        NaN and ±Inf come as they are. Texts such as "0.91" and truth values are not numbers.
        """
        from pressrun.runs.frames import number_at

        return [(run, number_at(run, metric)) for run in self.runs]

    def best(self, metric: str, direction: Direction | str | None = None) -> Run:
        """Give the run with the best finite summary value; of equal ones the first.

        Finished runs, and runs whose state the source does not know, stand before all others: only where no such run
        has the metric does a running, failed or killed one answer, and a warning says so.

        Raises
        ------
        MetricNotFoundError
            If no run has a finite number there.
        UsageError
            If the direction is none.
        """
        way = self.direction(metric)
        if isinstance(direction, Direction):
            way = direction
        elif direction is not None:
            way = Direction(check_choice(direction, "direction", [each.value for each in Direction]))
        scored = [(run, number) for run, number in self.summaries(metric) if number is not None]
        finite = [(run, number) for run, number in scored if math.isfinite(number)]
        if not finite:
            from pressrun.runs.frames import no_such_metric

            names = dict.fromkeys(name for run in self.runs for name in run.summary)
            raise no_such_metric(metric, list(names), kind="a finite summary value of" if scored else "summary value")
        sound = [pair for pair in finite if pair[0].status in (Status.FINISHED, Status.UNKNOWN)]
        if not sound:
            states = ", ".join(sorted({str(run.status) for run, _ in finite}))
            message = f"no finished run has {metric!r}; the best is taken from runs that are {states}"
            warnings.warn(PressrunWarning(message), stacklevel=2)
        sign = 1.0 if way is Direction.MAX else -1.0
        return max(sound or finite, key=lambda pair: sign * pair[1])[0]

    def frame(self) -> pd.DataFrame:
        """Give one row a run: id, name, status, seed, config, summary, tags, started, ended."""
        from pressrun.runs.frames import run_frame

        return run_frame(self.runs)

    def history(self, metric: str) -> pd.DataFrame:
        """Give the tidy history of a metric: run, name, step, time (seconds since 1970 UTC), value.

        Raises
        ------
        MetricNotFoundError
            If there are runs and none has a history of the metric.
        """
        from pressrun.runs.frames import history_frame, no_such_metric

        check_text(metric, "metric", '"val/acc"')
        if self.runs and metric not in self.metrics:
            raise no_such_metric(metric, list(self.metrics), kind="history of")
        return history_frame(self.runs, self.histories.series(self.runs, metric))

    def series(self, run: Run | str, metric: str) -> Series:
        """Give one metric of one run over steps; an empty series where the run has none."""
        check_text(metric, "metric", '"val/acc"')
        return self.histories.series([self._one(run)], metric)[0]

    def artifact(self, run: Run | str, path: str) -> Path:
        """Give the local file of an artifact of a run.

        Raises
        ------
        ArtifactError
            If the run has none of that path.
        """
        return self.histories.artifact(self._one(run), check_text(path, "path", '"model.bin"'))

    def _one(self, run: object) -> Run:
        if isinstance(run, Run):
            return run
        return find(self.runs, check_text(run, "run", 'a run, its id or its name, as in runs["svm-3"]'))


def find(runs: Sequence[Run], key: str, *, prefix: bool = False) -> Run:
    """Give the one run with an id, with a name, or with an id that begins so.

    Raises
    ------
    RunNotFoundError
        If there is none, or more than one: the message lists them.
    """
    for found in (
        [run for run in runs if run.id == key],
        [run for run in runs if run.name == key],
        [run for run in runs if prefix and key and run.id.startswith(key)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            some = "; ".join(f"{run.id} in {run.source}" for run in found[:8])
            more = f"; and {len(found) - 8} more" if len(found) > 8 else ""
            raise RunNotFoundError(f"{len(found)} runs answer to {key!r}", hint=f"name one by its id: {some}{more}")
    close = nearest(key, [name for run in runs for name in (run.name, run.id)])
    hint = "did you mean " + " or ".join(repr(name) for name in close) + "?" if close else ""
    raise RunNotFoundError(f"no run of {len(runs)} answers to {key!r}", hint=hint or "`pressrun runs list` lists them")
