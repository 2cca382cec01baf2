"""The process that the kernels of this server's builds are forked from: a build after another starts at once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from pressrun.build.packages import Packages
from pressrun.build.warm_start import kernel_parent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Seconds after the last build for which it is kept: it holds the memory of the libraries that papers use.
KEPT = 600.0


class _Parent:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.packages = Packages()
        self.environment = dict(environment)
        self.builds = 0
        self._stack = contextlib.ExitStack()
        self.address = self._stack.enter_context(kernel_parent(given=self.environment))

    def end(self) -> None:
        self._stack.close()


class KernelParents:
    """Lends builds the process to fork from: begun with the first build, and ended when none came for a while.

    Where packages changed since it was begun, the next build gets another one; the old one ends with its last build.

    Parameters
    ----------
    kept
        Seconds for which one is kept without a build.
    """

    def __init__(self, kept: float = KEPT) -> None:
        self._kept = kept
        self._current: _Parent | None = None
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def lent(self, environment: Mapping[str, str]) -> Iterator[str]:
        """Give the address of the process for one build, for the variable `PRESSRUN_WARM`.

        Parameters
        ----------
        environment
            The builder's.
        """
        current = self._current
        if current is not None and (current.packages.have_changed() or current.environment != dict(environment)):
            self._let_go()
        if self._timer is not None:
            self._timer.cancel()
        parent = self._current = self._current or _Parent(environment)
        parent.builds += 1
        try:
            yield parent.address
        finally:
            parent.builds -= 1
            if parent is not self._current:
                self._end_unused(parent)
            elif parent.builds == 0:
                self._timer = asyncio.get_running_loop().call_later(self._kept, self._let_go)

    async def end(self) -> None:
        """End it, at the end of the server, when all builds have ended."""
        if self._timer is not None:
            self._timer.cancel()
        if self._current is not None:
            await asyncio.to_thread(self._current.end)

    def _let_go(self) -> None:
        parent, self._current = self._current, None
        if parent is not None:
            self._end_unused(parent)

    def _end_unused(self, parent: _Parent) -> None:
        if parent.builds == 0:
            # It may still be importing, and is waited for.
            asyncio.get_running_loop().run_in_executor(None, parent.end)
