"""Timeline: runs as spans from start to end, and how many ran at once.

The frame of the fact is a chart's (`chart.py`): a row a run in `ended`, `failed` or `open` (its end is not known), with
its `status` and what it `took`; and `at once`, a line of how many ran from each moment on. A few runs have a row each,
many share lanes: a run takes the first that is free.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.arguments import check_text
from pressrun.facts import PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.bands import thin
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale, sample
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import MISSING, duration, moment
from pressrun.panels.remembered import remembered
from pressrun.panels.selection import SOUND, Members, cites, run_keys, run_labels, select
from pressrun.records import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.panels.selection import Selection
    from pressrun.records import Run
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Runs that have a row each; more share lanes. Lanes that are named one by one.
MOST_NAMED = 30
#: Rows of the table, and points of the line of how many ran at once.
MOST_ROWS = 40
MOST_STEPS = 2_000
#: Seconds since 1970 that a date of four digits can tell.
_EARLIEST, _LATEST = -62_135_596_800.0, 253_402_300_799.0
#: Statuses of runs that came to no good end.
_FAILED = frozenset({Status.FAILED, Status.KILLED})


class Timeline(ChartPanel):
    """Runs as spans over time."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A run in time; `end` is the last that is known of it where it is open."""

    label: str
    name: str
    run: Run
    start: float
    end: float
    open: bool

    @property
    def part(self) -> str:
        return "open" if self.open else "failed" if self.run.status in _FAILED else "ended"

    @property
    def took(self) -> str:
        return "not ended" if self.open else duration(self.end - self.start)


def timeline(
    runs: RunSet | Groups | Sequence[Run],
    *,
    group: str | Sequence[str] | Groups | None = None,
    title: str = "",
) -> Timeline:
    """Show runs over time, from start to end, whatever became of them; and how many ran at once.

    A run that is still running is open: it reaches to the plot's edge. One that is not, and whose end nobody recorded,
    reaches to its last logged point and counts for no parallelism. Both are drawn hollow; failed and killed runs are
    drawn faint.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    group
        What to colour by, and to sum over in the table; None: one colour, unless `runs` is grouped.
    title
        A title; papers have captions instead.

    Raises
    ------
    UsageError
        If an argument is not understood.
    """
    check_text(title, "title", 'title="The sweep, as it ran"')
    selection = select(runs, by=group, include=(), sound=SOUND | _FAILED | {Status.RUNNING})
    spans = _spans(selection)
    edge = _edge(spans)
    busy = _at_once([s for s in spans if not s.open or s.run.status is Status.RUNNING], edge)
    most = max((n for _, n in busy), default=0)
    kept = {(s.run.source, s.run.id) for s in spans}
    members = [
        Members(m.label, tuple(r for r in m.runs if (r.source, r.id) in kept))
        for m in selection.members
        if any((r.source, r.id) in kept for r in m.runs)
    ]
    keys = run_keys(s.run for s in spans)
    chosen, note = sample(len(spans))
    lane, axis = _places(spans, edge)
    rows = Rows()
    for place in chosen:
        span = spans[place]
        still = span.open and span.run.status is Status.RUNNING
        rows.add(
            span.part,
            group=span.label if selection.grouped else "",
            run=keys[span.run.source, span.run.id],
            text=span.run.name or span.run.id,
            y=lane[place],
            x_low=span.start,
            x_high=edge if still else span.end,
            status=span.run.status.value,
            took=span.took,
        )
    _add_steps(rows, busy)
    time = Axis("", Scale.TIME, range=(spans[0].start, edge) if spans else None)
    layers = (
        Layer("failed", Mark.SPAN, faint=True, tip=("status", "took")),
        Layer("ended", Mark.SPAN, tip=("took",)),
        Layer("open", Mark.SPAN, hollow=True, tip=("status", "took")),
    )
    plots = (
        Plot(time, axis, layers),
        Plot(
            Axis("time", Scale.TIME, range=time.range),
            Axis("at once", range=(0, 1.1 * max(1, most))),
            (Layer("at once", Mark.LINE, step=True),),
        ),
    )
    chart = Chart(plots, tuple(m.label for m in members) if selection.grouped else ())
    return Timeline(
        PanelFact(
            kind="timeline",
            title=title,
            metrics=(),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": _table(spans, members, edge, keys, grouped=selection.grouped).to_view(),
                "alt": _alt(spans, members, most, grouped=selection.grouped),
                "call": remembered(runs, group, {"title": title}),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, [each for each in (*_notes(spans), note) if each]),
        )
    )


