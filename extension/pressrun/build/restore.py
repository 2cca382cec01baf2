"""Do without a kernel: cells that need not run get what they left when they ran last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.build.cell_content import restore_content
from pressrun.build.execution import pass_over, place_of
from pressrun.build.outcomes import CellOutcome, CellResult

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from pressrun.build.cell_memory import CellMemory
    from pressrun.build.execution import Execution


def restore_paper(notebook: NotebookNode, execution: Execution, memory: CellMemory) -> tuple[str, ...]:
    """Restore a paper of which no cell has to run, in place, and give the files below the root that it has read.

    Raises
    ------
    SurpriseError
        If a record does not hold.
    """
    for index, cell in enumerate(notebook.cells):
        where = place_of(execution.paper, notebook, cell, index)
        outcome, reason = leave_out(cell, where, memory, index)
        execution.watcher.cell_ended(CellResult(cell.id, cell.cell_type, outcome, reason))
    memory.keep()
    return tuple(memory.files)


def leave_out(cell: NotebookNode, where: str, memory: CellMemory, index: int) -> tuple[CellOutcome, str]:
    """Put into a cell that does not run what it left, if it ever ran, and say what becomes of it.

    Raises
    ------
    SurpriseError
        If its record does not hold.
    """
    step = memory.steps.get(index)
    if step is None:
        passed = pass_over(cell, where)
        assert passed is not None
        return passed
    restore_content(cell, memory.restore(index).content, step.cell.number)
    return CellOutcome.CURRENT, "nothing that it depends on changed"
