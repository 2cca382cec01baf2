"""The comparison table: runs or groups as rows, means with their intervals, differences to a baseline, an honest best.

The frame of the fact has one row a run that is shown: `row` (the key of its row), `run`, `seed`, and a column for each
that the author asked for. The view is::

    {"grid": as in `grid.py`, "level": 0.95, "grouped": bool, "alt": one sentence, "call": as in `remembered.py`,
     "differences": {column key: {key of a row taken as baseline: {row key: delta as in the grid}}}}

`differences` is there for tables of at most twelve rows, so that a reader can take another row for the baseline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_decimals, check_text
from pressrun.facts import PanelFact
from pressrun.panels.columns import ask
from pressrun.panels.grid_panel import GridPanel
from pressrun.panels.remembered import once, remembered
from pressrun.panels.selection import cites, run_keys, select
from pressrun.panels.table_rows import TableRows
from pressrun.runs.address import seed_of
from pressrun.statistics.interval import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.records import Run, Status
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

#: Rows up to which every row's differences to every other travel with the table.
MOST_BASELINES = 12


class Table(GridPanel):
    """A comparison table."""

    @property
    def options(self) -> dict[str, Any]:
        """The baseline as it stands at first."""
        row = self.grid.baseline
        return {"baseline": row.key if row else None}


def table(
    runs: RunSet | Groups | Sequence[Run],
    columns: str | Sequence[str],
    *,
    group: str | Sequence[str] | Groups | None = None,
    baseline: str | None = None,
    sort: str | None = None,
    digits: int | None = None,
    title: str = "",
    include: str | Status | Iterable[str | Status] = (),
) -> Table:
    """Compare runs or groups of runs in a table.

    Grouped, a metric's cell is the mean over the group's runs ± the half-width of its 95% Student-t interval, and a
    setting's cell is the value that the group shares. With a baseline, each metric has its difference to it: over pairs
    of runs with the same seed where at least two seeds are shared, else by Welch. A row is marked best only if it beats
    every other row after Holm's correction; else the top rows that cannot be told apart are marked as tied. One run
    decides nothing.

    Parameters
    ----------
    runs
        A run set, groups, or a list of runs.
    columns
        What to show: metrics of the summary such as "test/acc", and settings such as "config.C", "tags.x", "seed",
        "status".
    group
        What to group by, such as "config.model"; None: one row a run, unless `runs` is grouped.
    baseline
        The label of the row that others are compared with; a run's name or id where rows are runs.
    sort
        The column to sort by: metrics best first, settings ascending, "-" before it for the reverse; what is missing or
        NaN stands last. None: in the order of the groups or runs.
    digits
        Decimals of the metrics, instead of those that their intervals support.
    title
        A title; papers have captions instead.
    include
        Statuses to show besides finished runs: "running", "failed", "killed".

    Raises
    ------
    MetricNotFoundError
        If there are runs and none has a column.
    UsageError
        If an argument is not understood.
    """
    include = once(include)
    digits = check_decimals(digits, 12)
    check_text(title, "title", 'title="Results"')
    if sort is not None:
        check_text(sort, "sort", 'sort="test/acc"')
    selection = select(runs, by=group, include=include)
    asked = ask(selection, columns)
    base = selection.member(baseline).label if baseline is not None else None
    rows = TableRows(selection, asked, base, sort, digits)
    keys = run_keys(run for m in rows.members for run in m.runs)
    shown = [(m, run) for m in rows.members for run in m.runs]
    frame: dict[str, list[Any]] = {
        "row": [m.label for m, _ in shown],
        "run": [keys[run.source, run.id] for _, run in shown],
        "seed": [seed_of(run) for _, run in shown],
    }
    for column in asked:
        frame.setdefault(column.key, [column.value(run) for _, run in shown])
    grid = rows.grid()
    return Table(
        PanelFact(
            kind="table",
            title=title,
            metrics=tuple(column.metric for column in asked if column.metric),
            frame=frame,
            view={
                "grid": grid.to_view(),
                "level": LEVEL,
                "grouped": selection.grouped,
                "alt": f"Table of {len(grid.rows)} rows and {len(grid.columns)} columns.",
                "differences": rows.differences() if len(grid.rows) <= MOST_BASELINES else {},
                "call": remembered(
                    runs,
                    group,
                    {
                        "columns": columns,
                        "baseline": base,
                        "sort": sort,
                        "digits": digits,
                        "title": title,
                        "include": include,
                    },
                ),
            },
            runs=cites(rows.members),
            queries=selection.runs.queries,
            disclosure=selection.disclosure(rows.members, rows.notes),
        )
    )
