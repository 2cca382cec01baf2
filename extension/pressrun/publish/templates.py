"""Find templates, of pages and of papers, in the wheel's package or, in a checkout, at the root of the repository."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.errors import ExportError

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = Path(__file__).parent.parent


@cache
def folder() -> Path:
    """Give the folder that holds `html/`, `typst/` and `latex/`.

    Raises
    ------
    ExportError
        If the installation has none.
    """
    for place in (_PACKAGE / "templates", _PACKAGE.parent.parent / "templates"):
        if (place / "html").is_dir():
            return place
    raise ExportError("the exporters' templates are missing", where=str(_PACKAGE), hint="install pressrun again")


def read(name: str) -> str:
    """Give the text of a template, for example "html/base.css"."""
    return (folder() / name).read_text("utf-8")


@cache
def environment() -> Environment:
    """Give the environment of the HTML templates: everything is escaped, and a missing variable is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Every template writes HTML, whatever its name ends in.
    return Environment(
        loader=FileSystemLoader(folder() / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
