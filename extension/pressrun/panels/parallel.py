"""Parallel coordinates: each run a line across its settings and its metric; a reader brushes ranges on the axes.

The frame of the fact has one row a run: `run`, `text` (its name), and a column an axis, under the name that the author
wrote; null where the run has no place on that axis. The view is::

    {"axes": [{"column", "label", "scale": "linear|log|category", "names": [str], "range": [low, high] | null}],
     "color": the column of the metric, which is the last axis, "table": grid, "alt", "call": as in `remembered.py`}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text, check_texts
from pressrun.canonical import plain
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import MOST_POINTS, Scale, sample
from pressrun.panels.chart_panel import FigurePanel
from pressrun.panels.columns import ask, word
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.levels import is_number, levels_of
from pressrun.panels.numerals import MISSING as NOTHING
from pressrun.panels.numerals import decimals_for, fixed
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import Members, cites, run_keys, run_set, select
from pressrun.records import Direction
from pressrun.runs.address import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection
    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Axes besides the metric's, names on one, and rows of the table.
MOST_AXES = 15
MOST_NAMES = 30
MOST_ROWS = 40
#: Columns of the frame that are no axes.
_OWN = frozenset({"run", "text"})


class Parallel(FigurePanel):
    """Runs as lines across their settings."""

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers."""
        return frozenset(a["column"] for a in self.fact.view["axes"] if a["scale"] != Scale.CATEGORY.value)

    def figure(self, *, width: float = 5.5) -> Figure:
        """Draw all lines as a journal's figure, `width` inches wide."""
        from pressrun.panels.parallel_figure import draw_parallel

        return draw_parallel(self.fact, width=width)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis with the runs' places on it: numbers, or names; None where a run has none."""

    column: str
    label: str
    scale: Scale
    places: tuple[Any, ...]
    names: tuple[str, ...] = ()

    def to_view(self) -> dict[str, Any]:
        numbers = [place for place in self.places if self.scale is not Scale.CATEGORY and place is not None]
        return {
            "column": self.column,
            "label": self.label,
            "scale": self.scale.value,
            "names": list(self.names),
            "range": [min(numbers), max(numbers)] if numbers else None,
        }


