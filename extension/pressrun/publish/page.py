"""A document's holes and body as HTML. Everything that comes from outside is escaped here, or was sanitised before."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from pressrun.lettering import printable
from pressrun.publish import faces, highlight, pandoc, sanitise
from pressrun.publish.gridhtml import table as grid_table
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
from pressrun.publish.printing import code_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.publish.document import Document
    from pressrun.publish.pandoc import Node, Nodes

_STATES = {"current", "missing", "partial"}
#: Rows of the table that stands folded under a chart; a longer one is in the interactive panel alone.
MOST_ROWS = 200


class Page:
    """Writes one document as HTML.

    Our own markup does not pass pandoc or the sanitiser: it stands aside as pieces, with unguessable marks in the text
    where each belongs, and is put in at the end.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        #: The panels' facts by the id of their data block.
        self.facts: dict[str, Mapping[str, Any]] = {}
        self._secret = secrets.token_hex(8)
        self._pieces: list[str] = []

    def parts(self, *parts: Nodes) -> list[str]:
        """Write several lists of blocks, in one call of pandoc; the notes of all come at the end of the last."""
        mark = f"part{self._secret}"
        marked = [block for part in parts for block in (pandoc.para({"t": "Str", "c": mark}), *part)]
        written = self.blocks(marked).split(f"<p>{mark}</p>")[1:]
        assert len(written) == len(parts), "a mark between two parts stands inside something else"
        return [part.strip() for part in written]

    def blocks(self, blocks: Nodes) -> str:
        """Write blocks."""
        filled = self.document.fill(blocks, self._fill)
        filled = pandoc.rewrite(filled, self._formula)
        for node in pandoc.nodes_in(filled):
            if node["t"] == "Header":
                # The page's title is its only h1.
                node["c"][0] = min(6, node["c"][0] + 1)
        html = pandoc.write(
            filled, "html-task_lists", "--wrap=none", "--email-obfuscation=none", "--syntax-highlighting=none"
        )
        return self._assembled(_in_scroll_boxes(sanitise.clean_body(html)))

    def _mark(self, html: str) -> str:
        self._pieces.append(html)
        return f"piece{self._secret}x{len(self._pieces) - 1}x"

    def _block(self, html: str) -> Node:
        return pandoc.para({"t": "Str", "c": "b" + self._mark(html)})

    def _inline(self, html: str) -> Node:
        return {"t": "Str", "c": "i" + self._mark(html)}

    def _assembled(self, html: str) -> str:
        """Put the pieces in. A mark that is not plain text of its own (which cannot happen) is left out."""

        def piece(match: re.Match[str]) -> str:
            return self._pieces[int(match[1])]

        def joined(match: re.Match[str]) -> str:
            formula = self._pieces[int(match[2])]
            if not formula.startswith("<math") or not (match[1] or match[3]):
                return match[0]
            return f'<span class="pr-joined">{match[1]}{formula}{match[3]}</span>'

        html = re.sub(rf"<p>bpiece{self._secret}x(\d+)x</p>", piece, html)
        # Browsers break lines between a formula and the bracket or comma that it touches.
        html = re.sub(rf"([(\[]?)ipiece{self._secret}x(\d+)x([.,;:!?)\]]*)", joined, html)
        return re.sub(rf"[bi]piece{self._secret}x(\d+)x", piece, html)

    def _formula(self, node: Node) -> Nodes | None:
        if node["t"] != "Math":
            return None
        display = node["c"][0]["t"] == "DisplayMath"
        mathml = self.document.mathml[(display, node["c"][1])]
        return [self._inline(f'<span class="pr-display">{mathml}</span>' if display else mathml)]

    def _fill(self, index: int, hole: Hole, content: Nodes) -> Nodes:
        match hole:
            case ValueHole():
                return [self._inline(self._value(hole, index))]
            case EquationHole():
                formula = pandoc.rewrite(content, self._formula)
                opening = f'<span class="pr-equation" id="{escape(hole.anchor)}">'
                closing = f'<span class="pr-eqno">({hole.number})</span></span>'
                return [self._inline(opening), *formula, self._inline(closing)]
            case FloatHole():
                return self._float(hole, content, index)
            case ClaimHole():
                return [self._block(claim(hole))]
            case SourceHole():
                code = highlight.to_html(hole.code.text, hole.code.language)
                if hole.summary:
                    code = f'<details class="pr-source"><summary>{escape(hole.summary)}</summary>{code}</details>'
                return [self._block(code)]
            case OutputHole(face=PictureFace() as face):
                return [self._inline(_picture(face, hole.alt))]
            case OutputHole():
                return [self._block(self.face(hole.face, hole.alt))]

    def _value(self, hole: ValueHole, index: int) -> str:
        text = escape(printable(hole.text))
        if hole.fact is None:
            note = "A plain result of the notebook: no runs are bound to it."
            return (
                f'<span class="pr-value" data-state="unbound" tabindex="0" aria-describedby="pr-tip-{index}">{text}'
                f'<span class="pr-tip" role="tooltip" id="pr-tip-{index}">{note}</span></span>'
            )
        state = str(hole.fact.get("state"))
        state = state if state in _STATES else "missing"
        return _tipped(text, faces.value_rows(hole.fact), state, f"pr-tip-{index}")

    def _float(self, hole: FloatHole, content: Nodes, index: int) -> Nodes:
        body, caption = content[0]["c"][1], content[1]["c"][1]
        parts = [self.face(face, hole.alt) for face in hole.faces]
        disclosures = {
            text: face.fact
            for face in hole.faces
            if isinstance(face, PanelFace) and (text := faces.disclosure_of(face.fact))
        }
        kind = hole.kind.word.lower()
        opening = f'<figure class="pr-figure" data-kind="{kind}" id="{escape(hole.anchor)}">'
        head = f'<figcaption><span class="pr-number">{hole.name}.</span> '
        foot = "".join(
            f'<p class="pr-disclosure">{_disclosed(text, fact, f"pr-tip-{index}-{place}")}</p>'
            for place, (text, fact) in enumerate(disclosures.items())
        )
        inner = [self._block(part) for part in parts] + body
        titled = [self._block(head), *caption, self._block("</figcaption>")]
        if hole.kind is Kind.FIGURE:
            return [self._block(opening), *inner, *titled, self._block(foot + "</figure>")]
        # Readers look for a table's name above it.
        return [self._block(opening), *titled, *inner, self._block(foot + "</figure>")]

    def face(self, face: Face, alt: str) -> str:
        """Write a face."""
        match face:
            case PanelFace():
                return self._panel(face, alt)
            case PictureFace():
                return f'<div class="pr-picture">{_picture(face, alt)}</div>'
            case MarkupFace(html=html):
                return f'<div class="pr-output">{_in_scroll_boxes(html)}</div>'
            case TextFace(text=text, stream=stream, error=error):
                kind = "error" if error else stream or "result"
                label = {"error": "error", "stderr": "messages"}.get(kind, "output")
                return (
                    f'<pre class="pr-text" data-kind="{escape(kind)}" tabindex="0" aria-label="{label}">'
                    f"{escape(text)}</pre>"
                )
            case CodeFace(text=text, language=language, first_line=first, note=note):
                foot = f'<p class="pr-code-note">{escape(note)}</p>' if note else ""
                return highlight.to_html(text, language, first, numbered=bool(note)) + foot
            case NoteFace(text=text):
                return f'<p class="pr-note">{escape(text)}</p>'

    def _panel(self, face: PanelFace, alt: str) -> str:
        kind = str(face.fact.get("kind"))
        identifier = f"f-{len(self.facts) + 1}"
        self.facts[identifier] = face.fact
        static = self._static(face, alt or faces.description_of(face.fact))
        return f'<div class="pr-panel" data-kind="{escape(kind)}" data-fact="{identifier}">{static}</div>'

    def _static(self, face: PanelFace, alt: str) -> str:
        if face.fact.get("kind") == "code":
            return self.face(code_of(face.fact), "")
        grid = faces.grid_of(face.fact)
        if grid is not None:
            return grid_table(grid, alt)
        if face.picture is not None:
            return _picture(PictureFace(face.picture), alt) + _numbers(face.fact, alt)
        return '<p class="pr-note">This panel has no printed face; build the paper again.</p>'


