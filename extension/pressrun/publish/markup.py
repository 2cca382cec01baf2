"""Cells' HTML as trees: what PDF and LaTeX print of a data frame or a rich result, tables as real tables."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from pressrun.publish import pandoc
from pressrun.publish.holes import Face, FloatHole, Hole, MarkupFace, OutputHole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.publish.pandoc import Node, Nodes


def with_trees(holes: list[Hole]) -> list[Hole]:
    """Give the holes with the tree of every markup face read, by one call of pandoc."""
    sources = list(dict.fromkeys(face.html for face in _faces(holes)))
    if not sources:
        return holes
    digest = hashlib.sha256("".join(sources).encode("utf-8", "replace")).hexdigest()[:20]
    joined = "".join(f"<p>pressrunmarkup{digest}</p>\n{html}\n" for html in sources)
    parts: list[Nodes] = []
    for block in pandoc.parse(joined, "html-native_divs-native_spans"):
        if block == pandoc.para({"t": "Str", "c": f"pressrunmarkup{digest}"}):
            parts.append([])
        else:
            parts[-1].append(block)
    trees = dict(zip(sources, parts, strict=True))
    return [_with_tree(hole, trees) for hole in holes]


def _faces(holes: list[Hole]) -> Iterator[MarkupFace]:
    for hole in holes:
        if isinstance(hole, FloatHole):
            yield from (face for face in hole.faces if isinstance(face, MarkupFace))
        elif isinstance(hole, OutputHole) and isinstance(hole.face, MarkupFace):
            yield hole.face


def _with_tree(hole: Hole, trees: dict[str, Nodes]) -> Hole:
    def filled(face: Face) -> Face:
        return dataclasses.replace(face, blocks=_bare(trees[face.html])) if isinstance(face, MarkupFace) else face

    if isinstance(hole, FloatHole):
        return dataclasses.replace(hole, faces=tuple(filled(face) for face in hole.faces))
    if isinstance(hole, OutputHole):
        return dataclasses.replace(hole, face=filled(hole.face))
    return hole


def _bare(blocks: Nodes) -> Nodes:
    """Take out what print has no use for: images (their data stays in HTML), raw pieces, ids and inner links."""

    def visit(node: Node) -> Nodes | None:
        if node["t"] in {"Image", "RawInline", "RawBlock"}:
            return []
        if node["t"] == "Link" and node["c"][2][0].startswith("#"):
            content: Nodes = pandoc.rewrite(node["c"][1], visit)
            return content
        if node["t"] == "Math":
            # It did not pass where formulas are checked.
            return [pandoc.literal(node["c"][1])]
        if node["t"] == "Table":
            # Frames are numbers under names: right, but for the first column.
            node["c"][2] = [
                [{"t": "AlignRight" if index else "AlignLeft"}, width] for index, (_, width) in enumerate(node["c"][2])
            ]
        attributes = pandoc.attributes_of(node)
        if attributes is not None:
            attributes[0] = ""
        return None

    bare: Nodes = pandoc.rewrite(blocks, visit)
    return bare
