"""Monitor: a metric against ground truth over time, with limits that adapt to its past, and alarms.

The frame of the fact is a chart's (`chart.py`): `limits`, what each value was expected to be before it came, with the
ends; `value`, one row a time with how many rows of the data it is the mean of; and `alarm`, those beyond a limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pressrun.arguments import check_choice, check_number, check_text, describe
from pressrun.errors import UsageError
from pressrun.facts import Disclosure, PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.data import as_numbers, as_times, column_of, read_data
from pressrun.panels.drifted import is_numeric
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import MISSING, decimals_for, fixed, plain_number
from pressrun.project import Project
from pressrun.records import Direction
from pressrun.statistics.monitoring import adaptive_limits

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from pressrun.panels.data import Given
    from pressrun.statistics.monitoring import Limits

MEASURED, ALARM = "measured", "alarm"
#: Times that a figure shows, alarms that a table lists.
MOST_TIMES, MOST_ROWS = 5_000, 40
#: Alarms in a row from which a model is to be trained anew.
LASTING = 3
_EVERY = {"": 0.0, "hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}


class Monitor(ChartPanel):
    """A metric over time with its alarms."""

    @property
    def actions(self) -> tuple[str, ...]:
        """What to do now; empty where nothing is to be done."""
        return tuple(self.fact.view["actions"])


@dataclass(frozen=True, slots=True)
class _Measured:
    """The metric by time: arrays of shape (times,); `n` counts the rows of the data behind each value."""

    name: str
    times: NDArray[np.float64]
    dated: bool
    values: NDArray[np.float64]
    n: NDArray[np.int64]
    notes: tuple[str, ...]

    def when(self, place: int) -> str:
        """Say a time for a person."""
        if not self.dated:
            return plain_number(float(self.times[place]))
        moment = datetime.fromtimestamp(float(self.times[place]), UTC)
        return moment.strftime("%d %b %Y" if not float(self.times[place]) % 86_400 else "%d %b %Y %H:%M")


def monitor(
    data: Given,
    *,
    time: str = "time",
    value: str = "value",
    predicted: str | None = None,
    truth: str | None = None,
    every: str = "",
    better: str = "",
    window: int = 14,
    errors: float = 3.0,
    method: str = "rolling",
    title: str = "",
    project: Project | None = None,
) -> Monitor:
    """Watch a metric over time by limits that adapt to it, each told from the past alone.

    A value raises an alarm where it is further on the worse side of what was expected than so many standard errors.
    What raised an alarm does not move the limits, until alarms have lasted for a whole window.

    Parameters
    ----------
    data
        A frame, or the path of a Parquet or CSV file of the project. Rows of one time are averaged.
    time
        The column of times, or of steps.
    value
        The column of the metric; not read where predictions are compared with the truth.
    predicted, truth
        Columns to compare: the metric is the share of predictions that are right, or of numbers the mean absolute
        error. Rows whose truth is not known yet do not count.
    every
        Average over every "hour", "day" or "week" (from Thursday on, as 1970 began); "": the times as they are.
    better
        Which way the metric is better: "max", "min", or "both" where neither is; "": as the project says of it.
    window
        Of how many values the limits are told.
    errors
        Standard errors that a value may be off.
    method
        "rolling": the last values count alike; "ewma": later ones count more.
    title
        A title; papers have captions instead.
    project
        The project whose files and metrics these are; None: the one of the working folder.

    Raises
    ------
    UsageError
        If an argument is not understood, or the data have no such column.
    """
    check_text(title, "title", 'title="Accuracy since the release"')
    check_choice(every, "every", _EVERY)
    check_choice(better, "better", ("", "max", "min", "both"))
    fading = check_choice(method, "method", ("rolling", "ewma")) == "ewma"
    errors = check_number(errors, "errors", "write errors=3")
    if not 0 < errors < math.inf:
        raise UsageError(f"errors is {errors}, not above 0", where="errors", hint="write errors=3")
    if isinstance(window, bool) or not isinstance(window, int) or not 5 <= window <= 1_000:
        raise UsageError(
            f"window is {describe(window)}, not a number from 5 to 1000", where="window", hint="write window=14"
        )
    if (predicted is None) != (truth is None):
        raise UsageError("predicted and truth go together", where="truth", hint='write predicted="label", truth="y"')
    found = project or Project.find()
    measured = _measure(read_data(data, "data", found), time, value, predicted, truth, every)
    known = found.metric(measured.name)
    worse = better or ("min" if predicted and measured.name.startswith("mean") else known.direction.value)
    limits = adaptive_limits(
        measured.values, window=window, errors=errors, fading=fading,
        below=worse != Direction.MIN.value, above=worse != Direction.MAX.value,
    )  # fmt: skip
    actions = _actions(measured, limits)
    rows = Rows()
    begin = max(0, len(measured.times) - MOST_TIMES)
    _add(rows, measured, limits, begin)
    side = {"max": "below", "min": "above", "both": "beyond"}[worse]
    notes = [
        *_summary(measured, limits),
        f"alarm: {side} the {'weighted ' if fading else ''}mean of the last {window} values in control by more than "
        f"{errors:g} standard errors, told from the past alone",
        *measured.notes,
    ]
    if begin:
        notes.append(f"the last {MOST_TIMES:,} of {len(measured.times):,} times drawn")
    unit = f" ({known.unit})" if known.unit else ""
    tip = ("n",)
    plot = Plot(
        Axis("" if measured.dated else time, Scale.TIME if measured.dated else Scale.LINEAR),
        Axis(f"{known.title or measured.name}{unit}"),
        (
            Layer("limits", Mark.LINE, faint=True),
            Layer("value", Mark.LINE, tip=tip),
            Layer("alarm", Mark.POINT, tip=tip),
        ),
    )
    return Monitor(
        PanelFact(
            kind="monitor",
            title=title,
            metrics=(),
            frame=rows.frame,
            view={
                "chart": Chart((plot,), (MEASURED, ALARM)).to_view(),
                "table": _table(measured, limits, actions).to_view(),
                "actions": list(actions),
                "alt": _alt(measured, limits, actions),
            },
            runs=(),
            queries=(),
            disclosure=Disclosure(0, 0, notes=tuple(notes)),
        )
    )


def _measure(
    frame: pd.DataFrame, time: str, value: str, predicted: str | None, truth: str | None, every: str
) -> _Measured:
    """Give the metric by time, in order."""
    import numpy as np

    times, dated = as_times(frame[column_of(frame, time, "time", "data")], time)
    if every and not dated:
        raise UsageError(f"{shorten(time)!r} holds steps, not times", where="every", hint="leave every out")
    if predicted is None or truth is None:
        name = column_of(frame, value, "value", "data")
        numbers, notes = as_numbers(frame[name], name)
    else:
        name, numbers, notes = _against_truth(frame, predicted, truth)
    if infinite := int(np.isinf(numbers).sum()):
        notes.append(f"{count(infinite, 'infinite value')} left out")
    kept = np.isfinite(times) & np.isfinite(numbers)
    if timeless := int((~np.isfinite(times)).sum()):
        notes.append(f"{count(timeless, 'row')} without a time left out")
    if not kept.all():
        notes.append(f"{count(int((~kept).sum()), 'row')} of {len(frame):,} do not count")
    if every:
        times = np.floor(times / _EVERY[every]) * _EVERY[every]
    distinct, place, n = np.unique(times[kept], return_inverse=True, return_counts=True)
    totals = np.bincount(place, weights=numbers[kept], minlength=len(distinct))
    means = totals / np.maximum(n, 1)
    return _Measured(name, distinct, dated, means, n.astype(np.int64), tuple(notes))


def _against_truth(frame: pd.DataFrame, predicted: str, truth: str) -> tuple[str, NDArray[np.float64], list[str]]:
    """Give how good each prediction is, NaN where either is missing, and what that is called."""
    import numpy as np

    given = frame[column_of(frame, predicted, "predicted", "data")]
    true = frame[column_of(frame, truth, "truth", "data")]
    missing = (given.isna() | true.isna()).to_numpy()
    late = int((true.isna() & given.notna()).sum())
    notes = [f"{late:,} of {count(len(frame), 'prediction')} without a known truth"] if late else []
    if is_numeric(true) and is_numeric(given) and not _are_classes(true):
        off = np.abs(as_numbers(given, predicted)[0] - as_numbers(true, truth)[0])
        return "mean absolute error", off, notes
    right = (given.astype(object) == true.astype(object)).to_numpy(dtype=np.float64)
    return "accuracy", np.where(missing, np.nan, right), notes


def _are_classes(truth: pd.Series[float]) -> bool:
    """Whether numbers are the codes of a few classes."""
    kept = truth.dropna()
    return bool((kept % 1 == 0).all()) and kept.nunique() <= 20


def _add(rows: Rows, measured: _Measured, limits: Limits, begin: int) -> None:
    for at in range(begin, len(measured.times)):
        x, low = float(measured.times[at]), float(limits.low[at])
        if not math.isnan(low):
            rows.add(
                "limits", text="expected", x=x, y=float(limits.center[at]), y_low=low, y_high=float(limits.high[at])
            )
        rows.add("value", group=MEASURED, text=measured.name, x=x, y=float(measured.values[at]), n=int(measured.n[at]))
        if limits.alarm[at]:
            rows.add("alarm", group=ALARM, text=ALARM, x=x, y=float(measured.values[at]), n=int(measured.n[at]))


def _summary(measured: _Measured, limits: Limits) -> list[str]:
    import numpy as np

    if not len(measured.times):
        return ["no values"]
    judged = int(np.isfinite(limits.center).sum())
    rows = f", of {int(measured.n.sum()):,} rows" if measured.n.max() > 1 else ""
    notes = [f"{count(int(limits.alarm.sum()), 'alarm')} at {judged} of {count(len(measured.times), 'time')}{rows}"]
    if judged < len(measured.times):
        notes.append(f"{count(len(measured.times) - judged, 'time')} with too few before to judge by")
    notes += [f"new level adopted at {measured.when(at)}" for at in limits.restarts[-3:]]
    return notes


def _actions(measured: _Measured, limits: Limits) -> tuple[str, ...]:
    """Give what to do now: nothing, unless the last value raised an alarm; another training where alarms last.

    An alarm is first to be investigated: only one in a row of three is no longer taken for a bad day.
    """
    lasting = 0
    while lasting < len(limits.alarm) and limits.alarm[-1 - lasting]:
        lasting += 1
    if not lasting:
        return ()
    at = len(limits.alarm) - 1
    value, low, high = (float(each[at]) for each in (measured.values, limits.low, limits.high))
    own = decimals_for([value], [high - low])
    side = "below" if value < low else "above"
    limit = fixed(low if value < low else high, own)
    what = f"{shorten(measured.name)} is {fixed(value, own)}, {side} its limit of {limit}"
    if lasting >= LASTING:
        return (f"retrain: {what}, and beyond its limits since {measured.when(at - lasting + 1)} ({lasting} times)",)
    return (f"investigate {measured.when(at)}: {what}",)


def _table(measured: _Measured, limits: Limits, actions: tuple[str, ...]) -> Grid:
    """Give the alarms, the last first, after the last value."""
    columns = (
        Column("time", "time"),
        Column("value", measured.name, "right", numeric=True),
        Column("expected", "expected", "right", numeric=True),
        Column("low", "low", "right", numeric=True),
        Column("high", "high", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
        Column("alarm", "alarm"),
    )
    last = len(measured.times) - 1
    alarms = [at for at in range(last, -1, -1) if limits.alarm[at]]
    places = list(dict.fromkeys([*([last] if last >= 0 else []), *alarms]))
    own = decimals_for(measured.values[places].tolist(), (limits.high - limits.low)[places].tolist())
    rows = []
    for at in places[:MOST_ROWS]:
        numbers = [float(each[at]) for each in (measured.values, limits.center, limits.low, limits.high)]
        cells = [
            Cell(MISSING if math.isnan(each) else fixed(each, own), None if math.isnan(each) else each)
            for each in numbers
        ]
        n, when = int(measured.n[at]), measured.when(at)
        rows.append(Row(when, when, (Cell(when), *cells, Cell(f"{n:,}", n), Cell("yes" if limits.alarm[at] else "no"))))
    more = [f"{count(len(places) - MOST_ROWS, 'more alarm')} in the data"] if len(places) > MOST_ROWS else []
    return Grid(columns, tuple(rows), (), (*(f"action: {action}" for action in actions), *more))


def _alt(measured: _Measured, limits: Limits, actions: tuple[str, ...]) -> str:
    name = shorten(measured.name)
    if not len(measured.times):
        return f"{name} over time: no values."
    alarms = count(int(limits.alarm.sum()), "alarm")
    told = f"{name} over {count(len(measured.times), 'time')} with adaptive limits: {alarms}."
    return f"{told} {actions[0]}." if actions else told