def _numbers(fact: Mapping[str, Any], alt: str) -> str:
    """Write what a chart shows as a table to unfold, for who cannot see the picture and where no script runs."""
    grid = faces.numbers_of(fact)
    if grid is None or len(grid.rows) > MOST_ROWS:
        return ""
    return f'<details class="pr-numbers"><summary>Numbers</summary>{grid_table(grid, alt)}</details>'


def claim(hole: ClaimHole) -> str:
    """Write a claim as a card: statement, verdict as symbol and word, reason, and the statistics behind it."""
    fact, mark = hole.fact, hole.mark
    anchor = escape(hole.anchor)
    rows = "".join(f"<div><dt>{term}</dt><dd>{escape(text)}</dd></div>" for term, text in faces.claim_rows(hole))
    sides = [side for side in fact.get("sides") or [] if isinstance(side, Mapping)]
    side_rows = "".join(
        f'<tr><th scope="row">{escape(printable(side.get("label", "")))}</th>'
        f"<td>{escape(faces.number_text(side.get('mean')))}</td>"
        f"<td>{escape(faces.interval_text(side.get('interval')) or 'n/a')}</td>"
        f"<td>{escape(str(side.get('n', 0)))}</td>"
        f"<td>{escape(faces.runs_text(side.get('runs'), 4))}</td></tr>"
        for side in sides
    )
    table = (
        '<div class="pr-scroll" tabindex="0" role="region" aria-label="the groups compared"><table class="pr-sides">'
        '<thead><tr><th scope="col">Group</th><th scope="col">Mean</th><th scope="col">Interval</th>'
        f'<th scope="col">N</th><th scope="col">Runs</th></tr></thead><tbody>{side_rows}</tbody></table></div>'
        if side_rows
        else ""
    )
    disclosure = faces.disclosure_of(fact)
    foot = f'<p class="pr-disclosure">{escape(disclosure)}</p>' if disclosure else ""
    evidence = (
        f'<details class="pr-evidence"><summary>Statistics and runs</summary><dl>{rows}</dl>{table}{foot}</details>'
        if rows
        else ""
    )
    return (
        f'<div class="pr-claim" data-verdict="{mark.key}" id="{anchor}" role="group" aria-labelledby="{anchor}-name">'
        f'<p class="pr-claim-head"><span class="pr-number" id="{anchor}-name">Claim {hole.number}</span> '
        f"{verdict(hole)}</p>"
        f'<p class="pr-statement">{escape(printable(fact.get("statement", "")))}</p>'
        f'<p class="pr-reason">{escape(printable(fact.get("reason", "")))}</p>'
        f"{evidence}</div>"
    )


