"""Distribution: how the runs of each group lie along one number, as a box, a violin or a strip of all of them.

The frame of the fact is a chart's (`chart.py`), in four parts: `run`, one row a run that is drawn; `box`, one row a
group with its quartiles and whiskers; `violin`, the outline of a group's estimated density; and `median`, one row a
group with its quartiles. A group's category names how many runs it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pressrun.arguments import check_text
from pressrun.canonical import number
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale, sample
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.columns import ask, heading
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import decimals_for, fixed
from pressrun.panels.remembered import once, remembered
from pressrun.panels.scores import finite, pooled
from pressrun.panels.selection import Members, cites, run_keys, select
from pressrun.runs.address import seed_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Runs of a group up to which each of them is drawn, whatever the kind.
FEW = 50
#: Runs from which on a box or a violin says more than the runs themselves do.
ENOUGH = 5
#: Rows of the table; the frame holds all.
MOST_ROWS = 60
#: Places at which a violin's width is computed.
_OUTLINE = 65
_KINDS = ("box", "violin", "strip")


class Distribution(ChartPanel):
    """How runs lie along one number."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """The runs of one group with their numbers, from the least on, and the quartiles of these.

    Parameters
    ----------
    whiskers
        The furthest numbers within 1.5 interquartile ranges of the quartiles.
    """

    label: str
    runs: tuple[Run, ...]
    values: NDArray[np.float64]
    q1: float
    median: float
    q3: float
    whiskers: tuple[float, float]

    @property
    def category(self) -> str:
        return f"{shorten(self.label, 24)} (n = {len(self.runs)})"

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Which numbers lie beyond the whiskers."""
        low, high = self.whiskers
        found: NDArray[np.bool_] = (self.values < low) | (self.values > high)
        return found


