"""Columns of text for a terminal: aligned, cut to its width, and with nothing in them that a terminal would obey."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "
#: A cell is cut to this width before whole columns are left out.
_WIDEST = 48
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def neutral(text: str, *, keep: str = "") -> str:
    """Write controls, escapes and characters that reorder text as their numbers, so that they only show.

    Parameters
    ----------
    keep
        Characters to leave as they are, such as tabs in code.
    """
    return "".join(
        char if char in keep or unicodedata.category(char) not in _UNSEEN else ascii(char)[1:-1] for char in text
    )


def terminal_width() -> int | None:
    """Give the width to fit; None where the output goes to a file or program that wants all of it."""
    if "COLUMNS" in os.environ or sys.stdout.isatty():
        return shutil.get_terminal_size((120, 24)).columns
    return None


def colored() -> bool:
    """Whether colour is wanted: on a terminal, and nobody said no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> tuple[list[str], list[str]]:
    """Give the lines of a table, and the titles of the columns that did not fit.

    Parameters
    ----------
    titles
        One a column.
    rows
        Texts, one a column; they are made neutral here.
    width
        Of the terminal; None: all columns, nothing cut.
    """
    cells = [[neutral(cell) for cell in row] for row in (titles, *rows)]
    if width is not None:
        cells = [[_cut(cell, _WIDEST) for cell in row] for row in cells]
    widths = [max(display_width(row[column]) for row in cells) for column in range(len(titles))]
    shown = len(widths)
    while width is not None and shown > 1 and sum(widths[:shown]) + len(_GAP) * (shown - 1) > width:
        shown -= 1
    if width is not None and shown == 1:
        widths[0] = min(widths[0], width)
    lines = []
    for row in cells:
        padded = [_pad(_cut(cell, size), size) for cell, size in zip(row[:shown], widths[:shown], strict=True)]
        lines.append(_GAP.join(padded).rstrip())
    return lines, list(titles[shown:])


def display_width(text: str) -> int:
    """Give how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - display_width(text))


def _cut(text: str, width: int) -> str:
    if display_width(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        used += display_width(char)
        if used > max(0, width - 1):
            break
        kept.append(char)
    return "".join(kept) + "…"
