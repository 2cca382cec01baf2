"""How text that others wrote is shown: cleaned of what no face can print, shortened, and escaped for each format."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Characters of a run's or group's name that a static face prints; the fact holds the whole.
NAME_LENGTH = 40

#: Explicit direction marks: they would reorder the text around a name, and show nothing themselves.
_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

#: Words that no reader of markdown takes for anything else, with single signs inside.
_PLAIN = re.compile(r"[^\W_]+(?:[-_.=/+ ][^\W_]+)*")

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "`": r"\textasciigrave{}",
        "'": r"\textquotesingle{}",
        # A row that begins with a bracket or a star would be read as an option of the `\\` before it.
        "[": "{[}",
        "]": "{]}",
        "*": "{*}",
        "−": "$-$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "Δ": r"$\Delta$",
        "†": r"$^\dagger$",
        "–": r"\textendash{}",
        "…": r"\dots{}",
        "↑": r"$\uparrow$",
        "↓": r"$\downarrow$",
        "∞": r"$\infty$",
        "—": r"\textemdash{}",
    }
)


def printable(text: object) -> str:
    """Give any text on one line, as every face can print it.

    Control characters and lone surrogates become U+FFFD, white space becomes a space, explicit direction marks go. What
    a reader would see as a letter or a sign stays.
    """
    shown = []
    for char in str(text):
        category = unicodedata.category(char)
        if char in _DIRECTION_MARKS:
            continue
        if char.isspace() or category in {"Zl", "Zp"}:
            shown.append(" ")
        elif category in {"Cc", "Cs"} or ord(char) & 0xFFFE == 0xFFFE:
            shown.append("\ufffd")
        else:
            shown.append(char)
    return "".join(shown).strip()


def shorten(text: object, length: int = NAME_LENGTH) -> str:
    """Give a text that is at most `length` characters long, the middle left out: names differ at their ends."""
    shown = printable(text)
    if len(shown) <= length:
        return shown
    head = (length - 1) * 2 // 3
    return shown[:head].rstrip() + "…" + shown[len(shown) - (length - 1 - head) :].lstrip()


def escape_html(text: object) -> str:
    """Escape text for HTML and SVG, in element content and in quoted attributes alike."""
    return html.escape(printable(text), quote=True)


def escape_latex(text: object) -> str:
    """Escape text for LaTeX: nothing in it is a command, in any argument or table cell."""
    # An empty group between two hyphens keeps TeX from setting a dash.
    return printable(text).translate(_LATEX).replace("--", "-{}-").replace("--", "-{}-")


def escape_markdown(text: object) -> str:
    """Escape text for prose and captions: no mark-up, maths, citation, inline value or link begins in it.

    Signs become numeric references, which every reader of markdown leaves alone; words and numbers stay as they are.
    """
    shown = printable(text)
    if _PLAIN.fullmatch(shown) and not shown.lower().startswith("www"):
        return shown
    return "".join(char if char.isalnum() or char == " " else f"&#{ord(char)};" for char in shown)


def quoted(text: str) -> str:
    """Give a text as a literal of Python, in double quotes unless single ones save escapes; all in it is visible."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    # repr of a text with both quotes, or with none, escapes backslashes and what cannot be printed.
    plain = "".join(repr(c)[1:-1] if c not in "'\"" else c for c in text)
    return quote + plain.replace(quote, "\\" + quote) + quote


def reads_backwards(text: str) -> bool:
    """Tell whether a text has letters that are written from right to left."""
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text)


def storable(value: Any) -> Any:
    """Give strict JSON whose every text can be written as UTF-8: lone surrogates become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") if not value.isascii() else value
    if isinstance(value, dict):
        return {storable(k): storable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [storable(v) for v in value]
    return value


def count(number: int, noun: str) -> str:
    """Give "1 run", "3 runs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listing(words: Iterable[str], limit: int = 5) -> str:
    """Give "a, b, c" of the first few, and how many more there are."""
    every = [shorten(w) for w in words]
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
