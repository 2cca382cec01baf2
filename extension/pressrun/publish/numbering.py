"""Count figures, tables, listings, equations, sections and claims, and turn `@fig-…` into a numbered link.

One count serves all formats, so a reader of the PDF and a reader of the page speak of the same Figure 2.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressrun.errors import DocumentError
from pressrun.publish import pandoc
from pressrun.publish.findings import Findings
from pressrun.publish.holes import Kind
from pressrun.publish.pandoc import Node, Nodes, words

if TYPE_CHECKING:
    from collections.abc import Iterable

NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Target:
    """What a label stands for: its kind, its number as printed, and where it was given."""

    kind: Kind
    number: str
    where: str
    title: str = ""


@dataclass(slots=True)
class Numbering:
    """The counters and labels of one document."""

    findings: Findings = field(default_factory=Findings)
    targets: dict[str, Target] = field(default_factory=dict)
    _counts: Counter[Kind] = field(default_factory=Counter)
    _sections: list[int] = field(default_factory=list)

    def take(self, kind: Kind, label: str, where: str) -> tuple[int, str]:
        """Give the next number of a kind and the anchor of what bears it; without a label the anchor is made up.

        Raises
        ------
        DocumentError
            If the label is taken.
        """
        self._counts[kind] += 1
        number = self._counts[kind]
        if label and not self._register(label, Target(kind, str(number), where)):
            label = ""
        return number, label or f"{kind.word.lower()}-{number}"

    def section(self, level: int, label: str, title: str, where: str, *, numbered: bool) -> str:
        """Count a section and give its number, "" where sections bear none.

        Raises
        ------
        DocumentError
            If the label is taken.
        """
        number = ""
        if numbered:
            counts = (self._sections + [0] * level)[:level]
            counts[-1] += 1
            self._sections = counts
            number = ".".join(str(count) for count in counts)
        if Kind.of(label) is Kind.SECTION:
            self._register(label, Target(Kind.SECTION, number, where, title))
        return number

    def _register(self, label: str, target: Target) -> bool:
        if label in self.targets:
            error = DocumentError(
                f"label {label!r} is taken: {self.targets[label].where} has it too",
                where=target.where,
                hint="give each figure, table, listing, equation, section and claim its own label",
            )
            self.findings.meet(error)
            return False
        self.targets[label] = target
        return True

    def resolve(self, blocks: Nodes, where: str) -> Nodes:
        """Replace cross-references by numbered links; citations stay.

        Raises
        ------
        DocumentError
            If a reference leads nowhere, or stands in one bracket with a citation.
        """

        def visit(node: Node) -> Nodes | None:
            if node["t"] != "Cite":
                return None
            citations = node["c"][0]
            kinds = [Kind.of(citation["citationId"]) for citation in citations]
            if not any(kinds):
                return None
            if not all(kinds):
                keys = "; ".join("@" + citation["citationId"] for citation in citations)
                error = DocumentError(
                    f"[{keys}] mixes citations and cross-references", where=where, hint="write two brackets"
                )
                return [self.findings.mark(error, f"[{keys}]")]
            out: Nodes = []
            for index, citation in enumerate(citations):
                if index:
                    out += words(" and " if index == len(citations) - 1 else ", ")
                out += self._reference(citation, where)
            return out

        resolved: Nodes = pandoc.rewrite(blocks, visit)
        return resolved

    def _reference(self, citation: Node, where: str) -> Nodes:
        key = citation["citationId"]
        label = key[:1].lower() + key[1:]
        target = self.targets.get(label)
        if target is None:
            error = DocumentError(
                f"cross-reference @{key} leads nowhere", where=where, hint=nearest(label, self.targets, "labels")
            )
            return [self.findings.mark(error, f"@{key}")]
        prefix = citation["citationPrefix"]
        if target.kind is Kind.SECTION and not target.number:
            text = words(target.title)
        elif citation["citationMode"]["t"] == "SuppressAuthor":
            text = words(target.number)
        elif prefix:
            # As in Quarto, what the author writes before a reference takes the place of its name.
            text = [*prefix, {"t": "Str", "c": NBSP + target.number}]
        else:
            text = [{"t": "Str", "c": f"{target.kind.word}{NBSP}{target.number}"}]
        return [pandoc.link(text, f"#{label}", ["pr-xref"]), *citation["citationSuffix"]]


def nearest(key: str, known: Iterable[str], what: str, others: Iterable[str] = ()) -> str:
    """Say which known keys are nearest to one that is not; `others` may have been meant, but are no such keys."""
    names = list(known)
    close = difflib.get_close_matches(key, [*names, *others], n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join("@" + name for name in close) + "?"
    return f"known {what}: " + ", ".join("@" + name for name in sorted(names)[:8]) if names else f"there are no {what}"
