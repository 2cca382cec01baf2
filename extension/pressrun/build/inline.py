"""Inline values: where `` `{python} expression` `` stands in the prose of a markdown cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE = re.compile(r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
_MARK = "{python}"


@dataclass(frozen=True, slots=True)
class InlineExpression:
    """One expression, and the half-open range of the source that its value replaces, backticks included."""

    start: int
    end: int
    expression: str


def find_expressions(source: str) -> list[InlineExpression]:
    """Find the inline expressions of a markdown source in order; those within code blocks are text, not values."""
    return [
        InlineExpression(offset + start, offset + end, expression)
        for offset, block in paragraphs(source)
        for start, end in _spans(block)
        if (expression := expression_of(block[start + 1 : end - 1])) is not None
    ]


def expression_of(code: str) -> str | None:
    """Give the expression of a code span's text; None when it is ordinary code."""
    rest = code.removeprefix(_MARK)
    expression = rest.strip()
    return expression if expression and rest != code and rest[0].isspace() else None


def _spans(block: str) -> Iterator[tuple[int, int]]:
    """Give the code spans of a paragraph: each goes from a run of backticks to the next one as long.

    One pass finds them all: to look for each run's end by itself takes minutes in a paragraph made for that.
    """
    runs = [match.span() for match in _TICKS.finditer(block)]
    ends: list[int | None] = []
    later: dict[int, int] = {}
    for place in reversed(range(len(runs))):
        start, end = runs[place]
        ends.append(later.get(end - start))
        later[end - start] = place
    ends.reverse()
    place = 0
    while place < len(runs):
        start, closing = runs[place][0], ends[place]
        if closing is None or block[start - 1 : start] == "\\":
            place += 1
            continue
        yield start, runs[closing][1]
        place = closing + 1


def paragraphs(source: str) -> list[tuple[int, str]]:
    """Give the paragraphs outside fenced code, each with its offset; a code span never crosses a blank line."""
    blocks: list[tuple[int, str]] = []
    lines: list[str] = []
    fence = ""
    begin = position = 0
    for line in source.splitlines(keepends=True):
        match = _FENCE.match(line)
        closes = bool(fence and match and match["fence"].startswith(fence) and not line.strip().strip(fence[0]))
        if fence or match or not line.strip():
            if lines:
                blocks.append((begin, "".join(lines)))
            lines = []
        elif not lines:
            begin = position
        if closes:
            fence = ""
        elif not fence and match:
            fence = match["fence"]
        elif not fence and line.strip():
            lines.append(line)
        position += len(line)
    if lines:
        blocks.append((begin, "".join(lines)))
    return blocks
