"""The print face of charts: plots with their marks, set as a good journal sets a figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.facts import disclosed
from pressrun.lettering import printable, shorten
from pressrun.panels.axis_ticks import log_ticks, time_note, time_ticks
from pressrun.panels.chart import Chart, Mark, Scale
from pressrun.panels.chart_marks import Ground, draw_marks
from pressrun.panels.grid_figure import text_width as width_of
from pressrun.panels.style import FONT_SIZE, MUTED, SMALL_SIZE, freeze_text, ink, look, marker, new_figure, shade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from pressrun.facts import PanelFact
    from pressrun.panels.chart import Axis, Plot, Shade

#: Inches that a category on the vertical axis takes, and characters of its name that are printed.
CATEGORY = 0.2
NAME_LENGTH = 34
#: Names that a legend holds, categories that a figure names on one axis.
MOST_LEGEND = 14
MOST_NAMES = 60
#: Inches of the key to the colours of cells.
SHADES = 0.5
#: Characters of a name below a plot.
BELOW = 18


def draw_chart(fact: PanelFact, *, width: float = 5.5) -> Figure:
    """Draw the figure of a fact with a chart, `width` inches wide."""
    chart = Chart.of(fact.view["chart"])
    rows = _rows(fact.frame)
    with look():
        columns = max(1, min(chart.columns, len(chart.plots), int(width / _least(chart))))
        lines = _lines(chart.plots, columns)
        # What stands above something else is lower, so that both are seen at once.
        part = 0.62 if len(lines) < 2 or columns > 1 else 0.4
        heights = [max(_height(plot, width if plot.wide else width / columns, part) for plot in line) for line in lines]
        if chart.shade:
            heights.append(SHADES)
        drawn = any(rows.get(layer.part) for plot in chart.plots for layer in plot.layers)
        figure = new_figure(width, (sum(heights) if drawn else 1.0) + (0.2 if fact.title else 0))
        figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.04)
        if fact.title:
            figure.suptitle(shorten(fact.title, int(width * 16)), fontsize=FONT_SIZE, x=0.01, ha="left")
        if not drawn:
            _say_nothing(figure, fact)
        else:
            # The long names beside one plot do not move those above and below it.
            parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
            for part, line in zip(parts, lines, strict=False):
                side_by_side = 1 if line[0].wide else columns
                for place, plot in enumerate(line):
                    axes = part.add_subplot(1, side_by_side, place + 1)
                    _plot(axes, plot, chart, rows, width / side_by_side)
            _legend(figure, chart, rows)
            if chart.shade:
                _shades(parts[-1], chart.shade)
        freeze_text(figure)
        return figure


def _rows(frame: Mapping[str, Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of the frame by part."""
    found: dict[str, list[dict[str, Any]]] = {}
    names = list(frame)
    for cells in zip(*frame.values(), strict=True):
        row = dict(zip(names, cells, strict=True))
        found.setdefault(row["part"], []).append(row)
    return found


def _least(chart: Chart) -> float:
    """Give how many inches a plot needs across: more where names stand beside it."""
    return 2.6 if any(plot.y.scale is Scale.CATEGORY for plot in chart.plots) else 1.6


def _lines(plots: Sequence[Plot], columns: int) -> list[list[Plot]]:
    """Give the plots line by line."""
    lines: list[list[Plot]] = []
    for plot in plots:
        if plot.wide or not lines or lines[-1][0].wide or len(lines[-1]) == columns:
            lines.append([])
        lines[-1].append(plot)
    return lines


def _height(plot: Plot, width: float, part: float) -> float:
    """Give a plot's height in inches, about a part of its width: rows of categories have a height of their own."""
    if plot.y.scale is Scale.CATEGORY:
        turned = 0.6 if plot.x.scale is Scale.CATEGORY and _turned(plot.x, width) else 0
        return 0.75 + CATEGORY * max(2, min(len(plot.y.names), MOST_NAMES)) + (0.15 if plot.title else 0) + turned
    return max(1.4, min(3.4, width * part))


def _turned(axis: Axis, width: float) -> bool:
    """Whether names below a plot need more than their share of it, and stand aslant."""
    widest = max((text_width(shorten(each, BELOW)) for each in axis.names), default=0)
    return len(axis.names) * (widest + 0.06) > 0.62 * width


def _plot(axes: Axes, plot: Plot, chart: Chart, rows: Mapping[str, list[dict[str, Any]]], width: float) -> None:
    if plot.title:
        axes.set_title(shorten(plot.title, int(width * 12)), pad=4)
    _axis(axes, "x", plot.x, width)
    _axis(axes, "y", plot.y, width)
    ground = Ground(axes, plot, chart)
    for depth, layer in enumerate(plot.layers):
        draw_marks(ground, layer, rows.get(layer.part, []), depth)
    _limits(axes, plot)


