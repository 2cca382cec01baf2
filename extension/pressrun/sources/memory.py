"""The in-memory source: plain records as runs, for tables that people already have, and for tests."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.arguments import describe
from pressrun.errors import ArtifactError, SourceNotFoundError, UsageError
from pressrun.records import Artifact, Dataset, Provenance, Recorded, Run, RunRef, Series, Status
from pressrun.sources.digests import content_digest, run_digest, series_digest, summarise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.records import Json, Problem

KEYS = (
    "id",
    "name",
    "status",
    "config",
    "summary",
    "history",
    "tags",
    "started",
    "ended",
    "artifacts",
    "provenance",
    "source",
)

_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_HISTORY_SHAPES = (
    "[values], [(step, value)], [(step, time, value)] or {'steps': […], 'values': […], 'times': […]}, all numbers"
)


class MemorySource:
    """Runs from plain records, checked at once, the same ids and digests for the same records.

    Parameters
    ----------
    records
        One mapping a run, every key optional: `name`, `id` (a file name's characters; default: derived from the
        content), `config`, `summary`, `tags`, `status` (default "finished"), `started` and `ended` (seconds since 1970,
        a datetime, or ISO 8601 text), `artifacts` ({path in the run: local file}), `provenance` (fields of
        `Provenance`), and `history`: {metric: points}, points being `[values]` (steps count from 0), `[(step, value)]`,
        `[(step, time, value)]` or `{"steps", "values", "times"}`. A value None is no point. Numbers may be numpy's.
        `source`, as `pressrun runs list --json` prints it, is kept in `provenance.extra`.
    url
        What the runs name as their source.

    Raises
    ------
    UsageError
        If a record is wrong; the message names the record's index and key, and what would be right.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]], url: str = "memory:") -> None:
        self.url = url
        self._runs: dict[str, Recorded] = {}
        self._files: dict[tuple[str, str], Path] = {}
        if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
            raise UsageError(
                f"records are {describe(records)}, not a list",
                where="records",
                hint='pass a source such as "runs/", or a list of mappings [{"name": …, "summary": {…}}, …]',
            )
        for index, record in enumerate(records):
            self._add(index, record)

    def refs(self) -> Iterator[RunRef | Problem]:
        """List the runs in the order of the records."""
        for run_id, recorded in self._runs.items():
            yield RunRef(run_id, recorded.run.digest)

    def read(self, run_id: str) -> Recorded:
        """Give one run.

        Raises
        ------
        SourceNotFoundError
            If no record has the id.
        """
        if run_id not in self._runs:
            raise SourceNotFoundError(f"no record has the id {run_id!r}", where=self.url)
        return self._runs[run_id]

    def artifact(self, run_id: str, path: str) -> Path:
        """Give the local file that a record names for an artifact.

        Raises
        ------
        ArtifactError
            If the record names none under this path, or the file is gone.
        """
        file = self._files.get((run_id, path))
        if file is None or not file.is_file():
            raise ArtifactError(f"there is no artifact {path!r}", where=f"{self.url} {run_id}")
        return file

    def _add(self, index: int, record: Mapping[str, Any]) -> None:
        if not isinstance(record, Mapping):
            raise UsageError(
                f"is of type {type(record).__name__}, not a mapping",
                where=f"record {index}",
                hint='write {"name": …, "config": {…}, "summary": {…}}',
            )
        at = _Place(index)
        if unknown := [str(key) for key in record if key not in KEYS]:
            raise at.error(unknown[0], "is no key of a record", f"known keys: {', '.join(KEYS)}")
        files = _files(record.get("artifacts"), at)
        history = _history(record.get("history"), at)
        run = Run(
            id="",
            name=_text(record.get("name"), at, "name"),
            source=self.url,
            status=_status(record.get("status"), at),
            config=_table(record.get("config"), at, "config"),
            summary=summarise(history, _table(record.get("summary"), at, "summary")),
            tags={key: _tag(value) for key, value in _table(record.get("tags"), at, "tags").items()},
            started=_moment(record.get("started"), at, "started"),
            ended=_moment(record.get("ended"), at, "ended"),
            metrics={metric: len(series) for metric, series in history.items()},
            artifacts=tuple(_artifact(path, file) for path, file in files.items()),
            provenance=_provenance(record.get("provenance"), record.get("source"), at),
        )
        run_id = self._id(record.get("id"), run, history, at)
        run = dataclasses.replace(run, id=run_id, name=run.name or run_id)
        run = dataclasses.replace(run, digest=run_digest(run, history))
        self._runs[run_id] = Recorded(run, history)
        self._files.update({(run_id, path): file for path, file in files.items()})

    def _id(self, given: object, run: Run, history: Mapping[str, Series], at: _Place) -> str:
        if given is None:
            # Over what tells runs apart, not over the status: a record that finishes stays the same run.
            curves = {metric: series_digest(series) for metric, series in history.items()}
            base = "m-" + content_digest([run.name, run.config, run.summary, run.tags, run.started, curves])[:12]
            same = 1
            while (run_id := base if same == 1 else f"{base}-{same}") in self._runs:
                same += 1
            return run_id
        run_id = str(given)
        if not _SAFE_ID.fullmatch(run_id):
            raise at.error("id", f"{run_id!r} is no id", "use letters, digits, '_', '-' and '.', or leave the id out")
        if run_id in self._runs:
            raise at.error("id", f"{run_id!r} is another record's id already", "give each record an id of its own")
        return run_id


