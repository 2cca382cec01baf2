"""JSON Schemas of all payloads, one file a resource, of which the TypeScript types are made too; JSON as it is sent."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent

#: Characters of a schema's complaint that an answer quotes.
_LONGEST = 300
#: Entries that are encoded at a time: about a millisecond's work.
_PIECE = 4096
#: Rows that are encoded at a time, where they are short.
_ROWS = 256


@cache
def schema(name: str) -> dict[str, Any]:
    """Give a schema by "file#definition", such as "project#Project", with the file's other definitions."""
    file, _, definition = name.partition("#")
    whole: dict[str, Any] = json.loads((FOLDER / f"{file}.json").read_text("utf-8"))
    if definition not in whole["$defs"]:
        raise KeyError(name)
    return {"$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": f"#/$defs/{definition}"}


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema(name))


def check(data: object, name: str) -> str:
    """Say where some JSON does not fit a schema and why; "" if it does."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(data))
    if error is None:
        return ""
    # The message quotes what does not fit, which may be a whole notebook.
    said = error.message if len(error.message) <= _LONGEST else f"{error.message[:_LONGEST]}…"
    return f"{error.json_path}: {said}"


def encode(payload: object) -> bytes:
    """Give a payload as JSON text in UTF-8.

    Raises
    ------
    ValueError
        If it holds a number that is not finite: JSON has none, and the schemas have words for them.
    """
    return b"".join(pieces(payload))


def is_long(payload: object) -> bool:
    """Whether encoding some payload takes so long that others would have to wait."""
    left, level = _PIECE, [payload]
    while level:
        each = level.pop()
        if isinstance(each, dict):
            level += each.values()
        elif isinstance(each, (list, tuple)):
            left -= len(each)
            # Of a column the first cell tells what the others are.
            if each and isinstance(each[0], (dict, list, tuple)):
                level += each[:_PIECE]
            elif each and isinstance(each[0], str):
                left -= len(each) * len(each[0]) // 16
        elif isinstance(each, str):
            left -= len(each) // 16
        if left < 0:
            return True
    return False


def pieces(payload: object) -> Iterator[bytes]:
    """Give a payload's JSON piece by piece, as `encode` would give it.

    The encoder keeps the interpreter's lock until it is done, in whichever thread it runs: between two pieces others
    have their turn.
    """
    if isinstance(payload, dict) and payload and is_long(payload):
        before = b"{"
        for key, value in payload.items():
            yield before + _encoded(str(key)) + b":"
            yield from pieces(value)
            before = b","
        yield b"}"
    elif isinstance(payload, (list, tuple)) and is_long(payload):
        before, at = b"[", 0
        step = _PIECE if payload and not isinstance(payload[0], (dict, list, tuple)) else _ROWS
        while at < len(payload):
            some = payload[at : at + step]
            yield before
            if len(some) > 1 and step != _PIECE and is_long(some):
                some = some[:1]
            if len(some) == 1:
                yield from pieces(some[0])
            else:
                yield _encoded(some)[1:-1]
            before, at = b",", at + len(some)
        yield b"]"
    else:
        yield _encoded(payload)


def _encoded(payload: object) -> bytes:
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # A file's name need not be text, and a run's name may hold half a character: both travel as escapes.
        return json.dumps(payload, allow_nan=False, separators=(",", ":")).encode("ascii")
