"""A paper: the folder of a notebook, its configuration and its lock, and how a paper is found by name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.build.parameters import check_parameters
from pressrun.errors import ConfigError, NotebookError
from pressrun.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTEBOOK_NAME = "paper.ipynb"
CONFIG_NAME = "paper.toml"

FORMATS = ("html", "pdf", "latex", "ipynb")
DEFAULT_TIMEOUT = 600.0

#: A paper's name becomes a folder of the site and of its URLs.
_NAME = re.compile(r"^[^\W_][\w.-]*$")
#: Names that the site itself needs.
_TAKEN = frozenset({"index.html", "papers.json"})
_KEYS = ("formats", "timeout", "kernel", "parameters", "volatile", "inputs")


@dataclass(frozen=True, slots=True)
class PaperConfig:
    """What `paper.toml` says.

    Parameters
    ----------
    formats
        What is published, of "html", "pdf", "latex" and "ipynb".
    timeout
        Seconds that a cell may take, unless it has a `timeout` option of its own.
    kernel
        The kernel to use instead of the notebook's own; "" for that.
    parameters
        Values for the notebook's parameters.
    volatile
        Labels or ids of cells whose results change though no input does. With any, the paper is always stale.
    inputs
        Glob patterns, relative to the paper's folder, of further files that results depend on.
    """

    formats: tuple[str, ...] = ("html",)
    timeout: float = DEFAULT_TIMEOUT
    kernel: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    volatile: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> PaperConfig:
        """Read `paper.toml`; a file that is not there says nothing.

        Raises
        ------
        ConfigError
            If the file is no TOML, or holds a key or a value that it should not.
        """
        try:
            data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return cls()
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise ConfigError(what, where=str(path), hint="grant access to it") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"cannot be read: {error}", where=str(path), hint="correct the TOML") from error
        if unknown := sorted(set(data) - set(_KEYS)):
            raise ConfigError(f"unknown key {unknown[0]!r}", where=str(path), hint=f"known keys: {', '.join(_KEYS)}")
        timeout = data.get("timeout", DEFAULT_TIMEOUT)
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout < float("inf"):
            raise ConfigError("timeout is not a positive number", where=str(path), hint="write timeout = 600")
        kernel = data.get("kernel", "")
        if not isinstance(kernel, str):
            raise ConfigError("kernel is not a text", where=str(path), hint='write kernel = "python3"')
        parameters = data.get("parameters", {})
        if not isinstance(parameters, dict):
            raise ConfigError("parameters is not a table", where=str(path), hint="write [parameters]")
        inputs = _texts(data, "inputs", path, [])
        for pattern in inputs:
            _check_pattern(pattern, path)
        return cls(
            formats=check_formats(_texts(data, "formats", path, ["html"]), str(path)),
            timeout=float(timeout),
            kernel=kernel,
            parameters=check_parameters(parameters, str(path)),
            volatile=_texts(data, "volatile", path, []),
            inputs=inputs,
        )


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a project.

    Parameters
    ----------
    name
        What people and the site call it: the folder's name, or the notebook's if it is not called paper.ipynb.
    """

    folder: Path
    name: str
    notebook: Path
    config: PaperConfig
    project: Project

    @property
    def config_path(self) -> Path:
        """Where `paper.toml` is, or would be."""
        return self.folder / CONFIG_NAME

    @property
    def lock_path(self) -> Path:
        """Where `paper.lock` is, or would be."""
        return self.notebook.with_suffix(".lock")

    @property
    def published(self) -> Path:
        """The newest published version's place in the site."""
        return self.project.root / self.project.site / self.name

    @property
    def label(self) -> str:
        """The notebook as messages name it: relative to the project where it lies in it."""
        if self.notebook.is_relative_to(self.project.root):
            return self.notebook.relative_to(self.project.root).as_posix()
        return str(self.notebook)

    @classmethod
    def load(cls, what: str | Path, project: Project) -> Paper:
        """Find a paper by its folder, its notebook, or its name.

        A paper belongs to the project whose configuration is nearest to it, as it does in its own kernel; the project
        that is given stands in where none is.

        Raises
        ------
        NotebookError
            If there is no such paper.
        ConfigError
            If its `paper.toml` is wrong, or its name cannot be a folder of the site.
        """
        notebook = _find(Path(what), project)
        nearest = Project.find(notebook.parent)
        project = nearest if nearest.configured else project
        name = notebook.parent.name if notebook.name == NOTEBOOK_NAME else notebook.stem
        if not _NAME.match(name) or name in _TAKEN:
            raise ConfigError(
                f"a paper cannot be called {name!r}",
                where=str(notebook),
                hint="begin the folder's name with a letter or digit; use letters, digits, - _ .",
            )
        return cls(notebook.parent, name, notebook, PaperConfig.read(notebook.parent / CONFIG_NAME), project)

    @classmethod
    def find(cls, names: Sequence[str], project: Project) -> tuple[Paper, ...]:
        """Find several papers, or all papers of the project if none is named.

        Raises
        ------
        NotebookError
            If one is not there, or the project has none.
        ConfigError
            If a `paper.toml` is wrong, or two papers have one name.
        """
        if names:
            papers = [cls.load(name, project) for name in dict.fromkeys(names)]
        else:
            folder = project.root / project.papers
            papers = [cls.load(path, project) for path in sorted(folder.glob(f"*/{NOTEBOOK_NAME}"))]
            if not papers:
                raise NotebookError(
                    f"no paper: no folder in it has a {NOTEBOOK_NAME}",
                    where=str(folder),
                    hint="write one with `pressrun new NAME`, or name a notebook",
                )
        by_name: dict[tuple[Path, str], Paper] = {}
        for paper in papers:
            other = by_name.setdefault((paper.project.root, paper.name), paper)
            if other.notebook != paper.notebook:
                raise ConfigError(
                    f"has the name of {other.label}, {paper.name!r}",
                    where=paper.label,
                    hint="rename one of the folders",
                )
        return tuple(by_name.values())


