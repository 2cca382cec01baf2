"""Citations and the list of references, by pandoc's citeproc; every key must be known."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pressrun.errors import DocumentError
from pressrun.publish import pandoc, templates
from pressrun.publish.numbering import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pressrun.build.frontmatter import FrontMatter
    from pressrun.publish.pandoc import Node, Nodes

_READERS = {".bib": "biblatex", ".bibtex": "bibtex", ".json": "csljson", ".ris": "ris"}
#: What `citation-style:` in the front matter may say, and the style file that it stands for.
STYLES = {"author-date": "", "numeric": "numeric.csl"}


def bibliographies(front: FrontMatter, folder: Path) -> tuple[Path, ...]:
    """Give the paper's bibliography files: those of the front matter, else `references.bib` if there is one.

    Raises
    ------
    DocumentError
        If a file is missing or lies outside the paper's folder.
    """
    if not front.bibliography:
        usual = folder / "references.bib"
        return (usual,) if usual.is_file() and usual.resolve().is_relative_to(folder.resolve()) else ()
    return tuple(_inside(name, folder, "bibliography") for name in front.bibliography)


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


def check(places: Sequence[tuple[str, Nodes]], files: Sequence[Path], labels: Sequence[str]) -> None:
    """Check that every key that the prose cites is in a bibliography.

    Raises
    ------
    DocumentError
        If one is not: with its cell and the nearest known keys.
    """
    if not any(cited(blocks) for _, blocks in places):
        return
    known = {key for file in files for key in _keys(file)}
    for where, blocks in places:
        for key in cited(blocks):
            if key not in known and key != "*":
                hint = nearest(key, [*known, *labels], "keys")
                if not files:
                    hint = "put the entry into references.bib beside the paper"
                raise DocumentError(f"citation @{key} is in no bibliography", where=where, hint=hint)


def _keys(file: Path) -> list[str]:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise DocumentError(
            f"bibliography {file.name!r} is in no format that can be read",
            where="front matter",
            hint=f"use {', '.join(_READERS)}",
        )
    try:
        text = file.read_text("utf-8-sig", "replace")
        return [str(entry["id"]) for entry in json.loads(pandoc.run(text, "-f", reader, "-t", "csljson").text)]
    except DocumentError as error:
        line = re.search(r"line (\d+)", error.what)
        place = f"{file.name}, line {line[1]}" if line else file.name
        raise DocumentError(f"cannot be read: {error.what[:300]}", where=place, hint="correct the entry") from error


def process(blocks: Nodes, front: FrontMatter, files: Sequence[Path], folder: Path) -> Nodes:
    """Write out the citations and append the list of references.

    Raises
    ------
    DocumentError
        If the front matter asks for a style that there is none of.
    """
    if not cited(blocks):
        return blocks
    options = ["--citeproc", "-M", "link-citations=true"]
    options += [part for file in files for part in ("--bibliography", str(file))]
    style = front.raw.get("citation-style", "author-date")
    if csl := front.raw.get("csl"):
        options += ["--csl", str(_inside(str(csl), folder, "csl"))]
    elif style not in STYLES:
        raise DocumentError(
            f"citation-style {style!r} is not known", where="front matter", hint=f"use {' or '.join(STYLES)}, or csl:"
        )
    elif STYLES[style]:
        options += ["--csl", str(templates.folder() / STYLES[style])]
    answer = pandoc.run(pandoc.tree(blocks), "-f", "json", "-t", "json", *options)
    written: Nodes = pandoc.rewrite(json.loads(answer.text)["blocks"], uncited)
    return written


def uncited(node: Node) -> Nodes | None:
    """Visit a tree: a citation becomes the words that stand for it, so that no format makes its own of it."""
    if node["t"] != "Cite":
        return None
    words: Nodes = pandoc.rewrite(node["c"][1], uncited)
    return words
