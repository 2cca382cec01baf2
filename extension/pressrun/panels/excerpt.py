"""What part of a file an author names: a symbol, some lines, or all of it."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePosixPath

from pressrun.arguments import check_writable
from pressrun.errors import UsageError
from pressrun.lettering import listing, shorten
from pressrun.runs.address import nearest

#: Lines of an excerpt; beyond them it is cut, and the panel says so.
MOST_LINES = 400

_LINES = re.compile(r"(?P<path>.+?):(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """What an author names.

    Parameters
    ----------
    path
        As it was written, with forward slashes, relative.
    symbol
        A dotted name, empty for lines or a whole file.
    lines
        First and last line, counted from 1; None for a symbol or a whole file.
    """

    path: PurePosixPath
    symbol: str = ""
    lines: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: object) -> Target:
        """Read "train.py::fit", "train.py:10-30" or "train.py".

        Raises
        ------
        UsageError
            If the text is none of these, or its path is absolute or climbs out with "..".
        """
        if not isinstance(text, str) or not text.strip():
            raise UsageError("there is no file named", where="target", hint='write "train.py::fit"')
        check_writable(text, "target")
        path, separator, symbol = text.strip().partition("::")
        found = None if separator else _LINES.match(path)
        lines = None
        if found:
            path, first = found["path"], int(found["first"])
            lines = (first, int(found["last"] or first))
            if not 1 <= lines[0] <= lines[1]:
                raise UsageError(f"{first}-{lines[1]} are no lines", where=shorten(text, 80), hint="lines count from 1")
        if separator and not all(part.isidentifier() for part in symbol.split(".")):
            raise UsageError(f"{symbol!r} is no name of Python", where=shorten(text, 80), hint='write "train.py::fit"')
        posix = PurePosixPath(path.replace("\\", "/"))
        if posix.is_absolute() or ".." in posix.parts or re.match(r"[A-Za-z]:", path):
            raise UsageError(
                f"{shorten(path, 80)!r} leads out of the project",
                where="target",
                hint="write the path from the project's root",
            )
        return cls(posix, symbol, lines)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file.

    Parameters
    ----------
    text
        The lines, without their common indentation, ending in a line break.
    first, last
        The lines' numbers, counted from 1.
    cut
        Lines that were left out at the end because there were too many.
    """

    text: str
    first: int
    last: int
    cut: int = 0


def cut_out(source: str, target: Target) -> Excerpt:
    """Give the part of a file that a target names.

    Raises
    ------
    UsageError
        If the file has no such lines or symbol, or is no Python where a symbol is asked for.
    """
    lines = source.splitlines(keepends=True)
    if target.symbol:
        first, last = _symbol_lines(source, lines, target)
    elif target.lines:
        first, last = target.lines
        if first > len(lines):
            raise UsageError(f"there are {len(lines)} lines, and no line {first}", where=str(target.path))
        last = min(last, len(lines))
    else:
        first, last = 1, len(lines)
    kept = min(last, first + MOST_LINES - 1)
    text = textwrap.dedent("".join(lines[first - 1 : kept]))
    return Excerpt(text if text.endswith("\n") or not text else text + "\n", first, kept, last - kept)


def _symbol_lines(source: str, lines: list[str], target: Target) -> tuple[int, int]:
    """Find a symbol with its decorators and the comments right above it; of several definitions the last."""
    if target.path.suffix not in {".py", ".pyi", ".pyw"}:
        raise UsageError(
            "symbols are found in Python files only", where=str(target.path), hint=f'write "{target.path}:10-30"'
        )
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(
            f"is not Python that can be read: {error}", where=str(target.path), hint=f'write "{target.path}:10-30"'
        ) from error
    names = _symbols(tree.body, "")
    if target.symbol not in names:
        close = nearest(target.symbol, names)
        hint = f"did you mean {listing(close)}?" if close else f"there are {listing(names, 8)}" if names else ""
        raise UsageError(f"there is no {target.symbol}", where=str(target.path), hint=hint)
    node = names[target.symbol]
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first, node.end_lineno or node.lineno


def _symbols(body: list[ast.stmt], within: str) -> dict[str, ast.stmt]:
    """Give what a body defines, by dotted name, what stands in its branches included."""
    found: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[within + node.name] = node
            found |= _symbols(node.body, f"{within}{node.name}.")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {within + name.id: node for name in targets if isinstance(name, ast.Name)}
        else:
            for part in ("body", "handlers", "orelse", "finalbody"):
                for inner in getattr(node, part, []):
                    found |= _symbols(inner.body if isinstance(inner, ast.ExceptHandler) else [inner], within)
    return found