def _spans(selection: Selection) -> list[_Span]:
    """Give the runs that have a place in time, in the order in which they started."""
    every = [run for m in selection.members for run in m.runs]
    names = dict(zip(((r.source, r.id) for r in every), run_labels(every), strict=True))
    found = []
    for members in selection.members:
        for run in members.runs:
            start, end = _moment(run.started), _moment(run.ended)
            if start is None:
                selection.ledger.leave_out(run, "without the time of its start")
            elif end is not None and end < start:
                selection.ledger.leave_out(run, "whose end is before its start")
            else:
                unknown = end is None or run.status is Status.RUNNING
                last = start if end is None else end
                if unknown:
                    last = max(last, _last_point(selection, run))
                found.append(_Span(members.label, names[run.source, run.id], run, start, last, unknown))
    return sorted(found, key=lambda s: (s.start, s.end, s.run.source, s.run.id))


def _moment(seconds: float | None) -> float | None:
    """Give a time that a calendar has, None for what is none."""
    if seconds is None or not math.isfinite(seconds) or not _EARLIEST <= seconds <= _LATEST:
        return None
    return float(seconds)


def _last_point(selection: Selection, run: Run) -> float:
    """Give the time of the last point that a run logged, minus infinity where none is known."""
    times = [
        at
        for metric in run.metrics
        for point in selection.runs.series(run, metric).times.tolist()
        if (at := _moment(point)) is not None
    ]
    return max(times, default=-math.inf)


def _edge(spans: Sequence[_Span]) -> float:
    """Give where the plot ends: with the last that is known, and some way on where a run has not ended."""
    if not spans:
        return 0.0
    first, last = spans[0].start, max(s.end for s in spans)
    running = any(s.open and s.run.status is Status.RUNNING for s in spans)
    return last + (max(1.0, 0.05 * (last - first)) if running or last == first else 0.0)


def _ends(span: _Span, edge: float) -> float:
    return edge if span.open and span.run.status is Status.RUNNING else span.end


def _at_once(spans: Sequence[_Span], edge: float) -> list[tuple[float, int]]:
    """Give how many run from each moment on; one that ends as another starts does not run beside it."""
    changes: dict[float, int] = {}
    for span in spans:
        end = _ends(span, edge)
        if end > span.start:
            changes[span.start] = changes.get(span.start, 0) + 1
            changes[end] = changes.get(end, 0) - 1
    found, running = [], 0
    for at in sorted(changes):
        running += changes[at]
        found.append((at, running))
    return found


def _add_steps(rows: Rows, busy: Sequence[tuple[float, int]]) -> None:
    import numpy as np

    at = np.array([t for t, _ in busy], dtype=np.float64)
    running = np.array([n for _, n in busy], dtype=np.float64)
    for place in thin(at, running, MOST_STEPS).tolist():
        rows.add("at once", text="at once", x=busy[place][0], y=busy[place][1])


def _places(spans: Sequence[_Span], edge: float) -> tuple[list[str | int], Axis]:
    """Give each span its row, and the axis of rows: the runs' names, or lanes where there are many."""
    if len(spans) <= MOST_NAMED:
        names = [s.name for s in spans]
        return list(names), Axis("", Scale.CATEGORY, tuple(names))
    lanes: list[int] = []
    taken: list[tuple[float, int]] = []
    free: list[int] = []
    for span in spans:
        while taken and taken[0][0] <= span.start:
            heapq.heappush(free, heapq.heappop(taken)[1])
        lane = heapq.heappop(free) if free else len(taken) + 1
        heapq.heappush(taken, (max(_ends(span, edge), math.nextafter(span.start, math.inf)), lane))
        lanes.append(lane)
    most = max(lanes)
    if most <= MOST_NAMED:
        return [str(lane) for lane in lanes], Axis("lane", Scale.CATEGORY, tuple(str(k + 1) for k in range(most)))
    return list(lanes), Axis("lane", range=(0.5, most + 0.5))


