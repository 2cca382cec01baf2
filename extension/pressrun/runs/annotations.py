"""What a project's authors say of runs: tags and notes beside the runs themselves, which stay as they were recorded.

They stand in `annotations.json` at the project's root, to be committed with the papers that rely on them::

    {
      "format": 1,
      "runs": {
        "runs": {
          "20260131-120000-svm-3f2a91": {
            "note": "diverged after a restart",
            "tags": {"draft": null, "outlier": "yes"}
          }
        }
      }
    }

Runs stand by source and id, everything sorted, one line a tag, so that two authors' changes merge. A source is named by
its place relative to the root, however a notebook spells it (`source_name`). A tag of null takes away one that the run
has of its own. Keys that are not known here are kept. A file that cannot be read is a problem, and never written over.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.errors import ConfigError
from pressrun.records import Problem, Run
from pressrun.sources.locations import resolve_path, split_scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pressrun.project import Project

NAME = "annotations.json"
FORMAT = 1
_LOCK = "annotations.lock"
#: Seconds for which another author's program is waited for; writing takes milliseconds.
_PATIENCE = 10.0
#: Bytes that are read; a larger file was written by no author, and ends in the middle.
_LARGEST = 64_000_000


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is said of one run: tags to set, None for those to take away, and a note."""

    tags: Mapping[str, str | None] = field(default_factory=dict)
    note: str = ""

    def of(self, run: Run) -> Run:
        """Give the run with these tags over its own, and with the note."""
        tags = {**run.tags, **self.tags}
        return dataclasses.replace(run, tags={k: v for k, v in tags.items() if v is not None}, note=self.note)


@dataclass(frozen=True, slots=True)
class Annotations:
    """All that a project says of runs.

    Parameters
    ----------
    root
        The project's.
    entries
        Annotations by source, as `source_name` gives it, and run id.
    problems
        What in the file is not understood.
    """

    root: Path
    entries: Mapping[str, Mapping[str, Annotation]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, project: Project) -> Annotations:
        """Read a project's annotations; what cannot be read is a problem, and says nothing of any run."""
        try:
            data = _read(project.root / NAME)
        except ConfigError as error:
            return cls(project.root, problems=(Problem(error.where, error.what),))
        found, problems = _entries(data)
        return cls(project.root, found, tuple(problems))

    def over(self, runs: Iterable[Run]) -> list[Run]:
        """Give runs with what is said of them; all others as they are."""
        names: dict[str, Mapping[str, Annotation]] = {}
        found = []
        for run in runs:
            here = names.get(run.source)
            if here is None:
                here = names[run.source] = self.entries.get(source_name(run.source, self.root), {})
            said = here.get(run.id)
            found.append(run if said is None else said.of(run))
        return found


def source_name(url: str, root: Path) -> str:
    """Give the name by which a source's runs are annotated: its scheme, and its place relative to the root."""
    scheme, rest = split_scheme(url)
    inner, below = split_scheme(rest)
    if scheme == "mlflow" and inner in ("http", "https"):
        return url.rstrip("/")
    kind = "" if scheme in ("", "runs") else f"{scheme}:"
    path = url if not scheme else below.removeprefix("///").partition("?")[0] if inner == "sqlite" else rest
    if scheme not in ("", "runs", "mlflow") or not path or "\0" in path:
        return url
    return kind + os.path.relpath(resolve_path(path, root), root).replace(os.sep, "/")


