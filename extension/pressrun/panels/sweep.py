"""Sweep: a metric over one setting after the other, or over two settings at once.

The frame of the fact is a chart's (`chart.py`). Over single settings there are, for the n-th of them, `runs n`, a row a
run, and `medians n`, a row a value with the quartiles as whiskers and `n`, joined by `trend n`. Over two settings
there is `cells`: a row for each pair of values that some run has, with the mean as its `shade` and `n`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text, check_texts
from pressrun.canonical import plain
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.chart import MOST_POINTS, Axis, Chart, Layer, Mark, Plot, Rows, Scale, Shade, sample
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.columns import ask
from pressrun.panels.levels import Levels, is_number, levels_of
from pressrun.panels.numerals import decimals_for, fixed
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import Members, cites, run_keys, run_set, select
from pressrun.panels.sweep_table import cells_table, slices_table
from pressrun.runs.address import MISSING
from pressrun.runs.grouping import Groups
from pressrun.statistics.interval import quartiles, student_t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection
    from pressrun.records import Run, Status
    from pressrun.runs.runset import RunSet

#: Settings that are shown side by side, and values of one that are no numbers.
MOST_SLICES = 12
MOST_NAMES = 40


class Sweep(ChartPanel):
    """A metric over the settings of a sweep."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A metric over one setting: the runs that have both, and the levels of the setting."""

    label: str
    runs: tuple[Run, ...]
    settings: tuple[Any, ...]
    levels: Levels
    numbers: tuple[float, ...]
    log: bool

    @property
    def samples(self) -> list[list[float]]:
        """The metric's numbers by level."""
        found: list[list[float]] = [[] for _ in self.levels.names]
        for number, level in zip(self.numbers, self.levels.of, strict=True):
            found[level].append(number)
        return found


