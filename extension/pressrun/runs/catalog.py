"""The runs of several sources as they are now, read through the project's index."""

from __future__ import annotations

import sqlite3
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.errors import PressrunWarning
from pressrun.records import Problem, Run
from pressrun.runs.annotations import Annotations
from pressrun.runs.histories import HeldHistories, Histories, JoinedHistories
from pressrun.runs.index import Index, IndexedHistories, Listing, MemoryIndex
from pressrun.sources.memory import MemorySource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.records import RunSource

INDEX_NAME = "index.sqlite"

#: Indexes of this process, for projects whose state folder cannot be written.
_HELD: dict[Path, MemoryIndex] = {}


@dataclass(frozen=True, slots=True)
class Catalog:
    """What some sources have.

    Parameters
    ----------
    runs
        In the order of the sources, and within one in its own order.
    problems
        What was set aside while reading the sources as wholes; a run's own problems stand with the run.
    """

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]
    histories: Histories


def look(project: Project, sources: Iterable[RunSource], progress: Callable[[int, int], None] | None = None) -> Catalog:
    """Give what some sources have now, reading only what changed since anybody looked last.

    Runs of two sources with one id and one content are one run, shown once. With one id and two contents they are kept
    apart, and a problem names both. The project's annotations lie over the runs' own tags.

    Raises
    ------
    SourceError
        If a source as a whole cannot be read.
    """
    runs: list[Run] = []
    problems: list[Problem] = []
    parts: dict[str, Histories] = {}
    for source in sources:
        if isinstance(source, MemorySource):
            recorded = [source.read(ref.id) for ref in source.refs() if not isinstance(ref, Problem)]
            runs += [entry.run for entry in recorded]
            held = {(source.url, entry.run.id): entry.history for entry in recorded}
            parts[source.url] = HeldHistories(held, {source.url: source})
            continue
        index, listing = refreshed(project, source, progress)
        runs += listing.runs
        problems += listing.problems
        parts[source.url] = IndexedHistories(index, source)
    kept, doubled = apart(runs)
    said = Annotations.load(project)
    return Catalog(tuple(said.over(kept)), (*problems, *doubled, *said.problems), JoinedHistories(parts))


def refreshed(
    project: Project,
    source: RunSource,
    progress: Callable[[int, int], None] | None = None,
    *,
    since: Listing | None = None,
    followed: Collection[str] = (),
) -> tuple[Index | MemoryIndex, Listing]:
    """Bring the project's index up to date with a source, and give what the source has, without annotations.

    Parameters
    ----------
    since, followed
        As for `Index.refresh`.

    Raises
    ------
    SourceError
        If the source as a whole cannot be read.
    """
    path = project.state_folder / INDEX_NAME
    if path not in _HELD:
        index = Index(path)
        try:
            return index, index.refresh(source, progress, since=since, followed=followed)
        except (OSError, sqlite3.Error) as error:
            _HELD[path] = MemoryIndex()
            warnings.warn(
                PressrunWarning(f"{path} cannot be used ({error}); this process reads runs without an index"),
                stacklevel=2,
            )
    return _HELD[path], _HELD[path].refresh(source, progress, since=since, followed=followed)


def apart(runs: Sequence[Run]) -> tuple[list[Run], list[Problem]]:
    """Leave out runs that are there already, and name those that only look so."""
    kept: list[Run] = []
    problems: list[Problem] = []
    others: dict[str, list[Run]] = {}
    copies: dict[tuple[str, str], int] = {}
    for run in runs:
        same_id = others.setdefault(run.id, [])
        if twin := next((other for other in same_id if other.digest == run.digest), None):
            copies[twin.source, run.source] = copies.get((twin.source, run.source), 0) + 1
            continue
        for other in same_id:
            reason = f"conflict: {other.source} and {run.source} disagree about this run; both are kept, apart"
            problems.append(Problem(f"run {run.id}", reason))
        same_id.append(run)
        kept.append(run)
    for (one, two), count in copies.items():
        what = "1 run is" if count == 1 else f"{count} runs are"
        problems.append(Problem(two, f"{what} the same in {one}, and counted once"))
    return kept, problems
