"""Ranks: methods by their average rank over tasks, with bars that join those which the tasks do not tell apart.

The frame of the fact is a chart's (`chart.py`), in three parts: `rank`, one row a method with its average rank; `bar`,
two rows a set of methods that cannot be told apart, from its best rank to its worst; and `difference`, two rows that
are as far apart as average ranks have to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pressrun.arguments import check_text
from pressrun.canonical import number
from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import fixed
from pressrun.panels.remembered import once, remembered
from pressrun.panels.scores import bench
from pressrun.panels.selection import cites
from pressrun.records import Direction
from pressrun.statistics.interval import LEVEL
from pressrun.statistics.ranks import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.panels.scores import Bench
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet
    from pressrun.statistics.ranks import Ranking

#: The categories below the methods.
ALIKE = "not told apart"
DIFFERENCE = "critical difference"


class Ranks(ChartPanel):
    """Methods by their average rank over tasks."""


def ranks(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    by: str | Sequence[str] | Groups | None = None,
    task: str,
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Ranks:
    """Show methods by their average rank over tasks, and which of them the tasks do not tell apart.

    On each task methods are ranked by the mean of their runs; 1 is best, and equal ones share their ranks' average.
    Friedman's test in Iman and Davenport's form says whether methods differ at all; only then does Nemenyi's test at
    95% say which (Demšar 2006, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7). Methods whose
    ranks differ by less than its critical difference are joined by a bar; all are where Friedman's test finds nothing.
    Only tasks that all methods were run on count: what a method lacks is named, and never filled.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    metric
        A metric of the summary such as "test/acc".
    by
        What tells methods apart, such as "config.model"; needed unless `runs` is grouped.
    task
        What tells tasks apart, such as "config.dataset".
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or the task.
    UsageError
        If an argument is not understood.
    """
    include = once(include)
    check_text(metric, "metric", 'metric="test/acc"')
    check_text(task, "task", 'task="config.dataset"')
    check_text(title, "title", 'title="Average ranks"')
    found = bench(runs, metric, by=by, task=task, include=include)
    ranking = _ranking(found)
    order = sorted(range(len(ranking.ranks)), key=lambda place: ranking.ranks[place]) if ranking else []
    sets = _alike(ranking, order) if ranking else []
    members = found.members if ranking else ()
    rows = Rows()
    if ranking:
        _add(rows, found, ranking, order, sets)
    below = ([ALIKE] if sets else []) + ([DIFFERENCE] if ranking and _is_shown(ranking) else [])
    layers = (
        Layer("bar", Mark.LINE),
        Layer("difference", Mark.LINE, dashed=True),
        Layer("rank", Mark.POINT, tip=("n",)),
    )
    methods = len(order)
    across = Axis("average rank (1 is best)", range=(0.9, methods + 0.1) if methods else None)
    names = (*(found.names[place] for place in order), *below)
    chart = Chart((Plot(across, Axis(scale=Scale.CATEGORY, names=names), layers),))
    return Ranks(
        PanelFact(
            kind="ranks",
            title=title,
            metrics=(found.asked.metric,) if found.asked.metric else (),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": _table(found, ranking, order, sets).to_view(),
                "alt": _alt(found, ranking, order, sets),
                "call": remembered(runs, by, {"metric": metric, "task": task, "title": title, "include": include}),
            },
            runs=cites(members),
            queries=found.selection.runs.queries,
            disclosure=found.selection.disclosure(members, _notes(found, ranking), seeds_repeat=True),
        )
    )


def _ranking(found: Bench) -> Ranking | None:
    """Rank the means over runs; None where there is nothing to rank, or nothing to rank over."""
    if len(found.members) < 2 or len(found.tasks) < 2:
        for run in (run for m in found.members for run in m.runs):
            found.selection.ledger.leave_out(run, "without others to be ranked with")
        return None
    means = [[float(scores.mean()) for scores in each] for each in found.scores]
    return rank(np.array(means), more_is_better=found.better is Direction.MAX)


def _differ(ranking: Ranking) -> bool:
    """Whether the methods differ at all."""
    return ranking.f_p_value < 1 - ranking.level


def _alike(ranking: Ranking, order: Sequence[int]) -> list[tuple[int, ...]]:
    """Give the sets of methods that are joined by a bar: all, where the methods are not found to differ at all."""
    return [tuple(int(place) for place in some) for some in ranking.cliques] if _differ(ranking) else [tuple(order)]


def _is_shown(ranking: Ranking) -> bool:
    """Whether two average ranks could differ by the critical difference at all."""
    return ranking.critical_difference <= len(ranking.ranks) - 1


def _add(rows: Rows, found: Bench, ranking: Ranking, order: Sequence[int], sets: Sequence[tuple[int, ...]]) -> None:
    names = found.names
    for place in order:
        m = found.members[place]
        rows.add("rank", group=m.label, text=m.label, x=ranking.ranks[place], y=names[place], n=len(m.runs))
    for at, some in enumerate(sets):
        text = listing([found.members[place].name for place in some], 8)
        shift = round(0.8 * ((at + 0.5) / len(sets) - 0.5), 4)
        for end in (some[0], some[-1]):
            rows.add("bar", run=f"bar {at + 1}", text=text, x=ranking.ranks[end], y=ALIKE, shift=shift)
    if _is_shown(ranking):
        for x in (1.0, 1.0 + ranking.critical_difference):
            rows.add("difference", text=DIFFERENCE, x=x, y=DIFFERENCE)


def _notes(found: Bench, ranking: Ranking | None) -> list[str]:
    notes = [*found.notes]
    if ranking is None:
        if found.members:
            have = f"{count(len(found.members), 'method')} and {count(len(found.tasks), 'common task')}"
            notes.append(f"nothing to rank: ranks need two methods and two tasks, and here are {have}")
        return notes
    notes.append(f"{count(ranking.tasks, 'task')}, each ranked by the mean over its runs")
    notes.append(f"{'more' if found.better is Direction.MAX else 'less'} is better")
    degrees = f"{ranking.f_df[0]}, {ranking.f_df[1]}"
    notes.append(
        f"Friedman χ²({ranking.df}) = {fixed(ranking.statistic, 2)}, {_p(ranking.p_value)}; "
        f"Iman–Davenport F({degrees}) = {fixed(ranking.f_statistic, 2)}, {_p(ranking.f_p_value)}"
    )
    pairs = len(ranking.ranks) * (len(ranking.ranks) - 1) // 2
    wide = f"critical difference {fixed(ranking.critical_difference, 2)} at {LEVEL:.0%} over {count(pairs, 'pair')}"
    notes.append(f"Nemenyi's {wide}" if _differ(ranking) else f"no method is found to differ; Nemenyi's {wide}")
    return notes


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= 1e-4 else "p < 0.0001"


def _table(found: Bench, ranking: Ranking | None, order: Sequence[int], sets: Sequence[tuple[int, ...]]) -> Grid:
    columns = (
        Column("label", "method"),
        Column("n", "n", "right", numeric=True),
        Column("rank", "average rank", "right", numeric=True),
        Column("alike", "not told apart from"),
    )
    rows = []
    for place in order if ranking else ():
        assert ranking is not None
        m = found.members[place]
        others = dict.fromkeys(other for some in sets if place in some for other in some if other != place)
        named = [found.members[other].name for other in others]
        cells = (
            Cell(m.name, note=m.label if m.name != m.label else ""),
            Cell(str(len(m.runs)), len(m.runs)),
            Cell(fixed(ranking.ranks[place], 2), number(ranking.ranks[place])),
            Cell(listing(named, 6) if named else "—"),
        )
        rows.append(Row(m.label, m.label, cells))
    over = f"over {count(ranking.tasks, 'task')}; " if ranking else ""
    return Grid(columns, tuple(rows), (), (f"average rank by {shorten(found.axis)} {over}1 is best",))


def _alt(found: Bench, ranking: Ranking | None, order: Sequence[int], sets: Sequence[tuple[int, ...]]) -> str:
    if ranking is None:
        return f"Average ranks by {shorten(found.axis)}: nothing to rank."
    each = [f"{found.members[place].name} {fixed(ranking.ranks[place], 2)}" for place in order]
    bars = [listing([found.members[place].name for place in some], 8) for some in sets]
    joined = f" Not told apart: {'; '.join(bars[:6])}{' …' if len(bars) > 6 else ''}." if bars else ""
    return f"Average ranks over {count(ranking.tasks, 'task')}: {listing(each, 12)}.{joined}"
