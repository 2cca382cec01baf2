"""How a build ends before its time: told to by a signal, or because the process that began it is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import NoReturn

import click

#: Names the process that began this build and shows it to somebody: the build ends when that process is gone.
PARENT_ENV = "PRESSRUN_BUILDER_OF"


def end_on_signal() -> None:
    """Let a terminated build end as an interrupted one does: kernel gone, scratch space gone."""

    def end(number: int, _frame: object) -> NoReturn:
        click.echo(f"pressrun: ended by {signal.Signals(number).name}", err=True)
        sys.exit(128 + number)

    if os.name == "posix":
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGHUP, end)


def end_in_silence() -> None:
    """Let a builder end in that way, of whom the command that began it will speak."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def end_with_caller() -> None:
    """End when the program that began this build dies, if it named itself in the environment."""
    caller = os.environ.pop(PARENT_ENV, "")
    if caller.isdigit():
        end_with_parent(int(caller))


def end_with_parent(parent: int) -> None:
    """End when the process that began this one dies, even by SIGKILL, which tells nobody."""
    if os.name != "posix":
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="pressrun-parent", daemon=True).start()
