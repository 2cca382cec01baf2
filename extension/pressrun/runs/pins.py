"""Pins: the lock's data, how a build tells its kernel about them, and what pinned queries would answer now."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.errors import ConfigError
from pressrun.facts import RunCite
from pressrun.records import Run, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pressrun.project import Project
    from pressrun.runs.catalog import Catalog

#: Names the file in which a build tells its kernels how to answer queries.
BUILD_ENV = "PRESSRUN_BUILD"


class Mode(Enum):
    """How queries are answered."""

    #: As the sources are now.
    LIVE = "live"
    #: As the lock has them; queries that it does not have, as the sources are now.
    KEEP = "keep"
    #: As the sources are now, to write a new lock.
    UPDATE = "update"
    #: As the lock has them; the build has checked that it has all of them and that nothing changed.
    FROZEN = "frozen"

    @property
    def is_pinned(self) -> bool:
        """Whether the lock's answers stand before the sources'."""
        return self in (Mode.KEEP, Mode.FROZEN)


@dataclass(frozen=True, slots=True)
class Pin:
    """One run of a locked answer, by its content."""

    id: str
    source: str
    digest: str
    name: str = ""

    @classmethod
    def of(cls, run: Run | RunCite) -> Pin:
        """Pin a run."""
        return cls(run.id, run.source, run.digest, run.name)

    def missing(self) -> Run:
        """Give what stands for the run where its source no longer has it."""
        return Run(id=self.id, name=self.name, source=self.source, status=Status.DELETED, digest=self.digest)


@dataclass(frozen=True, slots=True)
class PinnedQuery:
    """One query of a paper and the runs that answered it, in order."""

    id: str
    sources: tuple[str, ...]
    where: str
    runs: tuple[Pin, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the query as JSON."""
        return json.loads(json.dumps(dataclasses.asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PinnedQuery:
        """Read what `to_json` gave.

        Raises
        ------
        KeyError, TypeError
            If it is not that.
        """
        pins = tuple(
            Pin(str(p["id"]), str(p["source"]), str(p["digest"]), str(p.get("name", ""))) for p in data["runs"]
        )
        return cls(str(data["id"]), tuple(map(str, data["sources"])), str(data["where"]), pins)


@dataclass(frozen=True, slots=True)
class Context:
    """What a build tells its kernels.

    Parameters
    ----------
    root
        The project's root, whatever the kernel's working folder is.
    queries
        The lock's queries by id.
    """

    mode: Mode
    root: Path
    queries: Mapping[str, PinnedQuery] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, mode: Mode, root: Path, queries: Iterable[PinnedQuery] = ()) -> Context:
        """Make a context of the queries of a lock."""
        return cls(mode, root, {query.id: query for query in queries})

    def to_json(self) -> dict[str, Any]:
        """Give the context as the JSON that `load_context` reads."""
        queries = [query.to_json() for query in self.queries.values()]
        return {"mode": self.mode.value, "root": str(self.root), "queries": queries}

    def write(self, path: Path) -> None:
        """Write the file that BUILD_ENV is to name."""
        path.write_text(json.dumps(self.to_json()), "utf-8")


def load_context() -> Context | None:
    """Give the context of the build that this process belongs to; None outside a build.

    Raises
    ------
    ConfigError
        If BUILD_ENV names no such file: an answer of the sources would look like one of the lock.
    """
    name = os.environ.get(BUILD_ENV)
    if not name:
        return None
    try:
        data = json.loads(Path(name).read_text("utf-8"))
        queries = [PinnedQuery.from_json(query) for query in data["queries"]]
        return Context.of(Mode(data["mode"]), Path(data["root"]), queries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"the build's context cannot be read: {error}", where=f"{BUILD_ENV}={name}", hint="run pressrun build again"
        ) from error


def pinned_runs(pins: Sequence[Pin], runs: Iterable[Run]) -> tuple[Run, ...]:
    """Give the runs that pins name, in their order, as they are now; one that is gone as a deleted run."""
    runs = list(runs)
    here = {(run.source, run.id): run for run in runs}
    # A run that another source has as well, with the same content, may be shown as the other's.
    same = {(run.id, run.digest): run for run in runs}
    return tuple(here.get((p.source, p.id)) or same.get((p.id, p.digest)) or p.missing() for p in pins)


def current_queries(
    project: Project, pinned: Iterable[PinnedQuery], catalogs: dict[tuple[str, ...], Catalog] | None = None
) -> dict[str, tuple[RunCite, ...]]:
    """Give what pinned queries would answer now, by query id; each source is looked at once.

    Parameters
    ----------
    catalogs
        Gets what the sources have, by their URLs.

    Raises
    ------
    SourceError
        If a source cannot be read.
    QueryError
        If a where-expression is wrong.
    """
    from pressrun.runs.catalog import look
    from pressrun.runs.query import Query
    from pressrun.sources.registry import open_source

    pinned = list(pinned)
    catalogs = catalogs if catalogs is not None else {}
    for sources in dict.fromkeys(query.sources for query in pinned):
        catalogs[sources] = look(project, [open_source(url, project.root) for url in dict.fromkeys(sources)])
    answers = {}
    for query in pinned:
        runs = Query.parse(query.where).select(catalogs[query.sources].runs).runs
        answers[query.id] = tuple(RunCite.of(run) for run in runs)
    return answers
