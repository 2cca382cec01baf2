"""Ticks of logarithmic axes and of axes of time in plain words: matplotlib's own are mathematics, which is off."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pressrun.panels.numerals import MINUS

if TYPE_CHECKING:
    from matplotlib.axis import Axis

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def log_ticks(axis: Axis, decades: float | None = None) -> None:
    """Tick a logarithmic axis with plain numbers.

    Parameters
    ----------
    decades
        How many it spans, where that is known: few have ticks within a decade.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    within = 3.0 if decades is None else decades
    subs = (1.0,) if within > 2 else (1.0, 2.0, 5.0) if within > 0.7 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=9))
    axis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
    axis.set_minor_formatter(NullFormatter())


def power(value: float) -> str:
    """Write a number for a logarithmic axis: 0.01, 1000, 10⁻⁵, 2×10⁷."""
    if 1e-3 <= value < 1e5:
        return f"{value:g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    sign = "" if float(mantissa) == 1 else f"{float(mantissa):g}×"
    return f"{sign}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


#: Steps between ticks of time, in seconds: those of clocks and calendars.
DAY = 86_400
_STEPS = (
    1,
    5,
    15,
    30,
    60,
    300,
    900,
    1800,
    3600,
    10_800,
    21_600,
    43_200,
    *(DAY * n for n in (1, 2, 7, 14, 30, 91, 182)),
)


def time_ticks(axis: Axis, most: int = 4) -> None:
    """Tick an axis of seconds since 1970 with dates, or with times where it spans less than four days; UTC."""
    from matplotlib.ticker import FuncFormatter, Locator

    class Clock(Locator):
        """Ticks at whole hours, days and weeks."""

        def __call__(self) -> list[float]:
            return self.tick_values(*sorted(axis.get_view_interval()))

        def tick_values(self, vmin: float, vmax: float) -> list[float]:
            rough = (vmax - vmin) / max(1, most)
            year = 365 * DAY
            step = next((each for each in _STEPS if each >= rough), math.ceil(rough / year) * year)
            return [step * place for place in range(math.ceil(vmin / step), math.floor(vmax / step) + 1)]

    def write(value: float, _: object) -> str:
        low, high = axis.get_view_interval()
        return moment(value, abs(high - low))

    axis.set_major_locator(Clock())
    axis.set_major_formatter(FuncFormatter(write))


def moment(seconds: float, span: float) -> str:
    """Write a time for an axis that spans so many seconds, such as 2026-03-01 or 14:30; UTC."""
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return f"{seconds:g}".replace("-", MINUS)
    if span >= 4 * DAY:
        return at.strftime("%Y-%m-%d")
    return at.strftime("%m-%d %H:%M" if span >= DAY else "%H:%M" if span >= 300 else "%H:%M:%S")


def time_note(low: float, high: float) -> str:
    """Say what the ticks of an axis of time leave out: the day, and that times are UTC."""
    if high - low >= 4 * DAY:
        return ""
    if high - low >= DAY:
        return "UTC"
    return f"{moment((low + high) / 2, 4 * DAY)}, UTC"
