"""One pass from an executed notebook to the document that HTML, PDF and LaTeX all print.

Prose is read by pandoc in one call. Figures, tables, listings, equations, sections and claims are numbered,
cross-references and inline values resolved, citations written out; what is left to a format is filling typed holes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pressrun.build.frontmatter import FrontMatter, split_front_matter
from pressrun.errors import ConfigError
from pressrun.publish import citations, formulas, markup, pandoc, prose
from pressrun.publish.cells import CodeCell, show
from pressrun.publish.composition import Composition, Section
from pressrun.publish.findings import Findings
from pressrun.publish.holes import ClaimHole, FloatHole, Hole, OutputHole, PanelFace, ValueHole
from pressrun.publish.outputs import joined
from pressrun.publish.prose import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.publish.findings import Finding
    from pressrun.publish.numbering import Target
    from pressrun.publish.pandoc import Node, Nodes
    from pressrun.records import Problem


@dataclass(frozen=True, slots=True)
class Document:
    """A paper, ready to be printed in any format.

    Parameters
    ----------
    title, abstract
        Inlines and blocks; `title_text` is the title without markup.
    blocks
        The body: pandoc's tree with holes. `fill` gives them a format's content.
    sections, claims, floats
        The table of contents, the claims, and the figures, tables and listings, in reading order.
    mathml
        Every formula of the document, (display, TeX) → MathML.
    runs
        The runs behind all that is shown, each once, as facts name them.
    problems
        What could not be shown as its author meant it; readers see it marked in its place.
    findings
        What is wrong with it, of a pass that is not strict; no publication has any.
    targets
        What cross-references can name, by label.
    cited, references, bibliography
        The places that cite with what is printed there, the printed list of references, and all entries that there are,
        by key.
    """

    front: FrontMatter
    language: str
    title: Nodes
    title_text: str
    abstract: Nodes
    blocks: Nodes
    holes: tuple[Hole, ...]
    token: str
    sections: tuple[Section, ...]
    mathml: Mapping[tuple[bool, str], str]
    runs: tuple[Mapping[str, Any], ...]
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    cited: tuple[citations.Cited, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    bibliography: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def claims(self) -> tuple[ClaimHole, ...]:
        """The claims in reading order."""
        return tuple(hole for hole in self.holes if isinstance(hole, ClaimHole))

    @property
    def floats(self) -> tuple[FloatHole, ...]:
        """The numbered figures, tables and listings in reading order."""
        return tuple(hole for hole in self.holes if isinstance(hole, FloatHole))

    @property
    def panels(self) -> tuple[Mapping[str, Any], ...]:
        """The facts of all panels in reading order."""
        faces = [face for hole in self.floats for face in hole.faces]
        faces += [hole.face for hole in self.holes if isinstance(hole, OutputHole)]
        return tuple(face.fact for face in faces if isinstance(face, PanelFace))

    def fill(self, blocks: Nodes, fill: Callable[[int, Hole, Nodes], Nodes]) -> Nodes:
        """Give blocks with every hole replaced by what `fill(index, hole, content)` gives for it.

        The content that `fill` is given may hold further holes; they are filled as well.
        """

        def visit(node: Node) -> Nodes | None:
            index = self.hole_at(node)
            if index is None:
                return None
            content: Nodes = pandoc.rewrite(node["c"][1], visit)
            return fill(index, self.holes[index], content)

        filled: Nodes = pandoc.rewrite(blocks, visit)
        return filled

    def hole_at(self, node: Node) -> int | None:
        """Give the index of the hole that a node is, None if it is none."""
        if node["t"] in {"Div", "Span"}:
            _, classes, pairs = node["c"][0]
            if self.token in classes:
                return int(dict(pairs)["hole"])
        return None

    @classmethod
    def of(cls, notebook: NotebookNode, folder: Path, *, strict: bool = True) -> Document:
        """Read a paper.

        Parameters
        ----------
        notebook
            With outputs, and with the inline values' results in `user_expressions`.
        folder
            The paper's folder: bibliographies and images are read from it and from nowhere else.
        strict
            Whether it was executed and is to be published. Otherwise what is wrong is found and marked in its place,
            and what was not run yet has a place that says so.

        Raises
        ------
        DocumentError
            If a citation, cross-reference, image, label or inline value leads nowhere: with its cell and the nearest
            known names.
        ConfigError
            If front matter or cell options are wrong.
        """
        return _Pass(notebook, folder, Findings(strict)).document()

    @classmethod
    def begin(cls, notebook: Mapping[str, Any], folder: Path) -> None:
        """Begin to read a paper beside all else, so that `of` finds read what its outputs do not change.

        Parameters
        ----------
        notebook
            Its JSON, without outputs.
        """
        _Pass(notebook, folder, Findings(strict=False)).begin()


class _Pass:
    """The pass itself: reads once, composes cell by cell, resolves, prints citations."""

    def __init__(self, notebook: Mapping[str, Any], folder: Path, findings: Findings) -> None:
        self.notebook = notebook
        self.folder = folder
        self.findings = findings
        self.front = self._front_matter()
        numbered = self.front.raw.get("number-sections") is True
        self.composition = Composition(folder, numbered=numbered, findings=findings)
        self.segments: list[Segment] = []
        self.cells: list[tuple[str, Mapping[str, Any], int | CodeCell]] = []

    def _front_matter(self) -> FrontMatter:
        try:
            return FrontMatter.of(self.notebook)
        except ConfigError as error:
            self.findings.meet(error)
            return FrontMatter()

    def begin(self) -> None:
        self._gather()
        prose.begin(self.segments)
        if any("@" in segment.text for segment in self.segments):
            citations.begin(citations.bibliographies(self.front, self.folder, self.findings))

    def document(self) -> Document:
        title_at, abstract_at = self._gather()
        read = [prose.clean(blocks) for blocks in prose.read(self.segments, self.findings)]
        first = self.notebook["cells"][0] if self.notebook["cells"] else {}
        # A title is printed where no list of references can follow: it has values, and cites nothing.
        plain_title = _inlines(pandoc.rewrite(read[title_at], citations.uncited))
        title = self.composition.prose(plain_title, first, "front matter")
        abstract = self.composition.prose(read[abstract_at], first, "front matter")
        parts = [("front matter", abstract)]
        levels = _Levels.of(read, self.cells, pandoc.text_of(title) if "title" not in self.front.raw else None)
        for where, cell, content in self.cells:
            if isinstance(content, CodeCell):
                parts.append((where, show(content, cell, where, read, self.composition)))
            else:
                parts.append((where, self.composition.prose(levels.shifted(read[content]), cell, where)))
        return self._finish(title, parts)

    def _segment(self, where: str, text: str, *, quoted: bool = False) -> int:
        self.segments.append(Segment(where, text, quoted))
        return len(self.segments) - 1

    def _gather(self) -> tuple[int, int]:
        """Gather what is to be read; give where the title and the abstract will stand."""
        title_at = self._segment("front matter", self.front.title or _fallback_title(self.notebook), quoted=True)
        abstract_at = self._segment("front matter", self.front.abstract)
        for index, cell in enumerate(self.notebook["cells"]):
            where = place_of(index, cell)
            source = joined(cell.get("source", ""))
            if cell.get("cell_type") == "code":
                self.cells.append((where, cell, self._code_cell(cell, source, where)))
            elif cell.get("cell_type") == "markdown":
                if index == 0:
                    _, source = split_front_matter(source)
                self.cells.append((where, cell, self._segment(where, source)))
        self._correct_claims()
        return title_at, abstract_at

    def _code_cell(self, cell: Mapping[str, Any], source: str, where: str) -> CodeCell:
        try:
            return CodeCell.of(cell, source, where, self.front, self._segment)
        except ConfigError as error:
            self.findings.meet(error)
            code = "\n".join(line for line in source.split("\n") if not line.lstrip().startswith("#|"))
            return CodeCell.of(cell, code, where, self.front, self._segment)

    def _correct_claims(self) -> None:
        """Take each claim as the builder corrected it for the others, where it says that it did."""
        stored = self.notebook["metadata"].get("pressrun", {})
        entries = stored.get("claims", []) if isinstance(stored, Mapping) else []
        for _, cell, content in self.cells:
            if isinstance(content, CodeCell):
                own = [e for e in entries if isinstance(e, Mapping) and e.get("cell") == cell.get("id")]
                content.corrected.extend(own)

    def _finish(self, title: Nodes, parts: list[tuple[str, Nodes]]) -> Document:
        composition = self.composition
        numbering = composition.numbering
        parts = [(where, numbering.resolve(blocks, where)) for where, blocks in parts]
        files = citations.bibliographies(self.front, self.folder, self.findings)
        bibliography = citations.Bibliography()
        if not self.findings.strict or any(citations.cited(blocks) for _, blocks in parts):
            bibliography = citations.Bibliography.read(files, self.findings)
            parts = citations.check(parts, bibliography, list(numbering.targets), self.findings)
        places = [
            # Until its citation is written out, such a node holds what its author wrote.
            (where, pandoc.text_of(node["c"][1]))
            for where, blocks in parts
            for node in pandoc.nodes_in(blocks)
            if node["t"] == "Cite"
        ]
        abstract_mark = pandoc.div(parts[0][1], [composition.token], hole="abstract")
        joined_blocks = [abstract_mark, *(block for _, blocks in parts[1:] for block in blocks)]
        # While one process writes out the citations, another one reads the formulas; a list of references has none.
        formulas.begin([pandoc.div(title), *joined_blocks])
        written = citations.process(joined_blocks, self.front, bibliography.files, self.folder, self.findings)
        abstract, body = written.blocks[0]["c"][1], written.blocks[1:]
        body = _with_reference_heading(body, composition)
        holes = markup.with_trees(composition.holes)
        everything, mathml, problems = formulas.checked([pandoc.div(title), pandoc.div(abstract), *body])
        everything = _plain_ids(pandoc.rewrite(everything, prose.safe_link))
        title, abstract = everything[0]["c"][1], everything[1]["c"][1]
        return Document(
            front=self.front,
            language=str(self.front.raw.get("lang", "en")),
            title=title,
            title_text=pandoc.text_of(title) or "Untitled",
            abstract=abstract,
            blocks=everything[2:],
            holes=tuple(holes),
            token=composition.token,
            sections=tuple(composition.sections),
            mathml=mathml,
            runs=_runs(holes),
            problems=tuple(problems),
            findings=tuple(self.findings.found),
            targets=numbering.targets,
            cited=_placed(written.cited, places),
            references=written.entries,
            bibliography=bibliography.entries,
        )


def place_of(index: int, cell: Mapping[str, Any]) -> str:
    """Name a cell by its place and its id, as errors do."""
    return f"cell {index + 1}" + (f" ({cell['id']})" if cell.get("id") else "")


def _placed(cited: tuple[citations.Cited, ...], places: list[tuple[str, str]]) -> tuple[citations.Cited, ...]:
    # A style of notes may cite in other places than the prose does.
    if len(cited) != len(places):
        return cited
    return tuple(
        replace(each, where=where, written=written) for each, (where, written) in zip(cited, places, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Levels:
    """How headings are lifted so that the highest of the body is level 1, the title's own heading left out."""

    lift: int
    title: str | None

    @classmethod
    def of(
        cls, read: list[Nodes], cells: list[tuple[str, Mapping[str, Any], int | CodeCell]], title: str | None
    ) -> Any:
        levels = []
        dropped = False
        for _, _, content in cells:
            for node in pandoc.nodes_in(read[content]) if isinstance(content, int) else ():
                if node["t"] == "Header":
                    own = not dropped and node["c"][0] == 1 and pandoc.text_of(node["c"][2]) == title
                    if own:
                        dropped = True
                        node["c"][1][1].append("title-heading")
                    else:
                        levels.append(node["c"][0])
        return cls(min(levels, default=1) - 1, title)

    def shifted(self, blocks: Nodes) -> Nodes:
        def visit(node: Node) -> Nodes | None:
            if node["t"] != "Header":
                return None
            if "title-heading" in node["c"][1][1]:
                return []
            node["c"][0] -= self.lift
            return None

        shifted: Nodes = pandoc.rewrite(blocks, visit)
        return shifted


