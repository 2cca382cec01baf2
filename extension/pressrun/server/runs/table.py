"""A window of a table of runs: found, sorted, and no larger than what a screen shows."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.errors import QueryError, RunNotFoundError, SourceError, UsageError
from pressrun.server.handler import Handler, reads
from pressrun.server.runs.fields import cell
from pressrun.server.runs.finding import address_of, fault_of, value_at
from pressrun.server.runs.keys import key_of, parse_key
from pressrun.server.runs.registers import Registers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.records import Run
    from pressrun.runs.address import Address
    from pressrun.server.runs.register import Register, State

#: Seconds for which a first reading is waited for; a longer one is shown as such.
_PATIENCE = 1.5
#: Problems that are named; a store with more has one problem.
_PROBLEMS = 100


class RunsHandler(Handler):
    """The base of handlers that answer from a register."""

    def register(self, sources: Sequence[str] | None = None) -> Register:
        """Give the register of some sources of the request's project; None stands for the project's own.

        Raises
        ------
        SourceError
            If a source must not be read.
        """
        return Registers.of(self.settings).get(self.project, sources)

    def holding(self, keys: Sequence[str]) -> Register:
        """Give the register that has some runs: the project's, where all are of its sources.

        Raises
        ------
        RunNotFoundError
            If a key names no run that could be here: of one that must not be seen no more is said.
        """
        sources = list(dict.fromkeys(parse_key(key)[0] for key in keys))
        try:
            return self.register(None if set(sources) <= set(self.project.sources) else sources)
        except (SourceError, UsageError) as error:
            raise RunNotFoundError("there is no such run", where="key", hint="look at the list of runs") from error

    async def state(self, register: Register) -> State:
        """Give what a register's sources have now, however long that takes to read."""
        if register.state is None:
            # Whoever waits for a first reading waits for the same one, and keeps no thread from others.
            await asyncio.shield(Registers.of(self.settings).first(register, self.workers))
        return await self.work(register.now)


class TableHandler(RunsHandler):
    """POST /runs/table: a window of the runs that a where-expression finds."""

    takes: ClassVar = {"post": "runs#TableAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Table`."""
        ask = self.body
        register = self.register(ask.get("sources"))
        if register.state is None:
            reading = Registers.of(self.settings).first(register, self.workers)
            done, _ = await asyncio.wait({reading}, timeout=_PATIENCE)
            if not done:
                self.answer(_unread(register, ask))
                return
            reading.result()
        self.answer(await self.work(_window, register, ask))


class ColumnsHandler(RunsHandler):
    """GET /runs/columns: the fields that the runs have."""

    async def get(self) -> None:
        """Answer `Columns`."""
        register = self.register(self.get_query_arguments("source"))
        state = await self.state(register)
        columns = await self.work(register.finder.fields.describe, state)
        self.answer({"revision": state.revision, "columns": columns})


def row_of(run: Run, columns: Sequence[Address | None] = ()) -> dict[str, Any]:
    """Give a run as a `Row`."""
    return {
        "key": key_of(run),
        "id": run.id,
        "name": run.name,
        "source": run.source,
        "status": run.status.value,
        "started": moment(run.started),
        "ended": moment(run.ended),
        "tags": dict(run.tags),
        "note": run.note,
        "points": max(run.metrics.values(), default=0),
        "digest": run.digest,
        "cells": [cell(value_at(run, address)) for address in columns],
    }


def moment(seconds: float | None) -> float | None:
    """Give a time as strict JSON; a store may hold one that is no number."""
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _unread(register: Register, ask: Mapping[str, Any]) -> dict[str, Any]:
    done, total = register.reading or (0, 0)
    return {
        "revision": "", "total": 0, "matched": 0, "running": 0, "offset": ask["offset"], "located": None,
        "rows": [], "problems": [], "error": None, "reading": {"done": done, "total": total},
    }  # fmt: skip


def _window(register: Register, ask: Mapping[str, Any]) -> dict[str, Any]:
    state = register.now()
    columns = [address_of(name) for name in ask["columns"]]
    sort = tuple((each["field"], each["descending"]) for each in ask["sort"])
    answer: dict[str, Any] = {
        "revision": state.revision,
        "total": len(state.runs),
        "matched": 0,
        "running": len(state.running),
        "offset": ask["offset"],
        "located": None,
        "rows": [],
        "problems": [],
        "error": None,
        "reading": None,
    }
    problems = list(state.problems)
    try:
        found = register.finder.find(state, ask["where"], sort)
    except QueryError as error:
        answer["error"] = fault_of(error)
    else:
        problems += found.problems
        offset, limit = ask["offset"], ask["limit"]
        place = state.places.get(ask.get("locate", ""))
        if place is not None and place in found.places:
            located = answer["located"] = found.places.index(place)
            if not offset <= located < offset + limit:
                offset = max(0, located - limit // 2)
        offset = max(0, min(offset, len(found.places) - 1))
        shown = found.places[offset : offset + limit]
        answer |= {"matched": len(found.places), "offset": offset}
        answer["rows"] = [row_of(state.runs[place], columns) for place in shown]
    answer["problems"] = [{"where": p.where, "reason": p.reason} for p in problems[:_PROBLEMS]]
    if len(problems) > _PROBLEMS:
        answer["problems"].append({"where": "runs", "reason": f"{len(problems) - _PROBLEMS} more problems"})
    return answer
