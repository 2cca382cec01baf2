"""What can be asked of runs: every field that some run has, with its type and its frequent values.

The count is carried on from state to state: a run that changed is taken out as it was and put in as it is, so that one
running run among thousands does not have them all counted again.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from pressrun.canonical import canonical, plain
from pressrun.runs.address import ATTRIBUTES, MAPPINGS, MISSING, Address, leaves

if TYPE_CHECKING:
    from pressrun.records import Json, Run
    from pressrun.server.runs.register import State

#: Distinct values up to which a field's are counted: more are measurements, not choices.
_CHOICES = 200
#: Values that a column names.
_FREQUENT = 8
#: Characters of a value that is worth naming.
_LONGEST = 80


class FieldType(Enum):
    """What stands at a field in the runs that have it."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"
    TIME = "time"
    MIXED = "mixed"


#: The run's own fields, in the order in which a table offers them.
OF_RUNS = {
    "name": FieldType.TEXT,
    "status": FieldType.TEXT,
    "started": FieldType.TIME,
    "ended": FieldType.TIME,
    "duration": FieldType.NUMBER,
    "seed": FieldType.MIXED,
    "id": FieldType.TEXT,
    "source": FieldType.TEXT,
}


@dataclass(slots=True)
class Field:
    """What is known of one field."""

    types: Counter[FieldType] = field(default_factory=Counter)
    #: Value → runs, by what makes values the same; None once there are too many to be choices.
    values: dict[Any, list[Any]] | None = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """Runs that have it."""
        return self.types.total()

    @property
    def type(self) -> FieldType:
        """The type of all its values."""
        there = [kind for kind, count in self.types.items() if count]
        return there[0] if len(there) == 1 else FieldType.MIXED

    def choices(self) -> list[Any]:
        """Give the values, the most frequent first; none where they are measurements."""
        there = [entry for entry in (self.values or {}).values() if entry[1]]
        return [value for value, _ in sorted(there, key=lambda entry: -entry[1])]

    def add(self, value: Json, by: int) -> None:
        """Count a value, or with -1 no longer."""
        kind = _type(value)
        self.types[kind] += by
        if self.values is None or kind is FieldType.MIXED:
            return
        key = (kind, value) if value == value else (kind, "nan")
        entry = self.values.get(key)
        if entry is None:
            if len(self.values) >= _CHOICES:
                self.values = None
                return
            entry = self.values[key] = [value, 0]
        entry[1] += by


class Fields:
    """The fields of the runs of one register."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[str, Run] = {}
        self._fields: dict[Address, Field] = {}
        self._revision = ""

    def at(self, state: State) -> dict[Address, Field]:
        """Give the config, summary and tag fields that some run of a state has."""
        with self._lock:
            if state.revision != self._revision:
                self._carry(state)
            return {address: found for address, found in self._fields.items() if found.runs}

    def _carry(self, state: State) -> None:
        for key in [key for key in self._counted if key not in state.places]:
            self._count(self._counted.pop(key), -1)
        for key, run in zip(state.keys, state.runs, strict=True):
            before = self._counted.get(key)
            if before is run:
                continue
            if before is not None:
                self._count(before, -1)
            self._count(run, 1)
            self._counted[key] = run
        self._revision = state.revision

    def _count(self, run: Run, by: int) -> None:
        fields = self._fields
        for root, mapping in (("config", run.config), ("summary", run.summary), ("tags", run.tags)):
            for keys, value in leaves(mapping):
                address = _address(root, keys)
                found = fields.get(address)
                if found is None:
                    found = fields[address] = Field()
                found.add(value, by)

    def describe(self, state: State) -> list[dict[str, Any]]:
        """Give all columns that a table of these runs may have."""
        found = self.at(state)
        columns = [self._of_run(name, kind, state) for name, kind in OF_RUNS.items()]
        for root in MAPPINGS:
            for address, entry in found.items():
                if address.root == root:
                    columns.append(_column(address, entry))
        return columns

    def _of_run(self, name: str, kind: FieldType, state: State) -> dict[str, Any]:
        column: dict[str, Any] = {"field": name, "name": name, "kind": "run", "type": kind.value}
        if name in ("status", "source", "seed"):
            values = Counter(value for run in state.runs if (value := of_run(run, name)) is not None)
            column |= {"runs": values.total(), "values": [value for value, _ in values.most_common(_FREQUENT)]}
        elif name in ("id", "name"):
            column["runs"] = len(state.runs)
        else:
            column["runs"] = sum(
                run.started is not None if name == "started" else run.ended is not None for run in state.runs
            )
        if name == "seed":
            numbers = all(isinstance(value, int) for value in column["values"])
            column["type"] = (FieldType.NUMBER if numbers else FieldType.MIXED).value
        return column


def of_run(run: Run, name: str) -> Any:
    """Give one of the run's own fields; None where it has none."""
    value = Address(name).of(run) if name in ATTRIBUTES else None
    return None if value is MISSING else value


def cell(value: object) -> Any:
    """Give what stands at a field as a cell: a scalar of strict JSON, lists and mappings as JSON text."""
    if value is MISSING or value is None:
        return None
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        # JavaScript has no larger whole numbers.
        return value if abs(value) < 2**53 else str(value)
    found = plain(value)
    return found if isinstance(found, (int, float, str)) else canonical(found)


def _column(address: Address, entry: Field) -> dict[str, Any]:
    column: dict[str, Any] = {
        "field": str(address),
        "name": ".".join(address.keys),
        "kind": address.root,
        "type": entry.type.value,
        "runs": entry.runs,
    }
    choices = [value for value in entry.choices() if not isinstance(value, str) or len(value) <= _LONGEST]
    if choices and (len(choices) < entry.runs or entry.runs == 1):
        column["values"] = [cell(value) for value in choices[:_FREQUENT]]
    return column


def _type(value: Json) -> FieldType:
    if isinstance(value, bool):
        return FieldType.FLAG
    if isinstance(value, (int, float)):
        return FieldType.NUMBER
    return FieldType.TEXT if isinstance(value, str) else FieldType.MIXED


_ADDRESSES: dict[tuple[str, tuple[str, ...]], Address] = {}


def _address(root: str, keys: tuple[str, ...]) -> Address:
    """Give an address; the same object for the same place, since thousands of runs have the same few."""
    found = _ADDRESSES.get((root, keys))
    if found is None:
        if len(_ADDRESSES) > 10_000:
            _ADDRESSES.clear()
        found = _ADDRESSES[root, keys] = Address(root, keys)
    return found
