"""A small study with a paper on it, as an author has open in JupyterLab: runs, a table, claims and long prose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.conftest import Study

if TYPE_CHECKING:
    from pathlib import Path

PATH = "papers/demo/paper.ipynb"

FRONT = """md:---
title: Which model reads digits best?
authors:
  - name: Ada Example
bibliography: references.bib
---"""
PROSE = "md:# Introduction {#sec-intro}\n\nTwo models are compared [@ada2020]; see @tbl-results and @clm-better."
SETUP = """import pressrun as pr
runs = pr.runs('runs/')
svm = runs.where("config.model == 'svm'")
tree = runs.where("config.model == 'tree'")
acc = pr.value(svm, 'test/acc')"""
RESULTS = (
    "md:# Results {#sec-results}\n\nThe support vector machine is right in `{python} acc` of cases.\n\n"
    + "\n\n".join(
        f"Paragraph {number}: " + "what the results mean is said at length, so that the page scrolls. " * 5
        for number in range(10)
    )
)
TABLE = """#| label: tbl-results
#| tbl-cap: Accuracy of both models
pr.table(runs, ['test/acc'], group='config.model')"""
CLAIM = """#| label: clm-better
pr.claim('SVM beats the tree', pr.greater(svm, tree, 'test/acc'))"""
BAR = """#| label: clm-bar
pr.claim('SVM reaches 90 %', pr.at_least(svm, 'test/acc', 0.9))"""
END = "md:# Discussion\n\n" + "\n\n".join(
    f"Thought {number}: " + "there is more to say about every one of these numbers. " * 6 for number in range(12)
)
CELLS = (FRONT, PROSE, SETUP, RESULTS, TABLE, CLAIM, BAR, END)


def digits(root: Path) -> Study:
    """Record eight runs, and write the paper on them."""
    study = Study(root)
    for seed in range(4):
        study.record(f"svm-{seed}", 0.95 + seed / 100, model="svm", seed=seed)
        study.record(f"tree-{seed}", 0.85 + seed / 130, model="tree", seed=seed)
    write(study, *CELLS)
    return study


def write(study: Study, *cells: str, name: str = "demo") -> str:
    """Write a paper with the kernel that JupyterLab would otherwise ask for, and give its path."""
    path = study.paper(*cells, name=name)
    notebook = json.loads(path.read_text("utf-8"))
    notebook["metadata"] = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    path.write_text(json.dumps(notebook), "utf-8")
    entry = "@article{ada2020, title={Digits}, author={Example, Ada}, year={2020}, journal={Journal}}\n"
    (path.parent / "references.bib").write_text(entry, "utf-8")
    return path.relative_to(study.root).as_posix()


def contradict(study: Study) -> None:
    """Record runs that speak against both claims."""
    for seed in range(4, 12):
        study.record(f"svm-{seed}", 0.50 + seed / 1000, model="svm", seed=seed)
        study.record(f"tree-{seed}", 0.85 + seed / 1000, model="tree", seed=seed)
