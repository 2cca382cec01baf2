"""Whether a run without an end still runs: by its process where that can be seen, else by its silence."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from pressrun.recording.files import open_plain
from pressrun.recording.identity import Process
from pressrun.recording.layout import SILENCE_SECONDS
from pressrun.records import Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


_END = b'{"kind":"end"'


def has_ended(events: Path) -> bool:
    """Whether the last thing that a run said is how it ended."""
    return last_line(events).startswith(_END)


def last_line(events: Path) -> bytes:
    """Give the last line of an events file, without reading the file; empty if there is none."""
    try:
        with open_plain(events) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().splitlines()
    except OSError:
        return b""
    return lines[-1] if lines else b""


def status_of_open(first_words: Mapping[str, Any], last_heard: float, now: float | None = None) -> Status:
    """Judge a run without an end: RUNNING or KILLED; UNKNOWN if it does not say who recorded it.

    Within the same host, boot and pid namespace the recording process is looked up by pid and start time. From
    elsewhere, a run that has been silent for `SILENCE_SECONDS` is taken for killed; a live one says something every
    `HEARTBEAT_SECONDS`.

    Parameters
    ----------
    first_words
        What `run.json` holds.
    last_heard
        The time of its last event, or when it was started.
    """
    process = Process.of_json(first_words.get("process"))
    if process is None:
        return Status.UNKNOWN
    alive = process.is_alive()
    if alive is None:
        alive = (time.time() if now is None else now) - last_heard <= SILENCE_SECONDS
    return Status.RUNNING if alive else Status.KILLED
