"""What deserves a look is found, explained by the terms that a statistic gave, and noise, seasons and gaps are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.anomalies import by_attention, by_z_score, scores, simulate

import pressrun as pr
from pressrun.errors import UsageError
from pressrun.statistics.attention import attention as judge

if TYPE_CHECKING:
    from pathlib import Path

DAYS = pd.date_range("2026-01-01", periods=90, freq="D", tz="UTC")


def watched(**segments: float) -> pd.DataFrame:
    """Make a table of requests: each segment a noisy level, as large as its level."""
    draw = np.random.default_rng(4)
    return pd.DataFrame(
        [
            {"time": day, "segment": name, "value": level * (1 + 0.05 * draw.normal()), "size": level}
            for name, level in segments.items()
            for day in DAYS
        ]
    )


def change(frame: pd.DataFrame, segment: str, days: int, factor: float) -> pd.DataFrame:
    """Change the last days of a segment."""
    changed = frame.copy()
    changed.loc[(frame["segment"] == segment) & frame["time"].isin(DAYS[-days:]), "value"] *= factor
    return changed


def ranked(panel: pr.Panel) -> Any:
    data = panel.data
    return data[data["part"] == "score"]


def test_the_score_is_the_product_of_the_terms_that_are_shown() -> None:
    frame = change(watched(de=500, fr=300, at=100), "fr", 1, 2)
    panel = pr.attention(frame)
    row = ranked(panel).iloc[0]
    values = np.stack([frame[frame["segment"] == s]["value"].to_numpy() for s in ("at", "de", "fr")])
    shares = np.repeat(np.array([[100], [500], [300]]) / 900, 90, axis=1)
    expected = judge(values, shares)
    assert (row["segment"], row["group"], row["n"]) == ("fr", "above expectation", 90)
    for name in ("deviation", "persistence", "size", "expected", "error"):
        assert row[name] == pytest.approx(getattr(expected, name)[2])
    strength = max(abs(row["deviation"]), abs(row["persistence"]))
    assert row["x"] == pytest.approx((strength - stats.norm.ppf(1 - (1 - 0.95 ** (1 / 6)) / 2)) * row["size"])
    assert "the last value is far above" in panel.text()


def test_what_stays_slightly_low_is_found_and_said() -> None:
    panel = pr.attention(change(watched(de=500, fr=300, at=100), "at", 14, 0.93))
    assert list(ranked(panel)["segment"]) == ["at"]
    assert "below for long" in panel.html()


def test_noise_and_a_weekly_season_are_no_reason_to_look() -> None:
    frame = watched(de=500, fr=300, at=100, us=50)
    frame.loc[frame["time"].dt.day_of_week >= 5, "value"] *= 2
    panel = pr.attention(frame)
    assert len(ranked(panel)) == 0
    assert "4 series over 90 times; 4 judged, 0 beyond the floor" in panel.text()
    assert "nothing to show" in panel.svg()
    assert "none of 4" in panel.fact.view["alt"]


def test_rows_that_stop_coming_are_unknown_unless_they_mean_zero() -> None:
    frame = watched(de=500, fr=300, at=100)
    gone = frame[~((frame["segment"] == "fr") & frame["time"].isin(DAYS[-2:]))]
    unknown = pr.attention(gone)
    assert len(ranked(unknown)) == 0
    assert "1 without a value at the last time cannot be judged" in unknown.text()
    row = ranked(pr.attention(gone, absent="zero")).iloc[0]
    assert (row["segment"], row["value"], row["group"]) == ("fr", 0, "below expectation")
    assert row["size"] > 0.25, "its share of all is that of the window, not of today"


def test_the_larger_of_two_segments_that_changed_alike_comes_first() -> None:
    frame = change(change(watched(small=20, large=400, other=500), "small", 1, 2), "large", 1, 2)
    assert list(ranked(pr.attention(frame))["segment"]) == ["large", "small"]


def test_several_metrics_each_have_their_own_whole() -> None:
    errors = watched(de=500, fr=500).assign(metric="errors")
    latency = watched(de=3, fr=1).assign(metric="latency")
    panel = pr.attention(pd.concat([change(errors, "de", 1, 3), change(latency, "de", 1, 3)]))
    sizes = ranked(panel).set_index("metric")["size"]
    assert sizes["errors"] == pytest.approx(0.5)
    assert sizes["latency"] == pytest.approx(0.75)


def test_the_plots_show_the_values_and_the_band_that_noise_leaves() -> None:
    panel = pr.attention(change(watched(de=500, fr=300), "fr", 1, 2))
    data = panel.data
    values = data[data["part"] == "value 0"]
    band = data[data["part"] == "expected 0"]
    assert values["x"].iloc[-1] == DAYS[-1].timestamp()
    inside = (values["y"].to_numpy() > band["y_low"].to_numpy()) & (values["y"].to_numpy() < band["y_high"].to_numpy())
    assert not inside[-1]
    assert inside[:-1].mean() > 0.9


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_anomalies_are_found_where_a_z_score_finds_seasons(seed: int) -> None:
    simulated = simulate(seed, series=1_000, planted=30)
    ours = scores(by_attention(simulated, top=30), simulated)
    peer = scores(by_z_score(simulated, top=30), simulated)
    assert ours["precision"] >= 0.85
    assert ours["recall"] >= max(0.7, peer["recall"] + 0.1)
    assert ours["recall of: slow drift"] >= 0.9
    assert ours["only seasonal"] <= 0.05


def test_names_are_texts_on_every_face() -> None:
    name = "<script>$x$ & 🦄"
    panel = pr.attention(change(watched(**{name: 500, "fr": 300}), name, 1, 3), title="T<b>")
    assert "<script>" not in panel.html() + panel.svg()
    assert r"\$x\$" in panel.latex()
    assert "matched" not in panel.text(), "it is of data, not of runs"


def test_a_file_of_the_project_is_data_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = change(watched(de=500, fr=300), "fr", 1, 2)
    frame.to_parquet("watched.parquet")
    frame.to_csv("watched.csv", index=False)
    frames = [pr.attention(each).fact.frame for each in (frame, "watched.parquet", "watched.csv")]
    assert frames[0] == frames[1]
    assert ranked(pr.attention("watched.csv"))["x"].iloc[0] == pytest.approx(ranked(pr.attention(frame))["x"].iloc[0])
    with pytest.raises(UsageError, match="no such file"):
        pr.attention("../watched.parquet/x.parquet")


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (watched(de=5).iloc[:0], "no data"),
        (watched(de=5).iloc[:20], "20 times are fewer than the 28"),
        (watched(de=5).assign(value=np.nan), "1 without a value at the last time"),
        (watched(de=5).assign(value="x"), "90 values of value not a number"),
        (watched(de=5).assign(time=pd.Series(pd.NaT, index=range(90))), "90 rows without a time"),
        (watched(de=5).assign(value=np.inf), "90 infinite values taken as missing"),
        (watched(de=5).assign(value=4.0), "0 beyond the floor"),
        (watched(de=5).assign(size=0), "1 with too little before"),
    ],
)
def test_data_that_say_nothing_give_an_empty_panel_that_says_why(frame: pd.DataFrame, why: str) -> None:
    panel = pr.attention(frame)
    assert len(ranked(panel)) == 0
    assert why in panel.fact.disclosure.text
    panel.svg()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"value": "valeu"}, "did you mean 'value'"),
        ({"time": "day"}, "no column 'day'"),
        ({"size": 3}, "no column 3"),
        ({"absent": "nan"}, "absent is 'nan'"),
        ({"period": 0}, "period is 0"),
        ({"window": 2.5}, "window is 2.5"),
        ({"plots": True}, "plots is True"),
        ({"top": 101}, "top is 101"),
        ({"time": "segment"}, "neither times nor numbers"),
        ({"title": 3}, "title is 3"),
    ],
)
def test_what_is_not_understood_is_said(arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        pr.attention(watched(de=5, fr=3), **arguments)


def test_tables_that_cannot_be_laid_out_are_refused() -> None:
    frame = watched(de=5, fr=3)
    with pytest.raises(UsageError, match="2 rows of the series have the same time"):
        pr.attention(frame.drop(columns="segment"))
    with pytest.raises(UsageError, match="not at equal distances"):
        pr.attention(frame.assign(time=frame["time"] + pd.to_timedelta(np.arange(len(frame)) % 7 * 5, unit="h")))
    with pytest.raises(UsageError, match="negative"):
        pr.attention(frame.assign(size=-1))
    with pytest.raises(UsageError, match="neither a frame nor a file"):
        pr.attention([1, 2])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="twice"):
        pr.attention(pd.concat([frame, frame["value"]], axis=1))


def test_months_are_at_equal_distances() -> None:
    months = pd.date_range("2020-01-01", periods=60, freq="MS")
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"time": months, "value": 10 + draw.normal(size=60)})
    frame.loc[59, "value"] = 30
    assert len(ranked(pr.attention(frame, period=12))) == 1


def test_a_wide_plot_has_a_row_of_its_own_above_those_side_by_side() -> None:
    frame = change(change(watched(de=500, fr=300, at=100), "fr", 1, 2), "de", 1, 2)
    figure = pr.attention(frame).figure(width=5.5)
    figure.draw_without_rendering()
    bars, first, second = (axes.get_window_extent() for axes in figure.get_axes())
    assert bars.x1 > second.x0 > first.x1, "the bars reach over both"
    assert bars.y0 > first.y1
    assert first.y0 == second.y0
