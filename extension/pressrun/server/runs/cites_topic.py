"""Whether runs are still as some value or claim cites them, and whether their query still finds just those."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from pressrun.errors import QueryError, SourceError, UsageError
from pressrun.records import Status
from pressrun.server.reach import check_sources
from pressrun.server.runs.keys import make_key
from pressrun.server.runs.standing import names_run
from pressrun.server.runs.topics import Listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from pressrun.records import Run
    from pressrun.server.runs.register import Register, State


#: Source, id and digest of a cited run.
Place: TypeAlias = tuple[str, str, str]

#: Runs that an answer names; the others are counted.
_NAMED = 12


class CiteState(Enum):
    """A cited run now."""

    CURRENT = "current"
    CHANGED = "changed"
    RUNNING = "running"
    GONE = "gone"
    #: There, as far as anybody can tell, and not to be read.
    UNREADABLE = "unreadable"
    #: Of a source that this server does not read.
    UNKNOWN = "unknown"


async def cites(settings: Mapping[str, Any], ask: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Tell the states of all cited runs and how the answers of their queries differ now, then what changes of it."""
    here = Listening(settings, ask, "CitesAsk")
    project = await here.project()
    cited = [(cite["source"], cite["id"], cite["digest"]) for cite in ask["cites"]]
    questions = list(_questions(ask.get("questions", ()), cited))
    cited = list(dict.fromkeys(cited))
    fixed: dict[str, CiteState] = {}
    asked_for = dict.fromkeys([s for s, _, _ in cited] + [s for each in questions for s in each.sources])
    for source in asked_for:
        if source.partition(":")[0] == "memory":
            # Plain records are in the notebook itself.
            fixed[source] = CiteState.CURRENT
            continue
        try:
            check_sources([source], project, here.registers.root)
        except SourceError:
            fixed[source] = CiteState.UNKNOWN
    questions = [each for each in questions if fixed.keys().isdisjoint(each.sources)]
    register = here.register(project, [source for source in asked_for if source not in fixed])
    told: dict[Place, CiteState] = {}
    with here.registers.watch(register, here.workers).listening() as listener:
        first = True
        while True:
            state = await listener.next()
            if state is None:
                continue
            states = await here.workers.run(_states, state, cited, fixed)
            news = {cite: now for cite, now in states.items() if told.get(cite) is not now}
            told = states
            if first or news:
                said = [
                    {"source": source, "id": run_id, "digest": digest, "state": now.value}
                    for (source, run_id, digest), now in news.items()
                ]
                yield {"type": "cites", "states": said, "answers": []}
            first = False
            # One query of many runs at a time, so that no other request waits for all of them.
            answers = [each.told for each in questions if await here.workers.run(each.differs, register, state)]
            if answers:
                yield {"type": "cites", "states": [], "answers": answers}


class _Question:
    """A query, the runs that were its whole answer, and how its answer differs now.

    Parameters
    ----------
    number
        Its place among those that were asked.
    cites
        The runs of the answer.
    """

    def __init__(self, number: int, sources: Sequence[str], where: str, cites: Sequence[Place]) -> None:
        self.sources = frozenset(sources)
        self.told: dict[str, Any] = {"question": number, "more": 0, "fewer": 0, "came": []}
        self._where = where
        self._keys = frozenset(make_key(source, run_id) for source, run_id, _ in cites)
        #: Known by what is in them, too, since a run that two sources have stands there as that of the first.
        self._contents = frozenset((run_id, digest) for _, run_id, digest in cites)
        self._seen: tuple[object, ...] = ()

    def differs(self, register: Register, state: State) -> bool:
        """Compare with the runs of a state; whether it is told first, or is another answer than before."""
        try:
            matches = register.matches.find(state, self._where)
        except QueryError:
            # Not by this version of the language: nothing can be said.
            return False
        there = frozenset(key for key in self._keys if key in state.places)
        first, seen = not self._seen, (matches, there)
        if not first and self._seen[0] is matches and self._seen[1] == there:
            return False
        self._seen = seen
        came = [run for key in matches - self._keys if (run := state.get(key)) and self._is_new(run)]
        came.sort(key=lambda run: (run.name, run.id))
        now = {"more": len(came), "fewer": len(there - matches), "came": [run.name or run.id for run in came[:_NAMED]]}
        before, self.told = self.told, {**self.told, **now}
        return first or before != self.told

    def _is_new(self, run: Run) -> bool:
        return run.source in self.sources and (run.id, run.digest) not in self._contents


def _questions(asked: Sequence[Mapping[str, Any]], cited: Sequence[Place]) -> Iterator[_Question]:
    for number, each in enumerate(asked):
        if any(place >= len(cited) for place in each["cites"]):
            raise UsageError("a question names a run that is not cited", where="events")
        yield _Question(number, each["sources"], each["where"], [cited[place] for place in each["cites"]])


def _states(state: State, cited: Sequence[Place], fixed: Mapping[str, CiteState]) -> dict[Place, CiteState]:
    twins: dict[tuple[str, str], Run] = {}
    #: Sources that cannot be read as a whole.
    failed: set[str] | None = None
    found = {}
    for source, run_id, digest in cited:
        if source in fixed:
            found[source, run_id, digest] = fixed[source]
            continue
        run = state.get(make_key(source, run_id))
        if run is None:
            # A run that two sources have is shown once, as that of the first.
            twins = twins or {(each.id, each.digest): each for each in state.runs}
            run = twins.get((run_id, digest))
        if run is None:
            if failed is None:
                failed = {each.where for each in state.problems} - {each.source for each in state.runs}
            broken = source in failed or any(names_run(each, run_id) for each in state.problems)
            found[source, run_id, digest] = CiteState.UNREADABLE if broken else CiteState.GONE
        else:
            found[source, run_id, digest] = _state(run, digest)
    return found


def _state(run: Run, digest: str) -> CiteState:
    if run.status is Status.RUNNING:
        return CiteState.RUNNING
    return CiteState.CURRENT if run.digest == digest else CiteState.CHANGED
