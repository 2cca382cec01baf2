"""Run sets from a line of numbers, through the in-memory source that users have too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest

import pressrun
from pressrun.runs.runset import RunSet

MakeRuns: TypeAlias = Callable[..., RunSet]


@pytest.fixture
def runs_of() -> MakeRuns:
    """Make runs of one name, one a number: seeds 0, 1, 2 … unless given, finished unless `status` says otherwise."""

    def make(
        name: str,
        values: Sequence[float | str | None],
        seeds: Sequence[int | None] | None = None,
        status: Sequence[str] | None = None,
        metric: str = "test/acc",
    ) -> RunSet:
        records: list[dict[str, Any]] = []
        for place, value in enumerate(values):
            seed = seeds[place] if seeds is not None else place
            records.append(
                {
                    "id": re.sub(r"[^a-z]", "_", name.lower()) + f"-{place}",
                    "name": name,
                    "config": {"model": name} | ({} if seed is None else {"seed": seed}),
                    "summary": {} if value is None else {metric: value},
                    "status": status[place] if status else "finished",
                }
            )
        return pressrun.runs(records)

    return make
