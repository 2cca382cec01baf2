"""The inputs of a paper and their digests: what it was built from, and what it would be built from now."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pressrun
from pressrun.build.frontmatter import FrontMatter
from pressrun.build.notebook import source_digest
from pressrun.canonical import digest
from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pressrun.build.notebook import ReadNotebook
    from pressrun.build.paper import Paper

#: Inputs that are files are named so, with the path relative to the project's root.
FILE = "file:"
MISSING = "missing"
#: Stands for the digest of what was written while it may have been read: nothing is ever equal to it.
MOVED = "changed while it was read"

#: An image ends where another begins, which keeps a text of nothing but beginnings from being read again for each.
_IMAGE = re.compile(
    r"!\[(?:(?!!\[)[^\]])*\]\(\s*<?(?P<inline>[^)\s>]+)"
    r"|<img\b(?:(?!<img\b)[^>])*?\bsrc\s*=\s*[\"']?(?P<html>[^\"'\s>]+)",
    re.IGNORECASE,
)


def fixed_inputs(paper: Paper, read: ReadNotebook, parameters: Mapping[str, Any], kernel: str) -> dict[str, str]:
    """Give the inputs that are known before a paper is executed: name → digest."""
    found = {
        "notebook": source_digest(read.data),
        "paper.toml": digest(
            [paper.config.timeout, paper.config.kernel, paper.config.parameters, paper.config.volatile]
        ),
        "parameters": digest(parameters),
        "pressrun": _own_digest(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "environment": environment_digest(),
        "kernel": kernel,
        "project": digest([paper.project.sources, {name: str(m) for name, m in paper.project.metrics.items()}]),
    }
    for path in sorted(set(_named_files(paper, read))):
        found[file_name(paper, path)] = file_digest(path)
    return found


def file_inputs(paper: Paper, names: Iterable[str]) -> dict[str, str]:
    """Give the digests, now, of inputs that are files."""
    return {name: file_digest(_file_path(paper, name)) for name in names if name.startswith(FILE)}


def read_inputs(paper: Paper, reads: Iterable[str], sources: Iterable[str], since: float) -> dict[str, str]:
    """Give the digests of the files that a paper has read while it was executed.

    Parameters
    ----------
    sources
        URLs of sources: what lies in them is covered by the queries' answers.
    since
        When the execution began, in seconds since 1970. A file that was written since then is said to have changed:
        what was read is not known to be what is there now.
    """
    covered = covered_places(paper, (*sources, *paper.project.sources))
    found = {}
    for name in reads:
        path = Path(name)
        if is_covered(name, covered):
            continue
        found[file_name(paper, path)] = MOVED if has_changed(path, since) else file_digest(path)
    return found


def has_changed(path: Path, since: float) -> bool:
    """Whether a file may have been written since a moment, in seconds since 1970.

    Programs that copy may give it the time of its original: then only the system knows when that was.
    """
    try:
        found = path.stat()
    except OSError:
        return False
    return any(since <= moment <= time.time() for moment in (found.st_mtime, found.st_ctime))


def covered_places(paper: Paper, sources: Iterable[str]) -> tuple[str, ...]:
    """Give the places whose files are no inputs of their own: pressrun's, the environment's, and those of sources."""
    root = paper.project.root
    covered = [paper.project.state_folder, root / paper.project.site, root / ".git", root / ".venv"]
    covered += [Path(pressrun.__file__).parent, Path(sys.prefix), paper.lock_path, paper.notebook, paper.config_path]
    covered += [root / "pressrun.toml", root / "pyproject.toml"]
    for url in dict.fromkeys(sources):
        place = url.rpartition(":")[2].removeprefix("//") if ":" in url else url
        covered.append((root / place).resolve())
    # A source may be the project's folder itself; that covers nothing.
    return tuple(str(place) for place in covered if not root.is_relative_to(place))


def is_covered(path: str, covered: Iterable[str]) -> bool:
    """Whether a file is no input of its own, by the places of `covered_places`."""
    return f"{os.sep}site-packages{os.sep}" in path or any(
        path == place or path.startswith(place + os.sep) for place in covered
    )


def file_name(paper: Paper, path: Path) -> str:
    """Name a file as an input."""
    root = paper.project.root
    return FILE + (path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path))


def file_digest(path: Path) -> str:
    """Give "sha256:…" of a file's bytes, or `MISSING`."""
    try:
        with path.open("rb") as file:
            return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return MISSING


def _file_path(paper: Paper, name: str) -> Path:
    return paper.project.root / name.removeprefix(FILE)


def _named_files(paper: Paper, read: ReadNotebook) -> Iterator[Path]:
    """Give the files in the paper's folder that the notebook or paper.toml names."""
    front = FrontMatter.of(read.data, paper.label)
    names = list(front.bibliography)
    names += [front.raw[key] for key in ("csl", "logo", "image") if isinstance(front.raw.get(key), str)]
    for cell in read.cells:
        if cell["cell_type"] == "markdown":
            names += [match["inline"] or match["html"] for match in _IMAGE.finditer(cell["source"])]
    for name in names:
        if ":" not in name:
            path = (paper.folder / unquote(name)).resolve()
            if path.is_relative_to(paper.project.root):
                yield path
    yield from declared_files(paper)


def declared_files(paper: Paper) -> Iterator[Path]:
    """Give the files that paper.toml says the notebook reads."""
    for pattern in paper.config.inputs:
        if Path(pattern).is_absolute():
            yield Path(pattern)
        else:
            yield from (path.resolve() for path in paper.folder.glob(pattern) if path.is_file())


def _own_digest() -> str:
    """Name pressrun's version and digest its templates and front end, which may be changed in place."""
    package = Path(pressrun.__file__).parent
    folders = [package / "templates", package.parent.parent / "templates", package / "static"]
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".map":
                total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__} {total.hexdigest()[:16]}"


def environment_digest() -> str:
    """Digest the installed distributions by the names of their metadata folders, which hold name and version."""
    names = set()
    for place in sys.path:
        folder = Path(place)
        if folder.is_dir():
            names |= {entry.name for entry in folder.iterdir() if entry.name.endswith((".dist-info", ".egg-info"))}
    return digest(sorted(names))
