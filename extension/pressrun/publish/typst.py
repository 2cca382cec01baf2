"""A document's body as Typst. Text from outside enters as string literals only, so none of it is ever markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pressrun.lettering import printable
from pressrun.panels.grid import Mark, Verdict
from pressrun.publish import faces, pandoc
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
from pressrun.publish.pandoc import raw, raw_block
from pressrun.publish.printing import bare, code_of, linked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.panels.grid import Cell, Grid
    from pressrun.publish.document import Document
    from pressrun.publish.figures import Picture
    from pressrun.publish.pandoc import Node, Nodes

#: Lines above which a float may run over a page's end.
_ONE_PAGE = 36
_DELTA = {Verdict.BETTER: ("▲", "holds"), Verdict.WORSE: ("▼", "fails"), Verdict.UNRESOLVED: ("≈", "unresolved")}


def quote(text: object) -> str:
    """Give text as a Typst string literal, for code; line breaks stay.

    A string literal ends at its quote and nowhere else, and only a backslash means anything in it: escaping those two
    is all that there is to do.
    """
    lines = [bare(line) for line in str(text).split("\n")]
    return '"' + "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'


def markup(text: object) -> str:
    """Give text for Typst's markup. The semicolon ends the expression, so what follows is never taken as part of it."""
    return f"#{quote(printable(text))};"


def array(items: list[str]) -> str:
    """Give a Typst array; one item alone needs its comma."""
    return "(" + "".join(item + ", " for item in items) + ")"


