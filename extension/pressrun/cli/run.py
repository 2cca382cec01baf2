"""`pressrun run`: any command in any language as a recorded run."""

from __future__ import annotations

import json

import click

from pressrun.errors import UsageError


def _tags(pairs: tuple[str, ...]) -> dict[str, str]:
    tags = {}
    for pair in pairs:
        key, equal, value = pair.partition("=")
        if not key or not equal:
            raise UsageError(f"the tag {pair!r} has no key or no value", hint="write --tag model=svm")
        tags[key] = value
    return tags


@click.command(
    "run",
    short_help="Run a command as a recorded run.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Example: pressrun run --name svm --tag sweep=1 -- python train.py --C 10",
)
@click.option("--name", default="", metavar="N", help="What to call the run. Default: what the command calls it.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="Label the run; may be repeated.")
@click.option("--seed", type=int, help="Record this seed; the command sees it as PRESSRUN_SEED.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; the command's output goes to stderr.")
@click.argument("arguments", metavar="-- CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(name: str, tags: tuple[str, ...], seed: int | None, as_json: bool, arguments: tuple[str, ...]) -> int:
    """Run a command as a recorded run.

    Records the git commit and uncommitted changes, the command line, the environment, the seed, the resources used,
    the output and the exit code, and exits with the command's own exit code. A Python command that calls
    pressrun.start_run or pressrun.init logs into this very run.
    """
    from pressrun.recording.command import record_command

    done = record_command(arguments, name=name, tags=_tags(tags), seed=seed, output_to_stderr=as_json)
    if as_json:
        run = {"id": done.id, "name": done.name, "folder": str(done.folder)}
        click.echo(json.dumps({"run": run | {"status": done.status.value, "exit_code": done.exit_code}}))
    else:
        click.echo(f"pressrun: run {done.id} {done.status}, recorded in {done.folder}", err=True)
    return done.exit_code
