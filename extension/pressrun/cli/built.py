"""What became of a paper that was built, and how long it took: those that take long are begun first next time."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pressrun.build.paper import Paper
    from pressrun.errors import ExitCode


@dataclass(frozen=True, slots=True)
class Built:
    """What became of a paper: its exit code, and its result in the shape of `build --json`."""

    paper: Paper
    code: ExitCode
    document: dict[str, Any]


def longest_first(papers: Iterable[Paper]) -> list[Paper]:
    """Order papers so that short ones are the last to end; those of which nothing is known stay in order."""
    return sorted(papers, key=_seconds, reverse=True)


def note_seconds(built: Built) -> None:
    """Note how long a paper took that was published; a disk that refuses only makes the next order a worse one."""
    if built.document["outcome"] != Outcome.PUBLISHED.word:
        return
    path = _path(built.paper)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{built.document['seconds']:.1f}\n", "utf-8")


def _seconds(paper: Paper) -> float:
    try:
        return float(_path(paper).read_text("utf-8"))
    except (OSError, ValueError):
        return 0.0


def _path(paper: Paper) -> Path:
    return paper.project.state_folder / "seconds" / paper.name
