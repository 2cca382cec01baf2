"""Which runs a panel shows, in which groups, and what became of the others: the arithmetic of the disclosure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pressrun.arguments import check_texts, describe
from pressrun.errors import UsageError
from pressrun.facts import Disclosure, Excluded, RunCite
from pressrun.lettering import count, listing, shorten
from pressrun.records import Run, Status
from pressrun.runs.address import nearest, seed_of
from pressrun.runs.grouping import Groups, group
from pressrun.runs.runset import RunSet

if TYPE_CHECKING:
    from pressrun.project import Metric

#: What stands in a disclosure for runs of a status that a panel leaves out.
REASONS = {
    Status.RUNNING: "running",
    Status.FINISHED: "finished",
    Status.FAILED: "crashed",
    Status.KILLED: "killed",
    Status.DELETED: "deleted",
    Status.UNKNOWN: "of unknown status",
}

#: What is said of runs that are shown although they did not end well.
STATES = {
    Status.RUNNING: "still running",
    Status.FAILED: "crashed",
    Status.KILLED: "killed",
    Status.UNKNOWN: "of unknown status",
}

#: Shown unless the author asks for more: finished runs, and those of sources that know no status.
SOUND = frozenset({Status.FINISHED, Status.UNKNOWN})


@dataclass(slots=True)
class Ledger:
    """The runs left out while a panel is computed, by reason, in the order in which reasons came up."""

    entries: dict[str, list[str]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def leave_out(self, run: Run, reason: str) -> None:
        """Note that a run is not shown, and why; the first reason stands."""
        if (run.source, run.id) not in self.seen:
            self.seen.add((run.source, run.id))
            self.entries.setdefault(reason, []).append(run.id)

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """The exclusions as a disclosure holds them."""
        return tuple(Excluded(reason, tuple(ids)) for reason, ids in self.entries.items())


@dataclass(frozen=True, slots=True)
class Members:
    """The runs of one row or line that may be shown, under the label that readers see."""

    label: str
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        """The label as a static face prints it."""
        return shorten(self.label)


@dataclass(frozen=True, slots=True)
class Selection:
    """Runs by group after those were left out whose status does not allow showing them.

    Parameters
    ----------
    runs
        All runs that the author passed.
    fields
        What they are grouped by; empty where each run stands alone.
    grouped
        Whether runs were pooled in groups.
    members
        One entry a line or row; a group of which no run is left has an empty one.
    ledger
        The runs left out so far.
    notes
        What the disclosure has to say of the selection as such.
    """

    runs: RunSet
    fields: tuple[str, ...]
    grouped: bool
    members: tuple[Members, ...]
    ledger: Ledger
    notes: tuple[str, ...]

    def metric(self, name: str) -> Metric:
        """Give what the project's configuration says of a metric."""
        return metric_of(self.runs, name)

    def member(self, label: object, role: str = "baseline") -> Members:
        """Give the line or row that a label, or a run's id or name, stands for.

        Raises
        ------
        UsageError
            If there is none, or more than one.
        """
        wanted = label.label if isinstance(label, RunSet) else label.id if isinstance(label, Run) else str(label)
        found = [m for m in self.members if m.label == wanted]
        if not found and not self.grouped:
            found = [m for m in self.members if any(wanted in (run.id, run.name) for run in m.runs)]
        if len(found) == 1:
            return found[0]
        known = [m.label for m in self.members]
        if found:
            raise UsageError(f"the {role} {wanted!r} names {len(found)} rows", hint="name one run by its id")
        close = nearest(wanted, known)
        hint = f"did you mean {listing(map(repr, close))}?" if close else f"there are: {listing(map(repr, known), 8)}"
        raise UsageError(f"there is no {role} {shorten(wanted)!r}", hint=hint)

    def disclosure(
        self, shown: Iterable[Members], notes: Iterable[str] = (), *, seeds_repeat: bool = False
    ) -> Disclosure:
        """Give the disclosure for what is shown in the end; `seeds_repeat`: within a group they do so by design."""
        lines = [m for m in shown if m.runs]
        seeds = {m.label: [s for run in m.runs if (s := seed_of(run)) is not None] for m in lines}
        known = self.grouped and any(seeds.values())
        repeated = [label for label, found in seeds.items() if len(set(found)) < len(found)]
        # Of runs that may be shown, some have nothing to show: only those that are seen count.
        said = [*self.notes, *_states(run for m in lines for run in m.runs), *notes]
        if known and repeated and not seeds_repeat:
            said.append(f"seeds repeat within {listing(repeated, 3)}")
        return Disclosure(
            matched=self.runs.matched + len(self.runs.lost),
            shown=len({(run.source, run.id) for m in lines for run in m.runs}),
            excluded=self.ledger.excluded,
            seeds={label: len(set(found)) for label, found in seeds.items()} if known else {},
            balanced=len({tuple(sorted(map(repr, s))) for s in seeds.values()}) <= 1 if known else None,
            notes=tuple(dict.fromkeys(said)),
        )


