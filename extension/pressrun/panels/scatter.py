"""Scatter: runs by two of their numbers, the groups' means with their intervals, and the Pareto front.

The frame of the fact is a chart's (`chart.py`), in three parts: `run`, one row a run with its `seed`; `mean`, one row a
group with the ends of the means' intervals and `n`; and `front`, the Pareto front from end to end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.arguments import check_flag, check_text
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale, sample
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.columns import ask, heading
from pressrun.panels.estimates import decimals_of, estimate_cell, whiskers
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import Members, cites, run_keys, select
from pressrun.records import Direction
from pressrun.runs.address import seed_of
from pressrun.statistics.interval import LEVEL, Interval, student_t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Rows of the table; the frame holds all.
MOST_ROWS = 40
_AXES = {"": (), "x": ("x",), "y": ("y",), "xy": ("x", "y")}


class Scatter(ChartPanel):
    """Runs by two of their numbers."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A run with both of its numbers, or a group's mean with its intervals."""

    label: str
    x: float
    y: float
    run: Run | None = None
    across: Interval | None = None
    up: Interval | None = None
    n: int = 1

    def estimate(self, axis: str) -> tuple[float, float, float]:
        """Give the number along "x" or "y" with the ends of its interval, NaN where it has none."""
        value, interval = (self.x, self.across) if axis == "x" else (self.y, self.up)
        return (value, interval.low, interval.high) if interval else (value, math.nan, math.nan)


def scatter(
    runs: RunSet | Groups | Sequence[Run],
    x: str,
    y: str,
    *,
    group: str | Sequence[str] | Groups | None = None,
    pareto: bool = False,
    log: str = "",
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Scatter:
    """Show runs by two of their numbers; grouped, with each group's mean and its 95% Student-t intervals.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    x, y
        What the axes hold: metrics of the summary such as "test/acc", or numbers of the configuration such as
        "config.lr".
    group
        What to colour by, and to average over; None: one colour, unless `runs` is grouped.
    pareto
        Whether to draw the Pareto front: the groups (the runs, where there are no groups) that no other is at least as
        good as in both numbers and better in one. Which way is better is a metric's direction; of a number of the
        configuration, such as a count of parameters, less is better. A front of means says nothing of their noise.
    log
        Which axes are logarithmic: "x", "y" or "xy"; runs at or below 0 are then left out and disclosed.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has one of the numbers.
    UsageError
        If an argument is not understood.
    """
    include = once(include)
    for name, value in (("x", x), ("y", y)):
        check_text(value, name, f'{name}="test/acc"')
    check_text(title, "title", 'title="Cost and accuracy"')
    pareto = check_flag(pareto, "pareto")
    if log not in _AXES:
        raise UsageError(f"log is {log!r:.40}", where="log", hint='write "x", "y" or "xy"')
    selection = select(runs, by=group, include=include)
    across, up = ask(selection, [x])[0], ask(selection, [y])[0]
    logarithmic = _AXES[log]
    spots = {m.label: _spots(selection, m, across, up, logarithmic) for m in selection.members}
    means = [mean for m in selection.members if (mean := _mean(m.label, spots[m.label]))] if selection.grouped else []
    better = [_better(selection, asked) for asked in (across, up)]
    every = [spot for some in spots.values() for spot in some]
    front = _front(means if selection.grouped else every, better) if pareto else []
    members = [
        Members(m.label, tuple(s.run for s in spots[m.label] if s.run)) for m in selection.members if spots[m.label]
    ]
    keys = run_keys(run for m in members for run in m.runs)
    rows, note = _rows(every, means, front, keys, grouped=selection.grouped)
    notes = [note]
    if pareto and front:
        words = ["higher" if each is Direction.MAX else "lower" for each in better]
        notes.append(f"front: {words[0]} {across.key} and {words[1]} {up.key} are better")
    axes = [
        Axis(heading(selection, asked), Scale.LOG if name in logarithmic else Scale.LINEAR)
        for asked, name in ((across, "x"), (up, "y"))
    ]
    layers = [Layer("run", Mark.POINT, faint=selection.grouped, tip=("seed",))]
    if selection.grouped:
        layers.append(Layer("mean", Mark.POINT, tip=("n",)))
    if front:
        layers.insert(0, Layer("front", Mark.LINE, dashed=True, step=True))
    chart = Chart(
        (Plot(axes[0], axes[1], tuple(layers)),), tuple(m.label for m in members) if selection.grouped else ()
    )
    table = _table(axes, means if selection.grouped else every, front, keys, grouped=selection.grouped, pareto=pareto)
    return Scatter(
        PanelFact(
            kind="scatter",
            title=title,
            metrics=tuple(asked.metric for asked in (across, up) if asked.metric),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": table.to_view(),
                "alt": _alt(axes, every, means, front, pareto=pareto),
                "call": remembered(
                    runs,
                    group,
                    {"x": x, "y": y, "pareto": pareto, "log": log, "title": title, "include": include},
                ),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, [each for each in notes if each]),
        )
    )


