"""Notebooks that JupyterLab opens without asking which kernel they are for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def with_kernel(path: Path) -> Path:
    """Name Python's kernel in a notebook."""
    notebook = json.loads(path.read_text("utf-8"))
    notebook["metadata"]["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    path.write_text(json.dumps(notebook))
    return path
