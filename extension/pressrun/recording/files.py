"""Files that a run reads and leaves: their fingerprints, and the list of its artifacts."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


def open_plain(path: Path) -> BinaryIO:
    """Open a file of a run for reading if it is a plain file: a link may lead out, and a pipe may never answer.

    Raises
    ------
    OSError
        If it is missing, not a plain file, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return os.fdopen(descriptor, "rb")


def read_plain(path: Path, limit: int) -> bytes:
    """Read a plain file of a run, at most so many bytes and one."""
    with open_plain(path) as file:
        return file.read(limit + 1)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Content of a file or folder: bytes, number of files, and "sha256:…"."""

    size: int
    files: int
    digest: str


def file_digest(path: Path) -> str:
    """Give "sha256:…" of a file's bytes."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(path: Path) -> Fingerprint:
    """Fingerprint a file, or a folder by the relative paths and contents of its files.

    Links to files count with the content that they lead to; links to folders are named and not followed, so that a
    circle ends. The digest of a folder is the same wherever the folder lies.
    """
    if not path.is_dir():
        return Fingerprint(path.stat().st_size, 1, file_digest(path))
    total = hashlib.sha256()
    size = files = 0
    for entry in sorted(_walk(path), key=lambda entry: os.fsencode(entry.relative_to(path))):
        name = os.fsencode(entry.relative_to(path))
        if entry.is_file():
            size += entry.stat().st_size
            files += 1
            content = file_digest(entry).encode()
        else:
            content = b"link " + os.fsencode(entry.readlink())
        total.update(b"%d:%s %s\n" % (len(name), name, content))
    return Fingerprint(size, files, "sha256:" + total.hexdigest())


def _walk(folder: Path) -> Iterator[Path]:
    """Give the files under a folder, and its links that lead to no file; sockets and the like are left out."""
    for place, folders, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            if path.is_file() or path.is_symlink():
                yield path
        yield from (Path(place) / name for name in folders if (Path(place) / name).is_symlink())


@dataclass(frozen=True, slots=True)
class Listed:
    """A file among a run's artifacts: its path with forward slashes, its bytes, and when it was last changed."""

    path: str
    size: int
    modified: int


def list_artifacts(folder: Path, most: float = math.inf) -> tuple[list[Listed], list[tuple[str, str]]]:
    """List the files under a run's artifacts, by path, and what was left out, with the reason.

    Symbolic links are followed where they lead to a file within the folder, and nowhere else. With more than `most`
    files the list ends, one file longer than that, wherever it has come to.
    """
    found: list[Listed] = []
    left_out: list[tuple[str, str]] = []
    base = os.path.realpath(folder)
    pending = [base]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                path = entry.path[len(base) :].replace(os.sep, "/").lstrip("/")
                if not path.isprintable():
                    left_out.append((ascii(path)[1:-1], "its name cannot be written"))
                elif entry.is_symlink() and not _is_inner_file(entry.path, Path(base)):
                    left_out.append((path, "a link that is not followed"))
                elif entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.is_file():
                    state = entry.stat()
                    found.append(Listed(path, state.st_size, state.st_mtime_ns))
                if len(found) > most:
                    return sorted(found, key=lambda listed: listed.path), sorted(left_out)
    return sorted(found, key=lambda listed: listed.path), sorted(left_out)


def _is_inner_file(path: str, base: Path) -> bool:
    target = Path(os.path.realpath(path))
    return target.is_relative_to(base) and target.is_file()
