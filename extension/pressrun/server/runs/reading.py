"""A where-expression read up to a cursor, finished or not: what could come next, and which word is being written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from pressrun.runs.query_parser import FUNCTIONS
from pressrun.runs.query_tokens import COMPARISONS, CONSTANTS

#: A name with what hangs on it, its last bracket perhaps still open.
_PLACE = re.compile(
    r"""[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*|\[\s*(?:'[^']*'|"[^"]*")\s*\])*"""
    r"""(?:\.|\[\s*(?:'[^']*|"[^"]*)?)?"""
)
_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]*)?")
_SIGN = re.compile(r"==|!=|<=|>=|[<>()\[\],=!]")


class Next(Enum):
    """What could stand at the cursor."""

    #: A condition begins: a field, a function, not.
    CONDITION = "condition"
    #: A field stands there: a comparison, in.
    OPERATOR = "operator"
    #: Something to compare the field with.
    VALUE = "value"
    #: A list of values begins.
    LIST = "list"
    #: A condition is complete: and, or.
    JOINT = "joint"
    #: Nothing that can be proposed.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the cursor stands.

    Parameters
    ----------
    next
        What could stand there.
    word
        What has been written of it, up to the cursor.
    start, end
        Of all that a proposal would replace, behind the cursor too.
    left
        The field that it is about, as it was written; "" for none.
    """

    next: Next
    word: str
    start: int
    end: int
    left: str = ""


@dataclass(slots=True)
class _Reader:
    next: Next = Next.CONDITION
    left: str = ""
    opened: list[str] = field(default_factory=list)

    def take(self, word: str) -> None:
        """Take a finished word."""
        low = word.lower()
        if low in ("and", "or"):
            self.next, self.left = Next.CONDITION, ""
        elif low == "not":
            # Before a condition nothing changes; after a field comes in.
            self.next = Next.LIST if self.next is Next.OPERATOR else self.next
        elif low == "in":
            self.next = Next.LIST
        elif word in COMPARISONS or word in ("=", "!"):
            self.next = Next.VALUE
        elif word in ("(", "["):
            self.open(word)
        elif word in (")", "]"):
            opened = self.opened.pop() if self.opened else ""
            self.next = Next.JOINT if opened in ("list", "function") else Next.OPERATOR
        elif word == ",":
            self.next = Next.VALUE if self.opened else Next.NOTHING
        elif word[0] in "'\"" or word[0].isdigit() or word[0] in "-." or word in CONSTANTS:
            self.value()
        elif word in FUNCTIONS:
            self.next, self.left = Next.NOTHING, word
        else:
            self.place(word)

    def open(self, sign: str) -> None:
        if self.next is Next.LIST or sign == "[":
            self.opened.append("list")
            self.next = Next.VALUE
        elif self.left in FUNCTIONS:
            self.opened.append("function")
            self.next, self.left = Next.CONDITION, ""
        else:
            self.opened.append("parenthesis")
            self.next, self.left = Next.CONDITION, ""

    def value(self) -> None:
        inside = self.opened and self.opened[-1] != "parenthesis"
        self.next = Next.NOTHING if inside else Next.JOINT if self.next is Next.VALUE else Next.OPERATOR

    def place(self, word: str) -> None:
        if self.opened and self.opened[-1] == "function":
            self.next, self.left = Next.NOTHING, self.left or word
        elif self.next is Next.VALUE:
            self.next = Next.JOINT
        else:
            self.next, self.left = Next.OPERATOR, word


def read(text: str, position: int) -> Cursor:
    """Read an expression up to a cursor; whatever is not understood is passed over."""
    position = max(0, min(position, len(text)))
    reader = _Reader()
    at = 0
    while at < position:
        if text[at].isspace():
            at += 1
            continue
        end = _word_end(text, at, position)
        if end >= position and not _is_sign(text[at:position]):
            return Cursor(reader.next, text[at:position], at, _whole_end(text, at, position), reader.left)
        reader.take(text[at:end])
        at = end
    return Cursor(reader.next, "", position, position, reader.left)


def _word_end(text: str, at: int, position: int) -> int:
    head = text[:position]
    if text[at] in "'\"":
        found = _TEXT.match(head, at)
        # A text that is closed before the cursor is finished; any other goes on to it.
        return found.end() if found and found.end() < position else position
    for pattern in (_PLACE, _NUMBER, _SIGN):
        if found := pattern.match(head, at):
            return found.end()
    return at + 1


def _is_sign(word: str) -> bool:
    return _SIGN.fullmatch(word) is not None or (word[0] in "'\"" and _TEXT.fullmatch(word) is not None)


def _whole_end(text: str, at: int, position: int) -> int:
    """Give where the word that the cursor is in ends, behind the cursor."""
    if text[at] in "'\"":
        rest = re.compile(rf"[\w./:-]*{text[at]}").match(text, position)
        return rest.end() if rest else position
    found = (_PLACE if text[at].isalpha() or text[at] == "_" else _NUMBER).match(text, at)
    if found is None:
        return position
    end = found.end()
    # An open bracket is taken as far as it is written, not up to some quote of another condition.
    if "[" in text[at:position] and text[at:position].count("[") > text[at:position].count("]"):
        rest = re.compile(r"""[\w./:-]*['"]\s*\]""").match(text, position)
        end = rest.end() if rest else position
    return max(position, end)
