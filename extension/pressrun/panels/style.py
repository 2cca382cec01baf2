"""The look of the print face: colours and dashes that survive colour blindness and grey printers."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pressrun.lettering import escape_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

#: Points.
FONT_SIZE = 8.0
SMALL_SIZE = 7.0
TEXT = "#1a1a1a"
MUTED = "#666666"
RULE = "#333333"

#: Okabe and Ito (2008), "Color Universal Design", in an order that keeps neighbours far apart for every kind of colour
#: vision. Orange and sky blue are darker here, to keep 3:1 against paper; the dashes tell apart what grey does not.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#c48800", "#3f9ad6", "#6b6b6b")
#: Shapes that tell points apart as the dashes do lines.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
#: From the paper's white to the first colour: equal steps of lightness in CIE Lab, and so in grey print.
_SHADES = ("#ffffff", "#dbe7f4", "#b5cfe8", "#8cb6d9", "#5e9ac8", "#2b7db4", "#00588c", "#003a63")
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (5, 1.8),
    (1.2, 1.4),
    (6, 1.5, 1.2, 1.5),
    (9, 2.4),
    (2.6, 1.6),
    (6, 1.5, 1.2, 1.5, 1.2, 1.5),
)

_SETTINGS: dict[str, Any] = {
    # An SVG file names them all; here the first is at hand, as it comes with matplotlib.
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    "font.size": FONT_SIZE,
    "text.color": TEXT,
    "text.usetex": False,
    "text.parse_math": False,
    "axes.titlesize": FONT_SIZE,
    "axes.titlelocation": "left",
    "axes.labelsize": FONT_SIZE,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": False,
    "axes.formatter.useoffset": False,
    "axes.xmargin": 0.02,
    "axes.ymargin": 0.06,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": SMALL_SIZE,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "legend.fontsize": SMALL_SIZE,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "lines.linewidth": 1.2,
    "lines.scale_dashes": True,
    "lines.dash_capstyle": "butt",
    "lines.solid_capstyle": "round",
    "path.simplify": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 150,
    "svg.fonttype": "none",
    "svg.image_inline": True,
    # With a salt the ids in an SVG file depend on its content alone.
    "svg.hashsalt": "pressrun",
    "svg.id": None,
}


@dataclass(frozen=True, slots=True)
class Ink:
    """How one line is drawn: its colour and its dash, in line widths."""

    color: str
    dash: tuple[float, ...]

    @property
    def linestyle(self) -> Any:
        """The dash as matplotlib takes it."""
        return (0, self.dash) if self.dash else "solid"


def ink(index: int) -> Ink:
    """Give the ink of a line; past the last colour the round starts again with the dashes moved on by one."""
    at, turn = index % len(COLORS), index // len(COLORS)
    return Ink(COLORS[at], DASHES[(at + turn) % len(DASHES)])


def marker(index: int) -> str:
    """Give the shape of a group's points."""
    return MARKERS[index % len(MARKERS)]


def shade(part: float) -> str:
    """Give the colour of a cell, from 0 to 1."""
    place = min(1.0, max(0.0, part)) * (len(_SHADES) - 1)
    at = min(int(place), len(_SHADES) - 2)
    pair = [[int(each[i : i + 2], 16) for i in (1, 3, 5)] for each in _SHADES[at : at + 2]]
    mixed = [round(a + (b - a) * (place - at)) for a, b in zip(*pair, strict=True)]
    return "#" + "".join(f"{each:02x}" for each in mixed)


@contextmanager
def look() -> Iterator[None]:
    """Draw in pressrun's look whatever the author set, so that a paper's figures are of one make."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        # Resetting to the defaults first: an author's own style must not bleed into half of the settings.
        warnings.filterwarnings("ignore", category=mpl.MatplotlibDeprecationWarning)
        settings: Any = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(("backend", "date."))}
        settings |= _SETTINGS
        mpl.rcParams.update(settings)
        # A name in a script that the figure's font lacks is still a name: viewers of the SVG have the letters.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        yield


@cache
def _figure_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class PrintFigure(Figure):
        """A figure that shows itself in a notebook whether or not pyplot is in use."""

        def _repr_png_(self) -> bytes:
            return png(self)

    return PrintFigure


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that no plotting state knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _figure_class()(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def freeze_text(figure: Figure) -> None:
    """Make every text of a figure literal: no `$` in a run's name starts mathematics, whatever is set later."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        text.set_usetex(False)


def png(figure: Figure) -> bytes:
    """Give a figure as PNG at screen resolution."""
    buffer = io.BytesIO()
    with look():
        figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return buffer.getvalue()


def svg(figure: Figure, description: str) -> str:
    """Give a figure as a standalone SVG document: the same bytes for the same figure, text as text.

    Parameters
    ----------
    figure
        What to draw.
    description
        What a screen reader says.
    """
    buffer = io.StringIO()
    with look():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    # The document type only points at a DTD in the network; some sanitisers refuse files that have one.
    text = re.sub(r"<!DOCTYPE[^>]*>\s*", "", text, count=1)
    said = escape_html(description)
    return re.sub(
        r"<svg ([^>]*)>",
        lambda found: f'<svg {found[1]} role="img" aria-label="{said}">\n <title>{said}</title>',
        text,
        count=1,
    )
