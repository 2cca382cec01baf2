"""Execute a paper on a copy of its notebook."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.execution import Execution
from pressrun.build.kernels import kernel_environment
from pressrun.build.notebook import SKIP_TAG
from pressrun.build.outcomes import CellOutcome, CellResult
from pressrun.errors import IncompleteError
from pressrun.runs.pins import BUILD_ENV, Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.build.cell_memory import CellMemory
    from pressrun.build.kernels import Kernel
    from pressrun.build.outcomes import Watcher
    from pressrun.build.paper import Paper
    from pressrun.build.warm_start import KernelSource


class CellLog:
    """Collects what becomes of the cells, and passes it on to who watches."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.results: list[CellResult] = []

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Tell that a cell begins."""
        self._watcher.cell_started(number, total, name, cell)

    def cell_ended(self, result: CellResult) -> None:
        """Tell what became of a cell; of one that ran twice, what became of it last."""
        known = [each.id for each in self.results]
        if result.id in known:
            self.results[known.index(result.id)] = result
        else:
            self.results.append(result)
        self._watcher.cell_ended(result)


@dataclass(frozen=True, slots=True)
class ExecutedPaper:
    """An executed notebook, when its execution began, what it read, and the parameters that it does not declare."""

    notebook: NotebookNode
    began: float
    reads: tuple[str, ...]
    unknown: tuple[str, ...]


def execute_paper(
    paper: Paper,
    notebook: NotebookNode,
    kernel: Kernel,
    context: Context,
    parameters: Mapping[str, Any],
    log: CellLog,
    scratch: Path,
    reason: str,
    memory: Callable[[Mapping[str, str]], CellMemory] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    kernels: KernelSource | None = None,
) -> ExecutedPaper:
    """Execute a copy of a notebook with its queries answered as the context says.

    Parameters
    ----------
    memory
        Makes, for the kernel's environment, what knows which cells need not run; None to run them all.
    meanwhile
        Is called when a kernel begins to work, for what can be done beside it.
    kernels
        Where forked kernels come from.

    Raises
    ------
    BuildError
        If a cell fails, or the kernel, or the notebook ends before its last cell.
    """
    from pressrun.build.engine import execute

    context_path = scratch / "context.json"
    context.write(context_path)
    began = time.time()
    environment = kernel_environment(context_path, scratch)
    execution = Execution(
        paper=paper.label,
        folder=paper.folder,
        root=paper.project.root,
        scratch=scratch,
        kernel=kernel,
        timeout=paper.config.timeout,
        env=environment,
        marks={BUILD_ENV: str(context_path)},
        watcher=log,
        reason=reason,
        meanwhile=meanwhile,
        kernels=kernels,
    )
    executed = execute(notebook, execution, parameters, memory(environment) if memory is not None else None)
    _check_complete(paper, executed.notebook, log.results)
    return ExecutedPaper(executed.notebook, began, executed.reads, executed.unknown)


def _check_complete(paper: Paper, notebook: NotebookNode, results: list[CellResult]) -> None:
    """Trust no return value: every cell that has something to execute must have been seen to end."""
    settled = {CellOutcome.EXECUTED, CellOutcome.CURRENT, CellOutcome.SKIPPED}
    done = {result.id for result in results if result.outcome in settled}
    left = [
        cell.id
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cell.source.strip()
        and cell.id not in done
        and SKIP_TAG not in cell.metadata.get("tags", [])
    ]
    if left:
        raise IncompleteError(
            f"the execution ended with cells not run: {', '.join(left)}", where=paper.label, hint="build again"
        )
