"""Parameters: their names, and their values as they are given on the command line."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Any

from pressrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What is a variable's name in every language that papermill knows.
_NAME = re.compile(r"[^\W\d][\w.]*")


def check_parameters(parameters: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Give parameters back if each name can be a variable's: papermill writes them into the notebook as code.

    Raises
    ------
    ConfigError
        If one cannot.
    """
    for name in parameters:
        if not _NAME.fullmatch(name) or keyword.iskeyword(name):
            raise ConfigError(
                f"{name!r} cannot be the name of a parameter", where=where, hint="name a variable of the notebook"
            )
    return parameters


def parse_parameter(text: str) -> bool | int | float | str | None:
    """Give a parameter's value as papermill's command line types it: True, False, None, int, float, or text."""
    words: dict[str, bool | None] = {"True": True, "False": False, "None": None}
    if text in words:
        return words[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
