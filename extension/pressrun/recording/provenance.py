"""Where a run comes from, recorded without being asked: code, command, environment, machine."""

from __future__ import annotations

import getpass
import logging
import os
import platform
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.recording.git import GitQuery, Snapshot
from pressrun.recording.layout import DIFF, ENVIRONMENT, PROVENANCE, replace_file, replace_json
from pressrun.recording.masking import mask_command, mask_text
from pressrun.recording.values import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Config entries that name the seed, in the order in which they are asked.
SEED_KEYS = ("seed", "random_state", "random_seed")

_log = logging.getLogger("pressrun")


def seed_in(config: Mapping[str, Any]) -> int | None:
    """Give the seed that a config names as a whole number, if it names one."""
    for key in SEED_KEYS:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def installed() -> list[str]:
    """Give the installed distributions as sorted `name==version` lines; of one that is there twice, the one in use."""
    from importlib.metadata import distributions

    found: dict[str, str] = {}
    for distribution in distributions():
        metadata = distribution.metadata
        # A distribution whose files are half gone has no name.
        name = metadata["Name"] if metadata is not None else None
        if name:
            found.setdefault(str(name), str(metadata["Version"]))
    return [f"{clean_text(name)}=={clean_text(found[name])}" for name in sorted(found, key=str.lower)]


def write_environment(folder: Path) -> None:
    """Write the environment lock of the Python that asks."""
    try:
        replace_file(folder / ENVIRONMENT, "".join(f"{line}\n" for line in installed()).encode("utf-8"))
    except OSError as error:
        _log.warning("pressrun: the environment of %s cannot be written: %s", folder, error)


class Capture(threading.Thread):
    """Records a run's provenance: what is known at once at once, git's and the environment's answers when they come.

    git is started in the constructor, so that it sees the code as it is when the run starts.

    Parameters
    ----------
    folder
        The run's folder.
    command
        The command line.
    seed
        The seed that was given for the run.
    environment
        Whether the environment lock is still to be written.
    """

    def __init__(self, folder: Path, command: Sequence[str], seed: int | None, *, environment: bool = True) -> None:
        super().__init__(name="pressrun-provenance", daemon=True)
        self._folder = folder
        self._environment = environment
        self._known = known_at_once(command, seed)
        cwd = _cwd()
        self._git = GitQuery(cwd) if cwd else None

    def run(self) -> None:
        """Write what is known, then wait for git and the environment and write that."""
        try:
            snapshot = self._git.answer(_process_start()) if self._git else Snapshot(reason="no working folder")
            if snapshot.diff:
                replace_file(self._folder / DIFF, snapshot.diff)
            replace_json(self._folder / PROVENANCE, self._known | {"git": self._describe(snapshot), "complete": True})
            if self._environment:
                write_environment(self._folder)
        except OSError as error:
            _log.warning("pressrun: the provenance of %s cannot be written: %s", self._folder, error)

    def _describe(self, snapshot: Snapshot) -> dict[str, Any]:
        runs = self._folder.parent.resolve()
        untracked = [
            clean_text(name)
            for name in snapshot.untracked
            # The runs themselves are no code, whether or not git has been told to ignore them.
            if not (Path(snapshot.root) / name).is_relative_to(runs)
        ]
        return {
            "root": clean_text(snapshot.root),
            "commit": snapshot.commit,
            "branch": clean_text(snapshot.branch),
            "dirty": snapshot.dirty,
            "diff_cut": snapshot.cut,
            "untracked": untracked,
            "edited_after_start": [clean_text(name) for name in snapshot.edited],
            "reason": snapshot.reason,
        }


def known_at_once(command: Sequence[str], seed: int | None) -> dict[str, Any]:
    """Give the provenance that takes no time to know, in the shape of `provenance.json`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        # A container may run under a number that has no name.
        user = str(os.getuid()) if hasattr(os, "getuid") else ""
    return {
        "command": [clean_text(argument) for argument in mask_command(command)],
        "cwd": clean_text(str(_cwd() or "")),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "host": clean_text(platform.node()),
        "user": clean_text(user),
        "seed": seed,
        "complete": False,
    }


def own_command() -> list[str]:
    """Give the command line of this process, as the system started it; in a worker of multiprocessing, its script's."""
    started = list(getattr(sys, "orig_argv", None) or sys.argv)
    if "--multiprocessing-fork" in started:
        # How the worker was started says nothing; its sys.argv is that of the script which wanted it.
        return [sys.executable, *sys.argv]
    return started


def error_text(error: BaseException) -> dict[str, str]:
    """Describe an exception: its type and its message, bounded, secrets masked."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    # An exception may fail even to say what it is; Python's own formatting survives that.
    message = "".join(traceback.format_exception_only(error)).strip().removeprefix(f"{name}:").strip()
    return {"type": clean_text(name), "message": clean_text(mask_text(message[:2000]))}


def _cwd() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None


def _process_start() -> float:
    import psutil

    try:
        return float(psutil.Process().create_time())
    except psutil.Error:
        return time.time()
