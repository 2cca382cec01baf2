"""A run's digest changes with what the run says, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pressrun.records import Artifact, Dataset, Problem, Provenance, Run, Series, Status
from pressrun.sources.digests import run_digest, series_digest

NAN = float("nan")
RUN = Run(
    id="r",
    name="svm",
    source="runs/",
    status=Status.FINISHED,
    config={"C": 1, "nested": {"a": [1, 2]}},
    summary={"acc": 0.5},
    tags={"t": "v"},
    started=1.0,
    ended=2.0,
    artifacts=(Artifact("a.txt", 3, "d"),),
    provenance=Provenance(git_commit="c", datasets=(Dataset("mnist"),), seed=1, exit_code=0),
)
HISTORY = {"acc": Series.of([(0, 1.0, 0.5), (1, 2.0, NAN)])}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "s"},
        {"name": "svm2"},
        {"status": Status.FAILED},
        {"config": {"C": 1.0, "nested": {"a": [1, 2]}}},
        {"config": {"C": True, "nested": {"a": [1, 2]}}},
        {"config": {"C": "1", "nested": {"a": [1, 2]}}},
        {"config": {"C": 1, "nested": {"a": [2, 1]}}},
        {"summary": {"acc": 0.5000000000000001}},
        {"summary": {"acc": NAN}},
        {"summary": {"acc": "nan"}},
        {"summary": {"acc": None}},
        {"summary": {}},
        {"tags": {"t": "w"}},
        {"started": 1.5},
        {"ended": None},
        {"artifacts": ()},
        {"artifacts": (Artifact("a.txt", 3, "e"),)},
        {"provenance": replace(RUN.provenance, git_diff="+1")},
        {"provenance": replace(RUN.provenance, seed=2)},
        {"provenance": replace(RUN.provenance, exit_code=1)},
        {"provenance": replace(RUN.provenance, datasets=(Dataset("mnist", digest="d"),))},
    ],
    ids=str,
)
def test_changes_with_what_the_run_says(change: dict[str, Any]) -> None:
    assert run_digest(replace(RUN, **change), HISTORY) != run_digest(RUN, HISTORY)


def test_each_change_gives_another_digest() -> None:
    values: list[Any] = [NAN, "nan", None, 0, 0.0, False, "0", "", float("inf"), "inf", -0.0]
    digests = [run_digest(replace(RUN, summary={"acc": value}), HISTORY) for value in values]
    assert len(set(digests)) == len(values)


@pytest.mark.parametrize(
    "history",
    [
        {},
        {"loss": HISTORY["acc"]},
        {"acc": Series.of([(0, 1.0, 0.5), (2, 2.0, NAN)])},
        {"acc": Series.of([(0, 1.0, 0.5), (1, 2.5, NAN)])},
        {"acc": Series.of([(0, 1.0, 0.5), (1, 2.0, 0.0)])},
        {"acc": Series.of([(0, 1.0, 0.5)])},
    ],
)
def test_changes_with_the_history(history: dict[str, Series]) -> None:
    assert run_digest(RUN, history) != run_digest(RUN, HISTORY)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "elsewhere/"},
        {"digest": "sha256:x"},
        {"metrics": {"acc": 2}},
        {"problems": (Problem("w", "r"),)},
        {"config": {"nested": {"a": (1, 2)}, "C": 1}},
        {"summary": {"acc": np.float64(0.5)}},
        {"provenance": replace(RUN.provenance, host="h", cwd="/x", packages={"a": "1"})},
    ],
    ids=str,
)
def test_stays_with_anything_else(change: dict[str, Any]) -> None:
    assert run_digest(replace(RUN, **change), HISTORY) == run_digest(RUN, HISTORY)


def test_there_is_one_nan_and_one_byte_order() -> None:
    odd = np.array([0x7FF8000000000001], np.uint64).view(np.float64)
    series = Series(np.array([0]), np.array([1.0]), odd)
    swapped = Series(np.array([0], ">i8"), np.array([1.0], ">f8"), np.array([NAN], ">f8"))
    assert series_digest(series) == series_digest(swapped) == series_digest(Series.of([(0, 1.0, NAN)]))


def test_text_that_is_no_unicode_has_a_digest() -> None:
    assert run_digest(replace(RUN, name="\ud800"), {}).startswith("sha256:")
