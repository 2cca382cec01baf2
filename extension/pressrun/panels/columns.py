"""What an author's column is: a metric with numbers to average, or a setting to name; read from runs, never guessed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.canonical import canonical, plain
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.lettering import count, listing, shorten
from pressrun.panels.grid import Cell
from pressrun.panels.numerals import MISSING as NOTHING
from pressrun.panels.numerals import plain_number
from pressrun.panels.ranking import Sample
from pressrun.runs.address import ATTRIBUTES, MISSING, Address, known, nearest, seed_of
from pressrun.runs.frames import number_at

if TYPE_CHECKING:
    from pressrun.panels.selection import Selection
    from pressrun.records import Run
    from pressrun.runs.runset import RunSet


@dataclass(frozen=True, slots=True)
class Asked:
    """One column that an author asked for.

    Parameters
    ----------
    key
        The column as the author wrote it.
    address
        What it names of a run.
    metric
        The metric's name where the column holds the numbers of one; empty for settings.
    """

    key: str
    address: Address
    metric: str = ""

    def number(self, run: Run) -> float | None:
        """Give a run's number, None where it has none."""
        return number_at(run, self.key)

    def value(self, run: Run) -> Any:
        """Give what a run has here, as strict JSON; null where it has nothing."""
        found = self.address.of(run)
        return None if found is MISSING else plain(found)

    def sample(self, runs: Sequence[Run]) -> Sample:
        """Give the finite numbers of some runs with their seeds."""
        pairs = [(number, seed_of(run)) for run in runs if (number := self.number(run)) is not None]
        finite = [(number, seed) for number, seed in pairs if math.isfinite(number)]
        return Sample(tuple(number for number, _ in finite), tuple(seed for _, seed in finite))

    def setting(self, runs: Sequence[Run]) -> Cell:
        """Give the cell of a setting: the value that all runs share, or in how many it varies."""
        found: dict[str, Any] = {}
        for run in runs:
            value = self.value(run)
            found.setdefault(canonical(value), value)
        values = list(found.values())
        if not values:
            return Cell(NOTHING)
        if len(values) > 1:
            return Cell(f"varies ({len(values)})", note=f"values: {listing(map(word, values), 6)}")
        value = values[0]
        shown = shorten(word(value), 60)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return Cell(shown, value if is_number else None, note=word(value) if shown != word(value) else "")


def word(value: Any) -> str:
    """Write one value of strict JSON for a person."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return plain_number(value)
    return value if isinstance(value, str) else canonical(value)


def ask(selection: Selection, columns: object) -> list[Asked]:
    """Read the columns that an author asks for.

    Raises
    ------
    MetricNotFoundError
        If no run has a column; the message names the nearest that some run has.
    UsageError
        If the columns are no list of names.
    """
    if isinstance(columns, str):
        columns = [columns]
    if not isinstance(columns, Sequence) or not all(isinstance(c, str) and c.strip() for c in columns) or not columns:
        raise UsageError("columns is not a list of names", where="columns", hint='write ["config.C", "test/acc"]')
    return [_ask(selection.runs, key.strip()) for key in dict.fromkeys(columns)]


def _ask(runs: RunSet, key: str) -> Asked:
    address = Address.parse(key)
    if address.root not in ATTRIBUTES and runs.runs and all(address.of(run) is MISSING for run in runs):
        names = [".".join(a.keys) if a.root == "summary" else str(a) for a in known(runs)] + list(ATTRIBUTES)
        close = nearest(key, names)
        hint = (
            f"did you mean {' or '.join(map(repr, close))}?" if close else f"there are {listing(map(repr, names), 10)}"
        )
        raise MetricNotFoundError(f"no run has the column {shorten(key)!r}", where="columns", hint=hint)
    if address.root == "summary" and any(number_at(run, key) is not None for run in runs):
        return Asked(key, address, ".".join(address.keys))
    return Asked(key, address)


def heading(selection: Selection, asked: Asked) -> str:
    """Give what an axis or a column is called that holds these numbers: the metric's title with its unit."""
    known = selection.metric(asked.metric) if asked.metric else None
    label = (known.title if known else "") or asked.key.removeprefix("config.")
    return f"{label} ({known.unit})" if known and known.unit else label


def sources(asked: Asked, runs: Sequence[Run]) -> str:
    """Say of which runs a metric's number is, for a reader who points at it."""
    named = [run.name or run.id for run in runs if (number := asked.number(run)) is not None and math.isfinite(number)]
    return f"{'mean of ' if len(named) > 1 else ''}{count(len(named), 'run')}: {listing(named, 4)}"


def absences(asked: Asked, runs: Sequence[Run]) -> str:
    """Say how many runs give a metric column no finite number; empty where all do."""
    missing = sum(asked.value(run) is None for run in runs)
    numbers = [asked.number(run) for run in runs]
    infinite = sum(number is not None and not math.isfinite(number) for number in numbers)
    texts = sum(number is None for number in numbers) - missing
    parts = [
        f"{count(missing, 'run')} without {asked.metric}" if missing else "",
        f"{count(infinite, 'run')} with a non-finite {asked.metric}" if infinite else "",
        f"{count(texts, 'run')} where {asked.metric} is not a number" if texts else "",
    ]
    return ", ".join(part for part in parts if part)
