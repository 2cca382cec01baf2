"""One code cell on the page: which of its code and outputs its options let through, numbered and captioned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.build.options import parse_options
from pressrun.errors import DocumentError
from pressrun.publish import pandoc, unrun
from pressrun.publish.composition import Composition, kind_of
from pressrun.publish.holes import CodeFace, Face, Kind, NoteFace, OutputHole, PanelFace, PictureFace, ValueHole
from pressrun.publish.outputs import shown_by
from pressrun.publish.pandoc import Nodes, words

if TYPE_CHECKING:
    from pressrun.build.frontmatter import FrontMatter

_FLOATS = {Kind.FIGURE: "fig-cap", Kind.TABLE: "tbl-cap", Kind.LISTING: "lst-cap"}
_HIDE_CODE = {"hide-input", "remove-input", "hide_input", "remove_input"}
_HIDE_OUTPUT = {"hide-output", "remove-output", "hide_output", "remove_output"}
_HIDE_CELL = {"remove-cell", "hide-cell", "remove_cell", "hide_cell"}


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell's options, read.

    Parameters
    ----------
    captions
        Where each caption stands among the segments of the prose, by kind.
    markdown
        The same for Markdown that the cell itself gave, by its position among what the cell shows.
    corrected
        The cell's claims after correction for the paper's other claims.
    """

    source: str
    label: str
    alt: str
    echo: bool
    summary: str
    output: bool
    language: str
    captions: Mapping[Kind, int]
    markdown: Mapping[int, int]
    corrected: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        cell: Mapping[str, Any],
        source: str,
        where: str,
        front: FrontMatter,
        segment: Callable[..., int],
    ) -> CodeCell:
        """Read a cell's options; `segment` takes a piece of Markdown and says where it will stand.

        Raises
        ------
        ConfigError
            If the options are wrong.
        """
        options, code = parse_options(source, where)
        tags = set(cell.get("metadata", {}).get("tags") or [])
        whole = options.get("include", True) is not False and not tags & _HIDE_CELL
        defaults = front.raw.get("execute")
        defaults = defaults if isinstance(defaults, Mapping) else front.raw
        echo = options.get("echo", defaults.get("echo", False)) is True and not tags & _HIDE_CODE
        fold = options.get("code-fold", front.raw.get("code-fold", False))
        output = whole and options.get("output", True) is not False and not tags & _HIDE_OUTPUT
        captions = {
            kind: segment(where, str(options[key])) for kind, key in _FLOATS.items() if options.get(key) is not None
        }
        shown = list(shown_by(cell.get("outputs") or [], where)) if output else []
        markdown = {
            index: segment(where, _formula(item.markdown), quoted=True)
            for index, item in enumerate(shown)
            if item.markdown
        }
        return cls(
            source=code.strip("\n"),
            label=str(options.get("label") or ""),
            alt=str(options.get("alt") or options.get("fig-alt") or ""),
            echo=whole and echo,
            summary=str(options.get("code-summary") or "Code") if fold in {True, "show"} else "",
            output=output,
            language="python",
            captions=captions,
            markdown=markdown,
        )


def _formula(text: str) -> str:
    """Give a cell's LaTeX as Markdown: some libraries write it with `$`, some without."""
    stripped = text.strip()
    if stripped.startswith(("$", "\\begin")) or not stripped.startswith("\\"):
        return text
    return f"$${stripped}$$"


def show(content: CodeCell, cell: Mapping[str, Any], where: str, read: list[Nodes], composition: Composition) -> Nodes:
    """Give what a code cell shows.

    Raises
    ------
    DocumentError
        If a label is taken, or labels what is not there.
    """
    return _Cell(content, cell, where, read, composition).blocks()


