"""The paper as LaTeX source that plain pdflatex sets: an article with its figures as files beside it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.lettering import escape_latex
from pressrun.publish import highlight, templates
from pressrun.publish.html import affiliations_of, evidence_digest
from pressrun.publish.pdf import compile_typst
from pressrun.publish.printing import colophon
from pressrun.publish.tex import LatexBody
from pressrun.publish.typst import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.publish.document import Document
    from pressrun.publish.figures import Picture


def latex(document: Document, context: Mapping[str, Any], folder: str = "figures") -> tuple[str, dict[str, bytes]]:
    """Give a document's LaTeX source, and the files that it names.

    Raises
    ------
    ExportError
        If a figure cannot be made a PDF.
    """
    body = LatexBody(document, folder)
    front = document.front
    parts = {
        "HIGHLIGHTING": highlight.latex_definitions(),
        "TITLE": body.inlines(document.title) or "Untitled",
        "PLAINTITLE": escape_latex(document.title_text),
        "AUTHORS": _authors(document),
        "DATE": escape_latex(front.date),
        "ABSTRACT": _abstract(body, document),
        "BODY": body.blocks(document.blocks),
        "FOOT": escape_latex(colophon(document, evidence_digest(document), context.get("version"))),
    }
    text = templates.read("latex/paper.tex")
    head, *rest = text.split("%%PRESSRUN:")
    # What is put in is never looked through for further marks.
    pieces = [head]
    for part in rest:
        name, _, after = part.partition("%%")
        pieces += [parts[name], after]
    return "".join(pieces), {name: _figure(picture) for name, picture in body.files.items()}


def _abstract(body: LatexBody, document: Document) -> str:
    if not document.abstract:
        return ""
    words = escape_latex(", ".join(document.front.keywords))
    keywords = f"\n\n\\noindent\\small Keywords: {words}" if words else ""
    return f"\\begin{{abstract}}\n{body.blocks(document.abstract).strip()}{keywords}\n\\end{{abstract}}"


def _authors(document: Document) -> str:
    places = affiliations_of(document)
    entries = []
    for author in document.front.authors:
        marks = ",".join(str(places.index(place) + 1) for place in author.affiliations)
        entries.append(escape_latex(author.name) + (rf"\textsuperscript{{{marks}}}" if marks else ""))
    lines = [", ".join(entries), *(rf"{{\small {i}. {escape_latex(place)}}}" for i, place in enumerate(places, 1))]
    return " \\\\\n".join(line for line in lines if line)


def _figure(picture: Picture) -> bytes:
    """Give an image as pdflatex reads it: PNG and JPEG as they are, others as a PDF of their own size."""
    if picture.suffix in {".png", ".jpg"}:
        return picture.data
    with tempfile.TemporaryDirectory(prefix="pressrun-figure-") as name:
        main = Path(name) / "figure.typ"
        file = f"figure{picture.suffix}"
        (Path(name) / file).write_bytes(picture.printable)
        size = f", width: {picture.points:g}pt" if picture.points else ""
        source = f"#set page(width: auto, height: auto, margin: 0pt)\n#image({quote(file)}{size})\n"
        main.write_text(source, "utf-8")
        return compile_typst(main)
