"""Who the author at this machine is: the name that git knows, for papers, comments, cursors and changes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pressrun.lettering import printable

if TYPE_CHECKING:
    from pathlib import Path

#: Characters of a name that others are shown.
_WIDEST = 64


def git_name(folder: Path | None = None) -> str:
    """Give the name in git's configuration, as it holds in a folder; "" if there is none."""
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"], cwd=folder, capture_output=True, text=True, errors="replace", timeout=10,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return one_line(asked.stdout)


def one_line(name: str) -> str:
    """Give a name in one line that fits beside a cursor, without what would turn or hide the text around it."""
    return " ".join(printable(name).split())[:_WIDEST].rstrip()