def parallel(
    runs: RunSet | Groups | Sequence[Run],
    params: str | Sequence[str],
    metric: str,
    *,
    log: str | Sequence[str] = (),
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Parallel:
    """Show each run as a line across its settings to its metric, coloured by the metric.

    In a page and in JupyterLab a reader brushes ranges on the axes, by hand or by keyboard: the runs within all of them
    stay coloured and are listed. A line has a gap where a run lacks a setting.

    Parameters
    ----------
    runs
        A run set, groups, whose runs are pooled, or a list of runs.
    params
        The settings, in the order of their axes: such as ["config.lr", "config.depth"].
    metric
        A metric of the summary: the last axis, and the colour of the lines.
    log
        Which axes are logarithmic; what is at or below 0 has no place there, and the disclosure says so.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or one of the settings.
    UsageError
        If an argument is not understood.
    """
    include, log = once(include), once(log)
    check_text(metric, "metric", 'metric="val/acc"')
    check_text(title, "title", 'title="The sweep"')
    wanted = [key for key in dict.fromkeys(check_texts(params, "params", '["config.lr"]')) if key != metric]
    if not 1 <= len(wanted) <= MOST_AXES:
        raise UsageError(
            f"params names {count(len(wanted), 'setting')} besides the metric",
            where="params",
            hint=f"name 1 to {MOST_AXES}",
        )
    scales = [name for name in check_texts(log, "log", 'log="config.lr"') if name]
    for name in scales:
        if name not in (*wanted, metric):
            raise UsageError(f"log names {shorten(name)!r}, which is no axis", where="log", hint=listing(wanted, 8))
    selection = select(run_set(runs), by=None, include=include)
    *settings, number = ask(selection, [*wanted, metric])
    held = _held(selection, number, logarithmic=metric in scales)
    notes: list[str] = []
    axes = [_axis(selection, each, held, notes, log=each.key in scales) for each in (*settings, number)]
    chosen, note = sample(len(held), MOST_POINTS // 2)
    if note:
        notes.append(note.replace("points", "lines"))
    keys = run_keys(held)
    frame: dict[str, list[Any]] = {
        "run": [keys[held[place].source, held[place].id] for place in chosen],
        "text": [held[place].name or held[place].id for place in chosen],
    }
    frame |= {axis.column: [axis.places[place] for place in chosen] for axis in axes}
    members = [Members("", tuple(held))] if held else []
    return Parallel(
        PanelFact(
            kind="parallel",
            title=title,
            metrics=(number.metric,) if number.metric else (),
            frame=frame,
            view={
                "axes": [axis.to_view() for axis in axes],
                "color": axes[-1].column,
                "table": _table(selection, held, axes, number, keys).to_view(),
                "alt": _alt(held, axes),
                "call": remembered(
                    runs, None, {"params": wanted, "metric": metric, "log": scales, "title": title, "include": include}
                ),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, notes),
        )
    )


def _held(selection: Selection, asked: Asked, *, logarithmic: bool) -> list[Run]:
    """Give the runs that have a place on the metric's axis: without it a line has no colour."""
    found = []
    for run in (run for m in selection.members for run in m.runs):
        value = asked.number(run)
        if value is None:
            selection.ledger.leave_out(run, f"without {asked.key}")
        elif not math.isfinite(value):
            selection.ledger.leave_out(run, f"with a non-finite {asked.key}")
        elif logarithmic and value <= 0:
            selection.ledger.leave_out(run, "at or below 0 on a logarithmic axis")
        else:
            found.append(run)
    return found


def _axis(selection: Selection, asked: Asked, runs: Sequence[Run], notes: list[str], *, log: bool) -> _Axis:
    known = selection.metric(asked.metric) if asked.metric else None
    label = (known.title if known else "") or asked.key.removeprefix("config.")
    label = f"{label} ({known.unit})" if known and known.unit else label
    column = f"summary.{asked.key}" if asked.key in _OWN else asked.key
    found = [asked.address.of(run) for run in runs]
    values = [None if value is MISSING else plain(value) for value in found]
    there = [value for value, raw in zip(values, found, strict=True) if raw is not MISSING]
    lacking = len(found) - len(there)
    if all(map(is_number, there)):
        places = [value if value is not None and (value > 0 or not log) else None for value in values]
        if low := sum(place is None for place in places) - lacking:
            notes.append(f"{count(low, 'run')} at or below 0 without a place on {asked.key}")
        axis = _Axis(column, label, Scale.LOG if log else Scale.LINEAR, tuple(places))
    else:
        levels = levels_of(there, most=len(there))
        counts = [0] * len(levels.names)
        for level in levels.of:
            counts[level] += 1
        kept = set(sorted(range(len(counts)), key=lambda level: (-counts[level], level))[:MOST_NAMES])
        if len(kept) < len(counts):
            notes.append(f"of {len(counts)} values of {asked.key} the {MOST_NAMES} most common have a place")
        at = iter(levels.of)
        names = [None if raw is MISSING else (level if (level := next(at)) in kept else None) for raw in found]
        axis = _Axis(
            column,
            label,
            Scale.CATEGORY,
            tuple(None if level is None else levels.names[level] for level in names),
            tuple(name for level, name in enumerate(levels.names) if level in kept),
        )
    if lacking:
        notes.append(f"{count(lacking, 'run')} without {asked.key}: a gap in the line")
    return axis


def _table(
    selection: Selection,
    runs: Sequence[Run],
    axes: Sequence[_Axis],
    asked: Asked,
    keys: dict[tuple[str, str], str],
) -> Grid:
    """Give one row a run, by the metric, from its better end on."""
    sign = -1 if asked.metric and selection.metric(asked.metric).direction is Direction.MAX else 1
    order = sorted(range(len(runs)), key=lambda place: (sign * axes[-1].places[place], place))[:MOST_ROWS]
    decimals = [
        decimals_for([a.places[place] for place in order if a.places[place] is not None])
        if a.scale is not Scale.CATEGORY
        else 0
        for a in axes
    ]
    rows = []
    for place in order:
        run = runs[place]
        name = run.name or run.id
        cells = [Cell(shorten(name), note=name if shorten(name) != name else "")]
        for axis, digits in zip(axes, decimals, strict=True):
            value = axis.places[place]
            if value is None:
                cells.append(Cell(NOTHING))
            elif axis is axes[-1]:
                cells.append(Cell(fixed(value, digits), value))
            else:
                shown = word(value)
                cells.append(Cell(shorten(shown), value if axis.scale is not Scale.CATEGORY else None, note=shown))
        rows.append(Row(keys[run.source, run.id], name, tuple(cells), (keys[run.source, run.id],)))
    columns = [Column("run", "run")]
    for axis in axes:
        numeric = axis.scale is not Scale.CATEGORY
        columns.append(Column(axis.column, axis.label, "right" if numeric else "left", numeric=numeric))
    more = [f"{count(len(runs) - len(order), 'more run')} in the data"] if len(runs) > len(order) else []
    return Grid(tuple(columns), tuple(rows), (), ("single runs by their metric: their order decides nothing", *more))


def _alt(runs: Sequence[Run], axes: Sequence[_Axis]) -> str:
    names = ", ".join(shorten(axis.label) for axis in axes)
    if not runs:
        return f"Parallel coordinates over {names}: no runs to show."
    numbers = axes[-1].places
    return (
        f"Parallel coordinates of {count(len(runs), 'run')} over {names}; {shorten(axes[-1].label)} from "
        f"{min(numbers):.4g} to {max(numbers):.4g}."
    )
