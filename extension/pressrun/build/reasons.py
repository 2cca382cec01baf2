"""Why a cell has to run, as data and in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell has to run, as data.

    Parameters
    ----------
    kind
        "new", "source", "upstream", "file", "folder", "variable", "runs", "environment", "nondeterministic",
        "volatile", "needed", "forgotten", "unobserved" or "forced".
    what
        Which cell, file, variable or query; "" where the kind says all.
    said
        For people.
    """

    kind: str
    what: str
    said: str

    def to_json(self) -> dict[str, str]:
        """Give the reason as JSON."""
        return {"kind": self.kind, "what": self.what, "said": self.said}
