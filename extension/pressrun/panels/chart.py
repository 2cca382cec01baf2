"""The chart: plots of marks over two axes. What all panels show that are neither curves over steps nor a table.

`Chart.to_view` gives the shape that the print face and the front end read from a fact's `view["chart"]`::

    {"plots":  [{"title", "x": axis, "y": axis, "wide": bool,
                 "layers": [{"part", "mark", "faint", "hollow", "step", "dashed", "tip"}]}],
     "groups": [{"label", "color": index}], "columns": plots side by side, "shade": {"label", "low", "high"} | null}

with an axis being ``{"label", "scale": "linear|log|time|category", "names": [str], "range": [low, high] | null}``.

The marks' places stand in the fact's frame, one row a mark or a point of a line; `part` says to which layer a row
belongs, `group` in whose colour it is drawn ("" for none). `x` and `y` are numbers, or names on an axis of categories,
where `shift` moves a mark within its category (a category is 1 wide). Times are seconds since 1970, UTC. Beside them:

========  ======================================================================================================
mark      further columns; null where there is nothing
========  ======================================================================================================
point     `x_low`, `x_high`, `y_low`, `y_high`: whiskers
line      rows of one group (and `run`) are joined in their order; `y_low`, `y_high`: a band
bar       from 0 to `x` (or to `y` where the other axis has the categories), with the whiskers of a point
span      from `x_low` to `x_high`
box       `x_low`, `q1`, `x`, `q3`, `x_high`: whisker, quartile, median, quartile, whisker
violin    rows of one category: `width` at each `x`, at most 0.5 to each side
cell      `shade`: a number from the chart's shade's low to high; `text` is written on it
rule      a line across the plot at `x` or `y`; `text` names it
========  ======================================================================================================

`run` is a run's key, and `text` what a mark is called. Further columns are a panel's own; `tip` of a layer names those
that a reader who points at a mark is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from pressrun.canonical import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Columns that every chart's frame has, in this order; further ones follow where a mark has them.
COLUMNS = ("part", "group", "run", "text", "x", "y")
#: Columns of numbers, whatever the axes are.
NUMBERS = frozenset({"x_low", "x_high", "y_low", "y_high", "q1", "q3", "width", "shade", "shift"})
#: Points that travel with a fact and that a page draws; of more a sample is shown.
MOST_POINTS = 20_000


class Mark(Enum):
    """What a row of the frame is drawn as."""

    POINT = "point"
    LINE = "line"
    BAR = "bar"
    SPAN = "span"
    BOX = "box"
    VIOLIN = "violin"
    CELL = "cell"
    RULE = "rule"


class Scale(Enum):
    """What places on an axis stand for."""

    LINEAR = "linear"
    LOG = "log"
    TIME = "time"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Parameters
    ----------
    names
        The categories, from left to right or from top to bottom.
    range
        The ends, where they are not the marks' own.
    """

    label: str = ""
    scale: Scale = Scale.LINEAR
    names: tuple[str, ...] = ()
    range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """Marks of one kind, drawn above those of the layers before.

    Parameters
    ----------
    part
        Which rows of the frame these are.
    faint, hollow, dashed, step
        How they are drawn: stepping back, points as rings and spans as outlines, lines dashed, lines as steps
        that hold until the next point.
    tip
        Columns that a reader who points at a mark is shown, besides its place.
    """

    part: str
    mark: Mark
    faint: bool = False
    hollow: bool = False
    dashed: bool = False
    step: bool = False
    tip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """Layers over two axes; a wide one has a row of its own beside none other."""

    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    title: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Shade:
    """What the colour of cells stands for."""

    label: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Plots side by side, in rows of so many columns, their groups in the order of the legend."""

    plots: tuple[Plot, ...]
    groups: tuple[str, ...] = ()
    columns: int = 1
    shade: Shade | None = None

    def to_view(self) -> dict[str, Any]:
        """Give the chart as a fact holds it."""
        return {
            "plots": [
                {
                    "title": plot.title,
                    "x": _axis_view(plot.x),
                    "y": _axis_view(plot.y),
                    "wide": plot.wide,
                    "layers": [_layer_view(layer) for layer in plot.layers],
                }
                for plot in self.plots
            ],
            "groups": [{"label": label, "color": color} for color, label in enumerate(self.groups)],
            "columns": self.columns,
            "shade": plain({"label": self.shade.label, "low": self.shade.low, "high": self.shade.high})
            if self.shade
            else None,
        }

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Chart:
        """Read a chart out of a fact's `view["chart"]`."""
        shade = view.get("shade")
        return cls(
            plots=tuple(
                Plot(
                    _axis(plot["x"]),
                    _axis(plot["y"]),
                    tuple(_layer(each) for each in plot["layers"]),
                    plot["title"],
                    wide=plot.get("wide", False),
                )
                for plot in view["plots"]
            ),
            groups=tuple(group["label"] for group in view["groups"]),
            columns=int(view["columns"]),
            shade=Shade(shade["label"], shade["low"], shade["high"]) if shade else None,
        )


def _axis_view(axis: Axis) -> dict[str, Any]:
    return {
        "label": axis.label,
        "scale": axis.scale.value,
        "names": list(axis.names),
        "range": list(axis.range) if axis.range else None,
    }


def _axis(view: Mapping[str, Any]) -> Axis:
    low_high = view["range"]
    return Axis(view["label"], Scale(view["scale"]), tuple(view["names"]), tuple(low_high) if low_high else None)


def _layer_view(layer: Layer) -> dict[str, Any]:
    view = {name: getattr(layer, name) for name in ("part", "faint", "hollow", "dashed", "step")}
    return {**view, "mark": layer.mark.value, "tip": list(layer.tip)}


def _layer(view: Mapping[str, Any]) -> Layer:
    return Layer(
        view["part"],
        Mark(view["mark"]),
        faint=view["faint"],
        hollow=view["hollow"],
        dashed=view["dashed"],
        step=view["step"],
        tip=tuple(view["tip"]),
    )


@dataclass(slots=True)
class Rows:
    """The rows of a chart's frame, as they are gathered."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, part: str, **cells: Any) -> None:
        """Add a mark, or a point of a line."""
        self.rows.append({"part": part, **cells})

    @property
    def frame(self) -> dict[str, list[Any]]:
        """The frame: strict JSON by column, all of one length, null where a row has nothing."""
        names = dict.fromkeys((*COLUMNS, *(name for row in self.rows for name in row)))
        blank = {"group": "", "run": "", "text": ""}
        return {name: [plain(row.get(name, blank.get(name))) for row in self.rows] for name in names}


def sample(count: int, most: int = MOST_POINTS, *, keep: Iterable[int] = ()) -> tuple[Sequence[int], str]:
    """Choose which of many marks are shown: all, or so many at random, always the same ones.

    Parameters
    ----------
    count
        How many there are.
    keep
        Places of those that must be among them, such as the best.

    Returns
    -------
    tuple
        The places of those chosen, in order, and what the disclosure is to say of it ("" where all are shown).
    """
    if count <= most:
        return range(count), ""
    import numpy as np

    chosen = set(keep)
    drawn = np.random.default_rng(0).permutation(count)
    for place in drawn.tolist():
        if len(chosen) >= most:
            break
        chosen.add(place)
    return sorted(chosen), f"{len(chosen):,} of {count:,} points drawn, chosen at random"
