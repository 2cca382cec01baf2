"""Build a paper: see whether it is stale, lock its runs, execute it, check its claims, and hand it to the publisher."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pressrun.build.build_lock import build_lock
from pressrun.build.facts_file import SCHEMA, Facts, published_cells, read_published, settle_queries
from pressrun.build.failures import naming
from pressrun.build.frontmatter import FrontMatter
from pressrun.build.inputs import file_inputs, fixed_inputs, read_inputs
from pressrun.build.kernels import find_kernel
from pressrun.build.lock import CorruptLockError, Lock, describe, differences
from pressrun.build.notebook import read_notebook
from pressrun.build.outcomes import CellOutcome, CellResult, Outcome, PaperResult, StaleReason
from pressrun.build.plan import cell_sources, may_run, new_runs, stale_queries, stale_reasons
from pressrun.build.remarks import remarks
from pressrun.build.scratch import scratch_folder
from pressrun.build.warm_start import KernelSource
from pressrun.errors import BuildError, PressrunError, StaleError
from pressrun.runs.pins import Context, Mode, current_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.build.execute import ExecutedPaper
    from pressrun.build.notebook import ReadNotebook
    from pressrun.build.outcomes import Watcher
    from pressrun.build.paper import Paper
    from pressrun.build.publisher import Publisher
    from pressrun.facts import RunCite
    from pressrun.runs.catalog import Catalog


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What was asked for.

    Parameters
    ----------
    formats
        Instead of the paper's own; None for those.
    parameters
        Over the paper's own.
    execute
        Whether to execute a paper that is stale, rather than say only that it is.
    announce
        Is told, as it happens, what a person who waits should know.
    phase
        Is told, in a word or two, what the build turns to.
    """

    watcher: Watcher
    mode: Mode = Mode.KEEP
    formats: tuple[str, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    force: bool = False
    execute: bool = True
    announce: Callable[[str], None] = lambda _line: None
    phase: Callable[[str], None] = lambda _words: None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that is known before a paper is executed.

    Parameters
    ----------
    fixed
        The inputs that are known without executing it.
    files
        The digests, now, of the files that the published version was built from.
    answers
        What the queries of the lock and of the published version would find now.
    catalogs
        What their sources have, by the sources' URLs.
    stale
        Why the published version is behind; empty if it is not.
    """

    read: ReadNotebook
    formats: tuple[str, ...]
    parameters: Mapping[str, Any]
    lock: Lock | None
    facts: Mapping[str, Any] | None
    fixed: Mapping[str, str]
    files: Mapping[str, str]
    answers: Mapping[str, Sequence[RunCite]]
    catalogs: Mapping[tuple[str, ...], Catalog]
    stale: tuple[StaleReason, ...]

    def check_notebook(self) -> None:
        """See that the notebook is valid, as what was published of it was.

        Raises
        ------
        NotebookError
            If it is not.
        """
        if self.facts is None or self.facts.get("inputs", {}).get("notebook") != self.fixed["notebook"]:
            _ = self.read.node


def build_paper(paper: Paper, options: BuildOptions, publisher: Publisher) -> PaperResult:
    """Rebuild a paper if it is stale. A build that fails changes neither notebook nor lock nor site.

    Never raises a `PressrunError`: the result carries it, so that one paper's failure does not end the others.
    """
    began = time.monotonic()
    cells: list[CellResult] = []
    try:
        with build_lock(paper, options.announce, options.phase):
            result = _build(paper, options, publisher, cells)
    except PressrunError as error:
        result = PaperResult(paper.name, Outcome.FAILED, cells=tuple(cells), error=error)
        if isinstance(error, StaleError):
            result = replace(result, outcome=Outcome.STALE)
    except OSError as error:
        failure = BuildError(
            f"the disk refused: {error.strerror or error}",
            where=str(error.filename or paper.label),
            hint="make room, or check who may write there, and build again; the last publication stands",
        )
        result = PaperResult(paper.name, Outcome.FAILED, cells=tuple(cells), error=failure)
    return replace(result, seconds=time.monotonic() - began)


def survey(
    paper: Paper,
    mode: Mode = Mode.KEEP,
    formats: tuple[str, ...] | None = None,
    given: Mapping[str, Any] | None = None,
) -> Situation:
    """Read all that a paper depends on and compare it with what was published; execute nothing.

    Parameters
    ----------
    formats, given
        Instead of the paper's formats, and over its parameters.

    Raises
    ------
    PressrunError
        If the notebook, the configuration, the lock, the publication or a source cannot be read. Whether the notebook
        is valid in all its parts takes longer to see, by the situation's `check_notebook`.
    """
    read = read_notebook(paper.notebook)
    FrontMatter.of(read.data, paper.label)
    formats = formats or paper.config.formats
    parameters = {**paper.config.parameters, **(given or {})}
    try:
        lock = Lock.read(paper.lock_path)
    except CorruptLockError:
        if mode is not Mode.UPDATE:
            raise
        lock = None
    facts = read_published(paper)
    fixed = fixed_inputs(paper, read, parameters, paper.config.kernel or read.kernel_name)
    files = file_inputs(paper, facts.get("inputs", {})) if facts is not None else {}
    pinned = list(lock.queries) if lock is not None else []
    if facts is not None:
        locked = {query.id for query in pinned}
        pinned += [query for query in Lock.of_facts(facts.get("queries", ())).queries if query.id not in locked]
    catalogs: dict[tuple[str, ...], Catalog] = {}
    answers = current_queries(paper.project, pinned, catalogs) if pinned else {}
    stale = list(stale_reasons(paper, facts, {**files, **fixed}, formats, cell_sources(read.cells)))
    if facts is not None:
        stale += stale_queries(facts, answers)
        stale += _lock_reasons(paper, lock, facts)
        if mode is Mode.UPDATE:
            published = Lock.of_facts(facts.get("queries", ()))
            stale += [reason for reason in differences(published, answers) if reason not in stale]
    return Situation(
        read, formats, parameters, lock, facts, fixed, files, answers, catalogs, tuple(dict.fromkeys(stale))
    )


def _build(paper: Paper, options: BuildOptions, publisher: Publisher, cells: list[CellResult]) -> PaperResult:
    options.phase("reading")
    now = survey(paper, options.mode, options.formats, options.parameters)
    log = list(now.read.notes)
    if options.mode is Mode.FROZEN:
        _check_frozen(paper, now)
    elif options.mode is Mode.KEEP and now.lock is not None:
        log += new_runs(now.lock.queries, now.answers)
    if not now.stale and not options.force:
        return _current(paper, publisher, now, log)
    if not options.execute:
        now.check_notebook()
        return PaperResult(paper.name, Outcome.STALE, stale=now.stale, log=tuple(log))
    with scratch_folder(paper) as scratch:
        executed = _execute(paper, now, options, publisher, cells, scratch)
        log += [f"the notebook has no parameter {name!r}; its value was set all the same" for name in executed.unknown]
        options.phase("checking")
        settle_queries(executed.notebook)
        found = Facts.of(executed.notebook)
        lock = Lock.of_facts(found.queries)
        if options.mode is Mode.FROZEN:
            _check_covered(paper, now.lock, lock)
        sources = [url for query in found.queries for url in query["sources"]]
        read = read_inputs(paper, executed.reads, sources, executed.began)
        inputs = {**read, **now.fixed}
        facts = _facts(paper, now, found, executed.notebook, cells, inputs)
        log += remarks(options.mode, now.lock, facts)
        # Of a stale paper it is known already that its inputs are others.
        moved = () if now.stale else _moved(paper, now, found, inputs)
        pending_path(paper).write_text(lock.digest, "utf-8")
        with naming(paper.label):
            published = publisher.publish(
                paper, executed.notebook, facts, scratch, unchanged_inputs=not now.stale and not moved
            )
    lock.write(paper.lock_path)
    pending_path(paper).unlink(missing_ok=True)
    moved = moved or _moved(paper, now, found, inputs)
    log += [f"changed during the build: {reason}; build again" for reason in moved]
    return PaperResult(
        paper.name,
        Outcome.PUBLISHED,
        version=published.version,
        cells=tuple(cells),
        values=tuple(facts["values"]),
        claims=tuple(facts["claims"]),
        panels=tuple(facts["panels"]),
        queries=tuple(facts["queries"]),
        outputs=published.outputs,
        changes=_changes(now.facts, facts),
        log=tuple(log),
        stale=now.stale,
        moved=tuple(moved),
    )


def _execute(
    paper: Paper, now: Situation, options: BuildOptions, publisher: Publisher, cells: list[CellResult], scratch: Path
) -> ExecutedPaper:
    """Execute a paper, with all begun at once that takes its time beside this."""
    named = paper.config.kernel or now.read.kernel_name
    kernel = find_kernel(named, now.read.language, paper.label)
    sources = [cell["source"] for cell in now.read.cells if cell["cell_type"] == "code"]
    with KernelSource(kernel, sources, paper.folder, paper.project.root, scratch / "kernel.log") as kernels:
        if options.force or may_run(now.facts, now.stale, now.read.cells):
            kernels.begin()
        publisher.begin(paper, now.read.data)
        now.check_notebook()
        from pressrun.build.cell_memory import CellMemory
        from pressrun.build.dry_plan import planner_of
        from pressrun.build.execute import CellLog, execute_paper

        watch = CellLog(options.watcher)
        watch.results = cells
        context = Context.of(options.mode, paper.project.root, now.lock.queries if now.lock else ())
        options.phase("executing")

        def memory(environment: Mapping[str, str]) -> CellMemory:
            return CellMemory(planner_of(paper, now, context, environment, force=options.force))

        reason = f"the paper is stale ({now.stale[0]})" if now.stale else "forced"
        return execute_paper(
            paper, now.read.node, kernel, context, now.parameters, watch, scratch, f"executed: {reason}",
            # Of another interpreter it is not known what is installed there.
            memory if kernel.is_own else None, publisher.prepare, kernels,
        )  # fmt: skip


def _current(paper: Paper, publisher: Publisher, now: Situation, log: list[str]) -> PaperResult:
    facts = now.facts
    assert facts is not None
    # A builder killed between the switch and the lock left the lock of before; the published facts know better.
    if now.lock is None or now.lock.digest != facts["lock"]["after"]:
        Lock.of_facts(facts["queries"]).write(paper.lock_path)
    pending_path(paper).unlink(missing_ok=True)
    return PaperResult(
        paper.name,
        Outcome.CURRENT,
        version=int(facts["version"]),
        cells=published_cells(facts, "no input changed"),
        values=tuple(facts["values"]),
        claims=tuple(facts["claims"]),
        panels=tuple(facts["panels"]),
        queries=tuple(facts["queries"]),
        outputs=publisher.outputs(paper, facts),
        log=tuple(log),
    )


def pending_path(paper: Paper) -> Path:
    """Give the note that a lock is about to be written: the digest of what it is going to say.

    It is made before a version is switched in and gone after the lock is written. A builder killed in between leaves
    it, and by it the next one tells a lock that was not written yet from one that its author took back.
    """
    return paper.project.state_folder / "locks" / f"{paper.name}.pending"


def _lock_reasons(paper: Paper, lock: Lock | None, facts: Mapping[str, Any]) -> tuple[StaleReason, ...]:
    """Say whether the lock says something else than what was published, a killed builder's old lock aside."""
    after = facts.get("lock", {}).get("after")
    if (lock or Lock()).digest == after:
        return ()
    pending = pending_path(paper)
    if pending.is_file() and pending.read_text("utf-8", "replace") == after:
        return ()
    return (StaleReason(paper.lock_path.name, "is not the lock that was published"),)


def lock_differences(now: Situation) -> tuple[StaleReason, ...]:
    """Say where the lock's queries would find other runs now than it has: new, gone or changed ones."""
    return differences(now.lock, now.answers) if now.lock is not None else ()


def _check_frozen(paper: Paper, now: Situation) -> None:
    if now.lock is None:
        raise StaleError(
            "there is no lock",
            where=str(paper.lock_path),
            hint="build once without --frozen, and commit the lock that it writes",
        )
    if found := lock_differences(now):
        raise StaleError(
            "the lock is behind its runs\n" + "\n".join(f"    {reason}" for reason in found),
            where=str(paper.lock_path),
            hint="`pressrun build --update` takes the runs as they are now",
        )


def _check_covered(paper: Paper, before: Lock | None, after: Lock) -> None:
    known = {query.id for query in before.queries} if before is not None else set()
    missing = [describe(query) for query in after.queries if query.id not in known]
    if missing:
        raise StaleError(
            f"the lock has no entry for {'; '.join(missing)}",
            where=str(paper.lock_path),
            hint="build once without --frozen, and commit the lock that it writes",
        )


def _facts(
    paper: Paper,
    now: Situation,
    found: Facts,
    notebook: NotebookNode,
    cells: Sequence[CellResult],
    inputs: Mapping[str, str],
) -> dict[str, Any]:
    """Put the fact file together, claims corrected for each other, and give the notebook what exporters need."""
    from pressrun.claims.check import correct

    claims = correct(found.claims)
    notebook.metadata["pressrun"] = {"claims": claims}
    front = FrontMatter.of(notebook, paper.label)
    sources = cell_sources(notebook.cells)
    return {
        "schema": SCHEMA,
        "pressrun": inputs["pressrun"].partition(" ")[0],
        "paper": paper.name,
        "title": front.title or paper.name,
        "built": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "outcome": Outcome.PUBLISHED.word,
        "formats": list(now.formats),
        "inputs": dict(sorted(inputs.items())),
        "cells": [
            {"id": c.id, "kind": c.kind, "outcome": c.outcome.word, "reason": c.reason, "source": sources[c.id]}
            for c in cells
            if c.outcome is not CellOutcome.NOT_RUN
        ],
        "values": list(found.values),
        "claims": claims,
        "panels": list(found.panels),
        "queries": list(found.queries),
        "lock": {"before": (now.lock or Lock()).digest, "after": Lock.of_facts(found.queries).digest},
    }


def _moved(paper: Paper, now: Situation, found: Facts, inputs: Mapping[str, str]) -> tuple[StaleReason, ...]:
    """Say which inputs are other now than those that were built from: what was built is then already stale."""
    read = read_notebook(paper.notebook)
    fixed = fixed_inputs(paper, read, now.parameters, paper.config.kernel or read.kernel_name)
    current = {**file_inputs(paper, inputs), **fixed}
    changed = [name for name, was in inputs.items() if current.get(name) != was]
    reasons = [StaleReason(name.removeprefix("file:"), "was edited") for name in changed]
    lock = Lock.of_facts(found.queries)
    answers = current_queries(paper.project, lock.queries) if lock.queries else {}
    reasons += stale_queries({"queries": found.queries}, answers)
    reasons += [StaleReason(query, "was answered twice, and differently") for query in found.contradictions]
    return tuple(reasons)


def _changes(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    from pressrun.review.compare import changes

    return tuple(change.to_json() for change in changes(old, new)) if old is not None else ()
