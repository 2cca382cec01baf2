"""Packed columns: long frames travel packed, and come back cell for cell."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import pressrun as pr
from pressrun.errors import PressrunError
from pressrun.panels.packed import LONG, pack, unpack, unpack_frame

COLUMNS: list[list[Any]] = [
    [],
    ["a"] * 5 + ["b"] * 3 + [""],
    [None, None, 0.5, -0.0, 1e308, None],
    ["nan", 0.25, "inf", "-inf", 0.5, None],
    [0, 4, 8, 12, 0, 4, 8],
    [5, 3, 9, 9, 1],
    [1, 1, 1, 2.0, 2, True, False, None],
    [2**31, -(2**31), 2**63, 10**30],
    ["<script>", "\U0001f600", "\ud7ff"],
]


@pytest.mark.parametrize("column", COLUMNS, ids=range(len(COLUMNS)))
def test_a_packed_column_comes_back_cell_for_cell(column: list[Any]) -> None:
    found = unpack(json.loads(json.dumps(pack(column))))
    assert found == column
    assert [type(cell) for cell in found] == [type(cell) for cell in column]


def test_a_negative_zero_keeps_its_sign() -> None:
    assert math.copysign(1, unpack(pack([-0.0, 1.5]))[0]) == -1


def test_a_long_frame_travels_packed_and_a_short_one_as_lists() -> None:
    def fact(points: int) -> dict[str, Any]:
        values = [math.sin(i / 50) for i in range(points)]
        runs = pr.runs([{"name": f"r{n}", "history": {"loss": values}} for n in range(2)])
        panel = pr.curves(runs, "loss", group="name")
        found: dict[str, Any] = json.loads(json.dumps(panel.fact_json()))
        assert unpack_frame(found["frame"]) == {name: list(cells) for name, cells in panel.fact.frame.items()}
        return found

    assert all(isinstance(column, list) for column in fact(20)["frame"].values())
    long = fact(LONG)
    assert all(isinstance(column, dict) for column in long["frame"].values())
    assert len(json.dumps(long["frame"]["group"])) < 200


@pytest.mark.parametrize("column", [3, {"blocks": 3}, {"blocks": [{"f9": ""}]}, {"blocks": ["x"]}])
def test_what_is_no_column_is_refused(column: Any) -> None:
    with pytest.raises(PressrunError):
        unpack(column)
