"""The local index: every run that was read, so that only what changed is read again. It can always be made anew.

A run's record stands under (source, id), with the stamp that its source gave; series stand under the digest of the run
that they belong to, so that a run set keeps the histories that its digests name while other processes go on reading. A
state that no record names any longer is kept for an hour. Above `LIMIT` bytes such states go first, then the sources
that nobody looked at for longest.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from pressrun.errors import SourceError
from pressrun.records import Problem, Recorded, Run, RunRef, Series
from pressrun.runs import index_file, index_tables
from pressrun.runs.histories import no_series, source_artifact
from pressrun.runs.packing import DamageError
from pressrun.sources.digests import run_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pressrun.records import RunSource

#: Bytes above which the index forgets.
LIMIT = 2 * 1024**3
#: Runs, or points of histories, that are written in one transaction, so that no process waits long for another.
_BATCH_RUNS = 100
_BATCH_POINTS = 1_000_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a source has now: its runs in its own order, what was set aside, and the stamps by run id."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Index:
    """The index in one SQLite file, which many processes may use at once.

    Parameters
    ----------
    path
        Of the file; it and its folder are made when needed.
    """

    path: Path
    limit: int = LIMIT

    def refresh(
        self,
        source: RunSource,
        progress: Callable[[int, int], None] | None = None,
        *,
        since: Listing | None = None,
        followed: Collection[str] = (),
    ) -> Listing:
        """Bring the index up to date with a source, and give what the source has.

        Parameters
        ----------
        progress
            Called with (runs read, runs to read) while runs are read.
        since
            What an earlier refresh gave: what did not change is then taken from there, which for thousands of runs is
            much faster than from the file.
        followed
            Ids of runs in `since` that somebody reads as they grow: they are taken as they stand there.

        Raises
        ------
        SourceError
            If the source as a whole cannot be read.
        OSError, sqlite3.Error
            If the index cannot be written; `DamageError` never.
        """
        refs, problems = _listed(source)
        known = None if since is None else {run.id: (since.stamps.get(run.id, ""), run) for run in since.runs}
        return self._soundly(
            lambda connection: self._refresh(connection, source, refs, problems, progress, known, followed)
        )

    def series(self, runs: Sequence[Run], metric: str) -> dict[str, Series]:
        """Give the series of a metric by the runs' digests, those that the index has."""
        digests = [run.digest for run in runs]
        return self._soundly(lambda connection: index_tables.series(connection, digests, metric))

    def _soundly(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do some work on the index, on a new one if the one that is there turns out to be damaged."""
        try:
            with index_file.opened(self.path) as connection:
                return work(connection)
        except (DamageError, UnicodeDecodeError):
            # Python cannot decode SQLite's own message where that quotes a damaged schema.
            pass
        except sqlite3.Error as error:
            if not index_file.is_damage(error):
                raise
        index_file.replace(self.path)
        with index_file.opened(self.path) as connection:
            return work(connection)

    def _refresh(
        self,
        connection: sqlite3.Connection,
        source: RunSource,
        refs: Sequence[RunRef],
        problems: Sequence[Problem],
        progress: Callable[[int, int], None] | None,
        held: Mapping[str, tuple[str, Run]] | None,
        followed: Collection[str],
    ) -> Listing:
        known = held
        if known is None:
            known = {run_id: (row.stamp, row.run) for run_id, row in index_tables.rows(connection, source.url).items()}
        stale = _stale(refs, {run_id: stamp for run_id, (stamp, _) in known.items()}, followed)
        current = {run_id: run for run_id, (_, run) in known.items()}
        unreadable: dict[str, Problem] = {}
        done = 0
        for batch in _read(source, stale, unreadable):
            index_tables.write(connection, source.url, batch)
            current |= {ref.id: recorded.run for ref, recorded in batch}
            done += len(batch)
            if progress is not None:
                progress(done + len(unreadable), len(stale))
        here = {ref.id for ref in refs} - set(unreadable)
        if gone := [run_id for run_id in known if run_id not in here]:
            index_tables.forget(connection, source.url, gone)
        index_tables.look(connection, source.url)
        if stale or gone:
            index_tables.prune(connection, source.url, self.limit)
        runs = tuple(current[ref.id] for ref in refs if ref.id in here)
        # What was not read now is read when nobody follows it any longer.
        stamps = {ref.id: "" if ref.id in followed else ref.stamp for ref in refs if ref.id in here}
        return Listing(runs, (*problems, *unreadable.values()), stamps)


@dataclass(slots=True)
class MemoryIndex:
    """An index for one process, where no file can be written."""

    held: dict[str, dict[str, tuple[str, Recorded]]] = field(default_factory=dict)

    def refresh(
        self,
        source: RunSource,
        progress: Callable[[int, int], None] | None = None,
        *,
        since: Listing | None = None,
        followed: Collection[str] = (),
    ) -> Listing:
        """Read what changed since the last time, and give what the source has."""
        refs, problems = _listed(source)
        known = self.held.get(source.url, {})
        stale = _stale(refs, {run_id: stamp for run_id, (stamp, _) in known.items()}, followed)
        unreadable: dict[str, Problem] = {}
        fresh = dict(known)
        for batch in _read(source, stale, unreadable):
            fresh |= {ref.id: (ref.stamp, recorded) for ref, recorded in batch}
            if progress is not None:
                progress(len(fresh), len(refs))
        here = [ref.id for ref in refs if ref.id not in unreadable]
        self.held[source.url] = {run_id: fresh[run_id] for run_id in here}
        stamps = {run_id: "" if run_id in followed else fresh[run_id][0] for run_id in here}
        return Listing(tuple(fresh[run_id][1].run for run_id in here), (*problems, *unreadable.values()), stamps)

    def series(self, runs: Sequence[Run], metric: str) -> dict[str, Series]:
        """Give the series of a metric by the runs' digests, those that are held."""
        found = {}
        for run in runs:
            _, recorded = self.held.get(run.source, {}).get(run.id, ("", None))
            if recorded is not None and recorded.run.digest == run.digest and metric in recorded.history:
                found[run.digest] = recorded.history[metric]
        return found


@dataclass(frozen=True, slots=True)
class IndexedHistories:
    """Histories of one source, from its index; from the source itself where the index has forgotten them."""

    index: Index | MemoryIndex
    source: RunSource

    def series(self, runs: Sequence[Run], metric: str) -> list[Series]:
        """Give one series a run, an empty one where a run has none.

        Raises
        ------
        SourceError
            If the index has forgotten a run's series and the run has changed since it was found.
        """
        wanted = [run for run in runs if metric in run.metrics]
        known: Mapping[str, Series] = {}
        if wanted:
            # A file that cannot be used is no reason to fail: the source has the same series.
            with contextlib.suppress(OSError, sqlite3.Error, DamageError):
                known = self.index.series(wanted, metric)
        found = {run.id: known[run.digest] if run.digest in known else self._again(run, metric) for run in wanted}
        return [found.get(run.id) or no_series() for run in runs]

    def _again(self, run: Run, metric: str) -> Series:
        recorded = _digested(self.source.read(run.id))
        if recorded.run.digest != run.digest:
            raise SourceError(
                "the run has changed since it was found", where=f"run {run.id}", hint="find it again with pr.runs(…)"
            )
        return recorded.history.get(metric, no_series())

    def artifact(self, run: Run, path: str) -> Path:
        """Give the local file of an artifact."""
        return source_artifact({self.source.url: self.source}, run, path)


def _listed(source: RunSource) -> tuple[list[RunRef], list[Problem]]:
    refs: dict[str, RunRef] = {}
    problems = []
    for entry in source.refs():
        if isinstance(entry, Problem):
            problems.append(entry)
        elif entry.id in refs:
            problems.append(Problem(f"{source.url} {entry.id}", "a second run has the same id; the first is shown"))
        else:
            refs[entry.id] = entry
    return list(refs.values()), problems


def _stale(refs: Iterable[RunRef], stamps: Mapping[str, str], followed: Collection[str]) -> list[RunRef]:
    """Give the runs that may have changed since they were stamped, those apart that somebody follows."""
    return [
        ref
        for ref in refs
        if not (ref.id in stamps and (ref.id in followed or (ref.stamp and stamps[ref.id] == ref.stamp)))
    ]


def _read(
    source: RunSource, refs: Iterable[RunRef], unreadable: dict[str, Problem]
) -> Iterator[list[tuple[RunRef, Recorded]]]:
    """Read runs, some at a time; those that cannot be read are noted with the reason."""
    batch: list[tuple[RunRef, Recorded]] = []
    points = 0
    for ref in refs:
        try:
            recorded = _digested(source.read(ref.id))
        except SourceError as error:
            unreadable[ref.id] = Problem(error.where or f"{source.url} {ref.id}", error.what)
            continue
        batch.append((ref, recorded))
        points += sum(map(len, recorded.history.values()))
        if len(batch) >= _BATCH_RUNS or points >= _BATCH_POINTS:
            yield batch
            batch, points = [], 0
    if batch:
        yield batch


def _digested(recorded: Recorded) -> Recorded:
    if recorded.run.digest:
        return recorded
    return Recorded(replace(recorded.run, digest=run_digest(recorded.run, recorded.history)), recorded.history)
