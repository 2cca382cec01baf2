"""Sources under watch: whether their runs changed, for next to none of the processor's time while they do not."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pressrun.errors import PressrunError
from pressrun.recording.layout import EVENTS
from pressrun.records import Problem
from pressrun.sources.folder import FolderSource
from pressrun.sources.registry import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.project import Project

#: Every run of a source is looked at again after so many times as long as that took: while nothing seems to change,
#: and while something does.
_STILL, _RESTLESS = 300, 20
#: Waiting, for a disk or a server, counts as this part of working.
_WAITING = 0.05
#: A run's stamp that cannot be told yet, since the run changed just now.
_UNTOLD = ""

#: Run → stamp; and, for what is no run, place → what is the matter with it.
Runs = dict[str, str]


class WatchedSources:
    """The sources of all papers under watch, each looked at once for all."""

    def __init__(self) -> None:
        self._sources: dict[tuple[Path, str], _WatchedSource] = {}

    def runs(self, project: Project, url: str) -> Runs:
        """Give the runs of a source as they were seen last."""
        key = (project.root, url)
        if key not in self._sources:
            self._sources[key] = _WatchedSource(project, url)
        return self._sources[key].look()


class _WatchedSource:
    def __init__(self, project: Project, url: str) -> None:
        self._project = project
        self._url = url
        self._folder: Path | None = None
        self._glanced: object = None
        self._runs: Runs = {}
        self._read = float("-inf")
        self._cost = 0.0

    def look(self) -> Runs:
        """Look at every run if it is time to, or if a glance says so."""
        began, worked = time.monotonic(), time.process_time()
        glanced = _glance(self._folder) if self._folder is not None else None
        is_restless = glanced != self._glanced or not is_settled(self._runs)
        if began - self._read < self._cost * (_RESTLESS if is_restless else _STILL):
            return self._runs
        try:
            source = open_source(self._url, self._project.root)
            self._folder = source.folder if isinstance(source, FolderSource) else None
            self._glanced = _glance(self._folder) if self._folder is not None else None
            self._runs = dict(
                (ref.where, ref.reason) if isinstance(ref, Problem) else (ref.id, ref.stamp) for ref in source.refs()
            )
        except (PressrunError, OSError) as error:
            self._runs = {self._url: str(error)}
        self._read = time.monotonic()
        self._cost = max(time.process_time() - worked, _WAITING * (self._read - began))
        return self._runs


def is_settled(runs: Runs) -> bool:
    """Whether every run's stamp can be told."""
    return _UNTOLD not in runs.values()


def _glance(folder: Path) -> object:
    """Give what changes when a run comes, goes, or says something, whatever else may change without it."""
    seen = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    said = os.stat(f"{entry.path}/{EVENTS}")  # noqa: PTH116 - hundreds of times a second
                    seen.append((entry.name, entry.stat().st_mtime_ns, said.st_mtime_ns, said.st_size))
                except OSError:
                    seen.append((entry.name, 0, 0, 0))
    except OSError:
        return None
    return sorted(seen)
