"""Builders in processes of their own: papers built at once cannot take each other down, and are ended together."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from pressrun.build.outcomes import Outcome
from pressrun.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.build.paper import Paper

#: What a builder that was told to end needs for its kernel and its scratch space.
_SECONDS_TO_END = 15


class Builders:
    """The builders that are at work; used from one thread a builder."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: set[subprocess.Popen[str]] = set()
        self._ended = False

    def build(self, paper: Paper, arguments: Sequence[str]) -> tuple[ExitCode, dict[str, Any]]:
        """Build a paper in a process, wait for it, and give its exit code and its result as JSON."""
        line = [sys.executable, "-m", "pressrun.cli", "build", "--json", *arguments, "--", str(paper.notebook)]
        with self._lock:
            if self._ended:
                return _failed(paper, "it was not begun")
            # A session of its own: the terminal interrupts this process alone, which then ends each builder once.
            builder = subprocess.Popen(
                line,
                cwd=paper.project.root,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
            self._at_work.add(builder)
        answer, _ = builder.communicate()
        with self._lock:
            self._at_work.discard(builder)
        try:
            return ExitCode(builder.returncode), json.loads(answer)["papers"][0]
        except (ValueError, KeyError):
            return _failed(paper, f"its builder ended with code {builder.returncode}")

    def end(self) -> None:
        """End the builders that are at work, with their kernels, and begin no more."""
        with self._lock:
            self._ended = True
            at_work = list(self._at_work)
        for builder in at_work:
            builder.terminate()
        for builder in at_work:
            try:
                builder.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                builder.kill()


def _failed(paper: Paper, what: str) -> tuple[ExitCode, dict[str, Any]]:
    error = {"kind": "BuildError", "what": what, "where": paper.label, "hint": "build it by itself"}
    return ExitCode.BUILD, {"paper": paper.name, "outcome": Outcome.FAILED.word, "version": None, "error": error}
