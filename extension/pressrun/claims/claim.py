"""Claims: statements of a paper bound to evidence, judged again each time the paper is built."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from pressrun.canonical import JsonNumber, number
from pressrun.claims.cards import card, latex, line
from pressrun.claims.evidence import Evidence, Finding
from pressrun.claims.forms import at_least as at_least
from pressrun.claims.forms import at_most as at_most
from pressrun.claims.forms import equivalent as equivalent
from pressrun.claims.forms import greater as greater
from pressrun.claims.forms import less as less
from pressrun.claims.forms import noninferior as noninferior
from pressrun.claims.sample import disclose
from pressrun.claims.value import check_level
from pressrun.claims.verdict import Verdict as Verdict
from pressrun.errors import UsageError
from pressrun.facts import ClaimFact, Excluded, to_json
from pressrun.statistics.interval import LEVEL

_FORMS = (
    "greater(a, b, metric), less(a, b, metric), at_least(runs, metric, bound), at_most(runs, metric, bound), "
    "noninferior(a, b, metric, margin=…) or equivalent(a, b, metric, margin=…)"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, its evidence, and what the evidence says: everything is in `fact`."""

    fact: ClaimFact

    @property
    def verdict(self) -> Verdict:
        """What the evidence says."""
        return Verdict(self.fact.verdict)

    @property
    def reason(self) -> str:
        """Why, in one sentence with the numbers in it."""
        return self.fact.reason

    @property
    def estimate(self) -> float | None:
        """The difference, or the mean, in the metric's unit; None where the data allow none."""
        return _float(self.fact.estimate)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the estimate's confidence interval."""
        return _ends(self.fact.interval)

    @property
    def n(self) -> int:
        """Pairs, runs, or the smaller side's runs."""
        return self.fact.n

    @property
    def statistic(self) -> float | None:
        """The statistic of the test that `fact.method` names: Student's t, a sum of ranks, or a difference of means."""
        return _float(self.fact.statistic)

    @property
    def p_value(self) -> float | None:
        """Two-sided, before correction for the paper's other claims; for equivalence the greater of the two tests'."""
        return _float(self.fact.p_value)

    @property
    def effect(self) -> float | None:
        """The standardised effect size that `fact.effect_name` names."""
        return _float(self.fact.effect)

    @property
    def effect_interval(self) -> tuple[float, float] | None:
        """The ends of the effect size's confidence interval; None where there is none."""
        return _ends(self.fact.effect_interval)

    def __repr__(self) -> str:
        return f"<Claim {self.fact.verdict}: {self.fact.statement!r}>"

    def __bool__(self) -> bool:
        raise UsageError(
            "a claim is neither true nor false", hint="compare its verdict: claim.verdict is Verdict.HOLDS"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {
            self.fact.mime: to_json(self.fact),
            "text/plain": line(self.fact),
            "text/html": card(self.fact),
            "text/latex": latex(self.fact),
        }


def claim(statement: str, evidence: Evidence, *, level: float = LEVEL) -> Claim:
    """State something and check it against its evidence.

    Parameters
    ----------
    statement
        One sentence, in the words of the paper.
    evidence
        What `greater`, `less`, `at_least`, `at_most`, `noninferior` or `equivalent` gives.
    level
        Confidence level in (0, 1), over 0.5 for equivalence.

    Returns
    -------
    Claim
        Missing, deleted or unfinished runs and unknown metrics are no errors: they leave the claim "unsupported".

    Raises
    ------
    UsageError
        If the evidence is not evidence: a bare True says nothing of runs and could not be checked again.
    """
    if not isinstance(statement, str) or not statement.strip():
        raise UsageError("a claim needs a statement", hint='write pr.claim("SVM beats logistic regression", …)')
    if not isinstance(evidence, Evidence):
        raise UsageError(
            f"{evidence!r} is no evidence: a claim is bound to runs, so that every build can check it again"
            if isinstance(evidence, bool)
            else f"{type(evidence).__name__} is no evidence for a claim",
            where=f"claim {statement!r}",
            hint=f"write one of {_FORMS}",
        )
    level = check_level(level)
    if evidence.form == "equivalent" and level <= 0.5:
        raise UsageError(f"the level is {level}", hint="equivalence needs a level over 0.5")
    return judge(statement.strip(), evidence, level)


def judge(statement: str, evidence: Evidence, level: float) -> Claim:
    """Check a statement against evidence, arguments that are known to be right."""
    return Claim(_fact(statement, evidence, evidence.judge(level), level))


def _fact(statement: str, evidence: Evidence, finding: Finding, level: float) -> ClaimFact:
    found = finding.estimate
    disclosure = disclose(*evidence.samples, notes=finding.notes)
    if finding.unpaired:
        unpaired = Excluded("without a partner of the same seed", finding.unpaired)
        shown = disclosure.shown - len(finding.unpaired)
        disclosure = replace(disclosure, shown=shown, excluded=(*disclosure.excluded, unpaired), notes=())
    return ClaimFact(
        statement=statement,
        form=evidence.form,
        verdict=finding.verdict.value,
        reason=finding.reason,
        metric=evidence.metric,
        sides=tuple(sample.side(level) for sample in evidence.samples),
        estimate=None if found is None else number(found.value),
        interval=None if found is None or not found.is_bounded else (number(found.low), number(found.high)),
        level=level,
        bound=number(evidence.bound),
        n=finding.n,
        pairing=finding.pairing,
        method="" if found is None else found.method,
        statistic=None if found is None else _known(found.statistic),
        df=None if found is None else _known(found.df),
        p_value=None if found is None else number(found.p_value),
        p_corrected=None,
        correction="",
        effect=None if found is None else _known(found.effect),
        effect_name="" if found is None else found.effect_name,
        runs=tuple(cite for sample in evidence.samples for cite in sample.cites),
        queries=tuple(dict.fromkeys(query for sample in evidence.samples for query in sample.queries)),
        disclosure=disclosure,
        paired={"auto": "auto", True: "always", False: "never"}[evidence.paired],
        nonfinite=evidence.nonfinite,
        test=evidence.test,
        effect_interval=None
        if found is None or not math.isfinite(found.effect_low + found.effect_high)
        else (number(found.effect_low), number(found.effect_high)),
    )


def _known(value: float) -> JsonNumber:
    """Give a test's number, None where the data leave it undefined: 0/0 is not a NaN that anybody measured."""
    return None if math.isnan(value) else number(value)


def _float(value: JsonNumber) -> float | None:
    return None if value is None else float(value)


def _ends(interval: tuple[JsonNumber, JsonNumber] | None) -> tuple[float, float] | None:
    if interval is None:
        return None
    low, high = map(_float, interval)
    assert low is not None
    assert high is not None
    return low, high
