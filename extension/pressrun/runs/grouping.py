"""Groups: runs that share what they are grouped by, seeds pooled, in a natural order with readable labels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar, overload

from pressrun.canonical import canonical
from pressrun.errors import RunNotFoundError
from pressrun.runs.address import MISSING, Address, Missing, identity, known, nearest, seed_keys, seed_of
from pressrun.runs.query_tree import And, Compare, Literal, Place, render
from pressrun.runs.runset import RunSet

if TYPE_CHECKING:
    import pandas as pd

    from pressrun.facts import Asked
    from pressrun.records import Json, Run
    from pressrun.runs.query_tree import Expression

#: The label of runs that have nothing where they are grouped by.
NONE = "(none)"
#: The label where nothing tells runs apart.
ALL = "all runs"
#: Between the parts of a label; no comma, which would read as a list of two groups.
JOINT = " · "

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False, repr=False)
class Groups(Mapping[str, RunSet]):
    """Run sets by label, in order.

    Parameters
    ----------
    fields
        The addresses grouped by; for `group_by()` those config entries, the seed apart, in which the runs differ.
    runs
        All the runs that were grouped.
    sets
        The groups by label; each set has its label.
    """

    fields: tuple[str, ...]
    runs: RunSet
    sets: Mapping[str, RunSet] = field(default_factory=dict)

    def __getitem__(self, key: object) -> RunSet:
        """Give a group by its label; a number or a tuple of values stands for the label that it makes.

        Raises
        ------
        RunNotFoundError
            If there is no such group.
        """
        label = _as_label(key)
        if label not in self.sets:
            close = nearest(label, self.sets) or list(self.sets)[:8]
            raise RunNotFoundError(
                f"there is no group {label!r}", hint="there is " + ", ".join(map(repr, close)) if close else ""
            )
        return self.sets[label]

    def __contains__(self, key: object) -> bool:
        return _as_label(key) in self.sets

    @overload
    def get(self, key: str, /) -> RunSet | None: ...
    @overload
    def get(self, key: str, /, default: RunSet | _T) -> RunSet | _T: ...
    def get(self, key: str, /, default: RunSet | _T | None = None) -> RunSet | _T | None:
        """Give a group by its label, or the default where there is none."""
        return self.sets.get(_as_label(key), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sets)

    def __len__(self) -> int:
        return len(self.sets)

    def __repr__(self) -> str:
        each = ", ".join(f"{label}: {len(members)}" for label, members in list(self.sets.items())[:12])
        more = ", …" if len(self.sets) > 12 else ""
        return f"<Groups by {', '.join(self.fields) or 'nothing'}: {each}{more}>"

    def _repr_html_(self) -> str:
        from pressrun.runs.display import groups_html

        return groups_html(self)

    @property
    def seeds(self) -> dict[str, tuple[int | str, ...]]:
        """The distinct seeds of each group, in order; runs without a seed give none."""
        return {label: _seeds(members) for label, members in self.sets.items()}

    @property
    def balanced(self) -> bool:
        """Whether all groups have the same seeds, each as often."""
        counts = {tuple(sorted(map(repr, map(seed_of, members)))) for members in self.sets.values()}
        return len(counts) <= 1

    def summary(self, metric: str) -> pd.DataFrame:
        """Give one row a group: the mean of a metric, its 95% Student-t interval, standard deviation and n."""
        import pandas as pd

        from pressrun.statistics.interval import student_t

        rows = []
        for label, members in self.sets.items():
            got = student_t([number for _, number in members.summaries(metric) if number is not None])
            rows.append(
                {"group": label, "mean": got.mean, "low": got.low, "high": got.high, "std": got.std, "n": got.n}
            )
        return pd.DataFrame(rows, columns=["group", "mean", "low", "high", "std", "n"])


def group(runs: RunSet, fields: Sequence[str] | None = None) -> Groups:
    """Group runs by addresses; by None, runs that share their config except for the seed.

    Groups stand in the natural order of what they are grouped by: truth values, numbers by size, texts with numbers in
    them by those numbers, and runs that have nothing there last.
    """
    addresses = _config_addresses(runs.runs) if fields is None else [Address.parse(text) for text in fields]
    found: dict[tuple[str, ...], list[Run]] = {}
    values: dict[tuple[str, ...], list[Json | Missing]] = {}
    for run in runs:
        here = [address.of(run) for address in addresses]
        key = tuple(identity(value) for value in here)
        found.setdefault(key, []).append(run)
        values.setdefault(key, here)
    order = sorted(found, key=lambda key: tuple(natural(value) for value in values[key]))
    labels = _labels({key: values[key] for key in order})
    sets = {
        labels[key]: replace(
            runs.only(found[key], label=labels[key]),
            asked=runs.asked and _narrowed(runs.asked, addresses, values[key]),
        )
        for key in order
    }
    names = tuple(str(address) for address in addresses) if fields is None else tuple(fields)
    return Groups(names, runs, sets)


def _narrowed(asked: Asked, addresses: Sequence[Address], values: Sequence[Json | Missing]) -> Asked | None:
    """Give the query that finds a group by itself; None where no expression says what it is grouped by."""
    conditions: list[Expression] = []
    for address, value in zip(addresses, values, strict=True):
        if not isinstance(value, (bool, int, float, str)) or value != value or value in (math.inf, -math.inf):
            return None
        conditions.append(Compare(Place(address), (("==", Literal(value)),)))
    if not conditions:
        return asked
    return asked.narrowed(render(conditions[0] if len(conditions) == 1 else And(tuple(conditions))))


def _config_addresses(runs: Sequence[Run]) -> list[Address]:
    """Give the config entries that tell runs apart, their seeds left out."""
    seeds = {Address("config", keys) for run in runs for keys in seed_keys(run.config)}
    addresses = [address for address in known(runs) if address.root == "config" and address not in seeds]
    return [a for a in addresses if len({identity(a.of(run)) for run in runs}) > 1]


def _seeds(runs: RunSet) -> tuple[int | str, ...]:
    seeds = {seed for run in runs if (seed := seed_of(run)) is not None}
    return tuple(sorted(seeds, key=lambda seed: (isinstance(seed, str), seed)))


def natural(value: Json | Missing) -> tuple[int, float, tuple[tuple[int, int, str], ...]]:
    """Give a key that sorts values as people do: truth values, numbers, NaN, texts, and last what is missing."""
    if value is MISSING or value is None:
        return 4, 0.0, ()
    if isinstance(value, bool):
        return 0, float(value), ()
    if isinstance(value, (int, float)):
        if value != value:
            return 2, 0.0, ()
        return 1, float(min(max(value, -1.7e308), 1.7e308)), ()
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+|[0-9]+", str(value))
    return 3, 0.0, tuple((0, int(p), "") if p[0] in "0123456789" and len(p) <= 18 else (1, 0, p) for p in parts)


def _word(value: Json | Missing) -> str:
    if value is MISSING or value is None:
        return NONE
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return canonical(value) if isinstance(value, (list, dict)) else str(value)


def _labels(values: Mapping[tuple[str, ...], Sequence[Json | Missing]]) -> dict[tuple[str, ...], str]:
    """Give each key a label of its own: plain words, and JSON where plain words would give two keys one label."""
    plain = {key: JOINT.join(map(_word, parts)) or ALL for key, parts in values.items()}
    counts: dict[str, int] = {}
    for label in plain.values():
        counts[label] = counts.get(label, 0) + 1
    labels: dict[tuple[str, ...], str] = {}
    taken: set[str] = set()
    for key, label in plain.items():
        chosen = label if counts[label] == 1 else JOINT.join(key)
        number = 2
        while chosen in taken:
            chosen, number = f"{label} ({number})", number + 1
        taken.add(chosen)
        labels[key] = chosen
    return labels


def _as_label(key: object) -> str:
    if isinstance(key, tuple):
        return JOINT.join(_as_label(part) for part in key)
    if key is None or isinstance(key, (bool, int, float, str)):
        return key if isinstance(key, str) else _word(key)
    return str(key)
