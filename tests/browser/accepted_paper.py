"""The paper of the acceptance test: every kind of panel, claims of every verdict, and prose of every sort."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '<img src=x onerror="window.__hacked=1">'
MODELS = {"svm": 0.96, "forest": 0.93, HOSTILE: 0.9}
SEEDS = (1, 2, 3, 4)
SIZES = (100, 300, 1000)

FRONT = """---
title: A paper that holds everything
authors:
  - {name: Ada Example, affiliation: Institute of Examples, corresponding: true, email: ada@example.org}
  - {name: Ben Example, affiliation: [Institute of Examples, Second Institute], orcid: 0000-0002-1825-0097}
date: 2026-01-02
license: CC-BY-4.0
keywords: [acceptance, browsers]
bibliography: references.bib
abstract: |
  What a published page promises its readers, in one page.
---"""

BIBLIOGRAPHY = """@article{student1908, author = {Student}, title = {The Probable Error of a Mean},
  journal = {Biometrika}, volume = {6}, number = {1}, pages = {1--25}, year = {1908}, doi = {10.1093/biomet/6.1.1}}
@article{cox1958, author = {Cox, David R.}, title = {The Regression Analysis of Binary Sequences},
  journal = {Journal of the Royal Statistical Society: Series B}, volume = {20}, number = {2}, pages = {215--42},
  year = {1958}, doi = {10.1111/j.2517-6161.1958.tb00292.x}}
"""

SETUP = """#| output: false
import pressrun as pr
runs = pr.runs("runs/")
full = runs.where("config.n_train == 1000")
svm, forest = full.where("config.model == 'svm'"), full.where("config.model == 'forest'")
accuracy = pr.value(svm, "test/acc")
gone = full.where("config.model == 'nothing of that name'")
"""

PROSE = """# Introduction {#sec-introduction}

The support vector machine reaches `{python} accuracy` [@student1908]; see @cox1958, @fig-curves, @fig-sizes,
@tbl-results, @tbl-pair, @lst-train, @clm-holds, @eq-mean and @sec-method.[^note]

[^note]: A note at the foot, with $x^2$ in it.

## Method {#sec-method}

Let $a_i$ be accuracies ($n = 4$).

$$
\\bar d = \\frac{1}{n} \\sum_{i=1}^{n} (a_i - b_i)
$$ {#eq-mean}

# Results {#sec-results}"""

CURVES = """#| label: fig-curves
#| fig-cap: "Validation accuracy by step."
#| alt: "Three rising lines."
pr.curves(full, "val/acc", group="config.model")"""

LOSS = """#| label: fig-loss
#| fig-cap: "Loss by step."
pr.curves(full, "val/loss", group="config.model")"""

SIZED = """#| label: fig-sizes
#| fig-cap: "Test accuracy by the number of labels."
pr.curves(runs, "test/acc", group="config.model", x="config.n_train")"""

TABLE = """#| label: tbl-results
#| tbl-cap: "Test accuracy, and the difference to the forest."
pr.table(full, ["test/acc", "val/acc", "val/loss"], group="config.model", baseline="forest")"""

COMPARE = """#| label: tbl-pair
#| tbl-cap: "Two runs."
pr.compare(svm[0], forest[0])"""

CODE = """#| label: lst-train
#| lst-cap: "Training."
pr.code("train.py::train")"""

CLAIMS = {
    "holds": 'pr.claim("The support vector machine beats the forest.", pr.greater(svm, forest, "test/acc"))',
    "fails": 'pr.claim("The forest beats the support vector machine.", pr.greater(forest, svm, "test/acc"))',
    "unresolved": 'pr.claim("It reaches 95.65% on average.", pr.at_least(svm, "test/acc", 0.9565))',
    "unsupported": 'pr.claim("What nobody ran beats the forest.", pr.greater(gone, forest, "test/acc"))',
}

FRAME = """import pandas
pandas.DataFrame({f"a long column {i}": [i / 3, i / 7] for i in range(9)}, index=["first", "second"])"""

ECHO = """#| echo: true
print("a line of output that is longer than any telephone is wide, so that it has to scroll in a box of its own")"""

REFERENCES = "# References {.unnumbered}\n\n::: {#refs}\n:::"

TRAIN = '''def train(rate: float, steps: int) -> list[float]:
    """Train; the last line is as long as a listing must be able to show."""
    return [rate * step for step in range(steps)]  # so that this line is a hundred columns long....
'''


def record_runs(root: Path) -> None:
    """Record three models, one of them named by an attacker, at three sizes over four seeds."""
    noise = random.Random(7)
    for model, top in MODELS.items():
        for size in SIZES:
            for seed in SEEDS:
                shift = noise.gauss(0, 0.002)
                final = top - 5 / size + shift
                name = f"{model}-{size}-{seed}"
                config: dict[str, Any] = {"model": model, "n_train": size, "seed": seed}
                with start_run(name=name, config=config, folder=root / "runs", resources=False) as run:
                    for step in range(0, 40 if size == SIZES[-1] else 0, 2):
                        level = final - 0.4 * 0.9**step + noise.gauss(0, 0.002)
                        run.log({"val/acc": level, "val/loss": 1 - level}, step=step)
                    run.summary["test/acc"] = final


def write_paper(root: Path) -> None:
    """Write the paper "everything" into a project."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

    folder = root / "papers" / "everything"
    folder.mkdir(parents=True)
    (root / "train.py").write_text(TRAIN, "utf-8")
    (folder / "references.bib").write_text(BIBLIOGRAPHY, "utf-8")
    claims = [f"#| label: clm-{name}\n{source}" for name, source in CLAIMS.items()]
    cells = [new_raw_cell(FRONT, id="front"), new_code_cell(SETUP, id="setup"), new_markdown_cell(PROSE, id="prose")]
    sources = [CURVES, LOSS, SIZED, TABLE, COMPARE, CODE, *claims, FRAME, ECHO]
    cells += [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    cells.append(new_markdown_cell(REFERENCES, id="references"))
    nbformat.write(new_notebook(cells=cells), folder / "paper.ipynb")
