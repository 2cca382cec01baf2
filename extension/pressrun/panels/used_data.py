"""Which data sets, in which versions, runs say that they used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.facts import PanelFact
from pressrun.lettering import count, listing, shorten
from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale
from pressrun.panels.grid import Cell, Column, Grid, Row
from pressrun.panels.numerals import MISSING
from pressrun.panels.remembered import remembered
from pressrun.panels.selection import Members, cites, run_keys, select

if TYPE_CHECKING:
    from pressrun.records import Dataset, Run

#: Versions that are shown.
MOST = 40


def used_data(runs: object, title: str) -> PanelFact:
    """Give the fact of a panel over runs: each version of a data set with the runs that used it, the most used first.

    What differs in name, version, digest or path are two.

    Raises
    ------
    UsageError
        If `runs` are none.
    """
    selection = select(runs, by=None, include=())
    used: dict[Dataset, list[Run]] = {}
    every = [run for members in selection.members for run in members.runs]
    for run in every:
        for each in run.provenance.datasets:
            used.setdefault(each, []).append(run)
        if not run.provenance.datasets:
            selection.ledger.leave_out(run, "naming no data set")
    order = sorted(used, key=lambda each: (-len(used[each]), each.name, each.version, each.digest))[:MOST]
    shown = [run for run in every if run.provenance.datasets]
    keys = run_keys(shown)
    labels = {each: _label(each) for each in order}
    rows = Rows()
    for each in order:
        rows.add(
            "used", text=labels[each], x=len(used[each]), y=labels[each], name=each.name, version=each.version,
            digest=each.digest, path=each.path,
        )  # fmt: skip
    notes = []
    versions: dict[str, set[tuple[str, str]]] = {}
    for each in used:
        versions.setdefault(each.name, set()).add((each.version, each.digest))
    if several := sorted(name for name, some in versions.items() if len(some) > 1):
        notes.append(f"runs used different versions of {listing(several, 3)}")
    if len(used) > len(order):
        notes.append(f"{MOST} of {len(used)} versions shown")
    plot = Plot(
        Axis("runs"),
        Axis(scale=Scale.CATEGORY, names=tuple(labels[each] for each in order)),
        (Layer("used", Mark.BAR),),
    )
    table = Grid(
        (
            Column("name", "data set"),
            Column("version", "version"),
            Column("digest", "digest"),
            Column("n", "runs", "right", numeric=True),
            Column("runs", "used by"),
        ),
        tuple(_row(each, used[each], keys) for each in order),
    )
    members = [Members(run.name or run.id, (run,)) for run in shown]
    return PanelFact(
        kind="dataset",
        title=title,
        metrics=(),
        frame=rows.frame,
        view={
            "chart": Chart((plot,)).to_view(),
            "table": table.to_view(),
            "findings": [],
            "alt": f"{count(len(used), 'version')} of data sets that {count(len(shown), 'run')} used.",
            "call": remembered(runs, None, {"title": title}),
        },
        runs=cites(members),
        queries=selection.runs.queries,
        disclosure=selection.disclosure(members, notes),
    )


def _label(each: Dataset) -> str:
    return " · ".join(filter(None, (each.name, each.version, _short(each.digest), each.path)))


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _row(each: Dataset, runs: list[Run], keys: dict[tuple[str, str], str]) -> Row:
    name = shorten(each.name)
    cells = (
        Cell(name, note=each.path or (each.name if name != each.name else "")),
        Cell(shorten(each.version) or MISSING),
        Cell(_short(each.digest) or MISSING, note=each.digest),
        Cell(str(len(runs)), len(runs)),
        Cell(listing([run.name or run.id for run in runs], 4)),
    )
    return Row(_label(each), each.name, cells, tuple(keys[run.source, run.id] for run in runs))
