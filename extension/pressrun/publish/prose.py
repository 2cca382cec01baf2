"""Read all prose of a paper at once, and make it safe: raw HTML to nodes, raw TeX to formulas or literal text."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.errors import DocumentError
from pressrun.publish import pandoc, sanitise
from pressrun.publish.pandoc import Node, Nodes, literal, raw, raw_block, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.publish.findings import Findings

#: HTML tags that pandoc has a node for, so that every format shows them.
_NATIVE = {
    "b": "Strong",
    "strong": "Strong",
    "i": "Emph",
    "em": "Emph",
    "sub": "Subscript",
    "sup": "Superscript",
    "s": "Strikeout",
    "del": "Strikeout",
    "u": "Underline",
}
_ENVIRONMENT = re.compile(
    r"\\begin\{(?P<name>equation|align|gather|multline|eqnarray|alignat|displaymath|flalign)(?P<star>\*?)\}"
    r"(?P<body>.*)\\end\{(?P=name)(?P=star)\}",
    re.DOTALL,
)
#: Characters shown of prose that cannot be read.
_MARKED = 2000
_LABEL = re.compile(r"\\label\{(?P<label>[^{}]*)\}")
#: Definitions that pandoc has already put to use in the formulas.
_DEFINITION = re.compile(r"\s*\\(newcommand|renewcommand|providecommand|DeclareMathOperator|def|let)\b")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of Markdown and where it stands. `quoted` prose came out of a cell: it cites and refers to nothing."""

    where: str
    text: str
    quoted: bool = False


def read(segments: Sequence[Segment], findings: Findings) -> list[Nodes]:
    """Read Markdown segments into blocks, with one call of pandoc where they let it.

    Footnotes and link definitions are shared by all segments. Where a segment's markup is left open and would swallow
    the next, they are read in two halves, and so on down to that segment, which then keeps its markup to itself.

    Raises
    ------
    DocumentError
        If pandoc cannot read them.
    """
    if len(segments) == 1:
        try:
            return [pandoc.parse(segments[0].text)]
        except DocumentError as error:
            error.where = error.where or segments[0].where
            findings.meet(error)
            return [[pandoc.para(literal(segments[0].text[:_MARKED]))]]
    together = _read_together(segments)
    if together is not None:
        return together
    middle = len(segments) // 2
    return read(segments[:middle], findings) + read(segments[middle:], findings)


def begin(segments: Sequence[Segment]) -> None:
    """Begin to read what `read` will be asked for."""
    pandoc.begin_to_parse(_together(segments)[1])


def _together(segments: Sequence[Segment]) -> tuple[list[str], str]:
    """Give the marks that segments begin with, and all segments as one text."""
    digest = hashlib.sha256("\0".join(s.text for s in segments).encode("utf-8", "replace")).hexdigest()[:20]
    marks = [f"pressrunsegment{digest}n{index}" for index in range(len(segments))]
    return marks, "\n\n".join(f"{mark}\n\n{segment.text}" for mark, segment in zip(marks, segments, strict=True))


def _read_together(segments: Sequence[Segment]) -> list[Nodes] | None:
    marks, joined = _together(segments)
    parts: list[Nodes] = []
    try:
        blocks = pandoc.parse(joined)
    except DocumentError:
        # Read apart, the one that cannot be read can be named.
        return None
    for block in blocks:
        if len(parts) < len(marks) and block == pandoc.para({"t": "Str", "c": marks[len(parts)]}):
            parts.append([])
        elif parts:
            parts[-1].append(block)
    whole = len(parts) == len(segments) and marks[0].removesuffix("0") not in str(parts)
    return parts if whole else None


def clean(blocks: Nodes) -> Nodes:
    """Give prose in which every raw piece has become a node, an allowed HTML tag, or literal text.

    Reserved ids and classes, attributes with meaning to a format, and links that could run something are taken out.
    """
    found = pandoc.rewrite(blocks, _unmark)
    found = pandoc.rewrite_lists(found, _pair_tags)
    cleaned: Nodes = pandoc.rewrite(found, safe_link)
    return cleaned


def _unmark(node: Node) -> Nodes | None:
    """Take raw TeX and foreign formats out, and reserved names off."""
    kind = node["t"]
    if kind in {"RawInline", "RawBlock"} and node["c"][0] != "html":
        return _from_raw(kind == "RawBlock", *node["c"])
    attributes = pandoc.attributes_of(node)
    if attributes is not None:
        identifier, classes, pairs = attributes
        attributes[0] = "" if sanitise.is_reserved(identifier) else identifier
        attributes[1] = [word for word in classes if not sanitise.is_reserved(word)]
        attributes[2] = [pair for pair in pairs if pair[0] in {"width", "height", "startFrom", "lst-cap", "alt"}]
    return None


def _from_raw(block: bool, kind: str, text: str) -> Nodes:
    if kind in {"tex", "latex"}:
        if match := _ENVIRONMENT.fullmatch(text.strip()):
            formula = formula_of(match)
            return [pandoc.para(*formula)] if block else formula
        if _DEFINITION.match(text):
            return []
    node = literal(text.strip())
    return [pandoc.para(node)] if block else [node]


