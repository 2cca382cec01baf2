"""Show how far a build is: a bar over the cells on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from pressrun.build.outcomes import CellOutcome

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Progress, TaskID

    from pressrun.build.outcomes import CellResult

#: Off a terminal, a cell gets a line of its own when it took longer than this.
_WORTH_A_LINE = 1.0


class CellProgress:
    """Watches the cells of one paper; a context manager, since a terminal has to be put in order afterwards."""

    def __init__(self, paper: str, *, quiet: bool = False) -> None:
        self._paper = paper
        self._quiet = quiet
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._name = ""
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, line: str) -> None:
        """Print a line for a person, above the bar if there is one."""
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=sys.stderr, flush=True)

    def cell_started(self, number: int, total: int, name: str) -> None:
        """Move the bar to a cell."""
        self._name = name
        if self._quiet or not sys.stderr.isatty():
            return
        if self._bar is None:
            self._start(total)
        assert self._bar is not None
        assert self._task is not None
        self._bar.update(self._task, completed=number - 1, total=total, cell=name)

    def cell_ended(self, result: CellResult) -> None:
        """Print a line for a cell that took its time or failed, where there is no bar."""
        if self._bar is not None or self._quiet:
            return
        if result.outcome is CellOutcome.FAILED:
            self.say(f"{self._paper}: {result.outcome.symbol} {self._name}")
        elif (result.seconds or 0) >= _WORTH_A_LINE:
            self.say(f"{self._paper}: {result.outcome.symbol} {self._name} {result.seconds:.1f} s")

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True, no_color="NO_COLOR" in os.environ)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[cell]}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task(self._paper, total=total, cell="")
        self._bar.start()
