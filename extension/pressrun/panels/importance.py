"""Importance: how much of a metric's variance each setting of a sweep explains, beside what noise would explain.

The frame of the fact is a chart's (`chart.py`): a row a setting in `decided` or `undecided`, with the interval of its
share, the `p` corrected for their number, its `levels` and `n`; and in `noise` what permuted numbers reach by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text, check_texts
from pressrun.canonical import canonical, number, plain
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.chart_panel import ChartPanel
from pressrun.panels.columns import ask
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.levels import grouped, levels_of
from pressrun.panels.numerals import MINUS, fixed
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import Members, cites, run_set, select
from pressrun.runs.address import MISSING, Address, known, leaves, seed_keys
from pressrun.runs.grouping import Groups
from pressrun.statistics.corrections import holm
from pressrun.statistics.importance import PERMUTATIONS, MainEffect, main_effects
from pressrun.statistics.interval import LEVEL, moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection
    from pressrun.records import Run, Status
    from pressrun.runs.runset import RunSet

#: Levels that a number's values are put in, and configurations below which nothing is said.
LEVELS = 5
FEWEST = 8
#: Settings that are shown; of more those with the greatest shares are.
MOST_SETTINGS = 40
#: Cramér's V from which two settings are said to go together.
TOGETHER = 0.5


class Importance(ChartPanel):
    """How much each setting explains of a metric."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A configuration: its runs differ in nothing but their seeds, and count as one with their mean."""

    runs: tuple[Run, ...]
    mean: float


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting with its effect; `p` is corrected for how many settings were looked at."""

    name: str
    of: tuple[int, ...]
    effect: MainEffect
    p: float

    @property
    def decided(self) -> bool:
        """Whether noise would hardly ever explain as much."""
        return self.p <= 1 - LEVEL


def importance(
    runs: RunSet | Groups | Sequence[Run],
    metric: str,
    *,
    params: str | Sequence[str] | None = None,
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Importance:
    """Show how much of a metric's variance each setting of a sweep explains by itself.

    It is the share of a one-way analysis of variance, without what as many levels explain by chance (ε², Kelley, 1935),
    with the interval of the noncentral F distribution (Steiger, 2004). A setting is told from noise by a permutation
    test, corrected by Holm's method for the number of settings; others are pale, whatever their share. Runs that differ
    in nothing but their seeds count as one, with their mean: they are no independent draws of a configuration. Numbers
    are put in up to 5 levels of about equal size.

    Such a share is an association in these runs and no cause; what settings do only together is not in it.

    Parameters
    ----------
    runs
        A run set, groups, whose runs are pooled, or a list of runs.
    metric
        A metric of the summary, such as "val/acc".
    params
        Settings such as ["config.lr", "config.depth"]; None: all of the configuration, seeds apart, that vary.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has the metric or one of the settings.
    UsageError
        If an argument is not understood.
    """
    include = once(include)
    check_text(metric, "metric", 'metric="val/acc"')
    check_text(title, "title", 'title="What mattered"')
    wanted = None if params is None else list(dict.fromkeys(check_texts(params, "params", '["config.lr"]')))
    if wanted == []:
        raise UsageError("params names no setting", where="params", hint="leave it out for all that vary")
    selection = select(run_set(runs), by=None, include=include)
    asked = ask(selection, [metric])[0]
    addresses = [each.address for each in ask(selection, wanted)] if wanted else None
    units = _units(selection, asked)
    notes = ["groups are pooled"] if isinstance(runs, Groups) else []
    if addresses is None:
        every = [run for unit in units for run in unit.runs]
        seeds = {keys for run in every for keys in seed_keys(run.config)}
        addresses = [each for each in known(every) if each.root == "config" and each.keys not in seeds]
    settings = _settings(units, addresses, notes, all_named=wanted is not None)
    shown = settings[:MOST_SETTINGS]
    members = [Members("", tuple(run for unit in units for run in unit.runs))] if settings else []
    if settings:
        notes = [*notes, *_notes(asked.key, units, settings)]
    return Importance(
        PanelFact(
            kind="importance",
            title=title,
            metrics=(asked.metric,) if asked.metric else (),
            frame=_rows(shown).frame,
            view={
                "chart": _chart(shown).to_view(),
                "table": _table(shown, len(settings)).to_view(),
                "alt": _alt(settings, _label(selection, asked)),
                "call": remembered(
                    runs, None, {"metric": metric, "params": wanted, "title": title, "include": include}
                ),
            },
            runs=cites(members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(members, notes),
        )
    )


def _units(selection: Selection, asked: Asked) -> list[_Unit]:
    """Give the configurations that have a finite number, in the order in which they come."""
    every = [run for m in selection.members for run in m.runs]
    names = _names(every)
    found: dict[str, list[tuple[Run, float]]] = {}
    for run in every:
        value = asked.number(run)
        if value is None:
            selection.ledger.leave_out(run, f"without {asked.key}")
        elif not math.isfinite(value):
            selection.ledger.leave_out(run, f"with a non-finite {asked.key}")
        else:
            seeds = {*seed_keys(run.config), *names}
            rest = [[list(keys), leaf] for keys, leaf in leaves(run.config) if keys not in seeds]
            found.setdefault(canonical(sorted(rest, key=canonical)), []).append((run, value))
    return [_Unit(tuple(run for run, _ in some), moments([value for _, value in some])[0]) for some in found.values()]


def _names(runs: Sequence[Run]) -> set[tuple[str, ...]]:
    """Give the settings that name a run and not a configuration: texts that no two runs share, such as folders."""
    values: dict[tuple[str, ...], list[Any]] = {}
    for run in runs:
        for keys, leaf in leaves(run.config):
            values.setdefault(keys, []).append(leaf)
    return {
        keys
        for keys, some in values.items()
        if len(some) == len(runs) and all(isinstance(each, str) for each in some) and len(set(some)) == len(some)
    }


def _settings(
    units: Sequence[_Unit], addresses: Sequence[Address], notes: list[str], *, all_named: bool
) -> list[_Setting]:
    """Give the settings with their effects, the greatest first, and note which say nothing and why."""
    if not units:
        return []
    if len(units) < FEWEST:
        notes.append(f"only {count(len(units), 'configuration')}: of fewer than {FEWEST} nothing is said")
        return []
    if moments([unit.mean for unit in units])[1] == 0:
        notes.append("the metric does not vary")
        return []
    factors: dict[str, tuple[int, ...]] = {}
    constant, unique = [], []
    for address in addresses:
        of = _levels([address.of(unit.runs[0]) for unit in units])
        name = str(address)
        if len(set(of)) < 2:
            constant.append(name)
        elif len(set(of)) > len(units) / 2:
            unique.append(name)
        else:
            factors[name] = of
    if constant:
        notes.append(f"{listing(constant, 3)} {'does' if len(constant) == 1 else 'do'} not vary")
    if unique:
        notes.append(f"{listing(unique, 3)}: another value in most configurations, and so not looked at")
    if not factors:
        notes.append("no setting varies" if not all_named else "no setting to look at")
        return []
    effects = main_effects([unit.mean for unit in units], list(factors.values()))
    corrected = holm([effect.p_value for effect in effects])
    found = [
        _Setting(short if (short := name.removeprefix("config.")) not in factors else name, of, effect, p)
        for (name, of), effect, p in zip(factors.items(), effects, corrected, strict=True)
    ]
    return sorted(found, key=lambda setting: (not setting.decided, -setting.effect.adjusted, setting.name))


def _levels(values: Sequence[Any]) -> tuple[int, ...]:
    """Put the values of a setting in levels; what lacks it is a level of its own."""
    import numpy as np

    there = [place for place, value in enumerate(values) if value is not MISSING]
    some = [plain(values[place]) for place in there]
    levels = levels_of(some, most=len(some) + 1)
    if levels.places and len(levels.names) > LEVELS:
        numbers = np.array([float(value) for value in some])
        edges = np.quantile(numbers, np.linspace(0, 1, LEVELS + 1)[1:-1])
        levels = grouped(numbers, np.searchsorted(edges, numbers, side="right"))
    found = [len(levels.names)] * len(values)
    for place, level in zip(there, levels.of, strict=True):
        found[place] = level
    return tuple(found)


def _notes(metric: str, units: Sequence[_Unit], settings: Sequence[_Setting]) -> list[str]:
    seeds = sum(len(unit.runs) for unit in units) > len(units)
    averaged = ", the means over their seeds" if seeds else ""
    many = count(len(settings), "setting")
    return [
        f"shares of the variance of {metric} over {len(units)} configurations{averaged}",
        f"told from noise by {PERMUTATIONS} permutations, corrected for {many}",
        "associations in these runs, not causes; what settings do only together is not shown",
        *_together(settings),
    ]


def _together(settings: Sequence[_Setting]) -> list[str]:
    """Name settings that went together, by Cramér's V (Cramér, 1946, chapter 21): neither's share is its alone."""
    import numpy as np
    from scipy.stats.contingency import association, crosstab

    pairs = []
    top = settings[:12]
    for place, a in enumerate(top):
        for b in top[place + 1 :]:
            if a.decided or b.decided:
                table = np.asarray(crosstab(np.array(a.of), np.array(b.of)).count)
                if association(table, method="cramer") >= TOGETHER:
                    pairs.append(f"{shorten(a.name)} with {shorten(b.name)}")
    return [f"went together, so that neither's share is its alone: {listing(pairs, 3)}"] if pairs else []


def _rows(settings: Sequence[_Setting]) -> Rows:
    rows = Rows()
    for each in settings:
        effect = each.effect
        rows.add(
            "decided" if each.decided else "undecided",
            text=each.name,
            x=max(0.0, effect.adjusted),
            y=each.name,
            x_low=effect.low,
            x_high=effect.high,
            p=each.p,
            levels=effect.levels,
            n=effect.n,
        )
        rows.add("noise", text="reached by chance", x=max(0.0, effect.noise), y=each.name)
    return rows


def _label(selection: Selection, asked: Asked) -> str:
    known_as = selection.metric(asked.metric) if asked.metric else None
    return (known_as.title if known_as else "") or asked.key


def _chart(settings: Sequence[_Setting]) -> Chart:
    highest = max((max(each.effect.high, each.effect.noise) for each in settings), default=1.0)
    layers = (
        Layer("undecided", Mark.BAR, faint=True, tip=("p", "levels", "n")),
        Layer("decided", Mark.BAR, tip=("p", "levels", "n")),
        Layer("noise", Mark.POINT, hollow=True),
    )
    across = Axis("share explained (ring: by chance)", range=(0.0, min(1.0, 1.05 * highest)))
    return Chart((Plot(across, Axis("", Scale.CATEGORY, tuple(each.name for each in settings)), layers),))


def _table(settings: Sequence[_Setting], total: int) -> Grid:
    rows = []
    for each in settings:
        effect = each.effect
        name = each.name
        cells = (
            Cell(shorten(name), note=name if shorten(name) != name else ""),
            Cell(_percent(effect.adjusted), number(effect.adjusted), number(effect.low), number(effect.high), effect.n),
            Cell(f"{_percent(effect.low)} to {_percent(effect.high)}"),
            Cell(_percent(effect.noise), number(effect.noise)),
            Cell("< 0.001" if each.p < 0.001 else fixed(each.p, 3), each.p),
            Cell("yes" if each.decided else "no"),
            Cell(str(effect.levels), effect.levels),
            Cell(str(effect.n), effect.n),
        )
        rows.append(Row(name, name, cells))
    columns = (
        Column("setting", "setting"),
        Column("share", "share explained", "right", numeric=True),
        Column("interval", f"{LEVEL:.0%} interval", "right"),
        Column("noise", "by chance up to", "right", numeric=True),
        Column("p", "p", "right", numeric=True),
        Column("decided", "told from noise"),
        Column("levels", "levels", "right", numeric=True),
        Column("n", "n", "right", numeric=True),
    )
    more = [f"{count(total - len(settings), 'more setting')} not shown"] if total > len(settings) else []
    explained = f"share: ε²; by chance: what {LEVEL:.0%} of permuted numbers stay below; p: corrected by Holm's method"
    return Grid(columns, tuple(rows), (), (explained, *more))


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 1)}%".replace(f"{MINUS}0.0%", "0.0%")


def _alt(settings: Sequence[_Setting], label: str) -> str:
    what = f"How much each setting explains of {shorten(label)}"
    if not settings:
        return f"{what}: nothing to show."
    decided = [each for each in settings if each.decided]
    named = ", ".join(f"{shorten(s.name)} {_percent(s.effect.adjusted)}" for s in decided[:8])
    more = " and more" if len(decided) > 8 else ""
    found = f"told from noise: {named}{more}" if decided else "none can be told from noise"
    return f"{what}, of {count(len(settings), 'setting')} over {settings[0].effect.n} configurations: {found}."
