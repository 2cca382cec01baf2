"""Values as strict JSON, and the digests taken over it: non-finite numbers are the strings "nan", "inf" and "-inf"."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

JsonNumber = float | int | str | None


def number(value: object) -> JsonNumber:
    """Give a number as a fact holds it: NaN and ±Inf as "nan", "inf", "-inf"; None stays None.

    Raises
    ------
    TypeError
        If the value is not a number.
    """
    if value is None:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is not a number")
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def plain(value: object) -> Any:
    """Give any config, summary or frame value as strict JSON, non-finite numbers as strings."""
    if value is None or isinstance(value, (str, int)) or (type(value) is float and math.isfinite(value)):
        return value
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value)


def canonical(value: object) -> str:
    """Give the one JSON text of a value: sorted keys, no spaces, strict numbers. What digests are taken over."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """Give "sha256:…" of the canonical JSON of a value."""
    return "sha256:" + hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
