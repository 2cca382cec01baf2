"""Select runs: the local index, where-expressions, run sets and groups. `runs` is its door."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from typing import Any

    from pressrun.runs.runset import RunSet


def runs(
    *sources: str | PathLike[str] | Sequence[Mapping[str, Any]],
    where: str = "",
) -> RunSet:
    """Find the runs of some sources, in an interactive session as they are now, in a build as the lock has them.

    Parameters
    ----------
    sources
        URLs or folders, relative ones taken from the project's root; or a list of plain records
        `{"name", "config", "summary", "history", "tags", "status", …}`. None: the project's own sources.
    where
        A where-expression such as `config.model == 'svm' and summary['test/acc'] > 0.9`; it is parsed, never evaluated.

    Raises
    ------
    QueryError
        If the where-expression is wrong; the message points at the place.
    SourceError
        If a source cannot be read.
    """
    from pressrun.runs.resolve import resolve

    return resolve(sources, where)
