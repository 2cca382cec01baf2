"""What is known of a paper without executing it: stale or not and why, its claims by the runs as they are now."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.build import survey
from pressrun.build.dry_plan import plan_paper
from pressrun.build.facts_file import published_cells
from pressrun.build.frontmatter import FrontMatter
from pressrun.build.inputs import file_digest
from pressrun.build.lock import Lock, compare, describe
from pressrun.build.paper import CONFIG_NAME, NOTEBOOK_NAME, Paper
from pressrun.build.recheck import recheck
from pressrun.canonical import digest
from pressrun.claims.verdict import Verdict
from pressrun.errors import PressrunError, reason_of
from pressrun.lettering import count, listing
from pressrun.publish.publication import PAGE
from pressrun.publish.site import PublishedPaper, read_papers
from pressrun.publish.switch import CURRENT_NAME
from pressrun.publish.versions import site_folder
from pressrun.records import Status
from pressrun.runs.pins import Mode, PinnedQuery
from pressrun.server.builds import BUILDER_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pressrun.build.build import Situation
    from pressrun.project import Project
    from pressrun.server.builds import Builds
    from pressrun.server.projects import Projects
    from pressrun.server.workers import Workers

State = dict[str, Any]
_Added = dict[tuple[str, ...], list[PinnedQuery]]

#: Seconds for which a state stands though runs may have changed; files of the paper are looked at each time.
STANDS = 2.0
#: A state stands this many times as long as it took the processor to find, and never longer than an author waits.
_FACTOR = 10
_LONGEST = 8.0


@dataclass(frozen=True, slots=True)
class _Known:
    """A state, what the paper's files looked like, until when it stands."""

    state: State
    seen: tuple[object, ...]
    until: float


class PaperStates:
    """The states of papers, each found once for all who ask at a time."""

    def __init__(self, projects: Projects, workers: Workers, builds: Builds) -> None:
        self._projects = projects
        self._workers = workers
        self._builds = builds
        self._known: dict[Path, _Known] = {}
        self._at_work: dict[Path, asyncio.Task[State]] = {}

    async def state(self, project: Project, notebook: Path) -> State:
        """Give a `PaperState`, its build at work or the last one in it."""
        return self._with_job(await self._found(project, notebook), project, notebook)

    async def summary(self, project: Project, notebook: Path) -> State:
        """Give a `PaperSummary`."""
        state = await self.state(project, notebook)
        said = {key: state[key] for key in ("name", "path", "title", "state", "version", "error")}
        return {**said, "claims": state["tally"], "stale": len(state["stale"])}

    async def _found(self, project: Project, notebook: Path) -> State:
        known = self._known.get(notebook)
        if known is not None and time.monotonic() < known.until and known.seen == _seen(project, notebook):
            return known.state
        task = self._at_work.get(notebook)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._find(project, notebook))
            self._at_work[notebook] = task
            task.add_done_callback(lambda _task: self._at_work.pop(notebook, None))
        # Who asked first may go away; the others still wait for the answer.
        return await asyncio.shield(task)

    async def _find(self, project: Project, notebook: Path) -> State:
        seen = _seen(project, notebook)
        path = self._projects.relative(notebook) or ""
        state, busy = await self._workers.run_timed(describe_paper, project, notebook, path)
        self._known[notebook] = _Known(state, seen, time.monotonic() + max(STANDS, min(_LONGEST, _FACTOR * busy)))
        return state

    def _with_job(self, state: State, project: Project, notebook: Path) -> State:
        try:
            paper = Paper.load(notebook, project)
        except PressrunError:
            return state
        job = self._builds.job(paper)
        told = {**state, "job": job}
        if job is None:
            return told
        build = self._builds.build(paper)
        if job["phase"] in {"queued", "running"}:
            told["state"] = "building"
        elif job["error"] and build is not None and build.source == file_digest(notebook):
            # A build that failed is the paper's state until its author changes something.
            told |= {"state": "failed", "error": job["error"]}
        return told


