"""The typed holes of a document: what is not prose, and is drawn by each format in its own way.

In the tree a hole is a container with a secret class and the hole's index, so that no author can forge one; its content
is prose that belongs to it (a caption, a fallback) and that pandoc must still write.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.publish.figures import Picture
    from pressrun.publish.pandoc import Nodes


class Kind(Enum):
    """What can be labelled, numbered and referred to."""

    FIGURE = ("fig", "Figure")
    TABLE = ("tbl", "Table")
    LISTING = ("lst", "Listing")
    EQUATION = ("eq", "Equation")
    SECTION = ("sec", "Section")
    CLAIM = ("clm", "Claim")

    @property
    def prefix(self) -> str:
        """The start of its labels, before the hyphen."""
        return self.value[0]

    @property
    def word(self) -> str:
        """What readers call it."""
        return self.value[1]

    @classmethod
    def of(cls, label: str) -> Kind | None:
        """Give the kind that a label is of; None when it is not a cross-reference's label."""
        prefix, hyphen, rest = label.partition("-")
        if not (hyphen and rest):
            return None
        return next((kind for kind in cls if kind.prefix == prefix.lower()), None)


class Mark(Enum):
    """A claim's verdict as readers see it: a word, a symbol and a colour, never a colour alone."""

    HOLDS = ("holds", "✓", "Holds")
    FAILS = ("fails", "✗", "Fails")
    UNRESOLVED = ("unresolved", "?", "Unresolved")
    UNSUPPORTED = ("unsupported", "∅", "Unsupported")
    #: Of a preview's claims whose cells were not run: no verdict at all.
    NOT_JUDGED = ("", "–", "Not judged yet")

    @property
    def key(self) -> str:
        """The verdict as facts spell it."""
        return self.value[0]

    @property
    def symbol(self) -> str:
        """The symbol."""
        return self.value[1]

    @property
    def word(self) -> str:
        """The word."""
        return self.value[2]

    @classmethod
    def of(cls, verdict: object) -> Mark:
        """Give the mark of a verdict; what is no verdict counts as unsupported."""
        return next((mark for mark in cls if mark.key == verdict), cls.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class PanelFace:
    """A panel's fact with its printed face."""

    fact: Mapping[str, Any]
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class PictureFace:
    """An image."""

    picture: Picture
    width: str = ""


@dataclass(frozen=True, slots=True)
class MarkupFace:
    """HTML that a cell gave: sanitised for HTML, and as a tree for the other formats."""

    html: str
    blocks: Nodes


@dataclass(frozen=True, slots=True)
class TextFace:
    """Text that a cell printed, or the result of its last line."""

    text: str
    stream: str = ""
    error: bool = False


@dataclass(frozen=True, slots=True)
class CodeFace:
    """Source code."""

    text: str
    language: str
    first_line: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class NoteFace:
    """A sentence that stands where something cannot be shown."""

    text: str


Face = PanelFace | PictureFace | MarkupFace | TextFace | CodeFace | NoteFace


@dataclass(frozen=True, slots=True)
class ValueHole:
    """An inline value. `fact` is None for a plain result, which no run vouches for."""

    text: str
    expression: str
    fact: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class FloatHole:
    """A numbered figure, table or listing. Its content is a body container and a caption container."""

    kind: Kind
    number: int
    anchor: str
    faces: tuple[Face, ...]
    alt: str = ""

    @property
    def name(self) -> str:
        """For example "Figure 2"."""
        return f"{self.kind.word} {self.number}"


@dataclass(frozen=True, slots=True)
class OutputHole:
    """What a cell or the prose shows without a number; a picture stands within a paragraph, all else between them."""

    face: Face
    alt: str = ""


@dataclass(frozen=True, slots=True)
class SourceHole:
    """The source of a cell whose code is shown; folded where `summary` is not empty."""

    code: CodeFace
    summary: str = ""


@dataclass(frozen=True, slots=True)
class ClaimHole:
    """A claim with its number, and the place that it stands at."""

    number: int
    anchor: str
    fact: Mapping[str, Any]
    where: str = ""

    @property
    def mark(self) -> Mark:
        """The verdict as readers see it."""
        return Mark.of(self.fact.get("verdict"))


@dataclass(frozen=True, slots=True)
class EquationHole:
    """A numbered equation. Its content is the formula."""

    number: int
    anchor: str


Hole = ValueHole | FloatHole | OutputHole | SourceHole | ClaimHole | EquationHole
