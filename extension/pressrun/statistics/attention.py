"""Which of many series deserve a look: how far each is from what was expected, for how long, and of how much.

A value is expected to be what its series was at the same phase of the season, over the last few seasons; how far off a
value may be is what that expectation was off before. So each series brings its own standard error, and one that is
noisy or has a weekly rhythm is not taken for one that changed. Among many series the strongest noise is strong: only
what goes beyond that counts, and then by how much of the whole it concerns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Seasons that an expectation is the mean of.
SEASONS = 6
#: Times over which deviations are summed and shares are averaged.
WINDOW = 14
#: Standard errors beyond which more is no further.
_MOST = 50.0
#: From the median of absolute deviations to a standard deviation, of normal noise.
_NORMAL = 1.4826
#: How often noise alone may lift any series at all above the floor.
_RISK = 0.05
#: Robust standard deviations beyond which a past value is drawn in.
_FAR = 3.0


@dataclass(frozen=True, slots=True)
class Attention:
    """What the last value of each series comes to, term by term: arrays of shape (series,).

    Parameters
    ----------
    score
        (strength - floor) · size, 0 below the floor; NaN of a series with too little before its last value.
    strength
        The greater of |deviation| and |persistence|.
    floor
        What the strongest of so many series reaches by normal noise alone in one of twenty looks at all of them: each
        is looked at twice, for its deviation and its persistence. Source: Šidák (1967), "Rectangular Confidence Regions
        for the Means of Multivariate Normal Distributions", JASA 62.
    deviation
        Of the last value from its expectation, in standard errors; at most 50.
    persistence
        The sum of the window's deviations over the square root of their number: where all are alike, √window times one
        of them; where they are noise, about 1.
    size
        The segment's share of all, averaged over the window, so that a segment that fell to nothing still counts.
    expected, error
        The expectation of the last value, and its standard error.
    """

    score: NDArray[np.float64]
    strength: NDArray[np.float64]
    floor: float
    deviation: NDArray[np.float64]
    persistence: NDArray[np.float64]
    size: NDArray[np.float64]
    expected: NDArray[np.float64]
    error: NDArray[np.float64]

    @property
    def order(self) -> NDArray[np.intp]:
        """The places of the series, those that deserve most first; those that cannot be judged are left out."""
        known = np.flatnonzero(np.isfinite(self.score))
        return known[np.lexsort((-self.strength[known], -self.score[known]))]


def attention(
    values: ArrayLike,
    shares: ArrayLike | None = None,
    *,
    period: int = 7,
    seasons: int = SEASONS,
    window: int = WINDOW,
) -> Attention:
    """Say how much attention the last value of each series deserves.

    Parameters
    ----------
    values
        Shape (series, times), at equal distances in time, the last one now; NaN where there is none.
    shares
        Each segment's share of all at each time, of the same shape; all alike where None.
    period
        Times a season has; 1 for series without one.
    seasons
        How many of them an expectation is the mean of.
    window
        Times over which deviations are summed and shares are averaged.

    Raises
    ------
    ValueError
        If the shapes differ, or there are fewer times than two seasons and the window.
    """
    table = np.atleast_2d(np.asarray(values, dtype=np.float64))
    parts = np.ones_like(table) if shares is None else np.atleast_2d(np.asarray(shares, dtype=np.float64))
    if parts.shape != table.shape:
        raise ValueError(f"shares are {parts.shape}, and values {table.shape}")
    if table.shape[1] < 2 * period + window:
        raise ValueError(f"{table.shape[1]} times are fewer than two seasons of {period} and a window of {window}")
    expected, behind = _expectations(table, period, seasons)
    off = table - expected
    errors = _errors(off, behind, period, seasons, window)
    recent = off[:, -window:]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(recent == 0, 0.0, recent / errors)
    scaled = np.clip(scaled, -_MOST, _MOST)
    there = np.isfinite(scaled)
    persistence = np.where(there, scaled, 0.0).sum(axis=1) / np.sqrt(np.maximum(there.sum(axis=1), 1))
    size = _mean(parts[:, -window:])
    deviation = scaled[:, -1]
    strength = np.where(np.isfinite(deviation), np.fmax(np.abs(deviation), np.abs(persistence)), math.nan)
    floor = _floor(2 * len(table))
    score = np.where(np.isfinite(strength), np.maximum(strength - floor, 0.0) * size, math.nan)
    return Attention(score, strength, floor, deviation, persistence, size, expected[:, -1], errors[:, -1])


def _floor(looks: int) -> float:
    from scipy.special import ndtri

    return float(-ndtri(-math.expm1(math.log1p(-_RISK) / looks) / 2))


def expectations(
    values: ArrayLike, *, period: int = 7, seasons: int = SEASONS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give what each value was expected to be, and the standard error of that, as `attention` takes both.

    Parameters
    ----------
    values, period, seasons
        As for `attention`.

    Returns
    -------
    tuple
        Two arrays of the values' shape; NaN where too little was before.
    """
    table = np.atleast_2d(np.asarray(values, dtype=np.float64))
    expected, behind = _expectations(table, period, seasons)
    return expected, _errors(table - expected, behind, period, seasons, table.shape[1])


