"""The print face of parallel coordinates: all lines, none brushed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.lettering import printable, shorten
from pressrun.panels.chart import Scale
from pressrun.panels.numerals import plain_number
from pressrun.panels.style import FONT_SIZE, MUTED, SMALL_SIZE, TEXT, freeze_text, look, new_figure, shade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pressrun.facts import PanelFact

#: Lines beyond which they are set as a picture within the figure.
MOST_SHAPES = 500
HEIGHT = 2.6
#: Names that an axis has room for.
MOST_NAMES = 16


def draw_parallel(fact: PanelFact, *, width: float = 5.5) -> Figure:
    """Draw the figure of a fact of parallel coordinates, `width` inches wide."""
    axes = fact.view["axes"]
    with look():
        figure = new_figure(width, HEIGHT + (0.2 if fact.title else 0) if fact.frame["run"] else 1.0)
        figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.04)
        if fact.title:
            figure.suptitle(shorten(fact.title, int(width * 16)), fontsize=FONT_SIZE, x=0.01, ha="left")
        ground = figure.add_subplot()
        ground.set_axis_off()
        if fact.frame["run"]:
            _draw(ground, fact, axes, width)
        else:
            said = f"nothing to show\n{shorten(printable(fact.disclosure.text), 90)}"
            ground.text(0.5, 0.5, said, ha="center", va="center", color=MUTED, transform=ground.transAxes)
        freeze_text(figure)
        return figure


def _draw(ground: Axes, fact: PanelFact, axes: Sequence[Mapping[str, Any]], width: float) -> None:
    from matplotlib.collections import LineCollection

    columns = [[_height(axis, value) for value in fact.frame[axis["column"]]] for axis in axes]
    strokes, colors = [], []
    # The darker lie on top.
    for heights in sorted(zip(*columns, strict=True), key=lambda line: line[-1]):
        # A gap parts a line; a place between two gaps is a short stroke, so that it is seen.
        for start, end in _stretches(heights):
            some = [(float(at), heights[at]) for at in range(start, end)]
            strokes.append(some if len(some) > 1 else [(start - 0.04, heights[start]), (start + 0.04, heights[start])])
            colors.append(shade(0.25 + 0.75 * heights[-1]))
    lines = LineCollection(
        strokes,
        colors=colors,
        linewidths=0.7,
        alpha=max(0.08, min(0.8, 40 / len(strokes))),
        zorder=2,
        rasterized=len(strokes) > MOST_SHAPES,
    )
    ground.add_collection(lines)
    room = width / len(axes)
    box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.75, "linewidth": 0}
    for at, axis in enumerate(axes):
        style: dict[str, Any] = {"color": TEXT, "fontsize": SMALL_SIZE, "zorder": 4}
        ground.plot([at, at], [0, 1], color=TEXT, lw=0.8, zorder=3)
        ground.text(at, 1.1, shorten(axis["label"], max(6, int(room * 13))), ha="center", va="bottom", **style)
        if axis["scale"] == Scale.CATEGORY.value:
            every = max(1, math.ceil(len(axis["names"]) / MOST_NAMES))
            for name in axis["names"][::every]:
                text = shorten(name, max(4, int(room * 10)))
                ground.text(at + 0.03, _height(axis, name), text, ha="left", va="center", bbox=box, **style)
        elif axis["range"]:
            low, high = (plain_number(float(f"{end:.3g}")) for end in axis["range"])
            ground.text(at, -0.02, low, ha="center", va="top", **style)
            ground.text(at, 1.02, high if high != low else "", ha="center", va="bottom", **style)
    ground.set_xlim(-0.25, len(axes) - 1 + 0.5)
    ground.set_ylim(-0.1, 1.18)


def _height(axis: Mapping[str, Any], value: Any) -> float:
    """Give where a value lies on its axis, from 0 at its foot to 1; NaN where nowhere."""
    if value is None:
        return math.nan
    if axis["scale"] == Scale.CATEGORY.value:
        # The first name stands on top, as in a table.
        return 0.5 if len(axis["names"]) < 2 else 1 - axis["names"].index(value) / (len(axis["names"]) - 1)
    low, high = axis["range"]
    if axis["scale"] == Scale.LOG.value:
        value, low, high = math.log(value), math.log(low), math.log(high)
    # Halves first: the ends of floats' range are further apart than a float can tell.
    span = high / 2 - low / 2
    return (value / 2 - low / 2) / span if span > 0 else 0.5


def _stretches(heights: Sequence[float]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at, height in enumerate(heights):
        if math.isnan(height):
            continue
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found
