"""Metric files of MLflow's file store: a point a line, of two, three or more fields, not trusted to be well formed."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from pressrun.records import Problem
from pressrun.sources.files import StoredFile, walk
from pressrun.sources.mlflow_records import latest_last

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.records import Series

_MAX_LINE = 4096
_MAX_NAMED_LINES = 5


def read_metrics(folder: Path, where: str, *, running: bool) -> tuple[dict[str, Series], list[Problem]]:
    """Read all metric files below a folder; a metric's name is its file's path from there.

    A line holds a timestamp in milliseconds, a value, a step (0 where there is none, as MLflow's first versions wrote
    it), and possibly the name and digest of a dataset, which are left alone. Lines that hold anything else are named
    and left out.

    Parameters
    ----------
    folder
        The run's `metrics` folder; one that is not there holds none.
    where
        The folder's name in the messages.
    running
        Whether the run is still being written: then a last line without its end may be half a line and is left out.
    """
    history: dict[str, Series] = {}
    problems: list[Problem] = []
    for file in walk(folder, where):
        if isinstance(file, Problem):
            problems.append(file)
            continue
        series = _series(file, f"{where}/{file.name}", running, problems)
        if series is not None:
            history[file.name] = series
    return history, problems


def _series(file: StoredFile, where: str, running: bool, problems: list[Problem]) -> Series | None:
    import numpy as np

    steps, times, values = array("q"), array("d"), array("d")
    refused: list[Problem] = []
    number = 0
    try:
        with file.path.open("rb") as lines:
            while raw := lines.readline(_MAX_LINE):
                number += 1
                reason = _read_line(raw, number, running, steps, times, values)
                if reason:
                    refused.append(Problem(f"{where}:{number}", reason))
                while len(raw) == _MAX_LINE and not raw.endswith(b"\n"):
                    raw = lines.readline(_MAX_LINE)
    except OSError as error:
        problems.append(Problem(where, f"cannot be read: {error.strerror}"))
        return None
    problems += refused[:_MAX_NAMED_LINES]
    if len(refused) > _MAX_NAMED_LINES:
        problems.append(Problem(where, f"{len(refused) - _MAX_NAMED_LINES:,} further lines are left out"))
    if not steps:
        return None
    return latest_last(
        np.frombuffer(steps, np.int64), np.frombuffer(times, np.float64), np.frombuffer(values, np.float64)
    )


def _read_line(
    raw: bytes, number: int, running: bool, steps: array[int], times: array[float], values: array[float]
) -> str:
    """Add a line's point to the columns, or give the reason why it has none; a blank line is neither."""
    line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
    fields = line.split()
    if not fields:
        return ""
    if not raw.endswith(b"\n"):
        if len(raw) == _MAX_LINE:
            return f"longer than {_MAX_LINE:,} bytes"
        if running:
            return "has no end yet: the run is still writing it"
    if len(fields) < 2:
        return "has 1 field; a point has a timestamp, a value and a step"
    try:
        time = int(fields[0]) / 1000
        value = float(fields[1])
        step = int(fields[2]) if len(fields) > 2 else 0
        steps.append(step)
    except (ValueError, OverflowError):
        shown = line.strip()[:80].decode("utf-8", "replace")
        return f"{shown!r} is not a timestamp, a value and a step"
    times.append(time)
    values.append(value)
    return ""
