"""Which cells of a paper a build would run, and why, without running any: for those who ask before they build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.build.cell_plan import Planner
from pressrun.build.cell_records import CellStore
from pressrun.build.kernels import find_kernel, kernel_environment
from pressrun.build.outcomes import CellOutcome, CellResult
from pressrun.build.reasons import Reason
from pressrun.build.surroundings import Surroundings
from pressrun.runs.pins import Context, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressrun.build.build import Situation
    from pressrun.build.paper import Paper

#: What nothing is remembered for: it is not known what is installed for another interpreter.
_UNOBSERVED = Reason("unobserved", "", "papers on other kernels run as a whole")


def planner_of(
    paper: Paper, now: Situation, context: Context, variables: Mapping[str, str], *, force: bool = False
) -> Planner:
    """Give what compares a paper's cells with what is remembered of them.

    Parameters
    ----------
    variables
        The environment of its kernel.
    """
    store = CellStore(paper.project.state_folder / "cells" / paper.name)
    return Planner(store, Surroundings(paper, now.fixed, context, variables, now.catalogs), force=force)


def plan_paper(
    paper: Paper,
    now: Situation,
    mode: Mode = Mode.KEEP,
    variables: Mapping[str, str] | None = None,
    *,
    force: bool = False,
) -> tuple[CellResult, ...]:
    """Give, of each cell that has something to execute, what a build would make of it, and why; no kernel is started.

    A build may run more than that: a cell that does what it did not do before makes its plan void.

    Parameters
    ----------
    variables
        Of the builder's environment, what is not in this process's.

    Raises
    ------
    PressrunError
        If the notebook is not valid, its kernel is missing, its parameters cannot be given, or a source cannot be read.
    """
    notebook = now.read.node
    kernel = find_kernel(paper.config.kernel or now.read.kernel_name, now.read.language, paper.label)
    if now.parameters:
        from pressrun.build.engine import with_parameters

        notebook, _ = with_parameters(notebook, now.parameters, kernel, paper.label)
    context = Context.of(mode, paper.project.root, now.lock.queries if now.lock else ())
    nowhere = paper.project.state_folder / "scratch"
    environment = {**kernel_environment(nowhere / "context.json", nowhere), **(variables or {})}
    found = []
    for step in planner_of(paper, now, context, environment, force=force).plan(notebook).values():
        runs = step.runs or not kernel.is_own
        reasons = step.reasons if kernel.is_own else (_UNOBSERVED,)
        outcome = CellOutcome.EXECUTED if runs else CellOutcome.CURRENT
        said = "; ".join(reason.said for reason in reasons)
        found.append(CellResult(step.cell.id, step.cell.kind, outcome, said, reasons=reasons))
    return tuple(found)
