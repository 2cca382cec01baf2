"""`pressrun init`: start a project in a folder, changing nothing that is there."""

from __future__ import annotations

from pathlib import Path

import click

from pressrun.errors import UsageError

CONFIG = """\
# What pressrun knows of this project. Relative paths are taken from this file's folder.
title = {title}
sources = ["runs/"]

# Say of each metric that matters which way is better, and what it is for:
# [metrics."test/acc"]
# direction = "max"
# role = "validation"
# title = "test accuracy"
"""

IGNORED = ("/.pressrun/", "/site/", "/runs/")

WORKFLOW = """\
name: papers

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: pip install pressrun
      - run: pressrun build
      - run: pressrun check --format github
        if: always()
      - run: cp -rL site public
        if: always()
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: site
          path: public
"""


@click.command(
    "init",
    short_help="Start a project in a folder.",
    epilog="Example: pressrun init my-study && cd my-study && pressrun new first-paper",
)
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@click.option("--title", default="", help="The project's title; the folder's name if not given.")
def command(folder: Path, title: str) -> None:
    """Start a project in FOLDER: pressrun.toml, papers/, .gitignore entries and a CI workflow.

    What is there already is kept as it is, so that it is safe to call twice.
    """
    import json

    if folder.exists() and not folder.is_dir():
        raise UsageError("is a file, not a folder", where=str(folder), hint="name a folder, new or existing")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # JSON's string escapes are a subset of TOML's.
        name = json.dumps(title or folder.resolve().name)
        _write(folder / "pressrun.toml", CONFIG.format(title=name))
        _write(folder / ".github" / "workflows" / "papers.yml", WORKFLOW)
        (folder / "papers").mkdir(exist_ok=True)
        _ignore(folder / ".gitignore")
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", where=str(error.filename or folder), hint="check its permissions"
        ) from error
    click.echo("next: pressrun new my-paper")


def _write(path: Path, text: str) -> None:
    if path.exists():
        click.echo(f"kept     {path}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    click.echo(f"created  {path}")


def _ignore(path: Path) -> None:
    before = path.read_text("utf-8") if path.exists() else ""
    missing = [line for line in IGNORED if line not in before.splitlines()]
    if not missing:
        click.echo(f"kept     {path}")
        return
    gap = "" if not before or before.endswith("\n") else "\n"
    path.write_text(before + gap + "\n".join(missing) + "\n", "utf-8")
    click.echo(f"{'extended' if before else 'created '} {path}")