def distribution(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    by: str | Sequence[str] | Groups | None = None,
    kind: str = "box",
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Distribution:
    """Show how the runs of each group lie along one number; where they are few, every one of them.

    Quartiles are interpolated linearly (Hyndman and Fan 1996, "Sample Quantiles in Statistical Packages", The American
    Statistician 50, definition 7), whiskers reach the furthest run within 1.5 interquartile ranges of them (Tukey 1977,
    "Exploratory Data Analysis"). A violin is a Gaussian kernel density with Scott's bandwidth (Scott 1992,
    "Multivariate Density Estimation"), from the least to the greatest run. Groups of fewer than five runs, which no
    box or violin describes, are shown as their runs; up to 50, the runs are shown on top.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    metric
        A metric of the summary such as "test/acc", or a number of the configuration such as "config.lr".
    by
        What to group by; None: all runs together, unless `runs` is grouped.
    kind
        "box", "violin", or "strip": every run as a point.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric.
    UsageError
        If an argument is not understood.
    """
    include = once(include)
    check_text(metric, "metric", 'metric="test/acc"')
    check_text(title, "title", 'title="Accuracy over seeds"')
    if kind not in _KINDS:
        raise UsageError(f"kind is {kind!r:.40}", where="kind", hint='write "box", "violin" or "strip"')
    selection = select(runs, by=by, include=include)
    asked = ask(selection, [metric])[0]
    groups = pooled(selection)
    pools = [pool for m in groups if (pool := _pool(m.label, finite(selection, m.runs, asked)))]
    members = [Members(pool.label, pool.runs) for pool in pools]
    names = _names(pools)
    rows, notes = _rows(pools, names, kind)
    axis = heading(selection, asked)
    layers = {
        "box": (Layer("box", Mark.BOX, tip=("n",)),),
        "violin": (Layer("violin", Mark.VIOLIN),),
        "strip": (),
    }[kind]
    shown = (*layers, Layer("run", Mark.POINT, faint=True, tip=("seed",)))
    if kind != "box":
        shown = (*shown, Layer("median", Mark.POINT, tip=("n",)))
    chart = Chart((Plot(Axis(axis), Axis(scale=Scale.CATEGORY, names=tuple(names)), shown),))
    empty = [m.label for m in groups if not any(m.label == pool.label for pool in pools)]
    if selection.grouped and empty:
        notes.append(f"nothing to show of {listing(map(shorten, empty), 5)}")
    return Distribution(
        PanelFact(
            kind="distribution",
            title=title,
            metrics=(asked.metric,) if asked.metric else (),
            frame=rows.frame,
            view={
                "chart": chart.to_view(),
                "table": _table(pools, axis).to_view(),
                "alt": _alt(pools, axis, kind),
                "call": remembered(runs, by, {"metric": metric, "kind": kind, "title": title, "include": include}),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, notes),
        )
    )


def _pool(label: str, pairs: Sequence[tuple[Run, float]]) -> _Pool | None:
    if not pairs:
        return None
    ordered = sorted(pairs, key=lambda pair: pair[1])
    values = np.array([value for _, value in ordered])
    q1, median, q3 = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
    reach = 1.5 * (q3 - q1)
    within = values[(values >= q1 - reach) & (values <= q3 + reach)]
    # With interpolated quartiles, what lies within may end inside of the box: a whisker then has no length.
    ends = (min(q1, float(within[0])), max(q3, float(within[-1])))
    return _Pool(label, tuple(run for run, _ in ordered), values, q1, median, q3, ends)


def _names(pools: Sequence[_Pool]) -> list[str]:
    """Give each group a category of its own; shortened labels that came out alike are told apart by their place."""
    names = [pool.category for pool in pools]
    return [name if names.count(name) == 1 else f"{place + 1} · {name}" for place, name in enumerate(names)]


def _rows(pools: Sequence[_Pool], names: Sequence[str], kind: str) -> tuple[Rows, list[str]]:
    rows = Rows()
    keys = run_keys(run for pool in pools for run in pool.runs)
    points: list[tuple[_Pool, str, int]] = []
    for pool, name in zip(pools, names, strict=True):
        n = len(pool.runs)
        is_shaped = n >= ENOUGH and kind != "strip"
        cells: dict[str, Any] = {"group": pool.label, "text": pool.label, "y": name, "x": pool.median}
        if kind == "box" and is_shaped:
            low, high = pool.whiskers
            rows.add("box", **cells, x_low=low, q1=pool.q1, q3=pool.q3, x_high=high, n=n)
        if kind == "violin" and is_shaped and np.ptp(pool.values) > 0:
            for x, width in _outline(pool.values):
                rows.add("violin", **(cells | {"x": x}), width=width)
        if kind != "box":
            ends = {"x_low": pool.q1, "x_high": pool.q3} if n >= ENOUGH else {}
            rows.add("median", **cells, n=n, **ends)
        every = not is_shaped or n <= FEW
        drawn = np.flatnonzero(pool.beyond if kind == "box" and not every else np.full(n, every))
        points.extend((pool, name, int(at)) for at in drawn)
    chosen, note = sample(len(points))
    for chosen_place in chosen:
        pool, name, rank = points[chosen_place]
        run = pool.runs[rank]
        rows.add(
            "run",
            group=pool.label,
            run=keys[run.source, run.id],
            text=run.name or run.id,
            x=float(pool.values[rank]),
            y=name,
            # Neighbours along the axis lie apart across it: multiples of the golden ratio are spread evenly.
            shift=round((rank * 0.6180339887) % 1 * 0.4 - 0.2, 4) if len(pool.runs) > 1 else 0.0,
            seed=seed_of(run),
        )
    return rows, [each for each in (note, *_left(pools, kind)) if each]


def _left(pools: Sequence[_Pool], kind: str) -> list[str]:
    """Say of which groups the figure does not show what it shows of the others."""
    many = [pool for pool in pools if len(pool.runs) > FEW]
    small = [shorten(pool.label) for pool in pools if len(pool.runs) < ENOUGH]
    notes = []
    if many and kind == "box":
        notes.append(f"of groups of more than {FEW} runs, only those beyond the whiskers are drawn one by one")
    if many and kind == "violin":
        notes.append(f"of groups of more than {FEW} runs, none is drawn one by one")
    if small and kind != "strip":
        notes.append(f"too few runs for a {kind}: {listing(small, 5)}")
    constant = [shorten(p.label) for p in pools if len(p.runs) >= ENOUGH and not np.ptp(p.values) > 0]
    if constant and kind == "violin":
        notes.append(f"all runs alike, so without a density: {listing(constant, 5)}")
    return notes


def _outline(values: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Give where a violin's outline runs, and how far from its middle: at most 0.42 of a category."""
    from scipy.stats import gaussian_kde

    # In units of its own spread: a density of what varies in the ninth digit, or by 1e300, is computed as well.
    low, spread = float(values[0]), float(np.ptp(values))
    within = np.linspace(0, 1, _OUTLINE)
    density = gaussian_kde((values - low) / spread)(within)
    return [
        (low + float(at) * spread, round(0.42 * float(each), 5))
        for at, each in zip(within, density / density.max(), strict=True)
    ]


def _table(pools: Sequence[_Pool], axis: str) -> Grid:
    """Give one row a group: the numbers that a box stands for."""
    decimals = decimals_for([v for pool in pools for v in (pool.median, pool.q1, pool.q3)])
    titles = {"median": "median", "q1": "25%", "q3": "75%", "min": "least", "max": "greatest"}
    columns = (
        Column("label", "group"),
        Column("n", "n", "right", numeric=True),
        *(Column(key, title, "right", numeric=True) for key, title in titles.items()),
    )
    rows = []
    for pool in pools[:MOST_ROWS]:
        shown = shorten(pool.label)
        cells = [Cell(shown, note=pool.label if shown != pool.label else ""), Cell(str(len(pool.runs)), len(pool.runs))]
        numbers = (pool.median, pool.q1, pool.q3, float(pool.values[0]), float(pool.values[-1]))
        cells.extend(Cell(fixed(value, decimals), number(value)) for value in numbers)
        rows.append(Row(pool.label, pool.label, tuple(cells)))
    more = [f"{count(len(pools) - MOST_ROWS, 'more row')} in the data"] if len(pools) > MOST_ROWS else []
    return Grid(columns, tuple(rows), (), (f"{shorten(axis)} of single runs", *more))


def _alt(pools: Sequence[_Pool], axis: str, kind: str) -> str:
    what = f"{ {'box': 'Box plots', 'violin': 'Violin plots', 'strip': 'Strips'}[kind] } of {shorten(axis)}"
    if not pools:
        return f"{what}: no runs to show."
    decimals = decimals_for([pool.median for pool in pools])
    each = [f"{shorten(pool.label)} {fixed(pool.median, decimals)} (n = {len(pool.runs)})" for pool in pools]
    return f"{what}; medians: {listing(each, 8)}."
