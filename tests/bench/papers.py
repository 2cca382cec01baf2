"""Projects to measure builds on: the example paper, a generated paper of sixty cells, and many small papers."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from timing import seconds

import pressrun as pr

ROOT = Path(__file__).parent.parent.parent
MODELS = ("linear", "forest", "network")

_counter = itertools.count(1000)


def digits(folder: Path) -> Path:
    """Make a project with the digits paper and a tenth of its runs, recorded here and now; give the paper's folder."""
    shutil.copytree(ROOT / "papers", folder / "papers", ignore=shutil.ignore_patterns("paper.lock", "__pycache__"))
    (folder / "pressrun.toml").write_text('sources = ["runs/"]\n')
    sweep = folder / "papers" / "digits" / "experiments" / "sweep.py"
    seconds([sys.executable, str(sweep), "--seeds", "2"], folder)
    return folder / "papers" / "digits"


def sixty(folder: Path) -> Path:
    """Make a project with a paper of sixty cells over thirty runs and twelve tables; give the paper's folder."""
    _record_runs(folder)
    paper = folder / "papers" / "sixty"
    cells = [
        text("---\ntitle: Twelve questions to thirty runs\nauthors: [{name: A. Author}]\n---\n\n# Introduction\n"),
        code("import pandas as pd\nimport matplotlib.pyplot as plt\nimport pressrun as pr\n\nruns = pr.runs('runs/')"),
        code("groups = runs.group_by('config.model')"),
    ]
    for number in range(12):
        _table(paper / "data" / f"{number}.csv", number)
        cells += [
            text(f"# Question {number + 1}\n\nThe table has a column for each of six sensors, and ten thousand rows."),
            code(f"table_{number} = pd.read_csv('data/{number}.csv')\nmeans_{number} = table_{number}.mean()"),
            code(
                f"#| label: fig-{number}\n#| fig-cap: Sensors over time.\nfigure, axes = plt.subplots(figsize=(6, 3))\n"
                f"table_{number}.rolling(200).mean().plot(ax=axes)\nplt.show()"
            ),
            text(f"The mean of the first sensor is {{eval}}`round(means_{number}['a'], 3)`."),
        ]
    for number in range(3):
        cells += [
            code(f"#| label: tbl-{number}\n#| tbl-cap: Models.\npr.table(runs, ['test/acc'], group='config.model')"),
            text("The models differ in their accuracy on the test data, as one would expect."),
            code(
                f"#| label: clm-{number}\npr.claim('The {MODELS[number]} model reaches 60%.', "
                f"pr.at_least(groups['{MODELS[number]}'], 'test/acc', 0.6))"
            ),
        ]
    write(paper, cells)
    return paper


def many(folder: Path, count: int) -> list[Path]:
    """Make a project with small papers: each reads the runs and its own data, and has a figure, a value and a claim."""
    _record_runs(folder)
    papers = []
    for number in range(count):
        paper = folder / "papers" / f"small-{number:02}"
        _table(paper / "data.csv", number)
        cells = [
            text(f"---\ntitle: Small paper {number}\n---\n\n# Introduction\n"),
            code(
                "import pandas as pd\nimport matplotlib.pyplot as plt\nimport pressrun as pr\n\nruns = pr.runs('runs/')"
            ),
            code("table = pd.read_csv('data.csv')\nbest = pr.value(runs, 'test/acc', 'best')"),
            code(
                "#| label: fig-1\n#| fig-cap: Sensors over time.\nfigure, axes = plt.subplots()\n"
                "table.rolling(200).mean().plot(ax=axes)\nplt.show()"
            ),
            text("The best accuracy is {eval}`best`."),
            code(
                "#| label: clm-1\npr.claim('The network reaches 60%.', "
                "pr.at_least(runs.where(\"config.model == 'network'\"), 'test/acc', 0.6))"
            ),
        ]
        write(paper, cells)
        papers.append(paper)
    return papers


def loud(folder: Path, megabytes: int) -> Path:
    """Make a project with a paper whose one cell puts that much text out in ten outputs; give the paper's folder."""
    (folder / "pressrun.toml").write_text("sources = []\n")
    paper = folder / "papers" / "loud"
    lines = (
        f"for part in range(10):\n    display({{'text/plain': ('x' * 99 + chr(10)) * {megabytes * 1000}}}, raw=True)"
    )
    write(paper, [text("---\ntitle: A loud paper\n---\n\n# Introduction\n"), code(lines)])
    return paper


def add_run(folder: Path, like: str) -> None:
    """Record one more run, alike to those of a model but for its seed."""
    number = next(_counter)
    kept = next(run for run in pr.runs(str(folder / "runs")) if run.config["model"] == like)
    with pr.start_run(
        kept.name, config={**kept.config, "seed": number}, tags=dict(kept.tags), folder=folder / "runs"
    ) as run:
        for metric, value in kept.summary.items():
            run.summary[metric] = value * (1 + 0.001 * random.random()) if isinstance(value, float) else value


def edit_prose(paper: Path) -> None:
    """Change a word of a paper's prose, as its author would."""
    path = paper / "paper.ipynb"
    notebook = json.loads(path.read_text())
    cell = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"][1]
    source = "".join(cell["source"]).split("\n\nEdited")[0]
    cell["source"] = f"{source}\n\nEdited for the {next(_counter)}th time.\n"
    path.write_text(json.dumps(notebook))


def text(source: str) -> dict[str, Any]:
    """Make a cell of prose."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str) -> dict[str, Any]:
    """Make a cell of code."""
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def write(paper: Path, cells: list[dict[str, Any]]) -> None:
    """Write a paper's notebook."""
    paper.mkdir(parents=True, exist_ok=True)
    cells = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    (paper / "paper.ipynb").write_text(json.dumps(notebook))


def _record_runs(folder: Path) -> None:
    (folder / "pressrun.toml").write_text('sources = ["runs/"]\n')
    for seed, (place, model) in itertools.product(range(10), enumerate(MODELS)):
        with pr.start_run(model, config={"model": model, "seed": seed}, folder=folder / "runs") as run:
            for step in range(50):
                run.log({"val/acc": 0.6 + 0.1 * place + step / 1000}, step=step)
            run.summary["test/acc"] = 0.65 + 0.1 * place + 0.01 * random.random()


def _table(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(number)
    rows = [",".join(f"{chance.random():.6f}" for _ in range(6)) for _ in range(10_000)]
    path.write_text("a,b,c,d,e,f\n" + "\n".join(rows) + "\n")