def _notes(spans: Sequence[_Span]) -> list[str]:
    lost = sum(s.open and s.run.status is not Status.RUNNING for s in spans)
    return [f"{count(lost, 'run')} without the time of their end, drawn to their last logged point"] if lost else []


def _table(
    spans: Sequence[_Span],
    members: Sequence[Members],
    edge: float,
    keys: dict[tuple[str, str], str],
    *,
    grouped: bool,
) -> Grid:
    if not grouped:
        rows = [
            Row(
                key := keys[s.run.source, s.run.id],
                s.name,
                (
                    Cell(shorten(s.name), note=s.name if shorten(s.name) != s.name else ""),
                    Cell(s.run.status.value),
                    Cell(moment(s.start), s.start),
                    Cell(MISSING if s.open else moment(s.end), None if s.open else s.end),
                    Cell(s.took, None if s.open else s.end - s.start),
                ),
                (key,),
            )
            for s in spans[:MOST_ROWS]
        ]
        columns = (
            Column("run", "run"),
            Column("status", "status"),
            Column("start", "start (UTC)", "right", numeric=True),
            Column("end", "end (UTC)", "right", numeric=True),
            Column("took", "took", "right", numeric=True),
        )
        more = [f"{count(len(spans) - MOST_ROWS, 'more run')} in the data"] if len(spans) > MOST_ROWS else []
        return Grid(columns, tuple(rows), (), tuple(more))
    return _groups_table(spans, members, edge)


def _groups_table(spans: Sequence[_Span], members: Sequence[Members], edge: float) -> Grid:
    """Give one row a group: its runs, when it ran, and what it took in all, over runs whose end is known."""
    by_label: dict[str, list[_Span]] = {m.label: [] for m in members}
    for span in spans:
        by_label[span.label].append(span)
    rows = []
    for label, some in by_label.items():
        took = [s.end - s.start for s in some if not s.open]
        ended = [s.end for s in some if not s.open]
        most = max(
            (n for _, n in _at_once([s for s in some if not s.open or s.run.status is Status.RUNNING], edge)), default=0
        )
        cells = (
            Cell(shorten(label), note=label if shorten(label) != label else ""),
            Cell(moment(some[0].start), some[0].start),
            Cell(moment(max(ended)), max(ended)) if ended else Cell(MISSING),
            Cell(duration(math.fsum(took)), math.fsum(took), n=len(took)) if took else Cell(MISSING),
            Cell(duration(max(took)), max(took)) if took else Cell(MISSING),
            Cell(str(most), most),
            Cell(str(len(some)), len(some)),
            Cell(str(len(some) - len(took)), len(some) - len(took)),
        )
        rows.append(Row(label, label, cells))
    columns = (
        Column("group", "group"),
        Column("start", "first start (UTC)", "right", numeric=True),
        Column("end", "last end (UTC)", "right", numeric=True),
        Column("took", "took in all", "right", numeric=True),
        Column("longest", "longest", "right", numeric=True),
        Column("most", "most at once", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
        Column("open", "not ended", "right", numeric=True),
    )
    return Grid(columns, tuple(rows), (), ("times taken are of runs whose end is known",))


def _alt(spans: Sequence[_Span], members: Sequence[Members], most: int, *, grouped: bool) -> str:
    if not spans:
        return "Timeline: no runs to show."
    groups = f" in {count(len(members), 'group')}" if grouped else ""
    unfinished = sum(s.open for s in spans)
    parts = [
        f"Timeline of {count(len(spans), 'run')}{groups}, from {moment(spans[0].start)} to "
        f"{moment(max(s.end for s in spans))} UTC",
        f"at most {most} at once",
    ]
    if unfinished:
        parts.append(f"{unfinished} without a known end")
    return "; ".join(parts) + "."
