"""What an author needs of a document while writing it: numbers, labels, citations and what is wrong, by cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pressrun.publish import pandoc
from pressrun.publish.document import Document, place_of
from pressrun.publish.holes import EquationHole, FloatHole, Kind
from pressrun.publish.numbering import NBSP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from pressrun.publish.pandoc import Nodes

_VERDICTS = {"holds", "fails", "unresolved", "unsupported"}


class Outline:
    """The outline of one pass over an open document."""

    def __init__(self, document: Document, notebook: NotebookNode) -> None:
        self._document = document
        self._sources = [(str(cell["id"]), str(cell["source"])) for cell in notebook.cells]
        self._cells = {place_of(index, cell): str(cell["id"]) for index, cell in enumerate(notebook.cells)}

    def to_json(self) -> dict[str, Any]:
        """Give the outline as the server's `Outline`."""
        return {
            "title": self._document.title_text,
            "sections": [
                {
                    "title": section.title,
                    "level": section.level,
                    "number": section.number,
                    "anchor": section.anchor,
                    "cell": self.cell_at(section.where),
                }
                for section in self._document.sections
            ],
            "labels": self._labels(),
            "citations": self._citations(),
            "places": [
                {"keys": list(cited.keys), "text": cited.text, "cell": self.cell_at(cited.where)}
                for cited in self._document.cited
            ],
            "written": [
                {"written": written, "text": text}
                for written, text in {each.written: each.text for each in self._document.cited if each.written}.items()
            ],
            "front": self._front(),
            "entries": [{"key": key, "text": line_of(entry)} for key, entry in self._document.bibliography.items()],
            "claims": self._claims(),
            "problems": self.problems(),
        }

    def _front(self) -> dict[str, Any]:
        front = self._document.front
        return {
            "subtitle": str(front.raw.get("subtitle") or ""),
            "authors": [
                {"name": one.name, "affiliations": list(one.affiliations), "corresponding": one.corresponding}
                for one in front.authors
            ],
            "date": front.date,
            "abstract": pandoc.text_of(self._document.abstract),
            "keywords": list(front.keywords),
            "license": front.license,
        }

    def cell_at(self, where: str) -> str | None:
        """Give the id of the cell that a place is in; None for one that is in none."""
        if where.startswith("front matter"):
            return next(iter(self._cells.values()), None)
        # An error in a cell's options names a line besides.
        return self._cells.get(where.partition(", line")[0])

    def problems(self) -> list[dict[str, Any]]:
        """Give what would stop a build, or is not shown as it is meant, each once."""
        found = []
        for finding in self._document.findings:
            cell = self.cell_at(finding.where)
            what = finding.what if cell or not finding.where else f"{finding.where}: {finding.what}"
            found.append({"what": what, "hint": finding.hint, "cell": cell})
        for problem in self._document.problems:
            tex = problem.reason.partition(": ")[2]
            cell = next((cell for cell, source in self._sources if tex and tex in source), None)
            found.append({"what": f"{problem.where}: {problem.reason}", "hint": "", "cell": cell})
        return [one for index, one in enumerate(found) if one not in found[:index]]

    def _labels(self) -> list[dict[str, Any]]:
        captions = self._captions()
        found = []
        for label, target in self._document.targets.items():
            text = f"{target.kind.word}{NBSP}{target.number}"
            if target.kind is Kind.SECTION and not target.number:
                text = target.title
            found.append(
                {
                    "label": label,
                    "kind": target.kind.prefix,
                    "number": target.number,
                    "text": text.replace(NBSP, " "),
                    "caption": target.title or captions.get(label, ""),
                    "anchor": label,
                    "cell": self.cell_at(target.where),
                }
            )
        return found

    def _captions(self) -> dict[str, str]:
        """Give the caption of each float, the formula of each equation, and the statement of each claim, by anchor."""
        captions = {claim.anchor: str(claim.fact.get("statement", "")) for claim in self._document.claims}

        def fill(_index: int, hole: Any, content: Nodes) -> Nodes:
            if isinstance(hole, FloatHole):
                captions[hole.anchor] = pandoc.text_of(content[1])
            elif isinstance(hole, EquationHole):
                captions[hole.anchor] = pandoc.text_of(content)
            return content

        self._document.fill(self._document.blocks, fill)
        return captions

    def _citations(self) -> list[dict[str, str]]:
        """Give each key, as listed, with what is printed where it is cited alone, or else first, and its entry."""
        texts: dict[str, str] = {}
        alone = {cited.keys[0]: cited.text for cited in reversed(self._document.cited) if len(cited.keys) == 1}
        for cited in self._document.cited:
            for key in cited.keys:
                texts.setdefault(key, alone.get(key, cited.text))
        listed = self._document.references
        keys = [*(key for key in listed if key in texts), *(key for key in texts if key not in listed)]
        return [{"key": key, "text": texts[key], "entry": listed.get(key, "")} for key in keys]

    def _claims(self) -> list[dict[str, Any]]:
        found = []
        for claim in self._document.claims:
            verdict = claim.fact.get("verdict")
            found.append(
                {
                    "label": claim.anchor if claim.anchor in self._document.targets else "",
                    "number": str(claim.number),
                    "text": f"{Kind.CLAIM.word} {claim.number}",
                    "statement": str(claim.fact.get("statement", "")),
                    "verdict": verdict if verdict in _VERDICTS else None,
                    "reason": str(claim.fact.get("reason", "")),
                    "anchor": claim.anchor,
                    "cell": self.cell_at(claim.where),
                }
            )
        return found


def line_of(entry: Mapping[str, Any]) -> str:
    """Give a bibliography's entry, as CSL has it, in a line: who, when, what, where."""
    names = [_name(name) for name in entry.get("author") or entry.get("editor") or ()]
    people = (
        names[0] + " et al." if len(names) > 3 else " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    )
    year = _year(entry.get("issued"))
    parts = [f"{people} ({year})" if people and year else people or year]
    parts += [_plain(entry.get(key)) for key in ("title", "container-title")]
    return ". ".join(part for part in parts if part)


def _name(name: object) -> str:
    said = name if isinstance(name, dict) else {}
    return _plain(said.get("family") or said.get("literal") or said.get("given"))


def _year(issued: object) -> str:
    match issued:
        case {"date-parts": [[year, *_], *_]}:
            return str(year)
        case {"raw": str(text)} | {"literal": str(text)}:
            return text
    return ""


def _plain(text: object) -> str:
    """Give CSL's text without the few tags that it may hold."""
    return re.sub(r"</?(i|b|sub|sup|span)\b[^>]*>", "", text) if isinstance(text, str) else ""
