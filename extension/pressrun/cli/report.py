"""Print what a build or a check found, for people; from the JSON that `--json` prints, so that both say the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressrun.build.outcomes import CellOutcome, Outcome
from pressrun.claims.verdict import Verdict
from pressrun.cli.terminal import visible
from pressrun.lettering import count, listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OUTCOMES = {outcome.word: outcome for outcome in Outcome}


def print_paper(document: Mapping[str, Any], root: Path, *, explain: bool = False, reasons: bool = False) -> None:
    """Print one paper: its outcome and why, where it is, its claims' verdicts, what changed, what else to know.

    Parameters
    ----------
    explain
        Whether to say why it was rebuilt, and each of its cells.
    reasons
        Whether to say why it was rebuilt, and how long that took.
    """
    outcome = _OUTCOMES[document["outcome"]]
    paper, version = document["paper"], document.get("version")
    head = f"{outcome.symbol} {paper}: {outcome.word}"
    if version is not None:
        head += f", version {version}"
    if outcome is Outcome.PUBLISHED or (reasons and "seconds" in document):
        head += f" ({document['seconds']:.1f} s)"
    _say(head, outcome.style)
    if explain or reasons or outcome is Outcome.STALE:
        for reason in document.get("stale", ()):
            _say(f"  ~ {reason['what']}: {reason['reason']}")
    if explain and outcome is Outcome.CURRENT:
        _say("  no input changed since it was published")
    elif explain:
        _explain_cells(document.get("cells", ()))
    for output in document.get("outputs", ()):
        _say(f"  {_relative(output, root)}")
    print_claims(document.get("claims", ()))
    changes = document.get("changes", ())
    if changes:
        _say("  since the version before:")
        for change in changes:
            _say(f"    {change['text']}")
    for line in document.get("log", ()):
        _say(f"  ! {line}", "yellow")
    if error := document.get("error"):
        place = f"{error['where']}: " if error["where"] else ""
        hint = f"\n  → {error['hint']}" if error["hint"] else ""
        _say(f"{place}{error['what']}{hint}", to_stderr=True)


def print_sum(documents: Sequence[Mapping[str, Any]]) -> None:
    """Print what became of several papers in one line, those that failed by name."""
    papers: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for document in documents:
        papers[_OUTCOMES[document["outcome"]]].append(document["paper"])
    failed = listing(papers[Outcome.FAILED])
    said = ", ".join(f"{len(names)} {outcome.word}" for outcome, names in papers.items() if names)
    _say(f"{count(len(documents), 'paper')}: {said}" + (f": {failed}" if failed else ""))


def _explain_cells(cells: Sequence[Mapping[str, Any]]) -> None:
    """Say of each cell that ran why it did, and how many did not have to."""
    ran = [cell for cell in cells if cell["outcome"] == CellOutcome.EXECUTED.word]
    kept = sum(cell["outcome"] == CellOutcome.CURRENT.word for cell in cells)
    for cell in ran:
        _say(f"  {CellOutcome.EXECUTED.symbol} {cell['id']}: {cell['reason']}")
    if kept:
        _say(f"  {CellOutcome.CURRENT.symbol} {count(kept, 'cell')} did not have to run", CellOutcome.CURRENT.style)


def print_claims(claims: Sequence[Mapping[str, Any]]) -> None:
    """Print claims, one a line, with what their verdicts rest on."""
    for claim in claims:
        verdict = Verdict(claim["verdict"])
        _say(f"  {verdict.symbol} {verdict}: {claim['statement']}", verdict.style)
        _say(f"      {claim['reason']}")


def _say(line: str, style: str = "", *, to_stderr: bool = False) -> None:
    stream = sys.stderr if to_stderr else sys.stdout
    text = visible(line)
    if style and stream.isatty() and "NO_COLOR" not in os.environ:
        words = style.split()
        colour = next((word for word in words if word not in {"bold", "dim"}), None)
        text = click.style(text, fg=colour, bold="bold" in words or None, dim="dim" in words or None)
    click.echo(text, file=stream, color=True if stream.isatty() else None)


def _relative(path: str, root: Path) -> str:
    return os.path.relpath(path) if Path(path).is_relative_to(root) else path
