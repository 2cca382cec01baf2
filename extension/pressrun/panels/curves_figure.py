"""The print face of curves: lines with their bands, labelled where they end, as a good journal sets a figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.lettering import printable, shorten
from pressrun.panels.axis_ticks import log_ticks
from pressrun.panels.bands import Band, Line, aligned, average, resample, smooth, thin
from pressrun.panels.style import FONT_SIZE, MUTED, SMALL_SIZE, Ink, freeze_text, ink, look, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from pressrun.facts import PanelFact

#: Groups of at most so many runs show each run, faint, behind the mean.
FEW_RUNS = 5
MOST_FAINT = 30
#: Lines of at most so many points show each of them.
FEW_POINTS = 8
#: Lines that are labelled at their ends rather than in a legend, and labels that a legend holds.
MOST_DIRECT = 7
MOST_LEGEND = 12

_UNITS = ((3 * 3600.0, "h", 3600.0), (3 * 60.0, "min", 60.0))


@dataclass(frozen=True, slots=True)
class _Curve:
    """One line as drawn: smoothed, and not yet thinned."""

    label: str
    ink: Ink
    runs: tuple[Line, ...]
    band: Band


def draw_curves(fact: PanelFact, *, width: float = 5.5) -> Figure:
    """Draw the figure of a curves fact, `width` inches wide."""
    with look():
        figure = new_figure(width, max(2.1, width * 0.58))
        figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03)
        axes = figure.add_subplot()
        view = fact.view
        drawn = _curves(fact)
        if fact.title:
            axes.set_title(shorten(fact.title, int(width * 16)), pad=8)
        if not drawn:
            _say_nothing(axes, fact)
        else:
            divisor = _scale_time(axes, view, drawn)
            _draw(axes, fact, drawn, divisor)
            _limit(axes, drawn, log=view["y"]["log"], banded=bool(view["band"]))
            axes.set_ylabel(shorten(view["y"]["label"], int(width * 10)))
            _label(figure, axes, drawn, divisor)
        freeze_text(figure)
        return figure


def _curves(fact: PanelFact) -> list[_Curve]:
    """Read the lines out of the frame, smoothed as the view asks."""
    import numpy as np

    frame, view = fact.frame, fact.view
    x, value, low, high = (_floats(frame[name]) for name in ("x", "value", "low", "high"))
    n = np.array(frame["n"], dtype=np.int64)
    rows: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(frame["group"], frame["run"], strict=True)):
        rows.setdefault(key, []).append(row)
    found = []
    for group in view["groups"]:
        runs = [Line(x[rows[key]], value[rows[key]]) for run in group["runs"] if (key := (group["label"], run)) in rows]
        at = rows[group["label"], ""]
        band = Band(x[at], value[at], low[at], high[at], n[at])
        if view["smooth"]:
            runs = [smooth(line, view["smooth"]) for line in runs]
            band = average(runs if view["x"]["field"] == "step" or aligned(runs) else resample(runs))
        label = f"{shorten(group['label'])} (baseline)" if view["baseline"] == group["label"] else group["label"]
        found.append(_Curve(label, ink(group["color"]), tuple(runs), band))
    return found


def _floats(values: Sequence[Any]) -> NDArray[np.float64]:
    import numpy as np

    return np.array([math.nan if v is None or isinstance(v, str) else v for v in values], dtype=np.float64)


def _scale_time(axes: Axes, view: Any, drawn: Sequence[_Curve]) -> float:
    """Label the horizontal axis; seconds become minutes or hours where those read better. Give what to divide by."""
    from matplotlib.ticker import EngFormatter, MaxNLocator

    most = max((float(abs(c.band.x).max()) for c in drawn if len(c.band)), default=0.0)
    field, label = view["x"]["field"], view["x"]["label"]
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=field == "step"))
    if most >= 20_000 and field != "time":
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    for threshold, unit, divisor in _UNITS if field == "time" else ():
        if most > threshold:
            axes.set_xlabel(label.replace("(s)", f"({unit})"))
            return divisor
    axes.set_xlabel(label)
    return 1.0


def _draw(axes: Axes, fact: PanelFact, drawn: Sequence[_Curve], divisor: float) -> None:
    import numpy as np

    view = fact.view
    log, limit = view["y"]["log"], int(view["points"])
    if log:
        axes.set_yscale("log", nonpositive="mask")
        log_ticks(axes.yaxis, _decades(drawn))
    faint = [c for c in drawn if 1 < len(c.runs) <= FEW_RUNS]
    if sum(len(c.runs) for c in faint) > MOST_FAINT:
        faint = []
    for order, curve in enumerate(drawn):
        band, color = curve.band, curve.ink.color
        if curve in faint:
            for line in curve.runs:
                at = thin(line.x, line.values, max(100, limit // 4))
                shown = _shown(line.values[at], log)
                # A run that is one point long has no line to be seen by.
                dot = "." if int(np.isfinite(shown).sum()) == 1 else ""
                (drawn_line,) = axes.plot(line.x[at] / divisor, shown, color=color, lw=0.5, alpha=0.35, zorder=2)
                drawn_line.set(marker=dot, markersize=3)
        if view["band"] and np.isfinite(band.low).any():
            at = thin(band.x, band.mean, limit)
            axes.fill_between(
                band.x[at] / divisor,
                np.maximum(band.low[at], np.nextafter(0, 1)) if log else band.low[at],
                _shown(band.high[at], log),
                color=color,
                # Many bands over one another must not add up to a grey that hides the lines.
                alpha=max(0.05, min(0.16, 0.64 / len(drawn))),
                linewidth=0,
                zorder=1,
            )
        at = thin(band.x, band.mean, limit)
        shown = _shown(band.mean[at], log)
        few = int(np.isfinite(shown).sum()) <= FEW_POINTS
        axes.plot(
            band.x[at] / divisor,
            shown,
            color=color,
            linestyle=curve.ink.linestyle,
            marker="o" if few else "",
            markersize=3,
            zorder=4 + order / 1000,
            label=curve.label,
        )


def _shown(values: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    import numpy as np

    kept = np.isfinite(values) & ((values > 0) | (not log))
    return np.where(kept, values, np.nan)


def _limit(axes: Axes, drawn: Sequence[_Curve], *, log: bool, banded: bool) -> None:
    """Keep the lines legible: a band of two runs is wide, and may leave the axes rather than flatten every line."""
    import numpy as np

    means = [_shown(c.band.mean, log) for c in drawn]
    runs = [_shown(line.values, log) for c in drawn if len(c.runs) <= FEW_RUNS for line in c.runs]
    every = np.concatenate([*means, *runs])
    every = every[np.isfinite(every)]
    if not len(every):
        return
    scale: Any = np.log10 if log else np.asarray
    low, high = float(scale(every).min()), float(scale(every).max())
    room = (high - low) or abs(high) * 0.1 or 1.0
    edges = [low, high]
    if banded:
        for c in drawn:
            for values in (c.band.low, c.band.high):
                there = scale(values[np.isfinite(values) & ((values > 0) | (not log))])
                edges += [float(there.min()), float(there.max())] if len(there) else []
    bottom = max(min(edges), low - 0.6 * room) - 0.05 * room
    top = min(max(edges), high + 0.6 * room) + 0.05 * room
    axes.set_ylim(10**bottom if log else bottom, 10**top if log else top)


def _decades(drawn: Sequence[_Curve]) -> float:
    """Give how many powers of ten the means span."""
    import numpy as np

    values = np.concatenate([_shown(c.band.mean, True) for c in drawn])
    values = values[np.isfinite(values)]
    return float(np.log10(values.max() / values.min())) if len(values) else 0.0


def _say_nothing(axes: Axes, fact: PanelFact) -> None:
    axes.set_axis_off()
    text = printable(fact.disclosure.text)
    axes.text(
        0.5,
        0.5,
        f"nothing to show\n{shorten(text, 90)}",
        ha="center",
        va="center",
        color=MUTED,
        transform=axes.transAxes,
    )


def _label(figure: Figure, axes: Axes, drawn: Sequence[_Curve], divisor: float) -> None:
    """Name the lines where they end if the names stay legible there, else in a legend."""
    if len(drawn) == 1 and not drawn[0].label:
        return
    if len(drawn) > MOST_DIRECT or not _label_ends(figure, axes, drawn, divisor):
        _legend(figure, axes, drawn)


def _label_ends(figure: Figure, axes: Axes, drawn: Sequence[_Curve], divisor: float) -> bool:
    import numpy as np

    from pressrun.panels.grid_figure import text_width

    names = [shorten(c.label, 28) for c in drawn]
    room = figure.get_figwidth()
    if len(set(names)) < len(names) or max(text_width(name, SMALL_SIZE) for name in names) > 0.28 * room:
        return False
    ends = []
    right = max(float(c.band.x[-1]) for c in drawn)
    for curve in drawn:
        there = np.flatnonzero(np.isfinite(_shown(curve.band.mean, axes.get_yscale() == "log")))
        if not len(there) or float(curve.band.x[there[-1]]) < right - 0.15 * abs(right - float(curve.band.x[0])):
            return False
        ends.append((float(curve.band.x[there[-1]]) / divisor, float(curve.band.mean[there[-1]])))
    texts = [
        axes.annotate(
            name,
            xy=end,
            xytext=(4, 0),
            textcoords="offset points",
            color=curve.ink.color,
            fontsize=SMALL_SIZE,
            va="center",
            ha="left",
            annotation_clip=False,
            parse_math=False,
        )
        for name, end, curve in zip(names, ends, drawn, strict=True)
    ]
    figure.draw_without_rendering()
    line = SMALL_SIZE * 1.25
    wanted = [float(axes.transData.transform(end)[1]) * 72 / figure.dpi for end in ends]
    box = axes.get_window_extent()
    given = spread(wanted, line, box.y0 * 72 / figure.dpi, box.y1 * 72 / figure.dpi)
    if given is None or max(abs(a - b) for a, b in zip(given, wanted, strict=True)) > 3 * line:
        for text in texts:
            text.remove()
        return False
    for text, at, to in zip(texts, wanted, given, strict=True):
        text.xyann = (4, to - at)
    return True


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float] | None:
    """Move places apart, as little as may be, until none is nearer than `gap` to the next; None if there is no room.

    Neighbours that collide form a block around their mean place (pool adjacent violators), kept between low and high.
    """
    if gap * (len(wanted) - 1) > high - low:
        return None
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[list[int]] = []
    starts: list[float] = []
    for index in order:
        blocks.append([index])
        starts.append(wanted[index])
        while len(blocks) > 1 and starts[-2] + gap * len(blocks[-2]) > starts[-1]:
            merged = blocks[-2] + blocks[-1]
            blocks[-2:] = [merged]
            middle = sum(wanted[i] for i in merged) / len(merged)
            start = middle - gap * (len(merged) - 1) / 2
            starts[-2:] = [min(max(start, low), high - gap * (len(merged) - 1))]
    places = [0.0] * len(wanted)
    for block, start in zip(blocks, starts, strict=True):
        for offset, index in enumerate(block):
            places[index] = start + gap * offset
    return places


def _legend(figure: Figure, axes: Axes, drawn: Sequence[_Curve]) -> None:
    """Put the names under the figure, in as many columns as fit."""
    from matplotlib.lines import Line2D

    from pressrun.panels.grid_figure import text_width

    named = drawn[:MOST_LEGEND]
    length = max(16, min(48, int(figure.get_figwidth() * 11)))
    names = [shorten(c.label, length) for c in named]
    handles = [Line2D([], [], color=c.ink.color, linestyle=c.ink.linestyle, lw=1.2) for c in named]
    if len(drawn) > len(named):
        handles.append(Line2D([], [], linestyle="none"))
        names.append(f"and {len(drawn) - len(named)} more")
    widest = max(text_width(name, SMALL_SIZE) for name in names) + 0.55
    columns = max(1, min(len(names), int((figure.get_figwidth() - 0.2) / widest)))
    # The legend gets room of its own, so that the axes stay as high as they are.
    figure.set_figheight(figure.get_figheight() + 0.16 * math.ceil(len(names) / columns))
    legend = figure.legend(
        handles,
        names,
        loc="outside lower left",
        ncols=columns,
        columnspacing=1.2,
        borderpad=0.2,
        labelspacing=0.3,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
        text.set_fontsize(min(SMALL_SIZE, FONT_SIZE))
