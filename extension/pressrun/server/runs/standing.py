"""One source of a register: its runs, those that are growing, and the cheapest way to see that something changed."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from pressrun.errors import SourceError, SourceFormatError, SourceNotFoundError, UsageError
from pressrun.records import Problem, Status
from pressrun.runs.catalog import refreshed
from pressrun.runs.histories import HeldHistories, no_series
from pressrun.runs.index import IndexedHistories, Listing
from pressrun.sources.folder import FolderSource
from pressrun.sources.growing import GrowingRun, growing
from pressrun.sources.registry import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.records import Recorded, Run, RunSource, Series
    from pressrun.runs.histories import Histories
    from pressrun.sources.growing import RereadRun

#: Runs that went while they ran, whose last points are kept for panels that show them.
_LOST = 20
#: Seconds for which a run that cannot be read stands as it was: its file may only be half written.
_PATIENCE = 10.0
#: Running runs of another program's format that are followed: each is read as a whole when it grows.
_MOST = 32
#: A folder whose time is this recent may change again without its time telling.
_RACY_SECONDS = 0.1


class StandingSource:
    """The runs of one source, read through the project's index once and followed from then on.

    Parameters
    ----------
    project
        Whose index is used.
    url
        The source.
    """

    def __init__(self, project: Project, url: str) -> None:
        self.project = project
        self.url = url
        self.was_read = False
        self.problems: tuple[Problem, ...] = ()
        self._source: RunSource | None = None
        self._listing = Listing(())
        self._index: Histories | None = None
        #: Runs that are read as they grow, those that have ended since the last sweep among them.
        self._followed: dict[str, GrowingRun | RereadRun] = {}
        self._fresh: dict[str, Recorded] = {}
        self._lost: dict[str, Recorded] = {}
        self._order: tuple[str, ...] = ()
        self._runs: dict[str, Run] = {}
        self._time: object = None
        #: Runs that are there and could not be read, each with when that was seen first.
        self._torn: dict[str, float] = {}

    @property
    def runs(self) -> list[Run]:
        """The runs, in the source's own order."""
        return [self._runs[run_id] for run_id in self._order]

    def histories(self) -> Histories:
        """Give where the histories of the runs are fetched, as they are now."""
        return FollowedHistories(self._index or HeldHistories(), self._lost | self._fresh)

    def sweep(self, progress: Callable[[int, int], None] | None = None) -> bool:
        """Look at every run; whether anything changed."""
        before = (self._order, self.problems, dict(self._runs))
        since = self._listing if self.was_read and self._index is not None else None
        self._time = self._folder_time()
        running = {run_id for run_id, one in self._followed.items() if one.is_running and not one.is_quiet}
        try:
            self._source = self._source or open_source(self.url, self.project.root)
            index, listing = refreshed(self.project, self._source, progress, since=since, followed=running)
        except (SourceError, UsageError) as error:
            if self._runs and not isinstance(error, (SourceNotFoundError, SourceFormatError, UsageError)):
                # It is there, and cannot be read at the moment: what it had is shown, and the reason.
                self.problems = (Problem(self.url, f"{_said(error)}; its runs are shown as they were read last"),)
            else:
                self._forget(Problem(self.url, _said(error)))
            return (self._order, self.problems, self._runs) != before
        self.was_read = True
        self._listing, self._index = listing, IndexedHistories(index, self._source)
        kept = self._keep_torn(listing)
        self.problems = tuple(each for each in listing.problems if not any(names_run(each, run_id) for run_id in kept))
        self._order = _merged([run.id for run in listing.runs], kept, self._order)
        self._lose(set(self._followed) - set(self._order))
        # What is indexed now need not be held; the same run stays the same object.
        for run_id in [run_id for run_id in self._fresh if run_id not in running]:
            del self._fresh[run_id]
            self._followed.pop(run_id, None)
        old = self._runs
        self._runs = {run_id: old[run_id] for run_id in kept}
        for run in listing.runs:
            now = self._fresh[run.id].run if run.id in self._fresh else run
            was = old.get(run.id)
            self._runs[run.id] = was if was is not None and (was is now or was == now) else now
        changed = (run for run in self._runs.values() if run is not old.get(run.id) or self._is_folder)
        self._follow(run for run in changed if run.status is Status.RUNNING)
        self._grow()
        return (self._order, self.problems, self._runs) != before

    def glance(self) -> bool:
        """Look at what probably changed: running runs, and which runs there are; whether anything did."""
        changed = self._grow()
        if isinstance(self._source, FolderSource):
            at = self._folder_time()
            if at != self._time or at is None:
                self._time = at
                changed |= self._come_and_gone(self._source)
        return changed

    def _keep_torn(self, listing: Listing) -> list[str]:
        """Give the runs that stand as they were, since they are there and have not been unreadable for long."""
        here = {run.id for run in listing.runs}
        lost = [run_id for run_id in self._order if run_id not in here]
        now = time.monotonic()
        self._torn = {
            run_id: self._torn.get(run_id, now)
            for run_id in lost
            if any(names_run(problem, run_id) for problem in listing.problems)
        }
        return [run_id for run_id, since in self._torn.items() if now - since < _PATIENCE]

    def _forget(self, problem: Problem) -> None:
        """Have no runs, since the source as a whole cannot be read now."""
        self._lose(set(self._followed))
        self.was_read = True
        self._order, self._runs, self.problems = (), {}, (problem,)
        self._listing = Listing(())
        self._source = None

    def _lose(self, ids: set[str]) -> None:
        for run_id in ids:
            self._followed.pop(run_id, None)
            if recorded := self._fresh.pop(run_id, None):
                self._lost[run_id] = recorded
        while len(self._lost) > _LOST:
            del self._lost[next(iter(self._lost))]

    def _follow(self, runs: Iterable[Run]) -> None:
        """Begin to follow running runs, of other programs' the newest; the others are seen by sweeps."""
        source = self._source
        chosen = [run for run in runs if run.id not in self._followed]
        if source is None or not chosen:
            return
        if not self._is_folder:
            chosen.sort(key=lambda run: run.started or 0.0)
            chosen = chosen[max(0, len(chosen) - max(0, _MOST - len(self._followed))) :]
        for run in chosen:
            with contextlib.suppress(SourceError):
                if one := growing(source, run.id):
                    self._followed[run.id] = one

    @property
    def _is_folder(self) -> bool:
        return isinstance(self._source, FolderSource)

    def _grow(self) -> bool:
        changed = False
        for run_id, one in list(self._followed.items()):
            if one.recorded is not None and not one.is_running:
                continue
            try:
                grown = one.look()
            except SourceError:
                # Whether it is gone, or only unreadable, the next look at the folder tells.
                self._followed.pop(run_id)
                self._time = None
                continue
            if grown and one.recorded is not None:
                self._fresh[run_id] = one.recorded
                if self._runs.get(run_id) != one.recorded.run:
                    self._runs[run_id] = one.recorded.run
                    changed = True
        return changed

    def _come_and_gone(self, source: FolderSource) -> bool:
        try:
            names = source.names()
        except SourceError as error:
            self._forget(Problem(self.url, _said(error)))
            return True
        here, there = set(self._order), set(names)
        gone = here - there
        self._lose(gone & set(self._followed))
        for run_id in gone:
            del self._runs[run_id]
        order = [run_id for run_id in self._order if run_id not in gone]
        came = False
        for name in names:
            if name in here:
                continue
            # A run's folder gets its name when it is whole; what else has come, the next sweep says.
            with contextlib.suppress(SourceError):
                one = GrowingRun(source, name)
                if one.look() and one.recorded is not None:
                    self._followed[name], self._fresh[name] = one, one.recorded
                    self._runs[name] = one.recorded.run
                    order.append(name)
                    came = True
        if came:
            order.sort()
        self._order = tuple(order)
        return came or bool(gone)

    def _folder_time(self) -> object:
        if not isinstance(self._source, FolderSource):
            return None
        try:
            stat = self._source.folder.stat()
        except OSError:
            return 0
        recent = time.time() - stat.st_mtime < _RACY_SECONDS
        return None if recent else (stat.st_mtime_ns, stat.st_ino)


