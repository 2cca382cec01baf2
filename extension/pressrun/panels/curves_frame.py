"""The tidy frame of curves: one row a point, means and runs, thinned where there are too many to carry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.canonical import number
from pressrun.panels.bands import thin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pressrun.panels.axis import Field
    from pressrun.panels.bands import Band, Line
    from pressrun.panels.lines import Drawn

#: Rows of a fact's frame; beyond them lines are thinned, and a note says so.
FRAME_ROWS = 200_000


def curves_frame(
    drawn: Sequence[Drawn], keys: Mapping[tuple[str, str], str], field: Field
) -> tuple[dict[str, list[Any]], str]:
    """Give the tidy rows, a group's mean before its runs, and a note where points were left out."""
    import numpy as np

    lengths = [len(d.band) for d in drawn] + [len(line) for d in drawn for line in d.lines]
    note, most = "", max(lengths, default=0)
    if sum(lengths) > FRAME_ROWS:
        longest, most = most, max(4, FRAME_ROWS // len(lengths))
        note = f"the interactive face holds about {most:,} of up to {longest:,} points a line"
    frame = _Frame()
    for d in drawn:
        frame.add_mean(d.members.label, d.band, thin(d.band.x, d.band.mean, most))
        for run, line, times, steps in zip(d.members.runs, d.lines, d.times, d.steps, strict=True):
            blank = np.full(len(line), np.nan)
            frame.add_run(
                d.members.label,
                keys[run.source, run.id],
                line,
                thin(line.x, line.values, most),
                blank if times is None else times,
                blank if steps is None else steps,
            )
    return frame.columns(field), note


class _Frame:
    """Collects the rows of the tidy frame."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {
            name: [] for name in ("group", "run", "x", "value", "low", "high", "n", "step", "time")
        }

    def add_mean(self, label: str, band: Band, at: NDArray[np.int64]) -> None:
        empty: list[Any] = [None] * len(at)
        self._add(label, "", band.x[at], _there(band.mean[at]), _there(band.low[at]), _there(band.high[at]))
        self.rows["n"] += band.n[at].tolist()
        self.rows["step"] += empty
        self.rows["time"] += empty

    def add_run(
        self,
        label: str,
        key: str,
        line: Line,
        at: NDArray[np.int64],
        times: NDArray[np.float64],
        steps: NDArray[np.float64],
    ) -> None:
        empty: list[Any] = [None] * len(at)
        self._add(label, key, line.x[at], [number(v) for v in line.values[at].tolist()], empty, empty)
        self.rows["n"] += [1] * len(at)
        self.rows["time"] += _there(times[at])
        self.rows["step"] += [None if v is None else int(v) for v in _there(steps[at])]

    def _add(
        self, label: str, key: str, x: NDArray[np.float64], values: list[Any], low: list[Any], high: list[Any]
    ) -> None:
        whole = bool((x == x.round()).all()) and (not len(x) or abs(x).max() < 2**53)
        self.rows["group"] += [label] * len(x)
        self.rows["run"] += [key] * len(x)
        self.rows["x"] += [int(v) for v in x.tolist()] if whole else x.tolist()
        self.rows["value"] += values
        self.rows["low"] += low
        self.rows["high"] += high

    def columns(self, field: Field) -> dict[str, list[Any]]:
        """Give the columns; those beside x only where some point has them."""
        beside = {"step", "time"}
        return {
            name: values
            for name, values in self.rows.items()
            if name not in beside or (name != field.value and any(v is not None for v in values))
        }


def _there(values: NDArray[np.float64]) -> list[Any]:
    """Give numbers as a fact holds them, null where there is none; an infinite one is a fact too."""
    return [None if math.isnan(v) else number(v) for v in values.tolist()]
