"""Runs in memory, made to order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pytest

import pressrun as pr

RunsOf: TypeAlias = Callable[..., pr.RunSet]


@pytest.fixture
def runs_of() -> RunsOf:
    """Make a run set of one run a seed for each model.

    Parameters of the maker: `scores` gives each model's numbers, one a seed; `history` each model's series, one a seed;
    `extra` more records.
    """

    def make(
        scores: Mapping[str, Sequence[Any]],
        *,
        metric: str = "test/acc",
        history: Mapping[str, Sequence[Any]] | None = None,
        extra: Sequence[Mapping[str, Any]] = (),
        seeds: Sequence[Any] | None = None,
    ) -> pr.RunSet:
        records: list[Mapping[str, Any]] = []
        for model in dict.fromkeys([*scores, *(history or {})]):
            numbers = list(scores.get(model, ()))
            curves = list((history or {}).get(model, ()))
            for index in range(max(len(numbers), len(curves))):
                seed = seeds[index] if seeds is not None else index
                record: dict[str, Any] = {
                    "name": f"{model}-{index}",
                    "config": {"model": model} | ({} if seed is None else {"seed": seed}),
                }
                if index < len(numbers) and numbers[index] is not None:
                    record["summary"] = {metric: numbers[index]}
                if index < len(curves):
                    record["history"] = {"val/acc": curves[index]}
                records.append(record)
        return pr.runs([*records, *extra])

    return make
