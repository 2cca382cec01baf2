"""The forms of evidence: which question each asks of the runs, and the rule that turns the answer into a verdict.

A comparison is read off the two-sided interval of the difference, a threshold off the interval of the mean,
equivalence off two one-sided tests. Runs that are deleted, still running or not finite leave a claim unsupported rather
than quietly weaker; failed runs are left out and named. `docs/decisions/0035-verdicts.md` gives the reasons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from pressrun.arguments import check_choice, check_number, describe
from pressrun.claims.naming import in_a_difference, named
from pressrun.claims.printing import print_number
from pressrun.claims.sample import Omission, Runs, Sample, identity, name_runs
from pressrun.claims.verdict import Verdict
from pressrun.errors import UsageError
from pressrun.records import Direction
from pressrun.runs.frames import seed_of
from pressrun.statistics import means

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pressrun.statistics.means import Estimate

#: Whether to pair observations by seed: where it can be done, always, never.
Pairing: TypeAlias = Literal["auto"] | bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What a form finds.

    Parameters
    ----------
    estimate
        None where the data allow none.
    pairing
        "seed" where the observations were paired.
    n
        Pairs, runs, or the smaller side's runs.
    unpaired
        Runs that counted for nothing because the other side has no such seed.
    """

    verdict: Verdict
    reason: str
    estimate: Estimate | None
    pairing: str
    n: int
    notes: tuple[str, ...] = ()
    unpaired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A question about runs, not yet answered. Made by `greater`, `less`, `at_least`, `at_most` and `equivalent`."""

    form: str
    metric: str
    samples: tuple[Sample, ...]
    bound: float | None = None
    paired: Pairing = "auto"
    nonfinite: str = "refuse"

    def judge(self, level: float) -> Finding:
        """Answer the question at a confidence level in (0, 1), over 0.5 for equivalence."""
        if missing := self._missing():
            return Finding(Verdict.UNSUPPORTED, missing, None, "", min(s.n for s in self.samples))
        if len(self.samples) == 1:
            return self._against_bound(level)
        return self._of_difference(level)

    def _missing(self) -> str:
        """Say what is missing from the evidence so that nothing may be said, "" if nothing is."""
        refused = [Omission.DELETED, Omission.RUNNING]
        if self.nonfinite == "refuse":
            refused.append(Omission.NONFINITE)
        for sample in self.samples:
            for reason in refused:
                if runs := sample.omitted.get(reason):
                    verb = "is" if len(runs) == 1 else "are"
                    what = f"{name_runs(runs)} {verb} {reason}"
                    if reason is Omission.DELETED:
                        what += "; restore it, or let `pressrun build --update` do without it"
                    if reason is Omission.NONFINITE:
                        what = f"{self.metric} of {what}: fix it, or say nonfinite='exclude'"
                    return what
        for sample in self.samples:
            if not sample.n:
                of = f" of {sample.label}" if sample.label and len(self.samples) > 1 else ""
                return f"no run{of} can be counted: {sample.absence()}"
        if len(self.samples) == 2:
            sides = [{identity(run): run for run in sample.runs} for sample in self.samples]
            if shared := [sides[0][key] for key in sides[0] if key in sides[1]]:
                verb = "stands" if len(shared) == 1 else "stand"
                return f"{name_runs(shared)} {verb} on both sides, which are then not two samples"
        return ""

    def _against_bound(self, level: float) -> Finding:
        (sample,) = self.samples
        assert self.bound is not None
        label = sample.label or "mean"
        if sample.n < 2:
            value = _typeset(print_number(sample.values[0]))
            reason = f"{label} = {value} in one run, and one run decides nothing about others"
            return Finding(Verdict.UNRESOLVED, self._complete(reason), None, "", sample.n)
        estimate = means.threshold(sample.values, self.bound, level)
        if self.form == "at_least":
            holds, fails = estimate.low >= self.bound, estimate.high < self.bound
        else:
            holds, fails = estimate.high <= self.bound, estimate.low > self.bound
        words = f"{label} = {_describe(estimate)} over {sample.n} runs, against {_typeset(print_number(self.bound))}"
        return Finding(_verdict(holds, fails), self._complete(words, estimate), estimate, "", sample.n)

    def _of_difference(self, level: float) -> Finding:
        a, b = self.samples
        pairs, obstacle = _pair_by_seed(a, b)
        if self.paired is True and obstacle:
            reason = f"pairing by seed was asked for, and {obstacle}"
            return Finding(Verdict.UNSUPPORTED, reason, None, "", min(a.n, b.n))
        names = _side_names(a, b)
        if min(a.n, b.n) < 2:
            alone = [f"{n} has one run" for n, s in zip(names, (a, b), strict=True) if s.n < 2]
            reason = f"{' and '.join(alone)}, and one run decides nothing about others"
            return Finding(Verdict.UNRESOLVED, self._complete(reason), None, "", min(a.n, b.n))
        notes: tuple[str, ...] = ()
        unpaired: tuple[str, ...] = ()
        if self.paired is not False and not obstacle:
            estimate = means.paired([x for x, _, _ in pairs], [y for _, y, _ in pairs], level)
            pairing, over = "seed", f"{estimate.n} pairs by seed"
            matched = {seed for _, _, seed in pairs}
            unpaired = tuple(run.id for s in (a, b) for run, _ in s.used if seed_of(run) not in matched)
            if unpaired:
                notes = (f"{len(unpaired)} of {a.n + b.n} runs have no partner with the same seed and are left out",)
        else:
            estimate = means.welch(a.values, b.values, level)
            pairing, over = "", f"{a.n} and {b.n} runs, not paired"
        if self.form == "equivalent":
            assert self.bound is not None
            estimate = means.equivalence(estimate, self.bound, level)
            holds = -self.bound < estimate.low and estimate.high < self.bound
            fails = estimate.low >= self.bound or estimate.high <= -self.bound
        elif self.form == "greater":
            holds, fails = estimate.low > 0, estimate.high <= 0
        else:
            holds, fails = estimate.high < 0, estimate.low >= 0
        words = f"{in_a_difference(names[0])} − {in_a_difference(names[1])} = {_describe(estimate)} over {over}"
        if self.form == "equivalent":
            words += f", against a margin of ±{print_number(self.bound)}"
        reason = self._complete(words, estimate, notes)
        return Finding(_verdict(holds, fails), reason, estimate, pairing, estimate.n, notes, unpaired)

    def _complete(self, words: str, estimate: Estimate | None = None, notes: tuple[str, ...] = ()) -> str:
        """Add the effect size and everything a reader must know of the data to a reason."""
        parts = [words]
        if estimate is not None and math.isfinite(estimate.effect):
            sign = {"Hedges' g": "g", "Cohen's d, small-sample corrected": "d"}.get(estimate.effect_name, "d_z")
            parts.append(f"{sign} = {_typeset(f'{estimate.effect:.2g}')}")
        if estimate is not None and not estimate.varies:
            what = "the differences of the pairs" if "aired" in estimate.method else "the runs"
            parts.append(f"{what} do not vary, so the interval has no width")
        parts += notes
        if estimate is not None and self.samples[0].direction is Direction.MIN:
            parts.append(f"of {self.metric} less is better")
        if left_out := "; ".join(filter(None, (sample.absence() for sample in self.samples if sample.omitted))):
            parts.append(f"left out: {left_out}")
        return "; ".join(parts)


def greater(a: Runs, b: Runs, metric: str, *, paired: Pairing = "auto", nonfinite: str = "refuse") -> Evidence:
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

    Raises
    ------
    UsageError
        If an argument has the wrong type. Missing runs and metrics are no errors: the claim is then unsupported.
    """
    return _compare("greater", a, b, metric, None, paired, nonfinite)