class TypstBody:
    """Writes one document's blocks as Typst, and collects the images that they need, by file name."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.files: dict[str, bytes] = {}

    def blocks(self, blocks: Nodes) -> str:
        """Write blocks."""
        filled = self.document.fill(linked(self.document, blocks), self._fill)
        return pandoc.write(pandoc.rewrite(filled, self._visit), "typst", "--wrap=none")

    def inlines(self, inlines: Nodes) -> str:
        """Write inlines."""
        return self.blocks([pandoc.plain(inlines)]).strip()

    def _visit(self, node: Node) -> Nodes | None:
        if node["t"] == "Div":
            (identifier, classes, _), content = node["c"]
            inner = pandoc.rewrite(content, self._visit)
            if "csl-entry" in classes:
                label = f" #label({quote(identifier)})" if identifier else ""
                return [raw_block("typst", "#pr-reference["), *inner, raw_block("typst", f"]{label}")]
            if any(word.startswith("callout-") for word in classes):
                return [raw_block("typst", "#pr-callout["), *inner, raw_block("typst", "]")]
        return [] if node["t"] in {"RawBlock", "RawInline"} and node["c"][0] != "typst" else None

    def _fill(self, index: int, hole: Hole, content: Nodes) -> Nodes:
        match hole:
            case ValueHole(text=text):
                return [raw("typst", markup(text))]
            case EquationHole():
                opening = f"#[#set math.equation(numbering: _ => {quote(f'({hole.number})')});"
                return [raw("typst", opening), *content, raw("typst", f" #label({quote(hole.anchor)})]")]
            case FloatHole():
                return self._float(hole, content)
            case ClaimHole():
                return [raw_block("typst", self._claim(hole))]
            case SourceHole(code=code):
                return self.face(code, "")
            case OutputHole(face=PictureFace() as face):
                return [raw("typst", self._image(face.picture, hole.alt, face.width))]
            case OutputHole():
                return self.face(hole.face, hole.alt)

    def _float(self, hole: FloatHole, content: Nodes) -> Nodes:
        body, caption = content[0]["c"][1], content[1]["c"][1]
        disclosures = dict.fromkeys(
            text for face in hole.faces if isinstance(face, PanelFace) and (text := faces.disclosure_of(face.fact))
        )
        above = "false" if hole.kind is Kind.FIGURE else "true"
        breakable = "true" if _lines(hole, body) > _ONE_PAGE else "false"
        inlines = [inline for block in caption for inline in block["c"]]
        inner = [node for face in hole.faces for node in self.face(face, hole.alt)] + body
        head = (
            f"#pr-figure({quote(hole.kind.word)}, {quote(hole.number)}, above: {above}, breakable: {breakable}, "
            f"disclosure: {array([quote(text) for text in disclosures])}, [#none;"
        )
        return [
            pandoc.plain([raw("typst", head), *inlines, raw("typst", "])[")]),
            *inner,
            raw_block("typst", f"] #label({quote(hole.anchor)})"),
        ]

    def face(self, face: Face, alt: str) -> Nodes:
        """Write a face as blocks."""
        match face:
            case PanelFace():
                return self._panel(face, alt)
            case PictureFace(picture=picture, width=width):
                return [raw_block("typst", self._image(picture, alt, width))]
            case MarkupFace(blocks=blocks):
                return blocks
            case TextFace(text=text, error=error):
                color = ', color: pr-verdicts.at("fails")' if error else ""
                return [raw_block("typst", f"#pr-text({quote(text)}{color})")]
            case CodeFace(text=text, language=language, note=note):
                lang = f", lang: {quote(language)}" if re.fullmatch(r"[A-Za-z0-9+#_-]+", language) else ""
                note = f", note: {quote(note)}" if note else ""
                return [raw_block("typst", f"#pr-code({quote(text)}{lang}{note})")]
            case NoteFace(text=text):
                return [raw_block("typst", f"#emph[{markup(text)}]")]

    def _panel(self, face: PanelFace, alt: str) -> Nodes:
        if face.fact.get("kind") == "code":
            return self.face(code_of(face.fact), "")
        grid = faces.grid_of(face.fact)
        if grid is not None:
            return [raw_block("typst", _table(grid))]
        if face.picture is not None:
            return [raw_block("typst", self._image(face.picture, alt or faces.description_of(face.fact), ""))]
        return self.face(NoteFace("This panel has no printed face; build the paper again."), "")

    def _image(self, picture: Picture, alt: str, width: str) -> str:
        name = f"figures/{len(self.files) + 1}{picture.suffix}"
        self.files[name] = picture.printable
        points = picture.points
        size = f", width: {width}" if width.endswith("%") else f", width: {points:g}pt" if points else ""
        if width.endswith("px"):
            # A CSS pixel is a 96th of an inch.
            size = f", width: {min(float(width[:-2]) * 0.75, 440):g}pt"
        elif points and points > 440:
            size = ", width: 100%" if not width else size
        return f"#pr-image({quote(name)}, alt: {quote(printable(alt))}{size})"

    def _claim(self, hole: ClaimHole) -> str:
        fact: Mapping[str, Any] = hole.fact
        rows = [array([quote(term), quote(text)]) for term, text in faces.claim_rows(hole)]
        disclosure = faces.disclosure_of(fact)
        parts = [
            f"number: {quote(hole.number)}",
            f"verdict: {quote(hole.mark.key)}",
            f"symbol: {quote(hole.mark.symbol)}",
            f"word: {quote(hole.mark.word)}",
            f"statement: {quote(printable(fact.get('statement', '')))}",
            f"reason: {quote(printable(fact.get('reason', '')))}",
            f"rows: {array(rows)}",
            f"disclosure: {quote(disclosure) if disclosure else 'none'}",
        ]
        return f"#pr-claim({', '.join(parts)}) #label({quote(hole.anchor)})"


def _lines(hole: FloatHole, body: Nodes) -> int:
    """Estimate how many lines a float takes: one that fills a page must be allowed to break."""
    lines = sum(1 for node in pandoc.nodes_in(body) if node["t"] in {"Plain", "Para"}) // 2
    for face in hole.faces:
        match face:
            case TextFace(text=text) | CodeFace(text=text):
                lines += text.count("\n") + 1
            case MarkupFace(blocks=blocks):
                lines += sum(1 for node in pandoc.nodes_in(blocks) if node["t"] in {"Plain", "Para"}) // 2
            case PanelFace(fact=fact):
                grid = faces.grid_of(fact)
                lines += 2 * len(grid.rows) if grid else code_of(fact).text.count("\n")
            case PictureFace():
                lines += 15
    return lines


def _table(grid: Grid) -> str:
    aligns = array([column.align if column.align in {"left", "right", "center"} else "left" for column in grid.columns])
    heads = ", ".join(f"[{markup(column.heading)}]" for column in grid.columns)
    lines = [f"#align(center, table(columns: {len(grid.columns)}, align: {aligns},", f"  table.header({heads}),"]
    lines.append("  table.hline(),")
    for index, row in enumerate(grid.rows):
        if heading := grid.heading_at(index):
            lines.append(f"  table.cell(colspan: {len(grid.columns)}, inset: (top: 8pt))[_{markup(heading)}_],")
        label = markup(row.cells[0].text) + (" #pr-small[baseline]" if row.baseline else "")
        cells = [f"[{label}]", *(f"[{_cell(cell)}]" for cell in row.cells[1:])]
        lines.append("  " + ", ".join(cells) + ",")
    lines.append("))")
    lines += [f"#block(width: 100%, align(left, pr-small[{markup(note)}]))" for note in grid.notes]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    text = markup(cell.text)
    if cell.mark is Mark.BEST:
        text = f"*{text}*"
    elif cell.mark is Mark.TIED:
        text += "†"
    if cell.delta is not None:
        symbol, color = _DELTA[cell.delta.verdict]
        text += (
            f"#linebreak()#text(size: 7.6pt, fill: pr-verdicts.at({quote(color)}))"
            f'[#text(font: "DejaVu Sans Mono", {quote(symbol)}) {markup(cell.delta.text)}]'
        )
    return text
