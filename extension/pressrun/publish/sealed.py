"""One run as evidence holds it, and how it is written: a line of JSON, and its series as Parquet.

Non-finite numbers are `{"$float": "nan"}` in the line, so that a NaN stays apart from the text "nan" and the run's own
digest can be computed again.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pressrun.errors import ExportError
from pressrun.records import Artifact, Dataset, Provenance, Recorded, Run, Series, Status
from pressrun.sources.digests import series_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: What names a run among those of several sources: the source's URL and the run's id.
RunKey: TypeAlias = tuple[str, str]

_FLOAT, _MAPPING = "$float", "$map"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One run as evidence holds it: the run, its cited series, and the digests of all the series that it had."""

    run: Run
    history: Mapping[str, Series] = field(default_factory=dict)
    series_digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, recorded: Recorded) -> Sealed:
        """Take what a source holds of a run."""
        digests = {metric: series_digest(series) for metric, series in recorded.history.items()}
        return cls(recorded.run, recorded.history, digests)


def line_of(sealed: Sealed, shown: Sequence[str]) -> str:
    """Give a run as one line of JSON; `shown` names the series that are sealed with it."""
    run, provenance = sealed.run, sealed.run.provenance
    record = {
        "id": run.id,
        "name": run.name,
        "source": run.source,
        "status": run.status.value,
        "digest": run.digest,
        "config": run.config,
        "summary": run.summary,
        "tags": run.tags,
        "started": run.started,
        "ended": run.ended,
        "metrics": run.metrics,
        "artifacts": [[a.path, a.size, a.digest] for a in run.artifacts],
        "provenance": {
            "command": provenance.command,
            "git_commit": provenance.git_commit,
            "git_branch": provenance.git_branch,
            "git_dirty": provenance.git_dirty,
            "git_diff": provenance.git_diff,
            "python": provenance.python,
            "packages": provenance.packages,
            "datasets": [[d.name, d.version, d.digest, d.path] for d in provenance.datasets],
            "seed": provenance.seed,
            "exit_code": provenance.exit_code,
        },
        "series": sealed.series_digests,
        "shown": list(shown),
    }
    return json.dumps(_tagged(record), sort_keys=True) + "\n"


def sealed_run(line: str) -> tuple[Run, dict[str, str]]:
    """Give the run of a line, and the digest of each series that it had.

    Raises
    ------
    ValueError, KeyError, TypeError
        If the line is none of `line_of`.
    """
    data = _untagged(json.loads(line))
    told = data["provenance"]
    run = Run(
        id=str(data["id"]),
        name=str(data["name"]),
        source=str(data["source"]),
        status=Status(data["status"]),
        config=data["config"],
        summary=data["summary"],
        tags=data["tags"],
        started=data["started"],
        ended=data["ended"],
        metrics=data["metrics"],
        artifacts=tuple(Artifact(path, size, digest) for path, size, digest in data["artifacts"]),
        provenance=Provenance(
            command=tuple(told["command"]),
            git_commit=told["git_commit"],
            git_branch=told["git_branch"],
            git_dirty=told["git_dirty"],
            git_diff=told["git_diff"],
            python=told["python"],
            packages=told["packages"],
            datasets=tuple(Dataset(*entry) for entry in told["datasets"]),
            seed=told["seed"],
            exit_code=told["exit_code"],
        ),
        digest=str(data["digest"]),
    )
    return run, dict(data["series"])