class FollowedHistories:
    """Histories of one source: of runs that are followed as they were read, of the others from the index.

    Parameters
    ----------
    indexed
        Of the runs that the index has.
    held
        What was read of the runs that are followed, by id.
    """

    def __init__(self, indexed: Histories, held: Mapping[str, Recorded]) -> None:
        self.indexed = indexed
        self.held = held

    def series(self, runs: Sequence[Run], metric: str) -> list[Series]:
        """Give one series a run, an empty one where a run has none."""
        found: dict[int, Series] = {}
        others = []
        for place, run in enumerate(runs):
            recorded = self.held.get(run.id)
            if recorded is not None and recorded.run.digest == run.digest:
                found[place] = recorded.history.get(metric) or no_series()
            else:
                others.append(place)
        if others:
            answers = self.indexed.series([runs[place] for place in others], metric)
            found.update(zip(others, answers, strict=True))
        return [found[place] for place in range(len(runs))]

    def artifact(self, run: Run, path: str) -> Path:
        """Give the local file of an artifact."""
        return self.indexed.artifact(run, path)


def names_run(problem: Problem, run_id: str) -> bool:
    """Whether a problem is about a run: its folder, a file in it, or the run by its id."""
    where = problem.where
    return f"/{run_id}/" in f"/{where}/" or where == f"run {run_id}" or where.startswith(f"run {run_id}, ")


def _merged(order: list[str], kept: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """Put runs that were kept where they stood before, each behind the run that it stood behind."""
    for run_id in kept:
        ahead = reversed(before[: before.index(run_id)])
        order.insert(next((order.index(each) + 1 for each in ahead if each in order), 0), run_id)
    return tuple(order)


def _said(error: SourceError | UsageError) -> str:
    return f"{error.what}{f' ({error.where})' if error.where else ''}"
