"""The published page: one HTML file that reads without scripts, without a server and without the network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pressrun.canonical import digest
from pressrun.errors import ExportError
from pressrun.lettering import printable
from pressrun.publish import highlight, pandoc, templates
from pressrun.publish.citing import bibtex
from pressrun.publish.holes import ClaimHole, Mark, ValueHole
from pressrun.publish.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.publish.document import Document

_STATIC = Path(__file__).parent.parent / "static"
#: Runs named in the page's footer; provenance.json has all of them.
_MOST_RUNS = 200


def page(document: Document, context: Mapping[str, Any]) -> str:
    """Write a document as a page.

    Raises
    ------
    ExportError
        If the document has panels, and their front end was not built.
    """
    writer = Page(document)
    title, abstract, body = writer.parts([pandoc.plain(document.title)], document.abstract, document.blocks)
    scripts = [Markup(script) for script in _scripts(bool(writer.facts))]  # noqa: S704  (our own bundles)
    style = "\n".join([templates.read("html/base.css"), templates.read("html/paper.css"), highlight.css()])
    text: str = (
        templates.environment()
        .get_template("paper.html.j2")
        .render(
            document=document,
            front=document.front,
            description=str(document.front.raw.get("description") or ""),
            subtitle=str(document.front.raw.get("subtitle") or ""),
            policy=policy(scripts),
            style=Markup(style),  # noqa: S704  (our own templates)
            # Written by pandoc and sanitised: nothing in these three is raw any more.
            title=Markup(title or "Untitled"),  # noqa: S704
            abstract=Markup(abstract),  # noqa: S704
            body=Markup(body),  # noqa: S704
            facts=[(key, _data(fact)) for key, fact in writer.facts.items()],
            scripts=scripts,
            affiliations=affiliations_of(document),
            claims=document.claims,
            tally=_tally(document.claims),
            bibtex=bibtex(document.front, document.title_text),
            context={"version": None, "downloads": [], "home": "", "preview": False, "problems": [], **context},
            digest=evidence_digest(document),
            runs=[_run(run) for run in document.runs[:_MOST_RUNS]],
            more_runs=max(0, len(document.runs) - _MOST_RUNS),
        )
    )
    return text


def policy(scripts: list[Markup]) -> str:
    """Give the content security policy that lets exactly these inline scripts run, and nothing load."""
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode() + "'"
        for script in scripts
    ]
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; "
        f"form-action 'none'; script-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}"
    )


def _scripts(panels: bool) -> list[str]:
    wanted = ["panels.js", "page.js"] if panels else ["page.js"]
    missing = [name for name in wanted if not (_STATIC / name).is_file()]
    if missing and panels:
        raise ExportError(
            f"the panels' front end is not built: {missing[0]} is missing",
            where=str(_STATIC),
            hint="in a checkout: make setup; otherwise install pressrun from its wheel",
        )
    texts = [(_STATIC / name).read_text("utf-8").replace("\r\n", "\n") for name in wanted if name not in missing]
    if any(re.search(r"</script|<!--", text, re.IGNORECASE) for text in texts):
        raise ExportError("the front end's bundle cannot stand in a page", where=str(_STATIC), hint="make setup")
    return texts


def _data(fact: Mapping[str, Any]) -> Markup:
    """Give a fact as the text of a data block: no `<` that could end it, no separators that scripts trip over."""
    text = json.dumps(fact, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def affiliations_of(document: Document) -> list[str]:
    """Give the authors' affiliations, each once, in the order in which they are numbered."""
    return list(dict.fromkeys(place for author in document.front.authors for place in author.affiliations))


def _tally(claims: tuple[ClaimHole, ...]) -> list[tuple[Mark, int]]:
    counts = Counter(hole.mark for hole in claims if hole.fact.get("verdict"))
    return [(mark, counts[mark]) for mark in Mark if counts[mark]]


def evidence_digest(document: Document) -> str:
    """Give one digest over every fact that the document shows."""
    facts = [*document.panels, *(hole.fact for hole in document.claims)]
    facts += [hole.fact for hole in document.holes if isinstance(hole, ValueHole) and hole.fact is not None]
    return digest(facts)


def _run(run: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": printable(run.get("name") or run.get("id", "")),
        "source": printable(run.get("source", "")),
        "status": printable(run.get("status", "")),
        "digest": str(run.get("digest", "")).removeprefix("sha256:")[:12],
    }
