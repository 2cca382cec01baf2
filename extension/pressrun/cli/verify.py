"""`pressrun verify`: check a published version against its evidence."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pressrun.cli.terminal import say
from pressrun.errors import ExitCode


@click.command(
    "verify",
    short_help="Check a published version against its evidence.",
    epilog="Example: pressrun verify site/digits/versions/3",
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(path: Path, as_json: bool) -> int:
    """Check a published version: its files, its runs, and every number and verdict computed again from them.

    PATH is site/PAPER for the newest version, or site/PAPER/versions/N. Exits with 4 if the version is not what its
    evidence says it should be.
    """
    from pressrun.publish.verification import verify

    report = verify(path)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
        return int(ExitCode.DONE if report.sound else ExitCode.STALE)
    name = f"{report.paper or path} version {report.version}" if report.version is not None else str(path)
    for mismatch in report.mismatches:
        say(f"✗ {mismatch.text}", "red")
    for note in report.notes:
        say(f"· {note}", dim=True)
    checked = f"{report.files} files, {report.runs} runs, {report.values} values, {report.claims} claims"
    if report.sound:
        say(f"✓ {name} is what its evidence says: {checked}", "green")
        return int(ExitCode.DONE)
    places = "1 place" if len(report.mismatches) == 1 else f"{len(report.mismatches)} places"
    say(f"✗ {name} does not match its evidence in {places}: {checked}", "red")
    return int(ExitCode.STALE)
