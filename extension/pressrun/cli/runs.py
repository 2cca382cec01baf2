"""`pressrun runs`: list, show and compare runs."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
import warnings
from typing import TYPE_CHECKING, Any

import click

from pressrun.cli.columns import neutral
from pressrun.cli.runs_text import print_differences, print_list, print_problems, print_run
from pressrun.errors import PressrunWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pressrun.records import Problem, Run
    from pressrun.runs.runset import RunSet

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_source_option = click.option(
    "--source", "sources", multiple=True, metavar="SOURCE", help="Where to look; the project's sources if not given."
)


@click.group("runs", epilog="Example: pressrun runs list --where \"config.model == 'svm'\"")
def command() -> None:
    """List, show and compare runs."""


@command.command(
    "list", epilog="Example: pressrun runs list runs/ --where \"summary['test/acc'] > 0.9\" --sort -test/acc"
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--where", default="", metavar="EXPR", help="Only runs for which this is true.")
@click.option("--sort", metavar="FIELD", help="Sort by started, config.C, test/acc …; -FIELD: downwards.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N.")
@_json_option
def list_(sources: tuple[str, ...], where: str, sort: str | None, limit: int | None, as_json: bool) -> None:
    """List runs of some sources, or of the project's own."""
    found = _found(sources, where)
    runs = _sorted(found.runs, sort) if sort else list(found.runs)
    shown = runs if limit is None else runs[:limit]
    if as_json:
        document = {"runs": [_run_json(run) for run in shown], "skipped": _problems_json(found.problems)}
        click.echo(json.dumps({**document, "matched": len(runs)}))
        return
    if shown:
        print_list(shown)
    if len(shown) < len(runs):
        click.echo(f"{len(shown)} of {len(runs)} runs", err=True)
    elif not runs and not found.problems:
        click.echo("there are no runs yet", err=True)
    print_problems(found.problems)


@command.command("show", epilog="Example: pressrun runs show svm-3 --history val/acc")
@click.argument("run", metavar="RUN")
@_source_option
@click.option("--history", "keys", multiple=True, metavar="KEY", help="Also the history of this metric.")
@_json_option
def show(run: str, sources: tuple[str, ...], keys: tuple[str, ...], as_json: bool) -> None:
    """Show one run, named by its id, the beginning of its id, or its name."""
    from pressrun.runs.runset import find

    found = _found(sources, "")
    one = find(found.runs, run, prefix=True)
    history = {key: _points(found.only([one]), key) for key in keys}
    if as_json:
        document = _run_json(one) | {
            "provenance": _provenance_json(one),
            "artifacts": [dataclasses.asdict(artifact) for artifact in one.artifacts],
        }
        if keys:
            document["history"] = history
        click.echo(json.dumps({**document, "skipped": _problems_json(one.problems)}))
        return
    print_run(one, history)
    print_problems(one.problems)


@command.command("compare", epilog="Example: pressrun runs compare svm-3 logreg-3")
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@_source_option
@_json_option
def compare(runs: tuple[str, ...], sources: tuple[str, ...], as_json: bool) -> None:
    """Show what differs between runs, the first of which the others are held against."""
    from pressrun.project import Project
    from pressrun.runs.differences import compare_runs
    from pressrun.runs.runset import find

    if len(runs) < 2:
        raise click.UsageError("name two runs or more")
    found = _found(sources, "")
    differences = compare_runs([find(found.runs, key, prefix=True) for key in runs], Project.find().root)
    if as_json:
        click.echo(json.dumps(differences.to_json()))
        return
    print_differences(differences)


def _found(sources: Sequence[str], where: str) -> RunSet:
    """Find runs; what is doubtful is said in the result, and printed from there."""
    from pressrun.runs.resolve import resolve

    with warnings.catch_warnings(record=True) as said, _progress() as progress:
        warnings.simplefilter("always")
        found = resolve(sources, where, progress=progress)
    told = {problem.reason for problem in found.problems}
    for warning in said:
        if not issubclass(warning.category, PressrunWarning) or str(warning.message) not in told:
            click.echo(f"pressrun: {neutral(str(warning.message))}", err=True)
    return found


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Count runs while they are read, on a terminal and once it takes more than a second."""
    import time

    start = time.monotonic()
    printed = False

    def progress(done: int, total: int) -> None:
        nonlocal printed
        if time.monotonic() - start > 1.0:
            printed = True
            sys.stderr.write(f"\rreading runs {done}/{total} ")
            sys.stderr.flush()

    try:
        yield progress if sys.stderr.isatty() else None
    finally:
        if printed:
            sys.stderr.write("\r\x1b[2K")


def _sorted(runs: Sequence[Run], by: str) -> list[Run]:
    """Sort in natural order, upwards or downwards, what is missing or NaN last either way."""
    from pressrun.errors import MetricNotFoundError
    from pressrun.runs.address import Address, identity, known, nearest
    from pressrun.runs.grouping import natural

    descending, name = by.startswith("-"), by.removeprefix("-")
    address = Address.parse(name)
    there = [run for run in runs if identity(address.of(run)) not in ("null", "float nan")]
    if runs and not there and address.keys:
        close = nearest(str(address), map(str, known(runs)))
        raise MetricNotFoundError(
            f"no run has {address} to sort by", hint=f"did you mean {' or '.join(close)}?" if close else ""
        )
    kept = set(map(id, there))
    return [
        *sorted(there, key=lambda run: natural(address.of(run)), reverse=descending),
        *(run for run in runs if id(run) not in kept),
    ]


def _run_json(run: Run) -> dict[str, Any]:
    from pressrun.canonical import plain
    from pressrun.runs.address import seed_of

    return {
        "id": run.id,
        "name": run.name,
        "source": run.source,
        "status": run.status.value,
        "config": plain(run.config),
        "summary": plain(run.summary),
        "tags": plain(run.tags),
        "note": run.note,
        "started": plain(run.started),
        "ended": plain(run.ended),
        "seed": seed_of(run),
        "metrics": dict(run.metrics),
        "digest": run.digest,
    }


def _provenance_json(run: Run) -> dict[str, Any]:
    from pressrun.canonical import plain

    fields = {entry.name: getattr(run.provenance, entry.name) for entry in dataclasses.fields(run.provenance)}
    fields["datasets"] = [dataclasses.asdict(dataset) for dataset in run.provenance.datasets]
    document: dict[str, Any] = plain(fields)
    return document


def _problems_json(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"where": problem.where, "reason": problem.reason} for problem in problems]


def _points(runs: RunSet, key: str) -> list[list[Any]]:
    from pressrun.canonical import number
    from pressrun.runs.frames import no_such_metric

    if key not in runs.metrics:
        raise no_such_metric(key, list(runs.metrics), kind="history of")
    series = runs.series(runs[0], key)
    return [
        [int(step), number(float(time)), number(float(value))]
        for step, time, value in zip(series.steps, series.times, series.values, strict=True)
    ]
