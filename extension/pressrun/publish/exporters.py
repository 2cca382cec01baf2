"""nbconvert's exporters: `jupyter nbconvert --to pressrun-html` and its siblings write what a build writes.

A build calls the same functions without them: nbconvert takes longer to import than a page takes to write.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter

from pressrun.publish.document import Document
from pressrun.publish.html import page
from pressrun.publish.latex import latex
from pressrun.publish.pdf import pdf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode


class HTMLExporter(Exporter):
    """nbconvert's `pressrun-html`.

    `resources["pressrun"]` may say what the notebook does not know: "version" (a number), "downloads" (a list of
    {"label", "href"}) and "home" (the address of the site's index).
    """

    export_from_notebook = "pressrun page"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Write an executed paper as a page.

        Raises
        ------
        DocumentError
            If something that the prose names is not there.
        ExportError
            If the page has panels, and their front end was not built.
        """
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        document = Document.of(notebook, folder_of(resources))
        return page(document, resources.get("pressrun") or {}), resources


class PDFExporter(Exporter):
    """nbconvert's `pressrun-pdf`. `resources["pressrun"]` may give "version", as for `HTMLExporter`."""

    export_from_notebook = "pressrun PDF"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Print an executed paper.

        Raises
        ------
        DocumentError
            If something that the prose names is not there.
        ExportError
            If Typst refuses the document.
        """
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        document = Document.of(notebook, folder_of(resources))
        # nbconvert's writers decide by this whether to write bytes.
        resources["output_extension"] = ".pdf"
        return pdf(document, resources.get("pressrun") or {}), resources


class LatexExporter(Exporter):
    """nbconvert's `pressrun-latex`. The figures' bytes are in `resources["outputs"]`, by file name."""

    export_from_notebook = "pressrun LaTeX"
    output_mimetype = "text/latex"

    def _file_extension_default(self) -> str:
        return ".tex"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Write an executed paper as LaTeX.

        Raises
        ------
        DocumentError
            If something that the prose names is not there.
        ExportError
            If a figure cannot be made a PDF.
        """
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        document = Document.of(notebook, folder_of(resources))
        # nbconvert gives each notebook a folder for its files; papers beside each other must not share one.
        given = str(resources.get("output_files_dir") or "figures")
        text, files = latex(document, resources.get("pressrun") or {}, re.sub(r"[^\w./-]", "_", given))
        outputs = resources.setdefault("outputs", {})
        outputs.update(files)
        return text, resources


def folder_of(resources: Mapping[str, Any]) -> Path:
    """Give the folder that nbconvert says the notebook lies in; without a say, the current one."""
    return Path(str(resources.get("metadata", {}).get("path") or "."))
