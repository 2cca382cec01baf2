"""Builds of papers, each in a process of its own: it can crash, be cancelled, and ends with the server.

The process is the command line's own `pressrun build`, followed by the JSON lines of its `--progress json`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from pressrun.build.build_lock import is_building, spare_lock
from pressrun.build.inputs import file_digest
from pressrun.build.kernels import WARM_ENV, end_of
from pressrun.build.scratch import clear_scratch
from pressrun.lettering import printable
from pressrun.server.kernel_parents import KernelParents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pressrun.build.paper import Paper

#: What a builder that was told to end needs for its kernel and its scratch space.
PATIENCE = 5.0
#: Lines that a job keeps, and characters of one.
_LINES, _WIDEST = 200, 2000
#: The longest line that is read as one; a builder's own are far shorter, a warning of somebody's library may not be.
_LONGEST = 2**22
#: What a builder finds in its environment and this server does not.
BUILDER_VARIABLES = {"NO_COLOR": "1"}
#: Builds in a terminal are seen by the lock that they hold, and bear this id.
ELSEWHERE = "elsewhere"


class Phase(Enum):
    """Where a build stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return self in {Phase.DONE, Phase.FAILED, Phase.CANCELLED}


@dataclass(slots=True)
class Build:
    """One build, as it goes.

    Parameters
    ----------
    request
        What was asked for: "update", "frozen", "force", "formats"; "inputs", of which it was asked for, if it was.
    source
        The notebook's digest when the build began; "" before.
    said
        Lines that were ever said; the log holds the last of them.
    """

    id: str
    paper: Paper
    request: Mapping[str, Any]
    phase: Phase = Phase.QUEUED
    step: str = "waiting"
    number: int = 0
    total: int = 0
    cell: Mapping[str, str] | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, str] | None = None
    started: str | None = None
    ended: str | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))
    said: int = 0
    source: str = ""
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = None
    is_cancelled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the build as a `BuildJob`."""
        return {
            "id": self.id,
            "paper": self.paper.name,
            "phase": self.phase.value,
            "step": self.step,
            "here": True,
            "number": self.number,
            "total": self.total,
            "cell": dict(self.cell) if self.cell else None,
            "cells": list(self.cells),
            "outcome": self.result.get("outcome"),
            "version": self.result.get("version"),
            "edited": bool(self.result.get("moved")),
            "changes": [str(change["text"]) for change in self.result.get("changes", ())],
            "error": dict(self.error) if self.error else None,
            "started": self.started,
            "ended": self.ended,
            "log": list(self.log),
            "request": dict(self.request),
        }

    def say(self, line: str) -> None:
        """Add a line to the log."""
        self.log.append(printable(line)[:_WIDEST])
        self.said += 1

    def lines_after(self, said: int) -> list[str]:
        """Give the lines after the first `said` that were ever said, as far as the log still has them."""
        return list(self.log)[max(0, len(self.log) - (self.said - said)) :] if self.said > said else []

    def hear(self, line: str) -> None:
        """Take a line of the builder's stderr: an event, or what anybody else wrote there."""
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            event = None
        match event:
            case {"event": "phase", "phase": str(phase)}:
                self.step = phase
                if phase != "executing":
                    self.cell = None
            case {"event": "cell started", "number": int(number), "total": int(total), "id": str(cell), "name": name}:
                self.number, self.total = number, total
                self.cell = {"id": cell, "name": printable(str(name))}
            case {"event": "cell ended", "id": str(cell), "outcome": str(outcome), "seconds": seconds, **more}:
                # A cell may run a second time, with all others, after a plan that did not hold.
                self.cells = [each for each in self.cells if each["id"] != cell]
                reasons = more.get("reasons", [])
                self.cells.append({"id": cell, "outcome": outcome, "seconds": seconds, "reasons": reasons})
            case {"event": "said", "line": str(said)}:
                self.say(said)
            case _:
                if line.strip():
                    self.say(line)

    def conclude(self, code: int, answer: bytes) -> None:
        """Say what became of it, by the builder's exit code and its JSON document."""
        try:
            document = json.loads(answer)
        except ValueError:
            document = {}
        papers = document.get("papers") or [{}]
        self.result = papers[0]
        for line in self.result.get("log", ()):
            self.say(line)
        wrong = self.result.get("error") or document.get("error")
        if self.is_cancelled:
            self.phase = Phase.CANCELLED
        elif wrong:
            self.phase, self.error = Phase.FAILED, {key: str(wrong.get(key, "")) for key in ("what", "where", "hint")}
        elif not self.result:
            how = end_of(code) if code < 0 else f"it ended with code {code}"
            said = "\n".join(list(self.log)[-3:])
            what = f"the builder came to no end: {how}" + (f"\n{said}" if said else "")
            hint = "build again; the last publication stands"
            self.phase, self.error = Phase.FAILED, {"what": what, "where": self.paper.label, "hint": hint}
        else:
            self.phase = Phase.DONE
        self._end()

    def fail(self, error: OSError) -> None:
        """Say that the builder could not be started."""
        self.phase = Phase.FAILED
        what = f"no process could be started: {error.strerror or error}"
        self.error = {"what": what, "where": self.paper.label, "hint": "free memory or processes, and build again"}
        self._end()

    def drop(self) -> None:
        """Say that it was cancelled before it began."""
        self.phase = Phase.CANCELLED
        self._end()

    def _end(self) -> None:
        self.step, self.cell, self.ended = "", None, _now()


