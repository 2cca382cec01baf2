"""A panel whose result is a chart: its figure, and the table of its numbers for who cannot see it, or copies it.

Beside `chart` (`chart.py`) the view holds `table`, a grid as in `grid.py`, `alt`, one sentence for who does not see the
figure, and `call`, how it was asked for, as in `remembered.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.facts import disclosed
from pressrun.panels.base import Panel
from pressrun.panels.chart import NUMBERS, Chart, Scale
from pressrun.panels.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure


class FigurePanel(Panel):
    """A panel that is a figure in print, and whose numbers are a table for who cannot see it."""

    @property
    def grid(self) -> Grid:
        """The table of what is shown."""
        return Grid.of(self.fact.view["table"])

    def svg(self, *, width: float = 5.5) -> str:
        """Give the print face as a standalone SVG document, the same bytes for the same runs."""
        from pressrun.panels.style import svg

        return svg(self.figure(width=width), self.fact.view["alt"])

    def html(self) -> str:
        """Give the numbers as a safe HTML table with their notes and the disclosure."""
        from pressrun.panels.grid_html import grid_html

        return grid_html(self.grid, title=self.fact.title, foot=disclosed(self.fact))

    def latex(self) -> str:
        """Give the numbers as a LaTeX tabular with booktabs rules."""
        from pressrun.panels.grid_latex import grid_latex

        return grid_latex(self.grid, foot=disclosed(self.fact))

    def text(self) -> str:
        """Give the numbers as plain text."""
        from pressrun.panels.grid_text import grid_text

        return grid_text(self.grid, title=self.fact.title, foot=disclosed(self.fact))

    def _faces(self) -> Mapping[str, str]:
        return {"image/svg+xml": self.svg()}


class ChartPanel(FigurePanel):
    """A panel whose result is a chart."""

    @property
    def chart(self) -> Chart:
        """The plots and their marks, as every face shows them."""
        return Chart.of(self.fact.view["chart"])

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers: places too, unless their axis has categories."""
        plots = self.chart.plots
        named = {
            name for name in ("x", "y") for plot in plots if (plot.x if name == "x" else plot.y).scale is Scale.CATEGORY
        }
        return NUMBERS | ({"x", "y"} - named)

    def figure(self, *, width: float = 5.5) -> Figure:
        """Draw the chart as a journal's figure, `width` inches wide."""
        from pressrun.panels.chart_figure import draw_chart

        return draw_chart(self.fact, width=width)
