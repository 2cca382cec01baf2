"""The `#| key: value` lines at the head of a cell: read, and single ones changed without touching the others."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.build.options import parse_options
from pressrun.calls.scope import UnreadableError
from pressrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.calls.kind import Kind

_OPTION = re.compile(r"^[ \t]*#\|[ ]?")
#: A text that YAML reads as that very text without quotes, and people too.
_PLAIN = re.compile(
    r"^[^\W\d_](?:[^\n:#\"'`\\{}\[\]&*!|>%@\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\ufeff]*[^\W_.…])?$"
)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


@dataclass(frozen=True, slots=True)
class Head:
    """The options of one cell."""

    options: Mapping[str, object]

    @classmethod
    def of(cls, source: str) -> Head:
        """Read a cell's options.

        Raises
        ------
        UnreadableError
            If they cannot be read.
        """
        try:
            return cls(parse_options(source)[0])
        except ConfigError as error:
            raise UnreadableError(f"the cell's options {error.what}") from error

    def get(self, key: str) -> str:
        """Give an option's text; "" if there is none."""
        found = self.options.get(key, "")
        return " ".join(str(found).split()) if isinstance(found, (str, int, float)) else ""

    def caption_key(self, kind: Kind) -> str:
        """Give the option that holds the caption: as the cell has one, else as its label asks, else as its kind."""
        present = next((key for key in ("fig-cap", "tbl-cap", "lst-cap") if key in self.options), "")
        return present or caption_key(kind, self.get("label"))


def caption_key(kind: Kind, label: str) -> str:
    """Give the option that holds the caption of a cell with this label."""
    prefix = label.partition("-")[0]
    return f"{prefix}-cap" if prefix in ("fig", "tbl", "lst") and kind.caption else kind.caption


def line(key: str, value: str) -> str:
    """Give one option line, its value quoted where YAML would read something else."""
    plain = _PLAIN.match(value) and value.lower() not in _WORDS and " #" not in value
    return f"#| {key}: {value if plain else _quoted(value)}"


def _quoted(value: str) -> str:
    # JSON's texts are YAML's; what cannot be seen is escaped, letters of all scripts are not.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in json.dumps(value, ensure_ascii=False))


def lines(options: Mapping[str, str]) -> list[str]:
    """Give the option lines of a new cell, empty options left out."""
    return [line(key, value) for key, value in options.items() if key and value]


def changed(source: str, options: Mapping[str, str]) -> str:
    """Give a cell's source with some options set, or removed where they are empty; all else stays as it is."""
    rows = source.split("\n")
    start = next((i for i, row in enumerate(rows) if row.strip()), len(rows))
    if start == len(rows) or not _OPTION.match(rows[start]):
        return "\n".join([*rows[:start], *lines(options), *rows[start:]])
    for place, (key, value) in enumerate(options.items()):
        if not key:
            continue
        begin, end = _extent(rows, start, key)
        wanted = [line(key, value)] if value else []
        if begin == end and place == 0:
            begin = end = start
        rows[begin:end] = wanted
    return "\n".join(rows)


def _extent(rows: list[str], start: int, key: str) -> tuple[int, int]:
    """Give where an option's lines begin and end; an empty extent after the last option if it is not there."""
    stop = start
    while stop < len(rows) and _OPTION.match(rows[stop]):
        stop += 1
    for begin in range(start, stop):
        inner = _OPTION.sub("", rows[begin], count=1)
        if re.match(rf"[\"']?{re.escape(key)}[\"']?[ \t]*:", inner):
            end = begin + 1
            while end < stop and re.match(r"[ \t]|$", _OPTION.sub("", rows[end], count=1)):
                end += 1
            return begin, end
    return stop, stop