@dataclass(frozen=True, slots=True)
class _Place:
    """Which record a message is about."""

    index: int

    def error(self, key: str, what: str, hint: str = "") -> UsageError:
        return UsageError(what, where=f"record {self.index}, {key}", hint=hint)


def _text(value: object, at: _Place, key: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, (list, tuple, Mapping)):
        raise at.error(key, f"is of type {type(value).__name__}, not a text", f'write "{key}": "…"')
    return str(value)


def _status(value: object, at: _Place) -> Status:
    if value is None:
        return Status.FINISHED
    if isinstance(value, Status):
        return value
    try:
        return Status(str(value).lower())
    except ValueError as error:
        known = ", ".join(status.value for status in Status)
        raise at.error("status", f"{value!r} is no status", f"one of {known}") from error


def _table(value: object, at: _Place, key: str) -> dict[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise at.error(key, f"is of type {type(value).__name__}, not a mapping", f'write "{key}": {{…}}')
    return {str(name): _json(entry, at, f"{key}[{str(name)!r}]") for name, entry in value.items()}


def _json(value: object, at: _Place, key: str) -> Json:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(name): _json(entry, at, f"{key}[{str(name)!r}]") for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(entry, at, f"{key}[{number}]") for number, entry in enumerate(value)]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, PathLike):
        return str(fspath(value))
    raise at.error(
        key, f"is of type {type(value).__name__}", "give a number, a text, a bool, None, or lists and mappings"
    )


def _tag(value: Json) -> str:
    return value if isinstance(value, str) else str(value)


def _moment(value: object, at: _Place, key: str) -> float | None:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise at.error(key, f"{value!r} is no time", "ISO 8601, such as 2026-01-31T12:00:00+00:00") from error
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise at.error(key, f"{value!r} is no time", "seconds since 1970, a datetime, or ISO 8601 text")
    return float(value)


def _history(value: object, at: _Place) -> dict[str, Series]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise at.error("history", f"is of type {type(value).__name__}, not a mapping", "write {metric: points}")
    return {str(metric): _series(points, at, f"history[{str(metric)!r}]") for metric, points in value.items()}


