"""What is read from and written to the index's tables, each change in one short transaction."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.runs.index_file import transaction
from pressrun.runs.packing import DamageError, check_sum, pack_run, pack_series, unpack_run, unpack_series

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from pressrun.records import Recorded, Run, RunRef, Series

#: Seconds for which the histories of a superseded state of a run can still be fetched.
GRACE = 3600.0


@dataclass(frozen=True, slots=True)
class Row:
    """A run as the index has it, and the stamp under which it was read."""

    stamp: str
    run: Run


def _key(text: str) -> bytes:
    """Give a name as the index holds it: names may hold what is no text for SQLite, such as half a character."""
    return text.encode("utf-8", "surrogatepass")


def rows(connection: sqlite3.Connection, source: str) -> dict[str, Row]:
    """Give what the index has of a source, by run id."""
    found = {}
    packages: dict[str, Mapping[str, str]] = {}
    query = (
        'SELECT r.id, r.stamp, r.digest, r.packages, p.text, r.record, r."check" FROM runs r '
        "LEFT JOIN packages p ON p.digest = r.packages WHERE r.source = ?"
    )
    for run_id, stamp, digest, shared, text, record, check in connection.execute(query, (_key(source),)):
        if _run_check(source, run_id, stamp, digest, shared, record) != check:
            raise DamageError("the check sum of a run is wrong")
        if shared not in packages:
            if text is None or _text_digest(text) != shared:
                raise DamageError("the packages of a run are not those that it names")
            packages[shared] = json.loads(text)
        run = unpack_run(record, packages[shared])
        found[run_id.decode("utf-8", "surrogatepass")] = Row(stamp.decode("utf-8", "surrogatepass"), run)
    return found


def _run_check(source: str, run_id: bytes, stamp: bytes, digest: str, shared: str, record: str) -> int:
    return check_sum(_key(source), run_id, stamp, *(str(text).encode() for text in (digest, shared, record)))


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(connection: sqlite3.Connection, source: str, batch: Sequence[tuple[RunRef, Recorded]]) -> None:
    """Write runs with their histories."""
    with transaction(connection):
        for ref, recorded in batch:
            packages, record = pack_run(recorded.run)
            shared = _text_digest(packages)
            connection.execute("INSERT OR IGNORE INTO packages VALUES (?, ?)", (shared, packages))
            key, stamp, digest = (_key(source), _key(ref.id)), _key(ref.stamp), recorded.run.digest
            before = connection.execute("SELECT digest FROM runs WHERE source = ? AND id = ?", key).fetchone()
            connection.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, stamp, digest, shared, record, _run_check(source, key[1], stamp, digest, shared, record)),
            )
            if before is not None and before[0] != digest:
                _supersede(connection, before[0])
            _write_state(connection, recorded)


def _write_state(connection: sqlite3.Connection, recorded: Recorded) -> None:
    """Write the series of a state, unless a state of the same content is there."""
    digest = recorded.run.digest
    if connection.execute("SELECT 1 FROM states WHERE digest = ?", (digest,)).fetchone():
        connection.execute("UPDATE states SET superseded = NULL WHERE digest = ?", (digest,))
        return
    state = connection.execute("INSERT INTO states (digest) VALUES (?)", (digest,)).lastrowid
    connection.executemany(
        "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (state, _key(metric), *pack_series(_place(digest, metric), series))
            for metric, series in recorded.history.items()
        ),
    )


def _supersede(connection: sqlite3.Connection, digest: str) -> None:
    connection.execute(
        "UPDATE states SET superseded = ? WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.digest = ?)",
        (time.time(), digest, digest),
    )


def forget(connection: sqlite3.Connection, source: str, ids: Sequence[str]) -> None:
    """Forget runs that a source no longer has."""
    with transaction(connection):
        for run_id in ids:
            key = (_key(source), _key(run_id))
            before = connection.execute("SELECT digest FROM runs WHERE source = ? AND id = ?", key).fetchone()
            connection.execute("DELETE FROM runs WHERE source = ? AND id = ?", key)
            if before is not None:
                _supersede(connection, before[0])


def look(connection: sqlite3.Connection, source: str) -> None:
    """Note that somebody looked at a source, at most once in a while: listing should not have to write."""
    now = time.time()
    seen = connection.execute("SELECT looked FROM sources WHERE source = ?", (_key(source),)).fetchone()
    if seen is None or not now - GRACE < seen[0] <= now:
        with transaction(connection):
            connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (_key(source), now))


def prune(connection: sqlite3.Connection, source: str, limit: int) -> None:
    """Drop states that are superseded for long, and more where the index is too large."""
    _drop_superseded(connection, time.time() - GRACE)
    if _size(connection) <= limit:
        return
    _drop_superseded(connection, time.time() + GRACE)
    others = connection.execute("SELECT source FROM sources WHERE source != ? ORDER BY looked", (_key(source),))
    for (other,) in others.fetchall():
        if _size(connection) <= limit:
            break
        with transaction(connection):
            connection.execute("DELETE FROM runs WHERE source = ?", (other,))
            connection.execute("DELETE FROM sources WHERE source = ?", (other,))
            connection.execute("UPDATE states SET superseded = 0 WHERE digest NOT IN (SELECT digest FROM runs)")
        _drop_superseded(connection, time.time() + GRACE)
    with transaction(connection):
        connection.execute("DELETE FROM packages WHERE digest NOT IN (SELECT packages FROM runs)")
    connection.execute("PRAGMA incremental_vacuum").fetchall()


def _drop_superseded(connection: sqlite3.Connection, before: float) -> None:
    old = "SELECT key FROM states WHERE superseded < ?"
    if connection.execute(f"{old} LIMIT 1", (before,)).fetchone() is None:
        return
    with transaction(connection):
        connection.execute(f"DELETE FROM series WHERE state IN ({old})", (before,))  # noqa: S608 - both parts are ours
        connection.execute("DELETE FROM states WHERE superseded < ?", (before,))


def _size(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def series(connection: sqlite3.Connection, digests: Sequence[str], metric: str) -> dict[str, Series]:
    """Give the series of a metric by digest, those that are there."""
    query = (
        'SELECT st.digest, s.count, s.steps, s.times, s."values", s."check" FROM json_each(?) wanted '
        "CROSS JOIN states st ON st.digest = wanted.value CROSS JOIN series s ON s.state = st.key AND s.metric = ?"
    )
    rows = connection.execute(query, (json.dumps(list(digests)), _key(metric)))
    return {digest: unpack_series(_place(digest, metric), *packed) for digest, *packed in rows}


def _place(digest: str, metric: str) -> bytes:
    return digest.encode() + b" " + _key(metric)