def _axis(axes: Axes, name: str, axis: Axis, width: float) -> None:
    from matplotlib.ticker import MaxNLocator

    own = axes.xaxis if name == "x" else axes.yaxis
    # A label lies along its axis: beside a small plot there is less room than under it.
    label = shorten(axis.label, int(11 * (width if name == "x" else max(1.0, 0.6 * width))))
    (axes.set_xlabel if name == "x" else axes.set_ylabel)(label)
    if axis.scale is Scale.CATEGORY:
        # Names beside a plot leave most of its width to the marks.
        shown = [shorten(each, min(NAME_LENGTH, int(width * 6)) if name == "y" else BELOW) for each in axis.names]
        every = max(1, math.ceil(len(shown) / MOST_NAMES))
        turn = name == "x" and _turned(axis, width)
        own.set_ticks(range(0, len(shown), every), shown[::every])
        if turn:
            for text in own.get_ticklabels():
                text.set(rotation=40, ha="right", rotation_mode="anchor")
        own.set_tick_params(length=0)
        return
    if axis.scale is Scale.LOG:
        (axes.set_xscale if name == "x" else axes.set_yscale)("log", nonpositive="mask")
        log_ticks(own)
    elif axis.scale is Scale.TIME:
        time_ticks(own, max(2, int(width * 1.2)) if name == "x" else 5)
    else:
        own.set_major_locator(MaxNLocator(max(3, int(width * 1.3)) if name == "x" else 6, steps=[1, 2, 5, 10]))


def _limits(axes: Axes, plot: Plot) -> None:
    if plot.x.scale is Scale.CATEGORY:
        axes.set_xlim(-0.5, len(plot.x.names) - 0.5)
    elif plot.x.range:
        axes.set_xlim(*plot.x.range)
    if plot.y.scale is Scale.CATEGORY:
        # The first stands on top, as in a table.
        axes.set_ylim(len(plot.y.names) - 0.5, -0.5)
    elif plot.y.range:
        axes.set_ylim(*plot.y.range)
    if plot.x.scale is Scale.TIME and (note := time_note(*sorted(axes.get_xlim()))):
        axes.set_xlabel(f"{axes.get_xlabel()} ({note})" if axes.get_xlabel() else note)


def _legend(figure: Figure, chart: Chart, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Name the groups under the plots, unless an axis does; with the ink of what is drawn of each."""
    from matplotlib.lines import Line2D

    names = [name for plot in chart.plots for name in (*plot.x.names, *plot.y.names)]
    if len(chart.groups) < 2 or set(chart.groups) <= set(names):
        return
    marks = {
        layer.mark
        for plot in chart.plots
        for layer in plot.layers
        if any(row["group"] in chart.groups for row in rows.get(layer.part, ()))
    }
    shown = chart.groups[:MOST_LEGEND]
    handles = []
    for color in range(len(shown)):
        of = ink(color)
        handle = Line2D([], [], color=of.color, linestyle=of.linestyle if Mark.LINE in marks else "none", lw=1.2)
        if Mark.LINE not in marks:
            handle.set(marker=marker(color) if Mark.POINT in marks else "s", markersize=4)
        handles.append(handle)
    labels = [shorten(each, 40) for each in shown]
    if len(chart.groups) > len(shown):
        handles.append(Line2D([], [], linestyle="none"))
        labels.append(f"and {len(chart.groups) - len(shown)} more")
    widest = max(text_width(label) for label in labels) + 0.55
    columns = max(1, min(len(labels), int((figure.get_figwidth() - 0.2) / widest)))
    figure.set_figheight(figure.get_figheight() + 0.16 * math.ceil(len(labels) / columns))
    legend = figure.legend(
        handles, labels, loc="outside lower left", ncols=columns, columnspacing=1.2, borderpad=0.2, labelspacing=0.3
    )
    for text in legend.get_texts():
        text.set_fontsize(SMALL_SIZE)


def text_width(text: str) -> float:
    """Give the width of a small text in inches."""
    return width_of(text, SMALL_SIZE)


def _shades(part: SubFigure, shades: Shade) -> None:
    """Say under the plots what the colour of cells stands for."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.ticker import MaxNLocator

    ramp = LinearSegmentedColormap.from_list("shade", [shade(i / 15) for i in range(16)])
    scale = ScalarMappable(Normalize(shades.low, shades.high), ramp)
    place = part.add_subplot(1, 2, 2)
    place.set_box_aspect(0.05)
    bar = part.colorbar(scale, cax=place, orientation="horizontal", ticks=MaxNLocator(2))
    bar.set_label(shorten(shades.label, 60), fontsize=SMALL_SIZE)
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    bar.outline.set_visible(False)


def _say_nothing(figure: Figure, fact: PanelFact) -> None:
    axes = figure.add_subplot()
    axes.set_axis_off()
    said = f"nothing to show\n{shorten(printable(disclosed(fact)), 90)}"
    axes.text(0.5, 0.5, said, ha="center", va="center", color=MUTED, transform=axes.transAxes)
