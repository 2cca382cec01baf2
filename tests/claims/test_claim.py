"""Stories of claims: what the runs were, and what may be said of them."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

import pressrun as pr
from pressrun.claims.claim import Verdict
from pressrun.errors import UsageError
from pressrun.facts import CLAIM_MIME, to_json
from pressrun.statistics.power import one_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.runs.runset import RunSet

    MakeRuns = Callable[..., RunSet]

HIGH = [0.91, 0.93, 0.92, 0.94, 0.92]
LOW = [0.90, 0.91, 0.91, 0.92, 0.91]
WIDE = [0.99, 0.70, 0.95, 0.80, 0.91]


def test_a_clear_difference_over_shared_seeds_holds_and_is_paired(runs_of: MakeRuns) -> None:
    claim = pr.claim("A beats B", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc"))
    asked = stats.ttest_rel(HIGH, LOW)
    assert claim.verdict is Verdict.HOLDS
    assert str(claim.verdict) == "holds"
    assert claim.fact.pairing == "seed"
    assert claim.n == 5
    assert claim.p_value == pytest.approx(float(asked.pvalue))
    assert claim.statistic == pytest.approx(float(asked.statistic))
    assert claim.interval == pytest.approx(tuple(asked.confidence_interval(0.95)))
    assert "over 5 pairs by seed" in claim.reason
    assert "a − b = 0.014" in claim.reason


def test_less_is_greater_the_other_way_round(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", HIGH), runs_of("b", LOW)
    assert pr.claim("x", pr.less(b, a, "test/acc")).verdict is Verdict.HOLDS
    assert pr.claim("x", pr.less(a, b, "test/acc")).verdict is Verdict.FAILS


def test_the_opposite_of_the_statement_fails(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.greater(runs_of("b", LOW), runs_of("a", HIGH), "test/acc"))
    assert claim.verdict is Verdict.FAILS
    assert "b − a = −0.014" in claim.reason


def test_greater_is_numerical_whichever_way_the_metric_is_better(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", HIGH, metric="loss"), runs_of("b", LOW, metric="loss")
    claim = pr.claim("A's loss is higher", pr.greater(a, b, "loss"))
    assert claim.verdict is Verdict.HOLDS
    assert "of loss less is better" in claim.reason
    assert "better" not in pr.claim("x", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc")).reason


def test_a_difference_within_the_noise_is_unresolved_and_names_no_winner(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.greater(runs_of("a", HIGH), runs_of("b", WIDE), "test/acc"))
    assert claim.verdict is Verdict.UNRESOLVED
    assert claim.interval is not None
    assert claim.interval[0] < 0 < claim.interval[1]


def test_seeds_that_match_in_part_are_paired_and_the_rest_is_named(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", HIGH, seeds=[0, 1, 2, 3, 9]), runs_of("b", LOW, seeds=[3, 2, 1, 0, 8])
    claim = pr.claim("x", pr.greater(a, b, "test/acc"))
    assert claim.n == 4
    assert claim.p_value == pytest.approx(float(stats.ttest_rel(HIGH[:4], LOW[3::-1]).pvalue))
    assert "2 of 10 runs have no partner" in claim.reason
    (unpaired,) = claim.fact.disclosure.excluded
    assert unpaired.runs == ("a-4", "b-4")
    assert claim.fact.disclosure.shown == 8


@pytest.mark.parametrize(
    ("seeds_a", "seeds_b"),
    [
        pytest.param([0, 1, 2, 3, 4], [0, 6, 7, 8, 9], id="one-seed-matches"),
        pytest.param([0, 0, 1, 2, 3], [0, 1, 2, 3, 4], id="a-seed-twice"),
        pytest.param([None] * 5, [0, 1, 2, 3, 4], id="no-seeds"),
    ],
)
def test_without_proper_pairs_the_samples_are_compared_by_welch(
    runs_of: MakeRuns, seeds_a: list[int | None], seeds_b: list[int | None]
) -> None:
    a, b = runs_of("a", HIGH, seeds=seeds_a), runs_of("b", LOW, seeds=seeds_b)
    claim = pr.claim("x", pr.greater(a, b, "test/acc"))
    assert claim.fact.pairing == ""
    assert claim.p_value == pytest.approx(float(stats.ttest_ind(HIGH, LOW, equal_var=False).pvalue))
    refused = pr.claim("x", pr.greater(a, b, "test/acc", paired=True))
    assert refused.verdict is Verdict.UNSUPPORTED
    assert "pairing by seed was asked for" in refused.reason


def test_an_author_may_forbid_pairing(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc", paired=False))
    assert claim.fact.method == "Welch's t-test"
    assert claim.fact.paired == "never"


@pytest.mark.parametrize(("a", "b"), [([0.99], LOW), (HIGH, [0.1]), ([0.99], [0.1])])
def test_one_run_decides_nothing(runs_of: MakeRuns, a: list[float], b: list[float]) -> None:
    claim = pr.claim("x", pr.greater(runs_of("a", a), runs_of("b", b), "test/acc"))
    assert claim.verdict is Verdict.UNRESOLVED
    assert "one run decides nothing" in claim.reason
    assert claim.p_value is None
    assert claim.interval is None


def test_one_run_decides_nothing_about_a_threshold_either(runs_of: MakeRuns) -> None:
    assert pr.claim("x", pr.at_least(runs_of("a", [0.99]), "test/acc", 0.5)).verdict is Verdict.UNRESOLVED


@pytest.mark.parametrize(("status", "word"), [("deleted", "deleted"), ("running", "still running")])
def test_a_deleted_or_running_run_leaves_the_claim_unsupported_and_is_named(
    runs_of: MakeRuns, status: str, word: str
) -> None:
    a = runs_of("a", HIGH, status=["finished"] * 4 + [status])
    claim = pr.claim("x", pr.greater(a, runs_of("b", LOW), "test/acc"))
    assert claim.verdict is Verdict.UNSUPPORTED
    assert "a-4" in claim.reason
    assert word in claim.reason
    assert claim.estimate is None
    assert claim.fact.runs[4].status == status


def test_a_locked_run_that_is_gone_is_missed_in_every_part_of_its_set(runs_of: MakeRuns) -> None:
    both = [*runs_of("a", HIGH), *runs_of("b", LOW)]
    gone = [pr.Run(r.id, r.name, r.source, pr.Status.DELETED, digest=r.digest) if r.id == "a-2" else r for r in both]
    runs = dataclasses.replace(runs_of("a", HIGH), runs=tuple(gone))
    groups = runs.group_by("config.model")
    parts = [groups["a"], runs.where("config.model == 'a'"), runs[:2], groups["a"].where("summary['test/acc'] > 0")]
    for part in parts:
        claim = pr.claim("x", pr.greater(part, runs_of("b", LOW), "test/acc"))
        assert claim.verdict is Verdict.UNSUPPORTED
        assert "a-2" in claim.reason
        assert pr.value(part, "test/acc").fact.state == "partial"


@pytest.mark.parametrize("status", ["failed", "killed", "unknown"])
def test_failed_runs_are_left_out_and_named(runs_of: MakeRuns, status: str) -> None:
    a = runs_of("a", [*HIGH, 0.0], status=["finished"] * 5 + [status])
    claim = pr.claim("x", pr.greater(a, runs_of("b", LOW), "test/acc"))
    assert claim.verdict is Verdict.HOLDS
    assert "left out: run a (a-5)" in claim.reason
    assert claim.fact.disclosure.excluded[0].runs == ("a-5",)


@pytest.mark.parametrize("status", ["deleted", "running", "failed", "killed", "unknown"])
def test_a_claim_on_nothing_but_such_runs_is_unsupported(runs_of: MakeRuns, status: str) -> None:
    a = runs_of("a", HIGH, status=[status] * 5)
    for evidence in (
        pr.greater(a, runs_of("b", LOW), "test/acc"),
        pr.greater(runs_of("b", LOW), a, "test/acc"),
        pr.at_least(a, "test/acc", 0.1),
        pr.at_least(a[0], "test/acc", 0.1),
        pr.equivalent(a, runs_of("b", LOW), "test/acc", margin=9),
    ):
        assert pr.claim("x", evidence).verdict is Verdict.UNSUPPORTED


def test_an_empty_run_set_supports_nothing(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.greater(runs_of("a", HIGH), runs_of("b", []), "test/acc"))
    assert claim.verdict is Verdict.UNSUPPORTED
    assert "no run matches" in claim.reason


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_leaves_the_claim_unsupported_unless_the_author_leaves_it_out(
    runs_of: MakeRuns, number: float
) -> None:
    a, b = runs_of("a", [*HIGH, number]), runs_of("b", [*LOW, 0.9])
    claim = pr.claim("x", pr.greater(a, b, "test/acc"))
    assert claim.verdict is Verdict.UNSUPPORTED
    assert "a-5" in claim.reason
    excluding = pr.claim("x", pr.greater(a, b, "test/acc", nonfinite="exclude"))
    assert excluding.verdict is Verdict.HOLDS
    assert excluding.n == 5
    assert "a-5" in excluding.reason


def test_text_that_looks_like_a_number_is_none(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.at_least(runs_of("a", ["0.91", "0.92"]), "test/acc", 0.5))
    assert claim.verdict is Verdict.UNSUPPORTED


def test_an_unknown_metric_is_unsupported_and_the_nearest_is_named(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/accuracy"))
    assert claim.verdict is Verdict.UNSUPPORTED
    assert "'test/acc'" in claim.reason


def test_a_run_on_both_sides_is_refused(runs_of: MakeRuns) -> None:
    a = runs_of("a", HIGH)
    claim = pr.claim("x", pr.greater(a, a, "test/acc"))
    assert claim.verdict is Verdict.UNSUPPORTED
    assert "both sides" in claim.reason


def test_a_run_listed_twice_counts_once(runs_of: MakeRuns) -> None:
    a = runs_of("a", HIGH)
    assert pr.claim("x", pr.at_least([*a, *a], "test/acc", 0.9)).n == 5


def test_thresholds(runs_of: MakeRuns) -> None:
    a = runs_of("a", HIGH)
    low, high = (float(end) for end in stats.ttest_1samp(HIGH, 0).confidence_interval(0.95))
    assert pr.claim("x", pr.at_least(a, "test/acc", low - 1e-6)).verdict is Verdict.HOLDS
    assert pr.claim("x", pr.at_least(a, "test/acc", low + 1e-6)).verdict is Verdict.UNRESOLVED
    assert pr.claim("x", pr.at_least(a, "test/acc", high + 1e-6)).verdict is Verdict.FAILS
    assert pr.claim("x", pr.at_most(a, "test/acc", high + 1e-6)).verdict is Verdict.HOLDS
    assert pr.claim("x", pr.at_most(a, "test/acc", low + 1e-6)).verdict is Verdict.UNRESOLVED
    assert pr.claim("x", pr.at_most(a, "test/acc", low - 1e-6)).verdict is Verdict.FAILS


def test_a_higher_level_asks_for_more(runs_of: MakeRuns) -> None:
    evidence = pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc")
    assert pr.claim("x", evidence, level=0.999).verdict is Verdict.UNRESOLVED
    assert pr.claim("x", evidence, level=0.95).verdict is Verdict.HOLDS


def test_equivalence_holds_fails_and_stays_open(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", HIGH), runs_of("b", LOW)
    assert pr.claim("x", pr.equivalent(a, b, "test/acc", margin=0.05)).verdict is Verdict.HOLDS
    assert pr.claim("x", pr.equivalent(a, b, "test/acc", margin=0.015)).verdict is Verdict.UNRESOLVED
    assert pr.claim("x", pr.equivalent(a, b, "test/acc", margin=0.001)).verdict is Verdict.FAILS


def test_runs_that_do_not_vary_decide_and_the_reason_says_so(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", [0.9] * 3), runs_of("b", [0.9] * 3)
    assert pr.claim("x", pr.at_least(a, "test/acc", 0.9)).verdict is Verdict.HOLDS
    assert pr.claim("x", pr.at_most(a, "test/acc", 0.9)).verdict is Verdict.HOLDS
    equal = pr.claim("x", pr.greater(a, b, "test/acc"))
    assert equal.verdict is Verdict.FAILS
    assert "do not vary" in equal.reason
    assert pr.claim("x", pr.equivalent(a, b, "test/acc", margin=0.001)).verdict is Verdict.HOLDS


def test_huge_and_tiny_numbers_are_judged_and_printed(runs_of: MakeRuns) -> None:
    for scale in (1e300, 1e-300, 1e12, 1e-9):
        a, b = runs_of("a", [v * scale for v in HIGH]), runs_of("b", [v * scale for v in LOW])
        claim = pr.claim("x", pr.greater(a, b, "test/acc"))
        assert claim.verdict in (Verdict.HOLDS, Verdict.UNRESOLVED)
        assert len(claim.reason) < 500


@pytest.mark.parametrize("truth", [True, False])
def test_a_bare_truth_value_is_no_evidence(truth: bool) -> None:
    with pytest.raises(UsageError, match="bound to runs") as error:
        pr.claim("SVM wins", truth)  # type: ignore[arg-type]
    assert "greater(a, b, metric)" in str(error.value)


def test_wrong_arguments_are_usage_errors(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", HIGH), runs_of("b", LOW)
    wrong: list[Callable[[], object]] = [
        lambda: pr.claim("", pr.greater(a, b, "test/acc")),
        lambda: pr.claim("x", pr.greater(a, b, "test/acc"), level=95),
        lambda: pr.claim("x", pr.equivalent(a, b, "test/acc", margin=1), level=0.4),
        lambda: pr.greater(a, b, 3),  # type: ignore[arg-type]
        lambda: pr.greater("svm", b, "test/acc"),  # type: ignore[arg-type]
        lambda: pr.greater("", b, "test/acc"),  # type: ignore[arg-type]
        lambda: pr.greater(a, HIGH, "test/acc"),  # type: ignore[arg-type]
        lambda: pr.greater(a, pr.value(b, "test/acc"), "test/acc"),  # type: ignore[arg-type]
        lambda: pr.greater(a.group_by("config.model"), b, "test/acc"),  # type: ignore[arg-type]
        lambda: pr.greater(a, b, "test/acc", paired="yes"),  # type: ignore[arg-type]
        lambda: pr.greater(a, b, "test/acc", nonfinite="drop"),
        lambda: pr.equivalent(a, b, "test/acc", margin=0),
        lambda: pr.equivalent(a, b, "test/acc", margin=math.nan),
        lambda: pr.at_least(a, "test/acc", "0.9"),  # type: ignore[arg-type]
        lambda: pr.at_least(a, "test/acc", math.inf),
        lambda: bool(pr.claim("x", pr.greater(a, b, "test/acc"))),
    ]
    for each in wrong:
        with pytest.raises(UsageError):
            each()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_hostile_names_and_statements_stay_text_on_every_face(runs_of: MakeRuns) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&\\input{/etc/passwd}$#%_^~"
    claim = pr.claim(evil, pr.greater(runs_of(evil, HIGH), runs_of("b", LOW), "test/acc"))
    bundle = claim._repr_mimebundle_()
    parser = Tags()
    parser.feed(bundle["text/html"])
    assert parser.seen <= {"div", "p", "strong"}
    assert r"\input" not in bundle["text/latex"]
    assert r"\textbackslash{}input\{/etc/passwd\}\$\#\%\_" in bundle["text/latex"]
    assert bundle[CLAIM_MIME]["statement"] == evil


def test_the_fact_is_strict_json_with_everything_a_reader_needs(runs_of: MakeRuns) -> None:
    import json

    claim = pr.claim("x", pr.greater(runs_of("a", [0.9] * 3), runs_of("b", [0.8] * 3), "test/acc"))
    fact = claim._repr_mimebundle_()[CLAIM_MIME]
    json.dumps(fact, allow_nan=False)
    assert fact["statistic"] == "inf"
    assert fact["effect"] is None
    assert [side["label"] for side in fact["sides"]] == ["a", "b"]
    assert [run["id"] for run in fact["runs"]] == ["a-0", "a-1", "a-2", "b-0", "b-1", "b-2"]
    assert fact["disclosure"]["text"] == "matched 6; shown 6"


WELL = [0.93, 0.95, 0.94, 0.96, 0.92, 0.97, 0.95, 0.94]
WORSE = [0.90, 0.91, 0.92, 0.93, 0.91, 0.94, 0.90, 0.92]


@pytest.mark.parametrize(
    ("test", "seeds", "method"),
    [
        ("permutation", True, "sign-flip permutation test"),
        ("permutation", False, "permutation test"),
        ("rank", True, "Wilcoxon signed-rank test"),
        ("rank", False, "Mann-Whitney test"),
    ],
)
def test_an_author_may_compare_without_the_assumption_of_a_distribution(
    runs_of: MakeRuns, test: str, seeds: bool, method: str
) -> None:
    own = None if seeds else [None] * 8
    evidence = pr.greater(runs_of("a", WELL, own), runs_of("b", WORSE, own), "test/acc", test=test)
    claim = pr.claim("a > b", evidence)
    assert claim.verdict is pr.Verdict.HOLDS
    assert (claim.fact.method, claim.fact.test) == (method, test)
    assert claim.interval is not None
    assert claim.interval[0] > 0
    assert claim.p_value is not None
    assert claim.p_value < 0.05


def test_a_few_runs_decide_nothing_without_a_distribution_and_the_reason_says_so(runs_of: MakeRuns) -> None:
    evidence = pr.greater(runs_of("a", WELL[:4]), runs_of("b", WORSE[:4]), "test/acc", test="rank")
    claim = pr.claim("a > b", evidence)
    assert claim.verdict is pr.Verdict.UNRESOLVED
    assert claim.interval is None
    assert "the Wilcoxon signed-rank test can reject nothing at 95% with so few" in claim.reason
    json.dumps(to_json(claim.fact), allow_nan=False)


def test_what_is_no_worse_by_a_margin_holds_fails_and_stays_open(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", WORSE), runs_of("b", WELL)
    verdicts = [pr.claim("x", pr.noninferior(a, b, "test/acc", margin=m)).verdict for m in (0.06, 0.025, 0.01)]
    assert list(map(str, verdicts)) == ["holds", "unresolved", "fails"]
    claim = pr.claim("x", pr.noninferior(a, b, "test/acc", margin=0.06))
    assert claim.fact.bound == -0.06
    assert "against −0.06, which would be too much" in claim.reason
    assert claim.p_value == pytest.approx(float(stats.ttest_rel([v + 0.06 for v in WORSE], WELL).pvalue), rel=1e-6), (
        "two-sided, as all p-values are"
    )
    better = pr.claim("x", pr.noninferior(b, a, "test/acc", margin=0.001))
    assert better.verdict is pr.Verdict.HOLDS


def test_no_worse_is_by_the_way_in_which_the_metric_is_better(runs_of: MakeRuns) -> None:
    a, b = runs_of("a", WELL, metric="test/loss"), runs_of("b", WORSE, metric="test/loss")
    claim = pr.claim("x", pr.noninferior(a, b, "test/loss", margin=0.06))
    assert (claim.fact.bound, str(claim.verdict)) == (0.06, "holds")
    assert str(pr.claim("x", pr.noninferior(a, b, "test/loss", margin=0.01)).verdict) == "fails"


@pytest.mark.parametrize("margin", [0, -1, math.nan, "much"])
def test_a_margin_that_is_none_is_refused(runs_of: MakeRuns, margin: Any) -> None:
    with pytest.raises(UsageError, match="margin"):
        pr.noninferior(runs_of("a", WELL), runs_of("b", WORSE), "test/acc", margin=margin)


def test_an_unknown_test_is_refused_and_the_known_are_named(runs_of: MakeRuns) -> None:
    with pytest.raises(UsageError, match="known: t, permutation, rank"):
        pr.greater(runs_of("a", WELL), runs_of("b", WORSE), "test/acc", test="sign")


def test_an_effect_size_has_an_interval_that_holds_it(runs_of: MakeRuns) -> None:
    claim = pr.claim("x", pr.greater(runs_of("a", WELL), runs_of("b", WORSE), "test/acc"))
    assert claim.effect_interval is not None
    low, high = claim.effect_interval
    assert claim.effect is not None
    assert 0 < low < claim.effect < high
    alone = pr.claim("x", pr.greater(runs_of("a", [0.5] * 3), runs_of("b", [0.4] * 3), "test/acc"))
    assert alone.effect_interval is None


def test_an_open_claim_says_how_many_runs_would_decide_it(runs_of: MakeRuns) -> None:
    few = pr.claim("x", pr.greater(runs_of("a", [0.90, 0.95, 0.92]), runs_of("b", [0.90, 0.91, 0.91]), "test/acc"))
    assert few.verdict is pr.Verdict.UNRESOLVED
    found = re.search(r"if this is the truth, about (\d+) pairs would decide it with 80% power", few.reason)
    assert found is not None
    needed = int(found[1])
    # As many pairs, with the same mean and deviation of their differences.
    differences = np.subtract([0.90, 0.95, 0.92], [0.90, 0.91, 0.91])
    effect = differences.mean() / differences.std(ddof=1)
    assert one_sample(effect, needed, 0.95) >= 0.8 > one_sample(effect, needed - 1, 0.95)
    threshold = pr.claim("x", pr.at_least(runs_of("a", [0.90, 0.95, 0.92]), "test/acc", 0.9))
    assert re.search(r"about \d+ runs would decide", threshold.reason)
    apart = pr.greater(runs_of("a", [0.9, 0.95, 0.92]), runs_of("b", [0.9, 0.91, 0.91]), "test/acc", paired=False)
    assert re.search(r"about \d+ runs a side would decide", pr.claim("x", apart).reason)
    alike = pr.equivalent(runs_of("a", [0.90, 0.95, 0.92]), runs_of("b", [0.90, 0.94, 0.93]), "test/acc", margin=0.01)
    assert re.search(r"about \d+ pairs would decide", pr.claim("x", alike).reason)


def test_what_no_number_of_runs_would_decide_is_not_planned(runs_of: MakeRuns) -> None:
    same = pr.claim("x", pr.greater(runs_of("a", [0.9, 0.8, 0.85]), runs_of("b", [0.8, 0.9, 0.85]), "test/acc"))
    assert same.verdict is pr.Verdict.UNRESOLVED
    assert "80% power" not in same.reason
