"""Contrasts: differences of one group of runs against another, or those of claims, corrected for their number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pressrun.lettering import count, listing, shorten
from pressrun.panels.columns import ask, heading
from pressrun.panels.grid import Verdict
from pressrun.panels.ranking import Sample, difference, holm
from pressrun.panels.scores import by_task
from pressrun.panels.selection import Members, select
from pressrun.records import Direction
from pressrun.runs.address import seed_of
from pressrun.statistics.interval import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.facts import ClaimFact
    from pressrun.panels.selection import Selection
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups

#: Forms of claims about one group and a bound: what is shown is by how much its mean differs from that.
_BOUNDED = frozenset({"at_least", "at_most"})
#: Verdicts of claims that decide.
_DECIDED = frozenset({"holds", "fails"})


@dataclass(frozen=True, slots=True)
class Contrast:
    """One difference with its interval and p-value, NaN where the data allow none.

    Parameters
    ----------
    axis
        What the difference is of.
    n
        Pairs, or the smaller side's runs.
    word
        What the data decide, for a reader; "unresolved" after `settle` where the correction leaves it open.
    """

    label: str
    axis: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    p_value: float
    word: str
    margin: float | None = None
    p_corrected: float = math.nan
    is_decided: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """Groups against a baseline."""

    selection: Selection
    members: tuple[Members, ...]
    contrasts: tuple[Contrast, ...]
    notes: tuple[str, ...]


def settle(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Correct for how many there are; what the correction leaves open is unresolved, whatever its interval."""
    settled = []
    for each, corrected in zip(contrasts, holm([each.p_value for each in contrasts]), strict=True):
        is_decided = corrected < 1 - LEVEL and each.word != str(Verdict.UNRESOLVED)
        word = each.word if is_decided else str(Verdict.UNRESOLVED)
        settled.append(replace(each, p_corrected=corrected, is_decided=is_decided, word=word))
    return settled


def of_claim(fact: ClaimFact) -> Contrast | None:
    """Give the difference that a claim is about; None where its evidence gives no estimate."""
    value = _float(fact.estimate)
    if not math.isfinite(value):
        return None
    low, high = (_float(end) for end in fact.interval) if fact.interval else (math.nan, math.nan)
    bound = _float(fact.bound)
    if fact.form in _BOUNDED:
        value, low, high = value - bound, low - bound, high - bound
    word = fact.verdict if fact.verdict in _DECIDED else str(Verdict.UNRESOLVED)
    margin = bound if fact.form == "equivalent" else None
    axis = f"{fact.metric}: {'mean minus its bound' if fact.form in _BOUNDED else 'difference'}"
    p_value = _float(fact.p_value)
    return Contrast(fact.statement, axis, fact.metric, value, low, high, fact.n, p_value, word, margin)


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def against(
    runs: object, metric: str, *, by: str | Sequence[str] | Groups | None, baseline: str, task: str,
    include: str | Status | Iterable[str | Status],
) -> Compared:  # fmt: skip
    """Compare each group with a baseline, on each task by itself where there are tasks.

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or the task.
    UsageError
        If an argument is not understood, or there is no such baseline.
    """
    selection = select(runs, by=by, include=include)
    asked = ask(selection, [metric])[0]
    field = ask(selection, [task])[0] if task else None
    base = selection.member(baseline).label if selection.members else ""
    direction = selection.metric(asked.metric).direction if asked.metric else Direction.MIN
    found = by_task(selection, selection.members, asked, field)
    axis = f"difference in {heading(selection, asked)} to {shorten(base, 24)}"
    contrasts: list[Contrast] = []
    missing: list[str] = []
    used: dict[str, dict[str, list[Run]]] = {}
    for label, tasks in found.items():
        for name in dict.fromkeys([*found[base], *tasks]) if label != base else ():
            title = f"{label} · {name}" if field else label
            mine, theirs = tasks.get(name, []), found[base].get(name, [])
            if not mine or not theirs:
                missing.append(title)
                continue
            # A task's difference says nothing of runs on other tasks: each is cited once, where it counts.
            for side, pairs in ((label, mine), (base, theirs)):
                used.setdefault(side, {})[name] = [run for run, _ in pairs]
            one = difference(_sample(mine), _sample(theirs))
            decided = str(one.verdict(direction))
            contrasts.append(
                Contrast(title, axis, asked.metric, one.value, one.low, one.high, one.n, one.p_value, decided)
            )
    members = tuple(Members(label, tuple(r for some in tasks.values() for r in some)) for label, tasks in used.items())
    _leave_others(selection, members)
    notes = []
    if missing:
        notes.append(f"{count(len(missing), 'difference')} without runs on both sides: {listing(missing, 5)}")
    if contrasts:
        notes.append(f"{'more' if direction is Direction.MAX else 'less'} is better")
    return Compared(selection, members, tuple(contrasts), tuple(notes))


def _leave_others(selection: Selection, members: Sequence[Members]) -> None:
    """Note the runs that count for no difference."""
    kept = {(run.source, run.id) for m in members for run in m.runs}
    for run in (run for m in selection.members for run in m.runs):
        if (run.source, run.id) not in kept:
            selection.ledger.leave_out(run, "with nothing to compare with")


def _sample(pairs: Sequence[tuple[Run, float]]) -> Sample:
    return Sample(tuple(value for _, value in pairs), tuple(seed_of(run) for run, _ in pairs))
