"""A panel as it would be now: computed again by the code that its cell runs, when its runs change."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pressrun.canonical import canonical
from pressrun.errors import PressrunError, QueryError, SourceError, UsageError
from pressrun.panels.again import Call, again, with_gone
from pressrun.records import Status
from pressrun.server.runs.keys import make_key
from pressrun.server.runs.topics import Listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from pressrun.panels.again import Place
    from pressrun.project import Project
    from pressrun.records import Run
    from pressrun.server.runs.register import Register, State

#: Seconds between computations of one panel; one that costs much takes a fifth of a processor at most.
_PACE = 1.0
_SHARE = 5.0


async def panel(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Tell how a panel would look now, at once if it looks different, and whenever that changes."""
    here = Listening(settings, ask, "PanelAsk")
    project = await here.project()
    shown = Shown(ask["fact"], project)
    register = here.register(project, shown.sources)
    with here.registers.watch(register, here.workers).listening() as listener:
        due, warm = 0.0, False
        while True:
            state = await listener.next()
            if state is None or not await here.workers.run(shown.is_concerned, register, state):
                continue
            await asyncio.sleep(due - time.monotonic())
            # While this waited, the runs may have gone on.
            state = await listener.next(0.0) or state
            async with here.registers.computing:
                began = time.monotonic()
                message, busy = await here.workers.run_timed(shown.now, register, state)
                # The first one may have loaded libraries, too, which says nothing of the next.
                due, warm = began + (max(_PACE, _SHARE * busy) if warm else _PACE), True
            if message is not None:
                yield message


class Shown:
    """A panel as its reader sees it.

    Parameters
    ----------
    fact
        As the cell's output holds it.
    project
        Whose runs it shows.

    Raises
    ------
    UsageError
        If it cannot be made again.
    SourceError
        If it shows runs that no source has.
    """

    def __init__(self, fact: Mapping[str, Any], project: Project) -> None:
        self.project = project
        self.call = Call.of(fact)
        self.fact = dict(fact)
        self.sources = list(dict.fromkeys(source for source, _ in self.call.runs))
        if any(source.partition(":")[0] == "memory" for source in self.sources):
            raise SourceError("the panel shows plain records, which do not change", where="fact")
        try:
            self._cited = {(cite["source"], cite["id"]): cite for cite in fact["runs"]}
            self._given = _identity(fact)
        except (KeyError, TypeError, AttributeError) as error:
            raise UsageError("is no fact of a panel", where="fact", hint="run its cell again") from error
        self._said = self._given
        self._seen: tuple[Run | None, ...] | None = None
        self._last: dict[Place, Run] = {}
        self._more = 0
        self._told = False

    def is_concerned(self, register: Register, state: State) -> bool:
        """Whether the panel may look different in a state than in the last one that was looked at."""
        runs = tuple(state.get(make_key(source, run_id)) for source, run_id in self.call.runs)
        more = self._count_more(register, state)
        before, self._seen = self._seen, runs
        if before is None and not more and self._is_as_cited(runs):
            # Of runs that still run a reader must hear that they are followed, again after a lost connection too.
            return any(run is not None and run.status is Status.RUNNING for run in runs)
        return before is None or more != self._more or any(a is not b for a, b in zip(before, runs, strict=True))

    def _is_as_cited(self, runs: tuple[Run | None, ...]) -> bool:
        """Whether all runs are shown, and are as they were: nothing then needs to be computed."""
        for place, run in zip(self.call.runs, runs, strict=True):
            cite = self._cited.get(place)
            if cite is None or run is None or (run.digest, run.status.value) != (cite["digest"], cite["status"]):
                return False
        return True

    def _count_more(self, register: Register, state: State) -> int:
        """Give how many runs the panel's query finds now that the panel was not made of."""
        query = self.call.query
        if query is None or not set(query.sources) <= set(register.urls):
            return 0
        try:
            found = register.finder.find(state, query.where).places
        except QueryError:
            return 0
        here = {make_key(source, run_id) for source, run_id in self.call.runs}
        return sum(state.keys[place] not in here for place in found if state.runs[place].source in query.sources)

    def now(self, register: Register, state: State) -> dict[str, Any] | None:
        """Give the message that says how the panel looks in a state; None if nothing about it is new."""
        runs: dict[Place, Run] = {}
        gone: dict[Place, str] = {}
        for place in self.call.runs:
            run = state.get(make_key(*place))
            if run is not None:
                self._last[place] = run
            elif place in self._last:
                gone[place] = self._last[place].name
            elif place in self._cited:
                gone[place] = str(self._cited[place].get("name", ""))
            if place in self._last:
                runs[place] = self._last[place] if run is not None else _stopped(self._last[place])
        reason, fact = "", self.fact
        if unseen := [place for place in gone if place not in runs]:
            # Without a run that it shows the panel would be another one.
            reason = f"{len(unseen)} of its runs had gone before anybody looked"
        else:
            try:
                made = again(self.call, runs, state.histories, self.project, self._problems(register, state, runs))
                fact = self.fact = made.fact_json()
            except PressrunError as error:
                reason = str(error.what)
        fact = with_gone(fact, gone)
        more = self._count_more(register, state)
        identity = _identity(fact)
        running = sum(run.status is Status.RUNNING for place, run in runs.items() if place not in gone)
        if identity == self._said and more == self._more and (self._told or not running):
            return None
        self._said, self._more, self._told = identity, more, True
        return {
            "type": "panel",
            "fact": fact,
            "running": running,
            "gone": len(gone),
            "more": more,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "changed": identity != self._given,
            "reason": reason,
        }

    def _problems(self, register: Register, state: State, runs: Mapping[Place, Run]) -> list[Any]:
        """Give the problems that the cell's own query would name."""
        found: list[Any] = [*state.problems, *(problem for run in runs.values() for problem in run.problems)]
        if self.call.query is not None and set(self.call.query.sources) <= set(register.urls):
            try:
                found += register.finder.find(state, self.call.query.where).problems
            except QueryError:
                return found
        return found


def _stopped(run: Run) -> Run:
    """Give the last state of a run that is gone: whether it still runs nobody knows."""
    return dataclasses.replace(run, status=Status.UNKNOWN) if run.status is Status.RUNNING else run


def _identity(fact: Mapping[str, Any]) -> str:
    """Give what tells apart what two facts show, however they were asked for."""
    import hashlib

    view = {key: value for key, value in fact["view"].items() if key != "call"}
    text = canonical([fact["frame"], view, fact["runs"], fact["disclosure"]])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
