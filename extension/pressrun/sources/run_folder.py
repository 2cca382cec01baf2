"""One run folder as a run: its files put together, what is damaged set aside with file and line, and its stamp."""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.errors import ArtifactError
from pressrun.recording.files import Listed, file_digest, list_artifacts, open_plain, read_plain
from pressrun.recording.journal import LINE_LIMIT, Journal, decode_object
from pressrun.recording.layout import ARTIFACTS, DIFF, DIFF_LIMIT, ENVIRONMENT, EVENTS, PROVENANCE, RUN
from pressrun.recording.liveness import has_ended, last_line, status_of_open
from pressrun.recording.paths import inside
from pressrun.recording.provenance import seed_in
from pressrun.recording.values import restored
from pressrun.records import Artifact, Problem, Provenance, Recorded, Run, Status
from pressrun.sources.digests import run_digest, summarise

if TYPE_CHECKING:
    from pressrun.records import Json

#: A file that changed so short a time ago may change again without its times or size telling.
RACY_SECONDS = 2.0
#: Files whose bytes make up a run; what it printed and its resource samples do not.
_STAMPED = (RUN, EVENTS, PROVENANCE, DIFF, ENVIRONMENT)
_CHUNK = 8_000_000
#: Files among a run's artifacts that are looked at: of more, those count that the run recorded.
MOST_FILES = 20_000


def stamp(folder: Path, first_words: dict[str, Any]) -> str:
    """Give a text that changes whenever the run may have changed; "" where that cannot be told yet.

    It holds size, times and inode of each file of the run, and, for a run that has not said how it ended, whether its
    process is alive: that changes without any file changing.
    """
    now = time.time()
    parts = []
    # Texts and no `Path`s: a project of ten thousand runs has a hundred thousand of them.
    paths = [f"{folder}/{name}" for name in _STAMPED]
    artifacts = f"{folder}/{ARTIFACTS}"
    if os.path.isdir(artifacts):  # noqa: PTH112
        paths += [f"{artifacts}/{listed.path}" for listed in list_artifacts(Path(artifacts), MOST_FILES)[0]]
    for path in paths:
        try:
            stat = os.stat(path)  # noqa: PTH116
        except OSError:
            parts.append("-")
            continue
        # A change time ahead of the clock is as little to be trusted as one just past.
        if stat.st_ctime > now - RACY_SECONDS:
            return ""
        parts.append(f"{stat.st_size}.{stat.st_mtime_ns}.{stat.st_ctime_ns}.{stat.st_ino}")
    if not has_ended(folder / EVENTS):
        parts.append(status_of_open(first_words, _last_heard(folder, first_words)).value)
    return " ".join(parts)


def read_run_folder(
    folder: Path, run_id: str, url: str, first_words: dict[str, Any], journal: Journal | None = None
) -> Recorded:
    """Read a run folder whole.

    Parameters
    ----------
    folder
        The run's folder.
    run_id, url
        How the run and its source are to be named.
    first_words
        What its `run.json` holds.
    journal
        What was read of the events so far, for a run that is still written to: only what is new is then read, and a
        last line without its end waits for the next time. `new_journal` gives the first.
    """
    return _Reading(folder, run_id, url, first_words, journal).recorded()


def new_journal(run_id: str) -> Journal:
    """Give a journal of which nothing was read."""
    return Journal(f"run {run_id}, {EVENTS}")