def annotate(
    project: Project, runs: Iterable[Run], tags: Mapping[str, str | None] | None = None, note: str | None = None
) -> None:
    """Say something of some runs, and keep all else that the file says.

    Parameters
    ----------
    runs
        As their sources have them, without annotations: whether a tag is the run's own decides what taking it away is.
    tags
        Texts to set; None takes a tag away.
    note
        The new note, "" for none; None leaves the one that is there.

    Raises
    ------
    ConfigError
        If the file cannot be read or written; it is then as it was.
    """
    from filelock import FileLock, Timeout

    path = project.root / NAME
    try:
        project.state_folder.mkdir(parents=True, exist_ok=True)
        with FileLock(project.state_folder / _LOCK, timeout=_PATIENCE):
            data = _read(path)
            places = data.setdefault("runs", {})
            if not isinstance(places, dict):
                raise ConfigError('"runs" is not a mapping', where=str(path), hint="correct the file by hand")
            for run in runs:
                _amend(places, source_name(run.source, project.root), run, tags or {}, note, path)
            _write(path, data)
    except Timeout as error:
        raise ConfigError(
            "another program is writing the annotations", where=str(path), hint="try again in a moment"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}", where=str(path), hint="grant access to it, or make room"
        ) from error


def _amend(
    places: dict[str, Any], source: str, run: Run, tags: Mapping[str, str | None], note: str | None, path: Path
) -> None:
    here = places.setdefault(source, {})
    entry = here.setdefault(run.id, {}) if isinstance(here, dict) else None
    if not isinstance(entry, dict) or not isinstance(entry.setdefault("tags", {}), dict):
        raise ConfigError(f"what it says of run {run.id} is no mapping", where=str(path), hint="correct it by hand")
    for name, text in tags.items():
        if text is None and name not in run.tags:
            entry["tags"].pop(name, None)
        elif text is not None and run.tags.get(name) == text:
            # What the run says itself need not be said again.
            entry["tags"].pop(name, None)
        else:
            entry["tags"][name] = text
    if note is not None:
        entry["note"] = note
    for key in ("tags", "note"):
        if not entry.get(key):
            entry.pop(key, None)
    if not entry:
        del here[run.id]
    if not here:
        del places[source]


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8-sig")
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except FileNotFoundError:
        return {"format": FORMAT, "runs": {}}
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path), hint="grant access to it") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"cannot be read, and so says nothing of any run: {error}",
            where=str(path),
            hint="correct it by hand, or take the last version from git; it is not written to meanwhile",
        ) from error
    version = data.get("format") if isinstance(data, dict) else None
    if not isinstance(data, dict) or type(version) is not int or version < 1:
        raise ConfigError("names no format", where=str(path), hint=f'write "format": {FORMAT} into it')
    if version > FORMAT:
        raise ConfigError(
            f"has format {version}; this pressrun knows {FORMAT}", where=str(path), hint="upgrade pressrun"
        )
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in it")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _entries(data: Mapping[str, Any]) -> tuple[dict[str, dict[str, Annotation]], list[Problem]]:
    found: dict[str, dict[str, Annotation]] = {}
    problems: list[Problem] = []
    places = data.get("runs", {})
    if not isinstance(places, dict):
        return {}, [Problem(NAME, '"runs" is not a mapping')]
    for source, runs in places.items():
        if not isinstance(runs, dict):
            problems.append(Problem(f"{NAME}, {source}", "is not a mapping of runs"))
            continue
        for run_id, entry in runs.items():
            tags = entry.get("tags", {}) if isinstance(entry, dict) else None
            note = entry.get("note", "") if isinstance(entry, dict) else None
            if not isinstance(tags, dict) or not isinstance(note, str):
                problems.append(Problem(f"{NAME}, run {run_id}", "holds no tags and note"))
                continue
            sound = {name: text for name, text in tags.items() if text is None or isinstance(text, str)}
            if odd := sorted(set(tags) - set(sound)):
                problems.append(Problem(f"{NAME}, run {run_id}", f"the tag {odd[0]!r} is not a text"))
            found.setdefault(source, {})[run_id] = Annotation(sound, note)
    return found, problems


def _write(path: Path, data: Mapping[str, Any]) -> None:
    """Replace the file whole: whoever reads it finds the old content or the new."""
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with scratch.open("wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            scratch.chmod(path.stat().st_mode & 0o777)
        # A link stays one: the file that it leads to is replaced.
        scratch.replace(path.resolve())
    finally:
        scratch.unlink(missing_ok=True)
