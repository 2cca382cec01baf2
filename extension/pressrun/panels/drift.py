"""Drift: how a batch of data differs from its baseline, feature by feature, and what is to be done about it.

The frame of the fact is a chart's (`chart.py`): `drift`, one row a feature that is told from its baseline, and `noise`,
one a feature that is not, each with the terms of the table; `limit`, where the index becomes moderate and major; and
for each of the first few `feature n`, the shares of its values in the baseline and in the batch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pressrun.arguments import check_flag, check_number, check_text, check_texts
from pressrun.errors import UsageError
from pressrun.facts import Disclosure, PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.data import column_of, missing_columns, read_data
from pressrun.panels.drifted import MAJOR, MODERATE, Finding, Severity, actions_of, compare_columns, is_numeric, judge
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import MISSING, fixed, signed
from pressrun.panels.shares import number_shares, word_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pressrun.panels.data import Given
    from pressrun.project import Project

BASELINE, BATCH = "baseline", "batch"
#: Features that the figure and the table show, and of how many of these the distributions are drawn.
MOST_FEATURES, MOST_PLOTS, SIDE_BY_SIDE = 40, 6, 3


class Drift(ChartPanel):
    """How a batch differs from its baseline."""

    @property
    def actions(self) -> tuple[str, ...]:
        """What to do, the most important first; empty where nothing is to be done."""
        return tuple(self.fact.view["actions"])


def drift(
    baseline: Given,
    batch: Given,
    *,
    features: str | Sequence[str] | None = None,
    predictions: str | None = None,
    categories: str | Sequence[str] = (),
    level: float = 0.95,
    plots: bool = True,
    title: str = "",
    project: Project | None = None,
) -> Drift:
    """Compare a batch of data, and a model's predictions on it, with a baseline such as the training data.

    Numbers are compared by the two-sample Kolmogorov-Smirnov test, categories by the chi-squared test, and both by the
    population stability index. The p-values of all features are corrected together by Holm's method.

    Parameters
    ----------
    baseline, batch
        A frame, or the path of a Parquet or CSV file of the project; one row an observation.
    features
        Columns to compare; None: all that the baseline has, but those of times.
    predictions
        The column of a model's predictions: its drift asks for another training.
    categories
        Columns of numbers that stand for categories, such as codes.
    level
        How sure to be that what is called drift is not noise, over all features together.
    plots
        Whether the distributions of the features that drifted most are drawn.
    title
        A title; papers have captions instead.
    project
        The project whose files may be read; None: the one of the working folder.

    Raises
    ------
    UsageError
        If an argument is not understood, or the baseline has no such column.
    """
    check_text(title, "title", 'title="May against the training data"')
    plots = check_flag(plots, "plots")
    level = check_number(level, "level", "write level=0.95")
    if not 0 < level < 1:
        raise UsageError(f"level is {level}, not between 0 and 1", where="level", hint="write level=0.95")
    one, two = read_data(baseline, "baseline", project), read_data(batch, "batch", project)
    chosen, notes = _choose(one, features, predictions)
    coded = {
        column_of(one, name, "categories", "baseline") for name in check_texts(categories, "categories", '["code"]')
    }
    findings: list[Finding] = []
    if not len(one) or not len(two):
        notes.insert(0, f"the {BATCH if len(one) else BASELINE} has no rows")
    else:
        findings, more = _findings(one, two, chosen, coded, predictions, level)
        notes = [*_summary(findings, level), *more, *notes]
    if new := [name for name in two.columns if name not in one.columns]:
        notes.append(missing_columns(new, "the baseline"))
    notes.append(f"{len(one):,} rows of the baseline, {len(two):,} of the batch")
    shown = findings[:MOST_FEATURES]
    if len(shown) < len(findings):
        notes.append(f"the {len(shown)} most severe of {len(findings)} features shown")
    rows = Rows()
    _add_features(rows, shown)
    drawn = [each for each in shown if each.shift and each.severity > Severity.NONE][: MOST_PLOTS if plots else 0]
    small = [_add_shares(rows, number, each, one, two, coded) for number, each in enumerate(drawn)]
    actions = actions_of(findings)
    bars = _bars(rows, shown)
    return Drift(
        PanelFact(
            kind="drift",
            title=title,
            metrics=(),
            frame=rows.frame,
            view={
                "chart": Chart((bars, *small), (BASELINE, BATCH) if small else (), SIDE_BY_SIDE).to_view(),
                "table": _table(shown, actions, level).to_view(),
                "actions": list(actions),
                "alt": _alt(findings, actions),
            },
            runs=(),
            queries=(),
            disclosure=Disclosure(0, 0, notes=tuple(notes)),
        )
    )


def _choose(
    baseline: pd.DataFrame, features: str | Sequence[str] | None, predictions: str | None
) -> tuple[list[str], list[str]]:
    """Give the columns to compare, the predictions among them, and what the disclosure says of those left out."""
    from pandas.api.types import is_datetime64_any_dtype, is_timedelta64_dtype

    chosen: list[str] = []
    times: list[str] = []
    if features is None:
        for name in baseline.columns:
            is_time = is_datetime64_any_dtype(baseline[name]) or is_timedelta64_dtype(baseline[name])
            (times if is_time else chosen).append(name)
    else:
        named = check_texts(features, "features", 'write features=["age", "country"]')
        chosen = [column_of(baseline, name, "features", "baseline") for name in dict.fromkeys(named)]
    if predictions is not None:
        column_of(baseline, predictions, "predictions", "baseline")
        chosen = list(dict.fromkeys([*chosen, predictions]))
    return chosen, [f"{count(len(times), 'column')} of times left out"] if times else []


def _findings(
    one: pd.DataFrame, two: pd.DataFrame, chosen: Sequence[str], coded: set[str], predictions: str | None, level: float
) -> tuple[list[Finding], list[str]]:
    found: list[Finding] = []
    notes: list[str] = []
    for name in chosen:
        prediction = name == predictions
        if name not in two.columns:
            found.append(
                Finding(name, prediction, None, (float(one[name].isna().mean()), math.nan), math.nan, math.nan)
            )
            continue
        finding, more = compare_columns(name, one[name], two[name], prediction=prediction, categories=name in coded)
        found.append(finding)
        notes += more
    return judge(found, level), notes


def _summary(findings: Sequence[Finding], level: float) -> list[str]:
    tests = sum(not math.isnan(p) for each in findings for p in (each.p_shift, each.p_missing))
    drifted = sum(each.severity > Severity.NONE for each in findings)
    empty = sum(each.shift is None and each.severity is Severity.NONE for each in findings)
    notes = [
        f"{drifted} of {count(len(findings), 'column')} drifted, at {level:.0%} after Holm's correction of "
        f"{count(tests, 'test')}"
    ]
    if empty:
        notes.append(f"{count(empty, 'column')} without a value to compare")
    return notes


def _add_features(rows: Rows, findings: Sequence[Finding]) -> None:
    for each in findings:
        shift = each.shift
        low, high = shift.mean_interval if shift else (math.nan, math.nan)
        rows.add(
            "drift" if each.severity > Severity.NONE else "noise",
            text=each.feature,
            x=None if math.isnan(each.index) else each.index,
            y=each.feature,
            severity=str(each.severity),
            mean_shift=shift.mean_shift if shift else None,
            mean_low=low,
            mean_high=high,
            spread_ratio=shift.spread_ratio if shift else None,
            test=shift.test if shift else "",
            statistic=shift.statistic if shift else None,
            p=each.p_shift,
            missing_before=each.missing[0],
            missing=each.missing[1],
            p_missing=each.p_missing,
            unseen=len(shift.unseen) if shift else None,
            n=shift.sizes[1] if shift else 0,
        )


def _bars(rows: Rows, findings: Sequence[Finding]) -> Plot:
    tip = ("severity", "mean_shift", "spread_ratio", "p", "missing", "unseen", "n")
    if findings:
        for limit in (MODERATE, MAJOR):
            rows.add("limit", x=limit)
    return Plot(
        Axis("population stability index"),
        Axis(scale=Scale.CATEGORY, names=tuple(each.feature for each in findings)),
        (
            Layer("limit", Mark.RULE, dashed=True),
            Layer("noise", Mark.BAR, faint=True, tip=tip),
            Layer("drift", Mark.BAR, tip=tip),
        ),
        wide=True,
    )


def _add_shares(
    rows: Rows, number: int, finding: Finding, one: pd.DataFrame, two: pd.DataFrame, coded: set[str]
) -> Plot:
    """Add the marks of a feature's distributions, and give their plot."""
    name, part = finding.feature, f"feature {number}"
    columns = one[name], two[name]
    if is_numeric(columns[0]) and name not in coded:
        edges, shares = number_shares(*columns)
        for group, heights in zip((BASELINE, BATCH), shares, strict=True):
            # The last step ends where its bin does.
            for x, y in zip(edges, [*heights, heights[-1]], strict=True):
                rows.add(part, group=group, text=group, x=x, y=y)
        return Plot(Axis(), Axis("share of values"), (Layer(part, Mark.LINE, step=True),), title=name)
    names, shares = word_shares(*columns)
    for group, heights in zip((BASELINE, BATCH), shares, strict=True):
        for word, share in zip(names, heights, strict=True):
            rows.add(part, group=group, text=word, x=share, y=word)
    return Plot(
        Axis("share of values"), Axis(scale=Scale.CATEGORY, names=tuple(names)), (Layer(part, Mark.POINT),), title=name
    )


