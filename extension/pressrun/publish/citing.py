"""How to cite a paper: a BibTeX entry made from its front matter."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pressrun.lettering import printable

if TYPE_CHECKING:
    from pressrun.build.frontmatter import FrontMatter

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "$": r"\$",
}


def bibtex(front: FrontMatter, title: str) -> str:
    """Give the paper's entry; a paper without authors has none, and the text is empty."""
    if not front.authors:
        return ""
    year = re.search(r"\b(1[89]|2[01])\d\d\b", front.date)
    fields = {
        "title": "{" + _escape(title) + "}",
        "author": " and ".join(_escape(author.name) for author in front.authors),
        "year": year[0] if year else "",
        "doi": _escape(str(front.raw.get("doi") or "")),
        "url": _escape(str(front.raw.get("url") or "")),
        "keywords": ", ".join(_escape(word) for word in front.keywords),
        "copyright": _escape(front.license),
    }
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@misc{{{_key(front, title, year[0] if year else '')},", *lines, "}"])


def _key(front: FrontMatter, title: str, year: str) -> str:
    family = (front.authors[0].name.split() or ["paper"])[-1]
    word = next((word for word in re.findall(r"\w+", title) if len(word) > 3), "paper")
    text = unicodedata.normalize("NFKD", family + year + word).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-zA-Z0-9]", "", text).lower() or "paper"


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in printable(text))
