"""Folders that another program wrote: walked without following links, addressed without leaving, stamped by stat."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.errors import ArtifactError
from pressrun.recording.paths import inside
from pressrun.records import Artifact, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Beyond these a folder is not listed further, which is said.
MAX_FILES = 10_000
MAX_DEPTH = 32

#: Small files are digested when a run is read; of larger ones only path and size are known.
_DIGEST_FILE = 1 << 20
_DIGEST_RUN = 8 << 20

#: A file that changed this lately may change again within the same tick of the file system's clock.
_RACY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One regular file below a folder: its name from there with forward slashes, its path, its stat."""

    name: str
    path: Path
    stat: os.stat_result


def walk(folder: Path, where: str) -> Iterator[StoredFile | Problem]:
    """List the regular files below a folder in the order of their names; a folder that is not there has none.

    Links are not followed, and special files not opened. What is left out is named, `where` being the folder's name in
    the messages.
    """
    if folder.is_symlink():
        yield Problem(where, "is a symbolic link, which is not followed")
        return
    pending = [(folder, "", 0)]
    count = 0
    while pending:
        current, prefix, depth = pending.pop()
        try:
            with os.scandir(current) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield Problem(f"{where}/{prefix}".rstrip("/"), f"cannot be listed: {error.strerror}")
            continue
        folders = []
        for entry in found:
            name = prefix + entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                # It went away between listing and looking.
                continue
            except OSError as error:
                yield Problem(f"{where}/{name}", f"cannot be looked at: {error.strerror}")
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append((Path(entry.path), name + "/", depth + 1))
            elif stat.S_ISREG(status.st_mode):
                count += 1
                if count > MAX_FILES:
                    yield Problem(where, f"more than {MAX_FILES:,} files; the others are left out")
                    return
                yield StoredFile(name, Path(entry.path), status)
            else:
                kind = "a symbolic link, which is not followed" if stat.S_ISLNK(status.st_mode) else "no regular file"
                yield Problem(f"{where}/{name}", f"is {kind}")
        if folders and depth >= MAX_DEPTH:
            yield Problem(where, f"folders nested deeper than {MAX_DEPTH}; what they hold is left out")
            continue
        pending.extend(reversed(folders))


def list_artifacts(folder: Path, where: str) -> tuple[tuple[Artifact, ...], tuple[Problem, ...]]:
    """List the artifacts in a folder, the small ones with their sha256, and what was left out."""
    artifacts = []
    problems = []
    budget = _DIGEST_RUN
    for file in walk(folder, where):
        if isinstance(file, Problem):
            problems.append(file)
            continue
        digest = ""
        if file.stat.st_size <= min(_DIGEST_FILE, budget):
            budget -= file.stat.st_size
            try:
                digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
            except OSError as error:
                problems.append(Problem(f"{where}/{file.name}", f"cannot be read: {error.strerror}"))
        artifacts.append(Artifact(file.name, file.stat.st_size, digest))
    return tuple(artifacts), tuple(problems)


def contained(folder: Path, path: str, where: str) -> Path:
    """Give the file that an artifact's path names inside a folder.

    Raises
    ------
    ArtifactError
        If the path leads out of the folder, by dots, encoding or a link, or is no file.
    """
    target = inside(folder, path, where)
    if not target.is_file():
        what = "is a folder or no regular file" if target.exists() else "is not there"
        hint = "list the artifacts: pressrun runs show RUN"
        raise ArtifactError(f"the artifact {path!r} {what}", where=where, hint=hint)
    return target


def stamp(files: Iterable[tuple[str, os.stat_result]], salt: str = "") -> str:
    """Give a text that changes whenever one of the files may have changed, or "" where that cannot be told yet.

    Size, modification and change time decide, so a clock that was set back is seen by the change time. A file that
    changed within the last two seconds may change again without a new time: then there is no stamp.
    """
    state = hashlib.sha256(salt.encode())
    newest = 0
    for name, status in sorted(files, key=lambda entry: entry[0]):
        newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
        facts = (name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        state.update(repr(facts).encode("utf-8", "surrogatepass"))
    if newest > time.time_ns() - int(_RACY_SECONDS * 1e9):
        return ""
    return state.hexdigest()[:32]
