"""Notebooks whose cells hold saved outputs: bundles of real panels, values and claims, and no kernel ever started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.browser.test_real_facts import records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PANEL = "application/vnd.pressrun.panel.v1+json"


def bundles() -> dict[str, dict[str, Any]]:
    """Give one bundle of each panel, a value and a claim, over runs in memory; by a name that says what it is."""
    import pressrun as pr

    runs = pr.runs(records())
    groups = runs.group_by("config.model")
    code = {
        PANEL: code_fact(),
        "text/plain": "train.py::fit",
        "text/html": '<pre><code><span class="k">def</span> fit(c):\n    return c\n</code></pre>',
    }
    return {
        "curves": pr.curves(runs, "val/acc", group="config.model", baseline="forest").bundle(),
        "table": pr.table(runs, ["config.seed", "test/acc"], group="config.model", baseline="forest").bundle(),
        "compare": pr.compare(runs[0], runs[5]).bundle(),
        "code": code,
        "value": pr.value(groups["svm"], "test/acc")._repr_mimebundle_(),
        "claim": pr.claim(
            "SVM beats the forest", pr.greater(groups["svm"], groups["forest"], "test/acc")
        )._repr_mimebundle_(),
    }


def code_fact() -> dict[str, Any]:
    from tests.browser import panel_facts

    return panel_facts.code()


def write_notebook(path: Path, outputs: Mapping[str, Mapping[str, Any] | None], *, between: int = 0) -> Path:
    """Write a notebook, a code cell with its saved output for each bundle; `between` text cells keep them apart."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    cells = []
    for name, bundle in outputs.items():
        saved = [] if bundle is None else [new_output("execute_result", data=dict(bundle), execution_count=1)]
        cells.append(new_code_cell(f"# {name}", id=name, execution_count=1, outputs=saved))
        cells += [new_markdown_cell(f"Text {n} after {name}.\n\n" * 6) for n in range(between)]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path
