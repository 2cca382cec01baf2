"""Formulas: each is read once by pandoc's TeX parser; what that does not know is shown as it was written.

A formula that is understood can hold no command that reads, writes or runs: the parser knows none. That is what makes
it safe to hand the same TeX to LaTeX.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from pressrun.publish import pandoc
from pressrun.publish.pandoc import Node, Nodes, literal
from pressrun.records import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What TeX itself would obey, should the parser one day let it through.
_DANGEROUS = re.compile(
    r"\^\^|\\(input|include|write|openin|openout|read|immediate|catcode|csname|directlua|special|href|url|def|let"
    r"|newcommand|renewcommand|usepackage|includegraphics|scantokens|loop|verb|lstinputlisting|InputIfFileExists)(?![a-z])"
)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(align|alignat|flalign|eqnarray|gather|multline|equation)(\*?)\}")
_INNER = {"gather": "gathered", "multline": "gathered", "equation": ""}
_TAGS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "msup",
        "msub",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mfrac",
        "msqrt",
        "mroot",
        "mtable",
        "mtr",
        "mtd",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
        "mfenced",
        "mmultiscripts",
        "mprescripts",
        "none",
        "merror",
        "mathvariant",
    ]
)


def begin(blocks: Nodes) -> None:
    """Begin to read the formulas that `checked` will be given, as far as they are these."""
    if keys := _understandable(_settled(blocks)):
        pandoc.begin(*_writing(keys))


def checked(blocks: Nodes) -> tuple[Nodes, Mapping[tuple[bool, str], str], list[Problem]]:
    """Give blocks whose every formula is understood, the MathML of each, and a problem for each that was not."""
    wanted = _settled(blocks)
    mathml = dict(_convert(_understandable(wanted)))
    problems = [
        Problem("formula", f"not understood, shown as written: {tex}") for _, tex in wanted if (_, tex) not in mathml
    ]

    def visit(node: Node) -> Nodes | None:
        if node["t"] == "Math" and _key(node) not in mathml:
            return [literal(node["c"][1])]
        return None

    shown: Nodes = pandoc.rewrite(blocks, visit)
    return shown, mathml, problems


def _settled(blocks: Nodes) -> list[tuple[bool, str]]:
    """Bring formulas into the form in which they are read, in place; give each once."""
    formulas = [node for node in pandoc.nodes_in(blocks) if node["t"] == "Math"]
    for node in formulas:
        node["c"][1] = _inner_environment(node["c"][1].strip())
    return list(dict.fromkeys(map(_key, formulas)))


def _understandable(keys: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    return [key for key in keys if not _DANGEROUS.search(key[1])]


def _key(node: Node) -> tuple[bool, str]:
    return node["c"][0]["t"] == "DisplayMath", node["c"][1]


def _inner_environment(tex: str) -> str:
    r"""Give `\\begin{align}` within a formula as the environment that may stand there."""

    def inner(match: re.Match[str]) -> str:
        name = _INNER.get(match[2], "aligned")
        return f"\\{match[1]}{{{name}}}" if name else ""

    return _ENVIRONMENT.sub(inner, tex)


def _convert(keys: list[tuple[bool, str]]) -> list[tuple[tuple[bool, str], str]]:
    if not keys:
        return []
    html = pandoc.run(*_writing(keys)).text
    parts = re.findall(r"<p>(.*?)</p>", html, re.DOTALL)
    assert len(parts) == len(keys), "pandoc writes one paragraph a formula"
    found = []
    for key, part in zip(keys, parts, strict=True):
        cleaned = _mathml(part, *key)
        if cleaned:
            found.append((key, cleaned))
    return found


def _writing(keys: list[tuple[bool, str]]) -> tuple[str, ...]:
    """Give what pandoc is asked for them."""
    paragraphs = [
        pandoc.para({"t": "Math", "c": [{"t": "DisplayMath" if display else "InlineMath"}, tex]})
        for display, tex in keys
    ]
    return pandoc.tree(paragraphs), "-f", "json", "-t", "html", "--mathml", "--wrap=none"


def _mathml(html: str, display: bool, tex: str) -> str:
    """Give pandoc's MathML without its TeX annotation; "" if it is anything but MathML."""
    try:
        root = ElementTree.fromstring(html)  # noqa: S314  (pandoc wrote it; entities are not declared)
    except ElementTree.ParseError:
        return ""
    namespace = "{http://www.w3.org/1998/Math/MathML}"
    if root.tag != f"{namespace}math":
        return ""
    semantics = root.find(f"{namespace}semantics")
    if semantics is not None and len(semantics):
        root = ElementTree.Element(f"{namespace}math", {"display": "block" if display else "inline"})
        root.append(semantics[0])
    if display and tex.startswith(("\\begin{aligned}", "\\begin{gathered}")):
        # TeX sets each line of these as a displayed formula; tables of MathML are compact unless told.
        for table in root.findall(f"{namespace}mtable"):
            table.set("displaystyle", "true")
    for element in root.iter():
        element.tag = element.tag.removeprefix(namespace)
        if element.tag not in _TAGS or any(key.lower().startswith("on") or "href" in key for key in element.attrib):
            return ""
    return ElementTree.tostring(root, encoding="unicode").strip()
