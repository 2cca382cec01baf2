"""What every panel is: one computed result, and the faces it has in a notebook, in print and without a kernel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pressrun.canonical import plain
from pressrun.facts import PANEL_MIME, disclosed, to_json
from pressrun.lettering import printable, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from pressrun.facts import PanelFact
    from pressrun.panels.widget import PanelWidget

_NON_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


class Panel(ABC):
    """One visual over a run set, computed once and shown with three faithful faces.

    A panel is the value of a cell: its display carries the fact for JupyterLab, the builder and the published page, and
    static faces for every other viewer. It holds no runs and reads nothing again, so all faces show the same numbers.

    Parameters
    ----------
    fact
        The computed result.
    """

    def __init__(self, fact: PanelFact) -> None:
        self._fact = fact

    @property
    def fact(self) -> PanelFact:
        """The computed result, as the builder, the exporters and readers see it."""
        return self._fact

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers: "nan" in them is a number, in others a text."""
        return frozenset()

    @property
    def data(self) -> pd.DataFrame:
        """The tidy data behind the panel: a new frame each time, to change at will."""
        import pandas as pd

        return pd.DataFrame({name: self._column(name, values) for name, values in self._fact.frame.items()})

    def _column(self, name: str, values: Any) -> Any:
        import pandas as pd

        if name not in self.numbers:
            return pd.Series(list(values), dtype=object)
        return pd.Series(
            [_NON_FINITE.get(v, v) if isinstance(v, str) else (float("nan") if v is None else v) for v in values],
            dtype=float,
        )

    @abstractmethod
    def figure(self, *, width: float = 5.5) -> Figure:
        """Draw the print face: a matplotlib figure to finish or save.

        Parameters
        ----------
        width
            Inches: 3.4 for a column of a two-column paper, 5.5 for a page of text, 6.5 for the full page.
        """

    @abstractmethod
    def html(self) -> str:
        """Give the static table face as safe HTML: all text escaped, no script, no style that it depends on."""

    @abstractmethod
    def latex(self) -> str:
        """Give the static face as LaTeX that needs the booktabs package; all text escaped."""

    @abstractmethod
    def text(self) -> str:
        """Give the panel as plain text for a terminal."""

    def widget(self) -> PanelWidget:
        """Make an ipywidget of this panel, with traits to link.

        Its traits are `fact` (the panel's fact), `selection` (`group`, `run` and `x` that a reader points at),
        `options` (what a reader may change: smoothing, scale, baseline) and `theme` ("light", "dark" or "auto").
        """
        from pressrun.panels.widget import make_widget

        return make_widget(self)

    @property
    def options(self) -> dict[str, Any]:
        """What a reader may change, as it stands at first."""
        return {}

    def bundle(self) -> dict[str, Any]:
        """Give the mime bundle that a cell's output holds."""
        return {PANEL_MIME: self.fact_json(), "text/plain": self.text(), **self._faces()}

    def fact_json(self) -> dict[str, Any]:
        """Give the fact as strict JSON that any file can hold."""
        from dataclasses import replace

        from pressrun.panels.packed import pack_frame

        found = storable(to_json(replace(self._fact, frame={})))
        assert isinstance(found, dict)
        return {**found, "frame": pack_frame(storable(plain(self._fact.frame)))}

    @abstractmethod
    def _faces(self) -> Mapping[str, str]:
        """Give the static faces of the bundle by mime type."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.bundle()

    def __repr__(self) -> str:
        title = f" {printable(self._fact.title)!r}" if self._fact.title else ""
        return f"<{self._fact.kind} panel{title}: {disclosed(self._fact)}>"
