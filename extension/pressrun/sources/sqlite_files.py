"""SQLite databases that somebody else writes: read without a byte, a lock file or a name of theirs being touched.

Three things are in the way of just opening one. A database in WAL mode makes even a read-only connection create files
beside it; one whose writer died needs a rollback, which writes; and closing any descriptor of a database drops the
locks that this process holds on it, and the same notebook may be logging to it. So a database with a log to be applied
is copied and the copy is read, one in WAL mode without a log is read as immutable and looked at again afterwards, and
descriptors opened here stay open.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pressrun.errors import SourceError, SourceFormatError, SourceNotFoundError
from pressrun.sources.files import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_MAGIC = b"SQLite format 3\x00"
_WAL_VERSION = 2
_ATTEMPTS = 10
_PAUSE = 0.01
_COPY_AGAIN = 10
_LOG_HEADER = 32
#: Seconds to wait for a lock that stood when it was last waited for.
_IMPATIENCE = 0.1
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_RESTORE = "restore a copy, or recover what is left with sqlite3's .recover command"

#: (device, inode) → descriptor, never closed: see the module's first words.
_descriptors: dict[tuple[int, int], int] = {}


class Changed(Exception):  # noqa: N818 - a signal between two functions of this module, not an error
    """The database changed while it was read."""


@dataclass(slots=True)
class _Copy:
    """A copy of a database with its log, and what it was made from."""

    folder: tempfile.TemporaryDirectory[str]
    path: Path
    made_from: tuple[object, ...]
    finished: float
    took: float


@dataclass(slots=True)
class Database:
    """One SQLite database of somebody else's.

    Parameters
    ----------
    path
        The database file.
    patience
        Seconds to wait for another process's lock.
    """

    path: Path
    patience: float = 5.0
    _copy: _Copy | None = field(default=None, repr=False)
    _was_locked: bool = field(default=False, repr=False)

    def query(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run some reading on one consistent state of the database; it may run more than once.

        Raises
        ------
        SourceNotFoundError
            If the file is missing.
        SourceFormatError
            If it is no SQLite database, or a damaged one.
        SourceError
            If another process has it locked, or it never stands still long enough to be copied.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with self._connection() as connection:
                    found = work(connection)
            except Changed:
                time.sleep(_PAUSE * attempt)
            except sqlite3.Error as error:
                self._was_locked = getattr(error, "sqlite_errorcode", 0) & 0xFF in _LOCKED
                raise self._failure(error) from error
            else:
                self._was_locked = False
                return found
        raise SourceError(
            "is being written to all the time", where=str(self.path), hint="try again, or read a copy of the database"
        )

    def stamp(self) -> str:
        """Give a text that changes whenever the database may have changed; "" where that cannot be told yet."""
        return stamp((suffix, status) for suffix, status in self._statuses() if status)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        header = self._header()
        before = self._state()
        if self._log("-wal"):
            with self._open(f"file:{quote(str(self._copied(('-wal',))))}?mode=ro") as connection:
                yield connection
        elif header[18:20] == bytes([_WAL_VERSION, _WAL_VERSION]):
            with self._open(f"file:{quote(str(self.path))}?mode=ro&immutable=1") as connection:
                try:
                    self._check_length(connection)
                    yield connection
                finally:
                    if self._state() != before:
                        raise Changed
        else:
            with self._rollback_connection() as connection:
                yield connection

    @contextmanager
    def _rollback_connection(self) -> Iterator[sqlite3.Connection]:
        """Open a database that is not in WAL mode; SQLite's own shared lock keeps it still, and writes nothing."""
        uri = f"file:{quote(str(self.path))}?mode=ro"
        if self._log("-journal") and self._needs_rollback(uri):
            with self._open(f"file:{quote(str(self._copied(('-journal',))))}?mode=rw") as connection:
                yield connection
            return
        with self._open(uri) as connection:
            self._check_length(connection)
            yield connection

    def _needs_rollback(self, uri: str) -> bool:
        """Whether a writer died, so that its journal has to be rolled back, which only a copy can be."""
        try:
            with self._open(uri) as connection:
                connection.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                return True
            raise
        return False

    @contextmanager
    def _open(self, uri: str) -> Iterator[sqlite3.Connection]:
        # Who had to wait in vain need not wait as long again each time that somebody looks.
        patience = min(self.patience, _IMPATIENCE) if self._was_locked else self.patience
        with closing(sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)) as connection:
            # Text that is no UTF-8 is somebody's run name, not a reason to fail.
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for pragma in ("trusted_schema = off", "cell_size_check = on", "mmap_size = 0"):
                connection.execute(f"pragma {pragma}")
            connection.execute("begin")
            yield connection

    def _check_length(self, connection: sqlite3.Connection) -> None:
        """Refuse a database that was cut within its last page, which SQLite takes for zeros."""
        # The lock that this takes lasts until the transaction ends, so that no writer is half way.
        connection.execute("select count(*) from sqlite_master").fetchone()
        pages, page = (connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "page_size"))
        size = self.path.stat().st_size
        if size < pages * page:
            what = f"is cut short: {size:,} bytes of {pages * page:,}"
            raise SourceFormatError(what, where=str(self.path), hint=_RESTORE)

    def _header(self) -> bytes:
        try:
            descriptor = _descriptor(self.path)
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise SourceFormatError("is no file", where=str(self.path), hint="name MLflow's database file")
            header = os.pread(descriptor, 100, 0)
        except FileNotFoundError as error:
            raise SourceNotFoundError("there is no such file", where=str(self.path), hint="check the path") from error
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}", where=str(self.path), hint="grant access") from error
        if not header:
            raise SourceFormatError("is empty, not a database", where=str(self.path), hint="restore a copy of it")
        if not header.startswith(_MAGIC):
            raise SourceFormatError("is not a SQLite database", where=str(self.path), hint="name MLflow's database")
        return header

    def _log(self, suffix: str) -> bool:
        try:
            return Path(f"{self.path}{suffix}").stat().st_size > 0
        except OSError:
            return False

    def _state(self) -> tuple[object, ...]:
        """Give what tells one state of the files from another."""
        return tuple(
            status and (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            for _, status in self._statuses()
        )

    def _statuses(self) -> Iterator[tuple[str, os.stat_result | None]]:
        """Look at the database and its logs, None for one that is not there."""
        for suffix in ("", "-wal", "-journal"):
            try:
                yield suffix, Path(f"{self.path}{suffix}").stat()
            except OSError:
                yield suffix, None

    def _copied(self, suffixes: tuple[str, ...]) -> Path:
        """Copy the database with its log, or give the last copy while it still stands for what is there.

        While a run is logging the log grows all the time; then a copy is good for ten times as long as it took.
        """
        made_from = self._state()
        last = self._copy
        if last and (last.made_from == made_from or time.monotonic() - last.finished < _COPY_AGAIN * last.took):
            return last.path
        started = time.monotonic()
        folder = tempfile.TemporaryDirectory(prefix="pressrun-sqlite-")
        target = Path(folder.name) / "copy.db"
        try:
            heads = {suffix: self._copy_log(suffix, Path(f"{target}{suffix}")) for suffix in suffixes}
            self._copy_database(target)
            # The log may have grown, which a reader ignores. It may not have been applied or begun anew meanwhile.
            unsteady = made_from[0] != self._state()[0] or any(head != self._log_header(s) for s, head in heads.items())
        except OSError as error:
            folder.cleanup()
            if isinstance(error, FileNotFoundError):
                raise Changed from error
            raise SourceError(
                f"cannot be copied to be read: {error.strerror}", where=str(self.path), hint="free some disk space"
            ) from error
        if unsteady:
            folder.cleanup()
            raise Changed
        finished = time.monotonic()
        self._copy = _Copy(folder, target, made_from, finished, finished - started)
        return target

    def _copy_log(self, suffix: str, target: Path) -> bytes:
        """Copy a log; give its first bytes, which tell it from the next one of the same name."""
        shutil.copyfile(f"{self.path}{suffix}", target)
        with target.open("rb") as copy:
            return copy.read(_LOG_HEADER)

    def _log_header(self, suffix: str) -> bytes:
        with Path(f"{self.path}{suffix}").open("rb") as log:
            return log.read(_LOG_HEADER)

    def _copy_database(self, target: Path) -> None:
        descriptor = _descriptor(self.path)
        offset = 0
        with target.open("wb") as copy:
            while block := os.pread(descriptor, 1 << 20, offset):
                copy.write(block)
                offset += len(block)

    def _failure(self, error: sqlite3.Error) -> SourceError:
        where = str(self.path)
        extended = getattr(error, "sqlite_errorcode", 0)
        code = extended & 0xFF
        if code in _LOCKED:
            hint = "try again when it has finished writing, or read a copy of the database"
            return SourceError("is locked by another process", where=where, hint=hint)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or extended == sqlite3.SQLITE_IOERR_SHORT_READ:
            return SourceFormatError(f"is damaged: {error}", where=where, hint=_RESTORE)
        return SourceError(f"cannot be read: {error}", where=where, hint="check that MLflow itself can still read it")


def _descriptor(path: Path) -> int:
    """Open a file for good, once a file however often it is asked for."""
    status = path.stat()
    key = (status.st_dev, status.st_ino)
    for other, descriptor in list(_descriptors.items()):
        if os.fstat(descriptor).st_nlink == 0:
            os.close(_descriptors.pop(other))
    if key not in _descriptors:
        _descriptors[key] = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    return _descriptors[key]
