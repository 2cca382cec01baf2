"""How what a paper depends on looks from outside: the cheapest way to see that it may have changed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.build.facts_file import read_published
from pressrun.build.inputs import FILE, MOVED
from pressrun.build.lock import Lock
from pressrun.errors import PressrunError
from pressrun.project import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.build.paper import Paper
    from pressrun.cli.watched_sources import Runs, WatchedSources
    from pressrun.runs.pins import PinnedQuery

Stamp = tuple[object, ...] | None

#: Files that a failed build may be waiting for: of more in a folder the first so many are looked at.
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Needs:
    """What a paper depends on, as far as its last publication and its lock tell.

    Parameters
    ----------
    files
        Name → place.
    overtaken
        Names of files that were written while the last build read them.
    sources
        URLs.
    """

    files: dict[str, Path]
    overtaken: frozenset[str]
    sources: tuple[str, ...]

    @classmethod
    def of(cls, paper: Paper) -> Needs:
        """Find out what a paper depends on; what cannot be read tells nothing, and its build will say so."""
        inputs, queries = _published(paper)
        with contextlib.suppress(PressrunError):
            lock = Lock.read(paper.lock_path)
            queries += lock.queries if lock is not None else ()
        root = paper.project.root
        named = [paper.notebook, paper.config_path, paper.lock_path, root / CONFIG_NAME, root / "pyproject.toml"]
        files = {_name(path, root): path for path in named}
        files |= {name.removeprefix(FILE): root / name.removeprefix(FILE) for name in inputs if name.startswith(FILE)}
        # What was never published may ask any of them.
        urls = [url for query in queries for url in query.sources] if inputs else list(paper.project.sources)
        overtaken = frozenset(name.removeprefix(FILE) for name, was in inputs.items() if was == MOVED)
        return cls(files, overtaken, tuple(dict.fromkeys(urls)))


@dataclass(frozen=True, slots=True)
class Sight:
    """How everything that a paper depends on looked at one moment.

    Parameters
    ----------
    files
        Name → stamp.
    runs
        Source → how its runs look.
    """

    files: dict[str, Stamp] = field(default_factory=dict)
    runs: dict[str, Runs] = field(default_factory=dict)


def see(paper: Paper, needs: Needs, sources: WatchedSources, *, wide: bool = False) -> Sight:
    """See how a paper looks now.

    Parameters
    ----------
    wide
        Whether to look as well at what its build may have failed for, of which nothing is known: all files beside it,
        the project's Python files and its runs.
    """
    root = paper.project.root
    places = dict(needs.files)
    patterns = [pattern for pattern in paper.config.inputs if not Path(pattern).is_absolute()]
    with contextlib.suppress(OSError):
        places |= {_name(path, root): path for pattern in patterns for path in paper.folder.glob(pattern)}
    if wide:
        places |= {_name(path, root): path for path in _beside(paper)}
    urls = (*needs.sources, *paper.project.sources) if wide else needs.sources
    runs = {url: sources.runs(paper.project, url) for url in urls}
    return Sight({name: stamp(path) for name, path in places.items()}, runs)


def stamp(path: Path) -> Stamp:
    """Give what changes with a file; None for one that is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _published(paper: Paper) -> tuple[dict[str, str], list[PinnedQuery]]:
    """Give the inputs and the queries of the published version; none of what cannot be understood."""
    try:
        facts = read_published(paper) or {}
        return dict(facts.get("inputs", {})), list(Lock.of_facts(facts.get("queries", ())).queries)
    except (PressrunError, KeyError, TypeError, ValueError):
        return {}, []


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _beside(paper: Paper) -> Iterator[Path]:
    project = paper.project
    apart = {project.root / project.site, paper.folder, *(project.root / url for url in project.sources)}
    yield from _files(paper.folder, "", set())
    yield from _files(project.root, ".py", apart)


def _files(folder: Path, suffix: str, apart: set[Path]) -> Iterator[Path]:
    seen = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith((".", "__")) and name != "node_modules" and Path(place, name) not in apart
        ]
        for name in names:
            if name.endswith(suffix) and not name.startswith("."):
                seen += 1
                if seen > _MOST:
                    return
                yield Path(place, name)
