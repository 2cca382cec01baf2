"""What is remembered of executed cells: their outputs, what they touched, and what all of that followed from.

A record stands under the key that its cell had: its source and the state of all that it reads. Whether it still holds
is then a matter of what it met while it ran, its *traces*: files, variables, runs. Records are only ever added; a file
that is damaged, or another version's, is no record.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pressrun.canonical import digest
from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from _typeshed import DataclassInstance

#: Of what is written here; records of another one are not read.
FORMAT = f"1 {__version__}"

#: Bytes of records that one paper keeps, and the newest of them whatever their size.
_LIMIT = 1024**3
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Traces:
    """What a cell met while it ran: name → digest of what was there.

    Parameters
    ----------
    files, listed, left
        Paths that it read, folders that it listed, files that it wrote.
    produced
        Files that it read or wrote, and folders that it listed, where an earlier cell had written: path → token of that
        cell.
    drawn
        Generators of random numbers that it used: name → token of the cell that used it before.
    variables
        Of the environment.
    queries
        By what they asked, as JSON: the digest of the answer, and its runs.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    produced: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    queries: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tells these traces from others."""
        return digest(_fields(self))


@dataclass(frozen=True, slots=True)
class Effects:
    """What a cell did to the names of the notebook, and to what all code shares.

    Parameters
    ----------
    rebound, gone, changed
        Names that it bound, that it deleted, and whose objects it changed.
    prints
        Of the names that it touched: what kind of fingerprint each has.
    from_project
        Names that stand for something of the project's own modules.
    ambient
        Whether it changed what all code depends on without naming it.
    state
        Whether it changed what the project's modules hold.
    drawn
        Generators of random numbers that it used.
    written
        Files below the project's root.
    loaded
        Files of the project's modules that it was the first to import.
    """

    rebound: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    prints: Mapping[str, str] = field(default_factory=dict)
    from_project: tuple[str, ...] = ()
    ambient: tuple[str, ...] = ()
    state: bool = False
    drawn: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellRecord:
    """One execution of one cell.

    Parameters
    ----------
    number
        What its execution was counted as, where its outputs say so; else 0.
    text
        Its source to the letter, where its outputs quote it; else "".
    content
        What the cell of the notebook got: its outputs, or the values of its expressions.
    unsettled
        Why it cannot be taken for what it would say now, in words; empty for a cell that follows from its inputs.
    """

    key: str
    content: Mapping[str, Any]
    effects: Effects
    traces: Traces
    number: int = 0
    text: str = ""
    unsettled: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def token(self) -> str:
        """Names the state that the cell left: what is equal in all inputs is equal in this."""
        return digest([self.key, self.traces.digest])

    def to_json(self) -> dict[str, Any]:
        """Give the record as JSON."""
        return {**_fields(self), "effects": _fields(self.effects), "traces": _fields(self.traces)}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> CellRecord:
        """Read what `to_json` gave.

        Raises
        ------
        KeyError, TypeError, AttributeError
            If it is not that.
        """
        effects: dict[str, Any] = {
            each.name: tuple(value) if isinstance(value, list) else value
            for each in fields(Effects)
            for value in [data["effects"][each.name]]
        }
        traces = Traces(**{each.name: dict(data["traces"][each.name]) for each in fields(Traces)})
        return cls(
            key=str(data["key"]),
            content=dict(data["content"]),
            effects=Effects(**effects),
            traces=traces,
            number=int(data["number"]),
            text=str(data["text"]),
            unsettled=tuple(data["unsettled"]),
            seconds=float(data["seconds"]),
        )


class CellStore:
    """The records of one paper, a file each.

    Parameters
    ----------
    folder
        Where they are; it is made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def records(self, key: str) -> list[CellRecord]:
        """Give the records under a key, the newest first."""
        paths = sorted(self._folder.glob(f"{_stem(key)}-*.json"), key=_age)
        return [record for path in paths if (record := _read_record(path)) is not None and record.key == key]

    def add(self, record: CellRecord) -> None:
        """Keep a record.

        Raises
        ------
        OSError
            If it cannot be written; no part of it is left then.
        """
        self._write(f"{_stem(record.key)}-{record.token[7:23]}.json", record.to_json())

    def last(self) -> dict[str, Any]:
        """Give what `remember` was given last; nothing if there is nothing that can be read."""
        found = _read(self._folder / "last.json")
        return found if isinstance(found, dict) else {}

    def remember(self, said: Mapping[str, Any], records: Iterable[CellRecord]) -> None:
        """Keep what the next build compares itself with, and make room.

        Parameters
        ----------
        records
            Those of the build that has just ended, which stay.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self._write("last.json", said)
        self._make_room({f"{_stem(record.key)}-{record.token[7:23]}.json" for record in records})

    def _write(self, name: str, data: Mapping[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
        scratch = self._folder / f".{name}.{os.getpid()}"
        try:
            scratch.write_text(f"{FORMAT}\n{_checksum(text)}\n{text}", "ascii")
            scratch.replace(self._folder / name)
        finally:
            scratch.unlink(missing_ok=True)

    def _make_room(self, needed: set[str]) -> None:
        for scratch in self._folder.glob(".*"):
            scratch.unlink(missing_ok=True)
        kept: dict[str, int] = {}
        total = 0
        for path in sorted(self._folder.glob("*-*.json"), key=_age):
            stem = path.name.partition("-")[0]
            kept[stem] = kept.get(stem, 0) + 1
            total += path.stat().st_size
            if path.name not in needed and (kept[stem] > _KEPT or total > _LIMIT):
                path.unlink(missing_ok=True)


def _stem(key: str) -> str:
    return key.removeprefix("sha256:")[:32]


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _read_record(path: Path) -> CellRecord | None:
    data = _read(path)
    if data is None:
        return None
    try:
        return CellRecord.of_json(data)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _read(path: Path) -> Any:
    """Read a file of the store; None for one that is missing, damaged, or of another version."""
    try:
        written, checksum, text = path.read_text("ascii").split("\n", 2)
    except (OSError, ValueError):
        return None
    if written != FORMAT or checksum != _checksum(text):
        return None
    return json.loads(text)


def _fields(value: DataclassInstance) -> dict[str, Any]:
    """Give the fields of a data class by name, without the copy of all that they hold that `asdict` makes."""
    return {each.name: getattr(value, each.name) for each in fields(value)}