def _tagged(value: object) -> Any:
    """Give any value as JSON that tells a NaN from the text "nan"."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return {_FLOAT: str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "items"):
        entries = {str(key): _tagged(entry) for key, entry in value.items()}
        # A run may have any keys, ours among them.
        return {_MAPPING: entries} if set(entries) in ({_FLOAT}, {_MAPPING}) else entries
    if isinstance(value, (list, tuple)):
        return [_tagged(entry) for entry in value]
    return str(value)


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {_FLOAT}:
        return float(value[_FLOAT])
    entries = value[_MAPPING] if set(value) == {_MAPPING} else value
    return {key: _untagged(entry) for key, entry in entries.items()}


def encodable(text: str) -> str:
    """Give a text as Parquet can hold it: half a character, which JSON can hold and UTF-8 cannot, as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def write_histories(path: Path, kept: Iterable[tuple[RunKey, Mapping[str, Series], Sequence[str]]]) -> None:
    """Write series as Parquet: (source, run id), the run's series, and which of them to write."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = [(key, metric, history[metric]) for key, history, shown in kept for metric in shown]
    lengths = [len(series) for _, _, series in parts]

    # `pa.array` would import pandas, to see whether what it is given is of pandas.
    def column(values: Any, dtype: type) -> Any:
        held: Any = np.ascontiguousarray(values, dtype)
        return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), len(held), [None, pa.py_buffer(held)])

    def repeated(texts: list[str]) -> Any:
        encoded = [text.encode() for text in texts]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
        places = column(np.repeat(np.arange(len(texts)), lengths), np.int32)
        return pa.DictionaryArray.from_arrays(places, pa.Array.from_buffers(pa.string(), len(texts), buffers)).cast(
            pa.string()
        )

    def joined(name: str, dtype: type) -> Any:
        arrays = [getattr(series, name) for _, _, series in parts]
        return column(np.concatenate(arrays) if arrays else np.empty(0), dtype)

    table = pa.table(
        {
            "source": repeated([encodable(key[0]) for key, _, _ in parts]),
            "run": repeated([encodable(key[1]) for key, _, _ in parts]),
            "metric": repeated([encodable(metric) for _, metric, _ in parts]),
            "step": joined("steps", np.int64),
            "time": joined("times", np.float64),
            "value": joined("values", np.float64),
        }
    )
    pq.write_table(table, path, compression="zstd")


def read_histories(path: Path) -> dict[RunKey, dict[str, Series]]:
    """Read what `write_histories` wrote.

    Raises
    ------
    ExportError
        If the file is not such a file.
    OSError
        If it is not there.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts, dtypes = ("source", "run", "metric"), {"step": np.int64, "time": np.float64, "value": np.float64}
    try:
        # Not `read_table`, which loads the library of data sets for what is one file.
        with pq.ParquetFile(path, memory_map=False, read_dictionary=list(texts)) as file:
            table = file.read().unify_dictionaries()
    except pa.ArrowException as error:
        raise ExportError(f"the histories cannot be read: {error}", where=str(path)) from error
    text = pa.dictionary(pa.int32(), pa.string())
    types = {**dict.fromkeys(texts, text), **{name: pa.from_numpy_dtype(dtype) for name, dtype in dtypes.items()}}
    if dict(zip(table.schema.names, table.schema.types, strict=True)) != types or any(
        column.null_count for column in table.columns
    ):
        raise ExportError("the histories cannot be read: they are another table", where=str(path))
    if not len(table):
        return {}
    columns = {name: table.column(name).combine_chunks() for name in types}

    # An array's own `to_numpy` would import pandas, as would an empty table's `combine_chunks`.
    def numbers(array: Any, dtype: type) -> Any:
        return np.frombuffer(array.buffers()[1], dtype)[array.offset :][: len(array)]

    arrays = {name: numbers(columns[name], dtype) for name, dtype in dtypes.items()}
    places = np.stack([numbers(columns[name].indices, np.int32) for name in texts])
    words = [columns[name].dictionary.to_pylist() for name in texts]
    # Where a row is of another series than the one before.
    begins = [0, *(np.flatnonzero((places[:, 1:] != places[:, :-1]).any(axis=0)) + 1)]
    found: dict[RunKey, dict[str, Series]] = {}
    for begin, end in zip(begins, [*begins[1:], places.shape[1]], strict=False):
        source, run, metric = (known[place] for known, place in zip(words, places[:, begin], strict=True))
        part = slice(begin, end)
        series = Series(arrays["step"][part], arrays["time"][part], arrays["value"][part])
        found.setdefault((source, run), {})[metric] = series
    return found
