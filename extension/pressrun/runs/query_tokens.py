"""The words of the where-language: text in, tokens with their positions out."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pressrun.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Longer texts are refused unread: an expression is written by a person.
LONGEST = 10_000
_LONGEST_NUMBER = 400

KEYWORDS = frozenset({"and", "or", "not", "in"})
#: Words that are values; JSON's and Python's.
CONSTANTS = {
    "True": True,
    "true": True,
    "False": False,
    "false": False,
    "None": None,
    "null": None,
    "nan": math.nan,
    "inf": math.inf,
}
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")

_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIGN = re.compile(r"==|!=|<=|>=|[<>()\[\],.\-]")
#: What people write out of habit → what the language has instead. Longer ones first.
_HABITS = {
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "&&": "and",
    "||": "or",
    "=~": "contains(…, 'text')",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "=": "==",
    "&": "and",
    "|": "or",
    "!": "not",
    "~": "not",
}
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"} | {c: c for c in "'\"\\/"}
_HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}


class Kind(Enum):
    """What sort of word a token is."""

    NAME = "a name"
    NUMBER = "a number"
    TEXT = "a text"
    SIGN = "a sign"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind, what stands there, its value if it is one, and where it stands."""

    kind: Kind
    text: str
    start: int
    end: int
    value: int | float | str | None = None


def tokenise(text: str) -> list[Token]:
    """Split an expression into tokens; the last one is the end.

    Raises
    ------
    QueryError
        At the first character that begins no word.
    """
    if len(text) > LONGEST:
        raise QueryError(
            f"is {len(text):,} characters long; {LONGEST:,} is the most",
            text=text[:80] + "…",
            start=0,
            end=1,
            hint="narrow the sources, or narrow the result with .where(…)",
        )
    return [*_tokens(text), Token(Kind.END, "", len(text), len(text))]


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
            continue
        token = _one(text, at)
        yield token
        at = token.end


def _one(text: str, at: int) -> Token:
    if text[at] in "'\"":
        return _text(text, at)
    habit = next((sign for sign in _HABITS if text.startswith(sign, at)), "")
    if habit and not (habit in "=!" and text.startswith(("==", "!="), at)):
        raise QueryError(
            f"{habit} is no sign of this language", text=text, start=at, end=at + len(habit), hint=_instead(habit)
        )
    if found := _NUMBER.match(text, at):
        return _number(text, found)
    if found := _NAME.match(text, at):
        return Token(Kind.NAME, found[0], at, found.end())
    if found := _SIGN.match(text, at):
        return Token(Kind.SIGN, found[0], at, found.end())
    raise _stranger(text, at)


def _instead(habit: str) -> str:
    return f"write {_HABITS[habit]}"


def _stranger(text: str, at: int) -> QueryError:
    char = text[at]
    if char in "‘’“”`´«»":  # what word processors make of quotes
        hint = "write texts between straight quotes: 'svm' or \"svm\""
    elif char in "/:-":
        hint = "put a name with such signs in brackets: summary['test/acc']"
    elif char in "+*%^":
        hint = "there is no arithmetic; compute in Python on runs.frame()"
    elif char in "{}":
        hint = "a list is written [1, 2, 3]"
    else:
        hint = "put a name with such signs in brackets: config['…']"
    return QueryError(f"{char!r} is no sign of this language", text=text, start=at, end=at + 1, hint=hint)


def _number(text: str, found: re.Match[str]) -> Token:
    digits, at, end = found[0], found.start(), found.end()
    if after := _NAME.match(text, end):
        raise QueryError(
            f"{digits}{after[0]} is neither a number nor a name",
            text=text,
            start=at,
            end=after.end(),
            hint="write numbers as 300, 0.5 or 1e-3, and names with digits first in brackets: config['1x']",
        )
    if len(digits) > _LONGEST_NUMBER:
        raise QueryError(
            f"the number has {len(digits)} characters", text=text, start=at, end=end, hint="write it as 1e500"
        )
    value = int(digits) if digits.isdigit() else float(digits)
    return Token(Kind.NUMBER, digits, at, end, value)


def _text(text: str, start: int) -> Token:
    quote, at = text[start], start + 1
    parts: list[str] = []
    while at < len(text):
        char = text[at]
        if char == quote:
            return Token(Kind.TEXT, text[start : at + 1], start, at + 1, "".join(parts))
        if char == "\\":
            piece, at = _escape(text, at)
            parts.append(piece)
        else:
            parts.append(char)
            at += 1
    raise QueryError(
        f"the text that begins here has no closing {quote}",
        text=text,
        start=start,
        end=len(text),
        hint=f"close it with {quote}; a {quote} inside is written \\{quote}",
    )


def _escape(text: str, at: int) -> tuple[str, int]:
    """Read one escape, and give its character and the place after it."""
    letter = text[at + 1 : at + 2]
    if letter in _SIMPLE_ESCAPES and letter:
        return _SIMPLE_ESCAPES[letter], at + 2
    if letter in _HEX_ESCAPES and letter:
        end = at + 2 + _HEX_ESCAPES[letter]
        digits = text[at + 2 : end]
        if re.fullmatch(r"[0-9A-Fa-f]+", digits) and len(digits) == _HEX_ESCAPES[letter]:
            code = int(digits, 16)
            if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
                return chr(code), end
        raise QueryError(
            f"\\{letter}{digits} is no character", text=text, start=at, end=max(at + 2, min(end, len(text)))
        )
    raise QueryError(
        f"\\{letter} is no escape",
        text=text,
        start=at,
        end=min(at + 2, len(text)),
        hint="write a backslash as \\\\",
    )
