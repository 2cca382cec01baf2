"""Learning curves: the gap within each run, its interval over seeds, and what a gap of noise does not decide."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import pressrun as pr
from pressrun.errors import MetricNotFoundError, UsageError
from pressrun.panels.again import Call, again
from pressrun.project import Project
from pressrun.publish.evidence import cited_metrics

TRAIN, VALIDATION = "train/loss", "val/loss"


def runs_of(histories: dict[str, list[tuple[Any, Any]]], names: tuple[str, str] = (TRAIN, VALIDATION)) -> pr.RunSet:
    """Make one run a pair of histories, by model."""
    return pr.runs(
        [
            {
                "name": f"{model}-{seed}",
                "config": {"model": model, "seed": seed},
                "history": {name: history for name, history in zip(names, pair, strict=True) if history is not None},
            }
            for model, pairs in histories.items()
            for seed, pair in enumerate(pairs)
        ]
    )


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def drawn(n: int, gap: float, seed: int = 0) -> list[tuple[Any, Any]]:
    generator = np.random.default_rng(seed)
    train = [(1 / np.arange(1, 11) + generator.normal(0, 0.02, 10)).tolist() for _ in range(n)]
    return [
        (some, [value + gap + noise for value, noise in zip(some, generator.normal(0, 0.02, 10), strict=True)])
        for some in train
    ]


def test_the_gap_at_the_end_has_the_interval_of_paired_differences() -> None:
    pairs = drawn(6, 0.3)
    panel = pr.learning_curve(runs_of({"a": pairs}), TRAIN, VALIDATION, group="config.model")
    differences = [validation[-1] - train[-1] for train, validation in pairs]
    low, high = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    end = part(panel, "gap").iloc[-1]
    assert (end["y"], end["y_low"], end["y_high"], end["n"]) == pytest.approx((np.mean(differences), low, high, 6))
    cells = panel.fact.view["table"]["rows"][0]["cells"]
    assert (cells[4]["number"], cells[4]["low"], cells[4]["high"]) == pytest.approx((np.mean(differences), low, high))
    assert cells[5]["text"] == "worse"


def test_validation_is_compared_with_what_training_had_logged_by_then() -> None:
    train = [(0, None, 1.0), (2, None, 0.5), (9, None, 0.1)]
    validation = [(1, None, 2.0), (5, None, 2.0), (10, None, 2.0)]
    panel = pr.learning_curve(runs_of({"a": [(train, validation)]}), TRAIN, VALIDATION)
    gap = part(panel, "gap")
    assert gap["x"].tolist() == [1, 5, 10]
    assert gap["y"].tolist() == pytest.approx([1.0, 1.5, 1.9])


def test_the_gap_is_above_zero_where_validation_is_worse_whichever_way_is_better() -> None:
    names = ("train/acc", "val/acc")
    panel = pr.learning_curve(runs_of({"a": [([0.5, 0.9], [0.4, 0.6])]}, names), *names)
    assert part(panel, "gap")["y"].tolist() == pytest.approx([0.1, 0.3])


def test_noise_and_single_runs_decide_nothing() -> None:
    histories = {"noise": drawn(4, 0.0), "single": drawn(1, 0.5), "better": drawn(5, -0.3, seed=1)}
    panel = pr.learning_curve(runs_of(histories), TRAIN, VALIDATION, group="config.model")
    said = {row["key"]: row["cells"][5]["text"] for row in panel.fact.view["table"]["rows"]}
    assert said == {"noise": "unresolved", "single": "unresolved: one run", "better": "better"}
    assert "the intervals of 3 gaps are not corrected for being many" in panel.fact.disclosure.text


def test_without_a_difference_a_gap_is_called_one_at_most_as_often_as_its_level_says() -> None:
    generator = np.random.default_rng(5)
    histories = {f"m{i}": [([float(v)], [float(v + e)]) for v, e in generator.normal(0, 1, (5, 2))] for i in range(400)}
    panel = pr.learning_curve(runs_of(histories), TRAIN, VALIDATION, group="config.model")
    gaps = part(panel, "gap")
    wrong = ((gaps["y_low"] > 0) | (gaps["y_high"] < 0)).mean()
    assert len(gaps) == 200
    assert 0.01 <= wrong <= 0.09


def test_a_mean_covers_the_runs_that_have_the_step() -> None:
    runs = runs_of({"a": [([1.0, 0.5, 0.2], [1.0, 0.8, 0.9]), ([1.0, 0.4], [1.0, 0.6])]})
    panel = pr.learning_curve(runs, TRAIN, VALIDATION, group="config.model")
    assert part(panel, "validation")["n"].tolist() == [2, 2, 1]
    assert panel.fact.view["table"]["rows"][0]["cells"][1]["text"] == "1 to 2"
    assert "runs end at different steps" in panel.fact.disclosure.text


def test_what_has_no_gap_is_left_out_and_counted() -> None:
    nan = math.nan
    early = ([(5, None, 1.0)], [(1, None, 1.0)])
    pairs = [([1.0], [1.2]), ([1.0], None), (None, [1.0]), ([nan], [1.0]), ([1.0], [nan]), early]
    panel = pr.learning_curve(runs_of({"a": pairs}), TRAIN, VALIDATION)
    text = panel.fact.disclosure.text
    assert "matched 6; shown 1; excluded 5" in text
    for reason in (
        "1 no val/loss",
        "1 no train/loss",
        "1 non-finite train/loss",
        "1 non-finite val/loss",
        "1 without a val/loss after its first train/loss",
    ):
        assert reason in text


def test_of_many_lines_a_sample_is_drawn_and_all_count_in_the_table() -> None:
    panel = pr.learning_curve(runs_of({"a": drawn(300, 0.1)}), TRAIN, VALIDATION)
    assert part(panel, "gap")["group"].nunique() == 200
    assert "200 of 300 lines drawn, chosen at random" in panel.fact.disclosure.text
    assert "260 more lines in the data" in panel.text()
    assert panel.fact.disclosure.shown == 300


def test_long_lines_are_thinned_and_it_is_said() -> None:
    long = np.random.default_rng(0).normal(size=100_000).tolist()
    panel = pr.learning_curve(runs_of({"a": [(long, long)]}), TRAIN, VALIDATION)
    assert len(panel.data) <= 20_010
    assert "points, each stretch's highest and lowest" in panel.fact.disclosure.text


def test_both_histories_are_evidence() -> None:
    runs = runs_of({"a": drawn(2, 0.1)})
    facts = {"panels": [pr.learning_curve(runs, TRAIN, VALIDATION).fact_json()]}
    assert list(cited_metrics(facts).values()) == [{TRAIN, VALIDATION}] * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((TRAIN, "val/los"), "did you mean"),
        (("", VALIDATION), "train is empty"),
        ((TRAIN, TRAIN), "both"),
        ((3, VALIDATION), "train is 3"),
    ],
)
def test_what_is_not_understood_is_said(arguments: tuple[Any, Any], said: str) -> None:
    runs = runs_of({"a": drawn(2, 0.1)})
    with pytest.raises((MetricNotFoundError, UsageError)) as caught:
        pr.learning_curve(runs, *arguments)
    assert said in str(caught.value)
    for x in ("config.model", "wrong"):
        with pytest.raises(UsageError):
            pr.learning_curve(runs, TRAIN, VALIDATION, x=x)


def test_between_metrics_that_are_better_in_opposite_ways_there_is_no_gap() -> None:
    names = (TRAIN, "val/acc")
    with pytest.raises(UsageError, match="is better lower, val/acc is better higher"):
        pr.learning_curve(runs_of({"a": drawn(2, 0.1)}, names), *names)


def test_no_runs_are_a_panel_that_says_so() -> None:
    panel = pr.learning_curve(pr.runs([]), TRAIN, VALIDATION)
    assert "no runs matched" in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()


def test_its_faces_are_the_same_bytes_and_it_is_made_again() -> None:
    runs = runs_of({"<b> $x$": drawn(3, 0.1), "b": drawn(2, 0.2)})

    def make() -> Any:
        return pr.learning_curve(runs, TRAIN, VALIDATION, group="config.model", title="T <i>")

    panel = make()
    assert panel.bundle() == make().bundle()
    assert "<i>" not in panel.html() + panel.svg()
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