class Builds:
    """All builds of this server: at most one at work for a paper, and one that waits for its end."""

    def __init__(self) -> None:
        self._kernels = KernelParents()
        self._now: dict[Path, Build] = {}
        self._next: dict[Path, Build] = {}
        self._ids = itertools.count(1)
        self._changes: dict[Path, tuple[int, asyncio.Event]] = {}
        self._ended = False

    def job(self, paper: Paper) -> dict[str, Any] | None:
        """Give the build at work, or else the last one, as a `BuildJob`; one in a terminal is seen as well."""
        build = self._now.get(paper.notebook)
        if (build is None or build.phase.is_over) and is_building(paper):
            return _elsewhere(paper)
        return build.to_json() if build is not None else None

    def build(self, paper: Paper) -> Build | None:
        """Give the build at work, or else the last one of this server."""
        return self._now.get(paper.notebook)

    def start(self, paper: Paper, request: Mapping[str, Any]) -> Build:
        """Build a paper, or join the build that does just that.

        A build at work is joined if it was asked for the same and the notebook is still what it began with; one that
        waits is joined if it was asked for the same, or else asked for this instead. Of the same inputs a paper is
        built once, whoever asks: that build is given though it has ended.
        """
        key = paper.notebook
        current = self._now.get(key)
        inputs = request.get("inputs")
        if current is not None and inputs and current.request.get("inputs") == inputs:
            return current
        if current is None or current.phase.is_over:
            return self._begin(paper, request)
        same = _wishes(current.request) == _wishes(request)
        if same and not current.is_cancelled and current.source in {"", file_digest(paper.notebook)}:
            current.say("asked for again: joined to the build that is at work")
            self._changed(key)
            return current
        waiting = self._next.get(key)
        if waiting is None:
            waiting = self._next[key] = Build(self._id(), paper, request)
            waiting.say("another build is at work on it; waiting for it to end")
        waiting.request = request
        return waiting

    async def cancel(self, paper: Paper) -> None:
        """End a paper's build and the one that waits, and wait until nothing is left of them."""
        key = paper.notebook
        waiting, current = self._next.pop(key, None), self._now.get(key)
        if waiting is not None:
            waiting.drop()
        if current is None or current.phase.is_over or current.task is None:
            return
        current.is_cancelled = True
        current.step = "cancelling"
        self._changed(key)
        if current.process is not None:
            await _end_process(current.process)
        await asyncio.wait([current.task])

    async def end(self) -> None:
        """End all builds, and begin no more."""
        self._ended = True
        await asyncio.gather(*(self.cancel(build.paper) for build in list(self._now.values())))
        await self._kernels.end()

    def revision(self, notebook: Path) -> int:
        """Give a number that grows whenever a paper's build goes on."""
        return self._changes.get(notebook, (0, None))[0]

    async def wait(self, notebook: Path, revision: int, seconds: float) -> None:
        """Wait until the paper's build is further than a revision, for some seconds at most."""
        known, event = self._changes.setdefault(notebook, (0, asyncio.Event()))
        if known == revision:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), seconds)

    def _id(self) -> str:
        return f"{os.getpid()}-{next(self._ids)}"

    def _begin(self, paper: Paper, request: Mapping[str, Any], build: Build | None = None) -> Build:
        build = build or Build(self._id(), paper, request)
        self._now[paper.notebook] = build
        build.task = asyncio.get_running_loop().create_task(self._run(build))
        self._changed(paper.notebook)
        return build

    def _changed(self, key: Path) -> None:
        revision, event = self._changes.get(key, (0, asyncio.Event()))
        self._changes[key] = (revision + 1, asyncio.Event())
        event.set()

    async def _run(self, build: Build) -> None:
        key = build.paper.notebook
        try:
            if not build.is_cancelled:
                environment = {**os.environ, **BUILDER_VARIABLES}
                with self._kernels.lent(environment) as address:
                    own = {"PRESSRUN_BUILDER_OF": str(os.getpid()), WARM_ENV: address}
                    await self._follow(build, {**environment, **own})
        except OSError as error:
            build.fail(error)
        finally:
            if not build.phase.is_over:
                build.drop()
            self._changed(key)
        following = self._next.pop(key, None)
        if following is not None and not self._ended:
            self._begin(following.paper, following.request, following)

    async def _follow(self, build: Build, environment: Mapping[str, str]) -> None:
        build.phase, build.started, build.step = Phase.RUNNING, _now(), "starting"
        build.source = file_digest(build.paper.notebook)
        process = build.process = await asyncio.create_subprocess_exec(
            *_line(build.paper, build.request), cwd=build.paper.project.root, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True, limit=_LONGEST,
        )  # fmt: skip
        self._changed(build.paper.notebook)
        if build.is_cancelled:
            await _end_process(process)
        assert process.stdout is not None
        answer, _ = await asyncio.gather(process.stdout.read(), self._hear(build, process))
        code = await process.wait()
        if code == -signal.SIGKILL:
            # Nobody was left to end the kernel and to clear up.
            await asyncio.to_thread(_clear, build.paper)
        build.conclude(code, answer)

    async def _hear(self, build: Build, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:
                build.say("a line of the builder's was too long to be shown")
                continue
            if not line:
                return
            build.hear(line.decode("utf-8", "replace").rstrip("\n"))
            self._changed(build.paper.notebook)


async def _end_process(process: asyncio.subprocess.Process) -> None:
    """End a builder with all of its process group: politely, and after some seconds in any case."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), PATIENCE)
            return


def _clear(paper: Paper) -> None:
    with spare_lock(paper) as is_free:
        # A builder that came meanwhile clears up by itself, before it begins.
        if is_free:
            clear_scratch(paper)


def _wishes(request: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key != "inputs"}


def _line(paper: Paper, request: Mapping[str, Any]) -> list[str]:
    line = [sys.executable, "-m", "pressrun.cli", "build", "--json", "--progress", "json"]
    line += [f"--{name}" for name in ("update", "frozen", "force") if request.get(name)]
    if request.get("formats"):
        line += ["--to", ",".join(request["formats"])]
    return [*line, "--", str(paper.notebook)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _elsewhere(paper: Paper) -> dict[str, Any]:
    build = Build(ELSEWHERE, paper, {}, Phase.RUNNING, "building in another process")
    return {**build.to_json(), "here": False}
