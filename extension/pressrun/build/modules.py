"""The project's own modules: which files a cell's imports lead to, by what stands in the files, without running any."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


class ProjectModules:
    """Finds the project's modules.

    Parameters
    ----------
    root
        What lies below is the project's.
    folders
        Where a kernel looks for modules first.
    """

    def __init__(self, root: Path, folders: Iterable[Path]) -> None:
        self._root = f"{root}{os.sep}"
        self._folders = tuple(dict.fromkeys(map(str, folders)))
        self._imports: dict[str, tuple[tuple[str, ...], str]] = {}

    def files(self, modules: Iterable[str], loaded: Mapping[str, str] | None = None) -> frozenset[str]:
        """Give the files of some modules and of all that they import in turn, as far as they are the project's.

        Parameters
        ----------
        modules
            Dotted names; some may name no module, but what is in one.
        loaded
            Modules of the project that a kernel has loaded, with their files.
        """
        found: dict[str, None] = {}
        pending = [(name, self._folders) for name in modules]
        seen = set(pending)
        while pending:
            name, folders = pending.pop()
            for file in self._located(name, folders, loaded or {}):
                if file in found:
                    continue
                found[file] = None
                base = _base(file, name)
                places = tuple(dict.fromkeys((*folders, *((base,) if base else ()))))
                more = [(each, places) for each in self._imported(file, name)]
                pending += [each for each in more if each not in seen]
                seen.update(more)
        return frozenset(found)

    def _located(self, name: str, folders: Collection[str], loaded: Mapping[str, str]) -> Iterator[str]:
        """Give the files that an import of a name executes, the packages around it among them."""
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            part = ".".join(parts[:length])
            if part in loaded:
                yield loaded[part]
                continue
            for folder in folders:
                stem = os.path.join(folder, *parts[:length])  # noqa: PTH118 - paths as a kernel names them
                file = next((each for each in (f"{stem}/__init__.py", f"{stem}.py") if os.path.isfile(each)), None)  # noqa: PTH113
                if file is not None:
                    if file.startswith(self._root) and "site-packages" not in file:
                        yield file
                    break

    def _imported(self, file: str, name: str) -> tuple[str, ...]:
        """Give the names that a file imports, at its top or further in."""
        try:
            stat = os.stat(file)  # noqa: PTH116
            stamp = f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino} {name}"
            known = self._imports.get(file)
            if known is not None and known[1] == stamp:
                return known[0]
            tree = ast.parse(Path(file).read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            # What a kernel makes of it, it says itself.
            return ()
        package = name if file.endswith("__init__.py") else name.rpartition(".")[0]
        found = tuple(dict.fromkeys(imports_of(tree, package)))
        self._imports[file] = found, stamp
        return found


def imports_of(tree: ast.AST, package: str) -> Iterator[str]:
    """Give the dotted names of what some code imports, relative ones as a package's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".") if package else []
                above = parts[: len(parts) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            if base:
                yield base
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names if alias.name != "*")


def _base(file: str, name: str) -> str:
    """Give the folder from which a module has its name: where its neighbours are found."""
    stem = file.removesuffix("/__init__.py").removesuffix(".py")
    for part in reversed(name.split(".")):
        head, _, tail = stem.rpartition("/")
        if tail != part:
            return ""
        stem = head
    return stem
