"""How numbers are printed: as many digits as the data carry, the same in a whole column."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What stands where there is no number.
MISSING = "—"
MINUS = "−"
#: Significant digits of a number that has no interval.
SIGNIFICANT = 4
MOST_DECIMALS = 12


def decimals_for(values: Sequence[float], halves: Sequence[float] = ()) -> int:
    """Give the decimals of a column.

    Half-widths of intervals show at least two significant digits, those far narrower than the column's usual one
    excepted; where there is none, the greatest value shows four. Negative where not even the ones matter.

    Parameters
    ----------
    values, halves
        The column's numbers and half-widths; those that are not finite or 0 count for nothing.
    """
    widths = sorted(h for h in halves if math.isfinite(h) and h > 0)
    if widths:
        # The median's neighbours count; a row whose spread is next to nothing does not lengthen all others.
        median = widths[len(widths) // 2]
        narrow = next(width for width in widths if width >= median / 5)
        return min(MOST_DECIMALS, 1 - _exponent(narrow, 2))
    sizes = [abs(v) for v in values if math.isfinite(v) and v != 0]
    if not sizes:
        return 0
    if all(v == int(v) for v in sizes) and max(sizes) < 1e15:
        return 0
    return min(MOST_DECIMALS, max(0, SIGNIFICANT - 1 - _exponent(max(sizes), SIGNIFICANT)))


def _exponent(size: float, digits: int) -> int:
    """Give the power of ten of a number once it is rounded: 0.0996 at two digits is 0.10, and its power -1."""
    return int(f"{size:.{digits - 1}e}".rpartition("e")[2])


def fixed(value: float, decimals: int) -> str:
    """Give a number with so many decimals and a true minus sign; never "−0.00".

    Numbers that would have a long row of zeros are in scientific notation.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if size >= 1e9 or (decimals > 8 and 0 < size < 1e-4):
        return scientific(value, max(1, decimals + _exponent(size, 6)))
    text = f"{value:.{max(0, decimals)}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def scientific(value: float, decimals: int = 2) -> str:
    """Give a number as 1.23e−5."""
    mantissa, _, power = f"{value:.{min(decimals, 6)}e}".partition("e")
    return f"{mantissa}e{int(power)}".replace("-", MINUS)


def measured(value: float, half: float | None, decimals: int, *, strict: bool = False) -> str:
    """Give "0.981 ± 0.012", or the number alone where there is no interval.

    A half-width that would round to nothing at the column's decimals gets those that it needs, unless they are strict:
    "0.02 ± 0.00" would say that the data do not vary.
    """
    if half is None or not math.isfinite(half) or not math.isfinite(value):
        return fixed(value, decimals)
    if not strict and half and not fixed(half, decimals).strip("0."):
        decimals = decimals_for([value], [half])
    return f"{fixed(value, decimals)} {half_width(half, decimals)}"


def half_width(half: float, decimals: int) -> str:
    """Give "± 0.012"; "± 0" where the data do not vary, as against a width that rounds to nothing."""
    return f"± {fixed(half, decimals) if half else 0}"


def signed(value: float, decimals: int) -> str:
    """Give a difference with its sign."""
    text = fixed(value, decimals)
    return text if value <= 0 or text.startswith(MINUS) or math.isnan(value) else f"+{text}"


def plain_number(value: float) -> str:
    """Give a number that stands alone, such as a step or a setting, with six significant digits at most."""
    if isinstance(value, int) or (math.isfinite(value) and value == int(value) and abs(value) < 1e15):
        return str(int(value)).replace("-", MINUS)
    if not math.isfinite(value):
        return fixed(value, 0)
    mantissa, mark, power = f"{value:.6g}".partition("e")
    return (mantissa + (f"e{int(power)}" if mark else "")).replace("-", MINUS)


def moment(seconds: float) -> str:
    """Give a time, in seconds since 1970, as a date and a time of day in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """Give how long something took in its two largest units: "3 h 05 min", "4 min 10 s", "1.23 s"."""
    if seconds < 59.95:
        return f"{plain_number(float(f'{seconds:.3g}'))} s"
    whole = round(seconds)
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{hours // 24} d {hours % 24:02d} h"
