"""`pressrun lab`: JupyterLab on this project, with a paper open."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
from typing import TYPE_CHECKING, NoReturn

import click

from pressrun.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.project import Project


_EPILOG = """\b
Examples:
  pressrun lab                        JupyterLab on this project
  pressrun lab digits                 with the paper digits open
  pressrun lab digits --collab        several authors in one notebook at once
  pressrun lab --no-browser --port 8889
  pressrun lab -- --ServerApp.token=secret   an option of JupyterLab's own
"""


@click.command("lab", short_help="JupyterLab on this project.", epilog=_EPILOG)
@click.argument("paper", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- OPTIONS OF JUPYTERLAB]")
@click.option("--collab", is_flag=True, help="Let several people edit one notebook at once.")
@click.option("--no-browser", is_flag=True, help="Open no browser; the address is printed.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; if not given, 8888 or the next that is free.")
@click.option("--ip", default="", help="The address to listen at; by default this machine only.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as one JSON document, once it answers.")
def command(
    paper: str | None,
    options: tuple[str, ...],
    collab: bool,
    no_browser: bool,
    port: int | None,
    ip: str,
    as_json: bool,
) -> None:
    """Start JupyterLab on this project, with PAPER open if one is named, by its name, folder or notebook.

    Your own settings of JupyterLab count and none of them is changed; nothing is fetched from the network, no news
    and no list of new versions. Without --collab nobody else can be in your notebooks, even where that is installed.

    Ctrl-C ends the server and its kernels. What stands after -- goes to JupyterLab as it is.
    """
    from pressrun.cli.jupyter import Lab, address
    from pressrun.project import Project

    # Of `-- --option` click gives the first word to PAPER.
    if paper is not None and paper.startswith("-"):
        options, paper = (paper, *options), None
    if collab:
        _need_collaboration()
    project = Project.find()
    notebook = ""
    if paper is not None:
        project, notebook = _find(paper, project)
    given = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"] if port is not None else []
    given += [f"--ServerApp.ip={ip}"] if ip else []
    given += ["--no-browser"] if no_browser or as_json else []
    lab = Lab(project, notebook, together=collab, options=(*given, *options))
    with _interrupted_by_any_signal(), contextlib.suppress(KeyboardInterrupt), lab.started() as process:
        if as_json and (url := address(process, lab.page)):
            click.echo(json.dumps({"url": url, "root": str(project.root), "paper": notebook or None, "collab": collab}))
        if code := process.wait():
            raise UsageError(
                f"JupyterLab ended with code {code}",
                where=str(project.root),
                hint="its own messages are above; see `jupyter lab --help-all` for its options",
            )


def _find(name: str, project: Project) -> tuple[Project, str]:
    """Give a paper's project, and its notebook relative to the project's root."""
    from pressrun.build.paper import Paper

    paper = Paper.load(name, project)
    root = paper.project.root
    if not paper.notebook.is_relative_to(root):
        raise UsageError("lies outside of the project", where=str(paper.notebook), hint=f"move it into {root}")
    return paper.project, paper.notebook.relative_to(root).as_posix()


def _need_collaboration() -> None:
    needed = ("jupyter_server_ydoc", "jupyter_docprovider", "jupyter_collaboration", "pycrdt.store")
    if missing := [name for name in needed if not _installed(name)]:
        raise UsageError(
            f"--collab needs a package that is not installed: {missing[0].partition('.')[0]}",
            hint="pip install 'pressrun[collab]'",
        )


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@contextlib.contextmanager
def _interrupted_by_any_signal() -> Iterator[None]:
    """Let what ends other programs end this one as Ctrl-C does: in order, and the server with it."""

    def interrupt(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP) if os.name == "posix" else (signal.SIGTERM,)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
