"""Runs of methods over tasks and seeds, and what all panels of them have to bear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import pressrun as pr

if TYPE_CHECKING:
    import pandas as pd

ASKED: dict[str, Any] = {"metric": "acc", "by": "config.model", "task": "config.data"}


def runs_of(scores: dict[str, dict[str, Any]]) -> pr.RunSet:
    """Make one run a score, from the scores by method and task."""
    return pr.runs(
        [
            {
                "name": f"{model}-{data}-{seed}",
                "config": {"model": model, "data": data, "seed": seed},
                "summary": {"acc": float(value), "loss": -float(value)},
            }
            for model, tasks in scores.items()
            for data, values in tasks.items()
            for seed, value in enumerate(values)
        ]
    )


def drawn(methods: int, tasks: int, seeds: int) -> dict[str, dict[str, Any]]:
    """Draw scores: each method is a little better than the one before."""
    draw = np.random.default_rng(7)
    return {
        f"m{m}": {f"t{t}": draw.beta(2, 3, seeds) + 0.1 * m + 0.02 * t for t in range(tasks)} for m in range(methods)
    }


def table_of(tasks: dict[str, Any]) -> Any:
    """Give a method's scores as rliable has them: (runs, tasks)."""
    return np.array(list(tasks.values())).T


def part(panel: pr.Panel, name: str) -> pd.DataFrame:
    """Give the rows of one part of a panel's frame."""
    data = panel.data
    found: pd.DataFrame = data[data["part"] == name]
    return found
