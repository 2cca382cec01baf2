"""Wrong arguments are answered in the caller's words, with what to write instead; numbers may come from numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import pressrun as pr
from pressrun.errors import PressrunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUNS = pr.runs(
    [
        {
            "name": f"{model}-{seed}",
            "config": {"model": model, "seed": seed},
            "summary": {"test/acc": accuracy + 0.01 * seed},
            "history": {"val/acc": [0.1, 0.2, 0.3 + 0.01 * seed]},
        }
        for model, accuracy in (("svm", 0.9), ("logreg", 0.8))
        for seed in range(3)
    ]
)
SVM, LOGREG = RUNS.where("config.model == 'svm'"), RUNS.where("config.model == 'logreg'")
EMPTY = RUNS[:0]

#: What nobody can mean by a text, a flag, a number or a choice of words.
WRONG = [object(), b"x", {"a": 1}, [1, 2], np.array([1, 2]), pd.Series([1, 2]), pd.NA, len, SVM]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    "call",
    [
        lambda wrong: pr.runs([{"name": "a"}], where=wrong),
        lambda wrong: RUNS.where(wrong),
        lambda wrong: RUNS.group_by(wrong),
        lambda wrong: RUNS[wrong],
        lambda wrong: RUNS.best(wrong),
        lambda wrong: RUNS.best("test/acc", wrong),
        lambda wrong: RUNS.history(wrong),
        lambda wrong: RUNS.summaries(wrong),
        lambda wrong: RUNS.series(wrong, "val/acc"),
        lambda wrong: RUNS.series(RUNS[0], wrong),
        lambda wrong: RUNS.artifact(RUNS[0], wrong),
        lambda wrong: pr.value(RUNS, wrong),
        lambda wrong: pr.value(RUNS, "test/acc", wrong),
        lambda wrong: pr.value(RUNS, "test/acc", digits=wrong),
        lambda wrong: pr.value(RUNS, "test/acc", unit=wrong),
        lambda wrong: pr.value(RUNS, "test/acc", level=wrong),
        lambda wrong: pr.value(RUNS, "test/acc", missing=wrong),
        lambda wrong: pr.greater(SVM, LOGREG, wrong),
        lambda wrong: pr.less(SVM, LOGREG, "test/acc", paired=wrong),
        lambda wrong: pr.less(SVM, LOGREG, "test/acc", nonfinite=wrong),
        lambda wrong: pr.equivalent(SVM, LOGREG, "test/acc", margin=wrong),
        lambda wrong: pr.at_least(RUNS, "test/acc", wrong),
        lambda wrong: pr.claim(wrong, pr.greater(SVM, LOGREG, "test/acc")),
        lambda wrong: pr.claim("It is so.", wrong),
        lambda wrong: pr.claim("It is so.", pr.greater(SVM, LOGREG, "test/acc"), level=wrong),
        lambda wrong: pr.curves(RUNS, wrong),
        lambda wrong: pr.curves(RUNS, "val/acc", log=wrong),
        lambda wrong: pr.curves(RUNS, "val/acc", band=wrong),
        lambda wrong: pr.curves(RUNS, "val/acc", smooth=wrong),
        lambda wrong: pr.curves(RUNS, "val/acc", x=wrong),
        lambda wrong: pr.curves(RUNS, "val/acc", title=wrong),
        lambda wrong: pr.curves(RUNS, "val/acc", include=wrong),
        lambda wrong: pr.table(RUNS, ["test/acc"], title=wrong),
        lambda wrong: pr.table(RUNS, ["test/acc"], sort=wrong),
        lambda wrong: pr.table(RUNS, ["test/acc"], digits=wrong),
        lambda wrong: pr.table(RUNS, ["test/acc"], baseline=wrong),
        lambda wrong: pr.compare(RUNS[0], RUNS[1], title=wrong),
        lambda wrong: pr.code("train.py", project=wrong),
        lambda wrong: pr.code(wrong),
        lambda wrong: pr.start_run(id=wrong),
        lambda wrong: pr.start_run(folder=wrong),
        lambda wrong: pr.log(wrong),
    ],
)
def test_a_wrong_argument_is_a_usage_error_with_a_way_on(
    call: Callable[[Any], object], wrong: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PressrunError) as caught:
        call(wrong)
    assert caught.value.hint or caught.value.where
    assert len(caught.value.what) < 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", [None, 3, True, object(), "", "a\0b", "\ud800", [None], [3], {"name": "a"}])
def test_what_is_no_source_is_said_to_be_none(source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PressrunError):
        pr.runs(source)


def test_a_run_in_progress_refuses_what_is_no_metric_summary_or_artifact(tmp_path: Path) -> None:
    with pr.start_run(folder=tmp_path, resources=False) as run:
        for wrong in (None, 3, "loss", [("loss", 1)], pd.Series([1])):
            with pytest.raises(PressrunError, match="not a mapping"):
                run.log(wrong)  # type: ignore[arg-type]
        for name in (None, 3, b"x", "\ud800", "a\0b"):
            with pytest.raises(PressrunError):
                run.artifact_path(name)  # type: ignore[arg-type]
        with pytest.raises(PressrunError, match="not a text"):
            run.summary[3] = 1.0  # type: ignore[index]
        with pytest.raises(PressrunError, match="not a text"):
            run.use_data(3)  # type: ignore[arg-type]
        run.log({"loss": 1.0})
    assert pr.runs(tmp_path)[0].metrics == {"loss": 1}


def test_numbers_of_numpy_are_numbers() -> None:
    assert RUNS[np.int64(1)] is RUNS[1]
    assert pr.value(RUNS, "test/acc", digits=np.int32(2), level=np.float32(0.9)).fact.text == "0.86"  # type: ignore[arg-type]
    bound = pr.value(LOGREG, "test/acc")
    for each in (np.float32(0.5), np.int64(0), bound):
        assert pr.claim("It is enough.", pr.at_least(SVM, "test/acc", each)).verdict is pr.Verdict.HOLDS  # type: ignore[arg-type]
    panel = pr.curves(RUNS, "val/acc", log=np.True_, band=np.False_, smooth=np.float32(0.5))  # type: ignore[arg-type]
    assert panel.fact.view["y"]["log"] is True
    assert pr.table(RUNS, ["test/acc"], digits=np.int64(1)).html()  # type: ignore[arg-type]


def test_a_missing_value_is_no_bound() -> None:
    with pytest.raises(PressrunError, match="not a finite number"):
        pr.at_least(SVM, "test/acc", pr.value(EMPTY, "test/acc"))  # type: ignore[arg-type]


def test_runs_can_be_kept_in_sets_and_as_keys() -> None:
    assert len({run for some in (RUNS, SVM) for run in some}) == len(RUNS)


def test_nothing_found_is_shown_as_nothing_and_never_as_a_number() -> None:
    assert pr.value(EMPTY, "test/acc").number is None
    assert pr.value(EMPTY, "test/acc").fact.text == "n/a"
    for evidence in (pr.greater(EMPTY, SVM, "test/acc"), pr.at_least(EMPTY, "test/acc", 0.5)):
        assert pr.claim("It is so.", evidence).verdict is pr.Verdict.UNSUPPORTED
    nothing = EMPTY.group_by("config.model")
    for panel in (pr.curves(EMPTY, "val/acc"), pr.table(EMPTY, ["test/acc"]), pr.table(nothing, ["x"])):
        assert panel.fact.runs == ()
        assert panel._repr_mimebundle_()
    assert list(EMPTY.frame().index) == []
    assert EMPTY.history("val/acc").empty
