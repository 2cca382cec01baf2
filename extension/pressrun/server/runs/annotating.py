"""Tags and notes that authors give to runs from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.recording.values import clean_text
from pressrun.runs.annotations import annotate
from pressrun.server.runs.details import run_at
from pressrun.server.runs.finding import address_of
from pressrun.server.runs.table import RunsHandler, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.server.runs.register import Register


class AnnotateHandler(RunsHandler):
    """POST /runs/annotate: set or take away tags of some runs, and note something of them."""

    takes: ClassVar = {"post": "runs#AnnotateAsk"}

    async def post(self) -> None:
        """Answer `Annotated`."""
        ask = self.body
        self.answer(await self.work(_annotate, self.holding(ask["keys"]), ask))


def _annotate(register: Register, ask: Mapping[str, Any]) -> dict[str, Any]:
    state = register.now()
    keys = list(dict.fromkeys(ask["keys"]))
    columns = [address_of(name) for name in ask.get("columns", ())]
    own = [state.own.get(key) or run_at(state, key) for key in keys]
    tags = {clean_text(name): text and clean_text(text) for name, text in ask.get("tags", {}).items()}
    note = ask.get("note")
    annotate(register.project, own, tags, None if note is None else clean_text(note))
    register.annotations_changed()
    # A look rather than what is known now: the answer has to hold what was just written.
    state = register.look()
    return {"revision": state.revision, "rows": [row_of(run_at(state, key), columns) for key in keys]}
