"""Data set: what its splits are made of, whether they leak into each other; or which data sets runs used.

The frame of the fact is a chart's (`chart.py`): `missing`, one row a column and split with its statistics; `class`,
one a class of the target and split; `common`, one a pair of splits: the share of the one's rows that are in the
other. Of runs it is `used`, one row a version of a data set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text, describe
from pressrun.errors import UsageError
from pressrun.facts import Disclosure, PanelFact
from pressrun.lettering import count, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale, Shade
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.data import column_of, read_data
from pressrun.panels.grid import Cell, Column, Grid, Row, Section
from pressrun.panels.numerals import MISSING, decimals_for, fixed
from pressrun.panels.profiled import class_counts, common_rows, feature_of, findings_of, row_hashes
from pressrun.panels.used_data import used_data
from pressrun.records import Run
from pressrun.runs.grouping import Groups
from pressrun.runs.runset import RunSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pressrun.panels.data import Given
    from pressrun.panels.profiled import Feature
    from pressrun.project import Project

#: Splits that are compared, columns and classes that are shown.
MOST_SPLITS, MOST_COLUMNS, MOST_CLASSES = 6, 40, 30


class Dataset(ChartPanel):
    """What data are made of."""

    @property
    def findings(self) -> tuple[str, ...]:
        """What is wrong with the data, the worst first; empty where nothing is, or where they are those of runs."""
        return tuple(self.fact.view["findings"])


def dataset(
    data: Given | Mapping[str, Given] | RunSet | Groups | Sequence[Run],
    *,
    target: str | None = None,
    title: str = "",
    project: Project | None = None,
) -> Dataset:
    """Profile data: missing values, class imbalance, duplicates, leakage between splits, statistics of each column.

    Parameters
    ----------
    data
        A frame, or the path of a Parquet or CSV file of the project; several by name, such as
        {"train": …, "test": …}, where these are splits; or runs, whose data sets are listed by version and digest.
    target
        The column of classes, whose balance is shown.
    title
        A title; papers have captions instead.
    project
        The project whose files may be read; None: the one of the working folder.

    Raises
    ------
    UsageError
        If an argument is not understood, or no split has the target.
    """
    check_text(title, "title", 'title="The data"')
    if isinstance(data, (RunSet, Groups, Run)) or (
        isinstance(data, (list, tuple)) and data and all(isinstance(each, Run) for each in data)
    ):
        if target is not None:
            raise UsageError("runs have no target", where="target", hint="pass the data themselves")
        return Dataset(used_data(data, title))
    splits = _splits(data, project)
    if target is not None and not any(target in frame.columns for frame in splits.values()):
        column_of(next(iter(splits.values())), target, "target", "data")
    columns = list(dict.fromkeys(name for frame in splits.values() for name in frame.columns))
    features = {
        column: {name: feature_of(frame[column]) for name, frame in splits.items() if column in frame.columns}
        for column in columns
    }
    shared = [column for column in columns if len(features[column]) == len(splits)]
    common = common_rows({name: row_hashes(frame, shared) for name, frame in splits.items()} if shared else {})
    common = common or dict.fromkeys(((one, two) for one in splits for two in splits), 0)
    findings = findings_of(splits, features, common, target)
    notes = [f"{shorten(name)}: {count(len(frame), 'row')}" for name, frame in splits.items()]
    notes.append(
        f"{count(len(columns), 'column')}; rows are compared by a hash of all {len(shared)} that every split has"
    )
    order = sorted(
        columns, key=lambda column: -max((f.missing for f in features[column].values() if f.n or f.missing), default=0)
    )
    if len(order) > MOST_COLUMNS:
        notes.append(f"{MOST_COLUMNS} of {len(order)} columns shown, those with most missing values first")
    rows = Rows()
    plots = [_missing_plot(rows, order[:MOST_COLUMNS], features)]
    if target is not None:
        plots.append(_class_plot(rows, target, splits))
    several = len(splits) > 1
    if several:
        plots.append(_common_plot(rows, splits, common))
    return Dataset(
        PanelFact(
            kind="dataset",
            title=title,
            metrics=(),
            frame=rows.frame,
            view={
                "chart": Chart(
                    tuple(plots), tuple(splits), 2, Shade("share of rows", 0, 1) if several else None
                ).to_view(),
                "table": _table(order[:MOST_COLUMNS], features, findings, several=several).to_view(),
                "findings": findings,
                "alt": _alt(splits, findings),
            },
            runs=(),
            queries=(),
            disclosure=Disclosure(0, 0, notes=tuple(notes)),
        )
    )


def _splits(data: object, project: Project | None) -> dict[str, pd.DataFrame]:
    if not isinstance(data, Mapping):
        return {"data": read_data(data, "data", project)}
    if not data or len(data) > MOST_SPLITS or not all(isinstance(name, str) and name.strip() for name in data):
        raise UsageError(
            f"data are {describe(data)}, not one to {MOST_SPLITS} splits by name",
            where="data",
            hint='write {"train": train, "test": test}',
        )
    return {name: read_data(given, f"data[{name!r}]", project) for name, given in data.items()}


def _missing_plot(rows: Rows, columns: Sequence[str], features: Mapping[str, Mapping[str, Feature]]) -> Plot:
    for column in columns:
        for place, (split, each) in enumerate(features[column].items()):
            rows.add(
                "missing",
                group=split,
                text=column,
                x=None if math.isnan(each.missing) else each.missing,
                y=column,
                shift=_shift(place, len(features[column])),
                distinct=each.distinct,
                mean=each.mean,
                deviation=each.deviation,
                low=each.low,
                high=each.high,
                common=each.common,
                n=each.n,
            )
    return Plot(
        Axis("share of missing values", range=(-0.02, 1.02)),
        Axis(scale=Scale.CATEGORY, names=tuple(columns)),
        (Layer("missing", Mark.POINT, tip=("distinct", "mean", "common", "n")),),
        wide=True,
    )


def _shift(place: int, many: int) -> float:
    """Move the marks of splits apart within a category, so that none hides another."""
    return (place - (many - 1) / 2) * min(0.25, 0.7 / many)


def _class_plot(rows: Rows, target: str, splits: Mapping[str, pd.DataFrame]) -> Plot:
    counts = {name: class_counts(frame[target]) for name, frame in splits.items() if target in frame.columns}
    totals: dict[str, int] = {}
    for own in counts.values():
        for word, number in own.items():
            totals[word] = totals.get(word, 0) + number
    shown = sorted(totals, key=lambda word: -totals[word])[:MOST_CLASSES]
    for place, (split, own) in enumerate(counts.items()):
        whole = sum(own.values())
        for word in shown:
            if whole:
                share = own.get(word, 0) / whole
                rows.add(
                    "class",
                    group=split,
                    text=word,
                    x=share,
                    y=word,
                    n=own.get(word, 0),
                    shift=_shift(place, len(counts)),
                )
    return Plot(
        Axis("share of rows"),
        Axis(scale=Scale.CATEGORY, names=tuple(shown)),
        (Layer("class", Mark.POINT, tip=("n",)),),
        title=f"classes of {target}",
    )


def _common_plot(rows: Rows, splits: Mapping[str, pd.DataFrame], common: Mapping[tuple[str, str], int]) -> Plot:
    for (one, two), number in common.items():
        if size := len(splits[one]):
            share = number / size
            text = "0" if not number else f"{share:.1%}" if share >= 0.001 else "< 0.1%"
            rows.add("common", text=text, x=f"in {two}", y=f"of {one}", shade=share, n=number)
    return Plot(
        Axis(scale=Scale.CATEGORY, names=tuple(f"in {name}" for name in splits)),
        Axis(scale=Scale.CATEGORY, names=tuple(f"of {name}" for name in splits)),
        (Layer("common", Mark.CELL, tip=("n",)),),
        title="rows in common",
    )


def _table(
    order: Sequence[str], features: Mapping[str, Mapping[str, Feature]], findings: Sequence[str], *, several: bool
) -> Grid:
    columns = (
        Column("column", "split" if several else "column"),
        Column("n", "n", "right", numeric=True),
        Column("missing", "missing", "right", numeric=True),
        Column("distinct", "distinct", "right", numeric=True),
        Column("mean", "mean ± SD", "right", numeric=True),
        Column("range", "range", "right"),
        Column("common", "most frequent"),
    )
    rows: list[Row] = []
    sections: list[Section] = []
    for column in order:
        if several:
            sections.append(Section(shorten(column), len(rows)))
        for split, each in features[column].items():
            label = split if several else column
            short = shorten(label)
            first = Cell(short, note=label if short != label else "")
            rows.append(Row(f"{column}/{split}", label, (first, *_cells(each))))
    return Grid(columns, tuple(rows), tuple(sections), tuple(findings))


def _cells(each: Feature) -> tuple[Cell, ...]:
    missing = Cell(MISSING) if math.isnan(each.missing) else Cell(f"{each.missing:.1%}", each.missing)
    head = (Cell(f"{each.n:,}", each.n), missing, Cell(f"{each.distinct:,}", each.distinct))
    if not each.numeric:
        common = f"{shorten(each.common, 24)} ({each.share:.1%})" if each.n else MISSING
        return (*head, Cell(MISSING), Cell(MISSING), Cell(common))
    if math.isnan(each.mean):
        return (*head, Cell(MISSING), Cell(MISSING), Cell(MISSING))
    own = decimals_for([each.mean], [each.deviation])
    spread = "" if math.isnan(each.deviation) else f" ± {fixed(each.deviation, own)}"
    ends = f"{fixed(each.low, own)} to {fixed(each.high, own)}"
    return (*head, Cell(fixed(each.mean, own) + spread, each.mean), Cell(ends), Cell(MISSING))


def _alt(splits: Mapping[str, Any], findings: Sequence[str]) -> str:
    told = ", ".join(f"{shorten(name)} of {count(len(frame), 'row')}" for name, frame in splits.items())
    return f"Profile of {told}: {'; '.join(findings[:4]) or 'nothing is wrong by the rules'}."
