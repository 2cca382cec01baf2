"""Stories of numbers in the prose: what is printed, from which runs, and what happens when they go."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from scipy import stats

import pressrun as pr
from pressrun.claims.printing import print_number
from pressrun.errors import UsageError
from pressrun.facts import VALUE_MIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.runs.runset import RunSet

    MakeRuns = Callable[..., RunSet]

ACC = [0.9811, 0.9822, 0.9803, 0.9834, 0.9799]


def test_a_mean_prints_as_many_digits_as_its_interval_supports(runs_of: MakeRuns) -> None:
    acc = pr.value(runs_of("svm", ACC), "test/acc")
    low, high = stats.ttest_1samp(ACC, 0).confidence_interval(0.95)
    assert acc.interval == pytest.approx((low, high))
    assert (high - low) / 2 == pytest.approx(0.0018, abs=1e-4)
    assert str(acc) == "0.9814"
    assert acc.n == 5
    assert acc.number == pytest.approx(sum(ACC) / 5)
    assert acc.fact.state == "current"
    assert "two significant digits" in acc.fact.disclosure.text


def test_it_computes_compares_and_formats_like_a_float(runs_of: MakeRuns) -> None:
    acc = pr.value(runs_of("svm", [0.96, 0.98]), "test/acc")
    assert float(acc) == pytest.approx(0.97)
    assert acc > 0.96
    assert acc <= 0.99
    assert acc == float(acc)
    assert acc != 0.5
    assert f"{acc:.3f}" == "0.970"
    assert f"{acc:.1%}" == "97.0%"
    assert acc * 100 == pytest.approx(97)
    assert 1 - acc == pytest.approx(0.03)
    assert acc / 2 == pytest.approx(0.485)
    assert round(acc, 1) == 1.0
    assert min(acc, 0.1) == 0.1


def test_every_aggregation(runs_of: MakeRuns) -> None:
    runs = runs_of("svm", [3.0, 1.0, 2.0, 10.0])
    found = {
        name: float(pr.value(runs, "test/acc", name)) for name in ("mean", "median", "min", "max", "count", "best")
    }
    assert found == {"mean": 4.0, "median": 2.5, "min": 1.0, "max": 10.0, "count": 4.0, "best": 10.0}
    assert float(pr.value(runs, "test/acc", "std")) == pytest.approx(float(stats.tstd([3, 1, 2, 10])))
    assert str(pr.value(runs, "test/acc", "count")) == "4"
    assert str(pr.value(runs[1], "test/acc", "only")) == "1"
    assert pr.value(runs, "test/acc", "median").interval is None


def test_best_is_the_least_loss(runs_of: MakeRuns) -> None:
    assert float(pr.value(runs_of("svm", [3.0, 1.0], metric="val/loss"), "val/loss", "best")) == 1.0


def test_nan_never_wins(runs_of: MakeRuns) -> None:
    runs = runs_of("svm", [0.5, math.nan, math.inf])
    for name in ("best", "max", "mean", "median"):
        acc = pr.value(runs, "test/acc", name)
        assert float(acc) == 0.5
        assert acc.fact.state == "partial"
        assert "svm-1" in acc.fact.reason
        assert acc.fact.disclosure.excluded[0].runs == ("svm-1", "svm-2")


def test_only_wants_one_run(runs_of: MakeRuns) -> None:
    for values in ([], [1.0, 2.0]):
        with pytest.raises(UsageError, match="only run"):
            pr.value(runs_of("svm", values), "test/acc", "only")


@pytest.mark.parametrize("status", ["deleted", "running", "failed", "killed", "unknown"])
def test_a_number_whose_runs_are_gone_is_never_printed(runs_of: MakeRuns, status: str) -> None:
    acc = pr.value(runs_of("svm", ACC, status=[status] * 5), "test/acc")
    assert str(acc) == f"{acc:.3f}" == "n/a"
    assert acc.number is None
    assert math.isnan(float(acc))
    assert not acc > 0.5
    assert not acc < 0.5
    assert acc.fact.state == "missing"
    assert acc.fact.number is None
    assert "svm-0" in acc.fact.reason


def test_a_number_of_some_of_its_runs_says_so(runs_of: MakeRuns) -> None:
    acc = pr.value(runs_of("svm", [*ACC, 0.1, None], status=["finished"] * 5 + ["running", "finished"]), "test/acc")
    assert acc.n == 5
    assert acc.fact.state == "partial"
    assert "still running" in acc.fact.reason
    assert "without the metric" in acc.fact.reason
    assert acc.fact.disclosure.text.startswith("matched 7; shown 5; excluded 2")


@pytest.mark.parametrize("aggregation", ["mean", "count", "std", "best"])
def test_no_runs_are_missing_and_not_zero(runs_of: MakeRuns, aggregation: str) -> None:
    acc = pr.value(runs_of("svm", []), "test/acc", aggregation, missing="?")
    assert (str(acc), acc.number, acc.fact.reason) == ("?", None, "no run matches")


def test_an_unknown_metric_names_the_nearest(runs_of: MakeRuns) -> None:
    acc = pr.value(runs_of("svm", ACC), "test/ac")
    assert acc.fact.state == "missing"
    assert "'test/acc'" in acc.fact.reason


def test_one_run_has_a_number_and_no_interval(runs_of: MakeRuns) -> None:
    acc = pr.value(runs_of("svm", [0.98123456]), "test/acc")
    assert (str(acc), acc.interval, acc.n) == ("0.9812", None, 1)
    assert str(pr.value(runs_of("svm", [0.98]), "test/acc", "std")) == "n/a"


def test_digits_and_unit(runs_of: MakeRuns) -> None:
    runs = runs_of("svm", [12.3456, 12.4])
    assert str(pr.value(runs, "test/acc", digits=1, unit="s")) == "12.4\N{NO-BREAK SPACE}s"
    assert str(pr.value(runs, "test/acc", digits=0, unit="%")) == "12%"


def test_the_difference_of_two_means_is_a_value_with_its_own_interval(runs_of: MakeRuns) -> None:
    low = [v - 0.01 - place / 1000 for place, v in enumerate(ACC)]
    a, b = pr.value(runs_of("svm", ACC), "test/acc"), pr.value(runs_of("knn", low), "test/acc")
    gain = a - b
    assert isinstance(gain, pr.Value)
    assert gain.fact.aggregation == "difference"
    assert gain.interval == pytest.approx(tuple(stats.ttest_rel(ACC, low).confidence_interval(0.95)))
    assert [side.label for side in gain.fact.sides] == ["svm", "knn"]
    assert len(gain.runs) == 10


def test_a_difference_with_nothing_on_one_side_is_missing(runs_of: MakeRuns) -> None:
    gain = pr.value(runs_of("svm", ACC), "test/acc").minus(pr.value(runs_of("knn", []), "test/acc"))
    assert gain.fact.state == "missing"
    assert str(gain) == "n/a"


def test_a_difference_of_single_runs_has_no_interval(runs_of: MakeRuns) -> None:
    gain = pr.value(runs_of("svm", [0.9]), "test/acc").minus(pr.value(runs_of("knn", [0.8]), "test/acc"))
    assert float(gain) == pytest.approx(0.1)
    assert gain.interval is None


def test_differences_of_other_things_are_refused(runs_of: MakeRuns) -> None:
    mean = pr.value(runs_of("svm", ACC), "test/acc")
    for other in (pr.value(runs_of("svm", ACC), "test/acc", "max"), pr.value(runs_of("svm", ACC, metric="f"), "f")):
        with pytest.raises(UsageError):
            mean.minus(other)


def test_wrong_arguments_are_usage_errors(runs_of: MakeRuns) -> None:
    runs = runs_of("svm", ACC)
    wrong: list[Callable[[], object]] = [
        lambda: pr.value(runs, "test/acc", "average"),
        lambda: pr.value(runs, "test/acc", level=95),
        lambda: pr.value(runs, "test/acc", digits=-1),
        lambda: pr.value(runs, ""),
        lambda: pr.value([0.98], "test/acc"),  # type: ignore[list-item]
    ]
    for each in wrong:
        with pytest.raises(UsageError):
            each()


def test_the_bundle_is_escaped_and_its_fact_strict_json(runs_of: MakeRuns) -> None:
    evil = "<script>alert(1)</script>"
    bundle = pr.value(runs_of(evil, [1.0], status=["failed"]), "test/acc", missing=evil)._repr_mimebundle_()
    json.dumps(bundle[VALUE_MIME], allow_nan=False)
    assert "<script" not in bundle["text/html"]
    assert r"\<script\>" in bundle["text/markdown"]
    assert bundle["text/plain"] == evil


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [
        (0.98123, 0.0034, "0.9812"),
        (0.98123, 0.034, "0.981"),
        (12345.678, 230.0, "12346"),
        (-0.00001, 0.01, "0.000"),
        (0.0, math.nan, "0"),
        (3.0, math.nan, "3"),
        (0.123456, math.nan, "0.1235"),
        (123456.7, math.nan, "123457"),
        (1.2345e-7, math.nan, "1.235e-07"),
        (1.2341e-7, 1e-9, "1.234e-07"),
        (1.5e300, 1e290, "1.50000000000e+300"),
        (math.inf, math.nan, "inf"),
    ],
)
def test_digits(value: float, half: float, text: str) -> None:
    assert print_number(value, half) == text
