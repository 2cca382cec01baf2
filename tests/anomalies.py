"""Simulated series with planted anomalies, and what `pr.attention` and a z-score of the last value find of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pressrun as pr

if TYPE_CHECKING:
    from numpy.typing import NDArray

SERIES, PLANTED, TIMES = 5_000, 50, 120
KINDS = ("spike", "slow drift", "segment fell to zero")


@dataclass(frozen=True, slots=True)
class Simulated:
    """Daily series of segments of all sizes, noises and weekly rhythms, with anomalies planted in a few.

    Parameters
    ----------
    values
        Shape (series, times).
    planted
        The kind of anomaly by the place of its series.
    seasonal
        The places of those whose weekend is far from their week, and that nothing else happened to.
    """

    values: NDArray[np.float64]
    planted: dict[int, str]
    seasonal: frozenset[int]


def simulate(seed: int, series: int = SERIES, planted: int = PLANTED) -> Simulated:
    """Simulate series that end on a Saturday; the kinds of anomalies take turns.

    A spike is eight standard deviations of the series' noise on the last day. A drift grows from one to four over the
    last fourteen days. A segment that fell to zero did so two days ago.
    """
    draw = np.random.default_rng(seed)
    base = draw.lognormal(3, 1, series)[:, None]
    rhythm = 1 + draw.choice([0, 0.1, 0.3], series)[:, None] * draw.normal(0, 1, (series, 7))
    weekend = draw.random(series) < 0.1
    rhythm[weekend, 5:] += 1.5
    spread = draw.choice([0.05, 0.15, 0.3], series)[:, None]
    days = np.arange(TIMES) % 7 - (TIMES - 1) % 7 + 5
    values = base * rhythm[:, days % 7] * (1 + spread * draw.normal(size=(series, TIMES)))
    chosen = {int(place): KINDS[turn % 3] for turn, place in enumerate(draw.choice(series, planted, replace=False))}
    for place, kind in chosen.items():
        unit = base[place, 0] * spread[place, 0] * draw.choice([-1, 1])
        if kind == "spike":
            values[place, -1] += 8 * unit
        elif kind == "slow drift":
            values[place, -14:] += unit * np.linspace(1, 4, 14)
        else:
            values[place, -2:] = 0
    return Simulated(np.maximum(values, 0), chosen, frozenset(np.flatnonzero(weekend).tolist()) - frozenset(chosen))


def frame_of(simulated: Simulated) -> pd.DataFrame:
    """Give series as an author's table: a row a day and segment, with the values for sizes."""
    series, times = simulated.values.shape
    return pd.DataFrame(
        {
            "time": np.tile(pd.date_range("2026-01-01", periods=times), series),
            "segment": np.repeat([str(place) for place in range(series)], times),
            "value": simulated.values.ravel(),
        }
    )


def by_attention(simulated: Simulated, top: int = PLANTED) -> list[int]:
    """Give the places of the series that the panel ranks first."""
    panel = pr.attention(frame_of(simulated), size="value", top=top, plots=0)
    return [int(segment) for segment in panel.data["segment"]]


def by_z_score(simulated: Simulated, top: int = PLANTED) -> list[int]:
    """Give the places of the series whose last values are most standard deviations from the mean of those before."""
    before, last = simulated.values[:, :-1], simulated.values[:, -1]
    order = np.argsort(-np.abs(last - before.mean(axis=1)) / before.std(axis=1))
    return [int(place) for place in order[:top]]


def scores(found: list[int], simulated: Simulated) -> dict[str, float]:
    """Give precision and recall, recall of each kind, and the share of what was found that is but a season."""
    hits = set(found) & set(simulated.planted)
    told = {
        "precision": len(hits) / max(len(found), 1),
        "recall": len(hits) / len(simulated.planted),
        "only seasonal": len(set(found) & simulated.seasonal) / max(len(found), 1),
    }
    for kind in KINDS:
        of = {place for place, each in simulated.planted.items() if each == kind}
        told[f"recall of: {kind}"] = len(hits & of) / len(of)
    return told
