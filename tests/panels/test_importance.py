"""Importance of settings: what explains is found, what is noise is not, and seeds are no new configurations."""

from __future__ import annotations

import itertools
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

Record = dict[str, Any]


def swept(n: int, *, effect: float, seeds: int = 1, seed: int = 0, more: Any = None) -> list[Record]:
    """Draw configurations at random; the depth moves the score by `effect` a layer, nothing else does."""
    generator = np.random.default_rng(seed)
    records: list[Record] = []
    for i in range(n):
        config = {
            "depth": int(generator.integers(1, 5)),
            "rate": float(generator.random()),
            "opt": str(generator.choice(["adam", "sgd", "lion"])),
            **(more(i) if more else {}),
        }
        own = generator.normal()
        records += [
            {
                "name": f"{i}-{s}",
                "config": {**config, "seed": s},
                "summary": {"val/acc": effect * config["depth"] + own + 0.01 * generator.normal()},
            }
            for s in range(seeds)
        ]
    return records


def part(panel: pr.Panel, name: str) -> Any:
    data = panel.data
    return data[data["part"] == name]


def test_a_setting_that_explains_is_told_from_noise_and_the_others_are_not() -> None:
    records = swept(80, effect=1.0)
    panel = pr.importance(pr.runs(records), "val/acc")
    decided = part(panel, "decided").set_index("y")
    assert decided.index.tolist() == ["depth"]
    assert sorted(part(panel, "undecided")["y"]) == ["opt", "rate"]
    scores = np.array([r["summary"]["val/acc"] for r in records])
    depths = np.array([r["config"]["depth"] for r in records])
    f, _ = stats.f_oneway(*(scores[depths == d] for d in range(1, 5)))
    # ε² from SciPy's F.
    assert decided.loc["depth", "x"] == pytest.approx((3 * f - 3) / (3 * f + 76))
    assert decided.loc["depth", "x_low"] < decided.loc["depth", "x"] < decided.loc["depth", "x_high"]
    assert decided.loc["depth", "n"] == 80


def test_of_pure_noise_hardly_ever_anything_is_decided() -> None:
    wrong = 0
    for seed in range(60):
        panel = pr.importance(pr.runs(swept(24, effect=0.0, seed=seed)), "val/acc")
        wrong += len(part(panel, "decided")) > 0
    # At most 5% over all three settings after correction: 60 trials, with room for three standard errors.
    assert wrong <= 8


def test_seeds_of_one_configuration_are_no_new_evidence() -> None:
    few = pr.importance(pr.runs(swept(12, effect=0.0, seeds=1, seed=2)), "val/acc")
    many = pr.importance(pr.runs(swept(12, effect=0.0, seeds=20, seed=2)), "val/acc")
    for panel in (few, many):
        assert set(part(panel, "undecided")["n"]) == {12}
        assert len(part(panel, "decided")) == 0
    assert "over 12 configurations, the means over their seeds" in many.fact.disclosure.text
    assert many.fact.disclosure.shown == 240


def test_a_folder_of_its_own_makes_no_run_a_configuration_and_is_said() -> None:
    records = swept(12, effect=0.0, seeds=3)
    for i, record in enumerate(records):
        record["config"]["out"] = f"runs/{i}"
    panel = pr.importance(pr.runs(records), "val/acc")
    assert set(part(panel, "undecided")["n"]) == {12}
    assert "config.out: another value in most configurations, and so not looked at" in panel.fact.disclosure.text


def test_a_setting_that_only_some_have_has_a_level_for_the_others() -> None:
    def momentum(i: int) -> dict[str, Any]:
        return {"momentum": 0.9 if i % 4 else 0.5} if i % 2 else {}

    records = swept(40, effect=0.0, more=momentum)
    for record in records:
        record["summary"]["val/acc"] += 5.0 * ("momentum" in record["config"])
    panel = pr.importance(pr.runs(records), "val/acc", params="config.momentum")
    decided = part(panel, "decided")
    assert decided["y"].tolist() == ["momentum"]
    assert decided["levels"].tolist() == [2]


def test_what_went_together_is_named() -> None:
    records = swept(60, effect=1.0)
    for record in records:
        record["config"]["twice"] = 2 * record["config"]["depth"]
    text = pr.importance(pr.runs(records), "val/acc").fact.disclosure.text
    assert "went together, so that neither's share is its alone: depth with twice" in text
    assert "associations in these runs, not causes" in text
    assert "told from noise by 999 permutations, corrected for 4 settings" in text


def test_constant_settings_are_named_and_not_drawn() -> None:
    panel = pr.importance(pr.runs(swept(30, effect=1.0, more=lambda i: {"epochs": 5})), "val/acc")
    assert "config.epochs does not vary" in panel.fact.disclosure.text
    assert "epochs" not in set(panel.data["y"])


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "no runs matched"),
        (swept(5, effect=1.0), "only 5 configurations: of fewer than 8 nothing is said"),
        ([{**r, "summary": {"val/acc": 1.0}} for r in swept(20, effect=0.0)], "the metric does not vary"),
        ([{**r, "summary": {"val/acc": math.nan}} for r in swept(20, effect=0.0)], "20 with a non-finite val/acc"),
        ([{**r, "config": {"seed": i}} for i, r in enumerate(swept(20, effect=0.0))], "only 1 configuration:"),
        (
            [{"config": {"name": f"n{i // 2}", "seed": i}, "summary": {"val/acc": float(i)}} for i in range(20)],
            "no setting varies",
        ),
    ],
)
def test_where_nothing_can_be_said_the_panel_says_why(records: list[Record], said: str) -> None:
    panel = pr.importance(pr.runs(records), "val/acc")
    assert said in panel.fact.disclosure.text
    assert "nothing to show" in panel.svg()
    assert panel.fact.runs == ()


def test_what_is_not_understood_is_said() -> None:
    runs = pr.runs(swept(10, effect=0.0))
    for arguments, said in (
        ({"metric": "val/ac"}, "did you mean"),
        ({"metric": "val/acc", "params": ["config.dept"]}, "did you mean"),
        ({"metric": "val/acc", "params": []}, "params names no setting"),
        ({"metric": 3}, "metric is 3"),
    ):
        with pytest.raises((MetricNotFoundError, UsageError), match=said):
            pr.importance(runs, **arguments)


def test_of_very_many_settings_those_that_explain_most_are_shown() -> None:
    generator = np.random.default_rng(7)
    records = swept(60, effect=3.0, more=lambda i: {f"s{k:02}": int(generator.integers(0, 2)) for k in range(60)})
    panel = pr.importance(pr.runs(records), "val/acc")
    assert len(panel.fact.view["table"]["rows"]) == 40
    assert panel.fact.view["table"]["rows"][0]["key"] == "depth"
    assert "23 more settings not shown" in panel.text()


def test_its_faces_are_the_same_bytes_and_it_is_made_again() -> None:
    names = itertools.cycle(["<b> $x$", "b"])
    runs = pr.runs(swept(20, effect=1.0, more=lambda i: {"<i>": next(names)}))

    def make() -> Any:
        return pr.importance(runs, "val/acc", title="T <i>")

    panel = make()
    assert panel.bundle() == make().bundle()
    assert "<i>" not in panel.html() + panel.svg()
    call = Call.of(panel.fact_json())
    made = again(call, {(run.source, run.id): run for run in runs}, runs.histories, runs.project or Project(Path()))
    assert made.fact_json() == panel.fact_json()
