"""What tests of several parts share: a study with real runs, papers and kernels, and a headless browser."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser

    from pressrun.build.outcomes import CellResult, PaperResult


@dataclass
class Watched:
    """Remembers which cells were begun and what became of them."""

    started: list[str] = field(default_factory=list)
    ended: list[CellResult] = field(default_factory=list)

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        self.started.append(name)

    def cell_ended(self, result: CellResult) -> None:
        self.ended.append(result)


class Study:
    """A project that a test writes runs and papers into, and builds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.watched = Watched()
        (root / "pressrun.toml").write_text('title = "A study"\n')

    def record(self, name: str, accuracy: float, **config: Any) -> str:
        """Record a finished run, and give its id."""
        from pressrun.recording.active import start_run

        with start_run(name=name, config=config, folder=self.root / "runs", resources=False) as run:
            run.summary["test/acc"] = accuracy
        return run.id

    def paper(self, *cells: str, name: str = "demo", toml: str = "") -> Path:
        """Write a paper: a cell that begins with "md:" is markdown. Gives the notebook's path."""
        import nbformat
        from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

        folder = self.root / "papers" / name
        folder.mkdir(parents=True, exist_ok=True)
        made = [
            new_markdown_cell(cell[3:], id=f"c{n}") if cell.startswith("md:") else new_code_cell(cell, id=f"c{n}")
            for n, cell in enumerate(cells)
        ]
        nbformat.write(new_notebook(cells=made), folder / "paper.ipynb")
        if toml:
            (folder / "paper.toml").write_text(toml)
        return folder / "paper.ipynb"

    def build(self, name: str = "demo", **options: Any) -> PaperResult:
        """Build a paper in this process."""
        from pressrun.build.build import BuildOptions, build_paper
        from pressrun.build.paper import Paper
        from pressrun.project import Project
        from pressrun.publish.publication import SitePublisher

        paper = Paper.load(self.root / "papers" / name, Project.find(self.root))
        return build_paper(paper, BuildOptions(self.watched, **options), SitePublisher())

    def built(self, name: str = "demo", **options: Any) -> PaperResult:
        """Build a paper, which has to succeed."""
        result = self.build(name, **options)
        if result.error is not None:
            raise result.error
        return result

    def command(
        self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in the project."""
        return subprocess.run(
            self.line(*arguments), cwd=self.root, env={**os.environ, **(env or {})},
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    def start(self, *arguments: str, preexec: Any = None) -> subprocess.Popen[str]:
        """Start the command line in the project, and give the process."""
        return subprocess.Popen(
            self.line(*arguments), cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=preexec,
        )  # fmt: skip

    def line(self, *arguments: str) -> Sequence[str]:
        return [sys.executable, "-m", "pressrun.cli", *arguments]

    @property
    def publication(self) -> dict[str, str]:
        """What readers and git see, by path: every file of the site and every lock, as digests."""
        places = [*(self.root / "site").rglob("*"), *(self.root / "papers").rglob("*.lock")]
        places += (self.root / "papers").rglob("*.ipynb")
        return {
            path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(places)
            if path.is_file() and ".generations" not in path.parts
        }

    def page(self, name: str = "demo") -> str:
        """Give the published page as a reader's browser gets it."""
        return (self.root / "site" / name / "index.html").read_text("utf-8")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


@pytest.fixture(scope="module")
def shared_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One study for the tests of a module that look at one publication and leave it as it was."""
    return Study(tmp_path_factory.mktemp("study"))


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Take the place of pytest-jupyter's own loop: Playwright's runs as long as a module."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Take the place of pytest-jupyter's clean-up: servers are processes of their own outside of tests/server."""


#: Where Debian puts Chromium. The shell without a window of its own comes first: it shows pages in the same way, at a
#: third of the processor's time.
_PLACES = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = next((place for place in _PLACES if place.exists()), _PLACES[-1])

#: Headless as CI runs it; the rest keeps the browser itself from asking the network for anything.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: Playwright's event loop must have ended before other tests start their own."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, chromium_sandbox=False)
        yield browser
        browser.close()
