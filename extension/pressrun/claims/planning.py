"""How many more runs an undecided claim would need."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from pressrun.statistics import power
from pressrun.statistics.interval import t_quantile

if TYPE_CHECKING:
    from pressrun.statistics.means import Estimate

#: More runs than this nobody plans.
_MOST = 1000


def planned(estimate: Estimate, sizes: tuple[int, ...], null: float, margin: float | None) -> str:
    """Say how many runs would decide with 80% power, if the truth is what was observed; "" where none would.

    Parameters
    ----------
    estimate
        Of a t-test.
    sizes
        Runs of each side; one number where pairs, or the runs of one side, were tested.
    null
        What the estimate was tested against.
    margin
        Of equivalence; None for other forms.
    """
    half = (estimate.high - estimate.low) / 2
    error = half / t_quantile(estimate.df, estimate.level)
    if not error > 0 or not math.isfinite(error):
        return ""
    is_single = len(sizes) == 1
    deviation = error * math.sqrt(sizes[0]) if is_single else error / math.sqrt(sum(1 / n for n in sizes))
    if margin is not None:
        # The interval of equivalence is the one at level 1 - 2α.
        level = (1 + estimate.level) / 2
        of = partial(power.equivalence, estimate.value, margin, deviation, level=level, pairs=is_single)
    else:
        test = power.one_sample if is_single else power.two_samples
        of = partial(test, (estimate.value - null) / deviation, level=estimate.level)
    needed = power.runs_needed(of)
    if needed is None or needed <= max(sizes):
        return ""
    return f"over {_MOST:,}" if needed > _MOST else f"about {needed:,}"
