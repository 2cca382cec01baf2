"""MLflow's database store in SQLite, of any schema version, read without MLflow.

What a database has is read off its tables and columns, not off the version that it says it has.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from pressrun.errors import ArtifactError, SourceFormatError, SourceNotFoundError
from pressrun.recording.paths import checked_path
from pressrun.records import Dataset, Problem, Recorded, RunRef, Series, Status
from pressrun.sources.files import StoredFile, contained, list_artifacts, stamp, walk
from pressrun.sources.locations import resolve_path, split_scheme
from pressrun.sources.mlflow_records import (
    RUN_ID,
    StoredRun,
    artifact_folder,
    dataset_of,
    latest_last,
    record,
    status_of,
)
from pressrun.sources.sqlite_files import Database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_TABLES = ("runs", "metrics", "params", "tags", "experiments", "inputs", "datasets")
_RUN_COLUMNS = (
    "run_uuid",
    "name",
    "source_name",
    "user_id",
    "status",
    "start_time",
    "end_time",
    "source_version",
    "lifecycle_stage",
    "artifact_uri",
    "experiment_id",
)
#: Without these there is nothing to read.
_NEEDED = {"runs": {"run_uuid"}, "metrics": {"run_uuid", "key", "value"}}


class MlflowSQLite:
    """The runs of an MLflow database in SQLite.

    Deleted runs and runs of deleted experiments are listed with the status deleted. The experiment's name is the tag
    `mlflow.experiment`. MLflow stores ±Inf as the greatest floats, ±1.7976931348623157e308, and gives those back; so
    does this source.

    Parameters
    ----------
    url
        `mlflow:sqlite:///PATH`, four slashes before an absolute path, as in MLflow; or `mlflow:PATH` of a file.
    root
        What a relative path is taken from.
    """

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self._database = Database(resolve_path(_path(url), root))

    @property
    def _folder(self) -> Path:
        return self._database.path.parent

    def refs(self) -> Iterator[RunRef | Problem]:
        """List the runs in the order in which they started.

        A run's stamp is that of the whole database and of the run's artifacts: nothing cheaper changes surely when a
        value does.

        Raises
        ------
        SourceError
            If there is no such file, it is no database of MLflow's, or another process has it locked.
        """
        database = self._database.stamp()
        for row in self._database.query(self._listed):
            run_id = row["run_uuid"]
            if isinstance(run_id, str) and RUN_ID.fullmatch(run_id):
                yield RunRef(run_id, database and self._stamp(database, run_id, row))
            else:
                yield Problem(f"{self._database.path.name}, table runs", f"{run_id!r} is no run id")

    def stamp_of(self, run_id: str) -> str:
        """Give a text that changes whenever the run's points may have changed; "" where that cannot be told yet.

        All runs are in one file.
        """
        return self._database.stamp()

    def read(self, run_id: str) -> Recorded:
        """Read one run whole.

        Raises
        ------
        SourceNotFoundError
            If there is no such run.
        SourceError
            If the database cannot be read.
        """
        if not RUN_ID.fullmatch(run_id):
            raise self._unknown(run_id)
        stored = self._database.query(lambda connection: self._stored(connection, run_id))
        return record(stored, self.url)

    def artifact(self, run_id: str, path: str) -> Path:
        """Give the local file of an artifact.

        Raises
        ------
        ArtifactError
            If there is none, the path leads out of the run, or the artifacts are not on this machine.
        """
        where = f"{self.url} {run_id}"
        checked_path(path, where)
        try:
            row = self._database.query(lambda connection: self._row(connection, _schema(connection, self), run_id))
        except SourceNotFoundError as error:
            raise ArtifactError(error.what, where=where) from error
        folder = self._artifact_folder(run_id, row)
        if folder is None:
            kept = f"its artifacts are at {row['artifact_uri']}" if row["artifact_uri"] else "it has no artifacts"
            raise ArtifactError(f"there is no artifact {path!r} here: {kept}", where=where, hint="copy them here")
        return contained(folder, path, where)

    def _listed(self, connection: sqlite3.Connection) -> list[dict[str, Any]]:
        wanted = _wanted(_schema(connection, self))
        rows = connection.execute(f"select {wanted} from runs order by start_time, run_uuid")  # noqa: S608
        return [dict(zip(_RUN_COLUMNS, row, strict=True)) for row in rows]

    def _stamp(self, database: str, run_id: str, row: Mapping[str, Any]) -> str:
        folder = self._artifact_folder(run_id, row)
        files = [(f.name, f.stat) for f in walk(folder, "") if isinstance(f, StoredFile)] if folder else []
        return stamp(files, salt=database)

    def _stored(self, connection: sqlite3.Connection, run_id: str) -> StoredRun:
        columns = _schema(connection, self)
        row = self._row(connection, columns, run_id)
        experiment, gone = _experiment(connection, columns, row["experiment_id"])
        status = status_of(row["status"], deleted=gone or row["lifecycle_stage"] == "deleted")
        history, problems = _history(connection, columns, run_id)
        if status is Status.UNKNOWN:
            problems.append(Problem("runs.status", f"the status {row['status']!r} is not one of MLflow's"))
        folder = self._artifact_folder(run_id, row)
        artifacts, left_out = list_artifacts(folder, "artifacts") if folder else ((), ())
        return StoredRun(
            id=run_id,
            status=status,
            experiment=experiment,
            experiment_id=_text(row["experiment_id"]),
            name=_text(row["name"]),
            user=_text(row["user_id"]),
            source_name=_text(row["source_name"]),
            source_version=_text(row["source_version"]),
            artifact_uri=_text(row["artifact_uri"]),
            started=row["start_time"],
            ended=row["end_time"],
            params=_texts(connection, columns, "params", run_id),
            tags=_texts(connection, columns, "tags", run_id),
            history=history,
            datasets=_datasets(connection, columns, run_id),
            artifacts=artifacts,
            problems=tuple(Problem(f"run {run_id}, {p.where}", p.reason) for p in (*problems, *left_out)),
        )

    def _row(
        self, connection: sqlite3.Connection, columns: Mapping[str, frozenset[str]], run_id: str
    ) -> dict[str, Any]:
        selection = f"select {_wanted(columns)} from runs where run_uuid = ?"  # noqa: S608 - our own names
        row = connection.execute(selection, (run_id,)).fetchone()
        if row is None:
            raise self._unknown(run_id)
        return dict(zip(_RUN_COLUMNS, row, strict=True))

    def _artifact_folder(self, run_id: str, row: Mapping[str, Any]) -> Path | None:
        parts = (_text(row["experiment_id"]), run_id, "artifacts")
        moved = [self._folder.joinpath(name, *parts) for name in ("mlruns", "mlartifacts")]
        return artifact_folder(run_id, _text(row["artifact_uri"]), moved, self._folder)

    def _unknown(self, run_id: str) -> SourceNotFoundError:
        return SourceNotFoundError(f"there is no run {run_id!r}", where=self.url, hint="list them: pressrun runs list")

    def check_tables(self, columns: Mapping[str, frozenset[str]]) -> None:
        """Refuse a database that is not MLflow's.

        Raises
        ------
        SourceFormatError
            If a table or column is missing without which there are no runs.
        """
        for table, needed in _NEEDED.items():
            if missing := sorted(needed - columns.get(table, frozenset())):
                what = f"table {table} has no column {missing[0]}" if table in columns else f"there is no table {table}"
                raise SourceFormatError(
                    f"is not an MLflow database: {what}",
                    where=str(self._database.path),
                    hint="name the database that `mlflow server --backend-store-uri` uses",
                )


def _path(url: str) -> str:
    """Give the path in a URL as SQLAlchemy reads it: three slashes, then the path, then options."""
    rest = split_scheme(url)[1]
    scheme, inner = split_scheme(rest)
    if scheme != "sqlite":
        return rest
    if not inner.startswith("///"):
        raise SourceNotFoundError(
            "names no file", where=url, hint="write mlflow:sqlite:///PATH, with a fourth slash before an absolute path"
        )
    return inner.removeprefix("///").partition("?")[0]


def _schema(connection: sqlite3.Connection, source: MlflowSQLite) -> dict[str, frozenset[str]]:
    """Give the columns of the tables that are there; views are no tables, since a view runs somebody's SQL."""
    names = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    columns = {
        table: frozenset(row[1] for row in connection.execute(f"pragma table_info({table})"))
        for table in _TABLES
        if table in names
    }
    source.check_tables(columns)
    return columns


