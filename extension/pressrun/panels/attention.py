"""Attention: which of many series of metrics by segment deserve a look, and why.

The frame of the fact is a chart's (`chart.py`): `score`, one row a series that deserves a look, in order, with the
terms that make its score; and for each of the first few `value n`, its values, `expected n`, what they were expected to
be within the band that noise leaves, and `now n`, the value that is judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_choice, check_text, describe
from pressrun.errors import UsageError
from pressrun.facts import Disclosure, PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.data import column_of, read_data
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import decimals_for, fixed, signed
from pressrun.panels.series_table import series_table

if TYPE_CHECKING:
    from pressrun.panels.data import Given
    from pressrun.panels.series_table import SeriesTable
    from pressrun.project import Project
    from pressrun.statistics.attention import Attention as Terms

#: Groups of the chart: which way a series went.
ABOVE, BELOW = "above expectation", "below expectation"
#: Series that can be asked for; more are no ranking that anybody reads.
MOST = 100
#: Most times of a series that a small plot shows, and small plots side by side.
SHOWN, SIDE_BY_SIDE = 60, 3


class Attention(ChartPanel):
    """Series that deserve a look, ranked."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One series that deserves a look."""

    place: int
    label: str
    group: str
    value: float
    n: int


def attention(
    data: Given,
    *,
    time: str = "time",
    metric: str | None = None,
    segment: str | None = None,
    value: str = "value",
    size: str | None = None,
    period: int = 7,
    window: int = 14,
    absent: str = "unknown",
    top: int = 20,
    plots: int = 6,
    title: str = "",
    project: Project | None = None,
) -> Attention:
    """Rank series of metrics by segment by how much attention their last value deserves, explained term by term.

    A series' score is (strength - floor) · size. Strength is the greater of how far the last value is from what was
    expected, in the series' own standard errors, and of how persistent such deviations were. Above the floor
    noise alone lifts any of so many series in one of twenty looks; what stays below it is not shown.

    Parameters
    ----------
    data
        One row a time, metric and segment: a frame, or the path of a Parquet or CSV file of the project.
    time
        The column of times, or of steps, at equal distances.
    metric, segment
        The columns that say which series a row belongs to. None: "metric" and "segment", where the data have them.
    value
        The column of values.
    size
        The column that says how large a segment is, such as a count of requests. None: "size", where the data have it;
        without one all segments are as large.
    period
        How many times a season has: 7 where a week repeats itself in days, 1 for none.
    window
        Over how many of the last times deviations are summed and sizes are averaged.
    absent
        What a row that is not there means: "unknown", or "zero" as for counts of what happened.
    top
        How many series are ranked at most.
    plots
        Of how many of these a plot of their values is drawn.
    title
        A title; papers have captions instead.
    project
        The project whose files may be read; None: the one of the working folder.

    Raises
    ------
    UsageError
        If an argument is not understood, or the times are not at equal distances.
    """
    check_text(title, "title", 'title="What changed yesterday"')
    zero = check_choice(absent, "absent", ("unknown", "zero")) == "zero"
    for name, number, least, most in (
        ("period", period, 1, 10_000), ("window", window, 1, 10_000), ("top", top, 1, MOST), ("plots", plots, 0, 12),
    ):  # fmt: skip
        _check_whole(number, name, least, most)
    frame = read_data(data, "data", project)
    names = {
        "time": column_of(frame, time, "time", "data"),
        "metric": _optional(frame, metric, "metric") or "",
        "segment": _optional(frame, segment, "segment") or "",
        "value": column_of(frame, value, "value", "data"),
    }
    table = series_table(frame, **names, size=_optional(frame, size, "size"), zero=zero)
    notes = list(table.notes)
    least = 2 * period + window
    ranked: list[_Ranked] = []
    terms: Terms | None = None
    if not table.keys:
        notes.insert(0, "no data")
    elif len(table.times) < least:
        notes.insert(
            0, f"{count(len(table.times), 'time')} are fewer than the {least} that two seasons and the window take"
        )
    else:
        from pressrun.statistics.attention import attention as judge

        terms = judge(table.values, table.shares, period=period, window=window)
        ranked = _ranked(table, terms, top)
        notes = [*_notes(table, terms, len(ranked), period, window), *notes]
    rows = Rows()
    drawn = ranked[:plots]
    if terms is not None:
        _add_scores(rows, ranked, table, terms)
        _add_series(rows, drawn, table, terms, period)
    return Attention(
        PanelFact(
            kind="attention",
            title=title,
            metrics=(),
            frame=rows.frame,
            view={
                "chart": _chart(ranked, drawn, dated=table.dated).to_view(),
                "table": _table(ranked, table, terms).to_view(),
                "alt": _alt(ranked, table),
            },
            runs=(),
            queries=(),
            disclosure=Disclosure(0, 0, notes=tuple(notes)),
        )
    )


