from __future__ import annotations

from typing import Any

import pressrun as pr
from pressrun.calls.offers import likely_group, lines


def records(*configs: dict[str, Any]) -> pr.RunSet:
    return pr.runs([{"name": str(n), "config": config, "summary": {"acc": n}} for n, config in enumerate(configs)])


def test_what_is_compared_is_told_from_repetitions() -> None:
    models = [{"model": m, "seed": s} for m in ("svm", "forest") for s in range(3)]
    assert likely_group(records(*models)) == ("config.model",)
    rates = [{"lr": r, "seed": s} for r in (0.1, 0.01) for s in range(2)]
    assert likely_group(records(*rates)) == ("config.lr",)


def test_of_fields_that_go_together_a_name_is_chosen() -> None:
    together = [{"C": c, "model": m, "seed": s} for m, c in (("svm", 10), ("logreg", 1)) for s in range(2)]
    assert likely_group(records(*together)) == ("config.model",)


def test_nothing_is_guessed_where_the_configurations_leave_it_open() -> None:
    crossed = [{"model": m, "size": n, "seed": s} for m in "ab" for n in (1, 2) for s in range(2)]
    assert likely_group(records(*crossed)) == ()
    assert likely_group(records({"model": "a", "seed": 1}, {"model": "a", "seed": 2})) == ()
    assert likely_group(records({"model": "a"}, {"model": "b"})) == ()
    assert likely_group(records(*({"model": m, "seed": s} for m in range(13) for s in range(2)))) == ()
    assert likely_group(records()) == ()


def test_a_metric_that_is_logged_once_makes_no_line() -> None:
    curve = {"val/acc": [0.1, 0.2], "train/loss": [2, 1]}
    few = {"grad": [1, 2]}
    runs = pr.runs([{"history": curve | {"test/acc": [0.2]} | (few if n == 0 else {})} for n in range(4)])
    assert lines(runs) == ("train/loss", "val/acc")
    assert lines(pr.runs([{"history": {"test/acc": [0.2]}}])) == ()
