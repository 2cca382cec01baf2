"""Groups: natural order, labels that tell groups apart, and seeds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.errors import RunNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.runs.grouping import Groups


@pytest.fixture(autouse=True)
def _in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def grouped(values: list[Any], *fields: str) -> Groups:
    return pr.runs([{"config": {"x": value, "seed": n}} for n, value in enumerate(values)]).group_by(*fields)


def test_one_field_labels_by_its_value_and_numbers_stand_in_their_order() -> None:
    assert list(grouped([1000, 30, 300, 30], "config.x")) == ["30", "300", "1000"]


def test_texts_with_numbers_in_them_stand_in_the_order_of_those_numbers() -> None:
    assert list(grouped(["n10", "n9", "n100"], "config.x")) == ["n9", "n10", "n100"]


def test_several_fields_make_one_label_and_answer_to_their_values() -> None:
    rows = [{"config": {"model": m, "n": n}} for m in ("svm", "logreg") for n in (300, 30)]
    groups = pr.runs(rows).group_by("config.model", "config.n")
    assert list(groups) == ["logreg · 30", "logreg · 300", "svm · 30", "svm · 300"]
    assert groups["svm · 300"].label == "svm · 300"
    assert groups[("svm", 300)] == groups["svm · 300"]


def test_runs_without_the_entry_are_a_group_of_their_own_and_stand_last() -> None:
    groups = pr.runs([{"config": {}}, {"config": {"x": 2}}, {"config": {"x": None}}]).group_by("config.x")
    assert list(groups) == ["2", "(none)"]
    assert len(groups["(none)"]) == 2


def test_ten_and_ten_point_nought_are_one_group() -> None:
    assert [len(g) for g in grouped([10, 10.0], "config.x").values()] == [2]


def test_true_and_one_are_two_groups() -> None:
    assert list(grouped([True, 1], "config.x")) == ["True", "1"]


def test_a_number_and_the_same_text_are_two_groups_with_two_labels() -> None:
    assert list(grouped([10, "10"], "config.x")) == ["10", '"10"']


def test_nan_is_one_group() -> None:
    assert list(grouped([math.nan, 1.0, math.nan], "config.x")) == ["1", "nan"]


def test_huge_numbers_and_lists_do_not_break_the_order() -> None:
    groups = grouped([10**400, [1, 2], {"a": 1}, math.inf, -math.inf, 0], "config.x")
    assert len(groups) == 6
    assert list(groups)[:2] == ["-inf", "0"]


def test_no_fields_pool_the_seeds_and_nothing_else() -> None:
    rows = [{"config": {"model": m, "C": c, "same": 1, "seed": s}} for m in "ab" for c in (1, 2) for s in (1, 2, 3)]
    groups = pr.runs(rows).group_by()
    assert groups.fields == ("config.model", "config.C")
    assert list(groups) == ["a · 1", "a · 2", "b · 1", "b · 2"]
    assert groups.seeds["a · 1"] == (1, 2, 3)
    assert groups.balanced


@pytest.mark.parametrize("key", ["seed", "random_state", "random_seed"])
def test_every_name_of_a_seed_is_pooled(key: str) -> None:
    groups = pr.runs([{"config": {key: s}} for s in (1, 2)]).group_by()
    assert list(groups) == ["all runs"]
    assert groups.seeds == {"all runs": (1, 2)}


def test_a_seed_deeper_in_the_config_is_pooled_where_it_is_the_only_one() -> None:
    nested = pr.runs([{"config": {"train": {"seed": s, "lr": 1}}} for s in (1, 2)])
    assert nested.group_by().seeds == {"all runs": (1, 2)}
    dotted = pr.runs([{"config": {"train.seed": s}} for s in (1, 2)])
    assert dotted.group_by().seeds == {"all runs": (1, 2)}


def test_seeds_that_differ_between_groups_are_unbalanced() -> None:
    groups = pr.runs([{"config": {"m": m, "seed": s}} for m, s in (("a", 1), ("a", 2), ("b", 1))]).group_by("config.m")
    assert not groups.balanced


def test_a_seed_written_as_text_is_the_same_seed() -> None:
    assert pr.runs([{"config": {"seed": "3"}}, {"config": {"seed": 3}}]).group_by().seeds == {"all runs": (3,)}


def test_a_wrong_group_names_those_there_are() -> None:
    with pytest.raises(RunNotFoundError, match="svm"):
        grouped(["svm", "logreg"], "config.x")["smv"]
    assert grouped(["svm"], "config.x").get("other") is None
    assert "other" not in grouped(["svm"], "config.x")


def test_the_summary_of_groups_has_intervals_and_n() -> None:
    rows = [{"config": {"m": m}, "summary": {"acc": v}} for m, v in (("a", 1.0), ("a", 2.0), ("a", 3.0), ("b", 5.0))]
    frame = pr.runs(rows).group_by("config.m").summary("acc").set_index("group")
    assert frame.loc["a", "mean"] == 2.0
    assert frame.loc["a", "low"] == pytest.approx(2 - 4.302652729911275 / math.sqrt(3))
    assert frame.loc["b", "n"] == 1
    assert math.isnan(float(frame["low"]["b"]))


def test_groups_of_no_runs_are_no_groups() -> None:
    assert len(pr.runs([]).group_by("config.x")) == 0
    assert list(pr.runs([]).group_by()) == []
