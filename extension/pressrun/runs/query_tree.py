"""The where-language as a tree: what an expression means, apart from how it was written; `render` writes it again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pressrun.runs.address import Address, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out. `span` is where it stood, and no part of what it means."""

    value: bool | int | float | str | None
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values that are written out."""

    items: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at an address of the run."""

    address: Address
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language over its arguments."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """`first op second op third …`, true when every neighbouring pair compares true."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Member:
    """`value in options`, or `value not in options`."""

    value: Expression
    options: ListOf | Place
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    item: Expression


@dataclass(frozen=True, slots=True)
class And:
    """All of them; at least two."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them; at least two."""

    items: tuple[Expression, ...]


Expression: TypeAlias = Literal | ListOf | Place | Call | Compare | Member | Not | And | Or

#: How tightly a form binds; what binds less than its place asks for is put in parentheses.
_OR, _AND, _NOT, _COMPARE, _OPERAND = range(5)


def render(tree: Expression) -> str:
    """Write a tree as an expression that parses to the same tree."""
    return _write(tree, _OR)


def _write(tree: Expression, place: int) -> str:
    match tree:
        case Literal():
            return _literal(tree.value)
        case ListOf():
            return "[" + ", ".join(_literal(item.value) for item in tree.items) + "]"
        case Place():
            return str(tree.address)
        case Call():
            return f"{tree.name}({', '.join(_write(argument, _OR) for argument in tree.arguments)})"
        case Compare():
            pairs = (f" {sign} {_write(operand, _OPERAND)}" for sign, operand in tree.rest)
            own, text = _COMPARE, _write(tree.first, _OPERAND) + "".join(pairs)
        case Member():
            word = "not in" if tree.negated else "in"
            own, text = _COMPARE, f"{_write(tree.value, _OPERAND)} {word} {_write(tree.options, _OPERAND)}"
        case Not():
            own, text = _NOT, f"not {_write(tree.item, _NOT)}"
        case And():
            own, text = _AND, " and ".join(_write(item, _AND + 1) for item in tree.items)
        case Or():
            own, text = _OR, " or ".join(_write(item, _OR + 1) for item in tree.items)
    return text if own >= place else f"({text})"


def _literal(value: bool | int | float | str | None) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return repr(value)


def places(tree: Expression) -> Iterator[Place]:
    """Give every place of a run that an expression asks for, in the order in which it does."""
    match tree:
        case Place():
            yield tree
        case Call():
            for argument in tree.arguments:
                yield from places(argument)
        case Compare():
            yield from places(tree.first)
            for _, operand in tree.rest:
                yield from places(operand)
        case Member():
            yield from places(tree.value)
            yield from places(tree.options)
        case Not():
            yield from places(tree.item)
        case And() | Or():
            for item in tree.items:
                yield from places(item)
        case Literal() | ListOf():
            return
