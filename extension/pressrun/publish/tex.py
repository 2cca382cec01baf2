"""A document's body as LaTeX. Text from outside is escaped; formulas hold only what pandoc's TeX parser knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.lettering import escape_latex
from pressrun.panels.grid import Mark, Verdict
from pressrun.publish import faces, highlight, pandoc
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
from pressrun.publish.holes import Mark as Verdicts
from pressrun.publish.pandoc import raw, raw_block
from pressrun.publish.printing import bare, code_of, linked

if TYPE_CHECKING:
    from pressrun.panels.grid import Cell, Grid
    from pressrun.publish.document import Document
    from pressrun.publish.figures import Picture
    from pressrun.publish.pandoc import Node, Nodes

_SYMBOLS = {
    Verdicts.HOLDS: r"$\checkmark$",
    Verdicts.FAILS: r"$\times$",
    Verdicts.UNRESOLVED: r"$\approx$",
    Verdicts.UNSUPPORTED: "?",
    Verdicts.NOT_JUDGED: "--",
}
_DELTA = {Verdict.BETTER: r"$\uparrow$", Verdict.WORSE: r"$\downarrow$", Verdict.UNRESOLVED: r"$\approx$"}
_ALIGN = {"left": "l", "right": "r", "center": "c"}


class LatexBody:
    """Writes one document's blocks as LaTeX, and collects the images that they need, by file name."""

    def __init__(self, document: Document, folder: str) -> None:
        self.document = document
        self.files: dict[str, Picture] = {}
        self._folder = folder

    def blocks(self, blocks: Nodes) -> str:
        """Write blocks."""
        filled = self.document.fill(linked(self.document, blocks), self._fill)
        return pandoc.write(pandoc.rewrite(filled, self._visit), "latex", "--wrap=none", "--syntax-highlighting=none")

    def inlines(self, inlines: Nodes) -> str:
        """Write inlines."""
        return self.blocks([pandoc.plain(inlines)]).strip()

    def _visit(self, node: Node) -> Nodes | None:
        if node["t"] == "Div":
            (identifier, classes, _), content = node["c"]
            inner = pandoc.rewrite(content, self._visit)
            if "csl-entry" in classes:
                label = rf"\phantomsection\label{{{identifier}}}" if identifier else ""
                return [
                    raw_block("latex", rf"\begin{{pressrunreference}}{label}"),
                    *inner,
                    raw_block("latex", r"\end{pressrunreference}"),
                ]
            # What pandoc makes of references and of unknown classes needs its own template's definitions.
            return (
                [raw_block("latex", rf"\phantomsection\label{{{identifier}}}"), *inner] if identifier else list(inner)
            )
        if node["t"] == "Span" and not node["c"][0][0]:
            spanned: Nodes = pandoc.rewrite(node["c"][1], self._visit)
            return spanned
        return [] if node["t"] in {"RawBlock", "RawInline"} and node["c"][0] != "latex" else None

    def _fill(self, index: int, hole: Hole, content: Nodes) -> Nodes:
        match hole:
            case ValueHole(text=text):
                return [raw("latex", escape_latex(text))]
            case EquationHole(number=number, anchor=anchor):
                tex = content[0]["c"][1] if content and content[0]["t"] == "Math" else ""
                return [
                    raw("latex", f"\\begin{{equation}}\\tag{{{number}}}\\label{{{anchor}}}\n{tex}\n\\end{{equation}}")
                ]
            case FloatHole():
                return self._float(hole, content)
            case ClaimHole():
                return [raw_block("latex", _claim(hole))]
            case SourceHole(code=code):
                return self.face(code, "")
            case OutputHole(face=PictureFace() as face):
                return [raw("latex", self._image(face.picture, face.width))]
            case OutputHole():
                return self.face(hole.face, hole.alt)

    def _float(self, hole: FloatHole, content: Nodes) -> Nodes:
        body, caption = content[0]["c"][1], content[1]["c"][1]
        inlines = [inline for block in caption for inline in block["c"]]
        head = rf"\pressruncaption{{{hole.name}}}{{{hole.anchor}}}{{"
        titled = pandoc.plain([raw("latex", head), *inlines, raw("latex", "}")])
        inner = [node for face in hole.faces for node in self.face(face, hole.alt)] + body
        disclosures = dict.fromkeys(
            text for face in hole.faces if isinstance(face, PanelFace) and (text := faces.disclosure_of(face.fact))
        )
        foot = [raw_block("latex", rf"\pressrunnote{{{escape_latex(text)}}}") for text in disclosures]
        if hole.kind is Kind.FIGURE:
            opening = raw_block("latex", r"\begin{figure}[htbp]\centering")
            return [opening, *inner, titled, *foot, raw_block("latex", r"\end{figure}")]
        # Tables and listings may be longer than a page, so they do not float.
        return [titled, *inner, *foot]

    def face(self, face: Face, alt: str) -> Nodes:
        """Write a face as blocks."""
        match face:
            case PanelFace():
                return self._panel(face, alt)
            case PictureFace(picture=picture, width=width):
                return [raw_block("latex", self._image(picture, width))]
            case MarkupFace(blocks=blocks):
                return blocks
            case TextFace(text=text):
                return [raw_block("latex", highlight.to_latex(_bare(text), ""))]
            case CodeFace(text=text, language=language, note=note):
                foot = [raw_block("latex", rf"\pressrunnote{{{escape_latex(note)}}}")] if note else []
                return [raw_block("latex", highlight.to_latex(_bare(text), language)), *foot]
            case NoteFace(text=text):
                return [raw_block("latex", rf"\emph{{{escape_latex(text)}}}")]

    def _panel(self, face: PanelFace, alt: str) -> Nodes:
        if face.fact.get("kind") == "code":
            return self.face(code_of(face.fact), "")
        grid = faces.grid_of(face.fact)
        if grid is not None:
            return [raw_block("latex", _table(grid))]
        if face.picture is not None:
            return [raw_block("latex", self._image(face.picture, ""))]
        return self.face(NoteFace("This panel has no printed face; build the paper again."), alt)

    def _image(self, picture: Picture, width: str) -> str:
        suffix = picture.suffix if picture.suffix in {".png", ".jpg"} else ".pdf"
        name = f"{self._folder}/figure-{len(self.files) + 1}{suffix}"
        self.files[name] = picture
        if width.endswith("%"):
            return rf"\includegraphics[width={float(width[:-1]) / 100:g}\linewidth]{{{name}}}"
        return rf"\pressrunimage{{{name}}}"


