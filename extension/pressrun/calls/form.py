"""The form of each kind of call, derived from its function's signature and docstring, so that they cannot disagree."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pressrun.calls.kind import FieldType, Kind, public
from pressrun.calls.kinds import CLAIM, KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pressrun.calls.kind import Parameter

_NAMES = re.compile(r"^\*{0,2}\w+(?:, \*{0,2}\w+)*$")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: one parameter of the function.

    Parameters
    ----------
    default
        As strict JSON; None where there is none, or where it is None.
    positional
        Whether an author writes it by its place.
    """

    name: str
    type: FieldType
    title: str
    help: str
    default: Any
    required: bool
    choices: tuple[Any, ...]
    more: bool
    positional: bool
    #: Whether it belongs to the function around the evidence of a claim.
    outer: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the field as JSON that fits the schema `panels#Field`."""
        return {
            "name": self.name,
            "title": self.title,
            "help": self.help,
            "type": self.type.value,
            "default": self.default,
            "required": self.required,
            "choices": list(self.choices),
            "more": self.more,
        }

    def is_default(self, value: object) -> bool:
        """Whether a value says no more than leaving the argument out would."""
        if self.required:
            return False
        if value is None or (value in ("", []) and self.default in ("", [], None)):
            return True
        return isinstance(value, bool) == isinstance(self.default, bool) and value == self.default


@cache
def fields(name: str) -> tuple[Field, ...]:
    """Give the fields of a kind's form, in the order in which an author fills them in."""
    kind = KINDS[name]
    help_ = {**(documented(public(kind.like)) if kind.like else {}), **_own(kind)}
    made = list(_fields(kind.function, kind.parameters, help_))
    if kind.outer is not None:
        around = list(_fields(kind.outer, CLAIM, documented(kind.outer), outer=True))
        made = [*(f for f in around if f.required), *made, *(f for f in around if not f.required)]
    return tuple(made)


def description(kind: Kind) -> str:
    """Give the first sentence of a function's documentation."""
    return (inspect.getdoc(kind.function) or "").split("\n\n")[0].replace("\n", " ").replace("`", "")


def _own(kind: Kind) -> dict[str, str]:
    """Give what a function's own documentation says, less what only points at another's."""
    return {name: text for name, text in documented(kind.function).items() if not text.startswith("As for `")}


def _fields(
    function: Callable[..., Any], parameters: Mapping[str, Parameter], help_: Mapping[str, str], *, outer: bool = False
) -> Iterator[Field]:
    for name, found in inspect.signature(function).parameters.items():
        parameter = parameters[name]
        if parameter.type is None:
            continue
        required = found.default is inspect.Parameter.empty
        yield Field(
            name=name,
            type=parameter.type,
            title=parameter.title,
            help=help_.get(name, ""),
            default=None if required else list(found.default) if isinstance(found.default, tuple) else found.default,
            required=required,
            choices=parameter.choices,
            more=parameter.more,
            positional=found.kind is not inspect.Parameter.KEYWORD_ONLY,
            outer=outer,
        )


def documented(function: Callable[..., Any]) -> dict[str, str]:
    """Give what the "Parameters" section of a numpy docstring says of each parameter, each as one line."""
    text = inspect.getdoc(function) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-{3,}\n|\Z)", text, re.MULTILINE | re.DOTALL)
    said: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else ():
        if _NAMES.match(line):
            names = [name.strip("* ") for name in line.split(",")]
        elif line.strip():
            for name in names:
                said.setdefault(name, []).append(line.strip())
    return {name: " ".join(lines) for name, lines in said.items()}