def run_set(runs: object) -> RunSet:
    """Give the run set of what an author passes for `runs`: a run set, groups, or a list of runs.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    if isinstance(runs, RunSet):
        return runs
    if isinstance(runs, Groups):
        return runs.runs
    if isinstance(runs, Run):
        return RunSet((runs,))
    if isinstance(runs, Sequence) and not isinstance(runs, str) and all(isinstance(run, Run) for run in runs):
        return RunSet(tuple(runs))
    raise UsageError(
        f"runs is of type {type(runs).__name__}, not a run set",
        where="runs",
        hint="pass what pr.runs(…) gave, its groups, or a list of its runs",
    )


def select(
    runs: object,
    *,
    by: str | Sequence[str] | Groups | None,
    include: str | Status | Iterable[str | Status],
    sound: frozenset[Status] = SOUND,
) -> Selection:
    """Choose the runs that a panel may show.

    Parameters
    ----------
    runs
        A run set, groups or a list of runs.
    by
        What to group by; None: as `runs` is grouped, and each run alone if it is not.
    include
        Statuses to show besides: "failed", "killed", "running".
    sound
        Statuses that are shown without being asked for.

    Raises
    ------
    UsageError
        If an argument is not understood.
    """
    given = run_set(runs)
    base, twice = _once(given)
    groups = _groups(runs, base, by)
    allowed = sound | statuses(include)
    ledger = Ledger()
    for run in base:
        if run.status not in allowed:
            ledger.leave_out(run, REASONS[run.status])
    # Runs that a lock names and that are gone may have belonged to this part of their query's answer.
    for run in base.lost:
        ledger.leave_out(run, REASONS[Status.DELETED])
    sound_runs = [run for run in base if run.status in allowed]
    if groups is None:
        members = tuple(Members(label, (run,)) for label, run in zip(run_labels(sound_runs), sound_runs, strict=True))
    else:
        members = _members(groups, sound_runs, ledger)
    notes = _notes(base)
    if twice:
        notes.append(f"{count(twice, 'run')} listed twice counted once")
    return Selection(
        base,
        () if groups is None else groups.fields,
        groups is not None,
        members,
        ledger,
        tuple(notes),
    )


def _once(runs: RunSet) -> tuple[RunSet, int]:
    """Give each run once, and how many that left out: one run under two spellings of its source is one observation."""
    seen: dict[tuple[str, str], Run] = {}
    for run in runs:
        seen.setdefault((run.id, run.digest or run.source), run)
    twice = len(runs) - len(seen)
    return (replace(runs, runs=tuple(seen.values()), matched=runs.matched - twice), twice) if twice else (runs, 0)


def _groups(runs: object, base: RunSet, by: str | Sequence[str] | Groups | None) -> Groups | None:
    if by is None:
        return runs if isinstance(runs, Groups) else None
    if isinstance(by, Groups):
        return by
    fields = check_texts(by, "group", 'write group="config.model"')
    return group(base, fields or None)


def _members(groups: Groups, runs: Sequence[Run], ledger: Ledger) -> tuple[Members, ...]:
    """Give the runs of each group that may be shown, and note those that the author's groups leave out."""
    left = {(run.source, run.id): run for run in runs}
    members = tuple(
        Members(label, tuple(found for run in some if (found := left.pop((run.source, run.id), None)) is not None))
        for label, some in groups.items()
    )
    for run in left.values():
        ledger.leave_out(run, "in no group")
    return members


def statuses(include: str | Status | Iterable[str | Status]) -> frozenset[Status]:
    """Read the statuses that an author asks to show besides the sound ones.

    Raises
    ------
    UsageError
        If a word is no status, or is "deleted": of a deleted run there is nothing to show.
    """
    words = [include] if isinstance(include, (str, Status)) or not isinstance(include, Iterable) else include
    found = set()
    for word in words:
        try:
            found.add(Status(word))
        except ValueError as error:
            raise UsageError(
                f"include is {describe(word)}, and no status",
                where="include",
                hint='one of "running", "failed", "killed"',
            ) from error
    if Status.DELETED in found:
        raise UsageError("deleted runs have no numbers to show", where="include", hint='leave "deleted" out')
    return frozenset(found)


def run_labels(runs: Sequence[Run]) -> list[str]:
    """Give each run a label of its own: its name, with its id where several runs share the name."""
    labels = [run.name or run.id for run in runs]
    for more in ([run.id for run in runs], [run.source for run in runs]):
        counts = Counter(labels)
        labels = [a if counts[a] == 1 else f"{a} · {b}" for a, b in zip(labels, more, strict=True)]
    return labels


def _notes(base: RunSet) -> list[str]:
    notes = []
    if not base.runs:
        notes.append("no runs matched")
    if base.matched > len(base):
        notes.append(f"{count(base.matched - len(base), 'matched run')} not selected")
    if base.problems:
        first = base.problems[0]
        what = shorten(f"{first.where}: {first.reason}", 120)
        notes.append(f"{count(len(base.problems), 'problem')} while reading ({what})")
    return notes


def _states(shown: Iterable[Run]) -> list[str]:
    """Say how many of the runs shown did not end well, or have not ended."""
    counts = Counter({(run.source, run.id): run.status for run in shown}.values())
    return [f"{count(counts[status], 'shown run')} {phrase}" for status, phrase in STATES.items() if counts[status]]


def run_keys(runs: Iterable[Run]) -> dict[tuple[str, str], str]:
    """Give each run, by (source, id), a key of its own in a fact: its id, with the source where ids are shared."""
    every = dict.fromkeys((run.source, run.id) for run in runs)
    counts = Counter(run_id for _, run_id in every)
    return {(source, run_id): run_id if counts[run_id] == 1 else f"{source}#{run_id}" for source, run_id in every}


def metric_of(runs: RunSet, name: str) -> Metric:
    """Give what the run set's project says of a metric, or what its name tells."""
    if runs.project is not None:
        return runs.project.metric(name)
    from pathlib import Path

    from pressrun.project import Project

    return Project(Path()).metric(name)


def cites(members: Iterable[Members]) -> tuple[RunCite, ...]:
    """Cite the runs shown, each once."""
    return tuple(dict.fromkeys(RunCite.of(run) for m in members for run in m.runs))
