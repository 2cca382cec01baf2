"""`pressrun new`: write a paper from a template."""

from __future__ import annotations

import click

from pressrun.calls.contrasting import contrast
from pressrun.project import Project
from pressrun.publish.new_paper import templates, write_paper


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
    if listing:
        known = templates()
        width = max(map(len, known))
        for each in known.values():
            click.echo(f"{each.name:<{width}}  {each.description}")
        return
    if not name:
        raise click.UsageError("name the paper: pressrun new NAME")
    project = Project.find()
    chosen = templates().get(template)
    folder = write_paper(project, name, template, title, contrast(project) if chosen and chosen.contrasts else None)
    click.echo(f"created  {folder.relative_to(project.root)}")
    click.echo(f"next: pressrun build {name}")
