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
    if folder.exists() and not folder.is_dir():
        raise UsageError("is a file, not a folder", where=str(folder), hint="name a folder, new or existing")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "pressrun.toml", CONFIG.format(title=_toml(title or folder.resolve().name)))
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
    _replace(path, text.encode())
    click.echo(f"created  {path}")


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: it may be the user's own, and the disk may be full."""
    near = path.with_name(f".{path.name}.new")
    try:
        near.write_bytes(content)
        near.replace(path)
    finally:
        near.unlink(missing_ok=True)


def _toml(text: str) -> str:
    """Give a text as TOML writes it: as JSON does, but for characters beyond 16 bits, halves of them, and DEL."""
    import json

    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _ignore(path: Path) -> None:
    before = path.read_bytes() if path.exists() else b""
    missing = [line for line in IGNORED if line.encode() not in before.splitlines()]
    if not missing:
        click.echo(f"kept     {path}")
        return
    gap = b"" if not before or before.endswith(b"\n") else b"\n"
    _replace(path, before + gap + "\n".join(missing).encode() + b"\n")
    click.echo(f"{'extended' if before else 'created '} {path}")
