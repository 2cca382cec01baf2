"""Ticks of logarithmic axes and of axes of time in plain words: matplotlib's own are mathematics, which is off."""

from __future__ import annotations

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


def time_ticks(axis: Axis, most: int = 4) -> None:
    """Tick an axis of seconds since 1970 with dates, or with times where it spans less than two days; UTC."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def write(value: float, _: object) -> str:
        low, high = sorted(axis.get_view_interval())
        try:
            moment = datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            return f"{value:g}".replace("-", MINUS)
        span = high - low
        if span < 300:
            return moment.strftime("%H:%M:%S")
        if span < 86_400:
            return moment.strftime("%H:%M")
        return moment.strftime("%d %b %H:%M") if span < 4 * 86_400 else moment.strftime("%d %b %Y")

    axis.set_major_locator(MaxNLocator(most))
    axis.set_major_formatter(FuncFormatter(write))
