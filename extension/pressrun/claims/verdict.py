"""What a check of a claim can come to."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What the evidence says of a statement; `str()` is the word."""

    HOLDS = "holds"
    FAILS = "fails"
    UNRESOLVED = "unresolved"
    UNSUPPORTED = "unsupported"

    def __str__(self) -> str:
        return self.value

    @property
    def symbol(self) -> str:
        """One character for a list of claims."""
        return {"holds": "✓", "fails": "✗", "unresolved": "?", "unsupported": "∅"}[self.value]

    @property
    def style(self) -> str:
        """The terminal style in which rich prints it."""
        return {"holds": "green", "fails": "bold red", "unresolved": "yellow", "unsupported": "bold magenta"}[
            self.value
        ]

    @property
    def meaning(self) -> str:
        """What the word says, for a reader who meets it for the first time."""
        return {
            "holds": "the data support the statement",
            "fails": "the data contradict the statement",
            "unresolved": "the data cannot decide",
            "unsupported": "evidence is missing",
        }[self.value]

    @property
    def breaks(self) -> bool:
        """Whether a check of the paper fails because of it (exit code 1)."""
        return self in (Verdict.FAILS, Verdict.UNSUPPORTED)
