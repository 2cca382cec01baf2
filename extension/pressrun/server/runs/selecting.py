"""The query that an author would have written for runs picked by hand: short, about what the runs are, and checked."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.runs.address import MISSING, Address, identity, quote, seed_keys
from pressrun.runs.grouping import natural
from pressrun.runs.query_tokens import LONGEST
from pressrun.runs.query_tree import Compare, Expression, ListOf, Literal, Member, Place, render
from pressrun.server.handler import reads
from pressrun.server.runs.details import run_at
from pressrun.server.runs.table import RunsHandler

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pressrun.records import Run
    from pressrun.server.runs.finding import Finder
    from pressrun.server.runs.register import State

#: Conditions that are joined, and values in one list, before names are the better answer.
_MOST_CONDITIONS = 3
_MOST_VALUES = 6
#: Conditions of which combinations are tried, those that leave the fewest other runs first.
_TRIED = 24
#: Characters of a number that somebody would type.
_LONGEST_NUMBER = 8
#: Runs that are named one by one in a readable query.
_MOST_NAMES = 30


class SelectHandler(RunsHandler):
    """POST /runs/select: the query for runs that an author picked."""

    takes: ClassVar = {"post": "runs#SelectAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Selection`."""
        ask = self.body
        register = self.register(ask.get("sources"))
        state = await self.state(register)
        found = await self.work(select, state, register.finder, ask["keys"], ask["where"])
        self.answer({"sources": ask.get("sources", []), **found})


def select(state: State, finder: Finder, keys: Sequence[str], where: str) -> dict[str, Any]:
    """Give the where-expression for some runs, whether it finds exactly those, and how many it finds.

    Raises
    ------
    RunNotFoundError
        If a run is not there.
    """
    wanted = dict.fromkeys(keys)
    chosen = [run_at(state, key) for key in wanted]
    places = frozenset(state.places[key] for key in wanted)
    best = ("", False, len(state.runs))
    for text in _proposals(state, finder, chosen, places, where.strip()):
        if len(text) > LONGEST:
            continue
        found = frozenset(finder.find(state, text).places)
        if found == places:
            return {"where": text, "exact": True, "matched": len(found)}
        if found > places and len(found) < best[2]:
            best = (text, False, len(found))
    return {"where": best[0], "exact": best[1], "matched": best[2]}


def _proposals(
    state: State, finder: Finder, chosen: Sequence[Run], places: frozenset[int], where: str
) -> Iterator[str]:
    """Give expressions that may find exactly the chosen runs, the one that an author would like best first."""
    from pressrun.errors import QueryError

    try:
        within = finder.find(state, where).places
        yield where
    except QueryError:
        # A half-written expression says nothing of which runs were meant.
        where, within = "", tuple(range(len(state.runs)))
    yield ""
    conditions = _Conditions(state, chosen)
    others = [place for place in range(len(state.runs)) if place not in places]
    # Many conditions on few runs tell them apart by chance: their names say more.
    few = min(len(chosen), _MOST_CONDITIONS)
    yield from conditions.telling_from(others, few)
    if where:
        for found in conditions.telling_from([place for place in within if place not in places], few):
            yield f"({where}) and {found}" if " or " in where.lower() else f"{where} and {found}"
    names = sorted({run.name for run in chosen if run.name})
    ids = sorted({run.id for run in chosen})
    if len(names) <= _MOST_NAMES and all(run.name for run in chosen):
        yield _one_of("name", names)
    yield from conditions.telling_from(others, _MOST_CONDITIONS)
    if len(ids) <= _MOST_NAMES or not where:
        yield _one_of("id", ids)
    sources = sorted({run.source for run in chosen})
    yield f"{_one_of('id', ids)} and {_one_of('source', sources)}"
    yield _one_of("id", ids)


def _one_of(name: str, texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return f"{name} == {quote(texts[0])}"
    return f"{name} in [{', '.join(map(quote, texts))}]"


@dataclass(frozen=True, slots=True)
class _Tried:
    """One condition that holds for all chosen runs, and the other runs for which it holds too."""

    order: int
    tree: Expression
    is_seed: bool
    others: frozenset[int]


class _Conditions:
    """Conditions on what runs are that hold for all chosen runs."""

    def __init__(self, state: State, chosen: Sequence[Run]) -> None:
        self.state = state
        self.chosen = chosen
        self.candidates = list(_candidates(chosen))

    def telling_from(self, others: Sequence[int], most: int) -> Iterator[str]:
        """Give the shortest conjunction that holds for none of the others, if there is one of at most so many."""
        tried: list[_Tried] = []
        for order, (address, tree, is_seed) in enumerate(self.candidates):
            values = {_exact(address.of(run)) for run in self.chosen}
            left = frozenset(place for place in others if _exact(address.of(self.state.runs[place])) in values)
            if len(left) < len(others):
                tried.append(_Tried(order, tree, is_seed, left))
        tried.sort(key=lambda each: (len(each.others), each.is_seed, isinstance(each.tree, Member), each.order))
        del tried[_TRIED:]
        for count in range(1, most + 1):
            exact = [
                some
                for some in itertools.combinations(tried, count)
                if not frozenset.intersection(*(each.others for each in some))
            ]
            if exact:
                some = min(exact, key=_liking)
                yield " and ".join(render(each.tree) for each in sorted(some, key=lambda each: each.order))
                return


def _liking(some: Sequence[_Tried]) -> tuple[int, int, list[int]]:
    """Sort conjunctions: what was set says more than a seed, and one value that all share more than a list."""
    seeds = sum(each.is_seed for each in some)
    lists = sum(isinstance(each.tree, Member) for each in some)
    return seeds, lists, sorted(each.order for each in some)


def _exact(value: object) -> object:
    """Give what the language tells values apart by: 10 and 10.0 are one, True and 1 are not."""
    if isinstance(value, bool):
        return "flag", value
    return value if isinstance(value, (int, float, str)) else None


def _candidates(chosen: Sequence[Run]) -> Iterator[tuple[Address, Expression, bool]]:
    """Give conditions on the config and tags, and on the status, that hold for all chosen runs."""
    from pressrun.runs.address import known

    shared = [address for address, count in known(chosen).items() if count == len(chosen)]
    addresses = [address for root in ("config", "tags") for address in shared if address.root == root]
    seeds = {Address("config", keys) for run in chosen[:1] for keys in seed_keys(run.config)}
    for address in [*addresses, Address("status")]:
        values = {identity(value): value for run in chosen if (value := address.of(run)) is not MISSING}
        if len(values) > _MOST_VALUES or not all(_is_writable(value) for value in values.values()):
            continue
        literals = [Literal(value) for value in values.values() if isinstance(value, (bool, int, float, str))]
        literals.sort(key=lambda literal: natural(literal.value))
        if len(literals) == 1:
            yield address, Compare(Place(address), (("==", literals[0]),)), address in seeds
        else:
            yield address, Member(Place(address), ListOf(tuple(literals))), address in seeds


def _is_writable(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= 60
    # Nobody types a number of many digits.
    return isinstance(value, (bool, int, float)) and value == value and len(repr(value)) <= _LONGEST_NUMBER
