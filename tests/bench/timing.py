"""Time two commands in turn, A B A B …, so that a machine whose speed drifts is fair to both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was done, by us and by the peer, in which unit, and the ratio ours / peer.

    `ratio` is the median of the pairwise ratios, `low` and `high` the smallest and largest of them; `bar` is what it
    should not exceed.
    """

    what: str
    peer_name: str
    unit: str
    ours: float
    peer: float
    ratio: float
    low: float
    high: float
    bar: float | None = None

    def as_json(self) -> dict[str, object]:
        """Give the row as plain data."""
        return asdict(self)


def pairs(
    what: str,
    peer_name: str,
    unit: str,
    ours: Callable[[], float],
    peer: Callable[[], float],
    n: int,
    *,
    warm: bool = True,
    bar: float | None = None,
) -> Row:
    """Measure both n times in turn, after one warm-up of each; medians, and the spread of the pairwise ratios."""
    if warm:
        ours(), peer()
    measured = [(ours(), peer()) for _ in range(n)]
    ratios = [a / b for a, b in measured]
    return Row(
        what,
        peer_name,
        unit,
        statistics.median(a for a, _ in measured),
        statistics.median(b for _, b in measured),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        bar,
    )


def seconds(command: Sequence[str], cwd: Path, env: dict[str, str] | None = None) -> float:
    """Give the wall time of one process from its start to its end.

    Raises
    ------
    RuntimeError
        If the command fails: a peer that did nothing is no peer.
    """
    began = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    elapsed = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited {done.returncode}:\n{done.stderr[-2000:]}")
    return elapsed


def peak(command: Sequence[str], cwd: Path, env: dict[str, str] | None = None) -> float:
    """Give the resident memory, in MB, of the largest process among a command and those that it waited for.

    Raises
    ------
    RuntimeError
        If the command fails.
    """
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited {process.returncode}")
    return usage.ru_maxrss / 1024


def say(text: str) -> None:
    """Tell the person who waits what is being measured."""
    print(text, file=sys.stderr, flush=True)
