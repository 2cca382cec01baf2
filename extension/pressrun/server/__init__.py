"""The Jupyter Server extension behind JupyterLab: REST and an event stream under /pressrun/api."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Name the application that Jupyter Server is to load."""
    from pressrun.server.app import PressrunApp

    return [{"module": "pressrun.server", "app": PressrunApp}]
