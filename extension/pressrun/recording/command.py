"""Any command as a recorded run: its output passed on and kept, signals handed down, its end told as it was."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.errors import UsageError
from pressrun.recording.active import ActiveRun
from pressrun.recording.folders import NewRun, create_folder
from pressrun.recording.layout import OUTPUT, RUN_ENV, SEED_ENV
from pressrun.recording.output import OutputLog
from pressrun.recording.provenance import write_environment
from pressrun.recording.values import as_mapping, clean_text
from pressrun.records import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import FrameType

#: A background process that a command leaves behind may hold its output open; it is heard this much longer.
_LINGER_SECONDS = 1.0
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
#: Signals that a terminal sends to all of its foreground processes by itself.
_FROM_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
#: Exit codes with which a shell says that its command was stopped by SIGHUP, SIGINT, SIGKILL or SIGTERM.
_STOPPED_CODES = frozenset({129, 130, 137, 143})


@dataclass(frozen=True, slots=True)
class CommandRun:
    """A command that was run: its run, and how it ended."""

    id: str
    name: str
    folder: Path
    status: Status
    exit_code: int


def record_command(
    command: Sequence[str],
    *,
    name: str = "",
    tags: Mapping[str, str] | None = None,
    seed: int | None = None,
    folder: Path | None = None,
    output_to_stderr: bool = False,
) -> CommandRun:
    """Run a command as a recorded run and wait for it.

    A command that is not found makes no run. One that is found and cannot be started makes a failed one.

    Parameters
    ----------
    command
        The program and its arguments; no shell takes part.
    name, tags, seed
        The run's. The command sees the seed as PRESSRUN_SEED.
    folder
        Where the run's own folder is made. Default: the project's runs.
    output_to_stderr
        Whether what the command prints on stdout goes to stderr.

    Raises
    ------
    UsageError
        If the command cannot be started.
    SourceError
        If the run cannot be recorded.
    """
    if not command or not shutil.which(command[0]):
        raise UsageError(
            f"there is no command {command[0]!r}" if command else "no command was given",
            hint="write pressrun run -- python train.py",
        )
    labels = {key: str(value) for key, value in as_mapping(tags, "tags").items()}
    new = NewRun(clean_text(name), {}, labels, seed, tuple(command))
    place = create_folder(folder, new)
    run = ActiveRun(place, new, joined=False, resources=True, environment=False)
    # Before the command starts: a Python that joins the run puts its own environment in the place of this one.
    write_environment(run.folder)
    environment = os.environ | {RUN_ENV: str(run.folder)}
    if seed is not None:
        environment[SEED_ENV] = str(seed)
    log = OutputLog(run.folder / OUTPUT)
    relay = _Relay(log, output_to_stderr=output_to_stderr)
    try:
        code = relay.run(command, environment)
    except OSError as error:
        run.finish_with(error)
        raise UsageError(
            f"{command[0]!r} cannot be started: {error.strerror}", where=f"run {run.id}", hint="is it executable?"
        ) from error
    except BaseException as error:
        run.finish_with(error)
        raise
    finally:
        log.close()
    status, exit_code = _ended(code, stopped=relay.stopped)
    if code < 0:
        run.note_error(_signal_name(-code), f"the command was ended by {_signal_name(-code)}")
    run.finish(status, exit_code)
    return CommandRun(run.id, run.name, run.folder, status, exit_code)


def _ended(code: int, *, stopped: bool) -> tuple[Status, int]:
    if code < 0:
        return Status.KILLED, 128 - code
    if code == 0:
        return Status.FINISHED, 0
    return (Status.KILLED if stopped or code in _STOPPED_CODES else Status.FAILED), code


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class _Relay:
    """Stands between a command and whoever started it: output goes out and into the log, signals go in."""

    def __init__(self, log: OutputLog, *, output_to_stderr: bool) -> None:
        self._log = log
        self._targets = (2 if output_to_stderr else 1, 2)
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        #: Whether a signal to stop was handed on.
        self.stopped = False

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run the command and give its code, the negative signal number if a signal ended it."""
        sys.stdout.flush()
        sys.stderr.flush()
        before = self._take_signals()
        pipes = [_open_pipe(target) for target in self._targets]
        try:
            self._child = subprocess.Popen(command, env=environment, stdout=pipes[0][1], stderr=pipes[1][1])
            for number in self._early:
                self._hand_on(number, None)
            for _, inner in pipes:
                os.close(inner)
            self._listen({outer: target for (outer, _), target in zip(pipes, self._targets, strict=True)})
            return self._child.wait()
        finally:
            for outer, _ in pipes:
                os.close(outer)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _listen(self, streams: Mapping[int, int]) -> None:
        assert self._child is not None
        silent_since = 0.0
        broken: set[int] = set()
        with selectors.DefaultSelector() as selector:
            for outer in streams:
                selector.register(outer, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(0.1):
                    data = _read(key.fd)
                    if not data:
                        selector.unregister(key.fd)
                        continue
                    self._log.write(data)
                    if (target := streams[key.fd]) not in broken and not _write(target, data):
                        broken.add(target)
                if self._child.poll() is not None:
                    silent_since = silent_since or time.monotonic()
                    if time.monotonic() - silent_since > _LINGER_SECONDS:
                        return

    def _take_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}
        # A signal that was ignored from the start, as under nohup, stays ignored here and in the command.
        return {
            number: signal.signal(number, self._hand_on)
            for number in _FORWARDED
            if signal.getsignal(number) is not signal.SIG_IGN
        }

    def _hand_on(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True
        if self._child is None:
            self._early.append(number)
        elif not (number in _FROM_TERMINAL and _in_foreground()):
            self._child.send_signal(number)


def _in_foreground() -> bool:
    """Whether a terminal's keys reach this process, and so the command, which is of the same group, as well."""
    for descriptor in range(3):
        try:
            return os.tcgetpgrp(descriptor) == os.getpgrp()
        except OSError:
            continue
    return False


def _open_pipe(target: int) -> tuple[int, int]:
    """Give (our end, the command's end) of a stream; a terminal if ours is one, so that progress bars work."""
    if not os.isatty(target):
        return os.pipe()
    import fcntl
    import pty
    import termios

    outer, inner = pty.openpty()
    settings = termios.tcgetattr(inner)
    # Our own terminal ends lines; done twice, each would have two carriage returns.
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(inner, termios.TCSANOW, settings)
    fcntl.ioctl(inner, termios.TIOCSWINSZ, fcntl.ioctl(target, termios.TIOCGWINSZ, b"\0" * 8))
    return outer, inner


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        # How a terminal says that its other side is closed.
        return b""


def _write(descriptor: int, data: bytes) -> bool:
    """Pass output on; False once nobody listens. The command goes on and its log is kept."""
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        return False
    return True
