"""Threads for what would keep the event loop from answering: reading runs, computing panels, rendering pages."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

#: Reading is mostly waiting for disks; more threads than this would only queue for the interpreter.
THREADS = 4


class Workers:
    """The server's threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pressrun")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do some work in a thread and wait for it without keeping the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    async def run_timed(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, float]:
        """Do some work, and give the seconds that it took the processor: waiting for others costs nobody anything."""

        def timed() -> tuple[T, float]:
            began = time.thread_time()
            return work(*args, **kwargs), time.thread_time() - began

        return await self.run(timed)

    def end(self) -> None:
        """Begin nothing more; what is at work ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
