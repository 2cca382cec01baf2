"""A metric against the truth is watched without hindsight; alarms are marked, and what to do is said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import pressrun as pr
from pressrun.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

DAYS = pd.date_range("2026-01-01", periods=60)


def served(wrong_from: int = 60, rate: float = 0.6) -> pd.DataFrame:
    """Make predictions of three classes, a hundred a day, 90% right until something breaks."""
    draw = np.random.default_rng(2)
    day = np.repeat(np.arange(60), 100)
    truth = draw.integers(0, 3, len(day))
    right = draw.random(len(day)) < np.where(day < wrong_from, 0.9, rate)
    return pd.DataFrame({"time": DAYS[day], "truth": truth, "label": np.where(right, truth, (truth + 1) % 3)})


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_accuracy_is_the_share_that_is_right_on_each_day_with_its_n() -> None:
    data = served()
    shown = part(pr.monitor(data, predicted="label", truth="truth"), "value")
    expected = (data["label"] == data["truth"]).groupby(data["time"]).mean()
    assert shown["y"].to_numpy() == pytest.approx(expected.to_numpy())
    assert set(shown["n"]) == {100}
    assert shown["x"].iloc[0] == DAYS[0].timestamp()


def test_of_numbers_it_is_the_mean_absolute_error_and_less_is_better() -> None:
    draw = np.random.default_rng(0)
    truth = draw.normal(size=60)
    data = pd.DataFrame({"time": DAYS, "y": truth, "guess": truth + draw.normal(size=60)})
    data["guess"] += np.where(np.arange(60) == 59, 50, 0)
    panel = pr.monitor(data, predicted="guess", truth="y")
    assert part(panel, "value")["y"].to_numpy() == pytest.approx((data["guess"] - data["y"]).abs().to_numpy())
    assert "mean absolute error" in panel.html()
    assert panel.actions[0].startswith("investigate 01 Mar 2026: mean absolute error is")


def test_a_bad_day_is_investigated_and_a_bad_week_asks_for_training() -> None:
    assert pr.monitor(served(), predicted="label", truth="truth").actions == ()
    (once,) = pr.monitor(served(59), predicted="label", truth="truth").actions
    assert once.startswith("investigate 01 Mar 2026: accuracy is 0.")
    (lasting,) = pr.monitor(served(55), predicted="label", truth="truth").actions
    assert lasting.startswith("retrain: accuracy is 0.")
    assert lasting.endswith("since 25 Feb 2026 (5 times)")


def test_what_is_better_than_expected_is_no_alarm_unless_asked_for() -> None:
    data = served(59, 1.0).assign(label=lambda d: d["label"])
    data.loc[data["time"] < DAYS[59], "label"] = -1
    data = data[~((data["time"] < DAYS[59]) & (np.arange(len(data)) % 2 == 0))]
    assert len(part(pr.monitor(data, predicted="label", truth="truth"), "alarm")) == 0
    assert len(part(pr.monitor(data, predicted="label", truth="truth", better="both"), "alarm")) == 1


def test_the_future_does_not_change_what_was_said_of_the_past() -> None:
    whole = served(40)
    for method in ("rolling", "ewma"):
        then = pr.monitor(whole[whole["time"] <= DAYS[44]], predicted="label", truth="truth", method=method)
        now = pr.monitor(whole, predicted="label", truth="truth", method=method)
        for name in ("limits", "alarm"):
            before = part(now, name)[part(now, name)["x"] <= DAYS[44].timestamp()]
            assert before["y"].tolist() == part(then, name)["y"].tolist()


def test_predictions_whose_truth_is_not_known_yet_do_not_count() -> None:
    data = served().astype({"truth": float})
    data.loc[data["time"] >= DAYS[58], "truth"] = math.nan
    panel = pr.monitor(data, predicted="label", truth="truth")
    assert len(part(panel, "value")) == 58
    assert "200 of 6000 predictions without a known truth" in panel.text()


def test_times_are_averaged_by_day_and_week() -> None:
    hours = pd.DataFrame({"time": pd.date_range("2026-01-01", periods=24 * 28, freq="h"), "value": np.arange(24 * 28)})
    days = part(pr.monitor(hours, every="day"), "value")
    assert days["y"].tolist() == [11.5 + 24 * day for day in range(28)]
    assert len(part(pr.monitor(hours, every="week"), "value")) == 4


def test_the_projects_word_on_a_metric_decides_which_side_alarms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pressrun.toml").write_text('[metrics."churn"]\ndirection = "min"\nunit = "%"\ntitle = "Churn"\n')
    monkeypatch.chdir(tmp_path)
    data = pd.DataFrame({"time": DAYS, "churn": [*np.random.default_rng(0).normal(5, 1, 59), 20.0]})
    panel = pr.monitor(data, value="churn")
    assert len(part(panel, "alarm")) == 1
    assert panel.chart.plots[0].y.label == "Churn (%)"
    assert len(part(pr.monitor(data, value="churn", better="max", errors=5), "alarm")) == 0


def test_of_very_many_times_the_last_are_drawn() -> None:
    steps = pd.DataFrame({"time": np.arange(20_000), "value": np.random.default_rng(0).normal(size=20_000)})
    panel = pr.monitor(steps)
    assert len(part(panel, "value")) == 5_000
    assert "the last 5,000 of 20,000 times drawn" in panel.text()
    assert len(panel.grid.rows) == 40


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pd.DataFrame({"time": DAYS[:0], "value": []}), "no values"),
        (pd.DataFrame({"time": DAYS, "value": math.nan}), "60 rows of 60 do not count"),
        (pd.DataFrame({"time": DAYS, "value": "x"}), "60 values of value not a number"),
        (pd.DataFrame({"time": DAYS, "value": math.inf}), "60 infinite values left out"),
        (pd.DataFrame({"time": DAYS[:3], "value": 1.0}), "3 times with too few before"),
        (pd.DataFrame({"time": DAYS, "value": 1.0}), "0 alarms at 55 of 60 times"),
    ],
)
def test_data_that_say_nothing_are_said_to(data: pd.DataFrame, why: str) -> None:
    panel = pr.monitor(data)
    assert why in panel.fact.disclosure.text
    assert panel.actions == ()
    panel.svg()
    panel.latex()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"value": "acuracy"}, "no column 'acuracy'"),
        ({"predicted": "value"}, "go together"),
        ({"predicted": "value", "truth": "y"}, "no column 'y'"),
        ({"every": "month"}, "every is 'month'"),
        ({"better": "up"}, "better is 'up'"),
        ({"method": "magic"}, "method is 'magic'"),
        ({"window": 2}, "window is 2"),
        ({"errors": 0}, "errors is 0"),
        ({"errors": "3s"}, "the errors is"),
        ({"time": "value", "every": "day"}, "holds steps"),
    ],
)
def test_what_is_not_understood_is_said(arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        pr.monitor(pd.DataFrame({"time": DAYS, "value": 1.0}), **arguments)
