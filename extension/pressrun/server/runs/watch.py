"""Watches the runs of a register for all who listen, and not at all while nobody does."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from pressrun.server.runs.register import GLANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pressrun.server.runs.register import Register, State
    from pressrun.server.workers import Workers

#: Seconds between looks while nothing runs: a run that begins is seen after this time at most.
_IDLE = 1.0


class Watch:
    """One watch over the sources of a register.

    Parameters
    ----------
    register
        What is watched.
    first
        Reads the sources for the first time.
    workers
        The threads that look.
    """

    def __init__(self, register: Register, first: Callable[[], asyncio.Task[State]], workers: Workers) -> None:
        self.register = register
        self._first = first
        self._workers = workers
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_awake(self) -> bool:
        """Whether somebody listens."""
        return bool(self._listeners)

    @contextlib.contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen for the length of a `with` block; the first listener wakes the watch, the last one ends it."""
        listener = Listener(self)
        self._listeners.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._look())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    @property
    def failure(self) -> BaseException | None:
        """What ended the watch, if anything did."""
        return self._task.exception() if self._task is not None and self._task.done() else None

    async def _look(self) -> None:
        register = self.register
        try:
            if register.state is None:
                await asyncio.shield(self._first())
            last = None
            while True:
                state = await self._workers.run(register.look, sweep=register.sweep_is_due)
                if state is not last:
                    last = state
                    self._tell()
                await asyncio.sleep(GLANCE if state.running else _IDLE)
        finally:
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener.told.set()


class Listener:
    """Somebody who waits for what changes.

    Parameters
    ----------
    watch
        What is listened to.
    """

    def __init__(self, watch: Watch) -> None:
        self.told = asyncio.Event()
        self._watch = watch
        self._seen: State | None = None

    async def next(self, timeout: float | None = None) -> State | None:
        """Wait for a state that was not given before, and give it; None if there is none after so many seconds."""
        while True:
            state = self._watch.register.state
            if state is not None and state is not self._seen:
                self._seen = state
                return state
            if failure := self._watch.failure:
                raise failure
            self.told.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self.told.wait()
            except TimeoutError:
                return None
