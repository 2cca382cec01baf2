"""The paper as PDF, by Typst: the same bytes from the same notebook, whatever fonts and packages a machine has."""

from __future__ import annotations

import datetime
import importlib.util
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.errors import ExportError
from pressrun.lettering import printable
from pressrun.publish import templates
from pressrun.publish.html import affiliations_of, evidence_digest
from pressrun.publish.printing import colophon
from pressrun.publish.typst import TypstBody, array, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.publish.document import Document


def pdf(document: Document, context: Mapping[str, Any]) -> bytes:
    """Print a document.

    Raises
    ------
    ExportError
        If Typst refuses it.
    """
    source, files = typst_source(document, context)
    with tempfile.TemporaryDirectory(prefix="pressrun-pdf-") as name:
        folder = Path(name)
        for path, data in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(data)
        (folder / "paper.typ").write_text(source, "utf-8")
        return compile_typst(folder / "paper.typ")


def compile_typst(main: Path) -> bytes:
    """Compile a Typst file that reads nothing outside its folder: no system fonts, no packages, no clock.

    Raises
    ------
    ExportError
        If Typst refuses it.
    """
    import typst

    nowhere = main.parent / "packages"
    try:
        compiled = typst.compile(
            main,
            root=main.parent,
            # The fonts of matplotlib's figures; what their SVG leaves as text is set in them.
            font_paths=[_matplotlib_folder() / "mpl-data" / "fonts" / "ttf"],
            ignore_system_fonts=True,
            format="pdf",
            timestamp=0,
            package_path=nowhere,
            package_cache_path=nowhere,
        )
    except (typst.TypstError, RuntimeError) as error:
        message = str(getattr(error, "message", error))
        raise ExportError(
            f"the PDF could not be set: {message[:400]}",
            hint="if a formula or image is named above, change it; otherwise report this with the notebook",
        ) from error
    assert isinstance(compiled, bytes)
    return compiled


def _matplotlib_folder() -> Path:
    """Give the folder of the package, without the time that its import takes."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def typst_source(document: Document, context: Mapping[str, Any]) -> tuple[str, dict[str, bytes]]:
    """Give the whole Typst source, and the image files that it names."""
    body = TypstBody(document)
    front = document.front
    places = affiliations_of(document)
    authors = [
        "("
        + ", ".join(
            f"{key}: {quote(text)}"
            for key, text in {
                "name": printable(author.name),
                "marks": ",".join(str(places.index(place) + 1) for place in author.affiliations),
                "orcid": re.sub(r"[^0-9X-]", "", author.orcid),
                "email": printable(author.email) if author.corresponding else "",
            }.items()
        )
        + ")"
        for author in front.authors
    ]
    meta = [("Date", front.date), ("Version", str(context.get("version") or "")), ("License", front.license)]
    runs = len(document.runs)
    meta.append(("Evidence", f"{runs} run{'' if runs == 1 else 's'}" if runs else ""))
    foot = colophon(document, evidence_digest(document))
    subtitle = str(front.raw.get("subtitle") or "")
    abstract = f"[{body.blocks(document.abstract)}]" if document.abstract else "none"
    lang = document.language.split("-")[0].lower()
    arguments = [
        f"title: [{body.inlines(document.title) or 'Untitled'}]",
        f"plain-title: {quote(printable(document.title_text))}",
        f"subtitle: {quote(printable(subtitle)) if subtitle else 'none'}",
        f"authors: {array(authors)}",
        f"affiliations: {array([quote(printable(place)) for place in places])}",
        f"abstract: {abstract}",
        f"keywords: {array([quote(printable(word)) for word in front.keywords])}",
        f"meta: {array([array([quote(term), quote(printable(text))]) for term, text in meta if text])}",
        f"date: {_date(front.date)}",
        f"lang: {quote(lang if re.fullmatch('[a-z]{2,3}', lang) else 'en')}",
        f"foot: {quote(foot) if foot else 'none'}",
    ]
    head = "#show: paper.with(\n  " + ",\n  ".join(arguments) + ",\n)\n"
    text = "\n".join([templates.read("typst/paper.typ"), head, body.blocks(document.blocks)])
    return text, body.files


def _date(text: str) -> str:
    try:
        date = datetime.date.fromisoformat(text[:10])
    except ValueError:
        return "none"
    return f"datetime(year: {date.year}, month: {date.month}, day: {date.day})"
