"""A panel made again from its fact shows what its cell would show over the same runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.errors import PressrunError
from pressrun.panels.again import Call, again, with_gone
from pressrun.panels.compare import compare
from pressrun.panels.curves import curves
from pressrun.panels.table import table
from pressrun.runs.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.panels.base import Panel
    from pressrun.runs.runset import RunSet


@pytest.fixture
def runs() -> RunSet:
    """Runs of two models; one of them crashed."""
    return resolve(
        [
            [
                {
                    "name": f"{model}-{seed}",
                    "status": "failed" if (model, seed) == ("svm", 2) else "finished",
                    "config": {"model": model, "seed": seed},
                    "summary": {"test/acc": 0.9 + seed / 100},
                    "history": {"loss": [1.0, 0.5, 0.1 * seed]},
                }
                for model in ("svm", "logreg")
                for seed in range(3)
            ]
        ]
    )


def saved(panel: Panel) -> dict[str, Any]:
    fact: dict[str, Any] = json.loads(json.dumps(panel.fact_json()))
    return fact


def remade(fact: dict[str, Any], runs: RunSet) -> dict[str, Any]:
    now = {(run.source, run.id): run for run in runs}
    assert runs.project is not None
    return saved(again(Call.of(fact), now, runs.histories, runs.project, runs.problems))


PANELS: dict[str, Callable[[RunSet], Panel]] = {
    "lines": lambda runs: curves(runs, "loss"),
    "all arguments": lambda runs: curves(
        runs, "loss", group="config.model", log=True, smooth=0.5, band=False, baseline="svm", title="T", xlabel="X"
    ),
    "included": lambda runs: curves(runs, "loss", include=["failed"]),
    "included once": lambda runs: curves(runs, "loss", include=iter(["failed"])),
    "over a setting": lambda runs: curves(runs, "test/acc", x="config.seed", group="config.model"),
    "groups": lambda runs: curves(runs.group_by("config.model"), "loss"),
    "groups of part": lambda runs: curves(runs, "loss", group=runs[1:].group_by("config.model")),
    "a slice": lambda runs: curves(runs[:2], "loss"),
    "rows": lambda runs: table(runs, ["test/acc", "config.seed"], sort="-test/acc", digits=2),
    "grouped rows": lambda runs: table(runs, "test/acc", group=["config.model"], baseline="svm"),
    "differences": lambda runs: compare(runs, "svm-0", "logreg-1", title="D"),
}


@pytest.mark.parametrize("name", PANELS)
def test_over_the_same_runs_it_is_the_same_panel(runs: RunSet, name: str) -> None:
    fact = saved(PANELS[name](runs))
    assert remade(fact, runs) == fact


def test_the_query_is_known_where_the_runs_are_its_whole_answer(runs: RunSet) -> None:
    assert Call.of(saved(curves(runs, "loss"))).query is None, "records have no query"


def test_runs_that_are_gone_are_shown_as_they_were_and_said_to_be_gone(runs: RunSet) -> None:
    fact = saved(curves(runs, "loss"))
    first = fact["runs"][0]
    found = with_gone(fact, {(first["source"], first["id"]): first["name"]})
    assert [cite["status"] for cite in found["runs"]][:2] == ["deleted", "finished"]
    assert found["frame"] == fact["frame"]
    assert found["disclosure"]["text"].endswith("1 run is gone from its source; its last state is shown")


@pytest.mark.parametrize(
    "arguments", [{}, {"metric": 3}, {"metric": "loss", "nothing": 1}, {"metric": "loss", "x": "y"}]
)
def test_arguments_that_no_panel_takes_are_an_error_for_people(runs: RunSet, arguments: dict[str, Any]) -> None:
    fact = saved(curves(runs, "loss"))
    fact["view"]["call"]["arguments"] = arguments
    with pytest.raises(PressrunError):
        remade(fact, runs)