def check_formats(formats: Sequence[str], where: str) -> tuple[str, ...]:
    """Give formats once each, in the order of `FORMATS`.

    Raises
    ------
    ConfigError
        If one is unknown, or none is named.
    """
    if not formats:
        raise ConfigError("no format is named", where=where, hint=f"known formats: {', '.join(FORMATS)}")
    for name in formats:
        if name not in FORMATS:
            raise ConfigError(f"unknown format {name!r}", where=where, hint=f"known formats: {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in formats)


def _texts(data: Mapping[str, Any], key: str, path: Path, default: list[str]) -> tuple[str, ...]:
    value = data.get(key, default)
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ConfigError(f"{key} is not a list of texts", where=str(path), hint=f'write {key} = ["…"]')
    return tuple(value)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        what = f"cannot be looked at: {error.strerror}"
        raise NotebookError(what, where=str(path), hint="correct the path, or grant access to it") from error


def _check_pattern(pattern: str, path: Path) -> None:
    if Path(pattern).is_absolute():
        return
    try:
        # A place with nothing in it: only the pattern is looked at.
        next((path.parent / ".nothing").glob(pattern), None)
    except ValueError as error:
        raise ConfigError(
            f"inputs has {pattern!r}, which is no pattern: {error}", where=str(path), hint='write inputs = ["*.csv"]'
        ) from error


def _find(what: Path, project: Project) -> Path:
    places = (
        [what] if what.is_absolute() else [Path.cwd() / what, project.root / what, project.root / project.papers / what]
    )
    for place in places:
        if place.suffix == ".ipynb" and _is_file(place):
            return place.resolve()
        if _is_file(place / NOTEBOOK_NAME):
            return (place / NOTEBOOK_NAME).resolve()
    known = sorted(path.parent.name for path in (project.root / project.papers).glob(f"*/{NOTEBOOK_NAME}"))
    some = get_close_matches(what.name, known, n=3) or known[:8]
    hint = f"papers here: {', '.join(some)}" + (", …" if len(some) < len(known) else "")
    folder = next((place for place in places if place.is_dir()), None)
    raise NotebookError(
        f"there is no {NOTEBOOK_NAME} in it" if folder else f"there is no paper {str(what)!r}",
        where=str(folder or project.root / project.papers),
        hint=hint if known else "write one with `pressrun new NAME`",
    )
