"""What an expression finds among the runs of a register, and what that leaves behind."""

from __future__ import annotations

import gc

from pressrun.records import Run, Status
from pressrun.server.runs.finding import Finder
from pressrun.server.runs.register import State

MANY = 2_000


def state_of(runs: list[Run], revision: str = "one") -> State:
    keys = tuple(run.id for run in runs)
    return State(revision, tuple(runs), keys, {key: place for place, key in enumerate(keys)})


def run(number: int, **config: int) -> Run:
    return Run(
        f"r{number}", f"run {number}", "runs/", Status.FINISHED, config={"p": number, **config}, digest=f"d{number}"
    )


def test_a_new_expression_makes_few_objects_that_python_has_to_search_for_circles() -> None:
    # A pair for each run made that search stop the server for longer than the answer took.
    state, finder = state_of([run(number) for number in range(MANY)]), Finder()
    finder.find(state, "config.p >= 0")
    gc.collect()
    before = len(gc.get_objects())
    assert len(finder.find(state, f"config.p < {MANY // 2}").places) == MANY // 2
    assert len(gc.get_objects()) - before < MANY / 10


def test_only_runs_that_changed_are_judged_anew() -> None:
    runs = [run(number) for number in range(5)]
    finder = Finder()
    assert finder.find(state_of(runs), "config.p > 2").places == (3, 4)
    changed = [run(9), *runs[1:4]]
    assert finder.find(state_of(changed, "two"), "config.p > 2").places == (0, 3)
    assert finder.find(state_of(changed, "two"), "config.p > 2", [("config.p", True)]).places == (0, 3)
