"""An author opens a folder that has runs but nothing of pressrun, and has them in a minute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.browser.lab import LABEXTENSION, command, jupyterlab
from tests.conftest import Study

from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = "#pressrun-runs [role=grid] .jp-pr-runs-row[data-key] [role=rowheader] .jp-pr-text"


def record(folder: Path, name: str) -> None:
    with start_run(name=name, config={"model": "svm"}, folder=folder, resources=False) as run:
        run.summary["test/acc"] = 0.97


def test_runs_that_lie_near_are_there_by_one_click(chromium: Browser, tmp_path: Path) -> None:
    if not LABEXTENSION.exists():
        pytest.skip("the extension is not built: npm run build:lab in extension/lab")
    root = tmp_path / "study"
    root.mkdir()
    record(root / "experiments", "first")
    with jupyterlab(root, tmp_path / "jupyter") as lab:
        page = lab.open(chromium)
        page.set_default_timeout(60_000)
        command(page, "pressrun:show-runs")
        near = page.get_by_role("region", name="Runs nearby")
        near.get_by_text("experiments/").wait_for()
        near.get_by_role("button", name="Use these runs").click()
        page.locator(NAMES, has_text="first").wait_for()
        assert 'sources = ["experiments/"]' in (root / "pressrun.toml").read_text("utf-8")

        # What is written into the configuration in JupyterLab counts without loading the window again.
        record(root / "more", "second")
        page.evaluate(
            """text => window.jupyterapp.serviceManager.contents.save(
                 "pressrun.toml", { type: "file", format: "text", content: text })""",
            'sources = ["experiments/", "more/"]\n',
        )
        page.locator(NAMES, has_text="second").wait_for()
        page.context.close()


def test_a_form_begins_with_the_runs_that_are_looked_at_grouped_as_they_differ(
    chromium: Browser, tmp_path: Path
) -> None:
    if not LABEXTENSION.exists():
        pytest.skip("the extension is not built: npm run build:lab in extension/lab")
    root = tmp_path / "study"
    root.mkdir()
    study = Study(root)
    for model, accuracy in {"svm": 0.9, "forest": 0.85, "logreg": 0.8}.items():
        for seed in range(3):
            study.record(f"{model}-{seed}", accuracy + seed / 100, model=model, seed=seed)
    notebook = study.paper("md:# A paper", "x = 1")
    content = json.loads(notebook.read_text("utf-8"))
    content["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.write_text(json.dumps(content))
    with jupyterlab(root, tmp_path / "jupyter") as lab:
        page = lab.open(chromium, "papers/demo/paper.ipynb")
        page.set_default_timeout(60_000)
        command(page, "pressrun:show-runs")
        page.locator(NAMES, has_text="logreg-0").wait_for()
        page.locator(".jp-pr-where-input").fill("config.model != 'logreg'")
        page.locator(".jp-pr-where-foot", has_text="6 of 9 runs").wait_for()
        page.get_by_title("Insert a panel, number or claim about runs").first.click()
        page.locator('.jp-pr-card[data-kind="table"]').click()
        page.get_by_role("button", name="Remove config.model").wait_for()
        code = page.locator(".jp-pr-code pre", has_text='group="config.model"')
        code.get_by_text("pr.runs(where=\"config.model != 'logreg'\")").wait_for()
        page.context.close()
