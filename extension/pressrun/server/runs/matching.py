"""Which runs match the queries that facts were made of: each query judged once, and then only for runs that changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from pressrun.runs.query import Query

if TYPE_CHECKING:
    from pressrun.server.runs.register import State

#: Queries that are kept up to date: many times what a notebook has.
_MOST = 256


class Matches:
    """The runs that match some queries, by their keys, in the states of one register.

    A set that did not change from one state to another is the same object.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._held: OrderedDict[str, tuple[Query, frozenset[str]]] = OrderedDict()

    def find(self, state: State, where: str) -> frozenset[str]:
        """Give the keys of the runs for which an expression is true.

        Raises
        ------
        QueryError
            If the expression is wrong.
        """
        text = where.strip()
        with self._lock:
            self._follow(state)
            if text in self._held:
                self._held.move_to_end(text)
                return self._held[text][1]
            query = Query.parse(text)
            pairs = zip(state.keys, state.runs, strict=True)
            found = frozenset(key for key, run in pairs if query.matches(run))
            self._held[text] = query, found
            if len(self._held) > _MOST:
                self._held.popitem(last=False)
            return found

    def _follow(self, state: State) -> None:
        """Bring all that is held from the last state to this one."""
        last, self._state = self._state, state
        if last is None or last is state or not self._held:
            return
        news = [(key, run) for key, run in zip(state.keys, state.runs, strict=True) if last.get(key) is not run]
        gone = frozenset(key for key in last.keys if key not in state.places)
        if not news and not gone:
            return
        for text, (query, before) in self._held.items():
            came = {key for key, run in news if query.matches(run)}
            went = {key for key, _ in news if key not in came} | gone
            if not (came <= before and went.isdisjoint(before)):
                self._held[text] = query, (before - went) | came
