"""The horizontal axis of curves: steps as logged, epochs, seconds since a run began, or a number of the config."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from pressrun.errors import UsageError
from pressrun.runs.frames import number_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pressrun.records import Run, Series
    from pressrun.runs.runset import RunSet

#: The metric that holds epochs where a logger writes them, as Lightning and the Hugging Face trainer do.
EPOCH = "epoch"
#: Config entries that say how many steps an epoch has.
STEPS_PER_EPOCH = ("config.steps_per_epoch", "config.batches_per_epoch", "config.iterations_per_epoch")


class XField(Enum):
    """What curves are drawn over."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"

    @property
    def label(self) -> str:
        """The axis label."""
        return "time since start (s)" if self is XField.TIME else self.value


@dataclass(frozen=True, slots=True)
class NumberField:
    """A number that each run has one of, such as "config.n_train": a run is then one point, its final value."""

    value: str

    @property
    def label(self) -> str:
        """The axis label."""
        return self.value.removeprefix("config.")


Field: TypeAlias = XField | NumberField


def parse_field(text: object) -> Field:
    """Read what an author wants curves drawn over.

    Raises
    ------
    UsageError
        If there is no such field.
    """
    if isinstance(text, str) and text.startswith(("config.", "config[", "summary.", "summary[")):
        return NumberField(text)
    try:
        return XField(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is nothing to draw over",
            where="x",
            hint='one of "step", "epoch", "time", or a number of the configuration such as "config.n_train"',
        ) from error


def places(field: XField, runs: RunSet, run: Run, series: Series) -> NDArray[np.float64] | None:
    """Give the x of each point of a series, NaN where it is not known; None if the run knows none at all.

    An epoch is the last one logged at or before the point's step, else the step over the steps of an epoch that the
    config names. Time counts from the run's start, where that is not known from the first point.
    """
    import numpy as np

    steps = series.steps.astype(np.float64)
    if field is XField.STEP:
        return steps
    if field is XField.EPOCH:
        return _epochs(runs, run, series)
    known = series.times[np.isfinite(series.times)]
    if not len(known):
        return None
    return series.times - (run.started if run.started is not None else float(known[0]))


def _epochs(runs: RunSet, run: Run, series: Series) -> NDArray[np.float64] | None:
    import numpy as np

    if EPOCH in run.metrics and len(epochs := runs.series(run, EPOCH)):
        at = np.searchsorted(epochs.steps, series.steps, side="right") - 1
        return np.where(at >= 0, epochs.values[np.maximum(at, 0)], np.nan)
    for address in STEPS_PER_EPOCH:
        each = number_at(run, address)
        if each is not None and np.isfinite(each) and each > 0:
            return series.steps / each
    return None
