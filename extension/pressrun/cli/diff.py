"""`pressrun diff`: say what changed between two published versions of a paper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressrun.cli.terminal import say
from pressrun.errors import UsageError
from pressrun.project import Project

if TYPE_CHECKING:
    from pressrun.review.compare import Change

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
    project = Project.find()
    name = Path(paper).name if Path(paper).suffix != ".ipynb" else Path(paper).resolve().parent.name
    before, after = _numbers(project, name, old, new)
    found = _compare(project, name, before, after)
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


def _numbers(project: Project, name: str, old: int | None, new: int | None) -> tuple[int, int]:
    from pressrun.publish.site import read_papers
    from pressrun.publish.versions import site_folder

    papers = read_papers(site_folder(project))
    if name not in papers:
        raise UsageError(
            f"{name!r} was never published",
            where=str(site_folder(project)),
            hint=f"published here: {', '.join(papers)}" if papers else "publish it with `pressrun build`",
        )
    known = sorted(version.number for version in papers[name].versions)
    new = known[-1] if new is None else new
    if old is None:
        earlier = [number for number in known if number < new]
        if not earlier:
            raise UsageError(f"{name} has no version before {new}", hint="there is nothing to compare it with yet")
        old = earlier[-1]
    for number in (old, new):
        if number not in known:
            raise UsageError(f"{name} has no version {number}", hint=f"its versions: {', '.join(map(str, known))}")
    return old, new


def _compare(project: Project, name: str, old: int, new: int) -> list[Change]:
    from pressrun.publish.versions import published_facts, version_folder
    from pressrun.review.compare import changes, prose_changes

    before, after = published_facts(project, name, old), published_facts(project, name, new)
    assert before is not None
    assert after is not None
    found = list(changes(before, after))
    was, now = (_notebook(version_folder(project, name, number)) for number in (old, new))
    return found + list(prose_changes(was, now)) if was is not None and now is not None else found


def _notebook(folder: Path | None) -> dict[str, Any] | None:
    """Give the cells of a version, from its evidence or its notebook; None if it was published without."""
    from pressrun.publish.evidence import CELLS_NAME

    assert folder is not None
    for path in (folder / "evidence" / CELLS_NAME, folder / "paper.ipynb"):
        if not path.is_file():
            continue
        try:
            notebook = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise UsageError(f"is no notebook: {error}", where=str(path), hint="`pressrun verify` says more") from error
        if isinstance(notebook, dict):
            return notebook
    return None
