"""Long columns of a fact's frame as they travel: packed into blocks, which lose nothing and are read without parsing.

A notebook's front end copies an output's JSON several times before it is shown; a million numbers as text take seconds
of that, as the text of their bytes next to nothing. A packed column is `{"blocks": [...]}`, a block one of

- `{"repeat": cell, "count": n}`: the same cell n times;
- `{"start": a, "step": d, "count": n}`: whole numbers a, a + d, …;
- `{"f8": text}`, `{"i4": text}`: finite doubles, or 32-bit whole numbers, little-endian in base64;
- `{"list": [...]}`: cells as they are.

`extension/lab/panels/packed.ts` is the reader in the browser.
"""

from __future__ import annotations

import base64
import itertools
import math
from typing import TYPE_CHECKING, Any

from pressrun.errors import PressrunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Columns of fewer cells stay lists, which people and every tool can read.
LONG = 5_000


def pack_frame(frame: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Give a frame for a notebook's output: its long columns packed, the others as they are."""
    return {name: pack(column) if len(column) > LONG else column for name, column in frame.items()}


def unpack_frame(frame: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give a frame's columns as lists again.

    Raises
    ------
    PressrunError
        If a column is neither a list nor packed.
    """
    return {name: unpack(column) for name, column in frame.items()}


def pack(column: Sequence[Any]) -> dict[str, Any]:
    """Pack a column; `unpack` gives back equal cells of equal types."""
    return {"blocks": list(_blocks(column))}


def unpack(column: Any) -> list[Any]:
    """Give a column's cells, packed or not.

    Raises
    ------
    PressrunError
        If it is neither a list nor packed.
    """
    if isinstance(column, (list, tuple)):
        return list(column)
    if not isinstance(column, dict) or not isinstance(column.get("blocks"), list):
        raise PressrunError("a panel's column is neither a list nor packed", hint="run the cell again")
    return [cell for block in column["blocks"] for cell in _cells(block)]


def _blocks(column: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for kind, at in _stretches(column):
        part = column[at.start : at.stop]
        if kind == "repeat":
            yield {"repeat": part[0], "count": len(part)}
        elif kind == "f8":
            yield {"f8": _base64(part, "<f8")}
        elif kind == "i4":
            steps = {b - a for a, b in itertools.pairwise(part)}
            if len(steps) == 1:
                yield {"start": part[0], "step": steps.pop(), "count": len(part)}
            else:
                yield {"i4": _base64(part, "<i4")}
        else:
            yield {"list": list(part)}


def _stretches(column: Sequence[Any]) -> Iterator[tuple[str, range]]:
    """Part a column where the kind of its cells changes, and where whole numbers begin anew."""
    begin = 0
    for kind, group in itertools.groupby(range(len(column)), lambda i: _kind(column, i)):
        for at in group:
            last = at
        end = last + 1
        if kind[0] == "i4":
            yield from (("i4", part) for part in _rising(column, range(begin, end)))
        else:
            yield kind[0], range(begin, end)
        begin = end


def _rising(column: Sequence[Any], rows: range) -> Iterator[range]:
    """Part whole numbers where they fall, as steps do at the next run."""
    begin = rows.start
    for i in range(rows.start + 1, rows.stop):
        if column[i] < column[i - 1]:
            yield range(begin, i)
            begin = i
    yield range(begin, rows.stop)


def _kind(column: Sequence[Any], at: int) -> tuple[str, Any]:
    """Say how a cell is packed; equal neighbours share an answer."""
    cell = column[at]
    if cell is None or isinstance(cell, (str, bool)):
        return "repeat", (type(cell), cell)
    if isinstance(cell, float) and math.isfinite(cell):
        return "f8", None
    if isinstance(cell, int) and -(2**31) <= cell < 2**31:
        return "i4", None
    return "list", None


def _base64(part: Sequence[Any], dtype: str) -> str:
    import numpy as np

    return base64.b64encode(np.asarray(part, dtype=dtype).tobytes()).decode("ascii")


def _cells(block: Any) -> list[Any]:
    import numpy as np

    match block:
        case {"repeat": cell, "count": int(count)}:
            return [cell] * count
        case {"start": int(start), "step": int(step), "count": int(count)}:
            return [start + i * step for i in range(count)]
        case {"f8": str(text)}:
            return list(np.frombuffer(base64.b64decode(text), dtype="<f8").tolist())
        case {"i4": str(text)}:
            return list(np.frombuffer(base64.b64decode(text), dtype="<i4").tolist())
        case {"list": list(cells)}:
            return cells
    raise PressrunError("a panel's packed column has a block of an unknown kind", hint="run the cell again")
