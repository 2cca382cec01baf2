"""`pressrun build`: rebuild what is stale and publish it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pressrun.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pressrun.build.build import BuildOptions
    from pressrun.build.outcomes import CellResult
    from pressrun.build.paper import Paper
    from pressrun.cli.progress import Display

#: Names the process that began this build and shows it to somebody: the build ends when that process is gone.
PARENT_ENV = "PRESSRUN_BUILDER_OF"

_EPILOG = """\b
Examples:
  pressrun build                                all papers of the project that are stale
  pressrun build papers/digits --to html,pdf    one paper, as a page and a PDF
  pressrun build digits --update                take new runs into the paper
  pressrun build --frozen -j 2                  in CI: fail rather than change a lock
  pressrun build --json --progress json         for a program that follows the build

\b
Exit codes, the worst first: 3 a build failed; 5 a source could not be read; 2 usage or configuration;
1 a claim fails or is unsupported; 4 the lock is stale under --frozen; 0 done."""


@click.command(epilog=_EPILOG)
@click.argument("papers", nargs=-1, metavar="[PAPER]…")
@click.option("--to", "formats", metavar="FORMATS", help="html, pdf, latex, ipynb; several with commas.")
@click.option("--update", is_flag=True, help="Answer all queries with the runs as they are now, and lock those.")
@click.option("--frozen", is_flag=True, help="Fail rather than change the lock.")
@click.option("--explain", is_flag=True, help="Say why a paper is rebuilt.")
@click.option("--force", is_flag=True, help="Rebuild even what is current.")
@click.option("-p", "--parameter", "parameters", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=1, metavar="N", help="Build N papers at once.")
@click.option(
    "--progress", type=click.Choice(["auto", "json"]), default="auto", help="With json, one object a line on stderr."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def command(papers: tuple[str, ...], jobs: int, explain: bool, as_json: bool, **given: Any) -> int:
    """Rebuild papers whose notebook, runs, code or environment changed, and publish them to the site.

    A paper is a folder with paper.ipynb, or the name of one; without any, all papers of the project. The lock's answers
    to queries are kept where they still resolve, and new queries are added to it.
    """
    from pressrun.build.outcomes import worst
    from pressrun.build.paper import Paper
    from pressrun.cli.report import print_paper
    from pressrun.project import Project

    request = Request(**given)
    request.check()
    project = Project.find()
    found = Paper.find(papers, project)
    _end_on_signal()
    _end_with_parent()
    codes, documents = [], []
    built = _build_apart(found, request, jobs) if jobs > 1 and len(found) > 1 else _build_here(found, request)
    for code, document in built:
        codes.append(code)
        documents.append(document)
        if not as_json:
            print_paper(document, project.root, explain=explain)
    if as_json:
        print(json.dumps({"papers": documents}, ensure_ascii=False))
    return int(worst(codes))


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks of every paper."""

    formats: str | None
    update: bool
    frozen: bool
    force: bool
    parameters: tuple[tuple[str, str], ...]
    progress: str

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        UsageError
            If two options contradict each other or a format is unknown.
        """
        if self.update and self.frozen:
            raise UsageError("--update and --frozen contradict each other", hint="give one of them")
        self.to_options(_Unseen())

    def to_options(self, watcher: Display) -> BuildOptions:
        """Give the options of one paper's build."""
        from pressrun.build.build import BuildOptions
        from pressrun.build.paper import check_formats
        from pressrun.build.parameters import check_parameters, parse_parameter
        from pressrun.runs.pins import Mode

        return BuildOptions(
            watcher,
            mode=Mode.UPDATE if self.update else Mode.FROZEN if self.frozen else Mode.KEEP,
            formats=None if self.formats is None else check_formats(_words(self.formats), "--to"),
            parameters=check_parameters({name: parse_parameter(value) for name, value in self.parameters}, "-p"),
            force=self.force,
            announce=watcher.say,
            phase=watcher.turn_to,
        )

    def to_arguments(self) -> list[str]:
        """Give the command line that asks the same."""
        arguments = ["--to", self.formats] if self.formats else []
        arguments += ["--progress", self.progress]
        for flag, given in (("--update", self.update), ("--frozen", self.frozen), ("--force", self.force)):
            arguments += [flag] if given else []
        for name, value in self.parameters:
            arguments += ["-p", name, value]
        return arguments


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


class _Unseen:
    def say(self, line: str) -> None:
        """Nobody listens."""

    def turn_to(self, phase: str) -> None:
        """Nobody watches."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Nobody watches."""

    def cell_ended(self, result: CellResult) -> None:
        """Nobody watches."""


def _build_here(papers: Sequence[Paper], request: Request) -> Iterator[tuple[ExitCode, dict[str, Any]]]:
    from pressrun.build.build import build_paper
    from pressrun.cli.progress import CellProgress, JsonProgress
    from pressrun.publish.publication import SitePublisher

    for paper in papers:
        shown = JsonProgress if request.progress == "json" else CellProgress
        with shown(paper.name) as progress:
            result = build_paper(paper, request.to_options(progress), SitePublisher(progress.turn_to))
        yield result.exit_code, result.to_json()


def _build_apart(papers: Sequence[Paper], request: Request, jobs: int) -> Iterator[tuple[ExitCode, dict[str, Any]]]:
    """Build each paper in a process of its own, some at once, so that none can take another one down."""
    from concurrent.futures import ThreadPoolExecutor

    from pressrun.cli.builders import Builders

    builders = Builders()
    arguments = request.to_arguments()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(lambda paper: builders.build(paper, arguments), papers)
        except BaseException:
            # Interrupted: those at work are ended, and those that wait never begin.
            builders.end()
            raise


def _end_on_signal() -> None:
    """Let a terminated build end as an interrupted one does: kernel gone, scratch space gone."""

    def end(number: int, _frame: object) -> NoReturn:
        click.echo(f"pressrun: ended by {signal.Signals(number).name}", err=True)
        sys.exit(128 + number)

    if os.name == "posix":
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGHUP, end)


def _end_with_parent() -> None:
    """End when the program that began this build dies, even by SIGKILL, which tells nobody."""
    parent = os.environ.pop(PARENT_ENV, "")
    if not parent.isdigit() or os.name != "posix":
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="pressrun-parent", daemon=True).start()
