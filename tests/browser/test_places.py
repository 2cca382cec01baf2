"""Servers as authors have them: under a hub's address, with a password, and on folders of any name or depth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import TOKEN, command, jupyterlab, run_here
from tests.conftest import Study

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: As a folder: what must be encoded in an address, what means something in one, and what is longer in it.
ODD = "Über 100% #1 & more?🎉"
PASSWORD = "a password of the tests"
#: A paper that shows runs and claims something about them.
NOTEBOOK = (
    "md:# Heights",
    "import pressrun as pr\nruns = pr.runs('runs/')\npr.table(runs, ['config.C', 'test/acc'])",
    "#| label: clm-high\npr.claim('High', pr.at_least(runs, 'test/acc', 0.5))",
)


def project(root: Path, *, prefix: str = "run") -> tuple[Study, Path]:
    """Make a project with three runs and a paper whose notebook was run; give it and the notebook."""
    root.mkdir(parents=True)
    study = Study(root)
    for number in range(3):
        study.record(f"{prefix} {number}", 0.9 + number / 100, C=number)
    notebook = study.paper(*NOTEBOOK)
    run_here(notebook)
    return study, notebook


def go(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")


def open_notebook(page: Page, path: str) -> None:
    page.evaluate("path => void window.jupyterapp.commands.execute('docmanager:open', { path })", path)
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-pr-panel").first.wait_for()


def window_of(chromium: Browser) -> Page:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    return context.new_page()


def use_everything(page: Page, study: Study) -> None:
    """Look at runs as they come, at the preview, build, and read the published page."""
    command(page, "pressrun:show-runs")
    page.locator("#pressrun-runs .jp-pr-runs-row").nth(2).wait_for()
    study.record("came later", 0.97, C=9)
    # Told by the event stream: nothing is asked again.
    page.locator("#pressrun-runs .jp-pr-runs-row").get_by_text("came later").wait_for()
    command(page, "pressrun:preview")
    page.frame_locator(".jp-pr-page-preview iframe").first.get_by_role("heading", name="Heights").wait_for()
    command(page, "pressrun:build")
    page.locator("#pressrun-paper").get_by_text("Open page").click(timeout=120_000)
    page.frame_locator(".jp-pr-page iframe").get_by_role("heading", name="Heights").wait_for()


@pytest.mark.parametrize("linked", [False, True], ids=["the folder itself", "a link to it"])
def test_under_an_address_and_a_folder_of_odd_names(
    linked: bool, tmp_path: Path, tmp_path_factory: Any, chromium: Browser
) -> None:
    place = tmp_path / ODD
    study, _ = project(place / "a b%")
    project(place / "other", prefix="other")
    root = place
    if linked:
        root = tmp_path / "link"
        root.symlink_to(place, target_is_directory=True)
    with jupyterlab(root, tmp_path_factory.mktemp("lab"), base="/user/k%C3%A4the%20x/") as lab:
        page = window_of(chromium)
        go(page, f"{lab.url}/lab?token={TOKEN}")
        open_notebook(page, "a b%/papers/demo/paper.ipynb")
        use_everything(page, study)
        open_notebook(page, "other/papers/demo/paper.ipynb")
        page.locator("#pressrun-runs .jp-pr-runs-row").get_by_text("other 0").wait_for()
        page.context.close()


def test_with_a_password_that_became_a_cookie(tmp_path: Path, tmp_path_factory: Any, chromium: Browser) -> None:
    from jupyter_server.auth import passwd

    study, notebook = project(tmp_path / "study")
    password = f"--PasswordIdentityProvider.hashed_password={passwd(PASSWORD)}"
    with jupyterlab(study.root, tmp_path_factory.mktemp("lab"), password, token="") as lab:
        page = window_of(chromium)
        page.goto(f"{lab.url}/lab")
        page.get_by_label(re.compile("Password")).first.fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_function("() => window.jupyterapp?.started")
        open_notebook(page, notebook.relative_to(study.root).as_posix())
        use_everything(page, study)
        page.context.close()


def test_where_the_project_begins_above_what_is_served(
    tmp_path: Path, tmp_path_factory: Any, chromium: Browser
) -> None:
    study, _ = project(tmp_path / "study")
    with jupyterlab(study.root / "papers", tmp_path_factory.mktemp("lab")) as lab:
        page = window_of(chromium)
        go(page, f"{lab.url}/lab?token={TOKEN}")
        open_notebook(page, "demo/paper.ipynb")
        use_everything(page, study)
        page.context.close()


def test_a_notebook_on_a_drive(tmp_path: Path, tmp_path_factory: Any, chromium: Browser) -> None:
    """One of the server's own counts as what it is; one of another is nobody's paper, whatever its path."""
    project(tmp_path / "root" / "near", prefix="near")
    project(tmp_path / "root" / "far", prefix="far")
    with jupyterlab(tmp_path / "root", tmp_path_factory.mktemp("lab")) as lab:
        page = window_of(chromium)
        go(page, f"{lab.url}/lab?token={TOKEN}")
        page.evaluate(
            """() => { const { contents, serverSettings } = window.jupyterapp.serviceManager;
                const Drive = contents.defaultDrive.constructor;
                for (const name of ['RTC', 'Elsewhere']) contents.addDrive(new Drive({ name, serverSettings })); }"""
        )
        command(page, "pressrun:show-runs")
        open_notebook(page, "RTC:far/papers/demo/paper.ipynb")
        page.locator("#pressrun-runs .jp-pr-runs-row").get_by_text("far 0").wait_for()
        command(page, "pressrun:show-paper")
        page.locator("#pressrun-paper").get_by_text("High").first.wait_for()
        open_notebook(page, "Elsewhere:near/papers/demo/paper.ipynb")
        page.locator("#pressrun-paper").get_by_text("Not a paper").wait_for()
        page.context.close()
