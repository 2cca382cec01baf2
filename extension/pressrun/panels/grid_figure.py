"""A grid as a typeset figure: rules as booktabs has them, columns as wide as what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.lettering import shorten
from pressrun.panels.sheet import sheet
from pressrun.panels.style import FONT_SIZE, MUTED, SMALL_SIZE, TEXT, freeze_text, look, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pressrun.panels.grid import Grid
    from pressrun.panels.sheet import Sheet

#: Inches.
ROW = 0.19
PAD = 0.08
GAP = 0.22
WIDEST_GAP = 1.2
#: Rows that a figure sets; the fact holds all.
ROWS = 60


def draw_grid(grid: Grid, *, title: str = "", foot: str = "", width: float = 5.5) -> Figure:
    """Draw a grid `width` inches wide; where the text needs more, it is set smaller, and below 5 points wider."""
    with look():
        page = sheet(grid)
        size, widths = _fit(page, width)
        scale = size / FONT_SIZE
        height_of_row = ROW * scale
        spare = width - 2 * PAD - sum(widths)
        gap = max(GAP * scale, min(WIDEST_GAP, spare / max(1, len(widths) - 1)))
        total = max(width, sum(widths) + gap * (len(widths) - 1) + 2 * PAD)
        small = min(SMALL_SIZE - 0.5, size)
        notes = _wrapped([*page.notes, foot], total - 2 * PAD, small)
        hidden = len(page.lines) - ROWS
        lines = page.lines[:ROWS]
        rows = 1 + len(lines) + sum(bool(line.section) for line in lines) + (hidden > 0)
        top = 0.24 if title else 0.02
        height = top + rows * height_of_row + 0.14 + 0.14 * len(notes) + 0.06
        figure = new_figure(total, height)
        setter = _Setter(figure, total, height)
        if title:
            setter.text(PAD, 0.11, shorten(title, 90), min(FONT_SIZE, size + 1), weight="bold")
        y = top
        setter.rule(y, 0.9)
        y += height_of_row / 2 + 0.02
        lefts = _lefts(widths, gap)
        for heading, left, column in zip(page.headings, lefts, widths, strict=True):
            setter.cell(left, column, y, heading.title, size, heading.align)
        y += height_of_row / 2 + 0.01
        setter.rule(y, 0.5)
        y += 0.02
        for line in lines:
            if line.section:
                setter.text(PAD, y + height_of_row / 2, shorten(line.section, 90), size, style="italic", color=MUTED)
                y += height_of_row
            for entry, heading, left, column in zip(line.entries, page.headings, lefts, widths, strict=True):
                setter.cell(
                    left,
                    column,
                    y + height_of_row / 2,
                    entry.text + ("†" if entry.dagger else ""),
                    size,
                    heading.align,
                    weight="bold" if entry.bold else "normal",
                )
            y += height_of_row
        if hidden > 0:
            setter.text(PAD, y + height_of_row / 2, f"… {hidden} more rows", size, color=MUTED)
            y += height_of_row
        setter.rule(y + 0.02, 0.9)
        for index, note in enumerate(notes):
            setter.text(PAD, y + 0.13 + 0.14 * index, note, small, color=MUTED)
        freeze_text(figure)
        return figure


def _fit(page: Sheet, width: float) -> tuple[float, list[float]]:
    """Give the font size, and each column's width in inches, so that the table is as wide as asked where it can be."""
    full = [
        max(
            text_width(text, FONT_SIZE, bold)
            for text, bold in [
                (heading.title, False),
                *((line.entries[index].plain, line.entries[index].bold) for line in page.lines),
            ]
        )
        for index, heading in enumerate(page.headings)
    ]
    need = sum(full) + GAP * (len(full) - 1)
    scale = min(1.0, max(5.0 / FONT_SIZE, (width - 2 * PAD) / need))
    return FONT_SIZE * scale, [w * scale for w in full]


def _lefts(widths: list[float], gap: float) -> list[float]:
    lefts, x = [], PAD
    for width in widths:
        lefts.append(x)
        x += width + gap
    return lefts


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Give the width of a text in inches, without drawing it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not text:
        return 0.0
    # The path's own font size is fixed; widths scale with the size that is drawn.
    width, _, _ = text_to_path.get_text_width_height_descent(
        text, FontProperties(size=size, weight="bold" if bold else "normal"), ismath=False
    )
    return float(width) / 72


def _wrapped(notes: list[str], width: float, size: float) -> list[str]:
    import textwrap

    each = max(30, int(width / text_width("n", size) * 1.02))
    return [line for note in notes if note for line in textwrap.wrap(note, each)]


class _Setter:
    """Sets text and rules on a figure, in inches from its upper left corner."""

    def __init__(self, figure: Figure, width: float, height: float) -> None:
        self.figure, self.width, self.height = figure, width, height

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        color: str = TEXT,
        weight: str = "normal",
        style: str = "normal",
        align: str = "left",
    ) -> None:
        self.figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            fontsize=size,
            color=color,
            weight=weight,
            style=style,
            ha=align,
            va="center_baseline",
            parse_math=False,
        )

    def cell(
        self, left: float, width: float, y: float, text: str, size: float, align: str, weight: str = "normal"
    ) -> None:
        at = {"left": left, "right": left + width, "center": left + width / 2}[align]
        self.text(at, y, text, size, weight=weight, align=align)

    def rule(self, y: float, thickness: float) -> None:
        from matplotlib.lines import Line2D

        self.figure.add_artist(
            Line2D(
                [PAD / 2 / self.width, 1 - PAD / 2 / self.width],
                [1 - y / self.height] * 2,
                color=TEXT,
                linewidth=thickness,
                solid_capstyle="butt",
            )
        )
