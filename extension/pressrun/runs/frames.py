"""Tables over run sets: what stands at an address of a run, and pandas frames of runs and of histories."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.errors import MetricNotFoundError
from pressrun.runs.address import MISSING, Address, Missing, leaves, nearest
from pressrun.runs.address import seed_of as seed_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pressrun.records import Json, Run, Series


def field(run: Run, path: str) -> Json | Missing:
    """Give what a run has at an address: `config.C`, `config['a.b']`, `summary['test/acc']`, `test/acc`, `seed`.

    A run that has nothing there gives `MISSING`, which is neither 0 nor NaN nor a stored null.
    """
    return Address.parse(path).of(run)


def number_at(run: Run, path: str) -> float | None:
    """Give the number that a run has at an address; None where there is none.

    NaN and ±Inf are numbers and come as they are. Texts such as "0.91" and truth values are not numbers.
    """
    value = field(run, path)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def run_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Give one row a run.

    Columns, in this order: id, name, source where there are several, status, seed, `config.…`, one for each metric of
    the summaries (`summary.…` where the bare name means another column), `tags.…`, and started and ended in UTC. Within
    a kind columns stand in the order in which runs first have them. What a run does not have is NA, and a NaN that it
    has stays NaN.
    """
    import pandas as pd

    columns: dict[str, list[Any]] = {"id": [r.id for r in runs], "name": [r.name for r in runs]}
    if len({r.source for r in runs}) > 1:
        columns["source"] = [r.source for r in runs]
    columns["status"] = [r.status.value for r in runs]
    columns["seed"] = _cells([seed_of(r) for r in runs])
    taken = {*columns, "started", "ended"}
    data: dict[str, Any] = {}
    for root in ("config", "summary", "tags"):
        rows = [{".".join(keys): leaf for keys, leaf in leaves(getattr(run, root))} for run in runs]
        for key in dict.fromkeys(key for row in rows for key in row):
            bare = root == "summary" and key not in taken and not key.startswith(("config.", "tags.", "summary."))
            data[key if bare else f"{root}.{key}"] = _column([row.get(key, MISSING) for row in rows])
    frame = {name: _column(values) for name, values in columns.items()}
    frame |= data
    for name in ("started", "ended"):
        # Whole microseconds: more digits than that are the float's, not the clock's.
        moments = (pd.Series([getattr(run, name) for run in runs], dtype="float64") * 1e6).round()
        frame[name] = pd.to_datetime(moments, unit="us", utc=True, errors="coerce")
    return pd.DataFrame(frame, index=range(len(runs)))


def _cells(values: Sequence[Any]) -> list[Any]:
    return [MISSING if value is None else value for value in values]


def _column(values: Sequence[Any]) -> Any:
    """Give a column whose type keeps numbers numbers, and NaN apart from what is missing."""
    import numpy as np
    import pandas as pd

    there = [value for value in values if value is not MISSING]
    kinds = {type(value) for value in there}
    gaps = np.array([value is MISSING for value in values], dtype=bool)
    if kinds == {bool}:
        flags = np.array([value is True for value in values], dtype=bool)
        return pd.Series(pd.arrays.BooleanArray(flags, gaps)) if gaps.any() else flags
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in there):
        whole = np.array([0 if value is MISSING else value for value in values], dtype=np.int64)
        return pd.Series(pd.arrays.IntegerArray(whole, gaps)) if gaps.any() else whole
    if kinds and kinds <= {int, float} and all(abs(value) < 2**1000 for value in there if isinstance(value, int)):
        numbers = np.array([math.nan if value is MISSING else float(value) for value in values], dtype=np.float64)
        if not gaps.any():
            return numbers
        if not np.isnan(numbers[~gaps]).any():
            return pd.Series(pd.arrays.FloatingArray(np.where(gaps, 1.0, numbers), gaps))
    if kinds == {str} and not gaps.any():
        return list(values)
    return pd.Series([pd.NA if value is MISSING else value for value in values], dtype=object)


def history_frame(runs: Sequence[Run], series: Sequence[Series]) -> pd.DataFrame:
    """Give tidy rows run, name, step, time and value of one metric; time in seconds since 1970 UTC, NaN if not known.

    Parameters
    ----------
    runs, series
        The runs and their series, in the same order; empty series give no rows.
    """
    import numpy as np
    import pandas as pd

    lengths = [len(s) for s in series]
    empty: Any = np.empty(0)
    return pd.DataFrame(
        {
            "run": np.repeat(np.array([r.id for r in runs], dtype=object), lengths),
            "name": np.repeat(np.array([r.name for r in runs], dtype=object), lengths),
            "step": np.concatenate([s.steps for s in series] or [empty]).astype(np.int64),
            "time": np.concatenate([s.times for s in series] or [empty]).astype(np.float64),
            "value": np.concatenate([s.values for s in series] or [empty]).astype(np.float64),
        }
    )


def no_such_metric(metric: str, names: Sequence[str], *, kind: str) -> MetricNotFoundError:
    """Make the error for a metric that no run has, with the nearest that some run has."""
    if close := nearest(metric, names):
        hint = "did you mean " + " or ".join(repr(name) for name in close) + "?"
    elif names:
        hint = "these runs have " + ", ".join(repr(name) for name in list(names)[:8])
    else:
        hint = f"these runs have no {kind} at all"
    return MetricNotFoundError(f"no run has {kind} {metric!r}", hint=hint)
