"""Learning curve: training and validation over steps, and the gap between them with its interval.

The frame of the fact is a chart's (`chart.py`): lines in `train`, `validation` and `gap`, one row a point with `n`, the
runs behind it, and the ends of the mean's interval where there are at least two; and `zero`, where there is no gap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pressrun.arguments import check_text
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.axis import XField, parse_field
from pressrun.panels.bands import Line, thin
from pressrun.panels.chart import MOST_POINTS, Axis, Chart, Layer, Mark, Plot, Rows, sample
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.estimates import decimals_of, estimate_cell, whiskers
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.lines import LineReader
from pressrun.panels.numerals import plain_number
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import SOUND, Members, cites, select
from pressrun.records import Direction, Status
from pressrun.statistics.interval import LEVEL, Interval, student_t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.panels.bands import Band
    from pressrun.panels.selection import Selection
    from pressrun.records import Run
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Lines that are drawn of each kind, and rows of the table; more are a sample, and said to be.
MOST_LINES = 200
MOST_ROWS = 40


class LearningCurve(ChartPanel):
    """Training and validation over steps."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A line of the panel: its runs, their mean over steps in training and validation, the gap, and how it ends."""

    members: Members
    train: Band
    validation: Band
    gap: Band
    ends: tuple[tuple[float, float, float, float], ...]
    """Of each run: the last place that has a gap, and there training, validation and gap."""

    def end(self, which: int) -> Interval:
        """Give the mean over runs of one of the numbers at the end."""
        return student_t([each[which] for each in self.ends])


