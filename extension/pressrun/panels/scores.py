"""Scores: the finite numbers that runs have of one metric, with what became of the runs that have none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection
    from pressrun.records import Run


def finite(selection: Selection, runs: Sequence[Run], asked: Asked) -> list[tuple[Run, float]]:
    """Give the runs that have a finite number, with it; the others are noted as left out."""
    found = []
    for run in runs:
        number = asked.number(run)
        if number is None:
            selection.ledger.leave_out(run, f"without {asked.key}")
        elif not math.isfinite(number):
            selection.ledger.leave_out(run, f"with a non-finite {asked.key}")
        else:
            found.append((run, number))
    return found
