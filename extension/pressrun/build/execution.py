"""How a paper is to be executed, and what can be said of its cells without a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.inline import find_expressions
from pressrun.build.notebook import INJECTED_TAG, SKIP_TAG
from pressrun.build.options import parse_options
from pressrun.build.outcomes import CellOutcome
from pressrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.build.kernels import Kernel
    from pressrun.build.outcomes import Watcher
    from pressrun.build.warm_start import KernelSource, WarmKernels


@dataclass(frozen=True, slots=True)
class Execution:
    """How a paper is to be executed.

    Parameters
    ----------
    paper
        What messages call it.
    folder
        The kernel's working folder.
    root
        The project's root: on the import path; reads below it are noted.
    scratch
        The build's own folder, for the kernel's log and the like.
    timeout
        Seconds a cell may take; a `timeout` option of the cell overrides it.
    env
        The kernel's environment.
    marks
        Variables of that environment that no other process has, by which all that the kernel started can be found.
    meanwhile
        Is called when a kernel begins to work.
    kernels
        Where forked kernels come from; None where there can be ordinary ones only.
    warm
        The kernels that were asked for there.
    """

    paper: str
    folder: Path
    root: Path
    scratch: Path
    kernel: Kernel
    timeout: float
    env: Mapping[str, str]
    marks: Mapping[str, str]
    watcher: Watcher
    reason: str = ""
    meanwhile: Callable[[], None] = lambda: None
    kernels: KernelSource | None = None
    warm: WarmKernels | None = None


def pass_over(cell: NotebookNode, where: str) -> tuple[CellOutcome, str] | None:
    """Say what becomes of a cell that has nothing to execute, and why; None of one that has.

    What an earlier execution left in such a cell is taken out of it.

    Raises
    ------
    ConfigError
        If its options are wrong.
    """
    if cell.cell_type == "code" and cell.source.strip():
        if SKIP_TAG not in cell.metadata.get("tags", []) and options_of(cell, where).get("eval") is not False:
            return None
        cell.outputs = []
        return CellOutcome.SKIPPED, "its author switched it off"
    if cell.cell_type == "markdown":
        cell.metadata.pop("user_expressions", None)
        if find_expressions(cell.source):
            return None
    return CellOutcome.TEXT, ""


def options_of(cell: NotebookNode, where: str) -> dict[str, Any]:
    """Read a code cell's options.

    Raises
    ------
    ConfigError
        If they are wrong, or its time limit is none.
    """
    options, _ = parse_options(cell.source, where)
    timeout = options.get("timeout", 1)
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout < float("inf"):
        raise ConfigError("timeout is not a positive number", where=where, hint="write #| timeout: 60")
    return options


def place_of(paper: str, notebook: NotebookNode, cell: NotebookNode, index: int) -> str:
    """Name a cell as messages do: by its place among the author's own cells, its id and its label."""
    if INJECTED_TAG in cell.metadata.get("tags", []):
        return f"{paper}, the cell of parameters"
    injected = sum(INJECTED_TAG in other.metadata.get("tags", []) for other in notebook.cells[:index])
    try:
        options = parse_options(cell.source)[0] if cell.cell_type == "code" else {}
    except ConfigError:
        options = {}
    label = f", label {options['label']}" if "label" in options else ""
    return f"{paper}, cell {index + 1 - injected} (id {cell.id}{label})"
