"""Which sources lie near a project that has no runs yet, and how one of them becomes the project's by a click."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.errors import ConfigError, UsageError
from pressrun.project import CONFIG_NAME, Project
from pressrun.server.handler import Handler
from pressrun.sources.locations import resolve_path
from pressrun.sources.nearby import nearby_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The one line, or lines, that name the sources; texts in it may hold brackets.
_SOURCES = re.compile(r"""^sources[ \t]*=[ \t]*\[(?:[^\]"'#]|"[^"\n]*"|'[^'\n]*')*\]""", re.MULTILINE)


class SourcesHandler(Handler):
    """GET /sources: what lies near. POST /sources: some of that become the project's own."""

    takes: ClassVar = {"post": "project#SourcesAsk"}

    async def get(self) -> None:
        """Answer `Nearby`."""
        self.answer({"sources": await self.work(_unnamed, self.project)})

    async def post(self) -> None:
        """Answer `Nearby`: what is left."""
        wanted: list[str] = self.body["add"]
        await self.work(add_sources, self.project, wanted)
        self.answer({"sources": await self.work(_unnamed, self.project)})


def _unnamed(project: Project) -> list[str]:
    named = {url.strip("./") for url in project.sources} if _has_any(project) else set()
    return [url for url in nearby_sources(project.root) if url.strip("./") not in named]


def _has_any(project: Project) -> bool:
    return project.configured or (project.root / "runs").is_dir()


def add_sources(project: Project, urls: Sequence[str]) -> None:
    """Name sources in a project's configuration, which is written if there is none; its other lines stay as they are.

    A folder that is named and not there is left out: it would keep every query of the project from being answered.

    Raises
    ------
    UsageError
        If one of them does not lie near the project.
    ConfigError
        If the configuration is such that a person has to write them.
    """
    if strange := sorted(set(urls) - set(nearby_sources(project.root))):
        raise UsageError("no source lies there", where=strange[0], hint=f"name it in {CONFIG_NAME}")
    kept = [url for url in project.sources if ":" in url or resolve_path(url, project.root).is_dir()]
    wanted = list(dict.fromkeys([*kept, *urls]))
    line = f"sources = {json.dumps(wanted, ensure_ascii=False)}"
    path = project.root / CONFIG_NAME
    if not path.exists():
        if project.configured:
            raise ConfigError("is kept in pyproject.toml", where="sources", hint=f"write there: {line}")
        path.write_text(f"# What pressrun knows of this project.\n{line}\n", "utf-8")
        return
    before = path.read_text("utf-8")
    top = re.search(r"^[ \t]*\[", before, re.MULTILINE)
    found = _SOURCES.search(before)
    own = found if found and (top is None or found.start() < top.start()) else None
    after = before[: own.start()] + line + before[own.end() :] if own else f"{line}\n{before}"
    try:
        right = tomllib.loads(after) == {**tomllib.loads(before), "sources": wanted}
    except tomllib.TOMLDecodeError:
        right = False
    if not right:
        raise ConfigError("cannot be changed without touching other lines", where=str(path), hint=f"write {line}")
    near = path.with_name(f".{CONFIG_NAME}.new")
    try:
        near.write_text(after, "utf-8")
        near.replace(path)
    finally:
        near.unlink(missing_ok=True)


ROUTES: tuple[tuple[str, type[Any]], ...] = (("/sources", SourcesHandler),)
