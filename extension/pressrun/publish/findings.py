"""What is wrong with a document: for a publication raised at once, for a preview collected and marked in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressrun.publish import pandoc
from pressrun.publish.pandoc import words

if TYPE_CHECKING:
    from pressrun.errors import PressrunError
    from pressrun.publish.pandoc import Node

#: The class of what stands where something is wrong; only previews have any.
MARK = "pr-problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, where ("cell 3 (id)", "front matter", a file), and what to do."""

    what: str
    where: str
    hint: str


@dataclass(slots=True)
class Findings:
    """Meets what is wrong with a document.

    Parameters
    ----------
    strict
        Whether the first thing that is wrong ends the pass: a publication is in order or is none.
    """

    strict: bool = True
    found: list[Finding] = field(default_factory=list)

    def meet(self, error: PressrunError) -> None:
        """Raise an error, or note it and let the pass go on."""
        if self.strict:
            raise error
        self.found.append(Finding(error.what, error.where, error.hint))

    def mark(self, error: PressrunError, text: str) -> Node:
        """Raise an error, or note it and give what stands in the place that it is about."""
        self.meet(error)
        return marked(text)


def marked(text: str) -> Node:
    """Give a text that readers of a preview see to be no part of the paper."""
    return pandoc.span(words(text), [MARK])
