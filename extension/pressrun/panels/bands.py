"""Lines over steps: smoothing, thinning, and the mean over runs with its Student-t band at each place."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.statistics.interval import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one run over x, x strictly increasing; where a value is NaN or ±Inf the line has a gap.

    Parameters
    ----------
    x, values
        float64 of one length.
    """

    x: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True)
class Band:
    """The mean over runs at each x, over those runs that have a finite number there.

    Parameters
    ----------
    x, mean, low, high
        float64 of shape (n,); `mean` is NaN where no run has a number, `low` and `high` where fewer than two have.
    n
        int64 of shape (n,), the runs behind each mean.
    """

    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)


def line_of(x: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[Line, int]:
    """Give a line in the order of x, of several points at one x the last, and how many points that left out.

    Points whose x is not finite are left out and counted too.
    """
    import numpy as np

    total = len(x)
    there = np.isfinite(x)
    x, values = x[there], values[there]
    order = np.argsort(x, kind="stable")
    x, values = x[order], values[order]
    last = np.append(x[1:] != x[:-1], [True])[: len(x)]
    line = Line(x[last].astype(np.float64), values[last].astype(np.float64))
    return line, total - len(line)


def smooth(line: Line, weight: float) -> Line:
    """Smooth a line by TensorBoard's exponential moving average, debiased so that the start is not pulled to 0.

    s(t) = w · s(t-1) + (1 - w) · y(t), s(0) = 0, shown as s(t) / (1 - w^t); gaps stay gaps and carry no weight.
    Sources: Kingma and Ba (2015), "Adam", section 3, for the debiasing; `classicSmoothing` in tensorflow/tensorboard,
    webapp/widgets/line_chart_v2/data_transformer.ts, for the treatment of gaps.

    Parameters
    ----------
    line
        The points.
    weight
        w in [0, 1); 0 leaves the line as it is.
    """
    import numpy as np
    from scipy.signal import lfilter

    finite = np.isfinite(line.values)
    count = int(finite.sum())
    if weight == 0 or count == 0:
        return line
    raw = line.values[finite]
    filtered = np.asarray(lfilter([1 - weight], [1.0, -weight], raw))
    debiased = filtered / -np.expm1(np.arange(1, count + 1) * math.log(weight))
    values = np.full(len(line), np.nan)
    values[finite] = debiased
    return Line(line.x, values)


def average(lines: Sequence[Line], level: float = LEVEL) -> Band:
    """Give the mean over lines at each x that some line has, with its two-sided Student-t interval.

    At each x, over the n lines with a finite value there: mean ± t(1 - α/2, n - 1) · s / √n, as
    `pressrun.statistics.interval.student_t` gives it for one place. A line that has ended contributes no more.

    Parameters
    ----------
    lines
        One line a run.
    level
        Confidence level in (0, 1).
    """
    import numpy as np
    from scipy.special import stdtrit

    empty = np.empty(0)
    x = np.unique(np.concatenate([line.x for line in lines] or [empty]))
    n = np.zeros(len(x), dtype=np.int64)
    mean = np.zeros(len(x))
    squares = np.zeros(len(x))
    # Welford (1962): one pass, and no cancellation where values are large and close.
    for line in lines:
        finite = np.isfinite(line.values)
        at = np.searchsorted(x, line.x[finite])
        n[at] += 1
        step = line.values[finite] - mean[at]
        mean[at] += step / n[at]
        squares[at] += step * (line.values[finite] - mean[at])
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = {int(k): float(stdtrit(int(k) - 1, 0.5 + level / 2)) for k in np.unique(n) if k >= 2}
        half = np.array([factors.get(int(k), math.nan) for k in n]) * np.sqrt(squares / (n - 1) / n)
    mean = np.where(n > 0, mean, np.nan)
    return Band(x, mean, mean - half, mean + half, n)


def resample(lines: Sequence[Line], points: int = 400) -> list[Line]:
    """Put lines that share no x on one grid, each interpolated linearly between its own first and last point.

    A place next to a gap is a gap. For runs over time, whose points never fall together.
    """
    import numpy as np

    some = [line for line in lines if len(line)]
    if not some:
        return list(lines)
    low, high = min(float(line.x[0]) for line in some), max(float(line.x[-1]) for line in some)
    longest = max(len(line) for line in some)
    grid = np.linspace(low, high, max(2, min(points, longest)))
    found = []
    for line in some:
        inside = grid[(grid >= line.x[0]) & (grid <= line.x[-1])]
        found.append(Line(inside, np.interp(inside, line.x, line.values)))
    return found


def aligned(lines: Sequence[Line]) -> bool:
    """Whether runs share enough places for a mean over runs to be one; runs over time hardly ever share any."""
    import numpy as np

    if len(lines) < 2:
        return True
    total = sum(len(line) for line in lines)
    return total == 0 or total >= 1.5 * len(np.unique(np.concatenate([line.x for line in lines])))


def thin(x: NDArray[np.float64], values: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Choose at most about `points` places so that the drawn line looks the same: each stretch's lowest and highest.

    The first and last place are kept, peaks survive, and what is kept is data, not an average of it. Places with gaps
    are kept one a stretch, so that gaps stay visible. Source: the M4 idea without its inner first and last; Jugel et
    al. (2014), "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 7(10).

    Returns
    -------
    Indices into `x`, strictly increasing.
    """
    import numpy as np

    if len(x) <= max(points, 4):
        return np.arange(len(x), dtype=np.int64)
    edges = np.linspace(0, len(x), max(2, points // 2) + 1).astype(np.int64)
    kept = {0, len(x) - 1}
    for start, end in itertools.pairwise(edges.tolist()):
        part = values[start:end]
        finite = np.isfinite(part)
        if finite.any():
            kept.add(int(start + np.argmin(np.where(finite, part, np.inf))))
            kept.add(int(start + np.argmax(np.where(finite, part, -np.inf))))
        if not finite.all():
            kept.add(int(start + np.argmin(finite)))
    return np.array(sorted(kept), dtype=np.int64)
