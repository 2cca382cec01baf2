"""The command group: which commands there are, loaded one at a time, and how errors become messages and exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING

import click

from pressrun.errors import ExitCode, PressrunError
from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Command → module and one line of help. A module is imported when its command is used.
COMMANDS = {
    "init": ("pressrun.cli.init", "Start a project in a folder."),
    "new": ("pressrun.cli.new", "Write a new paper from a template."),
    "run": ("pressrun.cli.run", "Run a command as a recorded run."),
    "runs": ("pressrun.cli.runs", "List, show and compare runs."),
    "build": ("pressrun.cli.build", "Rebuild papers and publish them."),
    "check": ("pressrun.cli.check", "Say which claims hold and what is stale; publish nothing."),
    "diff": ("pressrun.cli.diff", "Say what changed between two published versions."),
    "verify": ("pressrun.cli.verify", "Check a published version against its evidence."),
    "serve": ("pressrun.cli.serve", "Serve the published site on this machine."),
}


class Commands(click.Group):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of an author's day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: pressrun build papers/digits --to html,pdf",
)
@click.version_option(__version__, message="pressrun %(version)s")
def cli() -> None:
    """Turn a Jupyter notebook into a live, checked, reproducible research paper."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code.

    Every error that pressrun raises on purpose becomes a message on stderr, and with `--json` a JSON document on stdout
    as well, so that a script never has to read prose.
    """
    try:
        result = cli.main(args=list(arguments), prog_name="pressrun", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except click.Abort:
        click.echo("pressrun: interrupted", err=True)
        return 130
    except PressrunError as error:
        click.echo(f"pressrun: {error}", err=True)
        if "--json" in arguments:
            click.echo(json.dumps({"error": {"what": error.what, "where": error.where, "hint": error.hint}}))
        return int(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; say nothing and keep the interpreter from saying it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return int(result) if isinstance(result, int) else int(ExitCode.DONE)