def _bare(text: str) -> str:
    return "\n".join(bare(line) for line in text.split("\n"))


def _claim(hole: ClaimHole) -> str:
    fact = hole.fact
    rows = [rf"{escape_latex(term)}: {escape_latex(text)}" for term, text in faces.claim_rows(hole)]
    disclosure = faces.disclosure_of(fact)
    lines = [
        rf"\begin{{pressrunclaim}}\phantomsection\label{{{hole.anchor}}}%",
        rf"\textbf{{Claim {hole.number}}}\hfill\textbf{{{_SYMBOLS[hole.mark]} {hole.mark.word}}}\par",
        rf"{escape_latex(fact.get('statement', ''))}\par",
        rf"{{\small {escape_latex(fact.get('reason', ''))}\par}}",
        rf"{{\footnotesize {'; '.join(rows)}\par {escape_latex(disclosure)}\par}}",
        r"\end{pressrunclaim}",
    ]
    return "\n".join(lines)


def _table(grid: Grid) -> str:
    aligns = "".join(_ALIGN.get(column.align, "l") for column in grid.columns)
    heads = " & ".join(rf"\textbf{{{escape_latex(column.heading)}}}" for column in grid.columns)
    lines = [rf"\begin{{longtable}}{{{aligns}}}", r"\toprule", rf"{heads} \\", r"\midrule", r"\endhead"]
    for index, row in enumerate(grid.rows):
        if heading := grid.heading_at(index):
            lines.append(rf"\multicolumn{{{len(grid.columns)}}}{{l}}{{\emph{{{escape_latex(heading)}}}}} \\")
        label = escape_latex(row.cells[0].text) + (r" {\footnotesize(baseline)}" if row.baseline else "")
        lines.append(" & ".join([label, *(_cell(cell) for cell in row.cells[1:])]) + r" \\")
    lines += [r"\bottomrule", r"\end{longtable}"]
    lines += [rf"\pressrunnote{{{escape_latex(note)}}}" for note in grid.notes]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    text = escape_latex(cell.text)
    if cell.mark is Mark.BEST:
        text = rf"\textbf{{{text}}}"
    elif cell.mark is Mark.TIED:
        text += r"$^\dagger$"
    if cell.delta is not None:
        text += rf" {{\footnotesize {_DELTA[cell.delta.verdict]} {escape_latex(cell.delta.text)}}}"
    return text
