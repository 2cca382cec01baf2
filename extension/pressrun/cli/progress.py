"""Show how far a build is, always on stderr: a bar on a terminal, plain lines elsewhere, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from pressrun.build.outcomes import CellOutcome

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Progress, TaskID

    from pressrun.build.outcomes import CellResult

#: Off a terminal, a cell gets a line of its own when it took longer than this.
_WORTH_A_LINE = 1.0


class Display(Protocol):
    """Shows a build to whoever waits for it; a watcher of its cells."""

    def say(self, line: str) -> None:
        """Say a line for a person."""

    def turn_to(self, phase: str) -> None:
        """Say what the build turns to."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Tell that a cell begins: its number from 1, of how many, what to call it, and its id."""

    def cell_ended(self, result: CellResult) -> None:
        """Tell what became of a cell."""


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

    def turn_to(self, phase: str) -> None:
        """Leave phases to programs: people see the cells."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
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


class JsonProgress:
    """Tells a program of a build: one JSON object a line, each with "event" and "paper".

    phase
        "phase": what the build turns to.
    cell started
        "number", from 1, of "total"; "id"; "name".
    cell ended
        "id", "outcome", "reason", "reasons" (the same as data), "seconds" (null for what was not executed).
    said
        "line", for people.
    """

    def __init__(self, paper: str) -> None:
        self._paper = paper

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is to be put in order."""

    def say(self, line: str) -> None:
        """Pass on a line for a person."""
        self._tell("said", line=line)

    def turn_to(self, phase: str) -> None:
        """Tell what the build turns to."""
        self._tell("phase", phase=phase)

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Tell that a cell begins."""
        self._tell("cell started", number=number, total=total, id=cell, name=name)

    def cell_ended(self, result: CellResult) -> None:
        """Tell what became of a cell."""
        seconds = None if result.seconds is None else round(result.seconds, 3)
        said = {"reason": result.reason, "reasons": [reason.to_json() for reason in result.reasons]}
        self._tell("cell ended", id=result.id, outcome=result.outcome.word, **said, seconds=seconds)

    def _tell(self, event: str, **more: Any) -> None:
        line = json.dumps({"event": event, "paper": self._paper, **more})
        # In one piece: papers that are built at once share one stream.
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