def _disclosed(text: str, fact: Mapping[str, Any], ident: str) -> str:
    """Write a panel's disclosure; pointed at, it says of which runs the panel is."""
    rows = faces.panel_rows(fact)
    return _tipped(escape(text), rows, "current", ident) if rows else escape(text)


def _tipped(text: str, rows: Sequence[tuple[str, str]], state: str, ident: str) -> str:
    """Write a text with what stands behind it, shown on hover, focus and tap; it needs no script."""
    tip = "".join(
        f'<span class="pr-tip-row"><span class="pr-tip-term">{term}</span> <span>{escape(said)}</span></span>'
        for term, said in rows
    )
    return (
        f'<span class="pr-value" data-state="{state}" tabindex="0" aria-describedby="{ident}">{text}'
        f'<span class="pr-tip" role="tooltip" id="{ident}">{tip}</span></span>'
    )


def verdict(hole: ClaimHole) -> str:
    """Write a verdict: its symbol for the eye, its word for all."""
    mark = hole.mark
    return (
        f'<span class="pr-verdict" data-verdict="{mark.key}"><span class="pr-symbol" aria-hidden="true">{mark.symbol}'
        f"</span> {mark.word}</span>"
    )


def _picture(face: PictureFace, alt: str) -> str:
    width = f' style="width:{face.width}"' if face.width else ""
    return f'<img src="{face.picture.uri}" alt="{escape(alt)}"{width}>'


def _in_scroll_boxes(html: str) -> str:
    """Put each table of sanitised, so balanced, HTML into a box that scrolls: a phone's page never does."""
    boxed = re.sub(
        r"<table(?=[ >])", '<div class="pr-scroll" tabindex="0" role="region" aria-label="table"><table', html
    )
    return boxed.replace("</table>", "</table></div>")
