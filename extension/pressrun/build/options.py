"""Cell options: the `#| key: value` lines at the head of a code cell, as Quarto and MyST have them."""

from __future__ import annotations

import re
from typing import Any

from pressrun.build.frontmatter import load_yaml
from pressrun.errors import ConfigError

_LINE = re.compile(r"^[ \t]*#\|(?: (?P<spaced>.*)|(?P<tight>.*))$")

_LABEL = re.compile(r"^[A-Za-z][A-Za-z0-9_:.-]*$")


def parse_options(source: str, where: str = "cell options") -> tuple[dict[str, Any], str]:
    """Read the options at the head of a cell's source.

    The lines together are one YAML mapping, so a value may span lines. Only lines before the first line of code count.

    Returns
    -------
    The options, and the source without their lines.

    Raises
    ------
    ConfigError
        If the lines are not a YAML mapping, or the label is not one.
    """
    lines = source.split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    end = start
    texts: list[str] = []
    while end < len(lines) and (match := _LINE.match(lines[end].rstrip("\r"))):
        texts.append(match["spaced"] if match["spaced"] is not None else match["tight"])
        end += 1
    if not texts:
        return {}, source
    data = load_yaml("\n".join(texts), where)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError("are not `#| key: value` lines", where=where, hint="write, say, #| label: fig-accuracy")
    options = {str(key): value for key, value in data.items()}
    label = options.get("label")
    if label is not None and not (isinstance(label, str) and _LABEL.match(label)):
        raise ConfigError(
            f"label {label!r} is not a label", where=where, hint="begin with a letter; use letters, digits, - _ . :"
        )
    return options, "\n".join(lines[:start] + lines[end:])