class _Reading:
    """One reading of one run folder: what was found, and what was set aside."""

    def __init__(
        self, folder: Path, run_id: str, url: str, first_words: dict[str, Any], journal: Journal | None = None
    ) -> None:
        self.folder = folder
        self.id = run_id
        self.url = url
        self.first = first_words
        self.problems: list[Problem] = []
        self.journal = self._read_journal(journal or new_journal(run_id), whole=journal is None)

    def recorded(self) -> Recorded:
        journal = self.journal
        started = _seconds(self.first.get("started"))
        status = self._status(started)
        history = journal.history()
        run = Run(
            id=self.id,
            name=self._name(),
            source=self.url,
            status=status,
            config=journal.config,
            summary=summarise(history, journal.summary),
            tags=journal.tags,
            started=started,
            ended=journal.end.time if journal.end else None,
            metrics={metric: len(series) for metric, series in history.items()},
            artifacts=self._artifacts(),
            provenance=self._provenance(journal.config),
        )
        problems = tuple(self.problems)
        return Recorded(replace(run, digest=run_digest(run, history), problems=problems), history)

    def _set_aside(self, file: str, reason: str) -> None:
        self.problems.append(Problem(f"run {self.id}, {file}", reason))

    def _mapping(self, key: str) -> dict[str, Any]:
        value = self.first.get(key, {})
        if isinstance(value, dict):
            return value
        self._set_aside(RUN, f"{key} is not a mapping")
        return {}

    def _name(self) -> str:
        if self.first.get("id") != self.id:
            self._set_aside(RUN, f"says that its id is {self.first.get('id')!r}: the folder was copied or renamed")
        name = self.first.get("name", "")
        if not isinstance(name, str):
            self._set_aside(RUN, "name is not a text")
            name = ""
        return self.journal.name if self.journal.name and not self.first.get("named") else name

    def _read_journal(self, journal: Journal, *, whole: bool) -> Journal:
        config, tags = self._mapping("config"), self._mapping("tags")
        if not journal.offset:
            journal.config |= restored(config)
            journal.tags |= {key: str(value) for key, value in tags.items()}
        try:
            with open_plain(self.folder / EVENTS) as file:
                file.seek(journal.offset)
                tail = b""
                while chunk := file.read(_CHUNK):
                    data = tail + chunk
                    before = journal.offset
                    journal.feed(data)
                    tail = data[journal.offset - before :]
                if whole:
                    journal.finish(tail)
        except OSError as error:
            self._set_aside(EVENTS, f"cannot be read: {error.strerror}")
        return journal

    def _status(self, started: float | None) -> Status:
        journal = self.journal
        if journal.end is not None:
            status = journal.end.status
        else:
            status = status_of_open(self.first, max(journal.last_time, started or -math.inf))
        self.problems += journal.problems
        if journal.torn and status is not Status.RUNNING:
            self.problems.append(journal.torn)
        return status

    def _artifacts(self) -> tuple[Artifact, ...]:
        folder = self.folder / ARTIFACTS
        if not folder.is_dir():
            return ()
        if folder.is_symlink():
            self._set_aside(ARTIFACTS, "a link that is not followed")
            return ()
        listed, left_out = list_artifacts(folder, MOST_FILES)
        if len(listed) > MOST_FILES:
            # Which of them were come upon first is chance; what was recorded is not.
            listed, left_out = self._recorded_files(folder), []
            self._set_aside(ARTIFACTS, f"more than {MOST_FILES:,} files; those that were not recorded are left out")
        for path, reason in left_out:
            self._set_aside(f"{ARTIFACTS}/{path}", reason)
        recorded = self.journal.artifacts
        there = {file.path for file in listed}
        for path in sorted(set(recorded) - there):
            self._set_aside(f"{ARTIFACTS}/{path}", "was recorded and is gone")
        found = []
        for file in listed:
            artifact, modified = recorded.get(file.path, (None, -1))
            if artifact is None:
                found.append(Artifact(file.path, file.size))
            elif (artifact.size, modified) == (file.size, file.modified):
                found.append(artifact)
            else:
                found.append(self._rechecked(artifact, file.size))
        return tuple(found)

    def _recorded_files(self, folder: Path) -> list[Listed]:
        found = []
        for path in sorted(self.journal.artifacts):
            try:
                state = inside(folder, path, f"run {self.id}").stat()
            except (OSError, ArtifactError):
                continue
            found.append(Listed(path, state.st_size, state.st_mtime_ns))
        return found

    def _rechecked(self, recorded: Artifact, size: int) -> Artifact:
        """Look at an artifact whose times are not those recorded: a copied run is whole, an overwritten file is not."""
        path = self.folder / ARTIFACTS / recorded.path
        try:
            now = Artifact(recorded.path, size, file_digest(path))
        except OSError as error:
            self._set_aside(f"{ARTIFACTS}/{recorded.path}", f"cannot be read: {error.strerror}")
            return Artifact(recorded.path, size)
        if now != recorded:
            self._set_aside(f"{ARTIFACTS}/{recorded.path}", "is not what was recorded: changed after the run")
        return now

    def _provenance(self, config: dict[str, Json]) -> Provenance:
        data = self._provenance_json()
        git, joined = _dict(data.get("git")), self.journal.joined or {}
        seed = joined.get("seed", data.get("seed"))
        command, dirty, untracked = data.get("command"), git.get("dirty"), git.get("untracked")
        end = self.journal.end
        extra: dict[str, Json] = {
            key: git[key] for key in ("untracked", "edited_after_start", "diff_cut", "reason") if git.get(key)
        }
        if not isinstance(untracked, list):
            extra.pop("untracked", None)
        extra |= {"error": dict(self.journal.error)} if self.journal.error else {}
        extra |= {"data_sizes": dict(self.journal.data_sizes)} if self.journal.data_sizes else {}
        extra |= {"resources": dict(end.resources)} if end and end.resources else {}
        return Provenance(
            command=tuple(map(str, command)) if isinstance(command, list) else (),
            cwd=_text(data.get("cwd")),
            git_commit=_text(git.get("commit")),
            git_branch=_text(git.get("branch")),
            git_dirty=dirty if isinstance(dirty, bool) else None,
            git_diff=self._text_file(DIFF, DIFF_LIMIT),
            python=_text(joined.get("python") or data.get("python")),
            platform=_text(data.get("platform")),
            packages=self._packages(),
            datasets=tuple(self.journal.datasets.values()),
            seed=seed if type(seed) is int else seed_in(config),
            exit_code=end.exit_code if end else None,
            host=_text(data.get("host")),
            user=_text(data.get("user")),
            extra=extra,
        )

    def _provenance_json(self) -> dict[str, Any]:
        try:
            return decode_object(read_plain(self.folder / PROVENANCE, LINE_LIMIT))
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._set_aside(PROVENANCE, f"cannot be read: {error.strerror}")
            return {}
        except (ValueError, RecursionError) as error:
            self._set_aside(PROVENANCE, f"cannot be read: {error}")
            return {}

    def _packages(self) -> dict[str, str]:
        lines = self._text_file(ENVIRONMENT, _CHUNK).splitlines()
        pairs = (line.partition("==") for line in lines)
        return {name: version for name, equal, version in pairs if equal}

    def _text_file(self, name: str, limit: int) -> str:
        try:
            return read_plain(self.folder / name, limit)[:limit].decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            self._set_aside(name, f"cannot be read: {error.strerror}")
            return ""


def _last_heard(folder: Path, first_words: dict[str, Any]) -> float:
    try:
        when = _seconds(decode_object(last_line(folder / EVENTS)).get("time"))
    except (ValueError, RecursionError):
        when = None
    return when or _seconds(first_words.get("started")) or -math.inf


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
