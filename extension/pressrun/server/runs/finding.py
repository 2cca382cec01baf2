"""Which runs a where-expression finds, and in which order: judged once a run, sorted once a question."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pressrun.errors import QueryError, UsageError
from pressrun.runs.address import MISSING, Address
from pressrun.runs.grouping import natural
from pressrun.runs.query import Query
from pressrun.server.runs.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from pressrun.records import Json, Problem, Run
    from pressrun.runs.address import Missing
    from pressrun.runs.query import Verdict
    from pressrun.server.runs.register import State

#: Expressions, fields and orders that are remembered.
_MOST = 16
#: What stands in a table under this name, as in a where-expression: seconds from start to end.
DURATION = "duration"

_V = TypeVar("_V")
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Found:
    """The runs that an expression finds, as places in the state's runs, in the order asked for."""

    places: tuple[int, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Memory:
    """What was answered lately, the oldest forgotten first."""

    held: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    most: int = _MOST

    def get(self, key: Hashable, make: Callable[[], _V]) -> _V:
        """Give what is held under a key, made now if nothing is."""
        if key in self.held:
            self.held.move_to_end(key)
        else:
            self.held[key] = make()
            if len(self.held) > self.most:
                self.held.popitem(last=False)
        value: _V = self.held[key]
        return value


class Finder:
    """Answers where-expressions over states of one register, remembering what did not change from state to state.

    Attributes
    ----------
    fields
        What there is to ask for.
    """

    def __init__(self) -> None:
        self.fields = Fields()
        self._lock = threading.Lock()
        self._orders = Memory()
        self._judged = Memory()
        self._sorted = Memory()

    def find(self, state: State, where: str, sort: Sequence[tuple[str, bool]] = ()) -> Found:
        """Give the runs that an expression finds.

        Parameters
        ----------
        sort
            Fields, each with whether it falls; the first decides. Numbers stand by size, texts by the numbers in them
            and without regard to case; then NaN, then what is missing, either way. What is equal stays in the sources'
            order.

        Raises
        ------
        QueryError
            If the expression is wrong.
        """
        query = Query.parse(where)
        key = (state.revision, query.text.strip())
        with self._lock:
            plain: Found = self._orders.get(key, lambda: self._select(state, query))
            if not sort:
                return plain
            return self._orders.get((*key, tuple(sort)), lambda: self._order(state, plain, sort))

    def _select(self, state: State, query: Query) -> Found:
        if query.tree is None:
            return Found(tuple(range(len(state.runs))), ())
        verdicts: _Carried[Verdict] = self._judged.get(query.text.strip(), _Carried)
        judged = verdicts.of(state, query.judge)
        answer = query.answer(state.runs, judged, lambda: map(str, self.fields.at(state)))
        return Found(tuple(place for place, verdict in enumerate(judged) if verdict.holds), answer.problems)

    def _order(self, state: State, plain: Found, sort: Sequence[tuple[str, bool]]) -> Found:
        places = list(plain.places)
        for name, falling in reversed(sort):
            address = address_of(name)
            keys: _Carried[_Rank] = self._sorted.get(name, _Carried)
            ranks = keys.of(state, partial(_rank_of, address))
            there = [place for place in places if ranks[place] is not _NAN and ranks[place] is not _NOTHING]
            there.sort(key=ranks.__getitem__, reverse=falling)
            places = [
                *there,
                *(place for place in places if ranks[place] is _NAN),
                *(place for place in places if ranks[place] is _NOTHING),
            ]
        return Found(tuple(places), plain.problems)


_Rank = tuple[Any, ...]
_NAN: _Rank = ("nan",)
_NOTHING: _Rank = ("nothing",)


def _rank_of(address: Address | None, run: Run) -> _Rank:
    value = value_at(run, address)
    if value is MISSING or value is None:
        return _NOTHING
    if isinstance(value, float) and math.isnan(value):
        return _NAN
    if isinstance(value, (int, float)):
        return natural(value)
    text = value if isinstance(value, str) else str(value)
    return (*natural(text.casefold()), text)


class _Carried(Generic[_K]):
    """Something about each run, found anew only for runs that changed.

    Runs and what was found stand in two mappings: a pair for each of ten thousand runs would bring on Python's search
    for circles, which stops the whole server for longer than the answer takes.
    """

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._found: dict[str, _K] = {}

    def of(self, state: State, make: Callable[[Run], _K]) -> list[_K]:
        """Give it for the runs of a state, in their order."""
        runs, found = self._runs, self._found
        for key, run in zip(state.keys, state.runs, strict=True):
            if runs.get(key) is not run:
                found[key] = make(run)
                runs[key] = run
        if len(runs) > 2 * len(state.runs) + 100:
            for key in [key for key in runs if key not in state.places]:
                del runs[key], found[key]
        return [found[key] for key in state.keys]


def address_of(name: str) -> Address | None:
    """Read the field of a column or an order; None stands for the duration.

    Raises
    ------
    UsageError
        If it is empty.
    """
    if name.strip() == DURATION:
        return None
    if not name.strip():
        raise UsageError("a field has no name", where="columns", hint='write "config.C" or "test/acc"')
    return Address.parse(name)


def value_at(run: Run, address: Address | None) -> Json | Missing:
    """Give what a run has at a field."""
    if address is not None:
        return address.of(run)
    if run.started is None or run.ended is None:
        return MISSING
    return run.ended - run.started


def fault_of(error: QueryError) -> dict[str, Any]:
    """Give what is wrong with an expression as a `Fault`."""
    return {
        "what": error.what,
        "hint": error.hint,
        "position": error.start,
        "length": max(1, error.end - error.start),
    }
