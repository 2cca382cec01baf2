"""The interactive face: an anywidget over the front end that JupyterLab and published pages use as well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    from pressrun.panels.base import Panel

FRONT_END = Path(__file__).parent.parent / "static" / "panels.js"


class PanelWidget(anywidget.AnyWidget):
    """A panel as an ipywidget; changes made in the browser come back in `selection` and `options`."""

    _esm = FRONT_END

    fact = traitlets.Dict().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)
    theme = traitlets.Enum(["light", "dark", "auto"], default_value="auto").tag(sync=True)

    def show(self, panel: Panel) -> None:
        """Show another panel's result in the same place, its reader's options kept."""
        self.fact = panel.fact_json()


def make_widget(panel: Panel) -> PanelWidget:
    """Make the widget of a panel."""
    options: dict[str, Any] = panel.options
    return PanelWidget(fact=panel.fact_json(), options=options)
