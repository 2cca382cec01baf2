"""Inline values: where `` `{python} expression` `` stands in the prose of a markdown cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})")
_SPAN = re.compile(r"(?P<ticks>`+)(?P<body>.*?[^`])(?P=ticks)(?!`)", re.DOTALL)
_EXPRESSION = re.compile(r"\A\{python\}\s+(?P<expression>\S.*?)\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class InlineExpression:
    """One expression, and the half-open range of the source that its value replaces, backticks included."""

    start: int
    end: int
    expression: str


def find_expressions(source: str) -> list[InlineExpression]:
    """Find the inline expressions of a markdown source in order; those within code blocks are text, not values."""
    found = []
    for start, block in _prose(source):
        position = 0
        while match := _SPAN.search(block, position):
            if match.start() and block[match.start() - 1] in "`\\":
                position = match.end("ticks")
                continue
            inner = _EXPRESSION.match(match["body"]) if len(match["ticks"]) == 1 else None
            if inner:
                found.append(InlineExpression(start + match.start(), start + match.end(), inner["expression"]))
            position = match.end()
    return found


def _prose(source: str) -> list[tuple[int, str]]:
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
