"""New run folders, which appear whole, and folders of runs that `pressrun run` started, which are joined once."""

from __future__ import annotations

import errno
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.errors import SourceError, UsageError
from pressrun.project import Project
from pressrun.recording.files import read_plain
from pressrun.recording.identity import Process, checked_id, default_name, new_id
from pressrun.recording.journal import LINE_LIMIT, decode_object
from pressrun.recording.layout import ARTIFACTS, EVENTS, FORMAT, JOINED, PROVENANCE, RUN, RUN_ENV, replace_json
from pressrun.recording.liveness import has_ended
from pressrun.recording.provenance import known_at_once
from pressrun.recording.values import clean_text
from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is at its start. Config and tags are strict JSON."""

    name: str
    config: Mapping[str, Any]
    tags: Mapping[str, str]
    seed: int | None
    command: Sequence[str]
    id: str | None = None


def create_folder(parent: Path | None, new: NewRun) -> Path:
    """Make a run's folder; its name is its id.

    The folder is filled under a hidden name and then renamed, so that no reader ever sees half of it, and two runs that
    draw the same id cannot both have it.

    Parameters
    ----------
    parent
        Where runs are kept; None: the project's runs.

    Raises
    ------
    UsageError
        If the id that was asked for is taken or unsafe.
    SourceError
        If the folder cannot be written.
    """
    now = time.time()
    parent = Project.find().runs_folder if parent is None else parent
    name = new.name or default_name(list(new.command)[1:] or list(new.command))
    wanted = checked_id(new.id) if new.id is not None else None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            run_id = wanted or new_id(name, now)
            if _settle(parent, run_id, _first_words(run_id, name, now, new), known_at_once(new.command, new.seed)):
                return parent / run_id
            if wanted:
                raise UsageError(
                    f"there is a run {wanted!r} already", where=str(parent), hint="leave the id out, or choose another"
                )
    except OSError as error:
        raise SourceError(
            f"no run can be recorded here: {error.strerror or error}", where=str(parent), hint="name another folder="
        ) from error


def _first_words(run_id: str, name: str, now: float, new: NewRun) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": run_id,
        "name": clean_text(name),
        "named": bool(new.name),
        "config": new.config,
        "tags": new.tags,
        "started": round(now, 6),
        "process": Process.current().to_json(),
        "recorder": f"pressrun {__version__}",
    }


def _settle(parent: Path, run_id: str, run: dict[str, Any], provenance: dict[str, Any]) -> bool:
    """Fill a folder and give it its name; False if the name is taken."""
    scratch = parent / f".{run_id}.{os.getpid()}.new"
    scratch.mkdir()
    try:
        (scratch / ARTIFACTS).mkdir()
        (scratch / EVENTS).touch()
        replace_json(scratch / PROVENANCE, provenance)
        replace_json(scratch / RUN, run)
        scratch.rename(parent / run_id)
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        # A folder with something in it cannot be renamed over: that is what makes ids unique.
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True


def claim_outer_run() -> Path | None:
    """Give the folder of the run that `pressrun run` made for this process, the first time that anybody asks.

    Of all processes under that command one joins its run; the others, and every later run of the same process, make
    their own.
    """
    named = os.environ.get(RUN_ENV)
    if not named:
        return None
    folder = Path(named)
    try:
        recorder = Process.of_json(read_first_words(folder).get("process"))
    except (OSError, ValueError):
        return None
    # The variable may have been left behind by a command that is over.
    if recorder is None or recorder.is_alive() is False or has_ended(folder / EVENTS):
        return None
    try:
        os.close(os.open(folder / JOINED, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except OSError:
        return None
    return folder


def read_first_words(folder: Path) -> dict[str, Any]:
    """Read `run.json`.

    Raises
    ------
    ValueError
        If it is not a strict JSON object of a format known here.
    OSError
        If it cannot be read.
    """
    try:
        data = decode_object(read_plain(folder / RUN, LINE_LIMIT))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    version = data.get("format")
    if not isinstance(version, int) or version < 1:
        raise ValueError("names no format")
    if version > FORMAT:
        raise ValueError(f"has format {version}; this pressrun knows {FORMAT}")
    return data
