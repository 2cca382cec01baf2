"""What a run folder holds: the names of its files, the limits on their sizes, and how each is written.

::

    runs/<id>/
      run.json         who the run is: written once, complete before the folder has its name
      events.jsonl     what happened, one JSON object a line, only ever appended to
      provenance.json  where the run came from; replaced once git and the environment have answered
      diff.patch       uncommitted changes to tracked files
      environment.txt  installed distributions, `name==version`, sorted
      resources.jsonl  CPU and memory over time, thinned when it grows
      output.log       what a command printed, under `pressrun run`
      artifacts/       files that the run left
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: Raised when a reader of today would misread the folder; keys and kinds of events are added without raising it.
FORMAT = 1

RUN = "run.json"
EVENTS = "events.jsonl"
PROVENANCE = "provenance.json"
DIFF = "diff.patch"
ENVIRONMENT = "environment.txt"
RESOURCES = "resources.jsonl"
OUTPUT = "output.log"
ARTIFACTS = "artifacts"
#: Created by the one process that joins a run which `pressrun run` started.
JOINED = ".joined"

#: The environment variable in which `pressrun run` gives its command the run's folder.
RUN_ENV = "PRESSRUN_RUN"
#: The environment variable in which `pressrun run --seed` gives its command the seed.
SEED_ENV = "PRESSRUN_SEED"

#: Buffered points reach the file after at most this many seconds; a kill loses no more than that.
FLUSH_SECONDS = 0.5
#: A run that writes nothing else says that it is alive this often …
HEARTBEAT_SECONDS = 60.0
#: … and a run on another host that has said nothing for so long is taken for killed.
SILENCE_SECONDS = 300.0

DIFF_LIMIT = 5_000_000
OUTPUT_HEAD_LIMIT = 8_000_000
OUTPUT_TAIL_LIMIT = 1_000_000


def to_text(value: Any) -> str:
    """Give JSON on one line, of ASCII alone: a cut or a stray encoding can then never break a character."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that whoever opens it finds the old content or the new, whole."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    scratch.write_bytes(data)
    scratch.replace(path)


def replace_json(path: Path, value: Any) -> None:
    """Write a JSON document for people and programs, whole or not at all."""
    replace_file(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode("ascii"))
