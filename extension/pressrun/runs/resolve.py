"""From sources and a where-expression to a run set: what `pr.runs` does in a session and in a build."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from pressrun.facts import query_id
from pressrun.project import Project
from pressrun.records import Problem
from pressrun.runs.histories import HeldHistories
from pressrun.runs.runset import RunSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.records import RunSource


def resolve(sources: Sequence[str | PathLike[str] | Sequence[Mapping[str, Any]]], where: str = "") -> RunSet:
    """Find the runs of some sources."""
    from pressrun.sources.memory import MemorySource
    from pressrun.sources.registry import open_source

    project = Project.find()
    opened: dict[str, RunSource] = {}
    urls: list[str] = []
    for given in sources or project.sources:
        if isinstance(given, (str, PathLike)):
            url = fspath(given)
            urls.append(url)
            opened[url] = open_source(url, project.root)
        else:
            url = "memory:" if "memory:" not in opened else f"memory:{len(opened)}"
            opened[url] = MemorySource(given, url)
    runs, problems, held = [], [], {}
    for source in opened.values():
        for ref in source.refs():
            if isinstance(ref, Problem):
                problems.append(ref)
                continue
            recorded = source.read(ref.id)
            runs.append(recorded.run)
            held[(recorded.run.source, recorded.run.id)] = recorded.history
    found = RunSet(
        tuple(runs),
        queries=(query_id(urls, where),) if urls else (),
        problems=tuple(problems),
        histories=HeldHistories(held, opened),
        project=project,
    )
    return found.where(where) if where.strip() else found
