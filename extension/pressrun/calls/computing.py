"""Computes what a call would show, with the very functions that its code would call; no code of an author is run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pressrun.calls.form import Field, fields
from pressrun.calls.kind import FieldType, public
from pressrun.calls.writing import kind_of, needs_runs
from pressrun.errors import UsageError
from pressrun.facts import query_id
from pressrun.runs.catalog import look
from pressrun.runs.query import Query
from pressrun.runs.runset import RunSet
from pressrun.sources.registry import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.calls.call import Call, RunsQuery
    from pressrun.facts import ClaimFact, PanelFact, ValueFact
    from pressrun.project import Project

#: Rows of a frame that a preview carries.
MOST_ROWS = 20_000


def find(query: RunsQuery, project: Project) -> RunSet:
    """Give the runs of a query, as they are now.

    It is `pr.runs` without its warnings: what is doubtful stands in the run set's problems, and nobody reads the
    server's log while filling in a form.
    """
    urls = tuple(dict.fromkeys(query.sources or project.sources))
    asked = Query.parse(query.where)
    catalog = look(project, [open_source(url, project.root) for url in urls])
    answer = asked.select(catalog.runs)
    problems = (*catalog.problems, *(problem for run in answer.runs for problem in run.problems), *answer.problems)
    return RunSet(
        answer.runs,
        queries=(query_id(urls, query.where),),
        problems=problems,
        histories=catalog.histories,
        project=project,
    )


def compute(call: Call, project: Project) -> PanelFact | ValueFact | ClaimFact:
    """Give the fact of a call, computed from the runs as they are now.

    Raises
    ------
    PressrunError
        As the function itself would.
    """
    kind = kind_of(call)
    form = fields(kind.name)
    for name in call.arguments:
        if all(field.name != name for field in form):
            raise UsageError(f"{kind.name} has no argument {name!r}", where=name)
    runs = find(call.runs, project) if needs_runs(call) else None
    sides: dict[bool, tuple[list[Any], dict[str, Any]]] = {True: ([], {}), False: ([], {})}
    for field in form:
        places, named = sides[field.outer]
        for value in _values(field, call, runs):
            if field.positional:
                places.append(value)
            else:
                named[field.name] = value
    places, named = sides[False]
    if "project" in kind.parameters:
        named["project"] = project
    made = kind.function(*places, **named)
    if kind.outer is not None:
        (statement, *_), around = sides[True]
        made = public("claim")(statement, made, **around)
    fact: PanelFact | ValueFact | ClaimFact = made.fact
    return fact


def _values(field: Field, call: Call, runs: RunSet | None) -> Iterator[Any]:
    value = call.arguments.get(field.name)
    if field.type in (FieldType.RUNS, FieldType.SOME_RUNS):
        assert runs is not None
        yield runs if call.runs.group is None else runs.group_by(*call.runs.group)
        if field.type is FieldType.SOME_RUNS and value:
            yield from value if isinstance(value, list) else [value]
    elif field.type is FieldType.PART:
        assert runs is not None
        yield runs.only(Query.parse(str(value)).select(runs).runs) if value else runs
    elif field.type is FieldType.RUN:
        if value:
            assert runs is not None
            yield runs.best(str(value.get("best", ""))) if isinstance(value, dict) else runs[str(value)]
    elif field.required and value in (None, "", []):
        raise UsageError(f"{field.title} is not filled in", where=field.name, hint=field.help)
    elif not field.is_default(value):
        yield value


def bounded(fact: PanelFact, most: int = MOST_ROWS) -> tuple[PanelFact, str]:
    """Give a panel's fact with few enough rows for a preview, and a note that says so if some are left out.

    Each line keeps its first and last point.
    """
    rows = len(next(iter(fact.frame.values()), ()))
    if fact.kind != "curves" or rows <= most:
        return fact, ""
    lines = list(zip(fact.frame["group"], fact.frame["run"], strict=True))
    step = -(-rows // most)
    kept: list[int] = []
    begin = 0
    for place in range(rows):
        ends = place + 1 == rows or lines[place + 1] != lines[place]
        if ends or (place - begin) % step == 0:
            kept.append(place)
        if ends:
            begin = place + 1
    frame = {name: [values[place] for place in kept] for name, values in fact.frame.items()}
    return replace(fact, frame=frame), f"the preview draws every {step}th point"
