"""How the print face draws each kind of mark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.lettering import printable, shorten
from pressrun.panels.chart import Mark, Scale
from pressrun.panels.grid_figure import text_width
from pressrun.panels.style import MUTED, SMALL_SIZE, TEXT, Ink, ink, marker, shade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.axes import Axes

    from pressrun.panels.chart import Chart, Layer, Plot

Row = dict[str, Any]

#: Points beyond which a plot's points are set as a picture within the figure.
MOST_SHAPES = 2_000
#: Height of a bar, a span and a box within its category.
BAR, SPAN, BOX = 0.62, 0.7, 0.5


@dataclass(frozen=True, slots=True)
class Ground:
    """What marks are drawn on: matplotlib's axes, and what places and groups mean there."""

    axes: Axes
    plot: Plot
    chart: Chart

    def ink(self, group: str) -> Ink:
        """Give a group's ink; what belongs to none beside groups is grey."""
        if group in self.chart.groups:
            return ink(self.chart.groups.index(group))
        return Ink(MUTED, ()) if self.chart.groups else ink(0)

    def marker(self, group: str) -> str:
        """Give the shape of a group's points."""
        return marker(self.chart.groups.index(group)) if group in self.chart.groups else marker(0)

    def place(self, row: Row, name: str) -> float:
        """Give where a row's `x`, `y` or another column lies on its axis, NaN where nowhere."""
        axis = self.plot.x if name.startswith("x") or name in {"q1", "q3"} else self.plot.y
        value = row.get(name)
        if axis.scale is Scale.CATEGORY and name in {"x", "y"}:
            return axis.names.index(value) + (row.get("shift") or 0.0) if value in axis.names else math.nan
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


def draw_marks(ground: Ground, layer: Layer, rows: Sequence[Row], depth: int) -> None:
    """Draw a layer's marks."""
    _DRAW[layer.mark](ground, layer, rows, 2 + depth)


def _by_group(rows: Sequence[Row], *keys: str) -> Iterator[tuple[str, list[Row]]]:
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(str(row.get(key)) for key in keys), []).append(row)
    yield from ((key[0], some) for key, some in found.items())


