"""The runs of some sources, held in memory and kept up to date at a cost that follows what changed.

Reading begins with the project's index. After that a *glance* costs a few system calls: running runs are read on from
where they ended, and folders are listed again when their time has changed. A *sweep* looks at every run; it is made as
often as its own cost allows. What was found stands in a `State`, which never changes: requests work on one in peace.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressrun.records import Problem, Status
from pressrun.runs.annotations import NAME, Annotations
from pressrun.runs.catalog import apart
from pressrun.runs.histories import HeldHistories, Histories, JoinedHistories
from pressrun.server.runs.finding import Finder
from pressrun.server.runs.keys import key_of
from pressrun.server.runs.matching import Matches
from pressrun.server.runs.standing import StandingSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.project import Project
    from pressrun.records import Run

#: Seconds between glances, and between sweeps; a sweep takes at most a twentieth of the time.
GLANCE = 0.4
SWEEP = 2.0
_SHARE = 20.0
#: A sweep that takes longer than this is not waited for by a request.
_PATIENCE = 0.3

_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class State:
    """What the sources had when somebody looked.

    Parameters
    ----------
    revision
        Changes whenever anything does, and is never given twice, by this server or another.
    runs
        With the project's annotations, in the order of the sources; a run that did not change is the same object.
    keys
        Of the runs, in their order.
    own
        The runs that are annotated, by key, as they are without that.
    """

    revision: str
    runs: tuple[Run, ...] = ()
    keys: tuple[str, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    own: Mapping[str, Run] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    histories: Histories = field(default_factory=HeldHistories)
    running: tuple[str, ...] = ()

    def get(self, key: str) -> Run | None:
        """Give a run by its key; None if it is not there."""
        place = self.places.get(key)
        return None if place is None else self.runs[place]


class Register:
    """The runs of some sources of a project.

    Parameters
    ----------
    project
        Whose root, index and annotations are meant.
    urls
        The sources.

    Attributes
    ----------
    finder
        Answers where-expressions over these runs.
    matches
        Knows which runs match the queries that facts were made of.
    """

    def __init__(self, project: Project, urls: Sequence[str]) -> None:
        self.project = project
        self.urls = tuple(urls)
        #: Runs read and to be read while the sources are read for the first time; None before and after.
        self.reading: tuple[int, int] | None = None
        self.finder = Finder()
        self.matches = Matches()
        self._sources = [StandingSource(project, url) for url in dict.fromkeys(urls)]
        self._reader = threading.Lock()
        self._state: State | None = None
        self._said: Annotations | None = None
        self._annotated: tuple[object, ...] = ()
        self._glanced = self._swept = -1e9
        self._cost = 0.0
        self._overlaid: dict[int, tuple[Run, Run]] = {}

    @property
    def state(self) -> State | None:
        """What was found last; None until the sources have been read once."""
        return self._state

    @property
    def sweep_is_due(self) -> bool:
        """Whether every run should be looked at again."""
        return time.monotonic() - self._swept >= max(SWEEP, _SHARE * self._cost)

    def now(self) -> State:
        """Give what there is now, for a request: a glance at least, and a sweep where that is quick."""
        if self._state is not None:
            # Of thousands of runs the last look will do while somebody else looks at them all, or waits for a disk.
            if not self._reader.acquire(timeout=0.0 if self._cost >= _PATIENCE else _PATIENCE):
                return self._state
            self._reader.release()
            if self._cost >= _PATIENCE:
                return self.look()
        since = time.monotonic() - self._swept
        return self.look(sweep=since >= max(GLANCE, self._cost))

    def look(self, *, sweep: bool = False) -> State:
        """Look at the sources; one thread does, and others wait for it.

        Parameters
        ----------
        sweep
            Whether to look at every run rather than at what probably changed.
        """
        asked = time.monotonic()
        with self._reader:
            state = self._state
            if state is not None and (self._swept if sweep else self._glanced) > asked:
                return state
            began = time.monotonic()
            changed = False
            for source in self._sources:
                changed |= self._look_at(source, sweep=sweep)
            ended = time.monotonic()
            if sweep or state is None:
                self._cost, self._swept = (ended - began if state is not None else 0.0), ended
            self._glanced = ended
            changed |= self._read_annotations()
            if changed or state is None:
                self._state = state = self._put_together()
            self.reading = None
            return state

    def _look_at(self, source: StandingSource, *, sweep: bool) -> bool:
        if source.was_read and not sweep:
            return source.glance()

        def progress(done: int, total: int) -> None:
            if self._state is None:
                self.reading = (done, total)

        return source.sweep(progress)

    def _read_annotations(self) -> bool:
        try:
            stat = os.stat(self.project.root / NAME)  # noqa: PTH116 - a stat, not a path's
            stamp: tuple[object, ...] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            stamp = ()
        if self._said is not None and stamp == self._annotated:
            return False
        self._said, self._annotated = Annotations.load(self.project), stamp
        self._overlaid = {}
        return True

    def annotations_changed(self) -> None:
        """Read the annotations again at the next look, whatever the file's time says."""
        self._annotated = (None,)
        self._glanced = -1e9

    def _put_together(self) -> State:
        assert self._said is not None
        runs: list[Run] = []
        problems: list[Problem] = []
        parts: dict[str, Histories] = {}
        for source in self._sources:
            runs += source.runs
            problems += source.problems
            parts[source.url] = source.histories()
        if len(self._sources) > 1:
            runs, doubled = apart(runs)
            problems += doubled
        shown = self._overlay(runs)
        keys = tuple(map(key_of, shown))
        return State(
            revision=f"{os.getpid():x}-{time.time_ns():x}-{next(_NUMBERS):x}",
            runs=tuple(shown),
            keys=keys,
            places={key: place for place, key in enumerate(keys)},
            own={key: own for key, own, run in zip(keys, runs, shown, strict=True) if own is not run},
            problems=(*problems, *self._said.problems),
            histories=JoinedHistories(parts),
            running=tuple(key for key, run in zip(keys, shown, strict=True) if run.status is Status.RUNNING),
        )

    def _overlay(self, runs: Sequence[Run]) -> list[Run]:
        """Lay the annotations over the runs; the same run gives the same object each time."""
        assert self._said is not None
        before, self._overlaid = self._overlaid, {}
        shown = []
        for run, said in zip(runs, self._said.over(runs), strict=True):
            if said is run:
                shown.append(run)
                continue
            # The first of a pair is held, so that its id is no other's.
            kept = before.get(id(run), (run, said))
            self._overlaid[id(run)] = kept
            shown.append(kept[1])
        return shown
