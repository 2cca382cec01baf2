"""Plain records as runs: every shape that people have, and messages that name record, key and what would be right."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.sources.stores import refs_of

from pressrun.errors import ArtifactError, SourceNotFoundError, UsageError
from pressrun.records import Provenance, Run, Series, Status
from pressrun.sources.memory import MemorySource

NAN = float("nan")

NO_HISTORY: list[object] = [
    "0.5",
    0.5,
    [{}],
    ["0.91"],
    [(1, 2, 3, 4)],
    [(1,)],
    [(0.5, 1)],
    [(NAN, 1)],
    [(2**63, 1)],
    [(1, "noon", 2)],
    [1j],
    [b"1"],
    [10**400],
    [[1, [2]]],
    {"value": [1]},
    {"steps": [1]},
    {"steps": [1], "values": [1, 2]},
]


def one(record: dict[str, Any]) -> Run:
    source = MemorySource([record])
    return source.read(refs_of(source)[0][0].id).run


def series(points: object) -> Series:
    source = MemorySource([{"id": "r", "history": {"acc": points}}])
    return source.read("r").history["acc"]


class TestHistory:
    @pytest.mark.parametrize(
        ("points", "steps", "values"),
        [
            ([0.5, 0.75], [0, 1], [0.5, 0.75]),
            ((1, 2), [0, 1], [1.0, 2.0]),
            (np.array([0.5, 0.75]), [0, 1], [0.5, 0.75]),
            (np.array([1, 2], np.int8), [0, 1], [1.0, 2.0]),
            ([(10, 0.5), (20, 0.75)], [10, 20], [0.5, 0.75]),
            (np.array([[10, 0.5], [20, 0.75]]), [10, 20], [0.5, 0.75]),
            ([[3, 1e9, 0.5], [4, None, 0.75]], [3, 4], [0.5, 0.75]),
            ({"steps": [5, 6], "values": np.array([0.5, 0.75])}, [5, 6], [0.5, 0.75]),
            ({"values": [0.5, 0.75], "times": [1e9, 2e9]}, [0, 1], [0.5, 0.75]),
            ([0.5, None, 0.75], [0, 2], [0.5, 0.75]),
            ([(2, 0.2), (1, 0.1), (2, 0.9)], [1, 2, 2], [0.1, 0.2, 0.9]),
            ([(1, 9.0, 0.9), (1, 5.0, 0.5)], [1, 1], [0.5, 0.9]),
            ([np.float32(0.5), np.int64(3), True], [0, 1, 2], [0.5, 3.0, 1.0]),
            (["nan", "inf", "-inf"], [0, 1, 2], [NAN, math.inf, -math.inf]),
            ([(np.int64(2**60), 0.5)], [2**60], [0.5]),
            ([], [], []),
        ],
    )
    def test_may_come_in_any_of_the_shapes(self, points: object, steps: list[int], values: list[float]) -> None:
        read = series(points)
        assert read.steps.tolist() == steps
        np.testing.assert_array_equal(read.values, values)

    def test_gives_the_summary_that_the_run_did_not_log_itself(self) -> None:
        run = one({"history": {"acc": [0.5, 0.75], "loss": [2.0, NAN], "none": []}, "summary": {"acc": 0.9, "f1": 0.4}})
        assert run.summary["acc"] == 0.9
        assert run.summary["f1"] == 0.4
        assert repr(run.summary["loss"]) == "nan"
        assert "none" not in run.summary

    @pytest.mark.parametrize("points", NO_HISTORY, ids=lambda points: repr(points)[:40])
    def test_of_another_shape_is_refused_by_name(self, points: object) -> None:
        with pytest.raises(UsageError) as caught:
            MemorySource([{}, {"history": {"val/acc": points}}])
        assert "record 1, history['val/acc']" in str(caught.value)
        assert caught.value.hint


class TestRecords:
    @pytest.mark.parametrize(
        ("record", "where"),
        [
            ({"nmae": "x"}, "record 1, nmae"),
            ({"config": ["C"]}, "record 1, config"),
            ({"config": {"a": {"b": [object()]}}}, "record 1, config['a']['b'][0]"),
            ({"summary": 0.9}, "record 1, summary"),
            ({"status": "done"}, "record 1, status"),
            ({"started": "noon"}, "record 1, started"),
            ({"ended": NAN}, "record 1, ended"),
            ({"id": "../x"}, "record 1, id"),
            ({"id": ""}, "record 1, id"),
            ({"id": "first"}, "record 1, id"),
            ({"name": ["a"]}, "record 1, name"),
            ({"tags": "x"}, "record 1, tags"),
            ({"artifacts": {"a": "/not/there"}}, "record 1, artifacts['a']"),
            ({"provenance": {"comit": "x"}}, "record 1, provenance['comit']"),
            ({"provenance": {"datasets": [{"nmae": "x"}]}}, "record 1, provenance"),
            (7, "record 1"),
            (None, "record 1"),
        ],
    )
    def test_that_are_wrong_are_named_with_what_would_be_right(self, record: Any, where: str) -> None:
        with pytest.raises(UsageError) as caught:
            MemorySource([{"id": "first"}, record])
        assert caught.value.where == where
        assert caught.value.hint

    @pytest.mark.parametrize("records", ["runs/", {"name": "x"}, b"x"])
    def test_must_be_a_list(self, records: Any) -> None:
        with pytest.raises(UsageError, match="not a list"):
            MemorySource(records)

    def test_have_the_same_ids_and_digests_each_time(self) -> None:
        same: dict[str, Any] = {"name": "a"}
        records = [{**same, "config": {"C": 1}}, {**same, "config": {"C": 2}}, same, same]
        first, again = (refs_of(MemorySource(records))[0] for _ in range(2))
        assert first == again
        assert len({ref.id for ref in first}) == 4

    def test_keep_their_id_when_another_is_added_before_them(self) -> None:
        one_id = refs_of(MemorySource([{"name": "a"}]))[0][0].id
        assert one_id in {ref.id for ref in refs_of(MemorySource([{"name": "b"}, {"name": "a"}]))[0]}

    def test_take_numpys_numbers_as_pythons(self) -> None:
        config = {
            "C": np.float64(0.5),
            "n": np.int32(3),
            "b": np.bool_(True),
            "a": np.arange(2),
            "d": {"x": np.int64(1)},
        }
        run = one({"config": config, "summary": {"acc": np.float32(0.5)}})
        assert run.config == {"C": 0.5, "n": 3, "b": True, "a": [0, 1], "d": {"x": 1}}
        assert {type(run.config["C"]), type(run.summary["acc"])} == {float}
        assert type(run.config["n"]) is int

    def test_take_paths_and_dates_as_text(self) -> None:
        run = one({"config": {"data": Path("a/b"), "day": datetime.date(2026, 1, 2)}, "tags": {"n": 1}})
        assert run.config == {"data": "a/b", "day": "2026-01-02"}
        assert run.tags == {"n": "1"}

    def test_take_times_in_any_form(self) -> None:
        moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
        forms = [moment, moment.timestamp(), np.float64(moment.timestamp()), moment.isoformat(), "2026-01-02T03:04:05Z"]
        assert {one({"started": form}).started for form in forms} == {moment.timestamp()}

    def test_are_finished_unless_they_say_otherwise(self) -> None:
        statuses = [one(r).status for r in ({}, {"status": "FAILED"}, {"status": Status.RUNNING}, {"status": None})]
        assert statuses == [Status.FINISHED, Status.FAILED, Status.RUNNING, Status.FINISHED]

    def test_are_not_changed_by_reading_nor_by_their_owner_afterwards(self) -> None:
        config = {"a": [1]}
        source = MemorySource([{"id": "r", "config": config}])
        config["a"].append(2)
        assert source.read("r").run.config == {"a": [1]}

    def test_can_be_what_the_command_line_prints(self) -> None:
        printed = {
            "id": "r",
            "name": "r",
            "source": "runs/",
            "status": "finished",
            "config": {},
            "summary": {"acc": 0.5},
        }
        run = one({**printed, "tags": {}, "started": None, "ended": None})
        assert run.provenance.extra == {"source": "runs/"}
        assert run.source == "memory:"

    def test_may_say_where_they_come_from(self, tmp_path: Path) -> None:
        run = one({"provenance": {"git_commit": "c0ffee", "seed": 3, "datasets": [{"name": "mnist", "digest": "d"}]}})
        assert (run.provenance.git_commit, run.provenance.seed, run.provenance.datasets[0].name) == (
            "c0ffee",
            3,
            "mnist",
        )
        assert one({"provenance": Provenance(user="ada")}).provenance.user == "ada"

    def test_with_artifacts_give_the_files(self, tmp_path: Path) -> None:
        (tmp_path / "roc.txt").write_text("x")
        source = MemorySource([{"id": "r", "artifacts": {"plots/roc.txt": tmp_path / "roc.txt"}}])
        assert source.artifact("r", "plots/roc.txt") == tmp_path / "roc.txt"
        (tmp_path / "roc.txt").unlink()
        for path in ("plots/roc.txt", "roc.txt", "../roc.txt"):
            with pytest.raises(ArtifactError):
                source.artifact("r", path)

    def test_that_are_none_are_an_empty_source(self) -> None:
        source = MemorySource([])
        assert refs_of(source) == ([], [])
        with pytest.raises(SourceNotFoundError):
            source.read("r")