def _table(findings: Sequence[Finding], actions: Sequence[str], level: float) -> Grid:
    columns = (
        Column("feature", "feature"),
        Column("severity", "drift"),
        Column("index", "PSI", "right", numeric=True),
        Column("mean", "mean shift (SD)", "right", numeric=True),
        Column("spread", "SD ratio", "right", numeric=True),
        Column("statistic", "KS or χ²", "right", numeric=True),
        Column("p", "p corrected", "right", numeric=True),
        Column("missing", "missing", "right", numeric=True),
        Column("unseen", "unseen", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
    )
    rows = []
    for each in findings:
        short = shorten(each.feature)
        label = f"{short} (predictions)" if each.prediction else short
        cells = (
            Cell(label, note=each.feature if short != each.feature else ""),
            Cell(str(each.severity)),
            *_shift_cells(each),
            Cell(_missing(each), _number(each.missing[1])),
            _unseen(each),
            Cell(
                f"{each.shift.sizes[0]:,} / {each.shift.sizes[1]:,}" if each.shift else MISSING,
                n=each.shift.sizes[1] if each.shift else 0,
            ),
        )
        rows.append(Row(each.feature, each.feature, cells))
    rules = (
        f"drift: told from the baseline at {level:.0%} after Holm's correction; moderate from a population stability "
        f"index of {MODERATE:g}, or where missing values changed; major from {MAJOR:g}",
        "n: values in the baseline / in the batch",
    )
    return Grid(columns, tuple(rows), (), (*(f"action: {action}" for action in actions), *rules))


def _shift_cells(finding: Finding) -> tuple[Cell, ...]:
    shift = finding.shift
    if shift is None:
        return (Cell(MISSING),) * 4 + (Cell(_p(finding.p_shift)),)
    low, high = shift.mean_interval
    interval = "" if math.isnan(low) else f" [{signed(low, 2)}, {signed(high, 2)}]"
    return (
        Cell(fixed(shift.index, 3), shift.index),
        Cell(
            MISSING if math.isnan(shift.mean_shift) else signed(shift.mean_shift, 2) + interval,
            _number(shift.mean_shift),
            _number(low),
            _number(high),
        ),
        Cell(MISSING if math.isnan(shift.spread_ratio) else fixed(shift.spread_ratio, 2), _number(shift.spread_ratio)),
        Cell(fixed(shift.statistic, 3 if shift.test.startswith("K") else 1), shift.statistic, note=shift.test),
        Cell(_p(finding.p_shift), _number(finding.p_shift)),
    )


def _missing(finding: Finding) -> str:
    one, two = ("no column" if math.isnan(share) else f"{share:.1%}" for share in finding.missing)
    return one if one == two else f"{one} → {two}"


def _unseen(finding: Finding) -> Cell:
    if finding.shift is None or finding.shift.test.startswith("K"):
        return Cell(MISSING)
    share = sum(part for _, part in finding.shift.unseen)
    return Cell(
        f"{len(finding.shift.unseen)} ({share:.1%})" if finding.shift.unseen else "0", len(finding.shift.unseen)
    )


def _p(value: float) -> str:
    return MISSING if math.isnan(value) else "< 0.001" if value < 0.001 else fixed(value, 3)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _alt(findings: Sequence[Finding], actions: Sequence[str]) -> str:
    if not findings:
        return "Drift by feature: nothing to compare."
    named = ", ".join(
        f"{shorten(each.feature)} ({each.severity})" for each in findings[:5] if each.severity > Severity.NONE
    )
    told = f"Population stability index of {count(len(findings), 'column')}: {named or 'no drift shown'}."
    return f"{told} {'. '.join(actions[:3])}." if actions else told
