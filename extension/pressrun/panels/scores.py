"""Scores: the finite numbers that runs have of one metric, by method and task, with what became of the runs without."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pressrun.lettering import count, listing, shorten
from pressrun.panels.columns import ask, heading, word
from pressrun.panels.selection import Members, select
from pressrun.records import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups


#: Numbers beyond this count as if they were not finite: sums and differences of a few of them are not.
GREATEST = 1e300


def finite(selection: Selection, runs: Sequence[Run], asked: Asked) -> list[tuple[Run, float]]:
    """Give the runs that have a finite number, with it; the others are noted as left out."""
    found = []
    for run in runs:
        number = asked.number(run)
        if number is None:
            selection.ledger.leave_out(run, f"without {asked.key}")
        elif not math.isfinite(number):
            selection.ledger.leave_out(run, f"with a non-finite {asked.key}")
        elif abs(number) > GREATEST:
            selection.ledger.leave_out(run, f"with {asked.key} beyond {GREATEST:g}")
        else:
            found.append((run, number))
    return found


def pooled(selection: Selection) -> tuple[Members, ...]:
    """Give the groups; all runs as one where there are none."""
    if selection.grouped:
        return selection.members
    return (Members("all runs", tuple(run for m in selection.members for run in m.runs)),)


def by_task(
    selection: Selection, members: Sequence[Members], asked: Asked, field: Asked | None
) -> dict[str, dict[str, list[tuple[Run, float]]]]:
    """Give the runs that have a finite number, with it, by group and task; all as of one task where `field` is None."""
    found: dict[str, dict[str, list[tuple[Run, float]]]] = {}
    for m in members:
        tasks = found.setdefault(m.label, {})
        for run, number in finite(selection, m.runs, asked):
            value = field.value(run) if field else ""
            if value is not None:
                tasks.setdefault(word(value), []).append((run, number))
            elif field:
                selection.ledger.leave_out(run, f"without {field.key}")
    return found


@dataclass(frozen=True, slots=True)
class Bench:
    """Methods over the tasks that all of them have been run on: nothing is filled in.

    Parameters
    ----------
    asked
        The metric.
    axis
        What it is called.
    better
        Which way it is better.
    members
        The methods that have scores, with the runs that count.
    tasks
        The tasks that all these methods have, in the order in which they come up.
    scores
        For each method, one array of runs a task, in their order.
    notes
        What was left out, for the disclosure.
    """

    selection: Selection
    asked: Asked
    axis: str
    better: Direction
    members: tuple[Members, ...]
    tasks: tuple[str, ...]
    scores: tuple[tuple[NDArray[np.float64], ...], ...]
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The methods as categories of an axis, each with how many runs it has, no two alike."""
        names = [f"{shorten(m.label, 20)} (n = {len(m.runs)})" for m in self.members]
        return [name if names.count(name) == 1 else f"{place + 1} · {name}" for place, name in enumerate(names)]

    @property
    def upward(self) -> tuple[tuple[NDArray[np.float64], ...], ...]:
        """The scores so that more is better: negated where less is."""
        return self.scores if self.better is Direction.MAX else tuple(tuple(-t for t in each) for each in self.scores)

    @property
    def lonely(self) -> str:
        """Say which methods have a single run of a task, and so no interval; "" where none has."""
        some = [
            shorten(m.label)
            for m, each in zip(self.members, self.scores, strict=True)
            if any(task.size < 2 for task in each)
        ]
        return f"no interval, for want of a second run of a task: {listing(some, 5)}" if some else ""


def bench(
    runs: object, metric: str, *, by: str | Sequence[str] | Groups | None, task: str,
    include: str | Status | Iterable[str | Status],
) -> Bench:  # fmt: skip
    """Sort runs by method and task.

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or the task.
    UsageError
        If an argument is not understood.
    """
    selection = select(runs, by=by, include=include)
    asked, field = ask(selection, [metric])[0], ask(selection, [task])[0]
    found = {label: tasks for label, tasks in by_task(selection, pooled(selection), asked, field).items() if tasks}
    every = list(dict.fromkeys(name for tasks in found.values() for name in tasks))
    common = tuple(name for name in every if all(name in tasks for tasks in found.values()))
    notes = []
    without = [m.label for m in pooled(selection) if m.label not in found]
    if selection.grouped and without:
        notes.append(f"nothing to show of {listing(map(shorten, without), 5)}")
    if len(common) < len(every):
        lacks = [
            f"{shorten(label)} lacks {listing(map(shorten, missing), 5)}"
            for label, tasks in found.items()
            if (missing := [name for name in every if name not in tasks])
        ]
        left = count(len(every) - len(common), "task")
        notes.append(f"{left} left out that some method lacks: {listing(lacks, 5)}")
        for tasks in found.values():
            for name in tasks.keys() - set(common):
                for run, _ in tasks[name]:
                    selection.ledger.leave_out(run, "of a task that some method lacks")
        if not common:
            notes.append("no task is common to all methods: choose methods that share some")
    kept = found if common else {}
    return Bench(
        selection,
        asked,
        heading(selection, asked),
        selection.metric(asked.metric).direction if asked.metric else Direction.MIN,
        tuple(Members(label, tuple(run for name in common for run, _ in tasks[name])) for label, tasks in kept.items()),
        common,
        tuple(tuple(np.array([number for _, number in tasks[name]]) for name in common) for tasks in kept.values()),
        tuple(notes),
    )
