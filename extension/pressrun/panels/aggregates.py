"""Aggregates: what methods come to over many tasks, by five numbers, each with its interval.

The frame of the fact is a chart's (`chart.py`), with a part for each number: `iqm`, `median`, `mean`, `gap` and, with a
baseline, `improvement`; one row a method with the number and the ends of its interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.arguments import check_text
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.estimates import decimals_of, ranged_cell, whiskers
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import fixed, plain_number
from pressrun.panels.remembered import once, remembered
from pressrun.panels.scores import bench
from pressrun.panels.selection import cites
from pressrun.records import Direction
from pressrun.statistics import aggregates as statistics
from pressrun.statistics.aggregates import RESAMPLES, Aggregate, estimate
from pressrun.statistics.interval import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.panels.scores import Bench
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet


class Aggregates(ChartPanel):
    """What methods come to over many tasks."""


@dataclass(frozen=True, slots=True)
class _Number:
    """One number of all methods, None for a method that is not compared with itself."""

    key: str
    title: str
    values: tuple[Aggregate | None, ...]

    @property
    def decimals(self) -> int:
        return decimals_of((v.value, v.low, v.high) for v in self.values if v)


def aggregates(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    by: str | Sequence[str] | Groups | None = None,
    task: str,
    baseline: str | None = None,
    target: float | None = None,
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Aggregates:
    """Show what methods come to over many tasks: interquartile mean, median, mean and optimality gap.

    With a baseline also the probability of improvement: how probable it is that a run of a method is better than one of
    the baseline on the same task, averaged over tasks. All are those of Agarwal et al. (2021, "Deep Reinforcement
    Learning at the Edge of the Statistical Precipice", NeurIPS 34), with 95% percentile intervals from a stratified
    bootstrap over runs within tasks. Scores of all tasks have to be on one scale. Only tasks that all methods were run
    on count: what a method lacks is named, and never filled.

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
    baseline
        The method that others are to improve on; None: no probability of improvement is given.
    target
        The score from which on more is no better, for the optimality gap; None: 1, or 0 where less is better.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or the task.
    UsageError
        If an argument is not understood, or there is no such baseline.
    """
    include = once(include)
    check_text(metric, "metric", 'metric="test/acc"')
    check_text(task, "task", 'task="config.dataset"')
    check_text(title, "title", 'title="Over all tasks"')
    _check_target(target)
    found = bench(runs, metric, by=by, task=task, include=include)
    label = found.selection.member(baseline).label if baseline is not None and found.selection.members else ""
    numbers = _numbers(found, label, target)
    rows = Rows()
    for number in numbers:
        for m, name, value in zip(found.members, found.names, number.values, strict=True):
            if value:
                ends = whiskers("x", value.low, value.high)
                rows.add(number.key, group=m.label, text=m.label, x=value.value, y=name, n=len(m.runs), **ends)
        if number.key == "improvement":
            rows.add("even", x=0.5)
    names = Axis(scale=Scale.CATEGORY, names=tuple(found.names))
    chart = Chart(
        tuple(
            Plot(
                Axis(number.title),
                names,
                (
                    *((Layer("even", Mark.RULE, dashed=True),) if number.key == "improvement" else ()),
                    Layer(number.key, Mark.POINT, tip=("n",)),
                ),
            )
            for number in numbers
        ),
        columns=2,
    )
    arguments = {"metric": metric, "task": task, "baseline": baseline, "target": target}
    return Aggregates(
        PanelFact(
            kind="aggregates",
            title=title,
            metrics=(found.asked.metric,) if found.asked.metric else (),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": _table(found, numbers).to_view(),
                "alt": _alt(found, numbers),
                "call": remembered(runs, by, {**arguments, "title": title, "include": include}),
            },
            runs=cites(found.members),
            queries=found.selection.runs.queries,
            disclosure=found.selection.disclosure(found.members, _notes(found, numbers, label), seeds_repeat=True),
        )
    )


def _check_target(target: object) -> None:
    is_number = isinstance(target, (int, float)) and not isinstance(target, bool) and math.isfinite(target)
    if target is not None and not is_number:
        raise UsageError(f"target is {target!r:.40}, and no number", where="target", hint="write target=1.0")


def _numbers(found: Bench, baseline: str, target: float | None) -> list[_Number]:
    """Compute everything once; on scores that are negated where less is better, what compares."""
    more = found.better is Direction.MAX
    aim = float(target if target is not None else 1 if more else 0)
    upward = aim if more else -aim
    numbers = [
        _Number(key, title, tuple(estimate(statistic, scores) for scores in found.scores))
        for key, title, statistic in (
            ("iqm", "interquartile mean", statistics.interquartile_mean),
            ("median", "median", statistics.median),
            ("mean", "mean", statistics.mean),
        )
    ]
    gaps = tuple(estimate(lambda s: statistics.optimality_gap(s, upward), scores) for scores in found.upward)
    numbers.append(_Number("gap", f"optimality gap to {plain_number(aim)}", gaps))
    labels = [m.label for m in found.members]
    if baseline in labels:
        against = found.upward[labels.index(baseline)]
        values = tuple(
            None if label == baseline else estimate(statistics.probability_of_improvement, scores, against)
            for label, scores in zip(labels, found.upward, strict=True)
        )
        numbers.append(_Number("improvement", f"P(better than {shorten(baseline, 14)})", values))
    return numbers


def _notes(found: Bench, numbers: Sequence[_Number], baseline: str) -> list[str]:
    notes = [*found.notes, found.lonely]
    if found.members:
        looks = sum(value is not None for number in numbers for value in number.values)
        notes.append(f"{count(len(found.tasks), 'task')}; intervals from {RESAMPLES:,} stratified resamples")
        notes.append(f"of {found.axis} {'more' if found.better is Direction.MAX else 'less'} is better, of gaps less")
        notes.append(f"{count(looks, 'interval')} looked at, not corrected for their number")
    if baseline and all(m.label != baseline for m in found.members):
        notes.append(f"nothing to compare with: the baseline {shorten(baseline)} has no scores")
    return [note for note in notes if note]


def _table(found: Bench, numbers: Sequence[_Number]) -> Grid:
    columns = (
        Column("label", "method"),
        Column("n", "n", "right", numeric=True),
        *(Column(number.key, number.title, "right", numeric=True) for number in numbers),
    )
    rows = []
    for place, m in enumerate(found.members):
        cells = [Cell(m.name, note=m.label if m.name != m.label else ""), Cell(str(len(m.runs)), len(m.runs))]
        for number in numbers:
            value = number.values[place]
            ends = (value.value, value.low, value.high) if value else (math.nan,) * 3
            cells.append(ranged_cell(*ends, number.decimals))
        rows.append(Row(m.label, m.label, tuple(cells)))
    over = f" over {count(len(found.tasks), 'task')}" if found.members else ""
    return Grid(
        columns, tuple(rows), (), (f"{shorten(found.axis)}{over}, each number with its {LEVEL:.0%} bootstrap interval",)
    )


def _alt(found: Bench, numbers: Sequence[_Number]) -> str:
    if not found.members:
        return f"Aggregates of {shorten(found.axis)} over tasks: no runs to show."
    means = numbers[0]
    each = [
        f"{m.name} {fixed(value.value, means.decimals)}"
        for m, value in zip(found.members, means.values, strict=True)
        if value
    ]
    over = count(len(found.tasks), "task")
    return f"Aggregates of {shorten(found.axis)} over {over}; interquartile means: {listing(each, 8)}."
