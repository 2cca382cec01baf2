"""Many series of one table, laid out over times at equal distances: what says which of them deserve a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pressrun.errors import UsageError
from pressrun.lettering import count, shorten
from pressrun.panels.data import as_codes, as_numbers, as_times

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: How far a distance between times may be from a whole number of steps, as a share: months have 28 to 31 days.
_UNEVEN = 0.15
#: Steps that the whole may have for each time that there is; of more, a time is mistaken.
_SPARSE = 20


@dataclass(frozen=True, slots=True)
class SeriesTable:
    """Series of metrics by segment.

    Parameters
    ----------
    keys
        The metric and the segment of each series.
    times
        Shape (times,); in seconds since 1970 where `dated`.
    values, shares
        Shape (series, times); NaN where there is none. A share is the segment's part of its metric's whole size.
    notes
        What the disclosure is to say.
    """

    keys: tuple[tuple[str, str], ...]
    times: NDArray[np.float64]
    dated: bool
    values: NDArray[np.float64]
    shares: NDArray[np.float64]
    notes: tuple[str, ...]


def series_table(
    frame: pd.DataFrame, *, time: str, metric: str, segment: str, value: str, size: str | None, zero: bool
) -> SeriesTable:
    """Lay a tidy frame out.

    Parameters
    ----------
    frame
        One row a time, metric and segment, in any order.
    time, metric, segment, value, size
        Columns; "" or None for none.
    zero
        Whether a row that is not there stands for a value and a size of 0.

    Raises
    ------
    UsageError
        If times are not at equal distances, two rows are about the same, or a size is negative.
    """
    times, dated = as_times(frame[time], time)
    values, notes = as_numbers(frame[value], value)
    sizes, more = (np.ones(len(frame)), []) if size is None else as_numbers(frame[size], size)
    notes += more
    if infinite := int(np.isinf(values).sum()):
        notes.append(f"{count(infinite, 'infinite value')} taken as missing")
    values = np.where(np.isinf(values), np.nan, values)
    sizes = np.where(np.isinf(sizes), np.nan, sizes)
    if (sizes < 0).any():
        raise UsageError(
            f"a size in {shorten(str(size))!r} is negative", where="size", hint="a size is a count or a share"
        )
    known = np.isfinite(times)
    if not known.all():
        notes.append(f"{count(int((~known).sum()), 'row')} without a time left out")
    if not known.any():
        return SeriesTable((), np.empty(0), dated, np.empty((0, 0)), np.empty((0, 0)), tuple(notes))
    frame, times, values, sizes = frame[known], times[known], values[known], sizes[known]
    steps, places = _places(times)
    row, keys = _keys(frame, metric, segment)
    shape = (len(keys), len(steps))
    flat = row * shape[1] + places
    _check_once(flat, shape[1], keys)
    table, weight = (np.full(shape, 0.0 if zero else np.nan) for _ in range(2))
    table.ravel()[flat] = values
    weight.ravel()[flat] = sizes
    return SeriesTable(keys, steps, dated, table, _shares(weight, [key[0] for key in keys]), tuple(notes))


def _keys(frame: pd.DataFrame, metric: str, segment: str) -> tuple[NDArray[np.intp], tuple[tuple[str, str], ...]]:
    """Give the place of each row's series, and the series in the order of their names."""
    metrics, of_metric = _texts(frame, metric)
    segments, of_segment = _texts(frame, segment)
    pairs, place = np.unique(of_metric * len(segments) + of_segment, return_inverse=True)
    keys = tuple((metrics[pair // len(segments)], segments[pair % len(segments)]) for pair in pairs.tolist())
    return place.astype(np.intp), keys


def _texts(frame: pd.DataFrame, column: str) -> tuple[list[str], NDArray[np.intp]]:
    """Give the distinct texts of a column in order, and each row's place among them; "" for all without a column."""
    if not column:
        return [""], np.zeros(len(frame), dtype=np.intp)
    codes, found = as_codes(frame[column])
    distinct, place = np.unique(np.array([*found, "(missing)"], dtype=object).astype(str), return_inverse=True)
    return distinct.tolist(), place[codes].astype(np.intp)


def _places(times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Give all times from the first to the last, those too that no row has, and the place of each row's among them."""
    distinct, which = np.unique(times, return_inverse=True)
    if len(distinct) == 1:
        return distinct, np.zeros(len(times), dtype=np.intp)
    apart = np.diff(distinct)
    step = float(np.median(apart))
    whole = np.rint(apart / step)
    uneven = (whole < 1) | (np.abs(apart / step - whole) > _UNEVEN * whole)
    if uneven.any() or whole.sum() > _SPARSE * len(distinct):
        raise UsageError(
            "the times are not at equal distances",
            where="time",
            hint="sum up or average the values by hour, day or week first, as pandas' resample does",
        )
    at = np.concatenate([[0], np.cumsum(whole)]).astype(np.intp)
    steps = np.interp(np.arange(at[-1] + 1), at, distinct)
    return steps, at[which]


def _check_once(flat: NDArray[np.intp], width: int, keys: tuple[tuple[str, str], ...]) -> None:
    counts = np.bincount(flat)
    if len(counts) and counts.max() > 1:
        at = int(counts.argmax())
        name = " ".join(filter(None, keys[at // width])) or "the series"
        raise UsageError(
            f"{count(int(counts[at]), 'row')} of {shorten(name)} have the same time",
            where="data",
            hint="name the columns that tell them apart by metric= and segment=, or add them up first",
        )


def _shares(sizes: NDArray[np.float64], metrics: list[str]) -> NDArray[np.float64]:
    """Give each segment's part of all of its metric at each time."""
    _, group = np.unique(np.asarray(metrics, dtype=object).astype(str), return_inverse=True)
    totals = np.zeros((group.max() + 1, sizes.shape[1]))
    np.add.at(totals, group, np.nan_to_num(sizes))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(totals[group] > 0, sizes / totals[group], np.nan)
