"""Timelines: every run where its clock puts it, what has no end left open, and how many ran at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pressrun as pr
from pressrun.errors import UsageError
from pressrun.panels.again import Call, again
from pressrun.panels.numerals import duration
from pressrun.project import Project

HOUR = 3600.0
START = 1.7e9


def runs_at(
    times: list[tuple[float | None, float | None]], *, status: dict[int, str] | None = None, **more: Any
) -> pr.RunSet:
    """Make one run a pair of hours after the start, of alternating models."""
    return pr.runs(
        [
            {
                "id": f"r{i:05}",
                "name": f"run {i}",
                "config": {"model": "ab"[i % 2]},
                "started": None if start is None else START + HOUR * start,
                "ended": None if end is None else START + HOUR * end,
                "status": (status or {}).get(i, "finished"),
                **more,
            }
            for i, (start, end) in enumerate(times)
        ]
    )


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_each_run_lies_from_its_start_to_its_end() -> None:
    panel = pr.timeline(runs_at([(0, 2), (1, 3)]), group="config.model")
    spans = part(panel, "ended").set_index("text")
    assert ((spans["x_low"] - START) / HOUR).tolist() == [0, 1]
    assert ((spans["x_high"] - START) / HOUR).tolist() == [2, 3]
    assert spans["group"].tolist() == ["a", "b"]
    assert spans["took"].tolist() == ["2 h 00 min", "2 h 00 min"]


def test_how_many_ran_at_once_is_that_of_an_independent_count() -> None:
    draws = np.random.default_rng(1).random((200, 2)) * [50, 5]
    panel = pr.timeline(runs_at([(a, a + b) for a, b in draws]))
    line = part(panel, "at once")
    for at, running in zip(line["x"], line["y"], strict=True):
        hour = (at - START) / HOUR + 1e-7
        assert running == sum(a <= hour < a + b for a, b in draws)
    most = max(line["y"])
    assert f"at most {most} at once" in panel.fact.view["alt"]
    # Runs that share a lane never overlap, and there are as many lanes as ran at once.
    spans = part(panel, "ended")
    assert len(set(spans["y"])) == most
    for _, lane in spans.sort_values("x_low").groupby("y"):
        assert (lane["x_low"].to_numpy()[1:] >= lane["x_high"].to_numpy()[:-1]).all()


def test_a_run_that_follows_another_does_not_run_beside_it() -> None:
    panel = pr.timeline(runs_at([(0, 1), (1, 2)]))
    assert max(part(panel, "at once")["y"]) == 1


def test_a_running_run_is_open_to_the_edge_and_counts_on() -> None:
    panel = pr.timeline(runs_at([(0, 2), (1, None)], status={1: "running"}))
    [edge] = part(panel, "open")["x_high"]
    assert edge > START + 2 * HOUR
    assert edge == panel.fact.view["chart"]["plots"][0]["x"]["range"][1]
    assert part(panel, "open")["took"].tolist() == ["not ended"]
    assert "1 shown run still running" in panel.fact.disclosure.text
    assert part(panel, "at once")["y"].tolist() == [1, 2, 1, 0]


def test_a_lost_end_is_not_made_up() -> None:
    history = {"loss": [(0, START + 0.5 * HOUR, 1.0), (1, START + 0.75 * HOUR, 0.5)]}
    panel = pr.timeline(runs_at([(0, None)], status={0: "killed"}, history=history))
    assert (part(panel, "open")["x_high"].tolist()[0] - START) / HOUR == pytest.approx(0.75)
    assert len(part(panel, "at once")) == 0
    assert "1 run without the time of their end" in panel.fact.disclosure.text
    assert "not ended" in panel.text()


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ((None, 1), "1 without the time of its start"),
        ((1e300, None), "1 without the time of its start"),
        ((2, 1), "1 whose end is before its start"),
    ],
)
def test_what_has_no_place_in_time_is_left_out_and_counted(times: tuple[float | None, float | None], said: str) -> None:
    panel = pr.timeline(runs_at([(0, 1), times]))
    assert len(part(panel, "ended")) == 1
    assert said in panel.fact.disclosure.text


def test_failed_runs_are_shown_as_such() -> None:
    panel = pr.timeline(runs_at([(0, 1), (0, 1), (0, 1)], status={1: "failed", 2: "killed"}))
    assert part(panel, "failed")["status"].tolist() == ["failed", "killed"]
    assert "1 shown run crashed; 1 shown run killed" in panel.fact.disclosure.text


def test_a_group_is_summed_over_runs_whose_end_is_known() -> None:
    panel = pr.timeline(runs_at([(0, 2), (0, 1), (1, None)], status={2: "running"}), group="config.model")
    row = next(row for row in panel.fact.view["table"]["rows"] if row["key"] == "a")
    _, first, last, total, longest, most, n, unfinished = row["cells"]
    assert [cell["number"] for cell in (first, last, total, longest)] == [START, START + 2 * HOUR, 2 * HOUR, 2 * HOUR]
    assert [cell["number"] for cell in (most, n, unfinished)] == [2, 2, 1]


def test_twenty_thousand_runs_are_drawn_and_more_are_a_sample() -> None:
    panel = pr.timeline(runs_at([(i / 7, i / 7 + 1.1) for i in range(20_500)]))
    assert len(part(panel, "ended")) == 20_000
    assert "20,000 of 20,500 points drawn" in panel.fact.disclosure.text
    assert len(panel.svg()) < 1_000_000


def test_no_runs_are_a_panel_that_says_so() -> None:
    panel = pr.timeline(pr.runs([]))
    assert "no runs matched" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()
    with pytest.raises(UsageError, match="title is"):
        pr.timeline(pr.runs([]), title=3)  # type: ignore[arg-type]


def test_its_faces_are_the_same_bytes_and_hold_no_markup_of_names() -> None:
    def make() -> Any:
        return pr.timeline(pr.runs([{"name": "<b> $x$", "config": {}, "started": START, "ended": START + 1}]))

    assert make().bundle() == make().bundle()
    assert "&lt;b&gt; $x$" in make().html()
    assert "<b>" not in make().svg()


def test_it_is_made_again_from_what_its_fact_says() -> None:
    runs = runs_at([(0, 2), (1, None)], status={1: "running"})
    panel = pr.timeline(runs, group="config.model", title="T")
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (1.2345, "1.23 s"), (59.96, "1 min 00 s"), (3599.6, "1 h 00 min"),
        (5640, "1 h 34 min"), (171_000, "47 h 30 min"), (172_800, "2 d 00 h"), (176_400, "2 d 01 h"),
    ],
)  # fmt: skip
def test_durations_are_written_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
