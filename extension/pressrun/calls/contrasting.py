"""What a paper about a project's runs begins with: the metric, the field and the two groups, read off the runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pressrun.calls.call import RunsQuery
from pressrun.calls.computing import find
from pressrun.calls.offers import likely_group, offers
from pressrun.claims.claim import judge
from pressrun.claims.forms import greater, less
from pressrun.claims.sample import Sample
from pressrun.claims.verdict import Verdict
from pressrun.errors import PressrunError
from pressrun.records import Direction, Role
from pressrun.runs.address import Address
from pressrun.runs.contrast import Contrast
from pressrun.statistics.interval import LEVEL, student_t

if TYPE_CHECKING:
    from pressrun.project import Project
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Of all runs, those whose values may support a claim.
_FINISHED = "status == 'finished'"
#: Words in names of numbers that say how a run went and not what came out.
_ABOUT_THE_RUN = frozenset(
    {"epoch", "epochs", "step", "steps", "iteration", "iterations", "seconds", "time", "timestamp", "runtime"}
    | {"duration", "memory", "seed", "n", "count", "params", "parameters", "lr", "rate"}
)
#: Words in a metric's name, the more telling first; whatever has none of them stands behind.
_TELLING = (frozenset({"test"}), frozenset({"val", "valid", "validation", "dev", "eval"}))
_TRAINING = frozenset({"train", "training"})
#: Verdicts that a paper can begin with.
_SOUND = (Verdict.HOLDS, Verdict.UNRESOLVED)


def contrast(project: Project) -> Contrast | None:
    """Give what a project's runs compare; None where they, or what can be read of them, leave it open."""
    # A notebook in its own folder finds a project by its configuration only.
    if not project.configured:
        return None
    try:
        runs = find(RunsQuery(), project)
    except PressrunError:
        # Sources that are not there yet, or cannot be read, must not keep anybody from beginning a paper.
        return None
    return contrast_of(runs, project)


def contrast_of(runs: RunSet, project: Project) -> Contrast | None:
    """Give what some runs of a project compare; None where they leave it open."""
    finished = runs.only([run for run in runs if run.status.is_evidence])
    fields = likely_group(finished)
    if not fields:
        return None
    where = "" if len(finished) == len(runs) else _FINISHED
    groups = finished.group_by(*fields)
    for metric in _metrics(finished, project):
        direction = project.metric(metric).direction
        ranked = _ranked(groups, metric, direction)
        if len(ranked) < 2:
            continue
        better, baseline = ranked[:2]
        compare = greater if direction is Direction.MAX else less
        if judge("", compare(groups[better], groups[baseline], metric), LEVEL).verdict in _SOUND:
            title = project.metric(metric).title or metric
            history = _history(groups, metric, project)
            return Contrast(where, fields[0], better, baseline, metric, title, direction, history)
    return None


def _metrics(runs: RunSet, project: Project) -> list[str]:
    """Give the summary entries that may be compared, the likeliest first."""
    names = [name for name in offers(runs).summary if Address.parse(name) == Address("summary", (name,))]
    return sorted((name for name in names if _tells(name, project)), key=lambda name: _rank(name, project))


def _words(name: str) -> set[str]:
    return set(re.split(r"[\W_]+", name.lower()))


def _tells(name: str, project: Project) -> bool:
    return name in project.metrics or not _words(name) & _ABOUT_THE_RUN


def _rank(name: str, project: Project) -> tuple[bool, int, int, str]:
    words = _words(name)
    declared = list(project.metrics)
    is_training = project.metric(name).role is Role.TRAINING or bool(words & _TRAINING)
    place = declared.index(name) if name in declared else len(declared)
    telling = next((n for n, some in enumerate(_TELLING) if words & some), len(_TELLING))
    return is_training, place, telling, name


def _ranked(groups: Groups, metric: str, direction: Direction) -> list[str]:
    """Give the groups in which the metric is repeated, the best mean first; of equal ones as they stand."""
    means: dict[str, float] = {}
    for label, members in groups.items():
        sample = Sample.of(members, metric)
        if sample.n >= 2 and sample.n == len(members):
            means[label] = student_t(sample.values).mean
    sign = -1.0 if direction is Direction.MAX else 1.0
    return sorted(means, key=lambda label: sign * means[label])


def _history(groups: Groups, metric: str, project: Project) -> str:
    """Give the metric if it was recorded over steps, else the likeliest one that was in every run."""
    everywhere = [name for name, count in groups.runs.metrics.items() if count == len(groups.runs)]
    if metric in everywhere:
        return metric
    likely = sorted((name for name in everywhere if _tells(name, project)), key=lambda name: _rank(name, project))
    return next(iter(likely), "")
