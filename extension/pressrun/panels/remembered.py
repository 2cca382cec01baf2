"""How a panel was asked for, kept in its fact, so that it can be computed again from the same runs as they are then.

`view["call"]` holds::

    {"sources": [URL, …], "runs": [[index of the source, run id], …], "matched": runs that the queries found,
     "groups": null | {"fields": [addresses]} | {"fields": [addresses], "labels": [[label, [indices into runs]], …]},
     "arguments": {all other arguments}, "query": {"sources": [URL, …], "where": expression} | null}

All runs that the author passed are there, those too that are not shown: a run that was still running may be shown next
time. `query` is known where the runs are the whole answer of one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from pressrun.panels.selection import run_set
from pressrun.runs.grouping import Groups

if TYPE_CHECKING:
    from pressrun.runs.runset import RunSet

_T = TypeVar("_T")


def remembered(runs: object, by: str | Sequence[str] | Groups | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """Give what a panel's fact is to remember of how it was asked for.

    Parameters
    ----------
    runs
        What the author passed for them.
    by
        What the author passed to group by.
    arguments
        All other arguments by name.
    """
    base = run_set(runs)
    places = {(run.source, run.id): place for place, run in enumerate(base)}
    sources = {url: index for index, url in enumerate(dict.fromkeys(run.source for run in base))}
    return {
        "sources": list(sources),
        "runs": [[sources[run.source], run.id] for run in base],
        "matched": base.matched,
        "groups": _groups(by if by is not None else runs, places),
        "arguments": {name: _plain(value) for name, value in arguments.items()},
        "query": _query(base),
    }


def once(words: _T) -> _T | tuple[Any, ...]:
    """Give an author's words so that they can be read more than once; what are no words is left for who checks them."""
    return tuple(words) if isinstance(words, Iterable) and not isinstance(words, str) else words


def _groups(by: object, places: dict[tuple[str, str], int]) -> dict[str, Any] | None:
    if isinstance(by, Groups):
        labels = [
            [label, [places[run.source, run.id] for run in some if (run.source, run.id) in places]]
            for label, some in by.items()
        ]
        return {"fields": list(by.fields), "labels": labels}
    if isinstance(by, str):
        return {"fields": [by]}
    if isinstance(by, Sequence) and all(isinstance(field, str) for field in by):
        return {"fields": list(by)}
    return None


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return [_plain(each) for each in value] if isinstance(value, Iterable) else str(value)


def _query(base: RunSet) -> dict[str, Any] | None:
    if base.asked is None or base.matched != len(base):
        return None
    return {"sources": list(base.asked.sources), "where": base.asked.where}
