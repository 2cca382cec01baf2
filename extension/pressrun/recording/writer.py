"""The pen of a run: points wait in memory and reach `events.jsonl` in batches, each one append of whole lines.

Appends of one batch are one system call on a descriptor opened for appending, so several processes may write to one
run, and a kill at any moment can tear the last line only.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import deque
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from pressrun.recording.layout import to_text
from pressrun.recording.values import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Entries after which whoever logs writes them itself, so that memory stays bounded in the tightest loop.
CROWD = 20_000
#: Bytes kept while the disk takes none; beyond it the newest batches are given up and counted.
HELD_LIMIT = 64_000_000

_log = logging.getLogger("pressrun")
_writers: weakref.WeakSet[EventWriter] = weakref.WeakSet()


class EventWriter:
    """Appends the events of one run to its file.

    Parameters
    ----------
    path
        The events file; created if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: Events accepted so far, written or not.
        self.accepted = 0
        #: Events given up because the disk took none for too long.
        self.lost = 0
        #: Set when something waits after nothing did.
        self.arrived = threading.Event()
        #: When something was last written, by the monotonic clock.
        self.last_write = time.monotonic()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._waiting: deque[tuple[int, float, Mapping[str, float]] | str] = deque()
        self._held = b""
        self._names: dict[str, str] = {}
        self._pen = threading.Lock()
        #: Held by whoever counts steps; here, so that a fork finds it free.
        self.counting = threading.Lock()
        self._troubled = False
        self._forked = False
        _writers.add(self)

    def point(self, step: int, when: float, values: Mapping[str, float]) -> None:
        """Take one point; whoever watches `arrived` writes it."""
        waiting = self._waiting
        waiting.append((step, when, values))
        self.accepted += 1
        if len(waiting) == 1:
            self.arrived.set()
        if self._forked or len(waiting) >= CROWD:
            self.flush()

    def event(self, kind: str, **fields: Any) -> None:
        """Take any other event, in order with the points. Its fields are strict JSON."""
        self._waiting.append(to_text({"kind": kind, **fields}))
        self.accepted += 1
        self.arrived.set()
        if self._forked:
            self.flush()

    def flush(self) -> bool:
        """Write what waits. False if the disk did not take all of it; the rest is kept for the next time."""
        with self._pen:
            data = self._held + self._drain()
            if not data:
                return True
            sent = self._append(data)
            # A line cut by a full disk is ended and written again whole: the reader sets the piece aside.
            whole = data.rfind(b"\n", 0, sent) + 1
            self._held = (b"\n" if sent > whole else b"") + data[whole:]
            if len(self._held) > HELD_LIMIT:
                self.lost += self._held.count(b"\n")
                self._held = b""
            return not self._held

    def close(self) -> bool:
        """Write what waits and let go of the file. False if something was lost."""
        complete = self.flush() and not self.lost
        with self._pen:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
        return complete

    def _drain(self) -> bytes:
        lines = []
        for _ in range(len(self._waiting)):
            entry = self._waiting.popleft()
            lines.append(entry if isinstance(entry, str) else self._point_text(*entry))
        return ("\n".join(lines) + "\n").encode("ascii") if lines else b""

    def _point_text(self, step: int, when: float, values: Mapping[str, float]) -> str:
        # Written by hand: four times as fast as the general encoder, and half of the cost of a point.
        parts = []
        for name, value in values.items():
            key = self._names.get(name) or self._name_text(name)
            text = repr(value)
            parts.append(f'{key}:"{text}"' if text[-1] in "nf" else f"{key}:{text}")
        return f'{{"kind":"log","step":{step},"time":{when!r},"values":{{{",".join(parts)}}}}}'

    def _name_text(self, name: str) -> str:
        text = encode_basestring_ascii(clean_text(name))
        if len(self._names) < 10_000:
            self._names[name] = text
        return text

    def _append(self, data: bytes) -> int:
        """Write as much as the disk takes, and say how much."""
        if self._file < 0:
            return 0
        sent = 0
        try:
            while sent < len(data):
                sent += os.write(self._file, data[sent:] if sent else data)
        except OSError as error:
            if not self._troubled:
                _log.warning("pressrun: %s cannot be written (%s); points are kept and tried again", self.path, error)
            self._troubled = True
            return sent
        self._troubled = False
        self.last_write = time.monotonic()
        return sent

    def _after_fork(self) -> None:
        # The copy has neither the thread that writes nor the right to the parent's points: what waits is the parent's,
        # and what the copy logs is written at once, since it may end without a word.
        self.arrived = threading.Event()
        self._waiting = deque()
        self._held = b""
        self._forked = True


_held_over_fork: list[threading.Lock] = []


def _before_fork() -> None:
    # No other thread survives into the copy: a lock that one of them held would stay held there for ever.
    for writer in tuple(_writers):
        for lock in (writer.counting, writer._pen):
            lock.acquire()
            _held_over_fork.append(lock)


def _after_fork() -> None:
    while _held_over_fork:
        _held_over_fork.pop().release()


def _after_fork_in_child() -> None:
    _after_fork()
    for writer in tuple(_writers):
        writer._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
