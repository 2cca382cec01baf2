"""Scores over many tasks in one number, with intervals that respect how few runs each task has.

All formulas are those of Agarwal, Schwarzer, Castro, Courville and Bellemare (2021), "Deep Reinforcement Learning at
the Edge of the Statistical Precipice", NeurIPS 34. Scores are one array of runs a task; tasks may have different
numbers of runs, and a task with more of them then counts for more in what is pooled over all runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pressrun.statistics.interval import LEVEL, check_level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

#: Resamples of an interval; Agarwal et al. use as many.
RESAMPLES = 2000
#: Numbers that one step of a computation over resamples may hold.
_ROOM = 4_000_000

#: One array a task: shape (runs,), or (resamples, runs) where a statistic is taken of many at once.
Scores: TypeAlias = "Sequence[NDArray[np.float64]]"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A statistic over tasks and its percentile interval from a stratified bootstrap.

    `low` and `high` are NaN where a task has a single run: one run says nothing about the spread of others.
    """

    value: float
    low: float
    high: float
    level: float
    tasks: int
    runs: int


def scores_of(tasks: Sequence[ArrayLike]) -> Scores:
    """Give scores as arrays, one a task.

    Raises
    ------
    ValueError
        If there is no task, a task has no run, or a score is not finite.
    """
    scores = [np.asarray(task, dtype=np.float64).reshape(-1) for task in tasks]
    if not scores or any(not task.size for task in scores):
        raise ValueError("there is no task" if not scores else "a task has no run")
    if not all(np.isfinite(task).all() for task in scores):
        raise ValueError("a score is not finite")
    return scores


def mean(scores: Scores) -> Any:
    """Give the mean over tasks of the mean over runs."""
    return np.mean([task.mean(axis=-1) for task in scores], axis=0)


def median(scores: Scores) -> Any:
    """Give the median over tasks of the mean over runs."""
    return np.median([task.mean(axis=-1) for task in scores], axis=0)


def interquartile_mean(scores: Scores) -> Any:
    """Give the mean of the middle half of all runs of all tasks: a quarter, rounded down, is cut off at each end."""
    pooled = np.sort(np.concatenate(list(scores), axis=-1), axis=-1)
    cut = pooled.shape[-1] // 4
    return pooled[..., cut : pooled.shape[-1] - cut].mean(axis=-1)


def optimality_gap(scores: Scores, target: float = 1.0) -> Any:
    """Give by how much all runs fall short of a target on average; what exceeds it does not make up for the others."""
    return target - np.minimum(np.concatenate(list(scores), axis=-1), target).mean(axis=-1)


def probability_of_improvement(a: Scores, b: Scores) -> Any:
    """Give how probable it is that a run of `a` scores above one of `b` on the same task, averaged over tasks.

    Ties count half, as in the Mann-Whitney statistic U / (n m).
    """
    return np.mean([_share_above(one, other) for one, other in zip(a, b, strict=True)], axis=0)


def _share_above(a: NDArray[np.float64], b: NDArray[np.float64]) -> Any:
    above = (a[..., :, None] > b[..., None, :]).mean(axis=(-1, -2))
    equal = (a[..., :, None] == b[..., None, :]).mean(axis=(-1, -2))
    return above + equal / 2


def profile(scores: Scores, thresholds: ArrayLike) -> Any:
    """Give, for each threshold, the share of all runs that score above it: a performance profile.

    Returns
    -------
    Shape (thresholds,), after that of the resamples.
    """
    pooled = np.sort(np.concatenate(list(scores), axis=-1), axis=-1)
    wanted = np.asarray(thresholds, dtype=np.float64)
    if pooled.ndim == 1:
        return 1 - np.searchsorted(pooled, wanted, side="right") / pooled.size
    return np.stack([1 - np.searchsorted(row, wanted, side="right") / row.size for row in pooled])


def estimate(
    statistic: Callable[..., Any],
    *samples: Sequence[ArrayLike],
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Aggregate:
    """Estimate a statistic of one or two sets of scores with a percentile interval from a stratified bootstrap.

    Runs are drawn with replacement within each task and each set, so that no task is ever missing. Nothing is random
    from the outside: the same scores give the same interval.

    Parameters
    ----------
    statistic
        Of this module: takes the scores of each set, with an axis of resamples before that of the runs.
    samples
        For each set, the runs' scores of each task.

    Raises
    ------
    ValueError
        If scores are missing or not finite, or the level is not between 0 and 1.
    """
    check_level(level)
    sets = [scores_of(sample) for sample in samples]
    value = float(statistic(*sets))
    runs = sum(task.size for scores in sets for task in scores)
    if any(task.size < 2 for scores in sets for task in scores):
        return Aggregate(value, np.nan, np.nan, level, len(sets[0]), runs)
    found = _resampled(statistic, sets, resamples, seed)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Aggregate(value, float(low), float(high), level, len(sets[0]), runs)


def profile_bands(
    tasks: Sequence[ArrayLike],
    thresholds: ArrayLike,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give a performance profile and the ends of its pointwise interval, from a stratified bootstrap.

    Returns
    -------
    Three arrays of shape (thresholds,): the profile, the lower and the upper end; the ends are NaN where a task has a
    single run.

    Raises
    ------
    ValueError
        As for `estimate`.
    """
    check_level(level)
    scores = scores_of(tasks)
    wanted = np.asarray(thresholds, dtype=np.float64)
    value = profile(scores, wanted)
    if any(task.size < 2 for task in scores):
        return value, np.full_like(value, np.nan), np.full_like(value, np.nan)
    found = _resampled(lambda drawn: profile(drawn, wanted), [scores], resamples, seed)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return value, low, high


def _resampled(statistic: Callable[..., Any], sets: Sequence[Scores], resamples: int, seed: int) -> NDArray[np.float64]:
    """Give a statistic of many resamples, in steps that fit into memory."""
    draw = np.random.default_rng(seed)
    widest = sum(task.size for scores in sets for task in scores)
    if len(sets) > 1:
        # Two sets are compared run by run.
        widest = max(widest, *(a.size * b.size for a, b in zip(sets[0], sets[1], strict=True)))
    step = max(1, min(resamples, _ROOM // widest))
    parts = []
    for begin in range(0, resamples, step):
        count = min(step, resamples - begin)
        drawn = [[task[draw.integers(0, task.size, (count, task.size))] for task in scores] for scores in sets]
        parts.append(np.asarray(statistic(*drawn), dtype=np.float64))
    return np.concatenate(parts)
