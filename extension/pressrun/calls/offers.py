"""What the fields of a form complete with: the names that some runs and a project's code have."""

from __future__ import annotations

import ast
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.runs.address import Address, known, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.runs.runset import RunSet

#: Names of one sort that are offered, and files that are looked into.
MOST = 500
MOST_FILES = 100
#: Groups that a figure or table still holds.
MOST_GROUPS = 12
#: Bytes of a file that is looked into.
_LARGEST = 200_000
_NO_CODE = frozenset({"node_modules", "site", "runs", "mlruns", "build", "dist", "__pycache__", "venv", "env"})


@dataclass(frozen=True, slots=True)
class Offers:
    """Names to complete with.

    Parameters
    ----------
    metrics
        With a history.
    lines
        Those of them that make lines: logged more than once, by about as many runs as any.
    summary
        Summary entries that are numbers in some run.
    fields
        Addresses to group by, to sort by, or to show.
    runs
        (id, name, status) of each run.
    group
        What an author most likely groups them by; () where that cannot be told.
    """

    matched: int
    metrics: tuple[str, ...]
    summary: tuple[str, ...]
    fields: tuple[str, ...]
    runs: tuple[tuple[str, str, str], ...]
    group: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def offers(runs: RunSet) -> Offers:
    """Give the names that some runs have."""
    numbers = dict.fromkeys(
        ".".join(keys)
        for run in runs
        for keys, value in leaves(run.summary)
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    )
    addresses = sorted(address for address in map(str, known(runs)) if not address.startswith("summary"))
    return Offers(
        matched=len(runs),
        metrics=tuple(runs.metrics)[:MOST],
        summary=tuple(sorted(numbers))[:MOST],
        fields=tuple(addresses)[:MOST],
        runs=tuple((run.id, run.name, run.status.value) for run in runs[:MOST]),
        group=likely_group(runs),
        lines=lines(runs)[:MOST],
    )


def lines(runs: RunSet) -> tuple[str, ...]:
    """Give the metrics whose curves are worth a figure: one logged once, at the end of a run, is a dot, not a line."""
    counts = Counter(metric for run in runs for metric, points in run.metrics.items() if points > 1)
    most = max(counts.values(), default=0)
    return tuple(sorted(metric for metric, count in counts.items() if 2 * count >= most))


def likely_group(runs: RunSet) -> tuple[str, ...]:
    """Give the one field that tells repetitions apart from what is compared, where the configurations leave no doubt.

    Runs that differ in their seed alone are repetitions. A single field has to make the very groups that all fields
    together make, at least two and few enough for a figure, of which some have repetitions.
    """
    joint = runs.group_by()
    if not 2 <= len(joint) <= MOST_GROUPS or len(joint) == len(runs):
        return ()
    alone = [field for field in joint.fields if len(runs.group_by(field)) == len(joint)]
    # Of fields that go together, such as a model and the one rate that it was trained with, a name says most.
    named = [field for field in alone if any(isinstance(value, str) for value in _values(runs, field))]
    return tuple((named or alone)[:1])


def _values(runs: RunSet, field: str) -> Iterator[object]:
    address = Address.parse(field)
    return (address.of(run) for run in runs)


def excerpts(project: Project) -> tuple[str, ...]:
    """Give what `pr.code` can show of a project: its Python files, and their functions and classes."""
    found: list[str] = []
    for path in _files(project.root.resolve()):
        name = path.relative_to(project.root.resolve()).as_posix()
        found.append(name)
        try:
            if path.stat().st_size <= _LARGEST:
                tree = ast.parse(path.read_bytes())
                found += [
                    f"{name}::{node.name}"
                    for node in tree.body
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                ]
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            # A file that cannot be read or is not finished is offered as a whole.
            continue
    return tuple(found[:MOST])


def _files(root: Path) -> Iterator[Path]:
    left = MOST_FILES
    for folder, folders, files in os.walk(root):
        here = root / folder
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _NO_CODE)
        for name in sorted(files):
            if name.endswith(".py") and not (here / name).is_symlink():
                yield here / name
                left -= 1
                if not left:
                    return
