"""Parameters as they are given on the command line."""

from __future__ import annotations


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