def learning_curve(
    runs: RunSet | Groups | Sequence[Run],
    train: str,
    validation: str,
    *,
    group: str | Sequence[str] | Groups | None = None,
    x: str = "step",
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> LearningCurve:
    """Show training and validation over steps, and the gap: by how much validation is worse.

    The gap is taken within each run, at each of its validation points against the training value last logged by then;
    its mean over a group's runs has the 95% Student-t interval of paired differences. It is above 0 where validation is
    worse, whichever way the metrics are better.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    train, validation
        The two metrics, with histories, of one quantity: such as "train/loss" and "val/loss".
    group
        What to average over, such as "config.model"; None: one line a run, unless `runs` is grouped.
    x
        "step", "epoch", or "time", seconds since the run's start.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished and running runs: "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has a history of one of the metrics.
    UsageError
        If an argument is not understood, or the metrics are better in opposite ways: they are then not one quantity.
    """
    include = once(include)
    for name, value in (("train", train), ("validation", validation)):
        if not check_text(value, name, f'{name}="{name}/loss"'):
            raise UsageError(f"{name} is empty", where=name, hint=f'write {name}="{name}/loss"')
    check_text(title, "title", 'title="Overfitting"')
    field = parse_field(x)
    if not isinstance(field, XField):
        raise UsageError(f"x is {shorten(str(x))!r}", where="x", hint='write "step", "epoch" or "time"')
    selection = select(runs, by=group, include=include, sound=SOUND | {Status.RUNNING})
    pairs, notes = _read(selection, train, validation, field)
    chosen, _ = sample(len(pairs), MOST_LINES)
    drawn = [pairs[place] for place in chosen]
    if len(drawn) < len(pairs):
        notes.append(f"{len(drawn)} of {len(pairs):,} lines drawn, chosen at random")
    rows, thinned = _rows(drawn)
    members = [pair.members for pair in pairs]
    if len(pairs) > 1:
        notes.append(f"the intervals of {len(pairs)} gaps are not corrected for being many")
    return LearningCurve(
        PanelFact(
            kind="learning_curve",
            title=title,
            metrics=(train, validation),
            frame=rows.frame,
            view={
                "chart": _chart(selection, train, validation, field, drawn).to_view(),
                "table": _table(pairs, train, validation, field).to_view(),
                "alt": _alt(pairs, train, validation, field),
                "histories": [train, validation],
                "call": remembered(
                    runs,
                    group,
                    {"train": train, "validation": validation, "x": x, "title": title, "include": include},
                ),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, [*notes, *([thinned] if thinned else [])]),
        )
    )


def _sign(selection: Selection, train: str, validation: str) -> int:
    """Give 1 where less is better and the gap is validation above training, and -1 where more is."""
    if train == validation:
        raise UsageError(f"train and validation are both {shorten(train)!r}", where="validation", hint="name another")
    ways = [selection.metric(name).direction for name in (train, validation)]
    if ways[0] is not ways[1]:
        words = ["higher" if way is Direction.MAX else "lower" for way in ways]
        raise UsageError(
            f"{shorten(train)} is better {words[0]}, {shorten(validation)} is better {words[1]}",
            where="validation",
            hint="name two metrics of one quantity, or set their direction in pressrun.toml",
        )
    return -1 if ways[0] is Direction.MAX else 1


def _read(selection: Selection, train: str, validation: str, field: XField) -> tuple[list[_Pair], list[str]]:
    """Read both histories of the runs that have both."""
    both = []
    readers = [LineReader(selection, metric, field, log=False) for metric in (train, validation)]
    for reader in readers:
        reader.require_metric()
    sign = _sign(selection, train, validation)
    for members in selection.members:
        found = []
        for run in members.runs:
            lacking = [metric for metric in (train, validation) if not run.metrics.get(metric)]
            if lacking:
                selection.ledger.leave_out(run, f"no {' or '.join(lacking)}")
            else:
                found.append(run)
        both.append(replace(members, runs=tuple(found)))
    for reader in readers:
        reader.selection = replace(selection, members=tuple(both))
    sides = [_lines(reader) for reader in readers]
    pairs = []
    for members in both:
        kept = []
        for run in members.runs:
            place = (run.source, run.id)
            if place not in sides[0] or place not in sides[1]:
                continue
            gap, end = _gap(sides[0][place], sides[1][place], sign)
            if end is None:
                selection.ledger.leave_out(run, f"without a {validation} after its first {train}")
            else:
                kept.append((run, sides[0][place], sides[1][place], gap, end))
        if kept:
            pairs.append(
                _Pair(
                    replace(members, runs=tuple(run for run, *_ in kept)),
                    readers[0].mean([each[1] for each in kept]),
                    readers[1].mean([each[2] for each in kept]),
                    readers[1].mean([each[3] for each in kept]),
                    tuple(each[4] for each in kept),
                )
            )
    return pairs, [note for reader in readers for note in reader.notes]


def _lines(reader: LineReader) -> dict[tuple[str, str], Line]:
    return {
        (run.source, run.id): line
        for drawn in reader.read()
        for run, line in zip(drawn.members.runs, drawn.lines, strict=True)
    }


def _gap(train: Line, validation: Line, sign: int) -> tuple[Line, tuple[float, float, float, float] | None]:
    """Give the gap at each validation point that training came before, and the last one, None for none."""
    import numpy as np

    known = np.isfinite(train.values)
    x, values = train.x[known], train.values[known]
    last = np.searchsorted(x, validation.x, side="right") - 1
    inside = (last >= 0) & np.isfinite(validation.values)
    held = values[last[inside]]
    there = validation.values[inside]
    gap = Line(validation.x[inside], sign * (there - held))
    if not len(gap):
        return gap, None
    return gap, (float(gap.x[-1]), float(held[-1]), float(there[-1]), float(gap.values[-1]))


def _rows(pairs: Sequence[_Pair]) -> tuple[Rows, str]:
    rows = Rows()
    most = max(20, MOST_POINTS // max(1, 3 * len(pairs)))
    longest = max((len(band) for pair in pairs for band in (pair.train, pair.validation, pair.gap)), default=0)
    for pair in pairs:
        for part, band in (("train", pair.train), ("validation", pair.validation), ("gap", pair.gap)):
            for at in thin(band.x, band.mean, most).tolist():
                ends = whiskers("y", float(band.low[at]), float(band.high[at]))
                mean = float(band.mean[at])
                rows.add(
                    part,
                    group=pair.members.label,
                    text=part,
                    x=float(band.x[at]),
                    y=mean if math.isfinite(mean) else None,
                    n=int(band.n[at]),
                    **ends,
                )
    if pairs:
        rows.add("zero", y=0.0)
    note = f"lines have about {most:,} of up to {longest:,} points, each stretch's highest and lowest"
    return rows, note if longest > most else ""


def _chart(selection: Selection, train: str, validation: str, field: XField, pairs: Sequence[_Pair]) -> Chart:
    known = selection.metric(validation)
    names = [selection.metric(metric).title or metric for metric in (train, validation)]
    unit = f" ({known.unit})" if known.unit else ""
    every = [float(x) for pair in pairs for band in (pair.train, pair.gap) for x in (band.x[0], band.x[-1])]
    # Both plots are over the same places; a single one needs some room to either side.
    least, most = min(every, default=0.0), max(every, default=0.0)
    across = Axis(field.label, range=(least, most) if most > least else (least - 1, most + 1))
    return Chart(
        (
            Plot(
                across,
                Axis(f"metric{unit}"),
                (
                    Layer("train", Mark.LINE, faint=True, tip=("n",)),
                    Layer("validation", Mark.LINE, tip=("n",)),
                ),
                title=f"{names[1]}, with {names[0]} in pale",
            ),
            Plot(
                across,
                Axis(f"gap{unit}"),
                (Layer("zero", Mark.RULE, dashed=True), Layer("gap", Mark.LINE, tip=("n",))),
                title="gap: by how much validation is worse",
            ),
        ),
        tuple(pair.members.label for pair in pairs),
    )


def _table(pairs: Sequence[_Pair], train: str, validation: str, field: XField) -> Grid:
    """Give one row a line: both metrics and the gap at the end, and whether the gap is more than noise."""
    ends = [[pair.end(which) for which in (1, 2, 3)] for pair in pairs]
    decimals = [decimals_of((e[which].mean, e[which].low, e[which].high) for e in ends) for which in range(3)]
    rows = []
    for pair, each in list(zip(pairs, ends, strict=True))[:MOST_ROWS]:
        label = pair.members.label
        places = sorted({end[0] for end in pair.ends})
        where = plain_number(places[0]) + (f" to {plain_number(places[-1])}" if len(places) > 1 else "")
        cells = [Cell(shorten(label), note=label if shorten(label) != label else ""), Cell(where)]
        cells += [estimate_cell(e.mean, e.low, e.high, d, n=e.n) for e, d in zip(each, decimals, strict=True)]
        cells += [Cell(_said(each[2])), Cell(str(len(pair.ends)), len(pair.ends))]
        rows.append(Row(label, label, tuple(cells)))
    columns = (
        Column("label", "line"),
        Column("place", f"last {field.label}", "right"),
        Column("train", train, "right", numeric=True),
        Column("validation", validation, "right", numeric=True),
        Column("gap", "gap", "right", numeric=True),
        Column("said", "validation is"),
        Column("n", "n", "right", numeric=True),
    )
    more = [f"{count(len(pairs) - MOST_ROWS, 'more line')} in the data"] if len(pairs) > MOST_ROWS else []
    return Grid(columns, tuple(rows), (), (f"mean ± half-width of its {LEVEL:.0%} Student-t interval", *more))


def _said(gap: Interval) -> str:
    """Say what the interval of a gap decides; one run decides nothing."""
    if not gap.decides:
        return "unresolved: one run"
    return "worse" if gap.low > 0 else "better" if gap.high < 0 else "unresolved"


def _alt(pairs: Sequence[_Pair], train: str, validation: str, field: XField) -> str:
    what = f"Learning curves of {shorten(train)} and {shorten(validation)} over {field.value}"
    if not pairs:
        return f"{what}: no runs to show."
    ends = []
    for pair in pairs[:6]:
        gap = pair.end(3)
        between = f"{LEVEL:.0%} interval {gap.low:.4g} to {gap.high:.4g}, " if gap.decides else ""
        ends.append(f"{pair.members.name} ends with a gap of {gap.mean:.4g} ({between}n = {gap.n})")
    more = f"; and {len(pairs) - 6} more lines" if len(pairs) > 6 else ""
    return f"{what}: {'; '.join(ends)}{more}."
