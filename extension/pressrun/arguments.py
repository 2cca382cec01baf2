"""Arguments of the public functions, checked where they come in: what is wrong is said in the caller's own words."""

from __future__ import annotations

import numbers
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from pressrun.errors import UsageError


def check_text(value: object, name: str, example: str) -> str:
    """Give a text back.

    Parameters
    ----------
    name
        What the caller calls the argument.
    example
        What to write instead.

    Raises
    ------
    UsageError
        If it is none.
    """
    if isinstance(value, str):
        return value
    raise UsageError(f"{name} is {describe(value)}, not a text", where=name, hint=f"write {example}")


def check_texts(value: object, name: str, example: str) -> list[str]:
    """Give one text, or several, as a list.

    Raises
    ------
    UsageError
        If it is something else.
    """
    if isinstance(value, str):
        return [value]
    items: list[Any] = list(value) if isinstance(value, Iterable) else [value]
    if not all(isinstance(item, str) for item in items) or isinstance(value, bytes):
        raise UsageError(f"{name} is {describe(value)}, not a text or a list of texts", where=name, hint=example)
    return items


def check_choice(value: object, name: str, choices: Collection[str]) -> str:
    """Give one of some words back.

    Raises
    ------
    UsageError
        If it is none of them.
    """
    if isinstance(value, str) and value in choices:
        return value
    raise UsageError(f"{name} is {describe(value)}", where=name, hint=f"known: {', '.join(choices)}")


def check_flag(value: object, name: str) -> bool:
    """Give a truth value, numpy's among them, as Python's.

    Raises
    ------
    UsageError
        If it is none.
    """
    if isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_")):
        return bool(value)
    raise UsageError(f"{name} is {describe(value)}, neither true nor false", where=name, hint=f"write {name}=True")


def check_decimals(value: object, most: int) -> int | None:
    """Give a number of decimals, None for those that the data decide.

    Raises
    ------
    UsageError
        If it is no whole number from 0 to the most.
    """
    if value is None:
        return None
    if not isinstance(value, bool) and isinstance(value, numbers.Integral) and 0 <= int(value) <= most:
        return int(value)
    raise UsageError(
        f"digits is {describe(value)}, not a number from 0 to {most}",
        where="digits",
        hint="write how many decimals to print, or leave it out",
    )


def check_number(value: object, name: str, hint: str) -> float:
    """Give a real number, or anything that counts as one, such as a scalar of numpy or a value of a paper, as a float.

    Raises
    ------
    UsageError
        If it is none; a truth value is none.
    """
    if hasattr(value, "__float__") and not isinstance(value, bool):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            # A whole array counts as no number; neither does an integer that no float holds.
            pass
    raise UsageError(f"the {name} is {describe(value)}, not a number", where=name, hint=hint)


def check_path(value: object, name: str, example: str) -> Path:
    """Give a path that a file system can hold.

    Raises
    ------
    UsageError
        If it is neither a text nor a path, or has characters that no file's name can have.
    """
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        if isinstance(text, str):
            check_writable(text, name)
            return Path(text)
    raise UsageError(f"{name} is {describe(value)}, not a path", where=name, hint=f"write {example}")


def check_writable(text: str, name: str) -> None:
    """Refuse a text that cannot be the name of any file.

    Raises
    ------
    UsageError
        If it has a null character, or half of one that takes two.
    """
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise UsageError(f"{name} {ascii(text)[:80]} cannot be the name of a file", where=name, hint="name another")


def describe(value: object) -> str:
    """Say what a value is: short ones as they are written, others by their type."""
    text = ascii(value) if value is None or isinstance(value, (bool, int, float, str, bytes)) else ""
    return text if text and len(text) <= 60 else f"of type {type(value).__name__}"
