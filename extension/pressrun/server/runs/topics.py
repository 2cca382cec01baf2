"""What can be heard of runs while they run: which came, changed and went, and their newest points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pressrun.errors import PressrunError, UsageError
from pressrun.records import Status
from pressrun.server.runs.details import series_json
from pressrun.server.runs.keys import parse_key
from pressrun.server.runs.registers import Registers
from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from pressrun.project import Project
    from pressrun.records import Run, Series
    from pressrun.server.projects import Projects
    from pressrun.server.runs.register import Register, State
    from pressrun.server.workers import Workers

#: Seconds between looks at what the project says its sources are.
_CONFIG_SECONDS = 2.0
#: Seconds between two messages of how far a first reading is.
_READING_SECONDS = 0.5


class Listening:
    """What a subscription needs of the server: its project, its threads, its registers.

    Parameters
    ----------
    settings
        The server's.
    ask
        What was subscribed with.
    schema
        The definition in the schema of events that it has to fit.

    Raises
    ------
    UsageError
        If it does not.
    """

    def __init__(self, settings: Mapping[str, Any], ask: Mapping[str, Any], schema: str) -> None:
        if problem := check(ask, f"events#{schema}"):
            raise UsageError(problem, where="events")
        self.ask = ask
        self.projects: Projects = settings["pressrun_projects"]
        self.workers: Workers = settings["pressrun_workers"]
        self.registers = Registers.of(settings)

    async def project(self) -> Project:
        """Give the project as its configuration has it now."""
        return await self.workers.run(self.projects.named, self.ask.get("project", ""))

    def register(self, project: Project, sources: Sequence[str]) -> Register:
        """Give a register that has some sources: the project's own where these are among them."""
        return self.registers.get(project, None if set(sources) <= set(project.sources) else list(sources))


async def runs(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Tell which runs came, changed or went."""
    here = Listening(settings, ask, "RunsAsk")
    project = await here.project()
    last: State | None = None
    while True:
        register = here.registers.get(project, ask.get("sources"))
        with here.registers.watch(register, here.workers).listening() as listener:
            while True:
                state = await listener.next(_READING_SECONDS if register.state is None else _CONFIG_SECONDS)
                if state is not None:
                    yield _difference(last or state, state)
                    last = state
                elif register.state is None:
                    done, total = register.reading or (0, 0)
                    yield _said("", 0) | {"reading": {"done": done, "total": total}}
                now = await _configured(here, project)
                if now.sources != project.sources and "sources" not in ask:
                    project = now
                    break


async def _configured(here: Listening, project: Project) -> Project:
    try:
        return await here.project()
    except PressrunError:
        # A configuration that is being edited is none for a moment; the last one holds.
        return project


def _said(revision: str, running: int) -> dict[str, Any]:
    return {
        "type": "runs", "revision": revision, "added": [], "changed": [], "removed": [], "running": running,
        "reading": None,
    }  # fmt: skip


def _difference(old: State, new: State) -> dict[str, Any]:
    message = _said(new.revision, len(new.running))
    if old is new:
        return message
    added, changed = [], []
    for key, run in zip(new.keys, new.runs, strict=True):
        before = old.get(key)
        if before is None:
            added.append(key)
        elif before is not run and before != run:
            changed.append(key)
    removed = [key for key in old.keys if key not in new.places]
    return message | {"added": added, "changed": changed, "removed": removed}


async def points(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Tell the newest points of some metrics of some runs as they are logged."""
    here = Listening(settings, ask, "PointsAsk")
    project = await here.project()
    keys: list[str] = list(dict.fromkeys(ask["keys"]))
    register = here.register(project, [parse_key(key)[0] for key in keys])
    followed = _Followed(keys, list(dict.fromkeys(ask["metrics"])))
    with here.registers.watch(register, here.workers).listening() as listener:
        first = True
        while True:
            state = await listener.next()
            if state is None:
                continue
            series, statuses = await here.workers.run(followed.news, state)
            if first or series or statuses:
                yield {"type": "points", "series": [] if first else series, "statuses": statuses}
            first = False


class _Followed:
    """What was told of some series, so that only what is new is told."""

    def __init__(self, keys: Sequence[str], metrics: Sequence[str]) -> None:
        self.keys = keys
        self.metrics = metrics
        self.runs: dict[str, Run] = {}
        self.statuses: dict[str, str] = {}
        self.series: dict[tuple[str, str], Series] = {}

    def news(self, state: State) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Give the points and statuses that are new in a state."""
        statuses: dict[str, str] = {}
        changed: list[tuple[str, Run]] = []
        for key in self.keys:
            run = state.get(key)
            status = (Status.DELETED if run is None else run.status).value
            if self.statuses.get(key) != status:
                self.statuses[key] = statuses[key] = status
            if run is not None and self.runs.get(key) is not run:
                self.runs[key] = run
                changed.append((key, run))
        found = []
        for metric in self.metrics:
            having = [(key, run) for key, run in changed if metric in run.metrics]
            answers = state.histories.series([run for _, run in having], metric)
            for (key, _), series in zip(having, answers, strict=True):
                before = self.series.get((key, metric))
                self.series[key, metric] = series
                if said := _tail(before, series):
                    found.append({"key": key, "metric": metric, **said})
        return found, statuses


def _tail(before: Series | None, now: Series) -> dict[str, Any] | None:
    """Give the points that stand behind those told before; all of them where they do not stand behind."""
    from pressrun.records import Series

    count = 0 if before is None else len(before)
    if before is not None and not _begins(before, now):
        return {"whole": True, **series_json(now)}
    if len(now) == count:
        return None
    return {"whole": False, **series_json(Series(now.steps[count:], now.times[count:], now.values[count:]))}


def _begins(before: Series, now: Series) -> bool:
    """Whether a series goes on from another."""
    count = len(before)
    if len(now) < count:
        return False
    pairs = ((before.steps, now.steps), (before.times, now.times), (before.values, now.values))
    # Bytes, since NaN is what it was.
    return all(old.tobytes() == new[:count].tobytes() for old, new in pairs)
