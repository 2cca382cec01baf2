"""What a paper's code says before any of it runs: which libraries it needs, and what it changes before they come."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.build.modules import ProjectModules, imports_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Libraries that a kernel may be forked with, each before those that use it.
LIBRARIES = ("matplotlib", "pandas", "pressrun")

#: What changes variables, which libraries read while they are imported.
_CHANGES = re.compile(
    r"environ\s*\[[^\n]*\]\s*=[^=]|environ\.(?:setdefault|update|pop|clear)|\bdel\b[^\n]*environ|(?:un|\b)(?:put|set)env\b"
    r"|%\s*(?:set_)?env\b|dotenv"
)


class PaperCode:
    """The code of a paper's cells and of the project's modules that they import.

    Parameters
    ----------
    sources
        Of the code cells.
    root
        The project's.
    folders
        Where a kernel looks for the project's modules.
    """

    def __init__(self, sources: Iterable[str], root: Path, folders: Sequence[Path]) -> None:
        texts = list(sources)
        trees = [tree for tree in map(_parsed, texts) if tree is not None]
        names = {name for tree in trees for name in imports_of(tree, "")}
        files = ProjectModules(root, folders).files(names)
        own = [Path(file).read_text("utf-8", "replace") for file in files]
        names |= {name for tree in map(_parsed, own) if tree is not None for name in imports_of(tree, "")}
        #: Whether it changes variables of its environment.
        self.changes_environment = any(map(_CHANGES.search, (*texts, *own)))
        #: The statements that import something, each by itself.
        self.imports = tuple(dict.fromkeys(text for tree in trees for text in _statements(tree)))
        used = {name.partition(".")[0] for name in names}
        # Every panel is drawn for print.
        used |= {"matplotlib"} if "pressrun" in used else set()
        #: The libraries that it uses.
        self.libraries = tuple(name for name in LIBRARIES if name in used)


def _statements(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield ast.unparse(node)


def _parsed(text: str) -> ast.Module | None:
    """Parse a cell or a module, without IPython's own lines."""
    lines = ["" if line.startswith(("%", "!")) else line for line in text.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
