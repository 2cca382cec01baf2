"""A project: the folder that holds runs and papers, and what its configuration says."""

from __future__ import annotations

import contextlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text
from pressrun.errors import ConfigError
from pressrun.records import Direction, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = "pressrun.toml"

#: Words in a metric's name by which lower is taken to be better where no configuration says.
_LOWER_IS_BETTER = frozenset(
    {"loss", "error", "err", "rmse", "mse", "mae", "mape", "nll", "ece", "fid", "wer", "cer", "ppl"}
    | {"perplexity", "brier", "latency", "seconds", "time", "duration", "memory", "cost", "regret"}
)


@dataclass(frozen=True, slots=True)
class Metric:
    """What the project says of one metric."""

    name: str
    direction: Direction
    #: Whether the configuration named the direction; if not it was read off the metric's name.
    declared: bool = False
    role: Role | None = None
    unit: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project's root and configuration.

    Relative paths of sources, in notebooks and on the command line alike, are taken from the root.
    """

    root: Path
    title: str = ""
    sources: tuple[str, ...] = ("runs/",)
    papers: str = "papers"
    site: str = "site"
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    #: Whether a configuration says that this is a project; if not it is just a folder that was looked at.
    configured: bool = False

    @property
    def runs_folder(self) -> Path:
        """Where the logger records: the first source that is a plain folder, else `runs/`."""
        for url in self.sources:
            if ":" not in url:
                return self.root / url
        return self.root / "runs"

    @property
    def state_folder(self) -> Path:
        """Where pressrun keeps what it can make again: the index, scratch space, locks."""
        return self.root / ".pressrun"

    def metric(self, name: str) -> Metric:
        """Give what is known of a metric; the direction is read off its name where nothing declares it.

        Raises
        ------
        UsageError
            If the name is no text.
        """
        check_text(name, "metric", '"test/acc"')
        if name in self.metrics:
            return self.metrics[name]
        words = set(name.lower().replace("/", "_").replace("-", "_").replace(".", "_").split("_"))
        return Metric(name, Direction.MIN if words & _LOWER_IS_BETTER else Direction.MAX)

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """Find the project that a folder belongs to.

        The root is the nearest folder, upwards, with a `pressrun.toml` or with a `[tool.pressrun]` table in its
        `pyproject.toml`; without either it is `start` itself.

        Raises
        ------
        ConfigError
            If the configuration cannot be read.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            # A folder that may not be looked into is nobody's project root.
            with contextlib.suppress(OSError):
                if (folder / CONFIG_NAME).is_file():
                    return cls._load(folder, folder / CONFIG_NAME, ())
                pyproject = folder / "pyproject.toml"
                if pyproject.is_file() and "[tool.pressrun" in pyproject.read_text("utf-8", "replace"):
                    return cls._load(folder, pyproject, ("tool", "pressrun"))
        return cls(start)

    @classmethod
    def _load(cls, root: Path, path: Path, table: tuple[str, ...]) -> Project:
        try:
            data: Any = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise ConfigError(what, where=str(path), hint="grant access to it") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"cannot be read: {error}", where=str(path), hint="correct the TOML") from error
        for key in table:
            data = data.get(key, {})
        known = {"title", "sources", "papers", "site", "metrics"}
        if unknown := sorted(set(data) - known):
            raise ConfigError(
                f"unknown key {unknown[0]!r}", where=str(path), hint=f"known keys: {', '.join(sorted(known))}"
            )
        sources = data.get("sources", ["runs/"])
        if not isinstance(sources, list) or not all(isinstance(s, str) for s in sources):
            raise ConfigError("sources is not a list of URLs", where=str(path), hint='write sources = ["runs/"]')
        for key in ("title", "papers", "site"):
            if not isinstance(data.get(key, ""), str):
                raise ConfigError(f"{key} is not a text", where=str(path), hint=f'write {key} = "…"')
        metrics = data.get("metrics", {})
        if not isinstance(metrics, dict):
            raise ConfigError("metrics is not a table", where=str(path), hint='write [metrics."test/acc"]')
        return cls(
            root,
            title=data.get("title", ""),
            sources=tuple(sources),
            papers=data.get("papers", "papers"),
            site=data.get("site", "site"),
            metrics={name: _metric(name, entry, path) for name, entry in metrics.items()},
            configured=True,
        )


def _metric(name: str, entry: object, path: Path) -> Metric:
    where = f"{path}, metrics.{name}"
    if not isinstance(entry, dict):
        raise ConfigError("is not a table", where=where, hint=f'write [metrics."{name}"]')
    if unknown := sorted(set(entry) - {"direction", "role", "unit", "title"}):
        raise ConfigError(f"unknown key {unknown[0]!r}", where=where, hint="known: direction, role, unit, title")
    try:
        direction = Direction(entry["direction"]) if "direction" in entry else None
        role = Role(entry["role"]) if "role" in entry else None
    except ValueError as error:
        raise ConfigError(
            str(error),
            where=where,
            hint="direction is max or min; role is training, validation, guardrail or production",
        ) from error
    guessed = Project(path.parent).metric(name).direction
    return Metric(
        name,
        direction or guessed,
        declared=direction is not None,
        role=role,
        unit=str(entry.get("unit", "")),
        title=str(entry.get("title", "")),
    )
