"""The same panel from its runs as they are now: what its cell would show if it ran again over the same runs.

A fact says how its panel was asked for (`remembered.py`). A fact of an earlier version does not, and what can be told
from what it shows is taken instead. A fact may come from anywhere: nothing in it is believed unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pressrun.errors import UsageError
from pressrun.facts import Asked
from pressrun.records import Status
from pressrun.runs.grouping import Groups
from pressrun.runs.runset import RunSet

if TYPE_CHECKING:
    from pressrun.panels.base import Panel
    from pressrun.project import Project
    from pressrun.records import Problem, Run
    from pressrun.runs.histories import Histories

Place = tuple[str, str]

#: Panels that are made from runs alone: each a module with a function of its name.
OVER_RUNS = frozenset(
    {
        "aggregates",
        "compare",
        "curves",
        "dataset",
        "distribution",
        "forest",
        "importance",
        "learning_curve",
        "parallel",
        "profile",
        "ranks",
        "scatter",
        "sweep",
        "table",
        "timeline",
    }
)
#: Those that take what they group by as `by`: it says more than colours.
_BY = frozenset({"aggregates", "distribution", "forest", "profile", "ranks"})
#: Kinds whose facts of earlier versions do not say how they were asked for.
_EARLIER = frozenset({"compare", "curves", "table"})


@dataclass(frozen=True, slots=True)
class Call:
    """How a panel was asked for.

    Parameters
    ----------
    runs
        All runs that were passed, as (source, id), in order.
    fields, labels
        What they are grouped by; with labels, the groups as they were made, each with places in `runs`.
    queries
        Ids of the queries that found the runs.
    query
        The query whose whole answer they were, where that is known.
    """

    kind: str
    runs: tuple[Place, ...]
    matched: int
    fields: tuple[str, ...] | None
    labels: tuple[tuple[str, tuple[int, ...]], ...] | None
    arguments: Mapping[str, Any]
    queries: tuple[str, ...] = ()
    query: Asked | None = None

    @classmethod
    def of(cls, fact: Mapping[str, Any]) -> Call:
        """Read how a fact's panel was asked for.

        Raises
        ------
        UsageError
            If the fact does not say, or is none of a panel over runs.
        """
        try:
            view = fact["view"]
            made = _remembered(fact, view["call"]) if isinstance(view.get("call"), Mapping) else _inferred(fact, view)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise UsageError(
                "the panel does not say how it was made", where="fact", hint="run its cell again"
            ) from error
        return made


def _remembered(fact: Mapping[str, Any], call: Mapping[str, Any]) -> Call:
    sources = [_text(url) for url in call["sources"]]
    runs = tuple((sources[_place(index, len(sources))], _text(run_id)) for index, run_id in call["runs"])
    groups, query = call["groups"], call["query"]
    labels = None
    if groups is not None and "labels" in groups:
        labels = tuple((_text(label), tuple(_place(n, len(runs)) for n in some)) for label, some in groups["labels"])
    return Call(
        _text(fact["kind"]),
        runs,
        max(int(call["matched"]), len(runs)),
        None if groups is None else tuple(map(_text, groups["fields"])),
        labels,
        dict(call["arguments"]),
        tuple(map(_text, fact["queries"])),
        None if query is None else Asked(tuple(map(_text, query["sources"])), _text(query["where"])),
    )


def _inferred(fact: Mapping[str, Any], view: Mapping[str, Any]) -> Call:
    """Take from what a fact shows what it was asked for; runs that it does not show are not known."""
    kind = _text(fact["kind"])
    if kind not in _EARLIER:
        raise ValueError(f"a {kind} panel without runs to be made of")
    runs = tuple((_text(cite["source"]), _text(cite["id"])) for cite in fact["runs"])
    arguments: dict[str, Any] = {"title": _text(fact["title"])}
    # Whatever is shown was asked for.
    arguments["include"] = sorted({_text(cite["status"]) for cite in fact["runs"]} & {"failed", "killed", "running"})
    grouped: list[tuple[str, list[str]]] = []
    if kind == "curves":
        x, y = view["x"], view["y"]
        arguments |= {"metric": y["metric"], "x": x["field"], "xlabel": x["label"], "log": y["log"]}
        arguments |= {"smooth": view["smooth"], "band": bool(view["band"]), "baseline": view["baseline"]}
        grouped = [(_text(group["label"]), list(group["runs"])) for group in view["groups"]]
    elif kind == "table":
        grid = view["grid"]
        arguments["columns"] = [column["key"] for column in grid["columns"][1:] if column["key"] != "n"]
        arguments["baseline"] = next((row["key"] for row in grid["rows"] if row.get("baseline")), None)
        grouped = [(_text(row["key"]), list(row["runs"])) for row in grid["rows"]] if view["grouped"] else []
    keys = {f"{source}#{run_id}": place for place, (source, run_id) in enumerate(runs)}
    keys |= {run_id: place for place, (_, run_id) in enumerate(runs)}
    pooled = bool(fact["disclosure"]["seeds"]) or any(len(some) > 1 for _, some in grouped)
    labels = tuple((label, tuple(keys[key] for key in some)) for label, some in grouped) if pooled else None
    matched = int(fact["disclosure"]["matched"])
    queries = tuple(map(_text, fact["queries"]))
    return Call(kind, runs, max(matched, len(runs)), () if pooled else None, labels, arguments, queries)


def again(
    call: Call,
    runs: Mapping[Place, Run],
    histories: Histories,
    project: Project,
    problems: Sequence[Problem] = (),
) -> Panel:
    """Make a panel again.

    Parameters
    ----------
    runs
        The runs as they are now; those of the panel that are not among them are taken for deleted.
    histories
        Of these runs.
    problems
        What was set aside while the runs were read.

    Raises
    ------
    PressrunError
        If the panel cannot be made from these runs any more.
    """
    from pressrun.runs.pins import Pin

    members = [runs.get(place) or Pin(place[1], place[0], "").missing() for place in call.runs]
    base = RunSet(
        tuple(members),
        queries=call.queries,
        matched=call.matched,
        problems=tuple(problems),
        histories=histories,
        project=project,
        asked=call.query,
    )
    given: RunSet | Groups = base
    if call.labels is not None:
        given = Groups(
            call.fields or (),
            base,
            {label: base.only([members[n] for n in some], label=label) for label, some in call.labels},
        )
    arguments = dict(call.arguments)
    if call.labels is None and call.fields is not None and call.kind != "compare":
        arguments["by" if call.kind in _BY else "group"] = list(call.fields)
    try:
        return _make(call.kind, given, base, arguments)
    except (TypeError, KeyError) as error:
        # An argument that is missing, or that no version of the panel takes.
        raise UsageError("the panel does not say how it was made", where="fact", hint="run its cell again") from error


def _make(kind: str, given: RunSet | Groups, base: RunSet, arguments: dict[str, Any]) -> Panel:
    if kind not in OVER_RUNS:
        raise UsageError(f"a panel of kind {kind!r:.40} is not made from runs", where="fact")
    make = getattr(import_module(f"pressrun.panels.{kind}"), kind)
    panel: Panel = make(base, **arguments) if kind == "compare" else make(given, **arguments)
    return panel


def with_gone(fact: Mapping[str, Any], gone: Mapping[Place, str]) -> dict[str, Any]:
    """Give a fact that shows the last state of runs which their source no longer has, and that says so.

    Parameters
    ----------
    gone
        The runs that are gone, with their names.
    """
    if not gone:
        return dict(fact)
    cites = [
        {**cite, "status": Status.DELETED.value} if (cite["source"], cite["id"]) in gone else cite
        for cite in fact["runs"]
    ]
    shown = sum(cite["status"] == Status.DELETED.value for cite in cites)
    if not shown:
        return dict(fact)
    what = "1 run is gone from its source; its" if shown == 1 else f"{shown} runs are gone from their source; their"
    note = f"{what} last state is shown"
    disclosure = dict(fact["disclosure"])
    disclosure["notes"] = [*disclosure.get("notes", ()), note]
    disclosure["text"] = "; ".join(filter(None, [disclosure.get("text", ""), note]))
    return {**fact, "runs": cites, "disclosure": disclosure}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not a text")
    return value


def _place(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value < most:
        raise ValueError(f"{value!r:.40} is no place")
    return value
