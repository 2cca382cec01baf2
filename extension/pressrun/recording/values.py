"""What may be recorded: numbers for metrics, JSON for configs and summaries, and both ways of non-finite numbers."""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Mapping
from enum import Enum
from os import PathLike, fspath
from typing import Any

from pressrun.errors import UsageError

#: Nesting of a config beyond which it is taken for an object that contains itself.
DEPTH = 50

_INT64 = 2**63
_EXACT = 2**53
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def metric_number(name: object, value: Any) -> float | int:
    """Give a metric's value as a Python number; scalars of numpy, torch and the like are unwrapped.

    Raises
    ------
    UsageError
        If the name is no text or the value no number; the message names the metric.
    """
    if not isinstance(name, str):
        raise UsageError(f"the metric's name {name!r} is not a text", where="log", hint='write log({"loss": 0.1})')
    number = value
    if hasattr(number, "item"):
        try:
            number = number.item()
        except (ValueError, RuntimeError, TypeError) as error:
            raise _no_number(name, value) from error
    if isinstance(number, int) and -_EXACT <= number <= _EXACT:
        return int(number)
    if isinstance(number, (str, bytes, bytearray, complex)) or not hasattr(number, "__float__"):
        raise _no_number(name, value)
    try:
        return float(number)
    except (ValueError, TypeError, OverflowError) as error:
        raise _no_number(name, value) from error


def _no_number(name: str, value: object) -> UsageError:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    return UsageError(
        f"the metric {name!r} got {shown}, a {type(value).__name__} and not a single number",
        where="log",
        hint="log one number a metric; texts belong in run.summary or run.config, files in run.save_artifact",
    )


def step_number(step: Any) -> int:
    """Give a step as an int; whole floats are accepted.

    Raises
    ------
    UsageError
        If it is not a whole number of 64 bits.
    """
    try:
        if hasattr(step, "item"):
            step = step.item()
        if isinstance(step, float) and step.is_integer():
            step = int(step)
        number = operator.index(step)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"the step {step!r} is not a whole number", where="log", hint="write step=3") from error
    if not -_INT64 <= number < _INT64:
        raise UsageError(f"the step {number} does not fit 64 bits", where="log")
    return number


def clock_time(time: Any) -> float:
    """Give a time as finite seconds since 1970-01-01 UTC.

    Raises
    ------
    UsageError
        If it is not a finite number.
    """
    try:
        number = float(time)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the time {time!r} is not a number of seconds", where="log") from error
    if not math.isfinite(number):
        raise UsageError(f"the time {time!r} is not finite", where="log")
    return number


def clean_text(text: str) -> str:
    r"""Give text that every file and database can hold: lone surrogates become `\udcff` as it is written."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def recordable(value: Any, where: str, depth: int = 0) -> Any:
    """Give any config or summary value as strict JSON; what JSON has no form for is recorded as its text.

    Raises
    ------
    UsageError
        If the value contains itself.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(str(value))
    if depth > DEPTH:
        raise UsageError(f"nested more than {DEPTH} deep", where=where, hint="record the parts that matter")
    if isinstance(value, Enum):
        return recordable(value.value, where, depth + 1)
    if isinstance(value, (int, float)):
        return _strict(value)
    if isinstance(value, Mapping):
        return {clean_text(str(k)): recordable(v, where, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [recordable(v, where, depth + 1) for v in value]
    if isinstance(value, (set, frozenset)):
        return [recordable(v, where, depth + 1) for v in sorted(value, key=repr)]
    return _foreign(value, where, depth)


def _strict(value: int | float) -> Any:
    if isinstance(value, float):
        number = float(value)
        if math.isnan(number):
            return "nan"
        return number if math.isfinite(number) else ("inf" if number > 0 else "-inf")
    number = int(value)
    # Python refuses to write ints of more than 4,300 digits in decimal.
    return number if number.bit_length() < 10_000 else hex(number)


def _foreign(value: Any, where: str, depth: int) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return recordable(_fields(value), where, depth + 1)
    if isinstance(value, PathLike):
        return clean_text(str(fspath(value)))
    if hasattr(value, "tolist") and callable(value.tolist):
        return recordable(value.tolist(), where, depth + 1)
    if callable(value) and hasattr(value, "__qualname__"):
        return clean_text(f"{getattr(value, '__module__', '')}.{value.__qualname__}")
    return clean_text(str(value))


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def as_mapping(value: Any, where: str) -> dict[str, Any]:
    """Give a config as people pass it (mapping, argparse namespace, data class) as a dict of strict JSON.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    if value is None:
        return {}
    if not isinstance(value, (Mapping, type)):
        if dataclasses.is_dataclass(value):
            value = _fields(value)
        elif hasattr(value, "__dict__") and not callable(value):
            value = vars(value)
    if not isinstance(value, Mapping):
        raise UsageError(f"{value!r} is not a mapping", where=where, hint=f'write {where}={{"C": 10}}')
    recorded = recordable(value, where)
    assert isinstance(recorded, dict)
    return recorded


def restored(value: Any) -> Any:
    """Give recorded JSON with "nan", "inf" and "-inf" as the floats that they stand for."""
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, dict):
        return {k: restored(v) for k, v in value.items()}
    if isinstance(value, list):
        return [restored(v) for v in value]
    return value
