"""One difference between two versions of a paper: what changed, from what to what, and because of what."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum
from typing import Any


class ChangeKind(Enum):
    """What a change is a change of, in the order in which a reader wants to know."""

    CLAIM = ("claim", "claims")
    VALUE = ("value", "numbers")
    PANEL = ("panel", "figures and tables")
    QUERY = ("query", "runs")
    INPUT = ("input", "inputs")
    PROSE = ("prose", "prose")
    CODE = ("code", "code")

    def __init__(self, word: str, heading: str) -> None:
        self.word = word
        self.heading = heading

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions.

    Parameters
    ----------
    what
        What changed, as an author knows it: a label, an expression, a heading.
    old, new
        What it said before and says now; "" where it was not there. For prose and code the whole text of the cell.
    because
        Which runs were added, removed, replaced or changed, and which inputs; each a clause.
    """

    kind: ChangeKind
    what: str
    old: str
    new: str
    because: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line for people."""
        if self.is_text:
            added, removed = self._line_counts()
            return f"{self.kind} {self.what}: +{added} −{removed} lines"
        if not self.old:
            said = f"new: {self.new}"
        elif not self.new:
            said = f"gone, was {self.old}"
        else:
            said = f"{self.old} → {self.new}"
        why = f" because {', '.join(self.because)}" if self.because else ""
        return f"{self.kind} {self.what}: {said}{why}"

    @property
    def is_text(self) -> bool:
        """Whether `old` and `new` are whole texts of a cell, of which `lines` are the differences."""
        return self.kind in (ChangeKind.PROSE, ChangeKind.CODE)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that differ, of prose and code, each with "+" or "-" before it."""
        diff = difflib.unified_diff(self.old.splitlines(), self.new.splitlines(), n=0, lineterm="")
        return tuple(line for line in diff if not line.startswith(("---", "+++", "@@")))

    def _line_counts(self) -> tuple[int, int]:
        return sum(line[0] == "+" for line in self.lines), sum(line[0] == "-" for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """Give the change in the shape of `diff --json`."""
        return {
            "kind": self.kind.word,
            "what": self.what,
            "old": self.old,
            "new": self.new,
            "because": list(self.because),
            "text": self.text,
        }
