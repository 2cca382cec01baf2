"""`pressrun build`: rebuild what is stale and publish it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from pressrun.cli.built import Built, longest_first, note_seconds
from pressrun.cli.ending import end_on_signal, end_with_caller
from pressrun.cli.request import Request
from pressrun.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pressrun.build.paper import Paper
    from pressrun.cli.progress import Board
    from pressrun.project import Project

_EPILOG = """\b
Examples:
  pressrun build                                all papers of the project that are stale
  pressrun build papers/digits --to html,pdf    one paper, as a page and a PDF
  pressrun build digits --update                take new runs into the paper
  pressrun build --frozen -j 2                  in CI: fail rather than change a lock
  pressrun build digits --watch                 build again at each save, and as runs come in
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
@click.option("--watch", is_flag=True, help="Go on: build again whenever something changes, until Ctrl-C.")
@click.option(
    "--progress", type=click.Choice(["auto", "json"]), default="auto", help="With json, one object a line on stderr."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def command(
    papers: tuple[str, ...], jobs: int, explain: bool, progress: str, watch: bool, as_json: bool, **given: Any
) -> int:
    """Rebuild papers whose notebook, runs, code or environment changed, and publish them to the site.

    A paper is a folder with paper.ipynb, or the name of one; without any, all papers of the project. The lock's answers
    to queries are kept where they still resolve, and new queries are added to it.
    """
    from pressrun.build.outcomes import worst
    from pressrun.build.paper import Paper
    from pressrun.cli.progress import open_board
    from pressrun.cli.report import print_paper, print_sum
    from pressrun.project import Project

    request = Request(**given)
    request.check(watch=watch, as_json=as_json)
    project = Project.find()
    end_on_signal()
    end_with_caller()
    if watch:
        return _watch(papers, project, request, jobs, progress, explain=explain)
    found = Paper.find(papers, project)
    apart = jobs > 1 and len(found) > 1
    documents, codes = {}, []
    with (
        open_board(progress, refreshes=not apart) as board,
        # However this ends, no builder is left when it has.
        closing(_build_apart(found, request, jobs, board) if apart else _build_here(found, request, board)) as results,
    ):
        board.expect(len(found))
        for built in results:
            board.ended(built.paper)
            note_seconds(built)
            codes.append(built.code)
            documents[built.paper.notebook] = built.document
            if not as_json:
                with board.room():
                    print_paper(built.document, project.root, explain=explain)
    ordered = [documents[paper.notebook] for paper in found]
    if as_json:
        print(json.dumps({"papers": ordered}, ensure_ascii=False))
    elif len(ordered) > 1:
        print_sum(ordered)
    return int(worst(codes))


def _build_here(papers: Sequence[Paper], request: Request, board: Board) -> Generator[Built]:
    from pressrun.build.build import build_paper
    from pressrun.publish.publication import SitePublisher

    for paper in papers:
        display = board.of(paper)
        result = build_paper(paper, request.to_options(display), SitePublisher(display.turn_to))
        yield Built(paper, result.exit_code, result.to_json())


def _build_apart(papers: Sequence[Paper], request: Request, jobs: int, board: Board) -> Generator[Built]:
    """Build some papers at once, those first that took longest last time; results come as they are there."""
    from pressrun.cli.builders import Builders
    from pressrun.cli.progress import FRAME

    with Builders(jobs, board) as builders:
        for paper in longest_first(papers):
            builders.submit(paper, request)
        while builders.busy:
            yield from builders.step(FRAME)
            board.refresh()


def _watch(names: Sequence[str], project: Project, request: Request, jobs: int, progress: str, *, explain: bool) -> int:
    """Build papers again and again until interrupted, which is how a watch ends well."""
    from pressrun.cli.builders import Builders
    from pressrun.cli.progress import open_board
    from pressrun.cli.watch import Watch
    from pressrun.cli.watch_report import EventsReport, PeopleReport

    try:
        with open_board(progress, refreshes=False) as board, Builders(jobs, board) as builders:
            report = EventsReport() if progress == "json" else PeopleReport(board, project.root, explain=explain)
            Watch(names, project, request, builders, board, report).run()
        # What this process has imported, and the one that kernels are forked from, is of the packages of before.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  (this very command)
    except KeyboardInterrupt:
        return int(ExitCode.DONE)
