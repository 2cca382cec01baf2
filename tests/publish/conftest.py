"""A small executed paper with facts of every kind, made by hand: what the builder hands to the exporters."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pressrun.facts import VALUE_MIME, ClaimFact, Disclosure, Excluded, PanelFact, RunCite, SideFact, ValueFact, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

Write = Callable[..., "NotebookNode"]


BIBLIOGRAPHY = """@article{student1908, author={Student}, title={The Probable Error of a Mean}, journal={Biometrika},
  volume={6}, pages={1--25}, year={1908}}
@inproceedings{bouthillier2021, author={Bouthillier, Xavier and Delaunay, Pierre}, title={Accounting for Variance},
  booktitle={MLSys}, year={2021}}
"""
FRONT = """---
title: A study of seeds
authors:
  - {name: Ada Lovelace, orcid: 0000-0001-2345-6789, affiliations: [Analytical Engine Laboratory]}
abstract: We reach `{python} acc` test accuracy [@student1908].
keywords: [seeds]
date: 2026-11-20
---
"""
PROSE = r"""# Introduction {#sec-intro}

Seeds matter [@student1908; @bouthillier2021]. See @fig-curves, @tbl-main, [-@lst-fit], @eq-mean, @clm-svm and
[@fig-curves; @tbl-small]; @Fig-curves again, and @sec-intro. The accuracy is `{python} acc`.[^n]

[^n]: A footnote.