def _series(points: object, at: _Place, key: str) -> Series:
    if isinstance(points, Series):
        return points
    if isinstance(points, Mapping):
        points = _columns(points, at, key)
    if hasattr(points, "tolist"):
        points = points.tolist()
    if not isinstance(points, Sequence) or isinstance(points, (str, bytes)):
        raise at.error(key, f"is of type {type(points).__name__}", _HISTORY_SHAPES)
    read: list[tuple[int, float, float]] = []
    for number, point in enumerate(points):
        here = f"{key}[{number}]"
        if hasattr(point, "tolist"):
            point = point.tolist()
        if isinstance(point, (tuple, list)):
            if len(point) not in (2, 3):
                raise at.error(here, f"is a point of {len(point)} entries", _HISTORY_SHAPES)
            step, time, value = (point[0], None, point[1]) if len(point) == 2 else point
        else:
            step, time, value = number, None, point
        if value is not None:
            instant = math.nan if time is None else _number(time, at, here)
            read.append((_step(step, at, here), instant, _number(value, at, here)))
    return Series.of(read)


def _columns(columns: Mapping[Any, Any], at: _Place, key: str) -> list[tuple[Any, Any, Any]]:
    if unknown := [str(name) for name in columns if name not in ("steps", "values", "times")]:
        raise at.error(key, f"has a column {unknown[0]!r}", _HISTORY_SHAPES)
    if "values" not in columns:
        raise at.error(key, "has no column 'values'", _HISTORY_SHAPES)
    values = list(columns["values"])
    steps = list(columns.get("steps", range(len(values))))
    times = list(columns.get("times", [None] * len(values)))
    if not len(values) == len(steps) == len(times):
        lengths = f"{len(steps)} steps, {len(times)} times and {len(values)} values"
        raise at.error(key, f"has {lengths}", "give as many of each")
    return list(zip(steps, times, values, strict=True))


def _number(value: object, at: _Place, key: str) -> float:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if isinstance(value, (bool, int, float)):
        try:
            return float(value)
        except OverflowError as error:
            raise at.error(key, "is too great for a float", "give a smaller number") from error
    raise at.error(key, f"{value!r} is not a number", _HISTORY_SHAPES)


def _step(value: object, at: _Place, key: str) -> int:
    if hasattr(value, "tolist"):
        value = value.tolist()
    number = _number(value, at, key)
    if not math.isfinite(number) or number != int(number) or not -(2**63) <= int(number) < 2**63:
        raise at.error(key, f"{value!r} is no step", "steps are whole numbers of 64 bits")
    return value if isinstance(value, int) else int(number)


def _files(value: object, at: _Place) -> dict[str, Path]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise at.error("artifacts", f"is of type {type(value).__name__}, not a mapping", "write {path: local file}")
    files = {}
    for path, local in value.items():
        key = f"artifacts[{str(path)!r}]"
        if not isinstance(local, (str, PathLike)) or not Path(local).is_file():
            raise at.error(key, f"{local!r} is no file", "name a file that exists")
        files[str(path)] = Path(local).resolve()
    return files


def _artifact(path: str, file: Path) -> Artifact:
    with file.open("rb") as content:
        return Artifact(path, file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest())


def _provenance(value: object, source: object, at: _Place) -> Provenance:
    extra: dict[str, Json] = {} if source is None else {"source": str(source)}
    if isinstance(value, Provenance):
        return dataclasses.replace(value, extra={**extra, **value.extra})
    fields = _table(value, at, "provenance")
    known = [field.name for field in dataclasses.fields(Provenance)]
    if unknown := [name for name in fields if name not in known]:
        raise at.error(f"provenance[{unknown[0]!r}]", "is no field of a provenance", f"known: {', '.join(known)}")
    given: dict[str, Any] = dict(fields)
    for key in ("packages", "extra"):
        if not isinstance(given.get(key, {}), dict):
            raise at.error(f"provenance[{key!r}]", "is not a mapping", "write {name: …}")
    try:
        given["command"] = tuple(str(word) for word in given.get("command", ()))
        given["datasets"] = tuple(Dataset(**entry) for entry in given.get("datasets", ()))
    except TypeError as error:
        hint = "command is a list of words; datasets a list of {name, version, digest, path}"
        raise at.error("provenance", str(error), hint) from error
    given["extra"] = {**extra, **given.get("extra", {})}
    return Provenance(**given)
