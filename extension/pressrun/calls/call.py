"""One call of a panel, value or claim as data: what a form fills in, what code says, what is dragged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RunsQuery:
    """Which runs a call is about, as its author asks for them.

    Parameters
    ----------
    sources
        URLs and folders; none stands for the project's own.
    where
        A where-expression; "" for all runs.
    group
        Fields of a `.group_by(…)`, none of them for one by the whole configuration; None where runs are not grouped.
    """

    sources: tuple[str, ...] = ()
    where: str = ""
    group: tuple[str, ...] | None = None

    def narrowed(self, where: str) -> RunsQuery:
        """Give the query that finds those of these runs for which a further expression is true."""
        return RunsQuery(self.sources, both(self.where, where), self.group)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as data.

    Parameters
    ----------
    panel
        The kind, as `kinds.KINDS` names it.
    runs
        Which runs it is about.
    arguments
        By the names of the form's fields; one that is not there stands for its default.
    label, caption
        What the cell's `#|` lines say; "" for none.
    variable
        The variable that is to hold the runs, or that holds them in code that was read; "" where it does not matter.
    name
        The variable that the result is assigned to, as a value of the prose is; "" for none.
    """

    panel: str
    runs: RunsQuery = RunsQuery()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    caption: str = ""
    variable: str = ""
    name: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Call:
        """Make a call of JSON that fits the schema `panels#Call`."""
        return cls(
            data["panel"],
            query_from_json(data["runs"]),
            dict(data["arguments"]),
            data["label"].strip(),
            " ".join(data["caption"].split()),
            data.get("variable", ""),
            data.get("name", ""),
        )

    def to_json(self) -> dict[str, Any]:
        """Give the call as JSON that fits the schema `panels#Call`."""
        runs: dict[str, Any] = {"sources": list(self.runs.sources), "where": self.runs.where}
        if self.runs.group is not None:
            runs["group"] = list(self.runs.group)
        return {
            "panel": self.panel,
            "runs": runs,
            "arguments": dict(self.arguments),
            "label": self.label,
            "caption": self.caption,
            "variable": self.variable,
            "name": self.name,
        }


def query_from_json(data: Mapping[str, Any]) -> RunsQuery:
    """Make a query of JSON that fits the schema `panels#Query`; its keys are not looked at."""
    group = data.get("group")
    return RunsQuery(tuple(data["sources"]), data["where"].strip(), None if group is None else tuple(group))


def both(first: str, second: str) -> str:
    """Give the where-expression that is true where both are."""
    if not first or not second or first == second:
        return first or second
    return " and ".join(f"({each})" if " or " in f" {each} " else each for each in (first, second))
