"""`paper.lock`: which runs, at which digests, answer each query of a paper. Text that git compares line by line."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.outcomes import StaleReason
from pressrun.canonical import digest
from pressrun.errors import ConfigError, reason_of
from pressrun.records import Status
from pressrun.runs.pins import PinnedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pressrun.facts import RunCite

LOCK_VERSION = 1


class CorruptLockError(ConfigError):
    """The lock cannot be read; `--update` writes a new one."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The queries of a paper and the runs that answer them, in the order in which the paper asks."""

    queries: tuple[PinnedQuery, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Lock | None:
        """Read a lock; None if there is none.

        Raises
        ------
        CorruptLockError
            If the file is no lock.
        ConfigError
            If a newer pressrun wrote it.
        """
        try:
            data: Any = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise CorruptLockError(
                f"cannot be read: {reason_of(error)}",
                where=str(path),
                hint="restore it from git, or write it anew with `pressrun build --update`",
            ) from error
        version = data.get("version") if isinstance(data, dict) else None
        if isinstance(version, int) and version > LOCK_VERSION:
            raise ConfigError(
                f"was written by a newer pressrun (version {version} of the format)",
                where=str(path),
                hint="install a newer pressrun",
            )
        try:
            return cls(tuple(PinnedQuery.from_json(entry) for entry in data["queries"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise CorruptLockError(
                f"is not a lock: {reason_of(error)}",
                where=str(path),
                hint="restore it from git, or write it anew with `pressrun build --update`",
            ) from error

    @classmethod
    def of_facts(cls, queries: Iterable[Mapping[str, Any]]) -> Lock:
        """Give the lock that says what a build's queries were answered with.

        Raises
        ------
        KeyError
            If these are no query facts.
        """
        return cls(tuple(PinnedQuery.from_json(entry) for entry in queries))

    @property
    def digest(self) -> str:
        """The digest of what the lock says, whatever its spacing."""
        return digest([_json(query) for query in self.queries])

    @property
    def text(self) -> str:
        """The file's content: one run a line, keys in one order."""
        lines = ["{", f' "version": {LOCK_VERSION},', ' "queries": [']
        for query in self.queries:
            lines += ["  {"]
            for key in ("id", "sources", "where"):
                lines.append(f'   "{key}": {_text(_json(query)[key])},')
            runs = [_text(run) for run in _json(query)["runs"]]
            if runs:
                lines += ['   "runs": [', *(f"    {run}," for run in runs[:-1]), f"    {runs[-1]}", "   ]"]
            else:
                lines.append('   "runs": []')
            lines.append("  }" if query is self.queries[-1] else "  },")
        return "\n".join([*lines, " ]", "}", ""])

    def write(self, path: Path) -> bool:
        """Replace the file in one step; a file that says the same already is left alone.

        Returns
        -------
        Whether the file changed.
        """
        content = self.text.encode("utf-8", "surrogatepass")
        if path.is_file() and path.read_bytes() == content:
            return False
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)  # noqa: PTH101
            os.replace(name, path)  # noqa: PTH105
        except BaseException:
            os.unlink(name)  # noqa: PTH108
            raise
        return True


def differences(lock: Lock, answers: Mapping[str, Sequence[RunCite]]) -> tuple[StaleReason, ...]:
    """Say where queries would be answered otherwise now than the lock has it: runs added, removed or changed."""
    reasons = []
    for query in lock.queries:
        added, gone, changed = compare(query, answers.get(query.id, ()))
        for word, runs in (("new", added), ("gone", gone), ("changed", changed)):
            if runs:
                reasons.append(StaleReason(describe(query), f"{_count(runs)} {word}: {', '.join(_some(runs))}"))
    return tuple(reasons)


def compare(query: PinnedQuery, answer: Sequence[RunCite]) -> tuple[list[str], list[str], list[str]]:
    """Give the names of the runs that are new in an answer, that are gone from it, and that changed."""
    now = {(cite.source, cite.id): cite for cite in answer}
    locked = {(pin.source, pin.id): pin for pin in query.runs}
    added = [cite.name for key, cite in now.items() if key not in locked]
    gone = [pin.name for key, pin in locked.items() if key not in now or _is_deleted(now[key])]
    changed = [
        pin.name
        for key, pin in locked.items()
        if key in now and not _is_deleted(now[key]) and now[key].digest != pin.digest
    ]
    return added, gone, changed


def describe(query: PinnedQuery) -> str:
    """Name a query as its author wrote it."""
    sources = ", ".join(query.sources)
    return f"query {sources} where {query.where}" if query.where else f"query {sources}"


def _is_deleted(cite: RunCite) -> bool:
    return Status(cite.status) is Status.DELETED


def _count(runs: Sequence[str]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs)} runs"


def _some(names: Sequence[str]) -> list[str]:
    return [*names[:5], f"and {len(names) - 5} more"] if len(names) > 5 else list(names)


def _json(query: PinnedQuery) -> dict[str, Any]:
    runs = [{"id": r.id, "name": r.name, "source": r.source, "digest": r.digest} for r in query.runs]
    return {"id": query.id, "sources": list(query.sources), "where": query.where, "runs": runs}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
