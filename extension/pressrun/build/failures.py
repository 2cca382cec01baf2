"""The errors of cells, in words: what happened, in which lines of which cell, and what to do next."""

from __future__ import annotations

import contextlib
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.build.kernels import end_of
from pressrun.errors import (
    BuildError,
    CellError,
    CellInputError,
    CellTimeoutError,
    ConfigError,
    IncompleteError,
    KernelDiedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SOURCE_LINES = 6
_TRACE_LINES = 14
_TRACE_HEAD = "Traceback (most recent call last)"


@contextlib.contextmanager
def naming(paper: str) -> Iterator[None]:
    """Let what is wrong with a document name its paper: exporters know cells, and may not know of papers."""
    try:
        yield
    except (BuildError, ConfigError) as error:
        if not Path(error.where).is_absolute():
            error.where = f"{paper}, {error.where}" if error.where else paper
        raise


def raised(where: str, source: str, ename: str, evalue: str, trace: str) -> BuildError:
    """Say that a cell raised, or asked for input."""
    if ename == "StdinNotImplementedError":
        return CellInputError(
            f"asked for input\n\n{_excerpt(source)}",
            where=where,
            hint="give the value as a parameter (-p NAME VALUE); nobody is there to answer during a build",
        )
    lines = [line.rstrip()[:200] for line in _plain(trace).splitlines()]
    what = f"{ename}: {_plain(evalue)}" if evalue.strip() else ename
    if ename in {"", "NoneType"}:
        # IPython says so of an error that was raised while a result was being shown; the traceback knows it.
        what = next((line for line in reversed(lines) if line), "an error that the kernel does not name")
    # A traceback begins and ends with the error, which stands above it.
    while lines and lines[-1] in {"", what, f"{what}:"}:
        lines.pop()
    head = next((place for place, line in enumerate(lines) if line.endswith(_TRACE_HEAD)), -1)
    lines = lines[head + 1 :]
    tail = "\n".join(lines[-_TRACE_LINES:]).strip("\n")
    what = f"{what}\n\n{_excerpt(source)}" + (f"\n\n{tail}" if tail else "")
    return CellError(what, where=where, hint="correct the cell, run it in JupyterLab, and build again")


def overran(where: str, source: str, seconds: float) -> BuildError:
    """Say that a cell ran too long."""
    return CellTimeoutError(
        f"ran longer than {seconds:g} s and was ended with all that it had started\n\n{_excerpt(source)}",
        where=where,
        hint="write `#| timeout: SECONDS` into the cell, or timeout = SECONDS into paper.toml",
    )


def died(where: str, source: str, returncode: int | None) -> BuildError:
    """Say that the kernel went away under a cell."""
    killed = returncode == -signal.SIGKILL
    return KernelDiedError(
        f"the kernel died: {end_of(returncode)}\n\n{_excerpt(source)}",
        where=where,
        hint="was memory short? `dmesg` says whether the system killed it" if killed else "run the cell by itself",
    )


def left(where: str, source: str, how: str, rest: Sequence[str]) -> BuildError:
    """Say that a cell ended the notebook, and which cells were not run."""
    unrun = f"not run: cell {', '.join(rest)}" if rest else "no cell was left"
    return IncompleteError(
        f"the notebook was ended by {how}; {unrun}\n\n{_excerpt(source)}",
        where=where,
        hint="a paper runs to its last cell: leave out the exit, or raise an error",
    )


def _plain(text: str) -> str:
    return _ANSI.sub("", text)


def _excerpt(source: str) -> str:
    """Give the first lines of a cell's source, indented."""
    lines = source.strip("\n").splitlines()
    shown = lines[:_SOURCE_LINES] + (["…"] if len(lines) > _SOURCE_LINES else [])
    return "\n".join(f"    {line[:160]}" for line in shown)
