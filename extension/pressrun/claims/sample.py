"""What a set of runs says about one metric: the numbers that count, and which runs gave none and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, Union

from pressrun.canonical import number
from pressrun.errors import UsageError
from pressrun.facts import Asked, Disclosure, Excluded, RunCite, SideFact
from pressrun.records import Direction, Run, Status
from pressrun.runs.address import nearest
from pressrun.runs.frames import number_at
from pressrun.runs.runset import RunSet
from pressrun.statistics.interval import Interval, student_t

#: What authors may pass as runs.
Runs: TypeAlias = Union["RunSet", Run, Sequence[Run]]


class Omission(Enum):
    """Why a run gives no number. The value is the word that disclosures use."""

    DELETED = "deleted"
    RUNNING = "still running"
    FAILED = "failed"
    KILLED = "killed"
    UNKNOWN = "of unknown status"
    WITHOUT = "without the metric"
    NONFINITE = "not finite"

    def __str__(self) -> str:
        return self.value


_BY_STATUS = {
    Status.DELETED: Omission.DELETED,
    Status.RUNNING: Omission.RUNNING,
    Status.FAILED: Omission.FAILED,
    Status.KILLED: Omission.KILLED,
    Status.UNKNOWN: Omission.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One metric over some runs.

    Parameters
    ----------
    runs
        All the runs given, in order.
    used
        The runs that count, each with its finite number.
    omitted
        The others, by the reason why they do not count.
    matched
        Runs that the queries behind the set found.
    direction
        Which way the metric is better, where the runs' project can say.
    asked
        The query whose whole answer the runs are, where there is one.
    """

    label: str
    metric: str
    runs: tuple[Run, ...]
    used: tuple[tuple[Run, float], ...]
    omitted: Mapping[Omission, tuple[Run, ...]]
    queries: tuple[str, ...]
    matched: int
    direction: Direction | None = None
    asked: Asked | None = None

    @classmethod
    def of(cls, runs: Runs, metric: str, label: str = "") -> Sample:
        """Read a metric off some runs. Only a finished run's finite number counts; missing is never 0.

        Raises
        ------
        UsageError
            If `runs` are not runs or `metric` is not a text.
        """
        if not isinstance(metric, str) or not metric:
            raise UsageError(f"the metric is {metric!r}", hint='name a summary entry, for example "test/acc"')
        # A run that is gone may have belonged to this part of a set; to leave it out would hide that it is gone.
        whole = runs if isinstance(runs, RunSet) else None
        members = (*members_of(runs), *(whole.lost if whole is not None else ()))
        used: list[tuple[Run, float]] = []
        omitted: dict[Omission, list[Run]] = {}
        for run in members:
            value = number_at(run, metric)
            if not run.status.is_evidence:
                omitted.setdefault(_BY_STATUS[run.status], []).append(run)
            elif value is None:
                omitted.setdefault(Omission.WITHOUT, []).append(run)
            elif not math.isfinite(value):
                omitted.setdefault(Omission.NONFINITE, []).append(run)
            else:
                used.append((run, value))
        return cls(
            label=label or (whole.label if whole is not None else "") or _shared_name(members),
            metric=metric,
            runs=members,
            used=tuple(used),
            omitted={reason: tuple(omitted[reason]) for reason in Omission if reason in omitted},
            queries=whole.queries if whole is not None else (),
            matched=max(whole.matched if whole is not None else 0, len(members)),
            direction=whole.direction(metric) if whole is not None else None,
            asked=whole.asked if whole is not None else None,
        )

    @property
    def values(self) -> tuple[float, ...]:
        """The finite numbers, one a run that counts."""
        return tuple(value for _, value in self.used)

    @property
    def n(self) -> int:
        """How many runs count."""
        return len(self.used)

    @property
    def cites(self) -> tuple[RunCite, ...]:
        """Every run of the set as a fact names it; which of them do not count is the disclosure's to say."""
        return tuple(RunCite.of(run) for run in self.runs)

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """The runs that do not count, by reason, as a disclosure lists them."""
        return tuple(Excluded(reason.value, tuple(r.id for r in runs)) for reason, runs in self.omitted.items())

    def interval(self, level: float) -> Interval:
        """Give the mean and its Student-t interval."""
        return student_t(self.values, level)

    def side(self, level: float) -> SideFact:
        """Give this sample as one side of a claim."""
        ends = self.interval(level)
        return SideFact(
            self.label,
            self.n,
            number(ends.mean) if self.n else None,
            (number(ends.low), number(ends.high)) if ends.decides else None,
            self.cites,
            self.asked,
        )

    def absence(self) -> str:
        """Say which runs gave no number and why, "" when all did; with the nearest names when none knows the metric."""
        parts = [f"{name_runs(runs)} {'is' if len(runs) == 1 else 'are'} {why}" for why, runs in self.omitted.items()]
        if not self.runs:
            return "no run matches"
        finished = [run for run in self.runs if run.status.is_evidence]
        if finished and len(self.omitted.get(Omission.WITHOUT, ())) == len(finished):
            parts = [part for part in parts if not part.endswith(Omission.WITHOUT.value)]
            parts.insert(0, f"no finished run has a number for {self.metric!r}{self._nearest()}")
        return "; ".join(parts)

    def _nearest(self) -> str:
        known = {key: None for run in self.runs for key in (*run.summary, *run.metrics)}
        if near := nearest(self.metric, known):
            return f" (did you mean {' or '.join(repr(n) for n in near)}?)"
        return f" (known: {', '.join(sorted(known)[:8])})" if known else ""