def _expectations(
    table: NDArray[np.float64], period: int, seasons: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give for each value the mean of those before it at the same phase, NaN where there are none, and of how many."""
    before = np.full((seasons, *table.shape), math.nan)
    for season in range(1, seasons + 1):
        if season * period < table.shape[1]:
            before[season - 1, :, season * period :] = table[:, : -season * period]
    return _mean(np.moveaxis(before, 0, -1)), np.isfinite(before).sum(axis=0).astype(np.float64)


def _errors(
    off: NDArray[np.float64], behind: NDArray[np.float64], period: int, seasons: int, window: int
) -> NDArray[np.float64]:
    """Give how far off expectations usually were before each time of the window: their standard error.

    A mean of k values is itself off by one k-th of their variance. Weekends may vary more than weekdays, but a phase
    has few values: the variance of all in the last seasons counts beside its own as much as one of so many values.
    """
    count = off.shape[1]
    with np.errstate(divide="ignore"):
        inflation = np.sqrt(1 + 1 / behind)
    single = off / inflation
    found = []
    for time in range(count - window, count):
        of_all = _spread(single[:, max(0, time - period * seasons) : time])
        same = single[:, time % period : time : period]
        there = np.isfinite(same).sum(axis=1)
        of_phase = np.where(there > 0, _spread(same), 0.0)
        found.append(np.sqrt((seasons * of_all**2 + there * of_phase**2) / (seasons + there)) * inflation[:, time])
    return np.stack(found, axis=1)


def _spread(off: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the standard deviation about 0 of each row; a spike of the past does not hide the next.

    Those beyond three robust standard deviations are drawn in to them, which for normal noise makes next to no
    difference. Source: Huber (1981), "Robust Statistics", 1.2, with the median of absolute deviations for the scale.
    """
    if not off.shape[1]:
        return np.full(len(off), math.nan)
    far = _FAR * _NORMAL * _nan(np.nanmedian, np.abs(off))
    # Where more than half of all values are as expected, as of a series of rare events, none is far out.
    far = np.where(far > 0, far, math.inf)
    return np.sqrt(_mean(np.minimum(np.abs(off), far[:, None]) ** 2))


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return _nan(np.nanmean, values)


def _nan(statistic: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a statistic of the last axis, NaN where it has no values, without a warning."""
    empty: NDArray[np.bool_] = np.asarray(np.isnan(values).all(axis=-1))
    safe = np.where(empty[..., None], 0.0, values)
    found: NDArray[np.float64] = np.where(empty, math.nan, statistic(safe, axis=-1))
    return found
