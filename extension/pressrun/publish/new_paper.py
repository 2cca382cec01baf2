"""New papers: the templates that there are, and a paper written from one, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pressrun.errors import UsageError
from pressrun.lettering import escape_markdown, printable, quoted, shorten
from pressrun.publish import templates as exporters
from pressrun.records import Direction
from pressrun.review.identity import git_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.runs.contrast import Contrast

#: Where a template's notebook takes what is the paper's own: its title, or what its runs compare.
_PLACE = re.compile(r"\{\{ (\w+) \}\}")
#: Of a template that can begin with the project's runs, the notebook that does.
_OF_RUNS = "runs.ipynb"
_NAME = re.compile(r"[^\W_][\w.-]{0,79}")
#: Names that the site itself needs.
_TAKEN = frozenset({"index.html", "papers.json"})


@dataclass(frozen=True, slots=True)
class Template:
    """What a paper can start from.

    Parameters
    ----------
    name
        Its folder's.
    title, description
        What people call it, and one line on what it is for.
    contrasts
        Whether it can begin with what the project's runs compare.
    """

    name: str
    title: str
    description: str
    contrasts: bool = False


def papers_folder() -> Path:
    """Give the folder of paper templates: one folder each, a `template.json` in it saying what it is for."""
    return exporters.folder() / "papers"


def templates() -> dict[str, Template]:
    """Give the paper templates by name."""
    found = {}
    for folder in sorted(papers_folder().iterdir()):
        if folder.is_dir():
            said: dict[str, Any] = json.loads((folder / "template.json").read_text("utf-8"))
            title = str(said.get("title", "")) or title_of(folder.name)
            found[folder.name] = Template(folder.name, title, str(said["description"]), (folder / _OF_RUNS).is_file())
    return found


def title_of(name: str) -> str:
    """Make a title of a name."""
    return name.replace("-", " ").replace("_", " ").capitalize()


def write_paper(project: Project, name: str, template: str, title: str = "", contrast: Contrast | None = None) -> Path:
    """Write a paper from a template into the project's papers folder, and give its folder.

    It has today's date, or that of SOURCE_DATE_EPOCH, and the name of the git user.

    Parameters
    ----------
    title
        Any text; made from the name if it is empty.
    contrast
        What the project's runs compare: a template that can begins with them, and without with runs that stand in.

    Raises
    ------
    UsageError
        If there is no such template, the name cannot be a paper's, its folder is there already, or cannot be written.
    """
    known = templates()
    if template not in known:
        raise UsageError(f"there is no template {template!r}", hint=f"one of: {', '.join(known)}")
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise UsageError(
            f"{name!r} cannot be a paper's name",
            hint="use letters, digits, dots, dashes and underscores, 80 at most: it becomes a folder and an address",
        )
    folder = project.root / project.papers / name
    if folder.exists():
        raise UsageError("is there already", where=str(folder), hint="choose another name, or remove it first")
    places = {
        # Any text: JSON's quoting makes it one YAML string.
        "title": _yaml(printable(title) or title_of(name)),
        "author": _yaml(git_name(project.root) or "Your name"),
        "date": _today().isoformat(),
    }
    if contrast is None or not known[template].contrasts:
        _write(papers_folder() / template, folder, "paper.ipynb", places)
    else:
        _write(papers_folder() / template, folder, _OF_RUNS, {**places, **_told(contrast)})
    return folder


def _told(contrast: Contrast) -> Mapping[str, str]:
    """Give what a contrast says, as literals of code and as words of the prose; each text may hold anything."""
    more, function = ("higher", "greater") if contrast.direction is Direction.MAX else ("lower", "less")
    better, baseline, metric = map(shorten, (contrast.better, contrast.baseline, contrast.title))
    return {
        "runs": f"pr.runs(where={quoted(contrast.where)})" if contrast.where else "pr.runs()",
        "field": quoted(contrast.field),
        "better": quoted(contrast.better),
        "baseline": quoted(contrast.baseline),
        "metric": quoted(contrast.metric),
        "history": quoted(contrast.history) if contrast.history else "",
        "function": function,
        "statement": quoted(f"{better} has a {more} {metric} than {baseline}."),
        "better_name": escape_markdown(better),
        "baseline_name": escape_markdown(baseline),
        "metric_name": escape_markdown(metric),
        "history_name": escape_markdown(shorten(metric if contrast.history == contrast.metric else contrast.history)),
        "shown": "@fig-curves, @tbl-results" if contrast.history else "@tbl-results",
    }


def _yaml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _today() -> date:
    """Give the date of a new paper; SOURCE_DATE_EPOCH makes it the same one every time."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        return datetime.fromtimestamp(int(said), UTC).date() if said else datetime.now().astimezone().date()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError("is no number of seconds", where="SOURCE_DATE_EPOCH", hint="unset it") from error


def _write(template: Path, folder: Path, begins: str, places: Mapping[str, str]) -> None:
    """Write a template's files, of its notebooks the one that the paper begins with."""
    staged = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        shutil.copytree(template, staged, ignore=shutil.ignore_patterns("template.json", "*.ipynb"))
        notebook: dict[str, Any] = json.loads((template / begins).read_text("utf-8"))
        cells = []
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            # A figure of what has no history would be an error.
            if "{{ history }}" in source and not places["history"]:
                continue
            # In one pass: what is filled in may look like a place itself.
            cells.append({**cell, "source": _PLACE.sub(lambda found: places[found[1]], source)})
        notebook["cells"] = cells
        (staged / "paper.ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
        staged.rename(folder)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        # shutil collects the errors of many files, and has no reason of its own.
        what = f"cannot be written: {error.strerror or 'the template could not be copied whole'}"
        raise UsageError(what, where=str(folder), hint="check the folder's permissions and space") from error
