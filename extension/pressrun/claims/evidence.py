"""Evidence: a question about runs, and the rule of each form that turns the answer into a verdict.

A comparison is read off the two-sided interval of the difference, a threshold off the interval of the mean,
non-inferiority off the difference's interval against the margin, equivalence off two one-sided tests. Runs that are
deleted, still running or not finite leave a claim unsupported rather than quietly weaker; failed runs are left out and
named. `docs/decisions/0035-verdicts.md` gives the reasons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from pressrun.claims.naming import in_a_difference
from pressrun.claims.planning import planned
from pressrun.claims.printing import print_number
from pressrun.claims.sample import Omission, Sample, identity, name_runs
from pressrun.claims.verdict import Verdict
from pressrun.records import Direction
from pressrun.runs.frames import seed_of
from pressrun.statistics import means

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from pressrun.statistics.means import Estimate

    #: Takes two samples, a confidence level and the difference to test.
    Test: TypeAlias = Callable[[Sequence[float], Sequence[float], float, float], Estimate]

#: Whether to pair observations by seed: where it can be done, always, never.
Pairing: TypeAlias = Literal["auto"] | bool

#: What effect sizes are called in a sentence.
_SIGNS = {
    "Hedges' g": "g",
    "Cohen's d, small-sample corrected": "d",
    "Cohen's d_z, small-sample corrected": "d_z",
    "rank biserial correlation": "r",
}


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
    """A question about runs, not yet answered. Made by the functions of `pressrun.claims.forms`.

    Parameters
    ----------
    bound
        The threshold, or the margin; of non-inferiority with the sign of the difference that is just too much.
    test
        How two sides are compared: "t", "permutation" or "rank".
    """

    form: str
    metric: str
    samples: tuple[Sample, ...]
    bound: float | None = None
    paired: Pairing = "auto"
    nonfinite: str = "refuse"
    test: str = "t"

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
        verdict = _verdict(holds, fails)
        plan = self._plan(verdict, estimate, (sample.n,), "runs")
        return Finding(verdict, self._complete(words, estimate, plan), estimate, "", sample.n)

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
            of_pairs, _ = _tests(self.test)
            estimate = of_pairs([x for x, _, _ in pairs], [y for _, y, _ in pairs], level, self._null)
            pairing, over = "seed", f"{estimate.n} pairs by seed"
            matched = {seed for _, _, seed in pairs}
            unpaired = tuple(run.id for s in (a, b) for run, _ in s.used if seed_of(run) not in matched)
            if unpaired:
                notes = (f"{len(unpaired)} of {a.n + b.n} runs have no partner with the same seed and are left out",)
        else:
            _, of_samples = _tests(self.test)
            estimate = of_samples(a.values, b.values, level, self._null)
            pairing, over = "", f"{a.n} and {b.n} runs, not paired"
        if self.form == "equivalent":
            assert self.bound is not None
            estimate = means.equivalence(estimate, self.bound, level)
            holds = -self.bound < estimate.low and estimate.high < self.bound
            fails = estimate.low >= self.bound or estimate.high <= -self.bound
        elif self.form == "greater" or self._null < 0:
            holds, fails = estimate.low > self._null, estimate.high <= self._null
        else:
            holds, fails = estimate.high < self._null, estimate.low >= self._null
        words = f"{in_a_difference(names[0])} − {in_a_difference(names[1])} = {_describe(estimate)} over {over}"
        if self.form == "equivalent":
            words += f", against a margin of ±{print_number(self.bound)}"
        elif self.form == "noninferior":
            words += f", against {_typeset(print_number(self.bound))}, which would be too much"
        verdict = _verdict(holds, fails)
        sizes = (estimate.n,) if pairing else (a.n, b.n)
        plan = self._plan(verdict, estimate, sizes, "pairs" if pairing else "runs a side")
        reason = self._complete(words, estimate, (*notes, *plan))
        return Finding(verdict, reason, estimate, pairing, estimate.n, notes, unpaired)

    @property
    def _null(self) -> float:
        """The difference that a comparison is tested against."""
        return self.bound if self.form == "noninferior" and self.bound is not None else 0.0

    def _plan(self, verdict: Verdict, estimate: Estimate, sizes: tuple[int, ...], of: str) -> tuple[str, ...]:
        """Say how many runs would decide what these leave open; only where that can be computed."""
        if verdict is not Verdict.UNRESOLVED or self.test != "t" or not estimate.varies:
            return ()
        null = self.bound if len(self.samples) == 1 and self.bound is not None else self._null
        needed = planned(estimate, sizes, null, self.bound if self.form == "equivalent" else None)
        return (f"if this is the truth, {needed} {of} would decide it with 80% power",) if needed else ()

    def _complete(self, words: str, estimate: Estimate | None = None, notes: tuple[str, ...] = ()) -> str:
        """Add the effect size and everything a reader must know of the data to a reason."""
        parts = [words]
        if estimate is not None and math.isfinite(estimate.effect):
            parts.append(f"{_SIGNS[estimate.effect_name]} = {_typeset(f'{estimate.effect:.2g}')}")
        if estimate is not None and not estimate.varies:
            what = "the differences of the pairs" if "aired" in estimate.method else "the runs"
            parts.append(f"{what} do not vary, so the interval has no width")
        parts += notes
        if estimate is not None and self.samples[0].direction is Direction.MIN:
            parts.append(f"of {self.metric} less is better")
        if left_out := "; ".join(filter(None, (sample.absence() for sample in self.samples if sample.omitted))):
            parts.append(f"left out: {left_out}")
        return "; ".join(parts)


def _tests(name: str) -> tuple[Test, Test]:
    """Give how a test compares pairs, and how independent samples, by what authors call it."""
    if name == "t":
        return means.paired, means.welch
    from pressrun.statistics import shifts

    tests = {"permutation": (shifts.sign_flips, shifts.permutation), "rank": (shifts.wilcoxon, shifts.mann_whitney)}
    return tests[name]


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
    if not estimate.is_bounded:
        value = _typeset(print_number(estimate.value))
        return f"{value}, and the {estimate.method} can reject nothing at {estimate.level * 100:g}% with so few"
    half = (estimate.high - estimate.low) / 2
    value, low, high = (_typeset(print_number(v, half)) for v in (estimate.value, estimate.low, estimate.high))
    return f"{value}, {estimate.level * 100:g}% interval {low} to {high}"
