"""Drift is told from noise by tests that others wrote, sorted by how much it is, and answered by written rules."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def customers(rows: int, seed: int, *, older: float = 0.0, plans: str = "abc") -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": draw.normal(40 + older, 8, rows),
            "income": draw.lognormal(3, 1, rows),
            "plan": draw.choice(list(plans), rows),
            "score": draw.beta(2, 5, rows),
        }
    )


TRAIN = customers(2_000, 1)
reference = pytest.importorskip("statsmodels.stats.multitest")


def features(panel: pr.Panel) -> Any:
    data = panel.data
    return data[data["part"].isin(["drift", "noise"])].set_index("text")


def test_the_tests_are_scipys_and_corrected_together_by_holms_method() -> None:
    batch = customers(600, 2, older=2)
    found = features(pr.drift(TRAIN, batch))
    asked = {name: stats.ks_2samp(TRAIN[name], batch[name]) for name in ("age", "income", "score")}
    counts = [[int((frame["plan"] == plan).sum()) for plan in "abc"] for frame in (TRAIN, batch)]
    chi: Any = stats.chi2_contingency(counts, correction=False)
    raw = [asked["age"].pvalue, asked["income"].pvalue, asked["score"].pvalue, chi.pvalue]
    corrected = reference.multipletests(raw, method="holm")[1]
    for name, p in zip(("age", "income", "score", "plan"), corrected, strict=True):
        assert found.loc[name, "p"] == pytest.approx(p)
    assert found.loc["age", "statistic"] == pytest.approx(asked["age"].statistic)
    assert found.loc["plan", "statistic"] == pytest.approx(chi.statistic)
    assert found.loc["age", "part"] == "drift"
    assert set(found.index[1:]) == {"income", "plan", "score"}, "the others are noise, and come after"


def test_the_index_and_the_mean_shift_are_those_worked_by_hand() -> None:
    one = pd.DataFrame({"plan": ["a"] * 200_000 + ["b"] * 300_000 + ["c"] * 500_000})
    two = pd.DataFrame({"plan": ["a"] * 300_000 + ["b"] * 300_000 + ["c"] * 400_000})
    index = 0.1 * math.log(0.3 / 0.2) + (-0.1) * math.log(0.4 / 0.5)
    assert features(pr.drift(one, two)).loc["plan", "x"] == pytest.approx(index, abs=1e-5)
    batch = customers(600, 2, older=4)
    row = features(pr.drift(TRAIN, batch)).loc["age"]
    sd = TRAIN["age"].std()
    assert row["mean_shift"] == pytest.approx((batch["age"].mean() - TRAIN["age"].mean()) / sd)
    welch = stats.ttest_ind(batch["age"], TRAIN["age"], equal_var=False).confidence_interval(0.95)
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((welch.low / sd, welch.high / sd), rel=0.01)


def test_without_drift_a_whole_panel_alarms_in_at_most_one_of_twenty() -> None:
    alarms = sum(
        "drift" in set(pr.drift(TRAIN, customers(200, seed), plots=False).data["part"]) for seed in range(100, 250)
    )
    assert alarms / 150 <= 0.05 + 0.036


def test_the_rules_say_what_to_do() -> None:
    assert pr.drift(TRAIN, customers(600, 2)).actions == ()
    older = pr.drift(TRAIN, customers(600, 2, older=4)).actions
    assert older[0].startswith("investigate feature age: moderate drift, stability index 0.")
    assert not any(action.startswith("retrain") for action in older)
    much = pr.drift(TRAIN, customers(600, 2, older=20)).actions
    assert much[0] == "retrain: 1 of 4 features show major drift"
    worse = customers(600, 2).assign(score=lambda frame: frame["score"] + 0.1)
    predicted = pr.drift(TRAIN, worse, predictions="score").actions
    assert predicted[0] == "retrain: the predictions show major drift"
    assert predicted[1].startswith("investigate the predictions")


def test_unseen_and_missing_values_are_named_with_their_share() -> None:
    batch = customers(600, 2, plans="abcd")
    batch.loc[:59, "income"] = math.nan
    panel = pr.drift(TRAIN, batch)
    share = (batch["plan"] == "d").mean()
    assert f"investigate feature plan: 1 unseen value in {share:.1%} of the batch ('d')" in panel.actions
    assert "investigate feature income: missing values went from 0.0% to 10.0%" in panel.actions
    found = features(panel).loc["income"]
    expected = stats.chi2_contingency([[0, 2000], [60, 540]], correction=False).pvalue
    assert found["p_missing"] == pytest.approx(5 * expected, rel=4), "corrected for the five tests, not more"
    assert found["severity"] == "moderate"


def test_with_many_rows_what_is_told_apart_may_still_be_small() -> None:
    panel = pr.drift(customers(60_000, 1), customers(60_000, 2, older=0.4), plots=False)
    row = features(panel).loc["age"]
    assert (row["part"], row["severity"]) == ("drift", "minor")
    assert panel.actions == ()


def test_columns_that_are_gone_come_first_and_new_ones_are_said() -> None:
    batch = customers(600, 2).drop(columns="age").assign(income=math.nan, extra=1)
    panel = pr.drift(TRAIN, batch)
    assert list(features(panel).index[:2]) == ["age", "income"]
    assert panel.actions[:2] == (
        "investigate feature age: the batch has no such column",
        "investigate feature income: every value is missing",
    )
    assert "1 column not in the baseline (extra)" in panel.text()
    assert "no column" in panel.html()


def test_mixed_types_are_read_as_the_baseline_has_them() -> None:
    batch = customers(600, 2).astype(object)
    batch.loc[:99, "age"] = "unknown"
    odd = pd.Series([[1], (2,), {"a": 1}, None] * 500, dtype=object)
    panel = pr.drift(TRAIN.assign(code=1, odd=odd), batch.assign(code="1", odd="[1]"))
    assert "100 values of age not a number, taken as missing" in panel.text()
    assert features(panel).loc["code", "part"] == "noise"
    assert features(panel).loc["odd", "test"] == "chi-squared"


def test_codes_are_categories_where_the_author_says_so() -> None:
    one, two = (pd.DataFrame({"code": [1, 2, 3, 4] * n}) for n in (100, 50))
    two.loc[:40, "code"] = 9
    numbers, codes = pr.drift(one, two), pr.drift(one, two, categories="code")
    assert features(numbers).loc["code", "test"] == "Kolmogorov-Smirnov"
    assert features(codes).loc["code", "unseen"] == 1


def test_the_plots_hold_the_shares_of_both() -> None:
    data = pr.drift(TRAIN, customers(600, 2, older=20, plans="abcdefghij")).data
    plan = data[(data["part"] == "feature 0") & (data["group"] == "batch")]
    assert plan["y"].iloc[-1] == "all others"
    assert plan["x"].sum() == pytest.approx(1)
    age = data[(data["part"] == "feature 1") & (data["group"] == "baseline")]
    assert age["y"].iloc[:-1].sum() == pytest.approx(0.99, abs=0.02)


@pytest.mark.parametrize(
    ("baseline", "batch", "why"),
    [
        (TRAIN, TRAIN.iloc[:0], "the batch has no rows"),
        (TRAIN.iloc[:0], TRAIN, "the baseline has no rows"),
        (TRAIN[[]], TRAIN[[]], "0 of 0 columns drifted"),
        (TRAIN.assign(age=math.nan)[["age"]], TRAIN, "1 column without a value to compare"),
        (TRAIN.assign(age=5.0)[["age"]], TRAIN.assign(age=5.0)[["age"]], "0 of 1 column drifted"),
        (pd.DataFrame({"when": [pd.Timestamp("2026-01-01")]}), TRAIN, "1 column of times left out"),
        (TRAIN, TRAIN.assign(age=math.inf), "1 of 4 columns drifted"),
    ],
)
def test_data_that_say_nothing_are_said_to(baseline: pd.DataFrame, batch: pd.DataFrame, why: str) -> None:
    panel = pr.drift(baseline, batch)
    assert why in panel.fact.disclosure.text
    panel.svg()
    panel.latex()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"features": ["agee"]}, "did you mean 'age'"),
        ({"features": 3}, "features is 3"),
        ({"predictions": "y"}, "no column 'y'"),
        ({"categories": ["x"]}, "no column 'x'"),
        ({"level": 95}, "not between 0 and 1"),
        ({"plots": "no"}, "plots is 'no'"),
        ({"title": 3}, "title is 3"),
    ],
)
def test_what_is_not_understood_is_said(arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        pr.drift(TRAIN, TRAIN, **arguments)


def test_files_of_the_project_are_read_and_others_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "project"
    inside.mkdir()
    monkeypatch.chdir(inside)
    TRAIN.to_parquet("train.parquet")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "torn.parquet").write_bytes(b"PAR1")
    (inside / "notes.txt").write_text("a")
    batch = customers(600, 2, older=9)
    assert pr.drift("train.parquet", batch).fact.frame == pr.drift(TRAIN, batch).fact.frame
    for path, why in (
        ("link.csv", "leads out"),
        ("../secret.csv", "leads out"),
        ("torn.parquet", "cannot be read"),
        ("notes.txt", "no file of data"),
    ):
        with pytest.raises(UsageError, match=why):
            pr.drift("train.parquet", path)


def test_names_and_values_are_texts_on_every_face() -> None:
    name, value = "<img src=x>$x$", "<b>\n\ud800"
    batch = pd.DataFrame({name: pd.Series([value] * 99, dtype=object)})
    panel = pr.drift(pd.DataFrame({name: ["a", "b"] * 99}), batch, title="<i>")
    faces = panel.html() + panel.svg()
    assert not any(each in faces for each in ("<img", "<b>", "<i>"))
    assert r"\$x\$" in panel.latex()
    panel.bundle()
