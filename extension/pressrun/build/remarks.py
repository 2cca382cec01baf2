"""What a person should know of the runs and values of a build that succeeded."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from pressrun.build.lock import Lock, describe
from pressrun.records import Status
from pressrun.runs.pins import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping


class ValueState(Enum):
    """Whether a value has its evidence."""

    CURRENT = "current"
    PARTIAL = "partial"
    MISSING = "missing"


def remarks(mode: Mode, lock: Lock | None, facts: Mapping[str, Any]) -> list[str]:
    """Say what a person should know of the runs and values that were published."""
    lines = []
    answers = Lock.of_facts(facts["queries"]).queries
    locked = {query.id: query for query in lock.queries} if lock is not None else {}
    for query, fact in zip(answers, facts["queries"], strict=True):
        gone = [run["name"] for run in fact["runs"] if Status(run["status"]) is Status.DELETED]
        if gone:
            lines.append(f"{describe(query)}: gone from the source, and kept by the lock: {', '.join(gone)}")
        if mode is Mode.KEEP and query.id in locked:
            now = {(pin.source, pin.id): pin.digest for pin in query.runs}
            changed = [
                pin.name for pin in locked[query.id].runs if now.get((pin.source, pin.id), pin.digest) != pin.digest
            ]
            if changed:
                lines.append(f"{describe(query)}: changed since they were locked: {', '.join(changed)}")
    for value in facts["values"]:
        if ValueState(value["state"]) is not ValueState.CURRENT:
            name = value["expression"] or value["id"]
            lines.append(f"value {name} ({value['metric']}) is {value['state']}: {value['reason']}")
    return lines