def sweep(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    x: str | Sequence[str],
    y: str | None = None,
    log: str | Sequence[str] = (),
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Sweep:
    """Show a metric over the settings of a sweep.

    Over one setting each run is a point, and each value has its median with the quartiles (Hyndman and Fan, 1996,
    type 7); over two each pair of values is a cell with the mean of its runs and, in brackets, how many they are. A
    pair that no run has is left empty. A setting of more than 20 numbers is put in 10 bins of equal width.

    Parameters
    ----------
    runs
        A run set, groups, whose runs are pooled, or a list of runs.
    metric
        What is shown: a metric of the summary, such as "val/acc".
    x
        A setting such as "config.lr", or several, each of which is a plot of its own.
    y
        A second setting: a grid of cells over both.
    log
        What is on a logarithmic scale: settings, the metric, or several; runs at or below 0 are then left out and
        disclosed.
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
    wanted = list(dict.fromkeys(check_texts(x, "x", 'write x="config.lr"')))
    if y is not None:
        check_text(y, "y", 'y="config.depth"')
    if not 1 <= len(wanted) <= (MOST_SLICES if y is None else 1):
        raise UsageError(
            f"x names {count(len(wanted), 'setting')}",
            where="x",
            hint=f"name 1 to {MOST_SLICES}; one, where y names a second",
        )
    scales = _logarithmic(log, [metric, *wanted, *([] if y is None else [y])])
    selection = select(run_set(runs), by=None, include=include)
    number, *settings = (ask(selection, [key])[0] for key in (metric, *wanted, *([] if y is None else [y])))
    held = _held(selection, number, logarithmic=metric in scales)
    notes = ["groups are pooled"] if isinstance(runs, Groups) else []
    rows = Rows()
    if y is None:
        slices = [_slice(held, number, each, each.key in scales, notes) for each in settings]
        shown = _shown(selection, slices, settings)
        keys = run_keys(shown)
        chart = _slices_chart(rows, selection, number, slices, keys, notes, log=metric in scales)
        table = slices_table(slices, _label(selection, number))
    else:
        across, up = _pair(held, number, settings, scales, selection, notes)
        shown = list(across.runs)
        keys = run_keys(shown)
        slices = [across, up]
        chart, filled = _cells_chart(rows, selection, number, across, up)
        table = cells_table(filled, across, up, _label(selection, number))
    looks = len(rows.rows) if y is not None else sum(len(each.levels.names) for each in slices)
    if looks > 1:
        notes.append(f"{looks} {'cells' if y else 'values'} side by side: the best is partly the luckiest")
    members = [Members("", tuple(shown))] if shown else []
    return Sweep(
        PanelFact(
            kind="sweep",
            title=title,
            metrics=(number.metric,) if number.metric else (),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": table.to_view(),
                "alt": _alt(_label(selection, number), slices, shown, cells=y is not None),
                "call": remembered(
                    runs,
                    None,
                    {"metric": metric, "x": wanted, "y": y, "log": list(scales), "title": title, "include": include},
                ),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, notes),
        )
    )


def _logarithmic(log: str | Sequence[str], known: Sequence[str]) -> list[str]:
    names = [name for name in check_texts(log, "log", 'write log="config.lr"') if name]
    for name in names:
        if name not in known:
            raise UsageError(
                f"log names {shorten(name)!r}, which is not shown", where="log", hint=f"one of {', '.join(known)}"
            )
    return list(dict.fromkeys(names))


def _held(selection: Selection, asked: Asked, *, logarithmic: bool) -> list[tuple[Run, float]]:
    """Give the runs that have a finite number of the metric."""
    found = []
    for run in (run for m in selection.members for run in m.runs):
        number = asked.number(run)
        if number is None:
            selection.ledger.leave_out(run, f"without {asked.key}")
        elif not math.isfinite(number):
            selection.ledger.leave_out(run, f"with a non-finite {asked.key}")
        elif logarithmic and number <= 0:
            selection.ledger.leave_out(run, "at or below 0 on a logarithmic axis")
        else:
            found.append((run, number))
    return found


def _slice(held: Sequence[tuple[Run, float]], metric: Asked, setting: Asked, log: bool, notes: list[str]) -> Slice:
    """Give the runs over one setting; those that lack it, or have no place on a logarithmic axis, are not in it."""
    found = [(run, number, plain(value)) for run, number in held if (value := setting.address.of(run)) is not MISSING]
    if log:
        found = [each for each in found if is_number(each[2]) and each[2] > 0]
    values = [value for _, _, value in found]
    levels = levels_of(values, log=log)
    if not levels.places and len(levels.names) > MOST_NAMES:
        kept = _commonest(levels)
        notes.append(f"of {len(levels.names)} values of {setting.key} the {MOST_NAMES} most common are shown")
        found = [each for each, level in zip(found, levels.of, strict=True) if level in kept]
        values = [value for _, _, value in found]
        levels = levels_of(values, log=log)
    if levels.bins:
        notes.append(f"{setting.key} in {count(len(levels.names), 'bin')}")
    label = setting.key.removeprefix("config.")
    return Slice(
        label, tuple(run for run, _, _ in found), tuple(values), levels, tuple(number for _, number, _ in found), log
    )


def _commonest(levels: Levels) -> set[int]:
    counts: dict[int, int] = {}
    for level in levels.of:
        counts[level] = counts.get(level, 0) + 1
    return set(sorted(counts, key=lambda level: (-counts[level], level))[:MOST_NAMES])


def _shown(selection: Selection, slices: Sequence[Slice], settings: Sequence[Asked]) -> list[Run]:
    """Give the runs that some plot shows, in their order, and account for the others."""
    there = {(run.source, run.id) for each in slices for run in each.runs}
    every = [run for m in selection.members for run in m.runs]
    names = " or ".join(each.key for each in settings)
    for run in every:
        if (run.source, run.id) not in there:
            selection.ledger.leave_out(run, f"without a place over {names}")
    return [run for run in every if (run.source, run.id) in there]


def _pair(
    held: Sequence[tuple[Run, float]],
    metric: Asked,
    settings: Sequence[Asked],
    scales: Sequence[str],
    selection: Selection,
    notes: list[str],
) -> tuple[Slice, Slice]:
    """Give the runs that have both settings, over each of them."""
    numbers = {(run.source, run.id): (run, number) for run, number in held}
    for setting in settings:
        some = _slice(list(numbers.values()), metric, setting, setting.key in scales, [])
        kept = {(run.source, run.id) for run in some.runs}
        for place in list(numbers):
            if place not in kept:
                selection.ledger.leave_out(numbers.pop(place)[0], f"without a place over {setting.key}")
    both = list(numbers.values())
    across, up = (_slice(both, metric, setting, setting.key in scales, notes) for setting in settings)
    return across, up


def _label(selection: Selection, asked: Asked) -> str:
    known = selection.metric(asked.metric) if asked.metric else None
    label = (known.title if known else "") or asked.key.removeprefix("config.")
    return f"{label} ({known.unit})" if known and known.unit else label


def _slices_chart(
    rows: Rows,
    selection: Selection,
    metric: Asked,
    slices: Sequence[Slice],
    keys: dict[tuple[str, str], str],
    notes: list[str],
    *,
    log: bool,
) -> Chart:
    label = _label(selection, metric)
    plots = []
    for place, each in enumerate(slices):
        chosen, note = sample(len(each.runs), MOST_POINTS // len(slices))
        if note:
            notes.append(note if len(slices) == 1 else f"{each.label}: {note}")
        numeric = bool(each.levels.places)
        for at in chosen:
            run = each.runs[at]
            rows.add(
                f"runs {place}",
                run=keys[run.source, run.id],
                text=run.name or run.id,
                x=each.settings[at] if numeric else each.levels.names[each.levels.of[at]],
                y=each.numbers[at],
                # Runs of one value stand beside each other, in an order that is the same each time.
                **({} if numeric else {"shift": round(0.36 * ((at * 0.618034) % 1 - 0.5), 3)}),
            )
        for level, numbers in enumerate(each.samples):
            low, middle, high = quartiles(numbers)
            x = each.levels.places[level] if numeric else each.levels.names[level]
            ends = {"y_low": low, "y_high": high} if len(numbers) > 1 else {}
            rows.add(f"medians {place}", text=each.levels.names[level], x=x, y=middle, n=len(numbers), **ends)
            if numeric:
                rows.add(f"trend {place}", text="medians", x=x, y=middle)
        scale = Scale.CATEGORY if not numeric and each.runs else Scale.LOG if each.log else Scale.LINEAR
        axis = Axis(each.label, scale, each.levels.names if scale is Scale.CATEGORY else ())
        y = Axis(label if place % _columns(slices) == 0 else "", Scale.LOG if log else Scale.LINEAR)
        layers = (
            Layer(f"runs {place}", Mark.POINT, faint=True),
            Layer(f"trend {place}", Mark.LINE),
            Layer(f"medians {place}", Mark.POINT, tip=("n",)),
        )
        plots.append(Plot(axis, y, layers))
    return Chart(tuple(plots), (), _columns(slices))


def _columns(slices: Sequence[Slice]) -> int:
    return min(3, len(slices)) if len(slices) != 4 else 2


def _cells_chart(
    rows: Rows, selection: Selection, metric: Asked, across: Slice, up: Slice
) -> tuple[Chart, dict[tuple[int, int], list[float]]]:
    filled: dict[tuple[int, int], list[float]] = {}
    for x, y, number in zip(across.levels.of, up.levels.of, across.numbers, strict=True):
        filled.setdefault((x, y), []).append(number)
    filled = dict(sorted(filled.items()))
    means = {place: student_t(numbers).mean for place, numbers in filled.items()}
    decimals = min(3, decimals_for(list(means.values())))
    for (x, y), mean in means.items():
        n = len(filled[x, y])
        rows.add(
            "cells",
            text=f"{fixed(mean, decimals)} ({n})",
            x=across.levels.names[x],
            y=up.levels.names[y],
            shade=mean,
            n=n,
        )
    shade = Shade(_label(selection, metric), min(means.values()), max(means.values())) if means else None
    plot = Plot(
        Axis(across.label, Scale.CATEGORY, across.levels.names),
        Axis(up.label, Scale.CATEGORY, up.levels.names),
        (Layer("cells", Mark.CELL, tip=("n",)),),
    )
    return Chart((plot,), (), 1, shade), filled


def _alt(label: str, slices: Sequence[Slice], shown: Sequence[Run], *, cells: bool) -> str:
    names = (" and " if cells else ", ").join(shorten(each.label) for each in slices)
    if not shown:
        return f"{shorten(label)} over {names}: no runs to show."
    ranges = []
    for each in slices if not cells else ():
        medians = [quartiles(numbers)[1] for numbers in each.samples]
        if medians:
            least, most = min(medians), max(medians)
            ranges.append(f"medians at {len(medians)} values of {shorten(each.label)} from {least:.4g} to {most:.4g}")
    what = f": {'; '.join(ranges)}" if ranges else ""
    grid = f" in a grid of {len(slices[0].levels.names)} by {len(slices[1].levels.names)}" if cells else ""
    return f"{shorten(label)} over {names}{grid}, {count(len(shown), 'run')}{what}."
