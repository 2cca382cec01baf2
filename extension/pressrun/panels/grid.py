"""The grid: rows of cells with numbers, intervals, marks and differences. What the table and compare panels show.

`Grid.to_view` gives the shape that every face and the front end reads from a fact's `view["grid"]`::

    {"columns":  [{"key", "title", "align": "left|right|center", "numeric": bool, "unit",
                  "direction": ""|"max"|"min"}],
     "sections": [{"title", "first_row"}],
     "rows":     [{"key", "label", "runs": [ids], "baseline": bool,
                   "cells": [{"text", "number", "low", "high", "n", "mark": ""|"best"|"tied",
                              "delta": {"text", "number", "low", "high", "verdict"} | null, "note"}]}],
     "notes":    [str]}

Cells stand in the order of the columns, and the first column is the row's label. A row's `label` is whole; the text of
its first cell may be shortened. Numbers are strict JSON: null where there is none, "nan", "inf", "-inf" as texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from pressrun.canonical import JsonNumber, number

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mark(Enum):
    """What the data decide about a cell among its column."""

    NONE = ""
    #: Better than every other row, at the level, after correction.
    BEST = "best"
    #: Among the top rows that cannot be told apart.
    TIED = "tied"

    def __str__(self) -> str:
        return self.value


class Verdict(Enum):
    """What the data decide about a difference to the baseline."""

    BETTER = "better"
    WORSE = "worse"
    UNRESOLVED = "unresolved"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a grid."""

    key: str
    title: str
    align: str = "left"
    numeric: bool = False
    unit: str = ""
    #: "max" or "min" where the column's metric is better one way.
    direction: str = ""

    @property
    def heading(self) -> str:
        """The title with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Delta:
    """A difference to the baseline: this row minus the baseline's."""

    text: str
    number: JsonNumber
    low: JsonNumber = None
    high: JsonNumber = None
    verdict: Verdict = Verdict.UNRESOLVED

    def to_view(self) -> dict[str, Any]:
        """Give the delta as a fact holds it."""
        return {
            "text": self.text,
            "number": _strict(self.number),
            "low": _strict(self.low),
            "high": _strict(self.high),
            "verdict": self.verdict.value,
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the text that is shown, and the numbers behind it."""

    text: str
    number: JsonNumber = None
    low: JsonNumber = None
    high: JsonNumber = None
    n: int | None = None
    mark: Mark = Mark.NONE
    delta: Delta | None = None
    note: str = ""

    def to_view(self) -> dict[str, Any]:
        """Give the cell as a fact holds it."""
        return {
            "text": self.text,
            "number": _strict(self.number),
            "low": _strict(self.low),
            "high": _strict(self.high),
            "n": self.n,
            "mark": self.mark.value,
            "delta": self.delta.to_view() if self.delta else None,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a run, a group, or one entry that runs differ in."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    runs: tuple[str, ...] = ()
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading over the rows from `first_row` on."""

    title: str
    first_row: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns, rows, the headings between rows, and notes at the foot."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def baseline(self) -> Row | None:
        """The row that others are compared with."""
        return next((row for row in self.rows if row.baseline), None)

    def compared(self, index: int) -> bool:
        """Whether the column's cells say how they differ from the baseline."""
        return any(row.cells[index].delta for row in self.rows)

    def heading_at(self, index: int) -> str:
        """Give the heading that stands before a row; empty if none does."""
        return next((s.title for s in self.sections if s.first_row == index), "")

    def to_view(self) -> dict[str, Any]:
        """Give the grid as a fact holds it."""
        return {
            "columns": [
                {
                    "key": c.key,
                    "title": c.title,
                    "align": c.align,
                    "numeric": c.numeric,
                    "unit": c.unit,
                    "direction": c.direction,
                }
                for c in self.columns
            ],
            "sections": [{"title": s.title, "first_row": s.first_row} for s in self.sections],
            "rows": [
                {
                    "key": r.key,
                    "label": r.label,
                    "runs": list(r.runs),
                    "baseline": r.baseline,
                    "cells": [c.to_view() for c in r.cells],
                }
                for r in self.rows
            ],
            "notes": list(self.notes),
        }

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Grid:
        """Read a grid out of a fact's `view["grid"]`, so that a published page draws what the notebook showed."""
        return cls(
            columns=tuple(Column(**c) for c in view["columns"]),
            rows=tuple(
                Row(r["key"], r["label"], tuple(_cell(c) for c in r["cells"]), tuple(r["runs"]), r["baseline"])
                for r in view["rows"]
            ),
            sections=tuple(Section(**s) for s in view.get("sections", ())),
            notes=tuple(view.get("notes", ())),
        )


def _strict(value: JsonNumber) -> JsonNumber:
    return value if isinstance(value, str) else number(value)


def _cell(view: Mapping[str, Any]) -> Cell:
    delta = view["delta"]
    return Cell(
        view["text"],
        view["number"],
        view["low"],
        view["high"],
        view["n"],
        Mark(view["mark"]),
        Delta(delta["text"], delta["number"], delta["low"], delta["high"], Verdict(delta["verdict"]))
        if delta
        else None,
        view["note"],
    )
