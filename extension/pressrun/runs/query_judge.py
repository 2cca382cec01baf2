"""How a where-expression is decided for one run, and what could not be compared on the way."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from pressrun.runs.address import MISSING, Address, Missing
from pressrun.runs.query_parser import MOMENTS, instant
from pressrun.runs.query_tree import And, Call, Compare, Expression, ListOf, Literal, Member, Not, Or, Place

if TYPE_CHECKING:
    from pressrun.records import Json, Run

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Doubt(Enum):
    """Why a comparison was decided without comparing."""

    MISSING = "missing"
    NAN = "nan"
    TEXT = "text where the expression has a number"
    NUMBER = "number where the expression has a text"
    FLAG = "truth value"
    OTHER = "not comparable"


@dataclass(slots=True)
class Judge:
    """Decides expressions for one run, and notes what it could not compare."""

    run: Run
    doubts: dict[tuple[Address, Doubt], Any] = field(default_factory=dict)

    def holds(self, tree: Expression) -> bool:
        """Whether an expression is true for the run."""
        match tree:
            case And():
                return all(self.holds(item) for item in tree.items)
            case Or():
                return any(self.holds(item) for item in tree.items)
            case Not():
                return not self.holds(tree.item)
            case Compare():
                return self.compares(tree)
            case Member():
                return self.is_member(tree)
            case Call():
                return self.calls(tree)
            case _:
                value = self.value(tree)
                if value is not MISSING and not isinstance(value, bool):
                    self.doubt(Doubt.OTHER, value, tree)
                elif value is MISSING:
                    self.doubt(Doubt.MISSING, value, tree)
                return value is True

    def value(self, tree: Expression) -> Json | Missing:
        """Give what an operand stands for."""
        match tree:
            case Literal():
                return tree.value
            case ListOf():
                return [item.value for item in tree.items]
            case Place():
                return self.at(tree.address)
            case _:
                return self.holds(tree)

    def at(self, address: Address) -> Json | Missing:
        """Give what the run has at an address."""
        if address.root == "duration":
            if self.run.started is None or self.run.ended is None:
                return MISSING
            return self.run.ended - self.run.started
        return address.of(self.run)

    def doubt(self, doubt: Doubt, example: Any, *trees: Expression) -> None:
        """Note a doubt about those operands that are places."""
        for tree in trees:
            if isinstance(tree, Place):
                self.doubts.setdefault((tree.address, doubt), example)

    def compares(self, tree: Compare) -> bool:
        """Decide a chain of comparisons."""
        left = tree.first
        for sign, right in tree.rest:
            if not self.pair(sign, left, right):
                return False
            left = right
        return True

    def pair(self, sign: str, left: Expression, right: Expression) -> bool:
        """Decide one comparison."""
        a, b = _moments(left, self.value(left), right, self.value(right))
        if _is_nan(a) or _is_nan(b):
            self.doubt(Doubt.NAN, None, *(tree for tree, v in ((left, a), (right, b)) if _is_nan(v)))
            return False
        if sign in ("==", "!="):
            same = equal(a, b)
            if not same:
                self.note(left, a, b)
                self.note(right, b, a)
            return same if sign == "==" else not same
        if _ordered(a, b):
            return _ORDERINGS[sign](a, b)
        self.note(left, a, b)
        self.note(right, b, a)
        return False

    def note(self, tree: Expression, here: Json | Missing, there: Json | Missing) -> None:
        """Note why what stands at a place could not be compared, if so."""
        if there is None or there is MISSING:
            return
        if here is MISSING or here is None:
            self.doubt(Doubt.MISSING, here, tree)
        elif isinstance(here, bool) != isinstance(there, bool):
            self.doubt(Doubt.FLAG if isinstance(here, bool) else Doubt.OTHER, here, tree)
        elif isinstance(here, str) and _is_number(there):
            self.doubt(Doubt.TEXT, here, tree)
        elif _is_number(here) and isinstance(there, str):
            self.doubt(Doubt.NUMBER, here, tree)
        elif isinstance(here, (list, Mapping)) != isinstance(there, (list, Mapping)):
            self.doubt(Doubt.OTHER, here, tree)

    def is_member(self, tree: Member) -> bool:
        """Decide whether a value is in a list."""
        value, options = self.value(tree.value), self.value(tree.options)
        if _is_nan(value):
            self.doubt(Doubt.NAN, None, tree.value)
            return False
        if isinstance(options, Mapping):
            found = isinstance(value, str) and value in options
        elif isinstance(options, list):
            found = any(equal(value, option) for option in options)
            if not found and options:
                self.note(tree.value, value, options[0])
        else:
            self.doubt(Doubt.MISSING if options is MISSING else Doubt.OTHER, options, tree.options)
            found = False
        return found != tree.negated

    def calls(self, tree: Call) -> bool:
        """Decide a function."""
        first, *others = tree.arguments
        value = self.value(first)
        if tree.name == "exists":
            return value is not MISSING and value is not None
        if tree.name == "isnan":
            return _is_nan(value)
        part = self.value(others[0])
        if isinstance(value, list) and tree.name == "contains":
            return any(equal(item, part) for item in value)
        if isinstance(value, str) and isinstance(part, str):
            tests = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}
            return bool(tests[tree.name](value, part))
        self.doubt(Doubt.MISSING if value is MISSING else Doubt.OTHER, value, first)
        return False


def equal(a: Json | Missing, b: Json | Missing) -> bool:
    """Whether two values are equal as the language has it: missing equals null, 10 equals 10.0, True is no 1."""
    a, b = (None if value is MISSING else value for value in (a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b) if not (_is_number(a) and _is_number(b)) else bool(a == b)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _ordered(a: object, b: object) -> bool:
    return (_is_number(a) and _is_number(b)) or (isinstance(a, str) and isinstance(b, str))


def _moments(
    left: Expression, a: Json | Missing, right: Expression, b: Json | Missing
) -> tuple[Json | Missing, Json | Missing]:
    """Read texts beside `started` and `ended` as the moments that they name."""
    if isinstance(b, str) and isinstance(left, Place) and left.address.root in MOMENTS:
        b = instant(b)
    if isinstance(a, str) and isinstance(right, Place) and right.address.root in MOMENTS:
        a = instant(a)
    return a, b
