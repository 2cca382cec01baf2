"""The builder's publisher: every format of an executed paper, its sealed evidence, and the switch at the end."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pressrun.build.publisher import Published
from pressrun.publish.site import read_papers
from pressrun.publish.templates import environment
from pressrun.publish.versions import file_digest, files_of, publish, site_folder, version_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.build.paper import Paper
    from pressrun.publish.document import Document

PAGE = "index.html"
#: Format → what a version has of it.
OUTPUTS = {"html": PAGE, "pdf": "paper.pdf", "latex": "latex", "ipynb": "paper.ipynb"}
LABELS = {"pdf": "PDF", "latex": "LaTeX", "ipynb": "Notebook"}
EVIDENCE = "evidence"
#: What the site adds to a version.
_ADDED = frozenset({"provenance.json", "checksums.json"})


class SitePublisher:
    """Publishes papers to their project's site.

    Parameters
    ----------
    phase
        Is told what it turns to, such as "publishing html".
    """

    def __init__(self, phase: Callable[[str], None] = lambda _words: None) -> None:
        self._phase = phase

    def begin(self, paper: Paper, notebook: Mapping[str, Any]) -> None:
        """Begin to read the prose, in a thread."""
        cells = [{**cell, "outputs": []} if cell["cell_type"] == "code" else cell for cell in notebook["cells"]]
        before = {**notebook, "cells": cells}
        threading.Thread(target=_begin, args=(before, paper.folder), name="pressrun-prose").start()

    def prepare(self) -> None:
        """Import what exporters need, in a thread: while the cells run in their kernel, this process has time."""
        threading.Thread(target=_import, name="pressrun-imports").start()

    def publish(
        self, paper: Paper, notebook: NotebookNode, facts: dict[str, Any], scratch: Path, *, unchanged_inputs: bool
    ) -> Published:
        """Export, seal and switch in; the newest version stands if neither inputs nor results changed.

        Raises
        ------
        PressrunError
            If an exporter fails or the site cannot be written. The old publication stands.
        """
        from pressrun.publish.document import Document

        # pandoc takes its time with the document.
        threading.Thread(target=_load_templates, name="pressrun-templates").start()
        document = Document.of(notebook, paper.folder)
        entry = read_papers(site_folder(paper.project)).get(paper.name)
        newest = entry.current.number if entry is not None else 0
        previous = version_folder(paper.project, paper.name)
        # The page carries its version's number, so results are compared under the newest version's own.
        if unchanged_inputs and previous is not None:
            stage = self._stage(paper, notebook, document, facts, scratch, newest, previous)
            if _contents(stage) == _contents(previous):
                return Published(newest, self.outputs(paper, facts))
            shutil.rmtree(stage)
        stage = self._stage(paper, notebook, document, facts, scratch, newest + 1, previous)
        number = publish(paper.project, paper.name, stage, facts, force=True)
        return Published(number, self.outputs(paper, facts))

    def outputs(self, paper: Paper, facts: Mapping[str, Any]) -> tuple[Path, ...]:
        """Give the files that readers open of the newest version."""
        return tuple(paper.published / name for name in facts.get("outputs", ()) if name != EVIDENCE)

    def _stage(
        self,
        paper: Paper,
        notebook: NotebookNode,
        document: Document,
        facts: dict[str, Any],
        scratch: Path,
        number: int,
        previous: Path | None,
    ) -> Path:
        from pressrun.publish.evidence import collect, seal, seal_again

        stage = scratch / "stage"
        stage.mkdir()
        formats = [name for name in facts["formats"] if name != "html"]
        # pandoc and Typst do most of the other formats' work, in the time that this process needs for its own.
        with ThreadPoolExecutor(1, "pressrun-export") as others:
            written = [others.submit(_export, paper, notebook, document, name, stage, number) for name in formats]
            self._phase("sealing the evidence")
            before = previous / EVIDENCE if previous is not None else None
            if before is None or seal_again(stage / EVIDENCE, before, facts, notebook.cells) is None:
                seal(stage / EVIDENCE, collect(paper.project, facts, before), facts, notebook.cells)
            self._phase("publishing html")
            _export_page(document, formats, stage, number)
            for name, other in zip(formats, written, strict=True):
                self._phase(f"publishing {name}")
                other.result()
        facts["outputs"] = sorted(entry.name for entry in stage.iterdir())
        return stage


# In what follows, what cannot be imported or read says so where it is needed. The notebook may not be valid yet.
def _begin(notebook: Mapping[str, Any], folder: Path) -> None:
    with contextlib.suppress(Exception):
        from pressrun.publish.document import Document

        Document.begin(notebook, folder)


def _import() -> None:
    with contextlib.suppress(ImportError):
        for module in ("document", "evidence", "html", "pdf"):
            importlib.import_module(f"pressrun.publish.{module}")
        for module in ("numpy", "pyarrow.parquet", "typst"):
            importlib.import_module(module)


def _load_templates() -> None:
    with contextlib.suppress(Exception):
        importlib.import_module("pressrun.publish.html")
        for name in ("paper.html.j2", "site.html.j2"):
            environment().get_template(name)


def _export_page(document: Document, formats: list[str], stage: Path, number: int) -> None:
    from pressrun.publish.html import page

    downloads = [{"label": LABELS[name], "href": _href(name)} for name in formats]
    downloads.append({"label": "Evidence", "href": f"{EVIDENCE}/manifest.json"})
    (stage / PAGE).write_text(page(document, {"version": number, "downloads": downloads}), "utf-8")


def _href(name: str) -> str:
    return "latex/paper.tex" if name == "latex" else OUTPUTS[name]


def _export(paper: Paper, notebook: NotebookNode, document: Document, name: str, stage: Path, number: int) -> None:
    if name == "ipynb":
        import nbformat

        (stage / OUTPUTS[name]).write_text(nbformat.writes(notebook) + "\n", "utf-8")
    elif name == "pdf":
        from pressrun.publish.pdf import pdf

        (stage / OUTPUTS[name]).write_bytes(pdf(document, {"version": number}))
    else:
        from pressrun.publish.latex import latex

        text, files = latex(document, {"version": number})
        folder = stage / OUTPUTS[name]
        folder.mkdir()
        (folder / "paper.tex").write_text(text, "utf-8")
        for file, content in files.items():
            place = folder / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


def _contents(folder: Path) -> dict[str, str]:
    return {name: file_digest(folder / name) for name in files_of(folder) if name not in _ADDED}
