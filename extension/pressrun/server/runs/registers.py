"""Which registers there are: one for each project and list of sources that somebody asked for lately."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from pressrun.server.reach import check_sources
from pressrun.server.runs.register import Register
from pressrun.server.runs.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.server.runs.register import State
    from pressrun.server.workers import Workers

#: Registers kept in memory; those that nobody asked for longest are let go of.
_MOST = 12
_SETTING = "pressrun_registers"


class Registers:
    """The registers of a server.

    Parameters
    ----------
    root
        The folder that the server serves: sources that a project does not name itself must lie inside it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Held by who computes a panel: one at a time, since threads are for requests too.
        self.computing = asyncio.Semaphore(1)
        self._held: OrderedDict[tuple[Path, tuple[str, ...]], Register] = OrderedDict()
        self._lock = threading.Lock()
        self._first: dict[Register, asyncio.Task[State]] = {}
        self._watches: dict[Register, Watch] = {}

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Registers:
        """Give the registers of the server that has these settings."""
        found: Registers = settings[_SETTING]
        return found

    def get(self, project: Project, urls: Sequence[str] | None = None) -> Register:
        """Give the register of some sources; None stands for the project's own.

        Raises
        ------
        SourceError
            If a source is neither one of the project's nor inside the server's root.
        """
        chosen = tuple(dict.fromkeys(project.sources if urls is None or not urls else urls))
        check_sources(chosen, project, self.root)
        key = (project.root, chosen)
        with self._lock:
            register = self._held.pop(key, None)
            if register is None or register.project != project:
                register = Register(project, chosen)
            self._held[key] = register
            while len(self._held) > _MOST:
                self._held.popitem(last=False)
        return register

    def first(self, register: Register, workers: Workers) -> asyncio.Task[State]:
        """Read a register's sources for the first time, in one thread whoever asks; on the loop's thread."""
        task = self._first.get(register)
        if task is None:
            task = self._first[register] = asyncio.ensure_future(workers.run(register.now))
            task.add_done_callback(lambda _: self._first.pop(register, None))
        return task

    def watch(self, register: Register, workers: Workers) -> Watch:
        """Give the one watch over a register's sources, which all subscriptions share."""
        watch = self._watches.get(register)
        if watch is None or not watch.is_awake:
            self._watches = {each: one for each, one in self._watches.items() if one.is_awake}
            watch = self._watches[register] = Watch(register, lambda: self.first(register, workers), workers)
        return watch
