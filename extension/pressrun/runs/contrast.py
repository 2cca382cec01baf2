"""What some runs compare: the plain data that a paper about two groups of them begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pressrun.records import Direction


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups of a project's runs, and the metric that tells them apart. Every text may hold anything.

    Parameters
    ----------
    where
        The where-expression of the runs; "" for all that the project has.
    field
        What the runs are grouped by.
    better, baseline
        The groups' labels.
    metric
        A summary entry.
    title
        What people call it.
    direction
        Which way it is better.
    history
        A metric with a history to draw, the same one if it has one; "" if none has.
    """

    where: str
    field: str
    better: str
    baseline: str
    metric: str
    title: str
    direction: Direction
    history: str = ""