def describe_paper(project: Project, notebook: Path, path: str) -> State:
    """Find a paper's state, its build aside. What is wrong with the paper is a part of its state, never raised."""
    try:
        paper = Paper.load(notebook, project)
    except PressrunError as error:
        name = notebook.parent.name if notebook.name == NOTEBOOK_NAME else notebook.stem
        return _unreadable(name, path, _title(notebook) or name, fault(error))
    state = _unreadable(paper.name, path, _title(notebook) or paper.name, None)
    state["formats"] = list(paper.config.formats)
    try:
        published = read_papers(site_folder(paper.project)).get(paper.name)
        if published is not None:
            state |= _published(published)
        now = survey(paper)
        now.check_notebook()
        return {**state, **_judged(paper, now)}
    except PressrunError as error:
        return {**state, "error": fault(error)}
    except OSError as error:
        said = {"what": f"the disk refused: {reason_of(error)}", "where": str(error.filename or paper.label)}
        return {**state, "error": {**said, "hint": "make room, or check who may read and write there"}}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        where = str(paper.published)
        what = f"what was published cannot be understood: {reason_of(error)}"
        hint = "`pressrun verify` says what is amiss; restore the site, or move it away and build again"
        return {**state, "error": {"what": what, "where": where, "hint": hint}}


def fault(error: PressrunError) -> dict[str, str]:
    """Give an error as a `Fault`."""
    return {"what": error.what, "where": error.where, "hint": error.hint}


def _judged(paper: Paper, now: Situation) -> State:
    added = _added(now)
    stale = _stale(now, added)
    facts = now.facts
    known = {
        "stale": stale,
        "inputs": _inputs(now),
        "waiting": list(dict.fromkeys(name for names in added for name in names)),
        **_plans(paper, now, bool(added)),
    }
    if facts is None:
        return {**known, "state": "unpublished", "version": None}
    was = {claim["id"]: claim["verdict"] for claim in facts["claims"]}
    claims = [{**claim, "published": was.get(claim["id"])} for claim in recheck(paper.project, facts)]
    return {
        **known,
        "state": "stale" if stale else "current",
        "version": int(facts["version"]),
        "cells": [
            {"id": cell.id, "kind": cell.kind, "outcome": cell.outcome.word, "reason": cell.reason}
            for cell in published_cells(facts, "as published")
        ],
        "claims": claims,
        "tally": _tally(claim["verdict"] for claim in claims),
        "values": list(facts["values"]),
    }


def _plans(paper: Paper, now: Situation, has_added: bool) -> State:
    """Say what a build would run, and what one would that takes the new runs in; nothing where it would run nothing."""
    modes = {"plan": Mode.KEEP if now.stale else None, "update_plan": Mode.UPDATE if has_added else None}
    notes = list(now.read.notes)
    plans: State = {name: [] for name in modes}
    try:
        for name, mode in modes.items():
            if mode is not None:
                plans[name] = [cell.to_json() for cell in plan_paper(paper, now, mode, BUILDER_VARIABLES)]
    except PressrunError as error:
        # All else that is known of the paper stands, and a build would end with just this.
        notes.append(f"a build would fail: {error}")
    return {**plans, "notes": notes}


def _inputs(now: Situation) -> str:
    """Tell from others all that a build would be made of, runs that the lock keeps out aside.

    A run that still runs is always the same here: it would be a reason to build again with each of its points.
    """
    running = Status.RUNNING.value
    pinned = now.lock.queries if now.lock is not None else ()
    runs = []
    for query in pinned:
        found = {(cite.source, cite.id): cite for cite in now.answers.get(query.id, ())}
        cites = [found.get((pin.source, pin.id)) for pin in query.runs]
        runs.append([cite and (cite.status, "" if cite.status == running else cite.digest) for cite in cites])
    lock = now.lock.digest if now.lock is not None else ""
    return digest([now.fixed, now.files, now.formats, lock, runs])