def _inlines(blocks: Nodes) -> Nodes:
    out: Nodes = []
    for block in blocks:
        if block["t"] in {"Para", "Plain"}:
            out += [*([{"t": "Space"}] if out else []), *block["c"]]
        elif block["t"] == "Header":
            out += block["c"][2]
        else:
            out += pandoc.words(pandoc.text_of([block]))
    return out


def _fallback_title(notebook: Mapping[str, Any]) -> str:
    title = notebook["metadata"].get("title", "")
    # A title in the notebook's metadata is a plain text, not Markdown.
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~$@^-])", r"\\\1", title) if isinstance(title, str) else ""


def _with_reference_heading(body: Nodes, composition: Composition) -> Nodes:
    at = next((i for i, block in enumerate(body) if block["t"] == "Div" and block["c"][0][0] == "refs"), None)
    if at is None or (at > 0 and body[at - 1]["t"] == "Header"):
        return body
    composition.sections.append(Section(1, "", "References", "references"))
    heading: Node = {"t": "Header", "c": [1, ["references", [], []], pandoc.words("References")]}
    return [*body[:at], heading, *body[at:]]


def _plain_ids(blocks: Nodes) -> Nodes:
    """Make each id one that every format can hold, and keep it where it is first given."""
    seen: set[str] = set()
    for node in pandoc.nodes_in(blocks):
        attributes = pandoc.attributes_of(node)
        if attributes is not None and attributes[0]:
            identifier = _plain(attributes[0])
            attributes[0] = "" if identifier in seen else identifier
            seen.add(identifier)
        if node["t"] == "Link" and node["c"][2][0].startswith("#"):
            node["c"][2] = ["#" + _plain(node["c"][2][0][1:]), ""]
    return blocks


def _plain(identifier: str) -> str:
    """Give an id without what LaTeX and Typst would obey: HTML and bibliographies allow nearly any text as one."""
    return re.sub(r"[^\w.:-]", "-", identifier)


def _runs(holes: list[Hole]) -> tuple[Mapping[str, Any], ...]:
    facts: list[Mapping[str, Any]] = []
    for hole in holes:
        match hole:
            case ValueHole(fact=fact) if fact is not None:
                facts.append(fact)
            case ClaimHole(fact=fact):
                facts.append(fact)
            case FloatHole(faces=faces):
                facts.extend(face.fact for face in faces if isinstance(face, PanelFace))
            case OutputHole(face=PanelFace(fact=fact)):
                facts.append(fact)
    runs: dict[tuple[str, str], Mapping[str, Any]] = {}
    for fact in facts:
        for run in fact.get("runs") or []:
            if isinstance(run, Mapping):
                runs.setdefault((str(run.get("source")), str(run.get("id"))), run)
    return tuple(runs.values())
