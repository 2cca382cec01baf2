"""Put a paper's cells together: prose and outputs become blocks with typed, numbered holes, in reading order."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.build.inline import expression_of
from pressrun.errors import DocumentError
from pressrun.publish import figures, pandoc, values
from pressrun.publish.findings import Findings, marked
from pressrun.publish.holes import (
    ClaimHole,
    CodeFace,
    EquationHole,
    Face,
    FloatHole,
    Hole,
    Kind,
    MarkupFace,
    NoteFace,
    OutputHole,
    PanelFace,
    PictureFace,
    SourceHole,
    TextFace,
    ValueHole,
)
from pressrun.publish.numbering import Numbering
from pressrun.publish.pandoc import Node, Nodes, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_EQUATION_LABEL = re.compile(r"\{#(eq-[A-Za-z0-9_:.-]+)\}(.*)")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_:.-]*")
_PANEL_KINDS = {"table": Kind.TABLE, "compare": Kind.TABLE, "code": Kind.LISTING}


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the table of contents; `level` 1 is the highest."""

    level: int
    number: str
    title: str
    anchor: str
    where: str = ""


@dataclass(slots=True)
class Composition:
    """The state of one pass over a paper: its counters, its holes, its sections.

    Parameters
    ----------
    folder
        The paper's folder: the only place that images are read from.
    numbered
        Whether sections bear numbers.
    findings
        Meets what is wrong.
    """

    folder: Path
    numbered: bool = False
    findings: Findings = field(default_factory=Findings)
    numbering: Numbering = field(init=False)
    holes: list[Hole] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    #: The class of this document's holes. Nobody can write it before it exists.
    token: str = field(default_factory=lambda: f"hole-{secrets.token_hex(8)}")

    def __post_init__(self) -> None:
        """Let the numbering meet what is wrong in the same way."""
        self.numbering = Numbering(self.findings)

    def block_hole(self, hole: Hole, content: Nodes | None = None) -> Node:
        """Make a hole that stands between paragraphs."""
        self.holes.append(hole)
        return pandoc.div(content or [], [self.token], hole=str(len(self.holes) - 1))

    def inline_hole(self, hole: Hole, content: Nodes | None = None) -> Node:
        """Make a hole that stands within a line."""
        self.holes.append(hole)
        return pandoc.span(content or [], [self.token], hole=str(len(self.holes) - 1))

    def float_hole(self, hole: FloatHole, body: Nodes, caption: Nodes) -> Node:
        """Make a numbered figure, table or listing."""
        return self.block_hole(hole, [pandoc.div(body), pandoc.div([pandoc.plain(caption)] if caption else [])])

    def prose(self, blocks: Nodes, cell: Mapping[str, Any], where: str, *, quoted: bool = False) -> Nodes:
        """Give a cell's clean prose with its values, images, equations, sections, tables and listings in place.

        Raises
        ------
        DocumentError
            If an image, a value or a label is not in order.
        """

        def visit(node: Node) -> Nodes | None:
            instead = self._quoted(node, cell, where) if quoted else None
            if instead is not None:
                return instead
            match node["t"]:
                case "Code" if not quoted and (expression := expression_of(node["c"][1])):
                    return [self._inline_value(expression, cell, where)]
                case "Image":
                    return [self._image(node, cell, where, quoted=quoted)]
                case "Figure":
                    return self._figure(node, cell, where, quoted=quoted)
                case "Table":
                    return self._table(node, cell, where, quoted=quoted)
                case "CodeBlock":
                    return [self._code_block(node, where, quoted=quoted)]
                case "Header":
                    # First its values, which the contents are to show as well.
                    node["c"][2] = self.prose(node["c"][2], cell, where)
                    self._header(node, where)
                case "RawBlock":
                    if node["c"][1].startswith("<table"):
                        from pressrun.publish.sanitise import clean_html

                        return [self.block_hole(OutputHole(MarkupFace(clean_html(node["c"][1]), [])))]
            return None

        if not quoted:
            blocks = pandoc.rewrite_lists(blocks, lambda nodes: self._equations(nodes, where))
        done: Nodes = pandoc.rewrite(blocks, visit)
        return done

    def _quoted(self, node: Node, cell: Mapping[str, Any], where: str) -> Nodes | None:
        """Give what a cell's own Markdown means otherwise than its author's: no citations, no place in the contents."""
        if node["t"] == "Cite":
            return self.prose(node["c"][1], cell, where, quoted=True)
        if node["t"] == "Header":
            strong: Node = {"t": "Strong", "c": self.prose(node["c"][2], cell, where, quoted=True)}
            return [pandoc.para(strong)]
        return None

    def _inline_value(self, expression: str, cell: Mapping[str, Any], where: str) -> Node:
        if not self.findings.strict and not values.is_evaluated(expression, cell.get("metadata", {})):
            # A build evaluates it: nothing is wrong.
            return marked(f"{expression}: not computed yet")
        try:
            return self.value(values.evaluated(expression, cell.get("metadata", {}), where))
        except DocumentError as error:
            return self.findings.mark(error, f"{expression}: failed")

    def value(self, hole: ValueHole) -> Node:
        """Make an inline value; its text stands where a format has nothing better."""
        return self.inline_hole(hole, words(hole.text))

    def _equations(self, nodes: Nodes, where: str) -> Nodes:
        """Find displayed formulas that are followed by `{#eq-…}`."""
        out: Nodes = []
        for node in nodes:
            match = _EQUATION_LABEL.fullmatch(node["c"]) if node["t"] == "Str" else None
            back = next((i for i in (-1, -2) if len(out) >= -i and out[i]["t"] == "Math"), None)
            if match and back and out[back]["c"][0]["t"] == "DisplayMath":
                number, anchor = self.numbering.take(Kind.EQUATION, match[1], where)
                formula = out[back]
                del out[back:]
                out.append(self.inline_hole(EquationHole(number, anchor), [formula]))
                out.extend(words(match[2]))
            else:
                out.append(node)
        return out

    def _picture(self, target: str, cell: Mapping[str, Any], where: str) -> figures.Picture:
        if target.startswith("attachment:"):
            return figures.attachment(cell.get("attachments") or {}, target.removeprefix("attachment:"), where)
        return figures.picture_at(target, self.folder, where)

    def _image(self, node: Node, cell: Mapping[str, Any], where: str, *, quoted: bool) -> Node:
        (_, _, pairs), alt, (target, _) = node["c"]
        if figures.is_remote(target):
            # What a page shows must be in it: nothing is fetched, neither now nor by the reader's browser.
            label = pandoc.text_of(alt) or "image"
            return pandoc.link(words(f"{label} (image on the network, not included)"), target, ["pr-remote"])
        try:
            picture = self._picture(target, cell, where)
        except DocumentError as error:
            if not quoted:
                return self.findings.mark(error, f"image {target}")
            # What a cell gave is not the author's to correct, and is no reason to publish nothing.
            return {"t": "Emph", "c": words(f"[{error.what}]")}
        face = PictureFace(picture, _width(dict(pairs)))
        return self.inline_hole(OutputHole(face, alt=pandoc.text_of(alt)))

    def _figure(self, node: Node, cell: Mapping[str, Any], where: str, *, quoted: bool) -> Nodes:
        (identifier, _, _), (_, caption), body = node["c"]
        image = next((n for n in pandoc.nodes_in(body) if n["t"] == "Image"), None)
        inlines = [inline for block in caption if block["t"] in {"Plain", "Para"} for inline in block["c"]]
        label = identifier or (image["c"][0][0] if image else "")
        if image is None or quoted or figures.is_remote(image["c"][2][0]) or Kind.of(label) is None:
            return self.prose(body, cell, where, quoted=quoted)
        face: Face
        try:
            picture = self._picture(image["c"][2][0], cell, where)
            face = PictureFace(picture, _width(dict(image["c"][0][2])))
        except DocumentError as error:
            self.findings.meet(error)
            face = NoteFace(error.what)
        alt = dict(image["c"][0][2]).get("alt") or pandoc.text_of(inlines)
        caption = self.prose(inlines, cell, where)
        return [self.float_of((face,), Kind.FIGURE, label, caption, where, alt=alt)]

    def _table(self, node: Node, cell: Mapping[str, Any], where: str, *, quoted: bool) -> Nodes | None:
        (identifier, _, _), (_, caption), *_ = node["c"]
        inlines = [inline for block in caption if block["t"] in {"Plain", "Para"} for inline in block["c"]]
        if quoted or not (inlines or identifier):
            return None
        node = {"t": "Table", "c": [["", [], []], [None, []], *node["c"][2:]]}
        body = {key: self.prose(part, cell, where) if key == "c" else part for key, part in node.items()}
        label = identifier if Kind.of(identifier) else ""
        number, anchor = self.numbering.take(Kind.TABLE, label, where)
        hole = FloatHole(Kind.TABLE, number, anchor, ())
        return [self.float_hole(hole, [body], self.prose(inlines, cell, where))]

    def _code_block(self, node: Node, where: str, *, quoted: bool) -> Node:
        (identifier, classes, pairs), text = node["c"]
        face = CodeFace(text, classes[0].strip("{}") if classes else "")
        if Kind.of(identifier) is Kind.LISTING and not quoted:
            return self.float_of((face,), Kind.LISTING, identifier, words(dict(pairs).get("lst-cap", "")), where)
        return self.block_hole(OutputHole(face))

    def _header(self, node: Node, where: str) -> None:
        level, attributes, inlines = node["c"]
        previous = self.sections[-1].level if self.sections else 0
        level = node["c"][0] = min(level, previous + 1)
        unnumbered = {"unnumbered", "-"} & set(attributes[1])
        title = pandoc.text_of(inlines)
        taken = {section.anchor for section in self.sections}
        anchor = attributes[0] or "section"
        if anchor in taken and Kind.of(anchor) is None:
            anchor = next(f"{anchor}-{n}" for n in range(2, len(taken) + 3) if f"{anchor}-{n}" not in taken)
        attributes[0] = anchor
        numbered = self.numbered and not unnumbered
        number = self.numbering.section(level, anchor, title, where, numbered=numbered)
        self.sections.append(Section(level, number, title, anchor, where))
        if number:
            node["c"][2] = [pandoc.span(words(number), ["pr-secno"]), {"t": "Space"}, *inlines]

    def float_of(
        self, faces: tuple[Face, ...], kind: Kind, label: str, caption: Nodes, where: str, *, alt: str = ""
    ) -> Node:
        """Make a float of what is shown, with the next number and its caption.

        Raises
        ------
        DocumentError
            If the label is taken, or no label.
        """
        if label and not _LABEL.fullmatch(label):
            hint = "begin with a letter; letters, digits, - _ . :"
            self.findings.meet(DocumentError(f"label {label!r} is not a label", where=where, hint=hint))
            label = ""
        number, anchor = self.numbering.take(Kind.of(label) or kind, label, where)
        if not alt and isinstance(faces[0], PictureFace):
            alt = pandoc.text_of(caption) or f"{kind.word} {number}"
        return self.float_hole(FloatHole(Kind.of(label) or kind, number, anchor, faces, alt), [], caption)

    def claim(self, fact: Mapping[str, Any], label: str, where: str) -> Node:
        """Make a claim's hole, with the next number.

        Raises
        ------
        DocumentError
            If the label is taken.
        """
        number, anchor = self.numbering.take(Kind.CLAIM, label, where)
        return self.block_hole(ClaimHole(number, anchor, fact, where))

    def source(self, code: CodeFace, summary: str) -> Node:
        """Show a cell's code."""
        return self.block_hole(SourceHole(code, summary))


def kind_of(face: Face) -> Kind | None:
    """Give what a face is numbered as when its author does not say; None for what bears no number of itself."""
    match face:
        case PanelFace(fact=fact):
            return _PANEL_KINDS.get(str(fact.get("kind")), Kind.FIGURE)
        case PictureFace():
            return Kind.FIGURE
        case MarkupFace():
            return Kind.TABLE
        case CodeFace() | TextFace():
            return Kind.LISTING
    return None


def _width(attributes: Mapping[str, str]) -> str:
    """Give a width that every format understands: a percentage of the text, or pixels; "" for the image's own."""
    text = attributes.get("width", "").strip()
    match = re.fullmatch(r"(\d{1,4}(?:\.\d+)?)\s*(%|px|)", text)
    if match:
        return f"{min(100.0, float(match[1])):g}%" if match[2] == "%" else f"{float(match[1]):g}px"
    return ""
