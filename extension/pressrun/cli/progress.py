"""Show how far builds are, always on stderr: bars on a terminal, plain lines elsewhere, JSON for programs."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from pressrun.build.outcomes import CellOutcome
from pressrun.cli.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from rich.progress import Progress, TaskID

    from pressrun.build.outcomes import CellResult
    from pressrun.build.paper import Paper

#: Off a terminal, a cell gets a line of its own when it took longer than this.
_WORTH_A_LINE = 1.0
#: Columns of a terminal: that of the bar, and those that the rest of a line needs besides names.
_BAR, _FIGURES = 20, 18
#: Seconds between two pictures of the bars.
FRAME = 0.1


class Display(Protocol):
    """Shows one paper's build to whoever waits for it; a watcher of its cells."""

    def say(self, line: str) -> None:
        """Say a line for a person."""

    def turn_to(self, phase: str) -> None:
        """Say what the build turns to."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Tell that a cell begins: its number from 1, of how many, what to call it, and its id."""

    def cell_ended(self, result: CellResult) -> None:
        """Tell what became of a cell."""


class Board(Protocol):
    """Shows the builds of a command; a context manager, since a terminal has to be put in order afterwards."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def expect(self, papers: int) -> None:
        """Tell how many papers are going to be built from now on."""

    def of(self, paper: Paper) -> Display:
        """Give the display of a paper, the same one until its build has ended."""
        ...

    def ended(self, paper: Paper) -> None:
        """Tell that a paper's build has ended."""

    def refresh(self) -> None:
        """Show what time it is, if nothing else does that."""

    def room(self) -> AbstractContextManager[object]:
        """Make room for lines on the same terminal that stay."""
        ...


def open_board(progress: str, *, refreshes: bool = True) -> Board:
    """Give the board for what is on stderr.

    Parameters
    ----------
    progress
        "json" for a program; "auto" for people.
    refreshes
        Whether a thread of its own keeps bars moving; else whoever holds the board calls `refresh`.
    """
    if progress == "json":
        return JsonBoard()
    return BarBoard(refreshes=refreshes) if sys.stderr.isatty() else LineBoard()


class _Plain:
    """What boards that stand still have in common."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is to be put in order."""

    def expect(self, papers: int) -> None:
        """Leave the sum to the results."""

    def refresh(self) -> None:
        """Nothing moves."""

    def room(self) -> AbstractContextManager[object]:
        """Nothing is in the way."""
        return contextlib.nullcontext()


class LineBoard(_Plain):
    """Plain lines, each of which names its paper: for logs."""

    def __init__(self) -> None:
        self._displays: dict[Path, PaperLines] = {}

    def of(self, paper: Paper) -> Display:
        """Give what prints a paper's lines."""
        return self._displays.setdefault(paper.notebook, PaperLines(paper.name))

    def ended(self, paper: Paper) -> None:
        """Forget a paper."""
        self._displays.pop(paper.notebook, None)


class PaperLines:
    """Prints a line for a cell that took its time or failed."""

    def __init__(self, paper: str) -> None:
        self._paper = paper
        self._name = ""

    def say(self, line: str) -> None:
        """Print a line for a person."""
        print(visible(line), file=sys.stderr, flush=True)

    def turn_to(self, phase: str) -> None:
        """Leave phases to those who can show that they pass."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Remember what the cell is called."""
        self._name = name

    def cell_ended(self, result: CellResult) -> None:
        """Print a line for a cell that took its time or failed."""
        if result.outcome is CellOutcome.FAILED:
            self.say(f"{self._paper}: {result.outcome.symbol} {self._name}")
        elif (result.seconds or 0) >= _WORTH_A_LINE:
            self.say(f"{self._paper}: {result.outcome.symbol} {self._name} {result.seconds:.1f} s")


