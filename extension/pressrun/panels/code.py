"""The code panel: an excerpt of the project's code, as it is now or as a run ran it.

The frame of the fact has one row a line: `line` and `text`. The view is::

    {"path": from the project's root, "symbol", "language": a Pygments name, "first_line", "last_line",
     "text": the lines, "commit", "dirty": whether the text differs from that commit's, "run": id | "",
     "link": "path#L10-L30", "cut": lines left out at the end, "alt"}
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_path
from pressrun.errors import UsageError
from pressrun.facts import Disclosure, PanelFact, RunCite
from pressrun.lettering import count, shorten
from pressrun.panels.base import Panel
from pressrun.panels.excerpt import Excerpt, Target, cut_out
from pressrun.panels.places import inside, project_file
from pressrun.panels.repository import Repository
from pressrun.project import Project
from pressrun.records import Run

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from matplotlib.figure import Figure

#: Bytes of a file that is shown.
MOST_BYTES = 2_000_000


class Code(Panel):
    """An excerpt of code."""

    @property
    def numbers(self) -> frozenset[str]:
        """The columns of the frame that hold numbers."""
        return frozenset({"line"})

    @property
    def caption(self) -> str:
        """Where the code stands, and as of when."""
        view = self.fact.view
        name = f"{view['path']}::{view['symbol']}" if view["symbol"] else view["path"]
        parts = [name, f"lines {view['first_line']}–{view['last_line']}"]
        if view["commit"]:
            parts.append(f"commit {view['commit'][:10]}" + (" with uncommitted changes" if view["dirty"] else ""))
        if view["run"]:
            parts.append(f"as run {self.fact.runs[0].name} ran it" if self.fact.runs else f"run {view['run']}")
        if view["cut"]:
            parts.append(f"{count(view['cut'], 'more line')} not shown")
        return ", ".join(shorten(part, 100) for part in parts)

    def figure(self, *, width: float = 5.5) -> Figure:
        """Typeset the code as a figure, `width` inches wide."""
        from pressrun.panels.code_faces import draw_code

        return draw_code(self.fact.view, self.caption, width=width)

    def html(self) -> str:
        """Give the code as a safe HTML listing with Pygments classes."""
        from pressrun.panels.code_faces import code_html

        return code_html(self.fact.view, self.caption)

    def latex(self) -> str:
        """Give the code as typewriter lines; nothing in it is a command of LaTeX."""
        from pressrun.panels.code_faces import code_latex

        return code_latex(self.fact.view, self.caption)

    def text(self) -> str:
        """Give the numbered lines as plain text."""
        from pressrun.panels.code_faces import code_text

        return code_text(self.fact.view, self.caption)

    def _faces(self) -> Mapping[str, str]:
        return {"text/html": self.html()}


def code(target: str, *, run: Run | None = None, project: Project | str | os.PathLike[str] | None = None) -> Code:
    """Show code of the project.

    Parameters
    ----------
    target
        "train.py::fit" or "train.py::Model.fit", a symbol of Python with its decorators and comments; "train.py:10-30",
        lines; or "train.py". Paths are taken from the working folder (a paper's own), then from the project's root; for
        a run from the folder that it ran in, then from the root.
    run
        Show the code as this run ran it: its commit, and its uncommitted changes on top. Where the run recorded no
        commit, or its commit is not in this repository, the code is shown as it is now, and the panel says so. None:
        as it is now.
    project
        The project or its root; None: the one of the working folder.

    Raises
    ------
    UsageError
        If there is no such file or symbol, or the path leads out of the project.
    """
    if run is not None and not isinstance(run, Run):
        raise UsageError(f"run is of type {type(run).__name__}", where="run", hint='pass one run, as in runs["svm-3"]')
    place = None if project is None or isinstance(project, Project) else check_path(project, "project", 'project="."')
    found = project if isinstance(project, Project) else Project.find(place)
    wanted = Target.parse(target)
    version = _as_now(found, wanted) if run is None else _as_run(found, wanted, run)
    excerpt = cut_out(version.text, wanted)
    return Code(_fact(wanted, version, excerpt, run))


@dataclass(frozen=True, slots=True)
class _Version:
    """A file's text at one moment."""

    path: str
    text: str
    commit: str
    dirty: bool
    #: Whether this is the text that the run executed.
    as_run: bool = False
    notes: tuple[str, ...] = ()


def _as_now(project: Project, target: Target) -> _Version:
    root = project.root.resolve()
    path = project_file(project, target.path)
    relative = path.relative_to(root).as_posix()
    content = _bounded(path.read_bytes() if path.stat().st_size <= MOST_BYTES else None, relative)
    repository = Repository.of(root)
    commit = repository.head if repository else ""
    if not repository or not commit:
        return _Version(relative, content, "", dirty=False)
    committed = repository.read(commit, repository.prefix + relative)
    return _Version(relative, content, commit, dirty=committed is None or _decoded(committed) != content)


def _as_run(project: Project, target: Target, run: Run) -> _Version:
    root = project.root.resolve()
    provenance = run.provenance
    name = f"run {shorten(run.name or run.id)}"
    commit = provenance.git_commit
    repository = Repository.of(root)
    if not commit:
        return _instead(project, target, f"{name} recorded no commit")
    if repository is None or not repository.has(commit):
        return _instead(project, target, f"commit {shorten(commit, 16)}, which {name} ran, is not in this repository")
    folders = [""]
    if provenance.cwd:
        folders = [f.relative_to(root).as_posix() for f in inside(Path(provenance.cwd), root)] + folders
    for folder in folders:
        relative = (PurePosixPath(folder) / target.path).as_posix()
        content, changed = repository.with_changes(commit, repository.prefix + relative, provenance.git_diff)
        if content is not None:
            text = _bounded(content if len(content) <= MOST_BYTES else None, relative)
            return _Version(relative, text, commit, changed, True, _doubts(run, repository.prefix + relative))
    raise UsageError(
        f"commit {commit[:10]}, which {name} ran, has no such file",
        where=str(target.path),
        hint="a file that git did not track then is not recorded",
    )


def _instead(project: Project, target: Target, reason: str) -> _Version:
    """Give the code as it is now, with a note that nobody can take it for what the run executed."""
    now = _as_now(project, target)
    return replace(now, notes=(f"the code as it is now, which may not be what ran: {reason}",))


def _doubts(run: Run, path: str) -> tuple[str, ...]:
    """Say what the run's own record finds doubtful about a file."""
    extra = run.provenance.extra
    notes = []
    if extra.get("diff_cut") is True:
        notes.append("the recorded changes were cut at their size limit")
    edited = extra.get("edited_after_start")
    if isinstance(edited, list) and path in edited:
        notes.append("edited after the run started: what ran may be older")
    return tuple(notes)


def _bounded(content: bytes | None, path: str) -> str:
    if content is None:
        raise UsageError(f"is larger than {MOST_BYTES:,} bytes", where=path, hint="name some lines of a smaller file")
    if b"\0" in content:
        raise UsageError("is not a text file", where=path)
    return _decoded(content)


def _decoded(content: bytes) -> str:
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _fact(target: Target, version: _Version, excerpt: Excerpt, run: Run | None) -> PanelFact:
    from pressrun.panels.code_faces import language_of

    lines = excerpt.text.split("\n")[:-1]
    notes = list(version.notes)
    if excerpt.cut:
        notes.append(f"the last {count(excerpt.cut, 'line')} not shown")
    view: dict[str, Any] = {
        "path": version.path,
        "symbol": target.symbol,
        "language": language_of(version.path),
        "first_line": excerpt.first,
        "last_line": excerpt.last,
        "text": excerpt.text,
        "commit": version.commit,
        "dirty": version.dirty,
        "run": run.id if run and version.as_run else "",
        "link": f"{version.path}#L{excerpt.first}-L{excerpt.last}",
        "cut": excerpt.cut,
        "alt": f"Code of {version.path}, lines {excerpt.first} to {excerpt.last}.",
    }
    return PanelFact(
        kind="code",
        title="",
        metrics=(),
        frame={"line": list(range(excerpt.first, excerpt.first + len(lines))), "text": lines},
        view=view,
        runs=(RunCite.of(run),) if run else (),
        queries=(),
        disclosure=Disclosure(1 if run else 0, 1 if run else 0, notes=tuple(notes)),
    )
