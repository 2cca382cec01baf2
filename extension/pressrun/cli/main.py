"""The command group: which commands there are, loaded one at a time, and how errors become messages and exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from pressrun.cli.terminal import visible
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
    "lab": ("pressrun.cli.lab", "JupyterLab on this project."),
    "serve": ("pressrun.cli.serve", "Serve the published site on this machine."),
}

#: What a shell gives for a command that SIGINT ended.
INTERRUPTED = 130


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

    Every error becomes a message on stderr, and where JSON was asked for a JSON document on stdout as well, so that a
    script never has to read prose. None is taken for a verdict: what nobody foresaw has an exit code of its own.
    """
    try:
        result = cli.main(args=list(arguments), prog_name="pressrun", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "pressrun"
        _answer(arguments, error.format_message(), where, f"see {where} --help")
        return int(ExitCode.USAGE)
    except click.Abort:
        click.echo("pressrun: interrupted", err=True)
        _answer(arguments, "interrupted")
        return INTERRUPTED
    except PressrunError as error:
        click.echo(f"pressrun: {visible(str(error))}", err=True)
        _answer(arguments, error.what, error.where, error.hint)
        return int(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; say nothing and keep the interpreter from saying it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        what, where = error.strerror or str(error), str(error.filename or "")
        click.echo(visible(f"pressrun: {where}: {what}" if where else f"pressrun: {what}"), err=True)
        _answer(arguments, what, where)
        return int(ExitCode.INTERNAL)
    except Exception as error:
        # Uncaught it would exit with 1, which says that a claim fails.
        traceback.print_exc()
        click.echo("pressrun: this is an error in pressrun itself; please report it with the lines above", err=True)
        _answer(arguments, f"{type(error).__name__}: {error}", "pressrun itself", "please report it")
        return int(ExitCode.INTERNAL)
    return int(result) if isinstance(result, int) else int(ExitCode.DONE)


def _answer(arguments: Sequence[str], what: str, where: str = "", hint: str = "") -> None:
    """Print an error as a JSON document on stdout if the command line asked for JSON."""
    own = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    if "--json" in own or "--format=json" in own or ("--format", "json") in pairwise(own):
        click.echo(json.dumps({"error": {"what": what, "where": where, "hint": hint}}))
