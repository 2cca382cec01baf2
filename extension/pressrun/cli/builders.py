"""Builders: a process a paper, so that none can take another one down, all of which share one import of what they need.

A builder is forked from this process, which has no threads but one that sleeps. What executing a paper needs is
imported here once, when the first paper turns out to need it; builders that are forked before only say whether their
paper does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

import click

from pressrun.build.build import build_paper
from pressrun.build.build_lock import spare_lock
from pressrun.build.kernels import WARM_ENV, end_of
from pressrun.build.outcomes import Outcome
from pressrun.build.warm_start import kernel_parent
from pressrun.cli.built import Built
from pressrun.cli.ending import end_in_silence, end_with_parent
from pressrun.cli.start import leave_grammars_out
from pressrun.errors import ExitCode
from pressrun.publish.publication import SitePublisher

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, SpawnContext
    from multiprocessing.process import BaseProcess
    from typing import Self

    from pressrun.build.outcomes import CellResult
    from pressrun.build.paper import Paper
    from pressrun.cli.progress import Board
    from pressrun.cli.request import Request

#: macOS' own libraries are not made for processes that are forked and go on; there, and where nothing can be forked,
#: each builder starts from nothing.
_FORKS = sys.platform not in {"darwin", "win32"}

#: What it takes to execute a paper and to publish it as a page.
_NEEDED = (
    "pressrun.build.engine",
    "pressrun.build.cell_memory",
    "pressrun.build.surroundings",
    "pressrun.runs.catalog",
    "papermill.engines",
    "papermill.inspection",
    "papermill.parameterize",
    "pressrun.review.compare",
    "pressrun.publish.evidence",
    "pressrun.publish.html",
    "pressrun.publish.pdf",
    "pressrun.build.incremental",
    "numpy",
    "pyarrow.parquet",
    "pypandoc",
    "psutil",
)

#: What builders that were told to end need for their kernels and their scratch space.
_SECONDS_TO_END = 15


@dataclass(slots=True)
class _Builder:
    paper: Paper
    request: Request
    process: BaseProcess
    #: Whether it only says whether its paper is to be executed.
    asks: bool
    answer: tuple[ExitCode, dict[str, Any]] | None = None


class Builders:
    """The builders of a command; a context manager, at whose end none is left.

    Parameters
    ----------
    jobs
        How many may be at work at once.
    board
        Where what builders say is shown.
    forks
        Whether builders are forked from this process.
    """

    def __init__(self, jobs: int, board: Board, *, forks: bool = _FORKS) -> None:
        self._jobs = jobs
        self._board = board
        self._forks = forks
        self._loaded = not forks
        self._kernels = contextlib.ExitStack()
        self._context: ForkContext | SpawnContext = (
            multiprocessing.get_context("fork") if forks else multiprocessing.get_context("spawn")
        )
        self._waiting: deque[tuple[Paper, Request]] = deque()
        self._at_work: dict[Connection, _Builder] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def busy(self) -> bool:
        """Whether any paper waits or is at work."""
        return bool(self._waiting or self._at_work)

    def submit(self, paper: Paper, request: Request) -> None:
        """Have a paper built, after those that wait."""
        self._waiting.append((paper, request))

    def load(self) -> None:
        """Import, once, what every builder from now on finds imported, and have kernels forked likewise."""
        if self._loaded:
            return
        # It imports what kernels need while this process imports what builders need.
        if WARM_ENV not in os.environ:
            os.environ[WARM_ENV] = self._kernels.enter_context(kernel_parent())
            self._kernels.callback(os.environ.pop, WARM_ENV)
        for name in _NEEDED:
            importlib.import_module(name)
        from nbformat.v4 import new_code_cell

        # Checks the cell, for which the format's schema is compiled, once.
        new_code_cell()
        # What is here stays: builders share its memory as long as nobody, the collector neither, writes to it.
        gc.collect()
        gc.freeze()
        self._loaded = True

    def step(self, timeout: float) -> list[Built]:
        """Begin what can begin, pass on what builders say within so many seconds, and give what has ended."""
        while self._waiting and len(self._at_work) < self._jobs:
            self._begin(*self._waiting.popleft())
        ended = []
        heard = wait(list(self._at_work), timeout)
        for line, builder in [(line, builder) for line, builder in self._at_work.items() if line in heard]:
            try:
                name, arguments = line.recv()
            except (EOFError, OSError):
                del self._at_work[line]
                line.close()
                ended += self._conclude(builder)
                continue
            if name == "answer":
                builder.answer = arguments
            else:
                getattr(self._board.of(builder.paper), name)(*arguments)
        return ended

    def end(self) -> None:
        """End the builders that are at work, with their kernels, and begin no more."""
        self._waiting.clear()
        builders, until = list(self._at_work.values()), time.monotonic() + _SECONDS_TO_END
        self._at_work.clear()
        for builder in builders:
            builder.process.terminate()
        for builder in builders:
            builder.process.join(max(0.0, until - time.monotonic()))
            if builder.process.is_alive():
                builder.process.kill()
                builder.process.join()
                _clear(builder.paper)
        self._kernels.close()

    def _begin(self, paper: Paper, request: Request) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        asks = not self._loaded
        process = self._context.Process(target=_build, args=(paper, request, theirs, asks, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        self._at_work[ours] = _Builder(paper, request, process, asks)

    def _conclude(self, builder: _Builder) -> list[Built]:
        paper, process = builder.paper, builder.process
        process.join()
        if builder.answer is not None:
            code, document = builder.answer
            if builder.asks and document["outcome"] == Outcome.STALE.word and "error" not in document:
                self.load()
                self._waiting.appendleft((paper, builder.request))
                return []
            return [Built(paper, code, document)]
        if process.exitcode == -signal.SIGKILL:
            # Nobody was left to end the kernel and to clear up.
            _clear(paper)
        return [_failed(paper, process.exitcode)]


def _clear(paper: Paper) -> None:
    from pressrun.build.scratch import clear_scratch

    with spare_lock(paper) as is_free:
        # A builder that came meanwhile clears up by itself, before it begins.
        if is_free:
            clear_scratch(paper)


def _failed(paper: Paper, exitcode: int | None) -> Built:
    hint = "build it by itself"
    if exitcode == -signal.SIGKILL:
        hint = "if memory ran out, build fewer at once with -j, or it by itself"
    what = f"its builder did not come to an end: {end_of(exitcode)}"
    error = {"kind": "BuildError", "what": what, "where": paper.label, "hint": hint}
    document = {"paper": paper.name, "outcome": Outcome.FAILED.word, "version": None, "error": error}
    code = ExitCode.INTERNAL if exitcode == ExitCode.INTERNAL else ExitCode.BUILD
    return Built(paper, code, document)


def _build(paper: Paper, request: Request, line: Connection, asks: bool, parent: int) -> None:
    """Build a paper, as a process of its own."""
    if os.name == "posix":
        # A session of its own: the terminal interrupts the command alone, which then ends each builder once.
        os.setsid()
    end_in_silence()
    end_with_parent(parent)
    leave_grammars_out()
    # What a library prints is for people; stdout is for the command's answer.
    os.dup2(sys.stderr.fileno(), 1)
    teller = _Teller(line)
    try:
        result = build_paper(paper, request.to_options(teller, execute=not asks), SitePublisher(teller.turn_to))
    except Exception:
        traceback.print_exc()
        click.echo(
            f"pressrun: {paper.name}: this is an error in pressrun itself; please report it with the lines above",
            err=True,
        )
        sys.exit(ExitCode.INTERNAL)
    teller.tell("answer", result.exit_code, result.to_json())


class _Teller:
    """A builder's side of its display, which is in the process that began it."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def tell(self, name: str, *arguments: object) -> None:
        """Tell something to the process that began this one; without it nobody waits for a result."""
        try:
            self._line.send((name, arguments))
        except BrokenPipeError:
            sys.exit(128 + signal.SIGPIPE)

    def say(self, line: str) -> None:
        """Pass a line on."""
        self.tell("say", line)

    def turn_to(self, phase: str) -> None:
        """Pass a phase on."""
        self.tell("turn_to", phase)

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Pass on that a cell begins."""
        self.tell("cell_started", number, total, name, cell)

    def cell_ended(self, result: CellResult) -> None:
        """Pass on what became of a cell."""
        self.tell("cell_ended", result)
