"""Print other people's text on a terminal: a run's name must not move the cursor or recolour the screen."""

from __future__ import annotations

import os

import click


def say(text: str, color: str | None = None, *, bold: bool = False, dim: bool = False) -> None:
    """Print a text on stdout, in colour on a terminal whose user has not said `NO_COLOR`."""
    click.secho(visible(text), fg=color, bold=bold, dim=dim, color=False if os.environ.get("NO_COLOR") else None)


def visible(text: str) -> str:
    r"""Give a text with every control character shown as an escape such as `\x1b`; tabs and line breaks stay."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
