"""What the two sides of a comparison are called: by their labels, else by what tells their queries apart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pressrun.errors import QueryError
from pressrun.runs.address import ATTRIBUTES, MAPPINGS, Address
from pressrun.runs.grouping import ALL
from pressrun.runs.query import Query
from pressrun.runs.query_tree import And, Compare, Expression, Member, Place, render

if TYPE_CHECKING:
    from pressrun.claims.sample import Sample
    from pressrun.facts import Asked

#: Characters of a condition that still reads as a name.
_LONGEST = 60
_CONDITION = re.compile(r" (==|!=|<=?|>=?|in|and|or) |^not ")


def named(a: Sample, b: Sample) -> tuple[Sample, Sample]:
    """Give two samples labels that differ: their own, else what tells their queries apart, else A and B."""
    one, two = _telling_apart(a.asked, b.asked)
    if a.label == b.label:
        if one and two and one != two:
            return replace(a, label=one), replace(b, label=two)
        return replace(a, label=f"{a.label} (A)" if a.label else "A"), replace(
            b, label=f"{b.label} (B)" if b.label else "B"
        )
    first, second = a.label or one or "A", b.label or two or "B"
    return (a, b) if first == second else (replace(a, label=first), replace(b, label=second))


def in_a_difference(name: str) -> str:
    """Give a name as it stands beside a minus sign: a condition in parentheses."""
    return f"({name})" if _CONDITION.search(name) else name


def _telling_apart(a: Asked | None, b: Asked | None) -> tuple[str, str]:
    """Give what each query asks for and the other does not; "" where that is nothing, or too long for a name."""
    if a is None or b is None:
        return _text(_conditions(a), a), _text(_conditions(b), b)
    one, two = _conditions(a), _conditions(b)
    own = [item for item in one if item not in two], [item for item in two if item not in one]
    if not any(own) and a.sources != b.sources:
        here = [url for url in a.sources if url not in b.sources], [url for url in b.sources if url not in a.sources]
        return _short(", ".join(here[0])), _short(", ".join(here[1]))
    return _called(own[0] or one, a, b), _called(own[1] or two, b, a)


def _called(conditions: tuple[Expression, ...] | list[Expression], asked: Asked, other: Asked) -> str:
    """Name a query by its conditions; one that has none asks for all runs, but of its own sources alone."""
    if not conditions and asked.sources != other.sources:
        return _short(", ".join(asked.sources))
    return _text(conditions, asked)


def _conditions(asked: Asked | None) -> tuple[Expression, ...]:
    """Give the conditions that must all hold for a run."""
    if asked is None:
        return ()
    try:
        tree = Query.parse(asked.where).tree
    except QueryError:
        return ()
    return () if tree is None else tuple(_flat(tree))


def _flat(tree: Expression) -> list[Expression]:
    return [part for item in tree.items for part in _flat(item)] if isinstance(tree, And) else [tree]


def _text(conditions: tuple[Expression, ...] | list[Expression], asked: Asked | None) -> str:
    if asked is None:
        return ""
    if not conditions:
        return ALL
    familiar = [_familiar(item) for item in conditions]
    return _short(render(familiar[0] if len(familiar) == 1 else And(tuple(familiar))))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else ""


def _familiar(item: Expression) -> Expression:
    """Leave out the "config." of a condition's left side, as one does in speaking."""
    if isinstance(item, Compare):
        return replace(item, first=_bare(item.first))
    if isinstance(item, Member):
        return replace(item, value=_bare(item.value))
    return item


def _bare(operand: Expression) -> Expression:
    if not isinstance(operand, Place):
        return operand
    address = operand.address
    known = {*ATTRIBUTES, *MAPPINGS, "duration"}
    if address.root != "config" or len(address.keys) != 1 or address.keys[0] in known:
        return operand
    return Place(Address(address.keys[0])) if str(address) == f"config.{address.keys[0]}" else operand
