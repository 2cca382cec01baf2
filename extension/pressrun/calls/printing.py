"""Prints expressions as ruff and black format them: on one line where it fits, else broken at its own brackets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pressrun.lettering import quoted

#: Characters of a line.
WIDTH = 100
_INDENT = 4


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An expression as its author wrote it, or one that cannot be broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A bracketed list of expressions: a call's arguments after what is called, or a list's items.

    Parameters
    ----------
    head
        What stands before the bracket.
    items
        Each with the keyword before it, "" for none.
    """

    head: str
    items: tuple[tuple[str, Expression], ...]
    brackets: str = "()"


Expression = Verbatim | Items


def literal(value: Any) -> Expression:
    """Give a JSON value as an author writes it in Python.

    Raises
    ------
    TypeError
        If it is none.
    """
    if isinstance(value, str):
        return Verbatim(quoted(value))
    if isinstance(value, (list, tuple)):
        return Items("", tuple(("", literal(one)) for one in value), "[]")
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return Verbatim(repr(value))
    raise TypeError(f"{value!r} is no literal")


def flat(expression: Expression) -> str:
    """Give an expression on one line."""
    if isinstance(expression, Verbatim):
        return expression.text
    inside = ", ".join(_prefix(name) + flat(value) for name, value in expression.items)
    return f"{expression.head}{expression.brackets[0]}{inside}{expression.brackets[1]}"


def layout(expression: Expression, *, indent: int = 0, before: int = 0, after: int = 0) -> str:
    """Give an expression on as few lines as fit.

    Parameters
    ----------
    indent
        Spaces before the statement that it stands in.
    before, after
        Characters before it on its first line, the indent included, and after it on its last.
    """
    whole = flat(expression)
    first, last = whole.split("\n")[0], whole.rsplit("\n", maxsplit=1)[-1]
    if isinstance(expression, Verbatim) or not expression.items:
        return whole
    if "\n" not in whole and before + len(first) + after <= WIDTH and len(last) <= WIDTH:
        return whole
    deeper = indent + _INDENT
    margin = " " * deeper
    inside = ", ".join(_prefix(name) + flat(value) for name, value in expression.items)
    if "\n" not in inside and deeper + len(inside) <= WIDTH:
        lines = margin + inside
    else:
        lines = "\n".join(
            f"{margin}{_prefix(name)}{layout(value, indent=deeper, before=deeper + len(_prefix(name)), after=1)},"
            for name, value in expression.items
        )
    opening, closing = expression.brackets[0], expression.brackets[1]
    return f"{expression.head}{opening}\n{lines}\n{' ' * indent}{closing}"


def _prefix(name: str) -> str:
    return f"{name}=" if name else ""
