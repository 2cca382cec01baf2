"""The papermill engine "pressrun": parameters are papermill's work, execution is the paper client's."""

from __future__ import annotations

import logging
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.build.cell_content import name_places
from pressrun.build.cell_memory import SurpriseError
from pressrun.build.execution import Execution
from pressrun.build.frontmatter import split_front_matter
from pressrun.build.kernels import OWN_KERNEL, find_kernel
from pressrun.build.notebook import INJECTED_ID, INJECTED_TAG
from pressrun.build.restore import restore_paper
from pressrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from pressrun.build.cell_memory import CellMemory
    from pressrun.build.kernels import Kernel
    from pressrun.build.outcomes import CellResult

ENGINE_NAME = "pressrun"


@dataclass(frozen=True, slots=True)
class Executed:
    """An executed notebook, the files that it read, and the parameters that it does not declare."""

    notebook: NotebookNode
    reads: tuple[str, ...]
    unknown: tuple[str, ...]


class PressrunEngine:
    """Executes a notebook as a build does: inline values, bounded output, a clean end of the kernel.

    Also for papermill's own command: `papermill in.ipynb out.ipynb --engine pressrun`. It has no papermill base:
    papermill loads its engines while it is itself being imported, and this module is often what imports it.
    """

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:
        """Give the name of the kernel that a notebook asks for."""
        return name or str(nb.metadata.get("kernelspec", {}).get("name") or OWN_KERNEL)

    @classmethod
    def nb_language(cls, nb: NotebookNode, language: str | None = None) -> str:
        """Give the language that a notebook is written in."""
        named = nb.metadata.get("kernelspec", {}).get("language") or nb.metadata.get("language_info", {}).get("name")
        return language or str(named or "python")

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        execution: Execution | None = None,
        memory: CellMemory | None = None,
        reads: list[str] | None = None,
        **options: Any,
    ) -> NotebookNode:
        """Execute a notebook in place, by the rules that papermill has for engines.

        Raises
        ------
        BuildError
            If a cell fails, or the kernel.
        """
        from papermill.engines import NotebookExecutionManager

        from pressrun.build.client import PaperClient
        from pressrun.build.incremental import execute_remembering

        _settle(nb)
        manager = NotebookExecutionManager(nb, output_path, log_output, progress_bar, autosave_cell_every)
        manager.notebook_start()
        try:
            if execution is not None and memory is not None:
                (reads if reads is not None else []).extend(execute_remembering(nb, execution, memory))
            elif execution is not None:
                client = PaperClient(nb, execution)
                client.run()
                (reads if reads is not None else []).extend(client.reads)
            else:
                with tempfile.TemporaryDirectory(prefix="pressrun-") as scratch:
                    PaperClient(nb, _execution_for_papermill(nb, kernel_name, Path(scratch), options)).run()
        finally:
            manager.notebook_complete()
        return manager.nb


def execute(
    notebook: NotebookNode, execution: Execution, parameters: Mapping[str, Any], memory: CellMemory | None = None
) -> Executed:
    """Execute a notebook in place, with parameters as papermill injects them.

    Parameters
    ----------
    memory
        Knows which cells need not run; None where nothing is known of them.

    Raises
    ------
    BuildError
        If a cell fails, or the kernel.
    ConfigError
        If the parameters cannot be given to a kernel of this language.
    """
    notebook, unknown = with_parameters(notebook, parameters, execution.kernel, execution.paper)
    if memory is not None:
        memory.plan(notebook)
    try:
        if memory is None or memory.needs_kernel:
            reads = _under_papermill(notebook, execution, memory)
        else:
            reads = restore_paper(notebook, execution, memory)
    except SurpriseError:
        assert memory is not None
        memory.run_all()
        reads = _under_papermill(notebook, execution, memory)
    name_places(notebook)
    return Executed(notebook, reads, unknown)


def _under_papermill(notebook: NotebookNode, execution: Execution, memory: CellMemory | None) -> tuple[str, ...]:
    """Execute a notebook in place by papermill's rules, and give the files that it read."""
    warm = execution.kernels.ask(execution) if execution.kernels is not None else None
    # A kernel starts meanwhile.
    from papermill.engines import papermill_engines

    execution.meanwhile()
    _quieten()
    papermill_engines.register(ENGINE_NAME, PressrunEngine)
    notebook.metadata["papermill"] = {}
    reads: list[str] = []
    papermill_engines.execute_notebook_with_engine(
        ENGINE_NAME,
        notebook,
        kernel_name=execution.kernel.name,
        output_path=None,
        progress_bar=False,
        autosave_cell_every=0,
        execution=replace(execution, warm=warm),
        memory=memory,
        reads=reads,
    )
    _forget(notebook)
    return tuple(reads)


def _quieten() -> None:
    logging.getLogger("papermill").setLevel(logging.ERROR)


def with_parameters(
    notebook: NotebookNode, parameters: Mapping[str, Any], kernel: Kernel, where: str
) -> tuple[NotebookNode, tuple[str, ...]]:
    """Give a notebook as papermill wants it, with a cell that sets the parameters if there are any.

    Returns
    -------
    The notebook, and the names of the parameters that it does not declare.

    Raises
    ------
    ConfigError
        If the parameters cannot be given to a kernel of this language.
    """
    if not notebook.metadata.get("kernelspec"):
        spec = {"display_name": kernel.name, "language": kernel.language, "name": kernel.name}
        notebook.metadata["kernelspec"] = spec
    if not parameters:
        return notebook, ()
    from papermill.exceptions import PapermillException
    from papermill.inspection import inspect_notebook
    from papermill.parameterize import parameterize_notebook

    _quieten()
    notebook.metadata["papermill"] = {"default_parameters": {}, "parameters": {}}
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    try:
        declared = inspect_notebook(notebook)
        made = parameterize_notebook(notebook, dict(parameters), kernel_name=kernel.name, language=kernel.language)
    except PapermillException as error:
        raise ConfigError(f"parameters cannot be given: {error}", where=where) from error
    _settle(made)
    _forget(made)
    return made, tuple(name for name in parameters if name not in declared)


def _settle(notebook: NotebookNode) -> None:
    """Give the injected cell an id that stays, and keep the front matter first."""
    for index, cell in enumerate(notebook.cells):
        if INJECTED_TAG not in cell.metadata.get("tags", []):
            continue
        cell["id"] = INJECTED_ID
        following = notebook.cells[index + 1] if index == 0 and len(notebook.cells) > 1 else None
        if following is not None and split_front_matter(following.source)[0] is not None:
            notebook.cells[0], notebook.cells[1] = following, cell
        return


def _forget(notebook: NotebookNode) -> None:
    """Take out what papermill notes, times above all: two builds of the same inputs are to be the same bytes."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]


class _Silent:
    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Say nothing."""

    def cell_ended(self, result: CellResult) -> None:
        """Say nothing."""


def _execution_for_papermill(
    notebook: NotebookNode, kernel_name: str, scratch: Path, options: Mapping[str, Any]
) -> Execution:
    folder = Path.cwd()
    source = str(options.get("input_path") or "notebook")
    return Execution(
        paper=source,
        folder=folder,
        root=folder,
        scratch=scratch,
        kernel=find_kernel(kernel_name, PressrunEngine.nb_language(notebook), source),
        timeout=float(options.get("execution_timeout") or 10**9),
        env=dict(os.environ, PRESSRUN_SCRATCH=str(scratch)),
        marks={"PRESSRUN_SCRATCH": str(scratch)},
        watcher=_Silent(),
    )