def _stale(now: Situation, added: _Added) -> list[dict[str, Any]]:
    """Say why a paper is behind: each reason once, runs of a query together, and which only an update takes in."""
    published = Lock.of_facts(now.facts.get("queries", ())).queries if now.facts is not None else ()
    names = {describe(query) for query in published}
    # The survey names each changed run by itself.
    found = [(reason.what, reason.reason, False) for reason in now.stale if reason.what not in names]
    for query in published:
        _, gone, changed = compare(query, now.answers.get(query.id, ()))
        own = [reason for reason in now.stale if reason.what == describe(query)]
        if changed and own:
            found.append((describe(query), f"{count(len(changed), 'run')} changed: {listing(changed)}", False))
        if gone and own:
            found.append((describe(query), f"{count(len(gone), 'run')} gone: {listing(gone)}", False))
        found += [(reason.what, reason.reason, False) for reason in own if not (changed or gone)]
    found += _new_runs(added)
    return [{"what": what, "reason": reason, "update": update} for what, reason, update in dict.fromkeys(found)]


def _added(now: Situation) -> _Added:
    """Give the runs that the lock keeps out, by name, with the queries that would find just those."""
    waiting: _Added = {}
    for query in now.lock.queries if now.lock is not None else ():
        added, _, _ = compare(query, now.answers.get(query.id, ()))
        if added:
            waiting.setdefault(tuple(added), []).append(query)
    return waiting


def _new_runs(added: _Added) -> list[tuple[str, str, bool]]:
    """Say which runs the lock keeps out; queries that would find the same ones share a reason."""
    found = []
    for names, queries in added.items():
        match = "matches" if len(names) == 1 else "match"
        first, many = queries[0], len(queries)
        what = first.where or f"{', '.join(first.sources)}"
        named = f"{match} {what}" if many == 1 else f"{match} {many} queries, such as {what}"
        found.append((describe(first), f"{count(len(names), 'new run')} {named}: {listing(names)}", True))
    return found


def _published(paper: PublishedPaper) -> State:
    versions = [
        {
            "number": version.number,
            "built": version.built,
            "current": version is paper.current,
            "claims": _tally(claim.verdict.value for claim in version.claims),
            "digest": version.content,
            "page": f"{paper.name}/versions/{version.number}/{PAGE}" if PAGE in version.outputs else "",
            "outputs": list(version.outputs),
        }
        for version in paper.versions
    ]
    page = f"{paper.name}/{PAGE}" if PAGE in paper.current.outputs else ""
    return {"version": paper.current.number, "versions": versions, "page": page}


def _tally(verdicts: Iterable[str]) -> dict[str, int]:
    found = list(verdicts)
    return {verdict.value: found.count(verdict.value) for verdict in Verdict}


def _unreadable(name: str, path: str, title: str, error: Mapping[str, str] | None) -> State:
    return {
        "name": name,
        "path": path,
        "title": title,
        "state": "failed",
        "version": None,
        "formats": [],
        "page": "",
        "tally": _tally(()),
        "stale": [],
        "notes": [],
        "inputs": "",
        "waiting": [],
        "plan": [],
        "update_plan": [],
        "cells": [],
        "claims": [],
        "values": [],
        "versions": [],
        "job": None,
        "error": dict(error) if error else None,
    }


def _title(notebook: Path) -> str:
    """Give the title that the notebook says now; "" if it says none that can be read."""
    try:
        data = json.loads(notebook.read_bytes())
        return FrontMatter.of(data).title
    except (OSError, ValueError, RecursionError, AttributeError, TypeError, KeyError, PressrunError):
        # What is wrong with the notebook is said where it is read for its state.
        return ""


def _seen(project: Project, notebook: Path) -> tuple[object, ...]:
    """Give how the paper's files look from outside, so that an edit is noticed at once."""
    site = site_folder(project)
    folder = notebook.parent
    places = [notebook, notebook.with_suffix(".lock"), folder / CONFIG_NAME, folder / "references.bib"]
    places += [project.root / "pressrun.toml", project.root / "pyproject.toml"]
    return (*(_stamp(place) for place in places), _link(site / CURRENT_NAME))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _link(path: Path) -> str:
    try:
        return path.readlink().name
    except OSError:
        return ""
