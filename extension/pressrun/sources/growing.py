"""Runs that are being written to: each read on from where it was read last, so that watching costs what is new."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from pressrun.errors import SourceError
from pressrun.recording.folders import read_first_words
from pressrun.recording.layout import EVENTS, RUN
from pressrun.recording.liveness import status_of_open
from pressrun.records import Recorded, Status
from pressrun.sources.folder import FolderSource
from pressrun.sources.run_folder import new_journal, read_run_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pressrun.records import Run, RunSource

#: A run whose reading takes long is read less often: for a fifth of a processor's time at most.
_SHARE = 4.0
#: A run of another program's that says nothing for so many seconds may have died long ago: programs rarely tell.
_QUIET = 60.0


class GrowingRun:
    """One running run of a folder of runs.

    Parameters
    ----------
    source
        Where it stands.
    run_id
        Its id.
    """

    def __init__(self, source: FolderSource, run_id: str) -> None:
        self.source = source
        self.id = run_id
        #: What was read last; None before the first reading.
        self.recorded: Recorded | None = None
        self.is_quiet = False
        self._folder = source.place(run_id)
        self._begin()

    def _begin(self) -> None:
        self._journal = new_journal(self.id)
        self._first: dict[str, Any] | None = None
        self._seen: tuple[object, ...] = ()
        self._due = 0.0

    @property
    def is_running(self) -> bool:
        """Whether the run ran when it was read last."""
        return self.recorded is not None and self.recorded.run.status is Status.RUNNING

    def look(self) -> bool:
        """Read what is new; whether there was anything. A run that has ended is read once more, as a whole.

        Raises
        ------
        SourceError
            If the run is gone or cannot be read.
        """
        now, began = time.monotonic(), time.thread_time()
        seen = self._stamp()
        before = self.recorded
        if before is not None and (now < self._due if seen != self._seen else self._lives(before.run)):
            return False
        if self._seen and self._shrank(seen):
            self._begin()
        try:
            if self._first is None or seen[:1] != self._seen[:1]:
                self._first = read_first_words(self._folder)
            recorded = read_run_folder(self._folder, self.id, self.source.url, self._first, self._journal)
        except (OSError, ValueError) as error:
            raise SourceError(f"cannot be read any more: {error}", where=f"run {self.id}") from error
        if recorded.run.status is not Status.RUNNING:
            # Its last line counts now, whether or not it was ended.
            recorded = self.source.read(self.id)
        self._seen = seen
        # What other programs took of the time is no reason to wait.
        self._due = time.monotonic() + _SHARE * (time.thread_time() - began)
        if before is not None and before.run.digest == recorded.run.digest and before.run == recorded.run:
            return False
        self.recorded = recorded
        return True

    def _lives(self, run: Run) -> bool:
        """Whether a run that has said nothing new still runs."""
        heard = max(self._journal.last_time, -math.inf if run.started is None else run.started)
        return status_of_open(self._first or {}, heard) is run.status

    def _stamp(self) -> tuple[object, ...]:
        found: list[object] = []
        for name in (RUN, EVENTS):
            try:
                stat = (self._folder / name).stat()
            except OSError as error:
                if name == RUN:
                    raise SourceError("is gone", where=f"run {self.id}") from error
                found.append(None)
                continue
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
        return tuple(found)

    def _shrank(self, seen: tuple[object, ...]) -> bool:
        """Whether the events file is no longer the one that was read, or shorter than it was."""
        old, new = self._seen[1], seen[1]
        if not isinstance(old, tuple) or not isinstance(new, tuple):
            return old is not None
        return bool(old[0] != new[0] or new[2] < old[2])


class RereadRun:
    """One running run of a source in another program's format, read again as a whole when it may have grown.

    Parameters
    ----------
    source
        Where it stands.
    run_id
        Its id.
    stamp
        Gives a text that changes when the run may have; "" where that cannot be told.
    """

    def __init__(self, source: RunSource, run_id: str, stamp: Callable[[str], str]) -> None:
        self.source = source
        self.id = run_id
        #: What was read last; None before the first reading.
        self.recorded: Recorded | None = None
        self._stamp = stamp
        self._seen = ""
        self._due = 0.0
        self._heard = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Whether the run ran when it was read last."""
        return self.recorded is not None and self.recorded.run.status is Status.RUNNING

    @property
    def is_quiet(self) -> bool:
        """Whether it has not grown for so long that it need not be looked at as often as others."""
        return time.monotonic() - self._heard > _QUIET

    def look(self) -> bool:
        """Read the run if it may have grown; whether it is another.

        Raises
        ------
        SourceError
            If the run is gone or cannot be read.
        """
        if time.monotonic() < self._due:
            return False
        began = time.thread_time()
        try:
            seen = self._stamp(self.id)
        except OSError as error:
            raise SourceError(f"cannot be read any more: {error}", where=f"run {self.id}") from error
        before, grown = self.recorded, False
        if before is None or not seen or seen != self._seen:
            recorded = self.source.read(self.id)
            self._seen = seen
            if before is None or before.run != recorded.run:
                self.recorded, self._heard, grown = recorded, time.monotonic(), True
        self._due = time.monotonic() + _SHARE * (time.thread_time() - began)
        return grown


def growing(source: RunSource, run_id: str) -> GrowingRun | RereadRun | None:
    """Give what reads a running run of some source as it grows; None where only the source as a whole can be looked at.

    Raises
    ------
    SourceNotFoundError
        If there is no such run.
    """
    if isinstance(source, FolderSource):
        return GrowingRun(source, run_id)
    stamp: Callable[[str], str] | None = getattr(source, "stamp_of", None)
    return RereadRun(source, run_id, stamp) if stamp is not None else None
