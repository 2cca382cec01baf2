"""How a run set shows itself where it is the last expression of a cell: a line of text, a safe table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pressrun.runs.address import MISSING, Address, Missing, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.records import Json, Run
    from pressrun.runs.grouping import Groups
    from pressrun.runs.runset import RunSet

ROWS = 20
COLUMNS = 10
_HEAD = ("name", "status")


def text(runs: RunSet) -> str:
    """Give one line: how many runs, of which states, and from where."""
    states: dict[str, int] = {}
    for run in runs:
        states[str(run.status)] = states.get(str(run.status), 0) + 1
    parts = [f"{len(runs)} run{'' if len(runs) == 1 else 's'}"]
    if runs.label:
        parts.insert(0, repr(runs.label))
    if set(states) - {"finished"}:
        parts.append(", ".join(f"{count} {state}" for state, count in states.items()))
    if sources := sorted({run.source for run in runs}):
        parts.append("from " + ", ".join(sources[:3]) + (" …" if len(sources) > 3 else ""))
    if runs.problems:
        parts.append(f"{len(runs.problems)} problem{'' if len(runs.problems) == 1 else 's'}")
    return f"<RunSet: {'; '.join(parts)}>"


def html(runs: RunSet) -> str:
    """Give an escaped table of the first runs: names, states, what varies between them, and their summaries."""
    shown = runs.runs[:ROWS]
    addresses = varying(shown)[:COLUMNS]
    head = "".join(f"<th>{escape(title)}</th>" for title in (*_HEAD, *map(_title, addresses)))
    rows = "".join(
        f'<tr><td title="{escape(run.id)}">{escape(run.name)}</td><td>{escape(str(run.status))}</td>'
        + "".join(f"<td>{escape(show(address.of(run)))}</td>" for address in addresses)
        + "</tr>"
        for run in shown
    )
    foot = [f"{len(runs)} runs" if len(runs) != 1 else "1 run"]
    if len(runs) > ROWS:
        foot.append(f"the first {ROWS} are shown")
    foot += [f"{problem.where}: {problem.reason}" for problem in runs.problems[:5]]
    notes = "".join(f"<div>{escape(line)}</div>" for line in foot)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def groups_html(groups: Groups) -> str:
    """Give an escaped table of groups with their sizes and seeds."""
    rows = "".join(
        f"<tr><td>{escape(label)}</td><td>{len(members)}</td>"
        f"<td>{escape(', '.join(map(str, groups.seeds[label])) or '–')}</td></tr>"
        for label, members in groups.items()
    )
    title = escape(", ".join(groups.fields) or "group")
    head = f"<tr><th>{title}</th><th>runs</th><th>seeds</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def varying(runs: Sequence[Run]) -> list[Address]:
    """Give the addresses worth a column: config entries that differ between runs, then the summaries' metrics."""
    counts = known(runs)
    config = [a for a in counts if a.root == "config" and (len(runs) == 1 or _differs(runs, a))]
    return config + [a for a in counts if a.root == "summary"]


def _differs(runs: Sequence[Run], address: Address) -> bool:
    first, *others = (repr(address.of(run)) for run in runs)
    return any(other != first for other in others)


def _title(address: Address) -> str:
    return ".".join(address.keys) if address.root == "summary" else ".".join((address.root, *address.keys))


def show(value: Json | Missing) -> str:
    """Write one value for a person: what is missing as an en dash, numbers with six significant digits at most."""
    if value is MISSING or value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
