"""What became of a build and of each cell: outcomes that carry their symbol and style, and the result as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from pressrun.claims.verdict import Verdict
from pressrun.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pressrun.build.reasons import Reason
    from pressrun.errors import PressrunError


class CellOutcome(Enum):
    """What became of one cell in a build."""

    EXECUTED = ("executed", "✓", "green")
    TEXT = ("text", "·", "dim")
    SKIPPED = ("skipped", "-", "yellow")
    CURRENT = ("current", "=", "dim")
    FAILED = ("failed", "✗", "bold red")
    NOT_RUN = ("not run", " ", "dim")

    def __init__(self, word: str, symbol: str, style: str) -> None:
        self.word = word
        self.symbol = symbol
        #: A style of rich.
        self.style = style

    def __str__(self) -> str:
        return self.word


class Outcome(Enum):
    """What became of a paper in a build or a check."""

    PUBLISHED = ("published", "✓", "bold green")
    CURRENT = ("current", "=", "green")
    STALE = ("stale", "~", "yellow")
    FAILED = ("failed", "✗", "bold red")

    def __init__(self, word: str, symbol: str, style: str) -> None:
        self.word = word
        self.symbol = symbol
        #: A style of rich.
        self.style = style

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class StaleReason:
    """Why a published paper no longer says what its inputs say: which input, and what is the matter with it."""

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell of a build: its outcome, why it was executed or not, in words and as data, and for how long."""

    id: str
    kind: str
    outcome: CellOutcome
    reason: str = ""
    seconds: float | None = None
    reasons: tuple[Reason, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the cell in the shape of `build --json`."""
        data: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "outcome": self.outcome.word,
            "reason": self.reason,
            "reasons": [reason.to_json() for reason in self.reasons],
        }
        return data if self.seconds is None else {**data, "seconds": round(self.seconds, 3)}


class Watcher(Protocol):
    """Who is told of cells as they are executed."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Tell that a cell begins: its number from 1, of how many, what to call it, and its id."""

    def cell_ended(self, result: CellResult) -> None:
        """Tell what became of a cell."""


@dataclass(frozen=True, slots=True)
class PaperResult:
    """What a build or a check found and did for one paper.

    Parameters
    ----------
    version
        The published version that the result is about; None if there is none.
    values, claims, panels, queries
        Facts as in provenance.json, with their ids.
    outputs
        The files that readers open.
    changes
        What changed since the version before, one JSON object each, with "text" for people.
    log
        What a person should know, in the order in which it came up.
    stale
        Why the paper was rebuilt, or why it should be.
    moved
        What changed while it was built, so that it is stale already.
    error
        Why the build failed, if it did.
    """

    paper: str
    outcome: Outcome
    version: int | None = None
    cells: tuple[CellResult, ...] = ()
    values: tuple[Mapping[str, Any], ...] = ()
    claims: tuple[Mapping[str, Any], ...] = ()
    panels: tuple[Mapping[str, Any], ...] = ()
    queries: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Path, ...] = ()
    changes: tuple[Mapping[str, Any], ...] = ()
    log: tuple[str, ...] = ()
    stale: tuple[StaleReason, ...] = ()
    moved: tuple[StaleReason, ...] = ()
    error: PressrunError | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """The exit code for this paper alone: a failure, then claims that fail or lack evidence, then staleness."""
        if self.error is not None:
            return self.error.exit_code
        if any(Verdict(claim["verdict"]).breaks for claim in self.claims):
            return ExitCode.CLAIM
        return ExitCode.STALE if self.outcome is Outcome.STALE else ExitCode.DONE

    def to_json(self) -> dict[str, Any]:
        """Give the result in the shape of `build --json`."""
        data: dict[str, Any] = {
            "paper": self.paper,
            "outcome": self.outcome.word,
            "version": self.version,
            "cells": [cell.to_json() for cell in self.cells],
            "values": [dict(value) for value in self.values],
            "claims": [dict(claim) for claim in self.claims],
            "panels": [dict(panel) for panel in self.panels],
            "queries": [dict(query) for query in self.queries],
            "outputs": [str(path) for path in self.outputs],
            "changes": [dict(change) for change in self.changes],
            "stale": [{"what": reason.what, "reason": reason.reason} for reason in self.stale],
            "moved": [{"what": reason.what, "reason": reason.reason} for reason in self.moved],
            "log": list(self.log),
            "seconds": round(self.seconds, 3),
        }
        if self.error is not None:
            kind = type(self.error).__name__
            data["error"] = {
                "kind": kind, "what": self.error.what, "where": self.error.where, "hint": self.error.hint,
            }  # fmt: skip
        return data


#: From the worst: which of several papers' exit codes a command ends with.
WORST_FIRST = (
    ExitCode.INTERNAL,
    ExitCode.BUILD,
    ExitCode.SOURCE,
    ExitCode.USAGE,
    ExitCode.CLAIM,
    ExitCode.STALE,
    ExitCode.DONE,
)


def worst(codes: list[ExitCode]) -> ExitCode:
    """Give the exit code of a command over several papers, the worst of theirs by the order of `WORST_FIRST`."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.DONE)
