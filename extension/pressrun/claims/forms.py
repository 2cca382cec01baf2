"""The forms of evidence: what authors ask of runs."""

from __future__ import annotations

import math
from dataclasses import replace

from pressrun.arguments import check_choice, check_number, describe
from pressrun.claims.evidence import Evidence, Pairing
from pressrun.claims.naming import named
from pressrun.claims.sample import Runs, Sample, direction_of
from pressrun.errors import UsageError
from pressrun.records import Direction


def greater(
    a: Runs, b: Runs, metric: str, *, paired: Pairing = "auto", nonfinite: str = "refuse", test: str = "t"
) -> Evidence:
    """Ask whether the mean of a metric is numerically greater in `a` than in `b`.

    Holds when the two-sided interval of mean(a) - mean(b) lies above 0, fails when no part of it does.

    Parameters
    ----------
    a, b
        Run sets, groups, or lists of runs that share no run.
    metric
        A summary entry. "Greater" is numerical, whichever way the metric is better.
    paired
        "auto": by seed where each seed occurs once a side and at least two match, else Welch's test; True: only by
        seed, unsupported where that cannot be done; False: never.
    nonfinite
        "refuse": a run whose number is NaN or ±Inf leaves the claim unsupported; "exclude": it is left out and named.
    test
        "t": Student's or Welch's, of means; "permutation": of means too, without the assumption of a distribution;
        "rank": Wilcoxon's or Mann and Whitney's, of medians of differences. The last two need six pairs, or four runs a
        side, to decide anything at 95%.

    Raises
    ------
    UsageError
        If an argument has the wrong type. Missing runs and metrics are no errors: the claim is then unsupported.
    """
    return _compare("greater", a, b, metric, None, paired, nonfinite, test)


def less(
    a: Runs, b: Runs, metric: str, *, paired: Pairing = "auto", nonfinite: str = "refuse", test: str = "t"
) -> Evidence:
    """Ask whether the mean of a metric is numerically less in `a` than in `b`: `greater` the other way round."""
    return _compare("less", a, b, metric, None, paired, nonfinite, test)


def noninferior(
    a: Runs,
    b: Runs,
    metric: str,
    *,
    margin: float,
    paired: Pairing = "auto",
    nonfinite: str = "refuse",
    test: str = "t",
) -> Evidence:
    """Ask whether `a` is worse than `b` by less than a margin, if it is worse at all.

    Which way is better is the project's to say, or the metric's name. Where more is better it holds when the two-sided
    interval of mean(a) - mean(b) lies above -margin, and fails when no part of it does. At the level 0.95 that is the
    one-sided test at 2.5% that trials are planned with (ICH E9, 1998).

    Parameters
    ----------
    margin
        Greater than 0, in the metric's unit: the smallest loss that matters.
    a, b, metric, paired, nonfinite, test
        As for `greater`.

    Raises
    ------
    UsageError
        If an argument has the wrong type or the margin is not over 0.
    """
    bound = _margin(margin, "give the smallest loss that matters")
    evidence = _compare("noninferior", a, b, metric, bound, paired, nonfinite, test)
    more_is_better = direction_of(a, metric) is not Direction.MIN
    return replace(evidence, bound=-bound if more_is_better else bound)


def equivalent(
    a: Runs, b: Runs, metric: str, *, margin: float, paired: Pairing = "auto", nonfinite: str = "refuse"
) -> Evidence:
    """Ask whether the means of a metric differ by less than a margin: two one-sided tests (TOST).

    With α = 1 - level it holds when the 1 - 2α interval of the difference lies within ±margin, and fails when the
    interval lies wholly outside.

    Parameters
    ----------
    margin
        Greater than 0, in the metric's unit: the largest difference that does not matter.
    a, b, metric, paired, nonfinite
        As for `greater`.

    Raises
    ------
    UsageError
        If an argument has the wrong type or the margin is not over 0.
    """
    bound = _margin(margin, "give the largest difference that does not matter")
    return _compare("equivalent", a, b, metric, bound, paired, nonfinite)


def at_least(runs: Runs, metric: str, bound: float, *, nonfinite: str = "refuse") -> Evidence:
    """Ask whether the mean of a metric is at least a bound.

    Holds when the two-sided interval of the mean lies at or above the bound, fails when it lies below.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    bound
        A finite number in the metric's unit.
    metric, nonfinite
        As for `greater`.

    Raises
    ------
    UsageError
        If an argument has the wrong type.
    """
    return Evidence(
        "at_least", metric, (Sample.of(runs, metric),), _finite(bound, "bound"), "auto", _refusal(nonfinite)
    )


def at_most(runs: Runs, metric: str, bound: float, *, nonfinite: str = "refuse") -> Evidence:
    """Ask whether the mean of a metric is at most a bound: `at_least` the other way round."""
    return Evidence("at_most", metric, (Sample.of(runs, metric),), _finite(bound, "bound"), "auto", _refusal(nonfinite))


def _compare(
    form: str,
    a: Runs,
    b: Runs,
    metric: str,
    bound: float | None,
    paired: Pairing,
    nonfinite: str,
    test: str = "t",
) -> Evidence:
    if not isinstance(paired, bool) and not (isinstance(paired, str) and paired == "auto"):
        raise UsageError(f"paired is {describe(paired)}", hint='write paired="auto", True or False')
    sides = named(Sample.of(a, metric), Sample.of(b, metric))
    test = check_choice(test, "test", ("t", "permutation", "rank"))
    return Evidence(form, metric, sides, bound, paired, _refusal(nonfinite), test)


def _margin(margin: object, hint: str) -> float:
    bound = _finite(margin, "margin")
    if bound <= 0:
        raise UsageError(f"the margin is {margin}, not over 0", hint=hint)
    return bound


def _finite(value: object, what: str) -> float:
    hint = "give a number in the metric's unit"
    number = check_number(value, what, hint)
    if not math.isfinite(number):
        raise UsageError(f"the {what} is {number}, not a finite number", hint=hint)
    return number


def _refusal(nonfinite: str) -> str:
    return check_choice(nonfinite, "nonfinite", ("refuse", "exclude"))
