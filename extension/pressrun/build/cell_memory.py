"""Which cells of a paper have to run, and why; what each did is remembered for the next build.

A cell whose source, whose names' states and whose traces are those of a record gets its outputs from there. The others
run, in their order, and so do those whose state they need. What a cell will do is guessed before it runs, and seen
afterwards: a cell that did more than was guessed makes the plan void, and the paper is executed as a whole.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pressrun.build.cell_content import bundles_of, quotes_source, shows_number
from pressrun.build.cell_plan import Planner, Step, amiss, name_of
from pressrun.build.cell_records import CellRecord, Effects, Traces
from pressrun.build.cell_walk import STATE, Walk, file_name, folder_name, kinds_of, random_name
from pressrun.build.fingerprints import UNKNOWN
from pressrun.build.reasons import Reason
from pressrun.build.shared_state import RANDOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from pressrun.build.cell_content import Cell


#: A call that gives a shared generator its seed, of whichever library.
_SEEDS = re.compile(r"\b\w*seed\w*\(", re.IGNORECASE)


class SurpriseError(Exception):
    """A cell did something that the plan did not reckon with: the paper has to be executed as a whole."""


class CellMemory:
    """Follows one execution of a paper by its plan, and remembers what came of it.

    Parameters
    ----------
    planner
        Makes the plan, of the records to which this execution is added.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._store, self._around = planner.store, planner.around
        self.steps: dict[int, Step] = {}
        self._walk = Walk(planner.around.base)
        self._records: dict[int, CellRecord] = {}
        self._seen: dict[str, str] = {}
        self._state: dict[str, str] = {}
        self._ambient: dict[str, str] = {}
        self._states: dict[int, dict[str, str]] = {}
        self._skipped_draws: set[str] = set()
        self._forgotten = False

    # -- before ----------------------------------------------------------------------------------------------------

    def plan(self, notebook: NotebookNode) -> None:
        """Decide which cells run."""
        self.steps = self._planner.plan(notebook)

    @property
    def needs_kernel(self) -> bool:
        """Whether any cell runs."""
        return any(step.runs for step in self.steps.values())

    @property
    def is_partial(self) -> bool:
        """Whether some cell that could run does not."""
        return any(not step.runs for step in self.steps.values())

    def run_all(self) -> None:
        """Give the plan up: every cell runs."""
        self._walk = Walk(self._around.base)
        self._records.clear()
        for noted in (self._seen, self._state, self._ambient):
            noted.clear()
        self._skipped_draws.clear()
        for step in self.steps.values():
            if not step.runs:
                step.reasons = (Reason("needed", "", "another cell did more than was expected"),)
            step.runs = True

    # -- while it runs ---------------------------------------------------------------------------------------------

    def begin(self, report: Mapping[str, Any]) -> None:
        """Take in what a kernel is like before the first cell."""
        self._state = dict(report["state"])
        self._ambient = dict(report["ambient"])

    def restore(self, place: int) -> CellRecord:
        """Give the record of a cell that does not run, and go on behind it.

        Raises
        ------
        SurpriseError
            If a cell that has run before it did what makes the record void.
        """
        step = self.steps[place]
        record = step.record
        assert record is not None
        cell, walk = step.cell, self._walk
        touched = walk.touched(cell.names, cell.files)
        if walk.key(cell.kind, cell.names, cell.tags, touched) != record.key or amiss(cell, record, walk, self._around):
            raise SurpriseError(f"{name_of(place)} follows from what an earlier one did unexpectedly")
        self._states[place] = {name: walk.tokens[name] for name in touched}
        walk.apply(place, cell.names, touched, record.effects, record.token)
        self._skipped_draws |= set(record.effects.drawn)
        self._records[place] = record
        return record

    def names_to_report(self, place: int) -> list[str] | None:
        """Give the names of which the kernel is to say what they hold after a cell; None for all."""
        cell = self.steps[place].cell
        if cell.names.opaque:
            return None
        touched = self._walk.touched(cell.names, cell.files)
        return sorted({*(name for name in touched if not name.startswith(" ")), *cell.names.binds})

    def observe(self, place: int, content: Mapping[str, Any], report: Mapping[str, Any], began: float) -> list[str]:
        """Take in what a cell did.

        Parameters
        ----------
        content
            What the cell of the notebook got: `content_of`.
        report
            What the kernel's observer says.
        began
            When it began, in seconds since 1970.

        Returns
        -------
        Names that may have changed with it, of which the kernel is to be asked before `settle`.

        Raises
        ------
        SurpriseError
            If the cell did what the plan did not reckon with.
        """
        step = self.steps[place]
        cell, walk = step.cell, self._walk
        touched = walk.touched(cell.names, cell.files)
        key = walk.key(cell.kind, cell.names, cell.tags, touched)
        effects = self._effects(cell, report)
        if set(effects.drawn) & self._skipped_draws and self.is_partial:
            raise SurpriseError(f"{name_of(place)} draws random numbers after cells that did not run")
        self._records[place] = CellRecord(
            key=key,
            content=content,
            effects=effects,
            traces=self._traces(cell, content, report, effects, began),
            number=cell.number if shows_number(content) else 0,
            text=cell.text if quotes_source(content) else "",
            unsettled=self._unsettled(cell, report, effects),
            seconds=time.time() - began,
        )
        return self._mates(effects)

    def settle(self, place: int, prints: Mapping[str, str]) -> None:
        """Go on behind a cell that has run.

        Parameters
        ----------
        prints
            Of the names that `observe` asked for: those that are missing are taken to have changed.
        """
        record = self._records[place]
        cell, walk = self.steps[place].cell, self._walk
        mates = self._mates(record.effects)
        more = [mate for mate in mates if mate not in prints or _differs(self._seen.get(mate), prints[mate])]
        self._seen |= prints
        if more:
            changed = tuple(sorted({*record.effects.changed, *more}))
            record = self._records[place] = replace(record, effects=replace(record.effects, changed=changed))
        touched = walk.touched(cell.names, cell.files)
        self._states[place] = {name: walk.tokens[name] for name in touched}
        walk.apply(place, cell.names, touched, record.effects, record.token)

    def forget(self) -> None:
        """Remember nothing of this execution: what a cell did cannot be seen, or it changed the output of another."""
        self._forgotten = True

    def _effects(self, cell: Cell, report: Mapping[str, Any]) -> Effects:
        prints: dict[str, str] = report["prints"]
        gone = set(report["gone"])
        rebound = {name for name in {*cell.names.binds, *report["rebound"]} if name in prints}
        changed = {name for name, now in prints.items() if name not in rebound and _differs(self._seen.get(name), now)}
        self._seen |= prints
        for name in gone:
            self._seen.pop(name, None)
        before = {**self._state, **report["as_loaded"]}
        state = any(_differs(before.get(name), now) for name, now in report["state"].items())
        self._state = dict(report["state"])
        ambient = [name for name, now in report["ambient"].items() if self._ambient.get(name, now) != now]
        self._ambient = dict(report["ambient"])
        shared = [name for name in ambient if name not in RANDOM]
        loaded: dict[str, str] = report["modules"]
        known = self._around.module_files(cell.names.modules, loaded)
        # A module that no import leads to may be loaded by whoever comes first.
        shared += ["another program"] if report["programs"] else []
        shared += [f"the module {name}" for name in report["new_modules"] if loaded[name] not in known]
        if self._walk.patches(cell.names):
            shared.append("a module")
        return Effects(
            rebound=tuple(sorted(rebound)),
            gone=tuple(sorted(gone)),
            changed=tuple(sorted(changed)),
            prints=kinds_of(prints),
            from_project=tuple(report["from_project"]),
            ambient=tuple(shared),
            state=state,
            drawn=tuple(name for name in ambient if name in RANDOM),
            written=tuple(path for path in report["written"] if self._around.counts(path)),
            loaded=tuple(sorted(loaded[name] for name in report["new_modules"])),
        )

    def _mates(self, effects: Effects) -> list[str]:
        """Give the names that share an object with one that changed."""
        changed = {*effects.changed, *((STATE,) if effects.state else ())}
        return sorted({mate for name in changed for mate in self._walk.mates(name)} - changed - {STATE})

    def _traces(
        self, cell: Cell, content: Mapping[str, Any], report: Mapping[str, Any], effects: Effects, began: float
    ) -> Traces:
        around, tokens = self._around, self._walk.tokens
        loaded: dict[str, str] = report["modules"]
        modules = around.module_files(cell.names.modules, loaded)
        read = {path for path in report["read"] if around.counts(path)}
        read |= {loaded[name] for name in report["new_modules"]} | modules.keys()
        produced = {path: tokens[file_name(path)] for path in {*read, *effects.written} if file_name(path) in tokens}
        listed = [path for path in report["listed"] if around.counts(path)]
        produced |= {f"{path}/": tokens[folder_name(path)] for path in listed if folder_name(path) in tokens}
        bundles = bundles_of(content)
        given = {name: around.variable(name) for name in report["variables"]}
        return Traces(
            files={path: around.fresh_file(path, since=began) for path in sorted(read - produced.keys())},
            listed={path: around.fresh_folder(path) for path in listed if f"{path}/" not in produced},
            left={path: around.fresh_file(path) for path in effects.written},
            produced=produced,
            drawn={name: tokens.get(random_name(name), "") for name in effects.drawn},
            # What a cell before has set is not the environment's.
            variables={name: now for name, now in given.items() if now == report["variables"][name]},
            queries=around.queries_of(bundles),
        )

    def _unsettled(self, cell: Cell, report: Mapping[str, Any], effects: Effects) -> tuple[str, ...]:
        found = [word for word in cell.names.nondeterministic if not word.startswith("unseeded")]
        if report["network"]:
            found.append("the network")
        if cell.names.opaque and report["programs"]:
            found.append("another program")
        before = [step.cell.names.source for step in self.steps.values() if step.cell.place <= cell.place]
        seeded = any(map(_SEEDS.search, before))
        if effects.drawn and not seeded:
            found.append("unseeded randomness")
        return tuple(dict.fromkeys(found))

    # -- afterwards ------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Remember what was executed, as far as the execution came.

        Raises
        ------
        OSError
            If it cannot be written: the next build then runs more than it had to.
        """
        if self._forgotten:
            return
        for place, record in self._records.items():
            if self.steps[place].runs:
                self._store.add(record)
        said = []
        for place, record in self._records.items():
            cell = self.steps[place].cell
            said.append(
                {
                    "id": cell.id, "kind": cell.kind, "source": cell.names.source, "tags": list(cell.tags),
                    "key": record.key, "states": self._states[place],
                }
            )  # fmt: skip
        # Cells that were not reached are compared with what they were when they were.
        reached = {each["id"] for each in said}
        said += [each for each in self._store.last().get("cells", ()) if each["id"] not in reached]
        self._store.remember({"base": self._around.of_all, "cells": said}, self._records.values())

    @property
    def files(self) -> list[str]:
        """The files that the cells have read, those that did not run as well."""
        return sorted({path for record in self._records.values() for path in record.traces.files})


def _differs(was: str | None, now: str | None) -> bool:
    """Whether something may be another than it was; what cannot be compared may always be."""
    return was is None or now is None or was != now or now == UNKNOWN
