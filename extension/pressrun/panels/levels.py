"""The values that a setting takes over the runs of a sweep: one by one where they are few, else in bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.panels.columns import word
from pressrun.panels.numerals import plain_number
from pressrun.runs.address import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Distinct numbers that are told apart one by one, and bins of more.
MOST_VALUES = 20
BINS = 10


@dataclass(frozen=True, slots=True)
class Levels:
    """A setting's values in order, numbers first.

    Parameters
    ----------
    names
        One a level, all different.
    of
        To which level each run belongs, in the order of the values given.
    places
        Where each level lies as a number: a bin's at the median of what is in it. Empty unless all values are numbers.
    bins
        Whether levels are bins of several values.
    """

    names: tuple[str, ...]
    of: tuple[int, ...]
    places: tuple[float, ...] = ()
    bins: bool = False


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; a truth value is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def levels_of(values: Sequence[Any], *, most: int = MOST_VALUES, bins: int = BINS, log: bool = False) -> Levels:
    """Give the levels of a setting.

    Parameters
    ----------
    values
        One a run, strict JSON; null is a value as any other.
    most
        Distinct numbers beyond which they are put in bins, of equal width from the least to the greatest.
    log
        Whether bins are of equal width on a logarithmic scale; all numbers are above 0 then.
    """
    known: dict[str, Any] = {}
    for value in values:
        known.setdefault(identity(value), value)
    order = sorted(known, key=lambda key: _rank(known[key]))
    if all(is_number(value) for value in known.values()):
        if len(order) > most:
            return binned([float(value) for value in values], bins, log=log)
        places = tuple(float(known[key]) for key in order)
    else:
        places = ()
    at = {key: place for place, key in enumerate(order)}
    return Levels(_names([known[key] for key in order]), tuple(at[identity(value)] for value in values), places)


def binned(values: Sequence[float], bins: int, *, log: bool = False) -> Levels:
    """Give numbers in bins of equal width; bins without any are no levels."""
    import numpy as np

    numbers = np.asarray(values, dtype=np.float64)
    scaled = np.log(numbers) if log else numbers
    # Halves first: the ends of floats' range are further apart than a float can tell.
    low, high = scaled.min() / 2, scaled.max() / 2
    edges = 2 * np.linspace(low, high, bins + 1)
    return grouped(numbers, np.clip(np.searchsorted(edges, scaled, side="right") - 1, 0, bins - 1))


def grouped(numbers: Any, places: Any) -> Levels:
    """Give levels of numbers that were put in bins, named by the least and the greatest number within."""
    import numpy as np

    kept, of = np.unique(places, return_inverse=True)
    inside = [numbers[of == place] for place in range(len(kept))]
    names = [
        plain_number(float(some.min()))
        if some.min() == some.max()
        else f"{_short(float(some.min()))}–{_short(float(some.max()))}"
        for some in inside
    ]
    return Levels(_told_apart(names), tuple(of.tolist()), tuple(float(np.median(some)) for some in inside), bins=True)


def _short(value: float) -> str:
    return plain_number(float(f"{value:.3g}"))


def _rank(value: Any) -> tuple[int, float, str]:
    """Order values as people do: numbers by size, then texts and all else by their words, nothing last."""
    if is_number(value):
        return 0, float(value), ""
    return (2, 0.0, "") if value is None else (1, 0.0, word(value))


def _names(values: Sequence[Any]) -> tuple[str, ...]:
    return _told_apart(["none" if value is None else word(value) for value in values])


def _told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Give each its own name: 10 and "10" are two values, whatever they look like."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)