def disclose(*samples: Sample, notes: tuple[str, ...] = ()) -> Disclosure:
    """Say what was selected over all samples of a value or claim."""
    excluded: dict[str, tuple[str, ...]] = {}
    for sample in samples:
        for each in sample.excluded:
            excluded[each.reason] = excluded.get(each.reason, ()) + each.runs
    # Sides that came out of one query matched its runs together, so they are not counted twice.
    by_query: dict[tuple[str, ...], int] = {}
    for place, sample in enumerate(samples):
        key = sample.queries or (str(place),)
        by_query[key] = max(by_query.get(key, 0), sample.matched)
    given = len({(run.source, run.id) for sample in samples for run in sample.runs})
    return Disclosure(
        matched=max(sum(by_query.values()), given),
        shown=sum(sample.n for sample in samples),
        excluded=tuple(Excluded(reason, runs) for reason, runs in excluded.items()),
        notes=notes,
    )


def direction_of(runs: Runs, metric: str) -> Direction:
    """Give the way in which a metric is better: from the project's configuration, else from its name."""
    if isinstance(runs, RunSet):
        return runs.direction(metric)
    from pressrun.project import Project

    return Project.find().metric(metric).direction


def name_runs(runs: Sequence[Run]) -> str:
    """Name runs for people: "run svm-3", "runs a, b and 5 more"."""
    names = [run.name if run.name == run.id or not run.name else f"{run.name} ({run.id})" for run in runs]
    names = [name or run.id for name, run in zip(names, runs, strict=True)]
    if len(names) == 1:
        return f"run {names[0]}"
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return f"runs {', '.join(shown[:-1])} and {shown[-1]}"


def members_of(runs: Runs) -> tuple[Run, ...]:
    """Give the single runs.

    Raises
    ------
    UsageError
        If these are not runs.
    """
    if isinstance(runs, Run):
        return (runs,)
    if isinstance(runs, Mapping):
        raise UsageError("these are groups of runs, not one set of runs", hint='name one group, as in groups["svm"]')
    given: object = runs
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(run, Run) for run in given):
        raise UsageError(
            f"{type(runs).__name__} given where runs are wanted",
            hint="pass what pr.runs(…) gives, one of its groups, one Run, or a list of Run",
        )
    # A run that was listed twice, or that two spellings of one source found, is one observation.
    seen: dict[tuple[str, str], Run] = {}
    for run in runs:
        seen.setdefault(identity(run), run)
    return tuple(seen.values())


def identity(run: Run) -> tuple[str, str]:
    """Give what makes a run the same observation, whichever source's URL it was found under."""
    return run.id, run.digest or run.source


def _shared_name(runs: tuple[Run, ...]) -> str:
    names = {run.name for run in runs}
    return names.pop() if len(names) == 1 else ""
