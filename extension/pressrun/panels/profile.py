"""Performance profile: which share of a method's runs, over many tasks, scores above each threshold.

The frame of the fact is a chart's (`chart.py`) with one part, `profile`: one row a method and threshold with the share
and the ends of its interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pressrun.arguments import check_text
from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.estimates import ranged_cell, whiskers
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import decimals_for, fixed
from pressrun.panels.remembered import once, remembered
from pressrun.panels.scores import bench
from pressrun.panels.selection import cites
from pressrun.records import Direction
from pressrun.statistics.aggregates import RESAMPLES, profile_bands
from pressrun.statistics.interval import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from pressrun.panels.scores import Bench
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Thresholds at which shares are computed where there are more scores than these.
MOST_THRESHOLDS = 200


class Profile(ChartPanel):
    """Which share of runs scores above each threshold."""


def profile(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    by: str | Sequence[str] | Groups | None = None,
    task: str,
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Profile:
    """Show which share of each method's runs over many tasks scores above each threshold: performance profiles.

    Shares are those of all runs of all tasks, and bands their 95% pointwise intervals from a stratified bootstrap over
    runs within tasks (Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
    NeurIPS 34). Where less of the metric is better, the shares are those of the runs at or below each threshold, so
    that higher curves are better either way. Scores of all tasks have to be on one scale. Only tasks that all methods
    were run on count: what a method lacks is named, and never filled.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    metric
        A metric of the summary such as "test/acc".
    by
        What tells methods apart, such as "config.model"; None: all runs together, unless `runs` is grouped.
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
    check_text(title, "title", 'title="Performance profiles"')
    found = bench(runs, metric, by=by, task=task, include=include)
    thresholds, note = _thresholds(found)
    more = found.better is Direction.MAX
    shares = [_shares(scores, thresholds, more=more) for scores in found.scores]
    rows = Rows()
    for m, (share, low, high) in zip(found.members, shares, strict=True):
        for at, x in enumerate(thresholds.tolist()):
            ends = whiskers("y", low[at], high[at])
            rows.add("profile", group=m.label, text=m.label, x=x, y=float(share[at]), n=len(m.runs), **ends)
    word = "above" if more else "at or below"
    chart = Chart(
        (
            Plot(
                Axis(f"threshold of {found.axis}"),
                Axis(f"share of runs {word}", range=(0.0, 1.0)),
                (Layer("profile", Mark.LINE, step=True, tip=("n",)),),
            ),
        ),
        tuple(m.label for m in found.members),
    )
    notes = [*found.notes, note, found.lonely]
    if found.members:
        notes.append(f"{count(len(found.tasks), 'task')}; bands: pointwise, {RESAMPLES:,} stratified resamples")
    return Profile(
        PanelFact(
            kind="profile",
            title=title,
            metrics=(found.asked.metric,) if found.asked.metric else (),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": _table(found, word).to_view(),
                "alt": _alt(found, word),
                "call": remembered(runs, by, {"metric": metric, "task": task, "title": title, "include": include}),
            },
            runs=cites(found.members),
            queries=found.selection.runs.queries,
            disclosure=found.selection.disclosure(found.members, filter(None, notes), seeds_repeat=True),
        )
    )


def _thresholds(found: Bench) -> tuple[NDArray[np.float64], str]:
    """Give all scores, between which no share changes; where they are many, so many at equal distances."""
    if not found.members:
        return np.array([]), ""
    every = np.unique(np.concatenate([task for scores in found.scores for task in scores]))
    # Before the least score all runs are above; the curve begins there.
    start = every[0] - (0.02 * (every[-1] - every[0]) or max(abs(every[0]) * 0.02, 1e-12))
    if every.size <= MOST_THRESHOLDS:
        return np.concatenate([[start], every]), ""
    return np.linspace(start, every[-1], MOST_THRESHOLDS), f"computed at {MOST_THRESHOLDS} thresholds"


def _shares(
    scores: Sequence[NDArray[np.float64]], thresholds: NDArray[np.float64], *, more: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    share, low, high = profile_bands(scores, thresholds)
    return (share, low, high) if more else (1 - share, 1 - high, 1 - low)


def _table(found: Bench, word: str) -> Grid:
    """Give one row a method, with its shares at the quartiles of all scores."""
    columns = [
        Column("label", "method"),
        Column("n", "n", "right", numeric=True),
        Column("tasks", "tasks", "right", numeric=True),
    ]
    rows: list[Row] = []
    if found.members:
        every = np.concatenate([task for scores in found.scores for task in scores])
        marks = np.unique(np.quantile(every, [0.25, 0.5, 0.75], method="lower"))
        decimals = decimals_for(marks.tolist())
        columns += [
            Column(f"share{place}", f"{word} {fixed(mark, decimals)}", "right", numeric=True)
            for place, mark in enumerate(marks.tolist())
        ]
        for m, scores in zip(found.members, found.scores, strict=True):
            shares = _shares(scores, marks, more=found.better is Direction.MAX)
            cells: list[Any] = [
                Cell(m.name, note=m.label if m.name != m.label else ""),
                Cell(str(len(m.runs)), len(m.runs)),
                Cell(str(len(found.tasks)), len(found.tasks)),
                *(ranged_cell(float(v), float(a), float(b), 2) for v, a, b in zip(*shares, strict=True)),
            ]
            rows.append(Row(m.label, m.label, tuple(cells)))
    return Grid(tuple(columns), tuple(rows), (), (f"share of runs with its {LEVEL:.0%} bootstrap interval",))


def _alt(found: Bench, word: str) -> str:
    if not found.members:
        return f"Performance profiles of {shorten(found.axis)}: no runs to show."
    named = listing([m.name for m in found.members], 8)
    over = count(len(found.tasks), "task")
    return f"Performance profiles: the share of runs {word} each {shorten(found.axis)} over {over}, of {named}."
