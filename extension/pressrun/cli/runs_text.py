"""Runs as text for a terminal: a list, one run, and what differs between runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pressrun.cli.columns import colored, neutral, table, terminal_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.records import Json, Problem, Run
    from pressrun.runs.address import Missing
    from pressrun.runs.differences import CodeDifference, Differences

#: Problems that are spelled out on a terminal; `--json` has all of them.
_PROBLEMS = 20


def print_list(runs: Sequence[Run]) -> None:
    """Print runs, one a line: id, name, status, start, what varies, and summaries."""
    from pressrun.runs.display import varying

    addresses = varying(runs)
    titles = ["id", "name", "status", "started", *(_title(a.root, a.keys) for a in addresses)]
    rows = [
        [run.id, run.name, str(run.status), _moment(run.started), *(_show(address.of(run)) for address in addresses)]
        for run in runs
    ]
    lines, left_out = table(titles, rows, terminal_width())
    click.echo("\n".join(lines))
    if left_out:
        some = ", ".join(neutral(title) for title in left_out[:6]) + (" …" if len(left_out) > 6 else "")
        click.echo(f"not shown for want of width: {some}", err=True)


def _title(root: str, keys: tuple[str, ...]) -> str:
    return ".".join(keys if root == "summary" else (root, *keys))


def _show(value: Json | Missing) -> str:
    from pressrun.runs.display import show as shown

    return shown(value)


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return _show(seconds)


def print_problems(problems: Sequence[Problem]) -> None:
    """Print what was set aside on stderr."""
    for problem in problems[:_PROBLEMS]:
        click.echo(f"pressrun: {neutral(problem.where)}: {neutral(problem.reason)}", err=True)
    if len(problems) > _PROBLEMS:
        click.echo(f"pressrun: and {len(problems) - _PROBLEMS} more; --json lists them all", err=True)


def print_run(run: Run, history: dict[str, list[list[Any]]]) -> None:
    """Print one run, section by section, with the histories asked for."""
    from pressrun.runs.address import leaves, seed_of

    seed = seed_of(run)
    head = [("id", run.id), ("source", run.source), ("status", str(run.status)), ("started", _moment(run.started))]
    head += [("ended", _moment(run.ended)), ("seed", _show(seed)), ("digest", run.digest)]
    _heading(run.name)
    _print_pairs(head)
    for title, mapping in (("config", run.config), ("summary", run.summary), ("tags", run.tags)):
        if mapping:
            _heading(title)
            _print_pairs([(".".join(keys), _show(leaf)) for keys, leaf in leaves(mapping)])
    provenance = run.provenance
    facts = [
        ("command", " ".join(provenance.command)),
        ("git commit", provenance.git_commit + (" and uncommitted changes" if provenance.git_dirty else "")),
        ("git branch", provenance.git_branch),
        ("python", provenance.python),
        ("platform", provenance.platform),
        ("packages", str(len(provenance.packages) or "")),
        ("exit code", "" if provenance.exit_code is None else str(provenance.exit_code)),
        *((f"data {d.name}", " ".join(filter(None, (d.version, d.digest, d.path)))) for d in provenance.datasets),
    ]
    if any(value for _, value in facts):
        _heading("provenance")
        _print_pairs([(key, value) for key, value in facts if value])
    if run.artifacts:
        _heading("artifacts")
        _print_pairs([(artifact.path, f"{artifact.size:,} bytes") for artifact in run.artifacts])
    if run.metrics and not history:
        _heading("histories")
        _print_pairs([(metric, f"{points:,} points") for metric, points in run.metrics.items()])
    for key, points in history.items():
        _heading(key)
        rows = [[str(step), _moment(at) if isinstance(at, float) else "–", _show(value)] for step, at, value in points]
        click.echo("\n".join(table(["step", "time", "value"], rows, terminal_width())[0]))


def _heading(text: str) -> None:
    line = neutral(text)
    click.echo(click.style(line, bold=True) if colored() else line)


def _print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    lines, _ = table(["", ""], [[f"  {key}", value] for key, value in pairs], None)
    click.echo("\n".join(lines[1:]))


def print_differences(differences: Differences) -> None:
    """Print what differs, section by section, then the code."""
    titles = ["", *differences.titles]
    for section in differences.sections:
        if not section.differing and not section.same and not section.note:
            continue
        same = f"{section.same} the same" if section.differing else f"all {section.same} the same"
        _heading(f"{section.title}: {same}" if section.same else section.title)
        if section.note:
            click.echo(f"  {neutral(section.note)}")
        if section.differing:
            rows = [[f"  {entry.key}", *map(_show, entry.values)] for entry in section.differing]
            lines, left_out = table(titles, rows, terminal_width())
            click.echo("\n".join(lines))
            if left_out:
                click.echo(f"not shown for want of width: {', '.join(map(neutral, left_out))}", err=True)
    for code in differences.code:
        _print_code(code)


def _print_code(code: CodeDifference) -> None:
    _heading(f"code, {code.old} → {code.new}: {code.note}")
    colors = {"+": "green", "-": "red", "@": "cyan"}
    for line in code.diff.splitlines():
        text = neutral(line, keep="\t")
        color = colors.get(text[:1]) if colored() else None
        click.echo(click.style(text, fg=color) if color else text)
