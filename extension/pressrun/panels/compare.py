"""The compare panel: runs side by side, what differs first, and how their code differs.

The frame of the fact has one row an entry and run: `section`, `entry`, `run` (the run's key), `value` (null where the
run has nothing there). The view is::

    {"grid": as in `grid.py`, one column a run, a section for each kind of entry, what is the same counted in the notes,
     "diff": the code's difference as unified text, "diffs": [{"title", "text"}], one for each run after the first,
     "alt": one sentence}
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text
from pressrun.canonical import plain
from pressrun.errors import UsageError
from pressrun.facts import PanelFact
from pressrun.lettering import count, escape_html, shorten
from pressrun.panels.columns import word
from pressrun.panels.grid import Cell, Column, Grid, Row, Section
from pressrun.panels.grid_panel import GridPanel
from pressrun.panels.remembered import remembered
from pressrun.panels.selection import Members, cites, run_keys, run_set, select
from pressrun.project import Project
from pressrun.records import Run, Status
from pressrun.runs.address import MISSING
from pressrun.runs.differences import Differences, compare_runs
from pressrun.runs.runset import RunSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.runs.differences import Entry

#: Lines of a difference of code on the static faces; the fact holds all.
STATIC_LINES = 200
#: Characters of a value that a cell shows.
VALUE_LENGTH = 60


class Compare(GridPanel):
    """Runs side by side."""

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers: none does throughout."""
        return frozenset()

    def html(self) -> str:
        """Give the differences as a safe HTML table, and the difference of the code under it."""
        from pressrun.panels.code_faces import visible

        shown = [
            f"<p>{escape_html(each['title'])}</p><pre><code>{html.escape(visible(_head(each['text'])))}</code></pre>"
            for each in self.fact.view["diffs"]
        ]
        return "\n".join([super().html(), *shown])

    def text(self) -> str:
        """Give the differences as plain text, and the difference of the code under it."""
        from pressrun.panels.code_faces import visible

        shown = [f"\n{shorten(each['title'], 100)}\n{visible(_head(each['text']))}" for each in self.fact.view["diffs"]]
        return "\n".join([super().text(), *shown])


def compare(*runs: Run | RunSet | str | Sequence[Run], title: str = "") -> Compare:
    """Compare runs: config, summary, code, environment and data, the first run against the others.

    Parameters
    ----------
    runs
        Two or more runs; or a run set of two or more; or a run set followed by ids or names of its runs.
    title
        A title; papers have captions instead.

    Raises
    ------
    UsageError
        If these are not two runs.
    RunNotFoundError
        If the run set has no run of an id or name.
    """
    check_text(title, "title", 'title="What differs"')
    chosen = _chosen(runs)
    # Whoever names a crashed run wants to see it; its status is among what is compared.
    selection = select(chosen, by=None, include=(), sound=frozenset(Status) - {Status.DELETED})
    members = selection.members
    shown = [run for m in members for run in m.runs]
    notes: list[str] = []
    if len(shown) < 2:
        found = Differences(tuple(shown), (), ())
        notes.append("fewer than two runs are left to compare")
    else:
        root = chosen.project.root if chosen.project is not None else Project.find().root
        found = compare_runs(shown, root if root.is_dir() else None)
    keys = list(run_keys(shown).values())
    grid = _grid(found, members, keys)
    diffs = [
        {"title": f"{members[0].name} → {m.name}: {one.note}", "text": one.diff}
        for m, one in zip(members[1:], found.code, strict=False)
        if one.diff
    ]
    return Compare(
        PanelFact(
            kind="compare",
            title=title,
            metrics=(),
            frame=_frame(found, keys),
            view={
                "grid": grid.to_view(),
                "diff": "".join(each["text"] if each["text"].endswith("\n") else each["text"] + "\n" for each in diffs),
                "diffs": diffs,
                "alt": f"{count(len(grid.rows), 'difference')} between {count(len(shown), 'run')}.",
                "call": remembered(chosen, None, {"title": title}),
            },
            runs=cites(members),
            queries=chosen.queries,
            disclosure=selection.disclosure(members, notes),
        )
    )


def _chosen(runs: Sequence[Any]) -> RunSet:
    """Give the runs that an author means, as one run set."""
    if runs and isinstance(runs[0], RunSet) and len(runs) > 1:
        base, keys = runs[0], runs[1:]
        wanted = [key if isinstance(key, Run) else base[key] for key in keys if isinstance(key, (str, Run))]
        if len(wanted) != len(keys):
            raise UsageError("after a run set come ids or names of its runs", where="compare")
        chosen = base.only(wanted)
    elif len(runs) == 1 and not isinstance(runs[0], (Run, str)):
        chosen = run_set(runs[0])
    else:
        chosen = run_set(list(runs))
    if len({(run.source, run.id) for run in chosen}) < 2:
        raise UsageError(
            f"{count(len(chosen), 'run')} cannot be compared",
            where="compare",
            hint='write pr.compare(runs["svm-3"], runs["logreg-3"]) or pr.compare(runs, "svm-3", "logreg-3")',
        )
    return chosen


def _grid(found: Differences, members: Sequence[Members], keys: Sequence[str]) -> Grid:
    columns = [Column("entry", "entry")]
    columns += [Column(key, m.name) for key, m in zip(keys, members, strict=True)]
    rows: list[Row] = []
    sections: list[Section] = []
    notes: list[str] = []
    for section in found.sections:
        if section.differing:
            sections.append(Section(section.title, len(rows)))
            rows += [_row(section.title, entry, keys) for entry in section.differing]
        if section.note:
            notes.append(section.note)
    same = [f"{section.same} in {section.title}" for section in found.sections if section.same]
    if same:
        notes.append(f"the same in all runs: {', '.join(same)}")
    if found.runs and not rows:
        notes.insert(0, "nothing differs")
    for one, m in zip(found.code, members[1:], strict=False):
        prefix = f"{m.name}: " if len(found.code) > 1 else ""
        notes.append(f"code: {prefix}{one.note}{_size(one.diff)}")
    return Grid(tuple(columns), tuple(rows), tuple(sections), tuple(notes))


def _row(section: str, entry: Entry, keys: Sequence[str]) -> Row:
    label = shorten(entry.key)
    cells = [Cell(label, note=entry.key if label != entry.key else "")]
    for value in entry.values:
        # A stored null is not what is missing.
        text = word(plain(value)) if value is not MISSING and value is not None else "null" if value is None else "—"
        shown = shorten(text, VALUE_LENGTH)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        cells.append(Cell(shown, plain(value) if is_number else None, note=text if shown != text else ""))
    return Row(f"{section}.{entry.key}", entry.key, tuple(cells), tuple(keys))


def _frame(found: Differences, keys: Sequence[str]) -> Mapping[str, list[Any]]:
    rows = [
        (section.title, entry.key, key, None if value is MISSING else plain(value))
        for section in found.sections
        for entry in section.differing
        for key, value in zip(keys, entry.values, strict=True)
    ]
    return {name: [row[index] for row in rows] for index, name in enumerate(("section", "entry", "run", "value"))}


def _size(diff: str) -> str:
    lines = [line for line in diff.splitlines() if not line.startswith(("+++", "---"))]
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f" (+{added} −{removed} lines)" if diff else ""


def _head(diff: str) -> str:
    lines = diff.splitlines()
    more = [f"… {len(lines) - STATIC_LINES} more lines"] if len(lines) > STATIC_LINES else []
    return "\n".join([*lines[:STATIC_LINES], *more]) + "\n"
