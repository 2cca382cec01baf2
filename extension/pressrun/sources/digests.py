"""What every source does alike once it has read a run: derive the summary from the history, and digest the content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pressrun.records import Json, Run, Series


def summarise(history: Mapping[str, Series], logged: Mapping[str, Json]) -> dict[str, Json]:
    """Give a run's summary: what the run logged as its own summary, else the history's last value.

    Parameters
    ----------
    history
        The run's series; the last value of one is that at the greatest (step, time). Empty series give no entry.
    logged
        The summary that the run logged itself; it stands before the history.
    """
    derived: dict[str, Json] = {metric: series.last for metric, series in history.items() if len(series)}
    return {**derived, **logged}


def run_digest(run: Run, history: Mapping[str, Series]) -> str:
    """Give "sha256:…" over all that a run says, the same for the same content whatever source it is read from.

    The source's URL, stamps and problems are no part of it, nor is the environment a run was recorded in: they may
    differ while the run says the same. NaN differs from the text "nan", and 1 from 1.0.
    """
    return sealed_digest(run, {metric: series_digest(series) for metric, series in history.items()})


def sealed_digest(run: Run, history: Mapping[str, str]) -> str:
    """Give `run_digest` of a run from the `series_digest` of each of its series, for who holds only some of them."""
    provenance = run.provenance
    content = {
        "id": run.id,
        "name": run.name,
        "status": run.status.value,
        "config": run.config,
        "summary": run.summary,
        "tags": run.tags,
        "started": run.started,
        "ended": run.ended,
        "artifacts": sorted((a.path, a.size, a.digest) for a in run.artifacts),
        "provenance": {
            "git_commit": provenance.git_commit,
            "git_diff": provenance.git_diff,
            "datasets": [(d.name, d.version, d.digest, d.path) for d in provenance.datasets],
            "seed": provenance.seed,
            "exit_code": provenance.exit_code,
        },
        "history": history,
    }
    return "sha256:" + content_digest(content)


def content_digest(content: object) -> str:
    """Give 64 hex digits over a value made of JSON; unlike strict JSON it tells NaN and ±Inf from their names."""
    text = json.dumps(_exact(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def series_digest(series: Series) -> str:
    """Give 64 hex digits over a series' points, the same on every machine."""
    import numpy as np

    state = hashlib.sha256(str(len(series)).encode())
    state.update(np.ascontiguousarray(series.steps, dtype="<i8").tobytes())
    for array in (series.times, series.values):
        # There are many NaNs in IEEE 754 and one in what a run says.
        one_nan = np.where(np.isnan(array), np.nan, array)
        state.update(np.ascontiguousarray(one_nan, dtype="<f8").tobytes())
    return state.hexdigest()


def _exact(value: object) -> Any:
    """Give a value with text keys and Python's own numbers, so that equal content has one text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _exact(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(entry) for entry in value]
    return str(value)
