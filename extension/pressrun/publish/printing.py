"""What the printed formats share: links that lead somewhere, text that a font can set, the excerpt of a code panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pressrun.lettering import printable
from pressrun.publish import pandoc
from pressrun.publish.holes import ClaimHole, CodeFace, EquationHole, FloatHole

if TYPE_CHECKING:
    from pressrun.publish.document import Document
    from pressrun.publish.pandoc import Node, Nodes


def colophon(document: Document, digest: str, version: object = None) -> str:
    """Give the line at a printed paper's end: its version, its evidence, and what could not be shown as written."""
    runs = len(document.runs)
    parts = [f"Version {version}."] if version else []
    if runs:
        parts.append(f"Built from {runs} run{'' if runs == 1 else 's'}. Digest of the evidence: {digest}.")
    parts += [f"Not shown as written: {problem.where}, {problem.reason}." for problem in document.problems]
    return " ".join(parts)


def bare(line: str) -> str:
    """Give a line without control characters, its tabs and spaces kept."""
    return "".join(char if char == "\t" or char.isprintable() or char == "\u00a0" else printable(char) for char in line)


def linked(document: Document, blocks: Nodes) -> Nodes:
    """Give blocks whose inner links all have a target in the document; others keep their words."""
    anchors = {
        attributes[0]
        for node in pandoc.nodes_in(document.blocks)
        if (attributes := pandoc.attributes_of(node)) is not None and attributes[0]
    }
    anchors |= {hole.anchor for hole in document.holes if isinstance(hole, (FloatHole, ClaimHole, EquationHole))}

    def visit(node: Node) -> Nodes | None:
        if node["t"] == "Link":
            target = node["c"][2][0]
            inside = target.startswith("#")
            # Print has no folder that a relative address could be taken from.
            if (inside and target[1:] not in anchors) or (not inside and ":" not in target):
                words: Nodes = pandoc.rewrite(node["c"][1], visit)
                return words
        return None

    done: Nodes = pandoc.rewrite(blocks, visit)
    return done


def code_of(fact: Mapping[str, Any]) -> CodeFace:
    """Give a code panel's excerpt, with where it comes from."""
    view = fact.get("view")
    view = view if isinstance(view, Mapping) else {}
    place = printable(view.get("path", ""))
    if view.get("symbol"):
        place += f", {printable(view['symbol'])}"
    commit = printable(view.get("commit", ""))[:12]
    at = f" at commit {commit}" if commit else ""
    dirty = " with uncommitted changes" if view.get("dirty") is True else ""
    cited = next((run for run in fact.get("runs") or [] if isinstance(run, Mapping) and run.get("name")), {})
    run = f", as run {printable(cited.get('name', view['run']))} ran it" if view.get("run") else ""
    first = view.get("first_line")
    return CodeFace(
        str(view.get("text", "")).rstrip("\n"),
        str(view.get("language", "")),
        first if isinstance(first, int) and not isinstance(first, bool) else 1,
        f"{place}{at}{dirty}{run}" or "code",
    )
