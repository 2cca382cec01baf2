"""Numbers of the prose: one metric over some runs as one number that knows its runs and how sure it is."""

from __future__ import annotations

import html
import math
import re
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_choice, check_decimals, check_number, check_text
from pressrun.canonical import number
from pressrun.claims.naming import named
from pressrun.claims.printing import print_number
from pressrun.claims.sample import Runs, Sample, direction_of, disclose
from pressrun.errors import UsageError
from pressrun.facts import ValueFact, to_json
from pressrun.records import Direction, Run
from pressrun.statistics.interval import LEVEL, moments

if TYPE_CHECKING:
    from collections.abc import Sequence

AGGREGATIONS = ("mean", "median", "min", "max", "best", "std", "count", "only")


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """One number bound to its runs.

    It computes and compares like a float (`float(acc)`, `acc > 0.9`, `f"{acc:.1%}"`), as NaN where it is missing; what
    is computed from it is a plain number and no longer knows its runs, except for the difference of two values.
    """

    fact: ValueFact
    runs: tuple[Run, ...]
    #: What a difference is computed from: one sample, or the two of a difference.
    samples: tuple[Sample, ...]

    @property
    def number(self) -> float | None:
        """The number, None where there is no evidence for one."""
        return None if self.fact.number is None else float(self.fact.number)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the confidence interval, None where there is none."""
        if self.fact.interval is None:
            return None
        low, high = self.fact.interval
        assert low is not None
        assert high is not None
        return float(low), float(high)

    @property
    def n(self) -> int:
        """Runs that count."""
        return self.fact.n

    def minus(self, other: Value) -> Value:
        """Give this mean less another, with the interval of the difference, paired by seed where that can be done.

        Raises
        ------
        UsageError
            If either is no mean, or they are of different metrics.
        """
        return _difference(self, other)

    def __float__(self) -> float:
        return math.nan if self.number is None else self.number

    def __int__(self) -> int:
        return int(float(self))

    def __bool__(self) -> bool:
        return self.number is not None and self.number != 0

    def __str__(self) -> str:
        return self.fact.text

    def __repr__(self) -> str:
        ends = f" [{self.interval[0]:g}, {self.interval[1]:g}]" if self.interval else ""
        return f"<Value {self.fact.text}{ends} {self.fact.aggregation} of {self.fact.metric!r}, n={self.n}>"

    def __format__(self, spec: str) -> str:
        if not spec or self.number is None:
            return self.fact.text
        return format(int(self.number) if self.fact.aggregation == "count" else self.number, spec)

    def __eq__(self, other: object) -> bool:
        return float(self) == float(other) if isinstance(other, (int, float, Value)) else NotImplemented

    def __hash__(self) -> int:
        return hash(float(self))

    def __lt__(self, other: float | Value) -> bool:
        return float(self) < float(other)

    def __le__(self, other: float | Value) -> bool:
        return float(self) <= float(other)

    def __gt__(self, other: float | Value) -> bool:
        return float(self) > float(other)

    def __ge__(self, other: float | Value) -> bool:
        return float(self) >= float(other)

    def __add__(self, other: float | Value) -> float:
        return float(self) + float(other)

    __radd__ = __add__

    def __sub__(self, other: float | Value) -> float | Value:
        return self.minus(other) if isinstance(other, Value) else float(self) - float(other)

    def __rsub__(self, other: float) -> float:
        return float(other) - float(self)

    def __mul__(self, other: float | Value) -> float:
        return float(self) * float(other)

    __rmul__ = __mul__

    def __truediv__(self, other: float | Value) -> float:
        return float(self) / float(other)

    def __rtruediv__(self, other: float) -> float:
        return float(other) / float(self)

    def __neg__(self) -> float:
        return -float(self)

    def __abs__(self) -> float:
        return abs(float(self))

    def __round__(self, digits: int = 0) -> float:
        return round(float(self), digits)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        text = self.fact.text
        title = describe(self.fact)
        return {
            self.fact.mime: to_json(self.fact),
            "text/plain": text,
            "text/markdown": re.sub(r"([\\`*_{}\[\]<>()#!|~$&])", r"\\\1", text),
            "text/html": f'<span class="pr-value" data-state="{html.escape(self.fact.state)}" '
            f'title="{html.escape(title)}">{html.escape(text)}</span>',
        }


def value(
    runs: Runs,
    metric: str,
    aggregation: str = "mean",
    *,
    digits: int | None = None,
    unit: str = "",
    level: float = LEVEL,
    missing: str = "n/a",
) -> Value:
    """Give one number of the prose, bound to its runs.

    Only finished runs with a finite number count. Others make the value "partial" and are named; with none left it is
    "missing" and prints `missing`, never an old number. An unknown metric is a missing one, with the nearest names.

    Parameters
    ----------
    runs
        A run set, one run, or a list of runs.
    metric
        A summary entry.
    aggregation
        "mean" (with its Student-t interval), "median", "min", "max", "best" (by the metric's direction), "std" (with
        n - 1), "count" (runs that count) or "only" (of exactly one run).
    digits
        Decimals; by default those that keep two significant digits of the interval's half-width, or four significant
        digits where there is no interval.
    unit
        Printed after the number; nothing is converted.
    level
        Confidence level in (0, 1).
    missing
        What to print when there is no number.

    Raises
    ------
    UsageError
        If an argument has the wrong type, the aggregation is unknown, or "only" meets other than one run.
    """
    check_choice(aggregation, "aggregation", AGGREGATIONS)
    digits = check_decimals(digits, 20)
    check_text(unit, "unit", 'unit="ms"')
    check_text(missing, "missing", 'missing="n/a"')
    level = check_level(level)
    sample = Sample.of(runs, metric)
    if aggregation == "only" and len(sample.runs) != 1:
        raise UsageError(
            f"the only run's {metric} was asked for, and there are {len(sample.runs)} runs",
            hint="narrow the query, or aggregate with mean, median, min, max or best",
        )
    method = ""
    if aggregation == "mean":
        method = "mean with its Student-t interval"
    elif aggregation == "best":
        method = direction_of(runs, metric).value
    ends = sample.interval(level)
    interval = (ends.low, ends.high) if aggregation == "mean" and ends.decides else None
    found = None if aggregation == "std" and sample.n < 2 else aggregate(sample.values, aggregation, method)
    reason = sample.absence() if found is None or sample.omitted else ""
    if found is None and not reason:
        reason = "one run has no spread"
    notes = () if found is None or digits is not None else (_digits_note(interval),)
    fact = ValueFact(
        number=number(found),
        text=missing if found is None else print_with_unit(found, interval, digits, unit),
        metric=metric,
        aggregation=aggregation,
        n=sample.n,
        interval=None if interval is None else (number(interval[0]), number(interval[1])),
        level=level,
        method=method,
        unit=unit,
        state="missing" if found is None else "partial" if sample.omitted else "current",
        reason=reason,
        runs=sample.cites,
        queries=sample.queries,
        disclosure=disclose(sample, notes=tuple(filter(None, notes))),
        digits=digits,
        asked=sample.asked,
    )
    return Value(fact, sample.runs, (sample,))


def aggregate(values: Sequence[float], aggregation: str, method: str = "") -> float | None:
    """Make one number of several finite ones; None of none. `method` is "max" or "min" for "best"."""
    if not values:
        return None
    if aggregation == "best":
        return max(values) if Direction(method) is Direction.MAX else min(values)
    if aggregation == "mean":
        return moments(values)[0]
    if aggregation == "std":
        return moments(values)[1] if len(values) > 1 else None
    if aggregation == "median":
        return statistics.median(values)
    if aggregation == "count":
        return len(values)
    if aggregation in ("min", "max"):
        return min(values) if aggregation == "min" else max(values)
    return values[0]


def print_with_unit(
    found: float, interval: tuple[float, float] | None, digits: int | None = None, unit: str = ""
) -> str:
    """Print a number and its unit as the prose has them; the percent sign stands close, other units apart."""
    half = math.nan if interval is None else (interval[1] - interval[0]) / 2
    text = print_number(found, half, digits)
    if not unit:
        return text
    return f"{text}{unit}" if unit in ("%", "°", "×") else f"{text}\N{NO-BREAK SPACE}{unit}"


def describe(fact: ValueFact) -> str:
    """Say in one line where a value comes from: for a tooltip, or a screen reader."""
    parts = [f"{fact.aggregation} of {fact.metric}, n = {fact.n}"]
    if fact.interval is not None:
        half = (float(fact.interval[1] or 0) - float(fact.interval[0] or 0)) / 2
        low, high = (print_number(float(end or 0), half) for end in fact.interval)
        parts.append(f"{fact.level * 100:g}% interval {low} to {high}")
    if fact.state != "current":
        parts.append(f"{fact.state}: {fact.reason}")
    return "; ".join(parts)


def check_level(level: object) -> float:
    """Give a confidence level back.

    Raises
    ------
    UsageError
        If it is not a number between 0 and 1.
    """
    hint = "give a confidence level between 0 and 1, such as 0.95"
    found = check_number(level, "level", hint)
    if not 0 < found < 1:
        raise UsageError(f"the level is {found!r}", hint=hint)
    return found


def _digits_note(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else "printed to two significant digits of the interval's half-width"


def _difference(a: Value, b: Value) -> Value:
    from pressrun.claims.forms import greater

    for each in (a, b):
        if not isinstance(each, Value) or each.fact.aggregation != "mean":
            raise UsageError("only the means of one metric can be subtracted", hint="use float(value) for other sums")
    if a.fact.metric != b.fact.metric:
        raise UsageError(
            f"{a.fact.metric} less {b.fact.metric} mixes two metrics", hint="use float(value) for such sums"
        )
    left, right = named(*a.samples, *b.samples)
    level = a.fact.level
    finding = greater(a.runs, b.runs, a.fact.metric, nonfinite="exclude").judge(level)
    estimate = finding.estimate
    found: float | None = estimate.value if estimate is not None else None
    if found is None and left.n and right.n:
        found = float(a) - float(b)
    ends = None if estimate is None else (estimate.low, estimate.high)
    state = (
        "missing" if found is None else "partial" if left.omitted or right.omitted or finding.unpaired else "current"
    )
    absence = "; ".join(filter(None, (s.absence() for s in (left, right) if s.omitted or not s.runs)))
    fact = replace(
        a.fact,
        number=number(found),
        text="n/a" if found is None else print_with_unit(found, ends, a.fact.digits, a.fact.unit),
        aggregation="difference",
        n=finding.n,
        interval=None if ends is None else (number(ends[0]), number(ends[1])),
        method="" if estimate is None else f"difference of means, {estimate.method}",
        state=state,
        reason="; ".join(filter(None, (absence, *finding.notes))),
        runs=left.cites + right.cites,
        queries=tuple(dict.fromkeys(left.queries + right.queries)),
        disclosure=disclose(left, right, notes=finding.notes),
        sides=(left.side(level), right.side(level)),
        asked=None,
    )
    return Value(fact, left.runs + right.runs, (left, right))