def _wanted(columns: Mapping[str, frozenset[str]]) -> str:
    """Name the columns to select from the table runs, null for those that its version has not."""
    return ", ".join(name if name in columns["runs"] else f"null as {name}" for name in _RUN_COLUMNS)


def _experiment(
    connection: sqlite3.Connection, columns: Mapping[str, frozenset[str]], experiment_id: object
) -> tuple[str, bool]:
    """Give an experiment's name, and whether it is deleted."""
    known = columns.get("experiments", frozenset())
    if "experiment_id" not in known or "name" not in known:
        return "", False
    stage = "lifecycle_stage" if "lifecycle_stage" in known else "null"
    row = connection.execute(
        f"select name, {stage} from experiments where experiment_id = ?",  # noqa: S608 - one of two names
        (experiment_id,),
    ).fetchone()
    return (_text(row[0]), row[1] == "deleted") if row else ("", False)


def _history(
    connection: sqlite3.Connection, columns: Mapping[str, frozenset[str]], run_id: str
) -> tuple[dict[str, Series], list[Problem]]:
    import numpy as np

    wanted = ["key", "value"]
    wanted += [name if name in columns["metrics"] else "null" for name in ("timestamp", "step", "is_nan")]
    rows = connection.execute(f"select {', '.join(wanted)} from metrics where run_uuid = ?", (run_id,))  # noqa: S608
    points: dict[str, tuple[array[int], array[float], array[float]]] = {}
    refused: dict[str, int] = {}
    for key, value, timestamp, step, is_nan in rows:
        name = _text(key)
        try:
            # Before MLflow had a column for NaN, SQLite kept NaN as null.
            number = float("nan") if is_nan or value is None else float(value)
            time = float("nan") if timestamp is None else int(timestamp) / 1000
            steps, times, values = points.setdefault(name, (array("q"), array("d"), array("d")))
            steps.append(int(step or 0))
        except (TypeError, ValueError, OverflowError):
            refused[name] = refused.get(name, 0) + 1
            continue
        times.append(time)
        values.append(number)
    problems = [
        Problem(f"metric {name}", f"{count:,} points are no numbers and are left out")
        for name, count in sorted(refused.items())
    ]
    history = {}
    for name, (steps, times, values) in sorted(points.items()):
        if steps:
            history[name] = latest_last(
                np.array(steps, np.int64), np.array(times, np.float64), np.array(values, np.float64)
            )
    return history, problems


def _texts(
    connection: sqlite3.Connection, columns: Mapping[str, frozenset[str]], table: str, run_id: str
) -> dict[str, str]:
    """Read the params or tags of a run."""
    if not {"run_uuid", "key", "value"} <= columns.get(table, frozenset()):
        return {}
    rows = connection.execute(f"select key, value from {table} where run_uuid = ?", (run_id,))  # noqa: S608
    return {_text(key): _text(value) for key, value in rows}


def _datasets(
    connection: sqlite3.Connection, columns: Mapping[str, frozenset[str]], run_id: str
) -> tuple[Dataset, ...]:
    inputs = {"source_type", "source_id", "destination_type", "destination_id"}
    datasets = {"dataset_uuid", "name", "digest", "dataset_source"}
    if not (inputs <= columns.get("inputs", frozenset()) and datasets <= columns.get("datasets", frozenset())):
        return ()
    rows = connection.execute(
        "select d.name, d.digest, d.dataset_source from inputs i join datasets d on d.dataset_uuid = i.source_id"
        " where i.source_type = 'DATASET' and i.destination_type = 'RUN' and i.destination_id = ?"
        " order by d.name, d.digest",
        (run_id,),
    )
    return tuple(dataset_of(*row) for row in rows)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
