"""`pressrun build --watch`: build papers again whenever what they depend on changes, until the author ends it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressrun.build.outcomes import Outcome
from pressrun.build.packages import Packages
from pressrun.build.paper import CONFIG_NAME as PAPER_CONFIG_NAME
from pressrun.build.paper import NOTEBOOK_NAME, Paper
from pressrun.cli.built import longest_first, note_seconds
from pressrun.cli.progress import FRAME
from pressrun.cli.sights import Needs, Sight, Stamp, see, stamp
from pressrun.cli.watched_sources import WatchedSources, is_settled
from pressrun.errors import PressrunError, reason_of
from pressrun.project import CONFIG_NAME, Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pressrun.cli.builders import Builders
    from pressrun.cli.built import Built
    from pressrun.cli.progress import Board
    from pressrun.cli.request import Request
    from pressrun.cli.watch_report import Report

#: Seconds between two looks, and between a change and the build if nothing else changes: editors write more than once.
_PAUSE, _QUIET = 0.5, 0.3
#: Seconds after which a build begins though files, or runs, do not come to rest.
_LONGEST_FILES, _LONGEST_RUNS = 3.0, 30.0
#: The next look is this many times as far away as the last one took of the processor, or of the time: an idle watch
#: takes less than two hundredths of a processor, and a slow disk is not asked all the time.
_SHARE, _WAIT = 60, 5
#: A file that changed during this many builds in a row is taken to be written by them.
_RESTLESS = 3


@dataclass
class _Watched:
    """A paper under watch.

    Parameters
    ----------
    paper
        None while its configuration cannot be read.
    error
        Why its configuration cannot be read.
    configured
        How the files of its configuration looked when they were read.
    built
        How everything looked when its last build began; None if it is to be built whatever it looks like.
    now, changed
        How everything looks, and since when.
    first
        Since when a build is due.
    reasons, by_runs
        What had changed when the last build began, and whether that was nothing but runs.
    log
        What the last good build said.
    moved
        File → during how many builds in a row it changed.
    """

    paper: Paper | None = None
    error: str = ""
    is_gone: bool = False
    configured: tuple[Stamp, ...] = ()
    needs: Needs | None = None
    built: Sight | None = None
    now: Sight = field(default_factory=Sight)
    changed: float = 0.0
    first: float | None = None
    at_work: bool = False
    failed: bool = False
    reasons: list[str] = field(default_factory=list)
    by_runs: bool = False
    log: tuple[str, ...] = ()
    moved: dict[str, int] = field(default_factory=dict)

    def see(self, sight: Sight) -> None:
        """Take in how it looks."""
        if sight != self.now:
            self.now, self.changed = sight, time.monotonic()

    def files(self) -> list[str]:
        """Name the files that look otherwise than when the last build began."""
        was = self.built.files if self.built is not None else {}
        names = {**was, **self.now.files}
        restless = {name for name, times in self.moved.items() if times >= _RESTLESS}
        return [name for name in names if was.get(name) != self.now.files.get(name) and name not in restless]

    def sources(self) -> list[str]:
        """Name the sources whose runs look otherwise than when the last build began, or may do so yet."""
        was = self.built.runs if self.built is not None else {}
        return [url for url, runs in self.now.runs.items() if was.get(url) != runs or not is_settled(runs)]

    def is_due(self) -> bool:
        """Whether to build it now."""
        if self.at_work or self.paper is None or self.is_gone:
            return False
        if self.built is None:
            return True
        files, runs = self.files(), self.sources()
        if not (files or runs):
            self.first = None
            return False
        now = time.monotonic()
        self.first = self.first or now
        rests = now - self.changed >= _QUIET and (bool(files) or all(map(is_settled, self.now.runs.values())))
        return rests or now - self.first >= (_LONGEST_FILES if files else _LONGEST_RUNS)

    def begin(self) -> None:
        """Remember how everything looked at the beginning of a build."""
        files, runs = (self.files(), self.sources()) if self.built is not None else ([], [])
        self.reasons, self.by_runs = [*files, *runs], bool(runs and not files)
        self.built, self.first, self.at_work = self.now, None, True

    def end(self, built: Built, sources: WatchedSources) -> list[str]:
        """Look at what the build left.

        Returns
        -------
        The files that no longer count, since each build seems to write them.
        """
        assert self.built is not None
        self.at_work = False
        self.failed = built.document["outcome"] == Outcome.FAILED.word
        self.needs = Needs.of(built.paper)
        self.now = see(built.paper, self.needs, sources, wide=self.failed)
        # The build's own work, and what it was seen to depend on for the first time.
        lock = next(name for name, path in self.needs.files.items() if path == built.paper.lock_path)
        known = {name: was for name, was in self.built.files.items() if name in self.now.files and name != lock}
        fresh = {name: was for name, was in self.now.files.items() if name not in known}
        fresh |= dict.fromkeys(name for name in self.needs.overtaken if name in fresh)
        self.built = Sight({**fresh, **known}, {**self.now.runs, **self.built.runs})
        self.now = Sight(self.now.files, {**self.built.runs, **self.now.runs})
        self.changed = time.monotonic()
        moved = {name for name, was in self.built.files.items() if was != self.now.files.get(name)}
        self.moved = {name: self.moved.get(name, 0) + 1 for name in moved if name not in self._written_by_people(built)}
        return [name for name, times in self.moved.items() if times == _RESTLESS]

    def news(self, log: Sequence[str]) -> list[str]:
        """Give those remarks of a build that the last good one did not have."""
        new = [line for line in log if line not in self.log]
        if not self.failed:
            self.log = tuple(log)
        return new

    def _written_by_people(self, built: Built) -> set[str]:
        assert self.needs is not None
        paper = built.paper
        own = {paper.notebook, paper.config_path, paper.project.root / CONFIG_NAME}
        return {name for name, path in self.needs.files.items() if path in own}


class Watch:
    """A watch over papers.

    Parameters
    ----------
    names
        What the author named; without any, all papers of the project, those to come among them.
    """

    def __init__(
        self,
        names: Sequence[str],
        project: Project,
        request: Request,
        builders: Builders,
        board: Board,
        report: Report,
    ) -> None:
        self._project = project
        self._configured = _stamps(project)
        self._request = request
        self._builders = builders
        self._board = board
        self._report = report
        found = Paper.find(names, project)
        self._named = [paper.notebook for paper in found] if names else None
        self._watched = {paper.notebook: _Watched() for paper in found}
        self._names = [paper.name for paper in found]
        self._sources = WatchedSources()
        self._pause = _PAUSE
        self._trouble = ""

    def run(self) -> None:
        """Watch until interrupted, or until other packages are installed than this process has imported."""
        self._report.watching(self._names)
        due = 0.0
        packages = Packages()
        while not packages.have_changed():
            if time.monotonic() >= due:
                self._look()
                due = time.monotonic() + self._pause
            timeout = FRAME if self._builders.busy else max(0.0, due - time.monotonic())
            for built in self._builders.step(timeout):
                self._conclude(built)
            self._board.refresh()
            if not self._builders.busy:
                # What is built next is an edit that somebody waits for.
                self._builders.load()
        self._report.say("other packages are installed now; the watch begins anew")

    def _look(self) -> None:
        began, worked = time.monotonic(), time.process_time()
        trouble = ""
        try:
            self._find()
            for notebook, watched in self._watched.items():
                self._see(notebook, watched)
        except OSError as error:
            # A disk that does not answer may do so at the next look.
            trouble = f"{error.filename or 'the disk'}: {reason_of(error)}"
        if trouble and trouble != self._trouble:
            self._report.say(trouble)
        self._trouble = trouble
        self._begin()
        took, worked = time.monotonic() - began, time.process_time() - worked
        self._pause = max(_PAUSE, _SHARE * worked, _WAIT * took)

    def _see(self, notebook: Path, watched: _Watched) -> None:
        self._load(notebook, watched)
        if watched.paper is not None and not watched.is_gone:
            watched.needs = watched.needs or Needs.of(watched.paper)
            watched.see(see(watched.paper, watched.needs, self._sources, wide=watched.failed))

    def _begin(self) -> None:
        """Have the papers built that are due."""
        due = {each.paper.notebook: each for each in self._watched.values() if each.paper is not None and each.is_due()}
        for paper in longest_first([each.paper for each in due.values() if each.paper is not None]):
            watched = due[paper.notebook]
            request = self._request if watched.built is None else self._request.unforced()
            watched.begin()
            self._report.changed(paper.name, watched.reasons)
            self._builders.submit(paper, request)

    def _find(self) -> None:
        """Take papers in that are new, and note those that are gone."""
        if self._named is None:
            if (configured := _stamps(self._project)) != self._configured:
                self._configured = configured
                try:
                    self._project = Project.find(self._project.root)
                except PressrunError as error:
                    self._report.say(str(error))
            folder = self._project.root / self._project.papers
            for notebook in sorted(folder.glob(f"*/{NOTEBOOK_NAME}")):
                self._watched.setdefault(notebook.resolve(), _Watched())
        for notebook, watched in self._watched.items():
            is_gone = stamp(notebook) is None
            if is_gone and not watched.is_gone:
                self._report.say(f"{notebook.parent.name}: {notebook.name} is gone; its publication stays")
            watched.is_gone = is_gone

    def _load(self, notebook: Path, watched: _Watched) -> None:
        """Read a paper's configuration if it is another than it was."""
        project = self._project if watched.paper is None else watched.paper.project
        configured = (stamp(notebook.parent / PAPER_CONFIG_NAME), *_stamps(project))
        if watched.is_gone or configured == watched.configured:
            return
        watched.configured = configured
        others = {each.error for each in self._watched.values()}
        try:
            watched.paper = Paper.load(notebook, self._project)
            if watched.error:
                self._report.say(f"{watched.paper.name}: its configuration can be read again")
            watched.error = ""
        except PressrunError as error:
            watched.paper, watched.error = None, str(error)
            if watched.error not in others:
                self._report.say(watched.error)

    def _conclude(self, built: Built) -> None:
        watched = self._watched[built.paper.notebook]
        names, by_runs = watched.reasons, watched.by_runs and not watched.failed
        restless = watched.end(built, self._sources)
        note_seconds(built)
        self._board.ended(built.paper)
        self._report.built(built, names, watched.news(built.document.get("log", ())), by_runs=by_runs)
        for name in restless:
            self._report.say(f"{built.paper.name}: {name} is another after each build; it is not waited for any more")


def _stamps(project: Project) -> tuple[Stamp, ...]:
    return tuple(stamp(project.root / name) for name in (CONFIG_NAME, "pyproject.toml"))
