"""How each feature of a batch differs from its baseline, how severe that is, and what is to be done: by rules."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from pressrun.lettering import count, listing, shorten
from pressrun.panels.data import as_codes, as_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pressrun.statistics.drift import Shift

#: The population stability index from which a shift is moderate and major. Siddiqi (2006), "Credit Risk Scorecards".
MODERATE, MAJOR = 0.1, 0.25
#: The share of features from which major drift asks for another training.
MANY = 0.25


class Severity(IntEnum):
    """How far a feature has gone from its baseline."""

    #: The data do not tell the batch from the baseline.
    NONE = 0
    #: Told apart, by an index that is small: with many rows anything is.
    MINOR = 1
    MODERATE = 2
    MAJOR = 3
    #: There is nothing to compare: the column is not in the batch, or every value is missing.
    GONE = 4

    def __str__(self) -> str:
        return ("none shown", "minor", "moderate", "major", "gone")[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one feature.

    Parameters
    ----------
    shift
        How the distributions differ; None where either has no value.
    missing
        The share of missing values in the baseline and in the batch; NaN where there is no such column.
    p_missing
        Of the chi-squared test of the counts of missing values, NaN where there are none to compare.
    p_shift
        Of the test of the distributions, NaN where there is none.
    actions
        What to do, each a sentence.
    """

    feature: str
    prediction: bool
    shift: Shift | None
    missing: tuple[float, float]
    p_missing: float
    p_shift: float
    severity: Severity = Severity.NONE
    actions: tuple[str, ...] = ()

    @property
    def index(self) -> float:
        """The population stability index, NaN where there is none."""
        return self.shift.index if self.shift else math.nan


def compare_columns(
    feature: str, baseline: pd.Series[Any], batch: pd.Series[Any], *, prediction: bool, categories: bool
) -> tuple[Finding, list[str]]:
    """Compare a column with its baseline, before any correction; give the disclosure's notes with it.

    Numbers are compared as numbers and everything else as categories: what kind a feature is, the baseline says.
    """
    from pressrun.statistics.drift import of_categories, of_numbers

    notes: list[str] = []
    shift: Shift | None = None
    if not categories and is_numeric(baseline):
        one, some = as_numbers(baseline, feature)
        two, more = as_numbers(batch, feature)
        notes = [*some, *more]
        gone = [float((values != values).mean()) for values in (one, two)]
        sizes = len(one), len(two)
        if max(gone) < 1:
            shift = of_numbers(one, two)
    else:
        texts = [words(column) for column in (baseline, batch)]
        gone = [1 - len(kept) / len(column) for kept, column in zip(texts, (baseline, batch), strict=True)]
        sizes = len(baseline), len(batch)
        if all(texts):
            shift = of_categories(*texts)
    p_missing = _missing_test(gone, sizes)
    p_shift = shift.p_value if shift else math.nan
    return Finding(feature, prediction, shift, (gone[0], gone[1]), p_missing, p_shift), notes


def is_numeric(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers; truth values are categories."""
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    return is_numeric_dtype(column) and not is_bool_dtype(column) and not is_complex_dtype(column)


def words(column: pd.Series[Any]) -> list[str]:
    """Give the categories of a column as texts, without the missing ones."""
    codes, names = as_codes(column)
    return [names[code] for code in codes.tolist() if code >= 0]


def _missing_test(gone: Sequence[float], sizes: Sequence[int]) -> float:
    """Give the p-value of Pearson's chi-squared test that both have the same share of missing values."""
    counts = [[round(share * size), size - round(share * size)] for share, size in zip(gone, sizes, strict=True)]
    if not sum(row[0] for row in counts) or not sum(row[1] for row in counts):
        return math.nan
    from scipy import stats

    return float(stats.chi2_contingency(counts, correction=False).pvalue)


def judge(findings: Sequence[Finding], level: float) -> list[Finding]:
    """Give findings corrected for their number and judged by the rules, the most severe first.

    The p-values of all tests of all features, of distributions and of missing values, are corrected by Holm's method.
    A feature is drifted where its distribution is told from the baseline's at the level; how severe that is, the
    population stability index says. One whose missing values became more or fewer is at least moderate.
    """
    from pressrun.statistics.corrections import holm

    tested = [
        (place, name)
        for place, each in enumerate(findings)
        for name in ("p_shift", "p_missing")
        if not math.isnan(getattr(each, name))
    ]
    corrected = [{"p_shift": math.nan, "p_missing": math.nan} for _ in findings]
    for (place, name), p in zip(tested, holm([getattr(findings[i], n) for i, n in tested]), strict=True):
        corrected[place][name] = p
    judged = [
        _judge(replace(each, p_shift=found["p_shift"], p_missing=found["p_missing"]), 1 - level)
        for each, found in zip(findings, corrected, strict=True)
    ]
    return sorted(judged, key=lambda each: (-each.severity, -_known(each.index), not each.prediction))


def _judge(finding: Finding, risk: float) -> Finding:
    """Give a finding with how severe it is, and what to do about it."""
    name = shorten(finding.feature)
    what = "the predictions" if finding.prediction else f"feature {name}"
    one, two = finding.missing
    if math.isnan(two):
        return replace(finding, severity=Severity.GONE, actions=(f"investigate {what}: the batch has no such column",))
    if finding.shift is None:
        if two == 1 and one < 1:
            return replace(finding, severity=Severity.GONE, actions=(f"investigate {what}: every value is missing",))
        return finding
    severity, actions = Severity.NONE, []
    if finding.p_shift < risk:
        index = finding.index
        severity = Severity.MAJOR if index >= MAJOR else Severity.MODERATE if index >= MODERATE else Severity.MINOR
    if severity >= Severity.MODERATE:
        actions.append(f"investigate {what}: {severity} drift, stability index {finding.index:.2f}")
    if finding.p_missing < risk:
        severity = max(severity, Severity.MODERATE)
        actions.append(f"investigate {what}: missing values went from {one:.1%} to {two:.1%}")
    if finding.shift.unseen:
        unseen = finding.shift.unseen
        share = sum(part for _, part in unseen)
        named = listing([repr(each) for each, _ in unseen], 3)
        actions.append(
            f"investigate {what}: {count(len(unseen), 'unseen value')} in {share:.1%} of the batch ({named})"
        )
    return replace(finding, severity=severity, actions=tuple(actions))


def actions_of(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Give what to do, the most important first.

    "retrain" where the predictions drifted at least moderately, or at least a quarter of the features majorly (a column
    that is gone is first to be investigated: no training repairs it); then what is to be investigated by feature.
    """
    features = [each for each in findings if not each.prediction]
    major = [each for each in features if each.severity is Severity.MAJOR]
    reasons = [
        f"the predictions show {each.severity} drift"
        for each in findings
        if each.prediction and Severity.MODERATE <= each.severity <= Severity.MAJOR
    ]
    if features and len(major) >= MANY * len(features):
        reasons.append(f"{len(major)} of {count(len(features), 'feature')} show major drift")
    retrain = [f"retrain: {' and '.join(reasons)}"] if reasons else []
    return (*retrain, *(action for each in findings for action in each.actions))


def _known(index: float) -> float:
    return -1.0 if math.isnan(index) else index