class _Cell:
    def __init__(
        self, content: CodeCell, cell: Mapping[str, Any], where: str, read: list[Nodes], composition: Composition
    ) -> None:
        self.content = content
        self.cell = cell
        self.where = where
        self.read = read
        self.composition = composition
        self.label_kind = Kind.of(content.label)
        self.label_left = content.label
        self.is_unrun = not composition.findings.strict and unrun.is_unrun(cell)
        self.promise = unrun.promise_of(content.source) if self.is_unrun else None

    def blocks(self) -> Nodes:
        content = self.content
        out: Nodes = []
        shown = list(shown_by(self.cell.get("outputs") or [], self.where)) if content.output else []
        labelled = [item.face for item in shown if item.face is not None and self._bears_label(item.face)]
        promised = self.promise is not None and self.promise.kind is Kind.LISTING
        listing = self.label_kind is Kind.LISTING and not labelled and not promised
        code = CodeFace(content.source, content.language)
        if listing and content.source:
            out.append(self._float((code,)))
        elif content.echo and content.source.strip():
            out.append(self.composition.source(code, content.summary))
        corrected = iter(content.corrected)
        for index, item in enumerate(shown):
            if item.claim is not None:
                out.append(self._claim(item.claim, next(corrected, None)))
            elif item.value is not None:
                hole = ValueHole(str(item.value.get("text", "n/a")), "", item.value)
                out.append(pandoc.para(self.composition.value(hole)))
            elif item.markdown:
                blocks = self.read[content.markdown[index]]
                out.extend(self.composition.prose(blocks, self.cell, self.where, quoted=True))
            elif item.face is not None:
                out.extend(self._face(item.face, labelled))
        return [*out, *self._unmet(shown)]

    def _bears_label(self, face: Face) -> bool:
        """Whether a face is of the kind that the cell's label, or else its caption, is for."""
        own = kind_of(face)
        if self.label_kind in _FLOATS:
            return isinstance(face, PanelFace) or (
                own is not None and (own is self.label_kind or own in {Kind.FIGURE, Kind.TABLE})
            )
        return own in self.content.captions

    def _face(self, face: Face, labelled: list[Face]) -> Nodes:
        if any(face is other for other in labelled):
            # All that a labelled cell shows is one figure.
            return [self._float(tuple(labelled))] if face is labelled[0] else []
        if isinstance(face, PanelFace):
            return [self._float((face,))]
        hole = OutputHole(face, alt=self.content.alt)
        if isinstance(face, PictureFace):
            return [pandoc.para(self.composition.inline_hole(hole))]
        return [self.composition.block_hole(hole)]

    def _float(self, faces: tuple[Face, ...]) -> pandoc.Node:
        kind = self.label_kind if self.label_kind in _FLOATS else None
        kind = kind or next((k for face in faces if (k := kind_of(face)) in self.content.captions), None)
        kind = kind or kind_of(faces[0]) or Kind.FIGURE
        label, self.label_left = (self.label_left, "") if self.label_kind in _FLOATS else ("", self.label_left)
        return self.composition.float_of(
            faces, kind, label, self._caption(kind, faces), self.where, alt=self.content.alt
        )

    def _caption(self, kind: Kind, faces: tuple[Face, ...]) -> Nodes:
        captions = self.content.captions
        at = captions.get(kind, next(iter(captions.values()), None))
        if at is not None:
            blocks = self.composition.prose(self.read[at], self.cell, self.where)
            return [inline for block in blocks if block["t"] in {"Para", "Plain"} for inline in block["c"]]
        title = faces[0].fact.get("title") if faces and isinstance(faces[0], PanelFace) else ""
        return words(re.sub(r"\s+", " ", str(title or "")))

    def _claim(self, fact: Mapping[str, Any], corrected: Mapping[str, Any] | None) -> pandoc.Node:
        label, self.label_left = (self.label_left, "") if self.label_kind is Kind.CLAIM else ("", self.label_left)
        if corrected is not None and corrected.get("statement") == fact.get("statement"):
            fact = {**fact, **corrected}
        return self.composition.claim(fact, label, self.where)

    def _unmet(self, shown: list[Any]) -> Nodes:
        """Give what stands for a figure or claim that the cell does not show, so that the others keep their numbers."""
        findings = self.composition.findings
        promise = self.promise
        kind = self.label_kind if self.label_left else promise.kind if promise else None
        if kind is None or not self.content.output:
            return []
        note = unrun.NOT_RUN
        if not self.is_unrun:
            found = "has no output" if not shown else f"shows no {kind.word.lower()}"
            note = f"is labelled {self.label_left!r} and {found}"
            hint = "build the paper, or let the cell's last line be the panel"
            findings.meet(DocumentError(note, where=self.where, hint=hint))
        text = promise.text if promise else ""
        if kind is Kind.CLAIM:
            statement = text or "A claim that has not been judged yet."
            return [self._claim({"statement": statement, "verdict": "", "reason": note}, None)]
        if kind not in _FLOATS:
            return []
        caption = self._caption(kind, ()) or words(text)
        label, self.label_left = self.label_left, ""
        return [self.composition.float_of((NoteFace(note),), kind, label, caption, self.where)]