def less(a: Runs, b: Runs, metric: str, *, paired: Pairing = "auto", nonfinite: str = "refuse") -> Evidence:
    """Ask whether the mean of a metric is numerically less in `a` than in `b`: `greater` the other way round."""
    return _compare("less", a, b, metric, None, paired, nonfinite)


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
    bound = _finite(margin, "margin")
    if bound <= 0:
        raise UsageError(f"the margin is {margin}, not over 0", hint="give the largest difference that does not matter")
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
    form: str, a: Runs, b: Runs, metric: str, bound: float | None, paired: Pairing, nonfinite: str
) -> Evidence:
    if not isinstance(paired, bool) and not (isinstance(paired, str) and paired == "auto"):
        raise UsageError(f"paired is {describe(paired)}", hint='write paired="auto", True or False')
    sides = named(Sample.of(a, metric), Sample.of(b, metric))
    return Evidence(form, metric, sides, bound, paired, _refusal(nonfinite))


def _finite(value: object, what: str) -> float:
    hint = "give a number in the metric's unit"
    number = check_number(value, what, hint)
    if not math.isfinite(number):
        raise UsageError(f"the {what} is {number}, not a finite number", hint=hint)
    return number


def _refusal(nonfinite: str) -> str:
    return check_choice(nonfinite, "nonfinite", ("refuse", "exclude"))


def _verdict(holds: bool, fails: bool) -> Verdict:
    return Verdict.HOLDS if holds else Verdict.FAILS if fails else Verdict.UNRESOLVED


def _pair_by_seed(a: Sample, b: Sample) -> tuple[list[tuple[float, float, Hashable]], str]:
    """Pair two samples by seed, in the order of `a`; with the obstacle if it cannot be done."""
    sides: list[dict[Hashable, float]] = []
    for sample, name in zip((a, b), _side_names(a, b), strict=True):
        seeds: dict[Hashable, float] = {}
        for run, value in sample.used:
            seed = seed_of(run)
            if seed is None:
                continue
            if seed in seeds:
                return [], f"{name} has seed {seed} more than once"
            seeds[seed] = value
        if not seeds:
            return [], f"{name} has no seeds"
        sides.append(seeds)
    pairs = [(value, sides[1][seed], seed) for seed, value in sides[0].items() if seed in sides[1]]
    return pairs, "" if len(pairs) >= 2 else f"{len(pairs)} seeds match where two are needed"


def _side_names(a: Sample, b: Sample) -> tuple[str, str]:
    if a.label and b.label and a.label != b.label:
        return a.label, b.label
    return (f"{a.label} (A)", f"{b.label} (B)") if a.label and a.label == b.label else (a.label or "A", b.label or "B")


def _typeset(number: str) -> str:
    """Give a printed number the minus sign that sentences have."""
    return number.replace("-", "−")


def _describe(estimate: Estimate) -> str:
    half = (estimate.high - estimate.low) / 2
    value, low, high = (_typeset(print_number(v, half)) for v in (estimate.value, estimate.low, estimate.high))
    return f"{value}, {estimate.level * 100:g}% interval {low} to {high}"