def _check_whole(value: object, name: str, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(
            f"{name} is {describe(value)}, not a whole number from {least} to {most}",
            where=name,
            hint=f"write {name}={least + 6}",
        )


def _optional(frame: Any, column: str | None, name: str) -> str | None:
    """Give a column that data need not have: the one that is named, or the one of the argument's own name."""
    if column is not None:
        return column_of(frame, column, name, "data")
    return name if name in frame.columns else None


def _ranked(table: SeriesTable, terms: Terms, top: int) -> list[_Ranked]:
    import numpy as np

    found = []
    for place in terms.order[:top].tolist():
        if not terms.score[place] > 0:
            break
        values = table.values[place]
        by = terms.deviation if abs(terms.deviation[place]) >= abs(terms.persistence[place]) else terms.persistence
        group = ABOVE if by[place] > 0 else BELOW
        found.append(
            _Ranked(place, _label(table.keys[place]), group, float(values[-1]), int(np.isfinite(values).sum()))
        )
    return found


def _label(key: tuple[str, str]) -> str:
    return " · ".join(filter(None, key)) or "all"


def _notes(table: SeriesTable, terms: Terms, shown: int, period: int, window: int) -> list[str]:
    import numpy as np

    judged = int(np.isfinite(terms.score).sum())
    over = int((terms.score > 0).sum())
    season = f"the same phase of up to 6 seasons of {period}" if period > 1 else "the 6 times before"
    notes = [
        f"{len(table.keys):,} series over {count(len(table.times), 'time')}",
        f"{judged} judged, {over} beyond the floor of {terms.floor:.1f} standard errors, above which noise alone "
        f"lifts any of so many in one of twenty looks, {shown} shown",
        f"expected: the mean of {season}; persistence and size over the last {window}",
    ]
    silent = int(np.isnan(table.values[:, -1]).sum())
    if silent:
        notes.append(f'{silent} without a value at the last time cannot be judged (absent="zero" takes them for 0)')
    if (rest := len(table.keys) - judged - silent) > 0:
        notes.append(f"{rest} with too little before the last value cannot be judged")
    return notes


def _add_scores(rows: Rows, ranked: list[_Ranked], table: SeriesTable, terms: Terms) -> None:
    for each in ranked:
        at = each.place
        rows.add(
            "score",
            group=each.group,
            text=each.label,
            x=float(terms.score[at]),
            y=each.label,
            metric=table.keys[at][0],
            segment=table.keys[at][1],
            value=each.value,
            expected=float(terms.expected[at]),
            error=float(terms.error[at]),
            deviation=float(terms.deviation[at]),
            persistence=float(terms.persistence[at]),
            size=float(terms.size[at]),
            n=each.n,
        )


def _add_series(rows: Rows, drawn: list[_Ranked], table: SeriesTable, terms: Terms, period: int) -> None:
    if not drawn:
        return
    from pressrun.statistics.attention import expectations

    places = [each.place for each in drawn]
    expected, errors = expectations(table.values[places], period=period)
    begin = max(0, len(table.times) - SHOWN)
    for number, (each, middles, spreads) in enumerate(zip(drawn, expected, errors, strict=True)):
        for at in range(begin, len(table.times)):
            x, width = float(table.times[at]), float(terms.floor * spreads[at])
            ends = {"y_low": middles[at] - width, "y_high": middles[at] + width} if math.isfinite(width) else {}
            rows.add(f"expected {number}", text="expected", x=x, y=_there(middles[at]), **ends)
            rows.add(f"value {number}", group=each.group, text=each.label, x=x, y=_there(table.values[each.place, at]))
        rows.add(f"now {number}", group=each.group, text=each.label, x=float(table.times[-1]), y=each.value)


def _there(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _chart(ranked: list[_Ranked], drawn: list[_Ranked], *, dated: bool) -> Chart:
    tip = ("value", "expected", "deviation", "persistence", "size", "n")
    names = tuple(each.label for each in ranked)
    bars = Plot(
        Axis("attention"),
        Axis(scale=Scale.CATEGORY, names=names),
        (Layer("score", Mark.BAR, tip=tip),),
        wide=True,
    )
    small = [
        Plot(
            Axis(scale=Scale.TIME if dated else Scale.LINEAR),
            Axis(),
            (
                Layer(f"expected {number}", Mark.LINE, faint=True),
                Layer(f"value {number}", Mark.LINE),
                Layer(f"now {number}", Mark.POINT),
            ),
            title=each.label,
        )
        for number, each in enumerate(drawn)
    ]
    return Chart((bars, *small), (ABOVE, BELOW), columns=SIDE_BY_SIDE)


def _table(ranked: list[_Ranked], table: SeriesTable, terms: Terms | None) -> Grid:
    columns = [
        Column("label", "series"),
        Column("value", "last value", "right", numeric=True),
        Column("expected", "expected", "right", numeric=True),
        Column("deviation", "deviation (SE)", "right", numeric=True),
        Column("persistence", "persistence (SE)", "right", numeric=True),
        Column("size", "size", "right", numeric=True),
        Column("score", "attention", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
        Column("why", "why"),
    ]
    if terms is None:
        return Grid(tuple(columns), ())
    digits = decimals_for([float(terms.score[each.place]) for each in ranked])
    rows = []
    for each in ranked:
        at = each.place
        value, expected, error = each.value, float(terms.expected[at]), float(terms.error[at])
        own = decimals_for([value, expected], [error])
        short = shorten(each.label)
        cells = (
            Cell(short, note=each.label if short != each.label else ""),
            Cell(fixed(value, own), value),
            Cell(f"{fixed(expected, own)} ± {fixed(error, own)}", expected, note="± its standard error"),
            *(Cell(signed(float(term[at]), 1), float(term[at])) for term in (terms.deviation, terms.persistence)),
            Cell(f"{terms.size[at]:.1%}", float(terms.size[at])),
            Cell(fixed(float(terms.score[at]), digits), float(terms.score[at])),
            Cell(str(each.n), each.n),
            Cell(_why(terms, at)),
        )
        rows.append(Row(each.label, each.label, cells))
    notes = (f"attention = (the greater of |deviation| and |persistence| − {terms.floor:.1f}) × size",)
    return Grid(tuple(columns), tuple(rows), (), notes)


def _why(terms: Terms, at: int) -> str:
    """Say in words which terms made a series' score."""
    deviation, persistence = float(terms.deviation[at]), float(terms.persistence[at])
    parts = []
    if abs(deviation) > terms.floor:
        parts.append(f"the last value is far {'above' if deviation > 0 else 'below'}")
    if abs(persistence) > terms.floor:
        parts.append(f"{'above' if persistence > 0 else 'below'} for long")
    return " and ".join(parts)


def _alt(ranked: list[_Ranked], table: SeriesTable) -> str:
    if not ranked:
        return f"Series that deserve a look: none of {len(table.keys)}."
    named = ", ".join(f"{shorten(each.label)} ({each.group})" for each in ranked[:5])
    more = " …" if len(ranked) > 5 else ""
    return f"Series that deserve a look, {len(ranked)} of {len(table.keys)}, as ranked bars: {named}{more}."
