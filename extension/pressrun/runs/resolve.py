"""From sources and a where-expression to a run set: what `pr.runs` does in a session and in a build."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from pressrun.facts import QUERY_MIME, Asked, QueryFact, RunCite, query_id, to_json
from pressrun.project import Project
from pressrun.records import Problem, Run, Status
from pressrun.runs.catalog import Catalog, look
from pressrun.runs.pins import Context, PinnedQuery, load_context, pinned_runs
from pressrun.runs.query import Answer, Query
from pressrun.runs.runset import RunSet
from pressrun.sources.memory import MemorySource
from pressrun.sources.registry import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pressrun.records import RunSource


@dataclass(frozen=True, slots=True)
class _Opened:
    """The sources of one query: those with a URL, which a lock can name, and records, which it cannot."""

    urls: tuple[str, ...]
    sources: tuple[RunSource, ...]


def resolve(
    sources: Sequence[str | PathLike[str] | Sequence[Mapping[str, Any]]],
    where: str = "",
    *,
    project: Project | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RunSet:
    """Find the runs of some sources: as they are now, or in a build as its lock pins them.

    Parameters
    ----------
    sources
        URLs, folders and lists of records; none stands for the project's own.
    where
        A where-expression; "" for all runs.
    project
        Whose root relative sources are taken from; by default the one that the working folder, or the build, is in.
    progress
        Called with (runs read, runs to read) while a source is read for the first time.

    Raises
    ------
    QueryError
        If the where-expression is wrong.
    SourceError
        If a source cannot be read.
    """
    query = Query.parse(where)
    context = load_context()
    project = project or Project.find(context.root if context else None)
    asked = _opened(sources or project.sources, project)
    catalog = look(project, asked.sources, progress)
    pinned = _pinned(context, asked, where)
    answer = _answer(pinned, query, catalog)
    answer.warn(stacklevel=3)
    if context is not None and asked.urls:
        _publish(asked, where, answer.runs, locked=pinned is not None)
    return RunSet(
        answer.runs,
        queries=(query_id(asked.urls, where),) if asked.urls else (),
        problems=(*catalog.problems, *_of_runs(answer.runs), *answer.problems),
        histories=catalog.histories,
        project=project,
        asked=Asked(asked.urls, where.strip()) if asked.urls and len(asked.urls) == len(asked.sources) else None,
    )


def answered(
    project: Project,
    context: Context,
    urls: Sequence[str],
    where: str,
    catalogs: dict[tuple[str, ...], Catalog],
) -> tuple[tuple[Run, ...], tuple[Problem, ...]]:
    """Give the runs that a build's kernel finds for a query, and what is doubtful about them.

    Parameters
    ----------
    catalogs
        What the sources have, by their URLs; sources that are not among them are looked at, and added.

    Raises
    ------
    QueryError
        If the expression is wrong.
    SourceError
        If a source cannot be read.
    """
    asked = _opened(urls, project)
    if asked.urls not in catalogs:
        catalogs[asked.urls] = look(project, asked.sources)
    catalog = catalogs[asked.urls]
    answer = _answer(_pinned(context, asked, where), Query.parse(where), catalog)
    return answer.runs, (*catalog.problems, *_of_runs(answer.runs), *answer.problems)


def _answer(pinned: PinnedQuery | None, query: Query, catalog: Catalog) -> Answer:
    return query.select(catalog.runs) if pinned is None else _locked(pinned, query, catalog)


def _opened(given: Sequence[str | PathLike[str] | Sequence[Mapping[str, Any]]], project: Project) -> _Opened:
    urls: list[str] = []
    sources: list[RunSource] = []
    records = 0
    for one in given:
        if isinstance(one, (str, PathLike)):
            url = fspath(one)
            if url not in urls:
                urls.append(url)
                sources.append(open_source(url, project.root))
        else:
            records += 1
            sources.append(MemorySource(one, "memory:" if records == 1 else f"memory:{records}"))
    return _Opened(tuple(urls), tuple(sources))


def _pinned(context: Context | None, asked: _Opened, where: str) -> PinnedQuery | None:
    if context is None or not context.mode.is_pinned or not asked.urls:
        return None
    return context.queries.get(query_id(asked.urls, where))


def _locked(pinned: PinnedQuery, query: Query, catalog: Catalog) -> Answer:
    """Answer with the pinned runs, whatever else is there now, and with the records that match."""
    records = [run for run in catalog.runs if _is_record(run)]
    runs = pinned_runs(pinned.runs, catalog.runs)
    gone = [run for run in runs if run.status is Status.DELETED]
    problems = tuple(Problem(f"run {run.id}", f"{run.source} no longer has this run") for run in gone)
    if not records:
        return Answer(runs, problems)
    more = query.select(records)
    return Answer((*runs, *more.runs), (*problems, *more.problems))


def _is_record(run: Run) -> bool:
    return run.source.partition(":")[0] == "memory"


def _of_runs(runs: Sequence[Run]) -> list[Problem]:
    return [problem for run in runs for problem in run.problems]


def _publish(asked: _Opened, where: str, runs: Sequence[Run], *, locked: bool) -> None:
    """Leave the query and its answer in the outputs of the cell that is running, for the build to lock."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython
    from IPython.display import publish_display_data

    if get_ipython() is None:
        return
    cites = tuple(RunCite.of(run) for run in runs if not _is_record(run))
    fact = QueryFact(query_id(asked.urls, where), asked.urls, where.strip(), cites, locked)
    publish_display_data({QUERY_MIME: to_json(fact), "text/plain": ""})  # type: ignore[no-untyped-call]