$$ \bar x = \tfrac1n \sum_i x_i $$ {#eq-mean}

| a | b |
|--:|---|
| 1 | 2 |

: A small table. {#tbl-small}
"""


def cite(name: str, index: int) -> RunCite:
    return RunCite(f"20261101-{index:06d}-{name}", f"{name}-{index}", "runs/", f"sha256:{index:064x}", "finished")


RUNS = tuple(cite("svm", i) for i in range(1, 13))
DISCLOSURE = Disclosure(15, 12, (Excluded("crashed", ("x", "y", "z")),))


def grid_cell(text: str, **more: Any) -> dict[str, Any]:
    empty = {"number": None, "low": None, "high": None, "n": None, "mark": "", "delta": None, "note": ""}
    return {"text": text, **empty, **more}


def grid_view(label: str = "svm") -> dict[str, Any]:
    columns = [
        {"key": "model", "title": "model", "align": "left", "numeric": False, "unit": ""},
        {"key": "acc", "title": "accuracy", "align": "right", "numeric": True, "unit": "%"},
    ]
    delta = {"text": "+6.9 [5.5, 8.3]", "number": 6.9, "low": 5.5, "high": 8.3, "verdict": "better"}
    rows = [
        {
            "key": "a",
            "label": "logreg",
            "runs": [],
            "baseline": True,
            "cells": [grid_cell("logreg"), grid_cell("91.2")],
        },
        {
            "key": "b",
            "label": label,
            "runs": [run.id for run in RUNS],
            "baseline": False,
            "cells": [grid_cell(label), grid_cell("98.1", number=98.1, n=12, mark="best", delta=delta)],
        },
    ]
    return {"grid": {"columns": columns, "sections": [], "rows": rows, "notes": ["Seeds are pooled."]}}


def panel(kind: str, view: dict[str, Any], title: str = "A panel") -> PanelFact:
    points: dict[str, list[Any]] = {"group": ["svm"] * 2, "run": [""] * 2, "x": [1, 2], "value": [0.8, 0.9]}
    frame = {**points, "low": [0.7, 0.8], "high": [0.9, 0.95], "n": [12, 12]}
    return PanelFact(kind, title, ("test/acc",), frame, view, RUNS, ("q-1",), DISCLOSURE)


def curves_view(label: str = "svm") -> dict[str, Any]:
    return {
        "x": {"field": "step", "label": "epoch"},
        "y": {"label": "accuracy", "log": False, "metric": "test/acc", "direction": "max"},
        "smooth": 0.0,
        "band": "",
        "groups": [{"label": label, "runs": [], "color": 0}],
        "baseline": None,
    }


def code_view(text: str = "def fit():\n    return 1\n") -> dict[str, Any]:
    where = {"path": "train.py", "symbol": "fit", "language": "python", "first_line": 7}
    return {**where, "text": text, "commit": "a1b2c3d4e5f6a7", "dirty": False, "run": RUNS[0].id}


def value_fact(text: str = "0.981", state: str = "current") -> ValueFact:
    return ValueFact(
        0.981, text, "test/acc", "mean", 12, (0.97, 0.99), 0.95, "Student-t", "", state, "", RUNS, ("q-1",), DISCLOSURE
    )


def claim_fact(statement: str = "SVM wins", verdict: str = "holds", p_corrected: float | None = None) -> ClaimFact:
    return ClaimFact(
        statement, "greater", verdict, "The difference is 0.069.", "test/acc",
        (SideFact("svm", 12, 0.981, (0.97, 0.99), RUNS), SideFact("logreg", 12, 0.912, (0.9, 0.92), ())),
        0.069, (0.055, 0.083), 0.95, None, 12, "seed", "paired t-test", 13.7, 11, 0.0002, p_corrected,
        "Holm" if p_corrected else "", 6.1, "Cohen's d", RUNS, ("q-1",), DISCLOSURE,
    )  # fmt: skip


def shown(fact: Any, **more: Any) -> NotebookNode:
    return new_output("display_data", {fact.mime: to_json(fact), "text/plain": "a fact", **more})


def evaluated(**results: Any) -> dict[str, Any]:
    """Give the metadata of a cell whose inline expressions the builder evaluated."""
    entries = []
    for expression, result in results.items():
        data = {"text/plain": result} if isinstance(result, str) else {VALUE_MIME: to_json(result)}
        entries.append({"expression": expression, "result": {"status": "ok", "data": data, "metadata": {}}})
    return {"user_expressions": entries}


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="100pt" viewBox="0 0 200 100">'
    '<rect width="200" height="100" fill="#fff"/>'
    '<text x="10" y="50" style="font: 14px Helvetica">axis label</text></svg>'
)


def png_bytes() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" + b"\xff" * 6 + b"\0" + b"\0" * 6))
        + chunk(b"IEND", b"")
    )


PNG = base64.b64encode(png_bytes()).decode()


class Bench:
    """Makes executed papers in a folder of their own."""

    # Test modules are no package: what they need of this module, they reach through the fixture.
    PNG, SVG = PNG, SVG
    claim_fact, code_view, curves_view = staticmethod(claim_fact), staticmethod(code_view), staticmethod(curves_view)
    evaluated, grid_view, panel = staticmethod(evaluated), staticmethod(grid_view), staticmethod(panel)
    png_bytes, shown, value_fact = staticmethod(png_bytes), staticmethod(shown), staticmethod(value_fact)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "references.bib").write_text(BIBLIOGRAPHY)

    def notebook(self, *cells: NotebookNode, **metadata: Any) -> NotebookNode:
        notebook = new_notebook(cells=list(cells), metadata=metadata)
        for index, cell in enumerate(notebook.cells):
            cell["id"] = f"c{index}"
        nbformat.validate(notebook)
        return notebook

    def prose(self, text: str, **results: Any) -> NotebookNode:
        return self.notebook(new_markdown_cell(text, metadata=evaluated(**results)))

    def paper(self) -> NotebookNode:
        """Give a paper with a figure, two tables, a listing, an equation, a claim, values and citations."""
        values = evaluated(acc=value_fact())
        return self.notebook(
            new_markdown_cell(FRONT, metadata=values),
            new_markdown_cell(PROSE, metadata=values),
            new_code_cell(
                "#| label: fig-curves\n#| fig-cap: Curves, as @eq-mean says.\ncurves",
                outputs=[shown(panel("curves", curves_view()), **{"image/svg+xml": SVG})],
            ),
            new_code_cell("#| label: tbl-main\ntable", outputs=[shown(panel("table", grid_view(), "The results"))]),
            new_code_cell("#| label: lst-fit\ncode", outputs=[shown(panel("code", code_view(), "How to fit"))]),
            new_code_cell("#| label: clm-svm\nclaim", outputs=[shown(claim_fact())]),
        )

    def resources(self) -> dict[str, Any]:
        return {"metadata": {"path": str(self.folder), "name": "paper"}}

    def html(self, notebook: NotebookNode) -> str:
        from pressrun.publish.exporters import HTMLExporter

        return HTMLExporter().from_notebook_node(notebook, self.resources())[0]

    def pdf(self, notebook: NotebookNode) -> bytes:
        from pressrun.publish.exporters import PDFExporter

        return PDFExporter().from_notebook_node(notebook, self.resources())[0]

    def pdf_text(self, notebook: NotebookNode) -> str:
        import io

        from pypdf import PdfReader

        pages = PdfReader(io.BytesIO(self.pdf(notebook))).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def latex(self, notebook: NotebookNode) -> str:
        from pressrun.publish.exporters import LatexExporter

        return LatexExporter().from_notebook_node(notebook, self.resources())[0]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    folder = tmp_path / "paper"
    folder.mkdir()
    return Bench(folder)
