"""A panel whose result is a grid: its figure, its HTML and LaTeX tables, its plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.panels.base import Panel
from pressrun.panels.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure


class GridPanel(Panel):
    """A panel whose result is a grid."""

    @property
    def grid(self) -> Grid:
        """The rows and cells, as every face shows them."""
        return Grid.of(self.fact.view["grid"])

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers."""
        return frozenset(column.key for column in self.grid.columns if column.numeric)

    def figure(self, *, width: float = 5.5) -> Figure:
        """Typeset the grid as a figure, `width` inches wide where that leaves the text legible."""
        from pressrun.panels.grid_figure import draw_grid

        return draw_grid(self.grid, title=self.fact.title, foot=self.fact.disclosure.text, width=width)

    def html(self) -> str:
        """Give the grid as a safe HTML table with its notes and disclosure."""
        from pressrun.panels.grid_html import grid_html

        return grid_html(self.grid, title=self.fact.title, foot=self.fact.disclosure.text)

    def latex(self) -> str:
        """Give the grid as a LaTeX tabular with booktabs rules."""
        from pressrun.panels.grid_latex import grid_latex

        return grid_latex(self.grid, foot=self.fact.disclosure.text)

    def text(self) -> str:
        """Give the grid as plain text."""
        from pressrun.panels.grid_text import grid_text

        return grid_text(self.grid, title=self.fact.title, foot=self.fact.disclosure.text)

    def _faces(self) -> Mapping[str, str]:
        return {"text/html": self.html(), "text/latex": self.latex()}