def _spots(selection: Selection, members: Members, across: Asked, up: Asked, logarithmic: Sequence[str]) -> list[_Spot]:
    found = []
    for run in members.runs:
        numbers = [asked.number(run) for asked in (across, up)]
        x, y = numbers
        if x is None or y is None:
            missing = across if x is None else up
            selection.ledger.leave_out(run, f"without {missing.key}")
        elif not math.isfinite(x) or not math.isfinite(y):
            selection.ledger.leave_out(run, f"with a non-finite {(across if not math.isfinite(x) else up).key}")
        elif ("x" in logarithmic and x <= 0) or ("y" in logarithmic and y <= 0):
            selection.ledger.leave_out(run, "at or below 0 on a logarithmic axis")
        else:
            found.append(_Spot(members.label, x, y, run))
    return found


def _mean(label: str, spots: Sequence[_Spot]) -> _Spot | None:
    """Give a group's mean; the intervals are those of each number by itself."""
    if not spots:
        return None
    across = student_t([spot.x for spot in spots])
    up = student_t([spot.y for spot in spots])
    return _Spot(label, across.mean, up.mean, None, across, up, len(spots))


def _better(selection: Selection, asked: Asked) -> Direction:
    return selection.metric(asked.metric).direction if asked.metric else Direction.MIN


def _front(spots: Sequence[_Spot], better: Sequence[Direction]) -> list[_Spot]:
    """Give what is on the Pareto front, from the best x on: nothing else is as good in both and better in one."""
    signs = [1 if each is Direction.MAX else -1 for each in better]
    order = sorted(spots, key=lambda spot: (-signs[0] * spot.x, -signs[1] * spot.y))
    front: list[_Spot] = []
    for spot in order:
        # Of those better in x, none may be as good in y; two in the same place dominate each other not.
        if not front or signs[1] * spot.y > signs[1] * front[-1].y or (spot.x, spot.y) == (front[-1].x, front[-1].y):
            front.append(spot)
    return front


def _rows(
    every: Sequence[_Spot],
    means: Sequence[_Spot],
    front: Sequence[_Spot],
    keys: dict[tuple[str, str], str],
    *,
    grouped: bool,
) -> tuple[Rows, str]:
    rows = Rows()
    on_front = {id(spot) for spot in front}
    chosen, note = sample(len(every), keep=[i for i, spot in enumerate(every) if id(spot) in on_front])
    for place in chosen:
        spot = every[place]
        assert spot.run is not None
        rows.add(
            "run",
            group=spot.label if grouped else "",
            run=keys[spot.run.source, spot.run.id],
            text=spot.run.name or spot.run.id,
            x=spot.x,
            y=spot.y,
            seed=seed_of(spot.run),
        )
    for spot in means:
        assert spot.across is not None
        assert spot.up is not None
        ends = whiskers("x", spot.across.low, spot.across.high) | whiskers("y", spot.up.low, spot.up.high)
        rows.add("mean", group=spot.label, text=spot.label, x=spot.x, y=spot.y, n=spot.n, **ends)
    for spot in front:
        rows.add("front", text="Pareto front", x=spot.x, y=spot.y)
    return rows, note


def _table(
    axes: Sequence[Axis],
    spots: Sequence[_Spot],
    front: Sequence[_Spot],
    keys: dict[tuple[str, str], str],
    *,
    grouped: bool,
    pareto: bool,
) -> Grid:
    """Give one row a group, or a run where there are none; those on the front first."""
    on_front = {id(spot) for spot in front}
    order = sorted(spots, key=lambda spot: id(spot) not in on_front) if pareto else list(spots)
    decimals = [decimals_of(s.estimate(name) for s in spots) for name in ("x", "y")]
    columns = [
        Column("label", "group" if grouped else "run"),
        Column("x", axes[0].label, "right", numeric=True),
        Column("y", axes[1].label, "right", numeric=True),
        Column("n", "n", "right", numeric=True),
    ]
    if pareto:
        columns.append(Column("front", "on the front"))
    rows = []
    for spot in order[:MOST_ROWS]:
        name = spot.run.name or spot.run.id if spot.run else spot.label
        cells = [
            Cell(shorten(name), note=name if shorten(name) != name else ""),
            estimate_cell(*spot.estimate("x"), decimals[0]),
            estimate_cell(*spot.estimate("y"), decimals[1]),
            Cell(str(spot.n), spot.n),
        ]
        if pareto:
            cells.append(Cell("yes" if id(spot) in on_front else "no"))
        key = keys[spot.run.source, spot.run.id] if spot.run else spot.label
        rows.append(Row(key, name, tuple(cells), (key,) if spot.run else ()))
    more = [f"{count(len(order) - MOST_ROWS, 'more row')} in the data"] if len(order) > MOST_ROWS else []
    noise = [f"mean ± half-width of its {LEVEL:.0%} Student-t interval"] if grouped else []
    return Grid(tuple(columns), tuple(rows), (), (*noise, *more))


def _alt(
    axes: Sequence[Axis], every: Sequence[_Spot], means: Sequence[_Spot], front: Sequence[_Spot], *, pareto: bool
) -> str:
    what = f"{shorten(axes[1].label)} against {shorten(axes[0].label)}"
    if not every:
        return f"Scatter plot of {what}: no runs to show."
    parts = [f"Scatter plot of {what}: {count(len(every), 'run')}"]
    if means:
        parts.append(f"in {count(len(means), 'group')}")
    if pareto:
        named = ", ".join(shorten(s.run.name or s.run.id if s.run else s.label) for s in front[:8])
        parts.append(f"with {len(front)} on the Pareto front ({named}{' …' if len(front) > 8 else ''})")
    return " ".join(parts) + "."
