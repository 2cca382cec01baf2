"""A source whose runs a test changes, and that counts what is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.errors import SourceFormatError
from pressrun.records import Problem, Recorded, RunRef
from pressrun.sources.memory import MemorySource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Shelf:
    """Runs outside of the process, as far as the index can tell."""

    url: str = "shelf:"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    asides: list[Problem] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def put(self, run_id: str, stamp: str | None = None, **record: Any) -> None:
        self.records[run_id] = {"id": run_id, "name": run_id, **record}
        self.stamps[run_id] = stamp if stamp is not None else f"{len(self.reads)}:{record}"

    def refs(self) -> Iterator[RunRef | Problem]:
        yield from self.asides
        for run_id in self.records:
            yield RunRef(run_id, self.stamps[run_id])

    def read(self, run_id: str) -> Recorded:
        self.reads.append(run_id)
        if run_id in self.broken:
            raise SourceFormatError("the file is torn", where=f"run {run_id}")
        return MemorySource([self.records[run_id]], self.url).read(run_id)

    def artifact(self, run_id: str, path: str) -> Path:
        return MemorySource([self.records[run_id]], self.url).artifact(run_id, path)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()