def formula_of(match: re.Match[str]) -> Nodes:
    """Give a bare LaTeX environment as a displayed formula, its label as pressrun writes labels."""
    body, name = match["body"], match["name"]
    label = _LABEL.search(body)
    body = _LABEL.sub("", body).strip()
    if name == "eqnarray":
        body = re.sub(r"&\s*(=|<|>|\\le|\\ge|\\approx|\\sim)\s*&", r"&\1", body)
    if name == "alignat":
        body = re.sub(r"^\{\d+\}", "", body)
    if name in {"align", "alignat", "eqnarray", "flalign"}:
        body = rf"\begin{{aligned}}{body}\end{{aligned}}"
    elif name in {"gather", "multline"}:
        body = rf"\begin{{gathered}}{body}\end{{gathered}}"
    formula: Node = {"t": "Math", "c": [{"t": "DisplayMath"}, body]}
    if label:
        key = re.sub(r"^eq[:_-]?", "", label["label"].strip())
        return [formula, {"t": "Space"}, {"t": "Str", "c": "{#eq-" + re.sub(r"[^\w.:-]", "-", key) + "}"}]
    return [formula]


def safe_link(node: Node) -> Nodes | None:
    """Visit a tree: a link that could run something loses its target and keeps its words."""
    if node["t"] == "Link":
        target = sanitise.safe_target(node["c"][2][0])
        if target is None:
            return pandoc.rewrite(node["c"][1], safe_link)  # type: ignore[no-any-return]
        node["c"][2] = [target, node["c"][2][1]]
    return None


@dataclass(slots=True)
class _Open:
    tag: str
    piece: sanitise.Piece
    start: int


def _pair_tags(nodes: Nodes) -> Nodes:
    """Match the HTML tags among siblings; a tag without its partner, or not allowed, is left out."""
    if not any(node["t"] in {"RawInline", "RawBlock"} and node["c"][0] == "html" for node in nodes):
        return nodes
    out: Nodes = []
    stack: list[_Open] = []
    for node in nodes:
        if node["t"] not in {"RawInline", "RawBlock"} or node["c"][0] != "html":
            out.append(node)
            continue
        for piece in sanitise.split(node["c"][1]):
            _place(piece, node["t"] == "RawBlock", out, stack)
    for entry in stack:
        if entry.tag in sanitise.DROPPED:
            # Never closed: browsers would let it run to the end, so its text goes too.
            return out[: entry.start]
    return out


def _place(piece: sanitise.Piece, block: bool, out: Nodes, stack: list[_Open]) -> None:
    if piece.kind == "text":
        inlines = words(re.sub(r"\s+", " ", piece.text))
        if not block:
            out.extend(inlines)
        elif piece.text.strip():
            out.append(pandoc.plain(inlines))
    elif piece.kind == "open" and piece.text in sanitise.VOID:
        out.extend(_void(piece, block))
    elif piece.kind == "open":
        stack.append(_Open(piece.text, piece, len(out)))
    elif any(entry.tag == piece.text for entry in stack):
        entry = stack.pop()
        while entry.tag != piece.text:
            entry = stack.pop()
        out[entry.start :] = _enclosed(entry.piece, out[entry.start :], block)


def _enclosed(piece: sanitise.Piece, inner: Nodes, block: bool) -> Nodes:
    if piece.text in sanitise.DROPPED:
        return []
    if piece.text == "table" and block:
        return [raw_block("html", _table_html(piece, inner))]
    if not block and piece.text in _NATIVE:
        return [{"t": _NATIVE[piece.text], "c": inner}]
    if not block and piece.text == "a":
        target = sanitise.safe_target(piece.attributes.get("href", ""))
        return [pandoc.link(inner, target)] if target else inner
    if piece.text not in sanitise.TAGS:
        return inner
    make: Any = raw_block if block else raw
    return [make("html", piece.html), *inner, make("html", f"</{piece.text}>")]


def _table_html(piece: sanitise.Piece, inner: Nodes) -> str:
    """Give a whole HTML table as one raw block, so that each format can have it as a table."""
    from html import escape

    parts = [piece.html]
    parts += [
        node["c"][1] if node["t"] in {"RawBlock", "RawInline"} else escape(pandoc.text_of([node])) for node in inner
    ]
    return "".join([*parts, "</table>"])


def _void(piece: sanitise.Piece, block: bool) -> Nodes:
    if piece.text == "hr":
        return [{"t": "HorizontalRule"}] if block else []
    if piece.text == "br":
        return [] if block else [{"t": "LineBreak"}]
    if piece.text == "img":
        size = [[key, piece.attributes[key]] for key in ("width", "height") if key in piece.attributes]
        alt = words(piece.attributes.get("alt", ""))
        image: Node = {"t": "Image", "c": [["", [], size], alt, [piece.attributes.get("src", ""), ""]]}
        return [pandoc.para(image)] if block else [image]
    return []
