"""Curves: a metric over steps, runs or groups of runs, with the Student-t band over a group's seeds.

The frame of the fact has one row a point: `group`, `run` ("" in the rows of the group's mean), `x`, `value` as logged
(never smoothed), `low`, `high` (null where n < 2), `n`, and `step` and `time` (seconds since the run's start) of a
run's point where `x` is something else. The view is::

    {"x": {"field": "step|epoch|time", "label"},
     "y": {"label", "log": bool, "metric", "direction": "max|min"},
     "smooth": weight in [0, 1), "band": "95% Student-t interval" | "",
     "groups": [{"label", "runs": [keys of the run column], "color": index}], "baseline": label | null,
     "histories": the metrics whose histories are shown, which the evidence of a version seals with their runs,
     "points": most points a line of the print face, "alt": one sentence for who does not see the figure,
     "call": how it was asked for, as in `remembered.py`}
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_flag, check_number, check_text
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import shorten
from pressrun.panels.axis import Field, NumberField, parse_field
from pressrun.panels.base import Panel
from pressrun.panels.curves_frame import curves_frame
from pressrun.panels.lines import Drawn, reader_of
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import SOUND, cites, run_keys, select
from pressrun.records import Run, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.figure import Figure

    from pressrun.panels.grid import Grid
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Points of one line, and of all lines together, on the static face.
PRINT_POINTS = 2_000
PRINT_TOTAL = 40_000

BAND = "95% Student-t interval"


class Curves(Panel):
    """A metric over steps."""

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers."""
        return frozenset({"x", "value", "low", "high", "n", "step", "time"})

    def figure(self, *, width: float = 5.5) -> Figure:
        """Draw the curves as a journal's figure, `width` inches wide."""
        from pressrun.panels.curves_figure import draw_curves

        return draw_curves(self.fact, width=width)

    def svg(self, *, width: float = 5.5) -> str:
        """Give the print face as a standalone SVG document, the same bytes for the same runs."""
        from pressrun.panels.style import svg

        return svg(self.figure(width=width), self.fact.view["alt"])

    def html(self) -> str:
        """Give the last value of each line as an HTML table: the curves for who cannot see them."""
        from pressrun.panels.grid_html import grid_html

        return grid_html(self._grid(), title=self.fact.title, foot=self.fact.disclosure.text)

    def latex(self) -> str:
        """Give the last value of each line as a LaTeX table."""
        from pressrun.panels.grid_latex import grid_latex

        return grid_latex(self._grid(), foot=self.fact.disclosure.text)

    def text(self) -> str:
        """Give the last value of each line as plain text."""
        from pressrun.panels.grid_text import grid_text

        return grid_text(self._grid(), title=self.fact.title, foot=self.fact.disclosure.text)

    @property
    def options(self) -> dict[str, Any]:
        """Smoothing, scale and baseline as they stand at first."""
        view = self.fact.view
        return {"smooth": view["smooth"], "log": view["y"]["log"], "baseline": view["baseline"]}

    def _grid(self) -> Grid:
        from pressrun.panels.endings import endings

        return endings(self.fact)

    def _faces(self) -> Mapping[str, str]:
        return {"image/svg+xml": self.svg()}


