"""Text that was made to keep whoever reads it busy for hours: opening a folder or a notebook must not stop a server.

A pattern that is tried again and again holds Python's one lock, so nothing else of the server answers meanwhile.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Name of a case → what is read. Each is done in well under a second, and would take minutes to days if read naively.
READ = {
    "a heading of blanks": "FrontMatter.of(cell('# a' + ' ' * 40_000 + 'b'))",
    "a fence that is never closed": "FrontMatter.of(cell('`' * 60_000 + '\\n' + 'a\\n' * 60_000))",
    "fences of every length": "FrontMatter.of(cell(''.join('`' * n + '\\n' for n in range(3, 900))))",
    "open brackets in front matter": "refused(lambda: FrontMatter.of(cell('---\\na: ' + '[' * 50_000 + '\\n---\\n')))",
    "open brackets in an option": "refused(lambda: parse_options('#| a: ' + '{' * 50_000))",
    "pictures that never end": "list(_IMAGE.finditer('<img ' * 100_000 + '![' * 200_000))",
    "terminal commands that never end": "readable('\\x1b]' * 2_000_000)",
    "code spans of every length": "find_expressions(''.join('`' * n + 'a' for n in range(1, 900)))",
    "an expression of blanks": "find_expressions('`{python} a' + ' ' * 200_000 + 'b`')",
    "a line of blanks in code": "refused(lambda: read('x(\\n' + ' ' * 400_000 + 'x'))",
    "a query of a thousand conditions": "refused(lambda: read('import pressrun as pr\\n'"
    " 'pr.table(pr.runs()' + \".where('a')\" * 1200 + \", 'x')\"))",
}
SCRIPT = """
from pressrun.build.frontmatter import FrontMatter
from pressrun.build.inline import find_expressions
from pressrun.build.inputs import _IMAGE
from pressrun.build.options import parse_options
from pressrun.calls.reading import read
from pressrun.calls.scope import UnreadableError
from pressrun.errors import ConfigError
from pressrun.publish.outputs import readable

def cell(source):
    return {"cells": [{"cell_type": "markdown", "source": source}]}

def refused(reading):
    try:
        reading()
    except (ConfigError, UnreadableError):
        return
    raise SystemExit("this was not refused")
"""


@pytest.mark.parametrize("name", READ)
def test_no_text_takes_long_to_read(name: str) -> None:
    # In a process of its own: nothing interrupts a pattern that is being tried.
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + READ[name]], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
