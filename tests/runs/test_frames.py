"""Frames and addresses: one row a run, with what is missing told apart from what is NaN."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import pressrun as pr
from pressrun.records import Run, Status
from pressrun.runs.address import MISSING, Address
from pressrun.runs.frames import field

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def frame(*records: dict[str, Any]) -> pd.DataFrame:
    return pr.runs(list(records)).frame()


def test_the_columns_stand_in_a_stable_order() -> None:
    table = frame(
        {"name": "a", "config": {"C": 1, "opt": {"lr": 0.1}}, "summary": {"acc": 1.0}, "tags": {"t": "x"}},
        {"name": "b", "config": {"seed": 2, "C": 2}, "summary": {"loss": 1.0}, "started": "2026-01-02T03:04:05.54"},
    )
    assert list(table.columns) == [
        *("id", "name", "status", "seed", "config.C", "config.opt.lr", "config.seed"),
        *("acc", "loss", "tags.t", "started", "ended"),
    ]
    assert table["status"].tolist() == ["finished", "finished"]
    assert table["started"][1] == pd.Timestamp("2026-01-02T03:04:05.54", tz="UTC")
    assert pd.isna(table["started"][0])
    assert str(table["ended"].dtype).endswith("UTC]")


def test_numbers_stay_numbers() -> None:
    table = frame({"config": {"n": 1, "x": 1, "b": True}}, {"config": {"n": 2, "x": 0.5, "b": False}})
    assert [str(table[name].dtype) for name in ("config.n", "config.x")] == ["int64", "float64"]
    assert table["config.b"].dtype == "bool"


def test_what_is_missing_is_na_and_numbers_beside_it_stay_numbers() -> None:
    table = frame({"summary": {"n": 1, "x": 0.5, "b": True, "s": "a"}}, {})
    for column in ("n", "x", "b", "s"):
        assert pd.isna(table[column][1]), column
    assert table["n"][0] == 1
    assert table["x"].mean() == 0.5
    assert str(table["n"].dtype) == "Int64"


def test_nan_and_missing_are_told_apart() -> None:
    column = frame({"summary": {"x": math.nan}}, {"summary": {"x": 1.0}}, {})["x"].tolist()
    assert isinstance(column[0], float)
    assert math.isnan(column[0])
    assert column[1] == 1.0
    assert column[2] is pd.NA


def test_a_metric_that_is_called_like_a_column_gets_its_mapping_before_it() -> None:
    table = frame({"name": "a", "summary": {"name": 1, "status": 2, "started": 3, "config.C": 4}, "config": {"C": 5}})
    assert table["summary.name"][0] == 1
    assert table["summary.started"][0] == 3
    assert table["summary.config.C"][0] == 4
    assert table["config.C"][0] == 5
    assert table["name"][0] == "a"


def test_odd_values_do_not_break_the_frame() -> None:
    table = frame(
        {"config": {"huge": 10**400, "mixed": 1, "list": [1], "none": None}},
        {"config": {"huge": 1.0, "mixed": "text", "list": [2, 3], "none": None}},
    )
    assert table["config.huge"][0] == 10**400
    assert table["config.mixed"].tolist() == [1, "text"]
    assert table["config.list"][1] == [2, 3]


def test_no_runs_give_an_empty_frame_with_the_columns_that_every_run_has() -> None:
    assert list(frame().columns) == ["id", "name", "status", "seed", "started", "ended"]
    assert len(frame()) == 0


RUN = Run(
    id="i",
    name="n",
    source="runs/",
    status=Status.FINISHED,
    config={"C": 10, "opt": {"lr": 0.5, "a.b": 3}, "opt.lr": 0.1, "batch size": 8, "none": None, "seed": 4.0},
    summary={"test/acc": 0.9, "nested": {"x": 1}, "name": 7, "config": 8},
    tags={"stage": "final"},
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("config.C", 10),
        ("config.opt.lr", 0.1),
        ("config['opt']['lr']", 0.1),
        ("config.opt.a.b", 3),
        ("config['batch size']", 8),
        ('config["batch size"]', 8),
        ("config.batch size", 8),
        ("config.none", None),
        ("config.opt['a.b']", 3),
        ("config.missing", MISSING),
        ("config.C.deeper", MISSING),
        ("test/acc", 0.9),
        ("summary['test/acc']", 0.9),
        ("summary.test/acc", 0.9),
        ("summary.nested.x", 1),
        ("summary.name", 7),
        ("name", "n"),
        ("config", 8),
        ("status", "finished"),
        ("id", "i"),
        ("source", "runs/"),
        ("seed", 4),
        ("started", MISSING),
        ("tags.stage", "final"),
        ("nothing", MISSING),
    ],
)
def test_an_address_finds_what_stands_there(path: str, value: object) -> None:
    found = field(RUN, path)
    assert found is value or found == value


def test_an_address_is_written_as_it_is_read() -> None:
    for address in (Address("config", ("a", "b")), Address("summary", ("test/acc",)), Address("tags", ("x y", "z"))):
        assert Address.parse(str(address)) == address
