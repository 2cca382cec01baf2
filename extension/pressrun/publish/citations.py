"""Citations and the list of references, by pandoc's citeproc; every key must be known."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from pressrun.errors import DocumentError
from pressrun.publish import pandoc, templates
from pressrun.publish.numbering import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pressrun.build.frontmatter import FrontMatter
    from pressrun.publish.findings import Findings
    from pressrun.publish.pandoc import Node, Nodes

_READERS = {".bib": "biblatex", ".bibtex": "bibtex", ".json": "csljson", ".ris": "ris"}
#: What `citation-style:` in the front matter may say, and the style file that it stands for.
STYLES = {"author-date": "", "numeric": "numeric.csl"}


def bibliographies(front: FrontMatter, folder: Path, findings: Findings) -> tuple[Path, ...]:
    """Give the paper's bibliography files: those of the front matter, else `references.bib` if there is one.

    Raises
    ------
    DocumentError
        If a file is missing or lies outside the paper's folder.
    """
    if not front.bibliography:
        usual = folder / "references.bib"
        return (usual,) if usual.is_file() and usual.resolve().is_relative_to(folder.resolve()) else ()
    found = []
    for name in front.bibliography:
        try:
            found.append(_inside(name, folder, "bibliography"))
        except DocumentError as error:
            findings.meet(error)
    return tuple(found)


def _inside(name: str, folder: Path, key: str) -> Path:
    home = folder.resolve()
    try:
        place = (home / name).resolve()
        there = place.is_relative_to(home) and place.is_file()
    except (OSError, ValueError, RuntimeError):
        there = False
    if not there:
        raise DocumentError(
            f"{key} {name!r} is not in the paper's folder", where="front matter", hint=f"put the file into {folder}"
        )
    return place


def cited(blocks: Nodes) -> list[str]:
    """Give the keys that the prose cites, in reading order, each once."""
    keys: dict[str, None] = {}
    for node in pandoc.nodes_in(blocks):
        if node["t"] == "Cite":
            keys.update((citation["citationId"], None) for citation in node["c"][0])
    return list(keys)


@dataclass(frozen=True, slots=True)
class Cited:
    """One place of the prose that cites: its keys, what the published paper prints there, and what its author wrote."""

    keys: tuple[str, ...]
    text: str
    where: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """Blocks with their citations written out, what is printed in each place, and the list of references by key."""

    blocks: Nodes
    cited: tuple[Cited, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bibliography:
    """The files that could be read, and their entries, as CSL has them, by key."""

    files: tuple[Path, ...] = ()
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, files: Sequence[Path], findings: Findings) -> Bibliography:
        """Read bibliography files.

        Raises
        ------
        DocumentError
            If one is in no known format, or damaged.
        """
        good, entries = [], {}
        for file in files:
            try:
                entries.update(_entries(file))
                good.append(file)
            except DocumentError as error:
                findings.meet(error)
        return cls(tuple(good), entries)


def check(
    places: Sequence[tuple[str, Nodes]], known: Bibliography, labels: Sequence[str], findings: Findings
) -> list[tuple[str, Nodes]]:
    """Check that every key that the prose cites is in a bibliography; gives the prose with those that are not marked.

    Raises
    ------
    DocumentError
        If one is not: with its cell and the nearest known keys.
    """

    def visit(where: str, node: Node) -> Nodes | None:
        if node["t"] != "Cite":
            return None
        good, marks = [], []
        for citation in node["c"][0]:
            key = citation["citationId"]
            if key in known.entries or key == "*":
                good.append(citation)
                continue
            hint = nearest(key, known.entries, "citation keys", labels)
            if not known.files:
                hint = "put the entry into references.bib beside the paper"
            error = DocumentError(f"citation @{key} is in no bibliography", where=where, hint=hint)
            marks.append(findings.mark(error, f"@{key}"))
        if not marks:
            return None
        return [*([{"t": "Cite", "c": [good, node["c"][1]]}] if good else []), *marks]

    return [(where, pandoc.rewrite(blocks, partial(visit, where))) for where, blocks in places]


def begin(files: Sequence[Path]) -> None:
    """Begin to read bibliography files that `Bibliography.read` will be asked for; one that cannot be is left to it."""
    for file in files:
        if reader := _READERS.get(file.suffix.lower()):
            with contextlib.suppress(OSError):
                pandoc.begin(_text(file), *_parsing(reader))


def _entries(file: Path) -> dict[str, Mapping[str, Any]]:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise DocumentError(
            f"bibliography {file.name!r} is in no format that can be read",
            where="front matter",
            hint=f"use {', '.join(_READERS)}",
        )
    try:
        return _parsed(_text(file), reader)
    except DocumentError as error:
        line = re.search(r"line (\d+)", error.what)
        place = f"{file.name}, line {line[1]}" if line else file.name
        raise DocumentError(f"cannot be read: {error.what[:300]}", where=place, hint="correct the entry") from error


@lru_cache(maxsize=8)
def _parsed(text: str, reader: str) -> dict[str, Mapping[str, Any]]:
    """Parse a bibliography; kept by its text, since an author who types has it read again and again."""
    return {str(entry["id"]): entry for entry in json.loads(pandoc.run(text, *_parsing(reader)).text)}


def _text(file: Path) -> str:
    return file.read_text("utf-8-sig", "replace")


def _parsing(reader: str) -> tuple[str, ...]:
    return "-f", reader, "-t", "csljson"


def process(blocks: Nodes, front: FrontMatter, files: Sequence[Path], folder: Path, findings: Findings) -> Written:
    """Write out the citations and append the list of references.

    Raises
    ------
    DocumentError
        If the front matter asks for a style that there is none of.
    """
    if not cited(blocks):
        return Written(blocks)
    options = ["--citeproc", "-M", "link-citations=true"]
    options += [part for file in files for part in ("--bibliography", str(file))]
    try:
        options += _style(front, folder)
    except DocumentError as error:
        findings.meet(error)
    try:
        answer = pandoc.run(pandoc.tree(blocks), "-f", "json", "-t", "json", *options)
    except DocumentError as error:
        findings.meet(error)
        return Written(pandoc.rewrite(blocks, uncited))
    written: Nodes = json.loads(answer.text)["blocks"]
    places = tuple(
        Cited(tuple(citation["citationId"] for citation in node["c"][0]), pandoc.text_of(node["c"][1]))
        for node in pandoc.nodes_in(written)
        if node["t"] == "Cite"
    )
    entries = {
        node["c"][0][0].removeprefix("ref-"): pandoc.text_of(node["c"][1])
        for node in pandoc.nodes_in(written)
        if node["t"] == "Div" and node["c"][0][0].startswith("ref-")
    }
    return Written(pandoc.rewrite(written, uncited), places, entries)


def _style(front: FrontMatter, folder: Path) -> list[str]:
    style = front.raw.get("citation-style", "author-date")
    if csl := front.raw.get("csl"):
        return ["--csl", str(_inside(str(csl), folder, "csl"))]
    if style not in STYLES:
        raise DocumentError(
            f"citation-style {style!r} is not known", where="front matter", hint=f"use {' or '.join(STYLES)}, or csl:"
        )
    return ["--csl", str(templates.folder() / STYLES[style])] if STYLES[style] else []


def uncited(node: Node) -> Nodes | None:
    """Visit a tree: a citation becomes the words that stand for it, so that no format makes its own of it."""
    if node["t"] != "Cite":
        return None
    words: Nodes = pandoc.rewrite(node["c"][1], uncited)
    return words
