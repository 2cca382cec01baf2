"""Reads the histories behind curves into lines, and notes what a reader must know of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.errors import UsageError
from pressrun.lettering import count, listing, shorten
from pressrun.panels.axis import Field, NumberField, XField, places
from pressrun.panels.bands import Band, Line, aligned, average, line_of, resample
from pressrun.panels.selection import Members, Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pressrun.records import Run


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line of the panel: the runs that have points, their lines, and the mean over them."""

    members: Members
    lines: tuple[Line, ...]
    times: tuple[NDArray[np.float64] | None, ...]
    steps: tuple[NDArray[np.float64] | None, ...]
    band: Band


class LineReader:
    """Reads the histories of a selection and turns them into a fact."""

    def __init__(self, selection: Selection, metric: str, field: Field, log: bool) -> None:
        self.selection = selection
        self.metric = metric
        self.field = field
        self.log = log
        self.notes: list[str] = []
        self.gaps: dict[str, int] = {}
        self.repeats = 0
        self.placeless = 0

    def read(self) -> list[Drawn]:
        """Read the lines, and note what is left out."""
        selection = self.selection
        self.require_metric()
        drawn = []
        for members in selection.members:
            found = [(run, got) for run in members.runs if (got := self._line(run)) is not None]
            lines = [got[0] for _, got in found]
            if not lines:
                continue
            drawn.append(
                Drawn(
                    Members(members.label, tuple(run for run, _ in found)),
                    tuple(lines),
                    tuple(got[1] for _, got in found),
                    tuple(got[2] for _, got in found),
                    self.mean(lines),
                )
            )
        if self.field is XField.EPOCH and not drawn and any("no epoch" in e for e in selection.ledger.entries):
            raise UsageError(
                "no run has epochs", where="x", hint="log a metric named 'epoch' or put steps_per_epoch in the config"
            )
        self._say(drawn)
        return drawn

    def require_metric(self) -> None:
        """Raise MetricNotFoundError if there are runs and none has a history of the metric."""
        runs = self.selection.runs
        if runs and not any(self.metric in run.metrics for run in runs):
            from pressrun.runs.frames import no_such_metric

            raise no_such_metric(self.metric, list(runs.metrics), kind="history of")

    def _line(self, run: Run) -> tuple[Line, NDArray[np.float64] | None, NDArray[np.float64] | None] | None:
        import numpy as np

        ledger = self.selection.ledger
        series = self.selection.runs.series(run, self.metric) if self.metric in run.metrics else None
        if series is not None and not len(series) and run.metrics[self.metric]:
            raise UsageError(
                f"run {shorten(run.name or run.id)!r} came without its history",
                where="runs",
                hint="pass a run set, such as runs[:3] or runs.where(…); a list of single runs carries no histories",
            )
        if series is None or not len(series):
            ledger.leave_out(run, f"no {self.metric}")
            return None
        if not np.isfinite(series.values).any():
            ledger.leave_out(run, f"non-finite {self.metric}")
            return None
        assert isinstance(self.field, XField)
        where = places(self.field, self.selection.runs, run, series)
        if where is None or not np.isfinite(where).any():
            ledger.leave_out(run, f"no {self.field.value}")
            return None
        self.placeless += int(np.sum(~np.isfinite(where)))
        line, lost = line_of(where, series.values)
        self.repeats += lost - int(np.sum(~np.isfinite(where)))
        if gaps := int(np.sum(~np.isfinite(line.values))):
            self.gaps[run.id] = gaps
        times = self._beside(XField.TIME, run, series, where, line)
        steps = self._beside(XField.STEP, run, series, where, line)
        return line, times, steps

    def _beside(
        self, field: XField, run: Run, series: Any, where: NDArray[np.float64], line: Line
    ) -> NDArray[np.float64] | None:
        """Give another field's places for the points of a line."""
        if field is self.field:
            return None
        other = places(field, self.selection.runs, run, series)
        if other is None:
            return None
        return line_of(where, other)[0].values

    def mean(self, lines: Sequence[Line]) -> Band:
        """Give the mean over lines with its band; lines that share no places are interpolated first."""
        if self.field in (XField.EPOCH, XField.TIME) and not aligned(lines):
            self.notes.append(f"means over {self.field.value} are of runs interpolated between their points")
            return average(resample(lines))
        return average(lines)

    def _say(self, drawn: Sequence[Drawn]) -> None:
        """Note what a reader must know of the lines."""
        if self.gaps:
            total = sum(self.gaps.values())
            self.notes.append(f"{count(total, 'non-finite point')} of {count(len(self.gaps), 'run')} shown as gaps")
        if self.placeless:
            self.notes.append(f"{count(self.placeless, 'point')} without {self.field.value} left out")
        if self.repeats:
            self.notes.append(f"the last point stands for each {self.field.value}, {self.repeats} before it left out")
        if self.log:
            low = sum(int((line.values <= 0).sum()) for d in drawn for line in d.lines)
            if low:
                self.notes.append(f"{count(low, 'point')} at or below 0 left out on the log scale")
        if self.selection.grouped:
            single = [d.members.label for d in drawn if len(d.lines) == 1]
            if single:
                self.notes.append(f"one run and so no band: {listing(single, 3)}")
            ends = {float(line.x[-1]) for d in drawn if len(d.lines) > 1 for line in d.lines}
            uneven = any(len({float(line.x[-1]) for line in d.lines}) > 1 for d in drawn)
            if uneven and self.field is not XField.TIME:
                self.notes.append(
                    f"runs end at different {self.field.value}s ({min(ends):g} to {max(ends):g}); "
                    "a mean covers only the runs that have the point"
                )


class FinalReader(LineReader):
    """Reads each run's summary value as one point over a number of its configuration."""

    field: NumberField

    def require_metric(self) -> None:
        """Raise MetricNotFoundError if there are runs and none has a summary value of the metric."""
        runs = self.selection.runs
        if runs and all(value is None for _, value in runs.summaries(self.metric)):
            from pressrun.runs.frames import no_such_metric

            raise no_such_metric(
                self.metric, list(dict.fromkeys(k for run in runs for k in run.summary)), kind="summary value"
            )

    def _line(self, run: Run) -> tuple[Line, NDArray[np.float64] | None, NDArray[np.float64] | None] | None:
        import numpy as np

        from pressrun.runs.frames import number_at

        ledger = self.selection.ledger
        value, place = number_at(run, self.metric), number_at(run, self.field.value)
        if value is None:
            ledger.leave_out(run, f"no {self.metric}")
        elif not np.isfinite(value):
            ledger.leave_out(run, f"non-finite {self.metric}")
        elif place is None or not np.isfinite(place):
            ledger.leave_out(run, f"no number at {self.field.value}")
        else:
            return Line(np.array([place], dtype=np.float64), np.array([value], dtype=np.float64)), None, None
        return None

    def _say(self, drawn: Sequence[Drawn]) -> None:
        counts = sorted({int(k) for d in drawn for k in d.band.n})
        if counts:
            many = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
            self.notes.append(f"each point is the mean of {many} runs' final values")
        if self.log and (low := sum(int((line.values <= 0).sum()) for d in drawn for line in d.lines)):
            self.notes.append(f"{count(low, 'point')} at or below 0 left out on the log scale")


def reader_of(selection: Selection, metric: str, field: Field, log: bool) -> LineReader:
    """Give the reader for what curves are drawn over."""
    return (FinalReader if isinstance(field, NumberField) else LineReader)(selection, metric, field, log)
