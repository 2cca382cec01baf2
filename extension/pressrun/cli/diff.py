"""`pressrun diff`: say what changed between two published versions of a paper."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pressrun.cli.terminal import say
from pressrun.project import Project

_COLORS = {"claim": "magenta", "value": "cyan", "panel": "blue"}


@click.command(
    "diff",
    short_help="Say what changed between two published versions.",
    epilog="Example: pressrun diff digits 3 4",
)
@click.argument("paper")
@click.argument("old", type=click.IntRange(min=1), required=False)
@click.argument("new", type=click.IntRange(min=1), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(paper: str, old: int | None, new: int | None, as_json: bool) -> None:
    """Say what changed in PAPER from version OLD to version NEW: claims, numbers, figures, runs, prose.

    Without NEW it is the newest version; without OLD the one before NEW.
    """
    from pressrun.publish.comparison import compare_versions

    project = Project.find()
    name = Path(paper).name if Path(paper).suffix != ".ipynb" else Path(paper).resolve().parent.name
    compared = compare_versions(project, name, old, new)
    before, after, found = compared.old, compared.new, compared.changes
    if as_json:
        document = {"paper": name, "old": before, "new": after, "changes": [change.to_json() for change in found]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    say(f"{name}: version {before} → {after}", bold=True)
    if not found:
        click.echo("no claim, number, figure, run or word changed")
    kind = None
    for change in found:
        if change.kind is not kind:
            kind = change.kind
            say(f"\n{kind.heading}", bold=True)
        say(f"  {change.text.removeprefix(kind.word).strip()}", _COLORS.get(kind.word))
        for line in change.lines if change.is_text else ():
            say(f"    {line}", "green" if line.startswith("+") else "red")
