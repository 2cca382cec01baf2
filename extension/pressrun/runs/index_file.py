"""The index's file: opened with its schema checked, set aside and made anew when it is damaged, foreign or too new.

Everyone who has the file open holds a shared lock beside it, and who replaces it holds the exclusive one: SQLite's side
files carry the name of the database and not its identity, so a file must not be replaced under an open connection.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: "prsr": SQLite files of other programs bear another mark, or none.
APPLICATION = 0x70727372
VERSION = 1

#: How long another process's write is waited for.
PATIENCE = 10.0

_SCHEMA = """
CREATE TABLE sources (source BLOB PRIMARY KEY, looked REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
    source BLOB NOT NULL, id BLOB NOT NULL, stamp BLOB NOT NULL, digest TEXT NOT NULL,
    packages TEXT NOT NULL, record TEXT NOT NULL, "check" INTEGER NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX runs_digest ON runs (digest);
CREATE TABLE packages (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE states (key INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, superseded REAL);
CREATE TABLE series (
    state INTEGER NOT NULL, metric BLOB NOT NULL, count INTEGER NOT NULL,
    steps BLOB NOT NULL, times BLOB NOT NULL, "values" BLOB NOT NULL, "check" INTEGER NOT NULL
);
CREATE UNIQUE INDEX series_place ON series (state, metric);
"""

#: SQLite's primary result codes that mean "this is no sound database of ours".
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_SCHEMA}


class ForeignFileError(sqlite3.DatabaseError):
    """The file is another program's, or a newer pressrun's. Never leaves the index: it is made again."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file itself is wrong, rather than busy, full or not to be written."""
    if isinstance(error, ForeignFileError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return False
    # SQLITE_ERROR is what a missing table or column gives.
    return int(code) & 0xFF in _DAMAGE or int(code) == sqlite3.SQLITE_ERROR


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the index with its schema in place, for the length of a `with` block.

    Raises
    ------
    sqlite3.Error
        If it cannot be opened or used; `is_damage` tells whether it should be made anew.
    OSError
        If its folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.stat().st_size == 0:
        # Only one process can turn on the write-ahead log, and only while nobody else has the file open.
        with _locked(path, fcntl.LOCK_EX), _connected(path) as connection:
            if not _is_ours(connection):
                _create(connection)
    with _locked(path, fcntl.LOCK_SH), _connected(path) as connection:
        if not _is_ours(connection):
            raise ForeignFileError("is empty")
        connection.execute("PRAGMA synchronous = NORMAL")
        yield connection


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    # Damaged text is found by its check sum, rather than by what the decoder happens to say.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        yield connection
    finally:
        connection.close()


def replace(path: Path) -> None:
    """Set the file and its side files aside, then delete them. The next `opened` makes a new one.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    with _locked(path, fcntl.LOCK_EX):
        aside = []
        for suffix in ("-wal", "-shm", "-journal", ""):
            part = path.with_name(path.name + suffix)
            target = path.with_name(f"{path.name}{suffix}.damaged-{os.getpid()}")
            with contextlib.suppress(FileNotFoundError):
                part.replace(target)
                aside.append(target)
        for target in aside:
            with contextlib.suppress(FileNotFoundError):
                target.unlink()


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write in one piece: all of the block or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the schema is in place; False for an empty file.

    Raises
    ------
    ForeignFileError
        If the file is neither ours nor empty.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if (application, version) == (APPLICATION, VERSION):
        return True
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables or application or version:
        raise ForeignFileError(f"is no index of version {VERSION}")
    return False