class BarBoard:
    """A bar for each paper at work and, above them, one for all of several papers; they are gone at the end.

    Parameters
    ----------
    refreshes
        Whether a thread of its own keeps them moving.
    """

    def __init__(self, *, refreshes: bool) -> None:
        self._refreshes = refreshes
        self._bars: Progress | None = None
        self._all: TaskID | None = None
        self._displays: dict[Path, PaperBar] = {}
        self._expected = self._ended = 0
        self._shown = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def expect(self, papers: int) -> None:
        """Begin to count anew."""
        self._expected, self._ended = papers, 0
        if self._bars is not None and self._all is not None:
            self._bars.remove_task(self._all)
            self._all = None

    def of(self, paper: Paper) -> Display:
        """Give a paper's bar, which is seen once it has a cell to show."""
        return self._displays.setdefault(paper.notebook, PaperBar(self, paper.name))

    def ended(self, paper: Paper) -> None:
        """Take a paper's bar away, and count it."""
        self._ended += 1
        display = self._displays.pop(paper.notebook, None)
        if display is not None and display.task is not None and self._bars is not None:
            self._bars.remove_task(display.task)
        self._count()

    def refresh(self) -> None:
        """Draw the bars again if it is time to, unless a thread does."""
        if self._bars is not None and not self._refreshes and time.monotonic() - self._shown >= FRAME:
            self._shown = time.monotonic()
            self._bars.refresh()

    @contextlib.contextmanager
    def room(self) -> Iterator[None]:
        """Take the bars away while lines are printed."""
        if self._bars is None:
            yield
            return
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()

    def say(self, line: str) -> None:
        """Print a line for a person, above the bars if there are any."""
        with self.room():
            print(visible(line), file=sys.stderr, flush=True)

    def bars(self) -> Progress:
        """Give the bars, from when they are needed first."""
        if self._bars is None:
            self._bars = _bars(refreshes=self._refreshes)
            self._bars.start()
        if self._all is None and self._expected > 1:
            self._all = self._bars.add_task("all", total=self._expected, cell="papers")
            self._count()
        return self._bars

    def _count(self) -> None:
        if self._bars is not None and self._all is not None:
            self._bars.update(self._all, completed=self._ended)


class PaperBar:
    """The bar of one paper: how many of its cells are done, and which is at work."""

    def __init__(self, board: BarBoard, paper: str) -> None:
        self._board = board
        self._paper = paper
        self._total = 0
        self.task: TaskID | None = None

    def say(self, line: str) -> None:
        """Print a line for a person."""
        self._board.say(line)

    def turn_to(self, phase: str) -> None:
        """Show what comes after the cells."""
        if self.task is not None:
            self._board.bars().update(self.task, completed=self._total, cell=phase)

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Move the bar to a cell."""
        bars, self._total = self._board.bars(), total
        if self.task is None:
            self.task = bars.add_task(visible(self._paper), total=total, cell="")
        bars.update(self.task, completed=number - 1, total=total, cell=visible(name))

    def cell_ended(self, result: CellResult) -> None:
        """Count the cell with what comes next."""


def _bars(*, refreshes: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(stderr=True, no_color="NO_COLOR" in os.environ)
    # Names share what the bar and the figures leave; on a narrow terminal the bar goes first.
    bar = max(0, min(_BAR, console.width - 2 * _FIGURES - _BAR))
    names = max(4, console.width - bar - _FIGURES)
    left, right = Column(no_wrap=True, max_width=names // 2), Column(no_wrap=True, max_width=names - names // 2)
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=left),
        *([BarColumn(bar_width=bar)] if bar else []),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[cell]}", markup=False, table_column=right),
        console=console,
        transient=True,
        auto_refresh=refreshes,
        # Results go to stdout, which may be a file though stderr is a terminal.
        redirect_stdout=False,
        redirect_stderr=False,
    )


class JsonBoard(_Plain):
    """Tells a program of builds: one JSON object a line, each with "event" and "paper".

    phase
        "phase": what the build turns to.
    cell started
        "number", from 1, of "total"; "id"; "name".
    cell ended
        "id", "outcome", "reason", "reasons" (the same as data), "seconds" (null for what was not executed).
    said
        "line", for people.
    """

    def __init__(self) -> None:
        self._displays: dict[Path, PaperEvents] = {}

    def of(self, paper: Paper) -> Display:
        """Give what tells of a paper."""
        return self._displays.setdefault(paper.notebook, PaperEvents(paper.name))

    def ended(self, paper: Paper) -> None:
        """Forget a paper."""
        self._displays.pop(paper.notebook, None)


class PaperEvents:
    """Tells a program of one paper's build."""

    def __init__(self, paper: str) -> None:
        self._paper = paper
        self._phase = ""

    def say(self, line: str) -> None:
        """Pass on a line for a person."""
        self._tell("said", line=line)

    def turn_to(self, phase: str) -> None:
        """Tell what the build turns to, once: a builder that only looked and the one after it both begin by reading."""
        if phase != self._phase:
            self._phase = phase
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
        tell(event, paper=self._paper, **more)


def tell(event: str, **more: Any) -> None:
    """Tell a program of an event, in one piece."""
    sys.stderr.write(json.dumps({"event": event, **more}) + "\n")
    sys.stderr.flush()