def _points(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    for group, some in _by_group(rows, "group"):
        color = ground.ink(group).color
        xs = [ground.place(row, "x") for row in some]
        ys = [ground.place(row, "y") for row in some]
        ground.axes.scatter(
            xs,
            ys,
            s=(7 if layer.faint else 16) if len(rows) > 60 else 22,
            marker=ground.marker(group),
            facecolors="white" if layer.hollow else color,
            edgecolors=color if layer.hollow else "none",
            linewidths=0.9 if layer.hollow else 0,
            alpha=0.35 if layer.faint else 0.9,
            zorder=z,
            # A picture of many points is smaller than their shapes, and shows the same.
            rasterized=len(rows) > MOST_SHAPES,
        )
        _whiskers(ground, some, color, z)


def _whiskers(ground: Ground, rows: Sequence[Row], color: str, z: float) -> None:
    for axis, low, high in (("x", "x_low", "x_high"), ("y", "y_low", "y_high")):
        held = [
            (row, ground.place(row, low), ground.place(row, high))
            for row in rows
            if row.get(low) is not None and row.get(high) is not None
        ]
        for row, start, end in held:
            x, y = ground.place(row, "x"), ground.place(row, "y")
            at = ([start, end], [y, y]) if axis == "x" else ([x, x], [start, end])
            ground.axes.plot(*at, color=color, lw=1.0, zorder=z - 0.1, solid_capstyle="butt")


def _lines(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    for group, some in _by_group(rows, "group", "run"):
        of = ground.ink(group)
        xs = [ground.place(row, "x") for row in some]
        ys = [ground.place(row, "y") for row in some]
        low = [ground.place(row, "y_low") for row in some]
        high = [ground.place(row, "y_high") for row in some]
        if any(map(math.isfinite, low)):
            step: Any = "post" if layer.step else None
            band: dict[str, Any] = {"color": of.color, "alpha": 0.15, "linewidth": 0, "zorder": z - 0.2, "step": step}
            ground.axes.fill_between(xs, low, high, **band)
        ground.axes.plot(
            xs,
            ys,
            color=of.color,
            linestyle=(0, (4, 2)) if layer.dashed else "solid" if layer.faint else of.linestyle,
            lw=0.6 if layer.faint else 1.2,
            alpha=0.45 if layer.faint else 1,
            drawstyle="steps-post" if layer.step else "default",
            marker="o" if sum(map(math.isfinite, ys)) == 1 else "",
            markersize=3,
            zorder=z,
        )


def _bars(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    upright = ground.plot.x.scale is Scale.CATEGORY
    for group, some in _by_group(rows, "group"):
        style: dict[str, Any] = {
            "color": ground.ink(group).color,
            "alpha": 0.4 if layer.faint else 0.85,
            "zorder": z - 0.3,
        }
        xs = [ground.place(row, "x") for row in some]
        ys = [ground.place(row, "y") for row in some]
        if upright:
            ground.axes.bar(xs, ys, width=BAR, linewidth=0, **style)
        else:
            ground.axes.barh(ys, xs, height=BAR, linewidth=0, **style)
        for row in some:
            _bar_whisker(ground, row, z, upright=upright)


def _bar_whisker(ground: Ground, row: Row, z: float, *, upright: bool) -> None:
    names = ("y_low", "y_high") if upright else ("x_low", "x_high")
    low, high = (ground.place(row, name) for name in names)
    if math.isfinite(low) and math.isfinite(high):
        at = ground.place(row, "x" if upright else "y")
        line = ([at, at], [low, high]) if upright else ([low, high], [at, at])
        ground.axes.plot(*line, color=TEXT, lw=0.9, zorder=z, solid_capstyle="butt")


def _spans(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    from matplotlib.collections import PolyCollection

    for group, some in _by_group(rows, "group"):
        color = ground.ink(group).color
        outlines = [
            [(left, y - SPAN / 2), (left, y + SPAN / 2), (right, y + SPAN / 2), (right, y - SPAN / 2)]
            for row in some
            for left, right, y in [(ground.place(row, "x_low"), ground.place(row, "x_high"), ground.place(row, "y"))]
        ]
        spans = PolyCollection(
            outlines,
            facecolors="white" if layer.hollow else color,
            # A span that is too short for its scale is still seen.
            edgecolors=color,
            linewidths=0.9 if layer.hollow else 0.3,
            alpha=0.4 if layer.faint else 0.85,
            zorder=z,
            rasterized=len(rows) > MOST_SHAPES,
        )
        ground.axes.add_collection(spans)
        ground.axes.autoscale_view()


def _boxes(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    from matplotlib.patches import Rectangle

    for row in rows:
        color = ground.ink(str(row.get("group"))).color
        y = ground.place(row, "y")
        low, q1, middle, q3, high = (ground.place(row, name) for name in ("x_low", "q1", "x", "q3", "x_high"))
        ground.axes.plot([low, q1], [y, y], color=color, lw=0.9, zorder=z, solid_capstyle="butt")
        ground.axes.plot([q3, high], [y, y], color=color, lw=0.9, zorder=z, solid_capstyle="butt")
        box = Rectangle((q1, y - BOX / 2), q3 - q1, BOX, facecolor="white", edgecolor=color, linewidth=0.9, zorder=z)
        ground.axes.add_patch(box)
        ground.axes.plot([middle, middle], [y - BOX / 2, y + BOX / 2], color=color, lw=1.8, zorder=z + 0.1)


def _violins(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    for group, some in _by_group(rows, "group", "y"):
        xs = [ground.place(row, "x") for row in some]
        ys = [ground.place(row, "y") for row in some]
        wide = [ground.place(row, "width") for row in some]
        ground.axes.fill_between(
            xs,
            [y - w for y, w in zip(ys, wide, strict=True)],
            [y + w for y, w in zip(ys, wide, strict=True)],
            color=ground.ink(group).color,
            alpha=0.22,
            linewidth=0,
            zorder=z,
        )


def _cells(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    from matplotlib.patches import Rectangle

    # What does not fit into a cell would lie over its neighbours: the table has it.
    figure = ground.axes.get_figure(root=True)
    assert figure is not None
    room = 0.85 * figure.get_figwidth() / max(1, len(ground.plot.x.names))
    crowded = any(text_width(shorten(printable(row.get("text") or ""), 12), SMALL_SIZE) > room for row in rows)
    for row in rows:
        x, y = ground.place(row, "x"), ground.place(row, "y")
        part = _part(ground, row.get("shade"))
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        color = shade(part) if part is not None else "white"
        ground.axes.add_patch(
            Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=color, edgecolor="white", linewidth=0.5, zorder=z)
        )
        if not crowded and row.get("text"):
            ground.axes.text(
                x,
                y,
                shorten(printable(row["text"]), 12),
                ha="center",
                va="center",
                fontsize=SMALL_SIZE,
                color="white" if (part or 0) > 0.55 else TEXT,
                zorder=z + 0.1,
            )


def _part(ground: Ground, value: Any) -> float | None:
    shade = ground.chart.shade
    if shade is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    span = shade.high - shade.low
    return min(1.0, max(0.0, (value - shade.low) / span)) if span > 0 else 0.0


def _rules(ground: Ground, layer: Layer, rows: Sequence[Row], z: float) -> None:
    for row in rows:
        upright = row.get("x") is not None
        at = ground.place(row, "x" if upright else "y")
        if not math.isfinite(at):
            continue
        line = ground.axes.axvline if upright else ground.axes.axhline
        line(at, color=MUTED, lw=0.8, linestyle=(0, (4, 2)) if layer.dashed else "solid", zorder=1)
        if row.get("text"):
            # On top of the line where it stands, over its end where it lies.
            side: dict[str, Any] = {"color": MUTED, "fontsize": SMALL_SIZE, "zorder": z}
            text = shorten(printable(row["text"]), 30)
            if upright:
                ground.axes.annotate(
                    text, (at, 1), (0, 2), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
                    **side,
                )  # fmt: skip
            else:
                ground.axes.annotate(
                    text, (1, at), (-2, 2), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                    **side,
                )  # fmt: skip


_DRAW: dict[Mark, Callable[[Ground, Layer, Sequence[Row], float], None]] = {
    Mark.POINT: _points,
    Mark.LINE: _lines,
    Mark.BAR: _bars,
    Mark.SPAN: _spans,
    Mark.BOX: _boxes,
    Mark.VIOLIN: _violins,
    Mark.CELL: _cells,
    Mark.RULE: _rules,
}
