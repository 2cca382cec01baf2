"""How many digits of a number are printed: as many as its interval supports."""

from __future__ import annotations

import math

#: Significant digits of a number that has no interval.
_SIGNIFICANT = 4


def digits_for(half_width: float) -> int | None:
    """Give the decimals that keep two significant digits of an interval's half-width; None without a width."""
    if not math.isfinite(half_width) or half_width <= 0:
        return None
    return max(0, 1 - math.floor(math.log10(half_width)))


def print_number(value: float | None, half_width: float = math.nan, digits: int | None = None) -> str:
    """Print a number with a fixed number of decimals, or with those that its interval's half-width supports.

    Parameters
    ----------
    value
        Non-finite numbers are printed as "nan", "inf", "-inf".
    half_width
        Of the interval; NaN or 0 where there is none: four significant digits are printed then.
    digits
        Decimals, instead of those.
    """
    if value is None:
        return ""
    if not math.isfinite(value):
        return str(value)
    if half_width < abs(value) * 1e-12:
        half_width = math.nan  # narrower than rounding: not a width that digits could show
    if digits is None:
        digits = digits_for(half_width)
    if digits is None:
        return _significant(value)
    if value and (digits > 9 or abs(value) >= 1e15):
        kept = digits if math.isnan(half_width) else 1 - _exponent(half_width)
        return f"{value:.{min(max(kept + _exponent(value), 0), 15)}e}"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def _significant(value: float) -> str:
    if value == 0 or (float(value).is_integer() and abs(value) < 1e15):
        return f"{value:.0f}"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.{_SIGNIFICANT - 1}e}"
    text = f"{value:.{max(0, _SIGNIFICANT - 1 - _exponent(value))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value else 0
