"""What a watch says: to people on stdout, or as events to a program on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pressrun.build.outcomes import Outcome
from pressrun.cli.progress import tell
from pressrun.cli.report import print_paper
from pressrun.cli.terminal import say
from pressrun.lettering import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pressrun.cli.built import Built
    from pressrun.cli.progress import Board


class Report(Protocol):
    """Says what a watch does."""

    def watching(self, papers: Sequence[str]) -> None:
        """Say which papers are watched at the beginning."""

    def say(self, line: str) -> None:
        """Say what a person should know."""

    def changed(self, paper: str, names: Sequence[str]) -> None:
        """Say that a paper is going to be built, and what changed; nothing did for its first build."""

    def built(self, built: Built, names: Sequence[str], log: Sequence[str], *, by_runs: bool) -> None:
        """Say what became of a build.

        Parameters
        ----------
        names
            What changed before it.
        log
            Those of its remarks that the build before did not have.
        by_runs
            Whether nothing but runs changed, and the build before was a good one.
        """


class PeopleReport:
    """Says it in lines.

    Parameters
    ----------
    board
        What else is on the terminal.
    root
        Of the project: places in it are named from there.
    explain
        Whether to say of each cell why it ran.
    """

    def __init__(self, board: Board, root: Path, *, explain: bool = False) -> None:
        self._board = board
        self._root = root
        self._explain = explain

    def watching(self, papers: Sequence[str]) -> None:
        """Print how many papers there are, and how to end it."""
        self.say(f"watching {count(len(papers), 'paper')}; Ctrl-C ends it")

    def say(self, line: str) -> None:
        """Print a line."""
        with self._board.room():
            say(line)

    def changed(self, paper: str, names: Sequence[str]) -> None:
        """Leave it to the result, which says so too."""

    def built(self, built: Built, names: Sequence[str], log: Sequence[str], *, by_runs: bool) -> None:
        """Print the result; of runs that come and go without touching the paper, only what is new of them."""
        document = built.document
        if by_runs and document["outcome"] == Outcome.CURRENT.word:
            for line in log:
                self.say(f"{built.paper.name}: {line}")
            return
        stale = document.get("stale") or [{"what": name, "reason": "changed"} for name in names]
        with self._board.room():
            print_paper({**document, "stale": stale, "log": log}, self._root, explain=self._explain, reasons=True)


class EventsReport:
    """Tells a program, beside the events of each build.

    watching
        "papers": the names of those at the beginning.
    said
        "line", for people.
    changed
        "paper" is going to be built; "names" of what changed.
    built
        "paper", and "result", which is its document in `build --json`.
    """

    def watching(self, papers: Sequence[str]) -> None:
        """Tell which papers there are."""
        tell("watching", papers=list(papers))

    def say(self, line: str) -> None:
        """Pass on a line for a person."""
        tell("said", line=line)

    def changed(self, paper: str, names: Sequence[str]) -> None:
        """Tell that a build is to come."""
        tell("changed", paper=paper, names=list(names))

    def built(self, built: Built, names: Sequence[str], log: Sequence[str], *, by_runs: bool) -> None:
        """Tell the result, whatever it is."""
        tell("built", paper=built.paper.name, result=built.document)
