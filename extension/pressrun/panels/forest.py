"""Forest plot: differences of A against B, each with its interval, beside the line of no difference.

The frame of the fact is a chart's (`chart.py`). Its parts are numbered by plot, one a metric: `decided-0` and
`open-0`, one row a difference with the ends of its interval, `n` and `p_corrected`; `none-0`, the line of no
difference; and `margin-0`, the ends of the margin within which differences do not matter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text
from pressrun.canonical import number
from pressrun.errors import UsageError
from pressrun.facts import ClaimFact, Disclosure, Excluded, PanelFact, RunCite
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.contrasts import Contrast, against, of_claim, settle
from pressrun.panels.estimates import decimals_of, estimate_cell, whiskers
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import MISSING
from pressrun.panels.remembered import once, remembered
from pressrun.statistics.interval import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet


class Forest(ChartPanel):
    """Differences with their intervals."""


def forest(
    runs: RunSet | Groups | Sequence[Run] | Sequence[Any],
    metric: str = "",
    *,
    by: str | Sequence[str] | Groups | None = None,
    baseline: str = "",
    task: str = "",
    margin: float | None = None,
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Forest:
    """Show differences with their 95% intervals: of groups against a baseline, on each task, or of a paper's claims.

    Differences of runs are paired by seed where seeds match and Welch's otherwise, by the same rules as those of tables
    (Student 1908; Welch 1947). A difference is decided, and drawn as a filled point, where Holm's correction over all
    that are shown rejects that there is none at 5% (Holm 1979); a ring is undecided, whatever its interval. Claims are
    drawn as rings unless they hold or fail and their corrected p-value decides too.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs; or a list of claims, as `pr.claim` gives them.
    metric
        A metric of the summary such as "test/acc"; not of claims, which have their own.
    by
        What to compare by, such as "config.model"; needed unless `runs` is grouped.
    baseline
        The group that others are compared with.
    task
        What tells tasks apart, such as "config.dataset": differences are then taken on each task by itself.
    margin
        Differences no greater than this do not matter: lines are drawn at both ends. Of equivalence claims with one
        margin it is theirs.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or the task.
    UsageError
        If an argument is not understood, or there is no such baseline.
    """
    include = once(include)
    check_text(title, "title", 'title="Against the baseline"')
    _check_margin(margin)
    facts = [getattr(each, "fact", None) for each in runs] if isinstance(runs, (list, tuple)) else []
    claims = [fact for fact in facts if isinstance(fact, ClaimFact)]
    if claims:
        return _of_claims(claims, facts, margin, title, asked=(metric, by, baseline, task))
    check_text(metric, "metric", 'metric="test/acc"')
    if not metric or not baseline:
        missing = "metric" if not metric else "baseline"
        raise UsageError(
            f"there is no {missing}", where=missing, hint='write pr.forest(runs, "test/acc", by=…, baseline="small")'
        )
    found = against(runs, metric, by=by, baseline=baseline, task=task, include=include)
    settled = settle(found.contrasts)
    arguments = {"metric": metric, "baseline": baseline, "task": task, "margin": margin}
    call = remembered(runs, by, {**arguments, "title": title, "include": include})
    disclosure = found.selection.disclosure(found.members, [*found.notes, *_looks(settled)], seeds_repeat=bool(task))
    cites = tuple(RunCite.of(run) for m in found.members for run in m.runs)
    return _panel(settled, margin, title, cites, found.selection.runs.queries, disclosure, call)


def _of_claims(
    claims: Sequence[ClaimFact], facts: Sequence[object], margin: float | None, title: str, asked: tuple[Any, ...]
) -> Forest:
    if len(claims) < len(facts):
        raise UsageError("runs holds claims and others", where="runs", hint="pass claims alone, or runs alone")
    if any(asked):
        raise UsageError("claims have their own metric and sides", where="runs", hint="pass no more than a margin")
    contrasts = [contrast for fact in claims if (contrast := of_claim(fact))]
    unsupported = [fact.statement for fact in claims if of_claim(fact) is None]
    shown = [fact for fact in claims if of_claim(fact)]
    cites = tuple(dict.fromkeys(cite for fact in shown for cite in fact.runs))
    every = dict.fromkeys((cite.source, cite.id) for fact in claims for cite in fact.runs)
    left = tuple(run_id for source, run_id in every if (source, run_id) not in {(c.source, c.id) for c in cites})
    settled = settle(contrasts)
    notes = [f"no estimate, so not drawn: {listing(unsupported, 5)}"] if unsupported else []
    disclosure = Disclosure(
        matched=len(every),
        shown=len(cites),
        excluded=(Excluded("of claims without an estimate", left),) if left else (),
        notes=(*notes, *_looks(settled)),
    )
    queries = tuple(dict.fromkeys(query for fact in claims for query in fact.queries))
    return _panel(settled, margin, title, cites, queries, disclosure, None)


def _check_margin(margin: object) -> None:
    is_number = isinstance(margin, (int, float)) and not isinstance(margin, bool) and 0 < margin < math.inf
    if margin is not None and not is_number:
        raise UsageError(f"margin is {margin!r:.40}, and no number above 0", where="margin", hint="write margin=0.01")


def _looks(contrasts: Sequence[Contrast]) -> list[str]:
    if not contrasts:
        return []
    return [
        f"{count(len(contrasts), 'difference')} looked at: filled where decided at 5% after Holm's correction "
        f"({sum(each.is_decided for each in contrasts)}), rings undecided; intervals are not corrected"
    ]


def _panel(
    contrasts: Sequence[Contrast],
    margin: float | None,
    title: str,
    cites: tuple[RunCite, ...],
    queries: tuple[str, ...],
    disclosure: Disclosure,
    call: dict[str, Any] | None,
) -> Forest:
    rows = Rows()
    plots = []
    axes = list(dict.fromkeys(each.axis for each in contrasts))
    for at, axis in enumerate(axes):
        some = [(name, each) for name, each in zip(_names(contrasts), contrasts, strict=True) if each.axis == axis]
        margins = {each.margin for _, each in some} if margin is None else {margin}
        rows.add(f"none-{at}", x=0.0)
        # One line for all: of claims with margins of their own, none is drawn.
        shared = next(iter(margins)) if len(margins) == 1 else None
        if shared is not None:
            rows.add(f"margin-{at}", x=-shared)
            rows.add(f"margin-{at}", x=shared, text="margin")
        for name, each in some:
            ends = whiskers("x", each.low, each.high)
            part = f"{'decided' if each.is_decided else 'open'}-{at}"
            tip = {"n": each.n, "p_corrected": number(each.p_corrected)}
            rows.add(part, text=each.label, x=each.value, y=name, **tip, **ends)
        layers = (
            Layer(f"none-{at}", Mark.RULE),
            Layer(f"margin-{at}", Mark.RULE, dashed=True),
            Layer(f"open-{at}", Mark.POINT, hollow=True, tip=("n", "p_corrected")),
            Layer(f"decided-{at}", Mark.POINT, tip=("n", "p_corrected")),
        )
        names = Axis(scale=Scale.CATEGORY, names=tuple(name for name, _ in some))
        plots.append(Plot(Axis(axis), names, layers))
    view = {"chart": Chart(tuple(plots)).to_view(), "table": _table(contrasts).to_view(), "alt": _alt(contrasts)}
    return Forest(
        PanelFact(
            kind="forest",
            title=title,
            metrics=tuple(dict.fromkeys(each.metric for each in contrasts if each.metric)),
            frame=rows.frame,
            view=view if call is None else {**view, "call": call},
            runs=tuple(dict.fromkeys(cites)),
            queries=queries,
            disclosure=disclosure,
        )
    )


def _names(contrasts: Sequence[Contrast]) -> list[str]:
    """Give each difference a category of its own, which says of how many runs or pairs it is."""
    names = [f"{shorten(each.label, 25)} (n = {each.n})" for each in contrasts]
    return [name if names.count(name) == 1 else f"{place + 1} · {name}" for place, name in enumerate(names)]


def _table(contrasts: Sequence[Contrast]) -> Grid:
    columns = (
        Column("label", "difference"),
        Column("n", "n", "right", numeric=True),
        Column("value", "estimate", "right", numeric=True),
        Column("p", "p (Holm)", "right", numeric=True),
        Column("verdict", "verdict"),
    )
    decimals = {
        axis: decimals_of((each.value, each.low, each.high) for each in contrasts if each.axis == axis)
        for axis in {each.axis for each in contrasts}
    }
    rows = []
    for place, each in enumerate(contrasts):
        shown = shorten(each.label)
        cells = (
            Cell(shown, note=each.label if shown != each.label else ""),
            Cell(str(each.n), each.n),
            estimate_cell(each.value, each.low, each.high, decimals[each.axis], note=each.axis),
            Cell(_p(each.p_corrected), number(each.p_corrected)),
            Cell(each.word),
        )
        rows.append(Row(str(place), each.label, cells))
    notes = [f"estimate ± half-width of its {LEVEL:.0%} interval, not corrected", *sorted(decimals)]
    return Grid(columns, tuple(rows), (), tuple(notes) if contrasts else ())


def _p(value: float) -> str:
    if math.isnan(value):
        return MISSING
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _alt(contrasts: Sequence[Contrast]) -> str:
    if not contrasts:
        return "Forest plot: no differences to show."
    decided = [f"{shorten(each.label)} ({each.word})" for each in contrasts if each.is_decided]
    said = listing(decided, 8) if decided else "none"
    return f"Forest plot of {count(len(contrasts), 'difference')}; decided after correction: {said}."
