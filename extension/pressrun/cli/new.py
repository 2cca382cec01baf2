"""`pressrun new`: write a paper from a template."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import click

from pressrun.errors import UsageError
from pressrun.project import Project
from pressrun.publish.templates import folder as templates_folder

if TYPE_CHECKING:
    from pathlib import Path

#: What a template's notebook says where the paper's own title goes.
TITLE = "{{ title }}"


def papers_folder() -> Path:
    """Give the folder of paper templates: one folder each, a `template.json` in it saying what it is for."""
    return templates_folder() / "papers"


def templates() -> dict[str, str]:
    """Give the paper templates by name, each with its one line of description."""
    return {
        folder.name: str(json.loads((folder / "template.json").read_text("utf-8"))["description"])
        for folder in sorted(papers_folder().iterdir())
        if folder.is_dir()
    }


@click.command(
    "new",
    short_help="Write a new paper from a template.",
    epilog="Example: pressrun new ablation --template comparison",
)
@click.argument("name", required=False)
@click.option("--template", default="comparison", show_default=True, help="What to start from.")
@click.option("--title", default="", help="The paper's title; made from its name if not given.")
@click.option("--list", "listing", is_flag=True, help="List the templates.")
def command(name: str | None, template: str, title: str, listing: bool) -> None:
    """Write a paper NAME from a template, ready to build, into the project's papers folder."""
    known = templates()
    if listing:
        width = max(map(len, known))
        for each, description in known.items():
            click.echo(f"{each:<{width}}  {description}")
        return
    if not name:
        raise click.UsageError("name the paper: pressrun new NAME")
    if template not in known:
        raise UsageError(f"there is no template {template!r}", hint=f"one of: {', '.join(known)}")
    if not re.fullmatch(r"[^\W_][\w.-]*", name):
        raise UsageError(
            f"{name!r} cannot be a paper's name",
            hint="use letters, digits, dots, dashes and underscores: the name becomes a folder and an address",
        )
    project = Project.find()
    folder = project.root / project.papers / name
    if folder.exists():
        raise UsageError("is there already", where=str(folder), hint="choose another name, or remove it first")
    title = title or name.replace("-", " ").replace("_", " ").capitalize()
    _write(papers_folder() / template, folder, title)
    click.echo(f"created  {folder.relative_to(project.root)}")
    click.echo(f"next: pressrun build {name}")


def _write(template: Path, folder: Path, title: str) -> None:
    """Copy a template whole or not at all."""
    staged = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        shutil.copytree(template, staged, ignore=shutil.ignore_patterns("template.json"))
        notebook: dict[str, Any] = json.loads((staged / "paper.ipynb").read_text("utf-8"))
        for cell in notebook["cells"]:
            # A title is any text: JSON's quoting makes it one YAML string.
            cell["source"] = "".join(cell["source"]).replace(TITLE, json.dumps(title, ensure_ascii=False))
        (staged / "paper.ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
        staged.rename(folder)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        # shutil collects the errors of many files, and has no reason of its own.
        what = f"cannot be written: {error.strerror or 'the template could not be copied whole'}"
        raise UsageError(what, where=str(folder), hint="check the folder's permissions and space") from error