def curves(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    group: str | Sequence[str] | Groups | None = None,
    x: str = "step",
    log: bool = False,
    smooth: float = 0.0,
    band: bool = True,
    baseline: str | None = None,
    title: str = "",
    xlabel: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Curves:
    """Show a metric over steps: one line a run, or one line a group with the band over its runs.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    metric
        A metric with a history.
    group
        What to group by, such as "config.model" or ["config.model", "config.C"]; None: one line a run, unless `runs`
        is grouped.
    x
        "step"; "epoch", from a metric of that name or from the config's steps an epoch; "time", seconds since the
        run's start; or a number of the configuration such as "config.n_train": each finished run is then one point,
        its summary value, and a line joins the means at each such number.
    log
        Whether the vertical axis is logarithmic; points at or below 0 are then left out and disclosed.
    smooth
        The weight of an exponential moving average in [0, 1), as in TensorBoard. Runs are smoothed first, then
        averaged; the data keep the values as logged.
    band
        Whether to draw the 95% Student-t interval of a group's mean.
    baseline
        The label of the line that others are compared with.
    title
        A title; papers have captions instead.
    xlabel
        What the horizontal axis is called, instead of the field's own name.
    include
        Statuses to show besides finished and running runs: "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has a history of the metric, or a summary value for an `x` of the configuration.
    UsageError
        If an argument is not understood.
    """
    include = once(include)
    if not isinstance(metric, str) or not metric:
        raise UsageError("metric is not a name", where="metric", hint='write "val/acc"')
    check_text(title, "title", 'title="Training"')
    check_text(xlabel, "xlabel", 'xlabel="training images"')
    log, band = check_flag(log, "log"), check_flag(band, "band")
    smooth = check_number(smooth, "smooth", "give a weight from 0 to below 1, such as 0.6")
    if not 0 <= smooth < 1:
        raise UsageError(f"smooth is {smooth!r}, not a weight from 0 to below 1", where="smooth", hint="try 0.6")
    field = parse_field(x)
    finals = isinstance(field, NumberField)
    if finals and smooth:
        raise UsageError(f"single points over {field.value} cannot be smoothed", where="smooth", hint="leave it out")
    selection = select(runs, by=group, include=include, sound=SOUND if finals else SOUND | {Status.RUNNING})
    base = selection.member(baseline) if baseline is not None else None
    reader = reader_of(selection, metric, field, log)
    drawn = reader.read()
    keys = run_keys(run for d in drawn for run in d.members.runs)
    frame, note = curves_frame(drawn, keys, field)
    points, thinned = _print_points(drawn)
    known = selection.metric(metric)
    label = known.title or metric
    return Curves(
        PanelFact(
            kind="curves",
            title=title,
            metrics=(metric,),
            frame=frame,
            view={
                "x": {"field": field.value, "label": xlabel or field.label},
                "y": {
                    "label": f"{label} ({known.unit})" if known.unit else label,
                    "log": bool(log),
                    "metric": metric,
                    "direction": known.direction.value,
                },
                "smooth": float(smooth),
                "band": BAND if band else "",
                "groups": [
                    {
                        "label": d.members.label,
                        "runs": [keys[run.source, run.id] for run in d.members.runs],
                        "color": color,
                    }
                    for color, d in enumerate(drawn)
                ],
                "baseline": base.label if base and any(d.members.label == base.label for d in drawn) else None,
                "histories": [] if finals else [metric],
                "points": points,
                "alt": _alt(label, field, drawn),
                "call": remembered(
                    runs,
                    group,
                    {
                        "metric": metric,
                        "x": x,
                        "log": log,
                        "smooth": smooth,
                        "band": band,
                        "baseline": base.label if base else None,
                        "title": title,
                        "xlabel": xlabel,
                        "include": include,
                    },
                ),
            },
            runs=cites(d.members for d in drawn),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(
                [d.members for d in drawn],
                [each for each in (*reader.notes, thinned, note) if each],
                seeds_repeat=finals,
            ),
        )
    )


def _print_points(drawn: Sequence[Drawn]) -> tuple[int, str]:
    """Give how many points a line may have on the static face, and a note where that thins one."""
    limit = min(PRINT_POINTS, max(40, PRINT_TOTAL // max(1, len(drawn))))
    longest = max((len(d.band) for d in drawn), default=0)
    if longest <= limit:
        return limit, ""
    return limit, f"print draws about {limit:,} of up to {longest:,} points a line, each stretch's highest and lowest"


def _alt(label: str, field: Field, drawn: Sequence[Drawn]) -> str:
    if not drawn:
        return f"Curves of {shorten(label)} over {field.value}: no runs to show."
    ends = []
    for d in drawn[:6]:
        finite = [i for i in range(len(d.band)) if math.isfinite(d.band.mean[i])]
        if finite:
            last = finite[-1]
            value, place, n = d.band.mean[last], d.band.x[last], int(d.band.n[last])
            ends.append(f"{d.members.name} ends at {value:.4g} ({field.value} {place:.6g}, n = {n})")
    more = f"; and {len(drawn) - 6} more lines" if len(drawn) > 6 else ""
    return f"Curves of {shorten(label)} over {field.value}: {'; '.join(ends)}{more}."
