"""A profile counts what pandas counts, finds rows that leaked however they were written, and says what to do."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pressrun as pr
from pressrun.errors import UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project


def digits(rows: int, seed: int, classes: str = "abc") -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "ink": draw.normal(5, 2, rows),
            "pen": draw.choice(["x", "y"], rows),
            "label": draw.choice(list(classes), rows),
        }
    )


TRAIN, TEST = digits(200, 1), digits(80, 2)


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_statistics_of_a_column_are_pandas() -> None:
    frame = TRAIN.copy()
    frame.loc[:49, "ink"] = math.nan
    row = part(pr.dataset(frame), "missing").set_index("text").loc["ink"]
    assert (row["x"], row["n"], row["distinct"]) == (0.25, 150, frame["ink"].nunique())
    assert row["mean"] == pytest.approx(frame["ink"].mean())
    assert row["deviation"] == pytest.approx(frame["ink"].std())
    assert (row["low"], row["high"]) == (frame["ink"].min(), frame["ink"].max())
    pen = part(pr.dataset(frame), "missing").set_index("text").loc["pen"]
    assert pen["common"] == frame["pen"].mode()[0]


def test_rows_that_two_splits_share_are_leakage() -> None:
    panel = pr.dataset({"train": TRAIN, "test": pd.concat([TEST, TRAIN.head(4)])})
    assert panel.findings == ("leakage: 4 rows of test (4.8%) are in train too; keep each in one of them",)
    shared = part(panel, "common").set_index(["y", "x"])["n"]
    assert shared["of test", "in train"] == 4
    assert shared["of train", "in test"] == 4
    assert shared["of train", "in train"] == 0


def test_rows_are_the_same_however_a_file_wrote_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"count": [1, 2, 3], "share": [0.1, -0.0, math.nan], "word": ["a", None, "c"]})
    frame.to_csv("frame.csv", index=False)
    other = frame.astype({"count": float, "word": "category"})[["word", "share", "count"]].iloc[::-1]
    panel = pr.dataset({"a": frame, "b": "frame.csv", "c": other.replace({"share": {0.0: 0}})})
    assert set(part(panel, "common").query("y != x")["n"]) == {3, 0}
    assert sum("leakage: 3 rows" in finding for finding in panel.findings) == 3


def test_duplicates_are_counted_as_pandas_counts_them() -> None:
    frame = pd.DataFrame({"a": [1, 1, 1, 2, math.nan, math.nan], "b": list("xxyzzz")})
    panel = pr.dataset(frame)
    assert part(panel, "missing").shape[0] == 2
    twice = int(frame.duplicated().sum())
    assert twice == 2
    assert panel.findings[0].startswith(f"duplicates: {twice} rows of data (33.3%) repeat an earlier one")


def test_classes_that_are_rare_lacking_or_alone_are_named() -> None:
    rare = pd.concat([digits(300, 1, "ab"), digits(5, 3, "c")])
    assert pr.dataset(rare, target="label").findings[-1].startswith("classes: c is less than a tenth as frequent")
    lacking = pr.dataset({"train": TRAIN, "test": digits(80, 2, "ab")}, target="label").findings
    assert lacking == ("classes: test lacks c; split the data by class",)
    alone = pr.dataset(digits(50, 1, "a"), target="label").findings
    assert "classes: a is the only one; nothing can be told apart" in alone
    shares = part(pr.dataset(TRAIN, target="label"), "class").set_index("y")["x"]
    assert shares.to_dict() == pytest.approx(TRAIN["label"].value_counts(normalize=True).to_dict())


def test_columns_that_say_nothing_or_little_are_named() -> None:
    frame = TRAIN.assign(constant=1, void=math.nan, sparse=[1.0, math.nan, 2.0, math.nan] * 50)
    findings = pr.dataset({"train": frame, "test": frame.iloc[:0].drop(columns="pen")}).findings
    assert "column pen is not in test" in findings
    assert "column constant does not vary; it says nothing" in findings
    assert "column void is missing in 100.0% of train" in findings
    assert "column sparse is missing in 50.0% of train" in findings


def test_clean_data_have_no_findings() -> None:
    panel = pr.dataset({"train": TRAIN, "test": TEST}, target="label")
    assert panel.findings == ()
    assert "nothing is wrong by the rules" in panel.fact.view["alt"]
    assert "train: 200 rows; test: 80 rows; 3 columns" in panel.text()
    assert "matched" not in panel.text()


def used(name: str, *datasets: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "provenance": {"datasets": list(datasets)}}


def test_the_versions_that_runs_used_are_listed_with_their_runs() -> None:
    old = {"name": "digits", "version": "1", "digest": "sha256:" + "a" * 64}
    new = {"name": "digits", "version": "2", "digest": "sha256:" + "b" * 64}
    runs = pr.runs([used("one", new), used("two", new), used("three", old), {"name": "none"}])
    panel = pr.dataset(runs, title="Data")
    assert [(row["version"], row["x"]) for _, row in part(panel, "used").iterrows()] == [("2", 2), ("1", 1)]
    text = panel.text()
    assert "matched 4; shown 3; excluded 1 (1 naming no data set)" in text
    assert "runs used different versions of digits" in text
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()


def test_data_that_a_run_recorded_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    TRAIN.to_csv("train.csv", index=False)
    with pr.start_run("svm", folder=tmp_path / "runs", resources=False) as run:
        recorded = run.use_data("digits", version="3", path="train.csv")
    panel = pr.dataset(pr.runs(str(tmp_path / "runs")))
    assert list(part(panel, "used")["digest"]) == [recorded.digest]


def test_a_profile_of_data_is_not_made_again_from_runs() -> None:
    with pytest.raises(UsageError, match="does not say how it was made"):
        Call.of(pr.dataset(TRAIN).fact_json())


@pytest.mark.parametrize(
    "data", [pd.DataFrame(), TRAIN.iloc[:0], TRAIN.assign(ink=math.inf), TRAIN.assign(ink=math.nan), pr.runs([])]
)
def test_data_that_say_nothing_give_a_panel_all_the_same(data: Any) -> None:
    panel = pr.dataset(data)
    panel.svg()
    panel.latex()
    panel.bundle()


def test_mixed_and_nested_values_and_mischievous_names_are_texts() -> None:
    odd = pd.Series([[1], {"a": 1}, 3, None, "x"], dtype=object)
    panel = pr.dataset({"<b>": pd.DataFrame({"$x$<i>": odd}), "other": pd.DataFrame({"$x$<i>": odd})})
    assert "leakage: 5 rows" in panel.findings[0]
    assert not any(each in panel.html() + panel.svg() for each in ("<b>", "<i>"))
    assert r"\$x\$" in panel.latex()


@pytest.mark.parametrize(
    ("data", "arguments", "why"),
    [
        (TRAIN, {"target": "labl"}, "did you mean 'label'"),
        (TRAIN, {"title": 3}, "title is 3"),
        ({}, {}, "not one to 6 splits"),
        ({1: TRAIN}, {}, "not one to 6 splits"),
        ({str(n): TRAIN for n in range(7)}, {}, "not one to 6 splits"),
        ({"train": 3}, {}, "neither a frame nor a file"),
        (3, {}, "neither a frame nor a file"),
        ("nothing.csv", {}, "no such file"),
        (pr.runs([]), {"target": "label"}, "runs have no target"),
    ],
)
def test_what_is_not_understood_is_said(data: Any, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        pr.dataset(data, **arguments)
