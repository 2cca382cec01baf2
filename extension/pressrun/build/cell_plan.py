"""Which cells of a paper have to run, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.cell_content import cells_of
from pressrun.build.cell_walk import AMBIENT, Walk, file_name, folder_name, random_name
from pressrun.build.reasons import Reason
from pressrun.build.shared_state import RANDOM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nbformat import NotebookNode

    from pressrun.build.cell_content import Cell
    from pressrun.build.cell_records import CellRecord, CellStore
    from pressrun.build.surroundings import Surroundings

#: The tag of a cell that may end with an exception.
MAY_FAIL = "raises-exception"

#: Names of a cell that a reason lists.
_NAMED = 3


@dataclass(slots=True)
class Step:
    """What is to become of a cell.

    Parameters
    ----------
    record
        What it did when all that it follows from was as it is now; None if it never ran so.
    runs
        Whether it has to run, be it for its own sake or for the state that it leaves.
    """

    cell: Cell
    touched: frozenset[str]
    key: str
    record: CellRecord | None
    reasons: tuple[Reason, ...]
    changes: frozenset[str]
    runs: bool


class Planner:
    """Compares the cells of a paper with what is remembered of them.

    Parameters
    ----------
    store
        The records of earlier executions.
    around
        Gives what cells meet while they run, as it is now.
    force
        Whether every cell is to run.
    """

    def __init__(self, store: CellStore, around: Surroundings, *, force: bool = False) -> None:
        self.store = store
        self.around = around
        self._force = force
        self._last: Mapping[str, Any] = store.last()
        self._steps: dict[int, Step] = {}

    def plan(self, notebook: NotebookNode) -> dict[int, Step]:
        """Say what is to become of each cell that has something to execute, by its place in the notebook."""
        cells = list(cells_of(notebook, self.around))
        walk = Walk(self.around.base)
        told = {each["id"]: each for each in self._last.get("cells", ())}
        for cell in cells:
            touched = walk.touched(cell.names, cell.files)
            key = walk.key(cell.kind, cell.names, cell.tags, touched)
            record = None if self._force else self._recall(cell, key, walk)
            reasons = () if record else self._why(cell, key, touched, walk, told.get(cell.id))
            if record is not None:
                effects, token = record.effects, record.token
            else:
                old = self._latest(told.get(cell.id))
                effects = walk.expected(cell.names, touched, old.effects if old else None, cell.files)
                token = f"to be run: {cell.place}"
            changes = walk.apply(cell.place, cell.names, touched, effects, token)
            self._steps[cell.place] = Step(cell, touched, key, record, reasons, changes, record is None)
        while self._add_ancestors(cells) | self._add_writers():
            pass
        return self._steps

    def _add_writers(self) -> bool:
        """Let all cells run that write a file which several do, once any cell runs; whether there were any.

        What is in such a file at a time only an execution of all of them makes.
        """
        if not any(step.runs for step in self._steps.values()):
            return False
        writers: dict[str, list[Step]] = {}
        for step in self._steps.values():
            for name in step.changes:
                if name.startswith(file_name("")):
                    writers.setdefault(name, []).append(step)
        found = False
        for name, steps in writers.items():
            for step in steps if len(steps) > 1 else ():
                if not step.runs:
                    step.runs = found = True
                    path = name.removeprefix(file_name(""))
                    step.reasons = (Reason("needed", path, f"{path} is written by several cells"),)
        return found

    def _add_ancestors(self, cells: Sequence[Cell]) -> bool:
        """Let those run whose state is needed by one that runs; whether there were any."""
        found = False
        needed: dict[str, int] = {}
        for cell in reversed(cells):
            step = self._steps[cell.place]
            if not step.runs and (met := sorted(step.changes & needed.keys())):
                step.runs = found = True
                by = needed[met[0]]
                said = f"its state is needed by {name_of(by)}"
                step.reasons = (Reason("needed", self._steps[by].cell.id, said),)
            if step.runs:
                # What is bound anew here, whatever it was, is of no use from before.
                for name in () if MAY_FAIL in cell.tags else cell.names.surely - step.touched:
                    needed.pop(name, None)
                draws = [random_name(each) for each in RANDOM]
                for name in (*step.touched, AMBIENT, *(each for each in draws if each in step.changes)):
                    needed.setdefault(name, cell.place)
        return found

    def _recall(self, cell: Cell, key: str, walk: Walk) -> CellRecord | None:
        for record in self.store.records(key):
            if not cell.volatile and not record.unsettled and not amiss(cell, record, walk, self.around):
                return record
        return None

    def _latest(self, told: Mapping[str, Any] | None) -> CellRecord | None:
        records = self.store.records(told["key"]) if told else []
        return records[0] if records else None

    def _why(
        self, cell: Cell, key: str, touched: Collection[str], walk: Walk, told: Mapping[str, Any] | None
    ) -> tuple[Reason, ...]:
        if self._force:
            return (Reason("forced", "", "asked for"),)
        if cell.volatile:
            return (Reason("volatile", "", "marked as volatile"),)
        if told is None:
            return (Reason("new", "", "new"),)
        if told["source"] != cell.names.source or told["kind"] != cell.kind or told["tags"] != list(cell.tags):
            return (Reason("source", "", "source changed"),)
        if changed := self.around.base_differences(self._last.get("base", {})):
            return tuple(changed)
        if key == told["key"]:
            records = self.store.records(key)
            found = [reason for record in records[:1] for reason in amiss(cell, record, walk, self.around)]
            found += [
                Reason("nondeterministic", word, f"depends on {word}")
                for record in records[:1]
                for word in record.unsettled
            ]
            return tuple(found) or (Reason("forgotten", "", "no longer remembered"),)
        return self._upstream(touched, walk, told["states"])

    def _upstream(self, touched: Collection[str], walk: Walk, states: Mapping[str, str]) -> tuple[Reason, ...]:
        names = [name for name in sorted({*touched, *states}) if walk.tokens.get(name) != states.get(name)]
        by: dict[int, list[str]] = {}
        for name in names:
            by.setdefault(walk.writers.get(name, -1), []).append(name)
        found = [
            Reason("upstream", self._steps[place].cell.id, f"upstream {name_of(place)} ({_few(each)})")
            for place, each in sorted(by.items())
            if place >= 0
        ]
        lost = [name for name in names if name not in walk.writers]
        found += [Reason("upstream", name, f"nothing defines {name.strip()} any more") for name in lost]
        return tuple(found)


def amiss(cell: Cell, record: CellRecord, walk: Walk, around: Surroundings) -> list[Reason]:
    """Say what is another now than when a record was made."""
    found = around.differences(record.traces)
    found += [
        Reason("file", path, f"file {path} is new")
        for path in sorted(cell.files.keys() - record.traces.files.keys() - record.traces.produced.keys())
    ]
    for path, token in record.traces.produced.items():
        name = folder_name(path) if path.endswith("/") else file_name(path)
        if walk.tokens.get(name) != token:
            found.append(Reason("upstream", path, f"{path}, which an earlier cell writes, is another"))
    traces = record.traces
    met = {path: file_name(path) for path in (*traces.files, *traces.left)}
    met |= {f"{path}/": folder_name(path) for path in traces.listed}
    for path, name in met.items():
        if name in walk.tokens and path not in traces.produced:
            found.append(Reason("upstream", path, f"an earlier cell writes {path} now"))
    for generator, token in record.traces.drawn.items():
        if walk.tokens.get(random_name(generator), "") != token:
            found.append(Reason("upstream", generator, f"earlier cells use {generator} otherwise"))
    if record.text and record.text != cell.text:
        found.append(Reason("source", "", "its source, which its output quotes, changed"))
    if record.number and record.number != cell.number:
        found.append(Reason("source", "", "its number, which its output shows, is another"))
    return found


def name_of(place: int) -> str:
    """Name a cell by its place, as people count."""
    return f"cell {place + 1}"


def _few(names: Sequence[str]) -> str:
    """List names for people, the author's own first, and of many only some."""
    own = [name for name in names if not name.startswith(" ")] or [name.strip() for name in names]
    return ", ".join(own[:_NAMED]) + (f" and {len(own) - _NAMED} more" if len(own) > _NAMED else "")
