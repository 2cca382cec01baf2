"""Sealed evidence: exactly the runs that a version cites, with their cited histories, under content hashes.

::

    evidence/manifest.json      what is here, and the sha256 of every file; what could not be sealed, and why
    evidence/runs.jsonl         one cited run a line: config, summary, status, provenance, digests of all its series
    evidence/histories.parquet  the series that panels show: source, run, metric, step, time, value
    evidence/facts.json         the values, claims and panels that cite them
    evidence/cells.json         the paper's own text and code, cell by cell, where the builder gives it

The same facts and runs give the same bytes. A run's own digest can be computed again from its line, and Parquet is
there for readers in twenty years. Nothing else of a run is sealed: neither its artifacts, nor the machine and user that
it ran as.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.canonical import plain
from pressrun.errors import ExportError, SourceError, reason_of
from pressrun.publish.sealed import Sealed, encodable, line_of, read_histories, sealed_run, write_histories
from pressrun.publish.versions import file_digest, files_of, legible
from pressrun.records import Recorded, Status
from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.publish.sealed import RunKey
    from pressrun.records import RunSource

MANIFEST_NAME = "manifest.json"
RUNS_NAME = "runs.jsonl"
HISTORIES_NAME = "histories.parquet"
FACTS_NAME = "facts.json"
CELLS_NAME = "cells.json"
#: The files that every evidence has, besides its manifest.
REQUIRED = (RUNS_NAME, HISTORIES_NAME, FACTS_NAME)
#: The facts of a version that cite runs.
CITING = ("values", "claims", "panels")
#: In-memory records live in the notebook itself; no source has them.
MEMORY_SCHEME = "memory:"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A sealed evidence folder that was read: its manifest and its runs by (source, id)."""

    manifest: Mapping[str, Any]
    runs: Mapping[RunKey, Sealed]


def cited_runs(facts: Mapping[str, Any]) -> dict[RunKey, dict[str, Any]]:
    """Give every run that values, claims and panels cite, by (source, id), sorted, as the facts cite it."""
    cites = {
        (str(cite["source"]), str(cite["id"])): dict(cite)
        for kind in CITING
        for fact in facts.get(kind, ())
        for cite in fact["runs"]
    }
    return dict(sorted(cites.items()))


def cited_metrics(facts: Mapping[str, Any]) -> dict[RunKey, set[str]]:
    """Give the metrics whose histories panels show, by run: a panel says in its `view["histories"]` which it read."""
    metrics: dict[RunKey, set[str]] = {}
    for panel in facts.get("panels", ()):
        # Before panels said it themselves, curves alone read histories: those of all their metrics.
        read = panel.get("view", {}).get("histories", panel["metrics"] if panel["kind"] == "curves" else ())
        for cite in panel["runs"] if read else ():
            metrics.setdefault((str(cite["source"]), str(cite["id"])), set()).update(map(str, read))
    return metrics


def collect(project: Project, facts: Mapping[str, Any], previous: Path | None = None) -> dict[RunKey, Sealed]:
    """Read every cited run at the digest at which it is cited, from an earlier version's evidence or from its source.

    Runs that are deleted, live in memory only or have changed since are not in the answer: `seal` says so of each.

    Parameters
    ----------
    previous
        The evidence folder of the version before, which still holds what a source may have lost.
    """
    from pressrun.sources.registry import open_source

    found: dict[RunKey, Sealed] = {}
    opened: dict[str, RunSource] = {}
    wanted, metrics = cited_runs(facts), cited_metrics(facts)
    if previous is not None and (previous / MANIFEST_NAME).is_file():
        for key, sealed in load(previous).runs.items():
            has_all = all(
                metric in sealed.history or metric not in sealed.series_digests for metric in metrics.get(key, ())
            )
            if key in wanted and _is_held(sealed, wanted[key]) and has_all:
                found[key] = sealed
    for source, run_id in wanted:
        cite = wanted[(source, run_id)]
        if (source, run_id) in found or source.startswith(MEMORY_SCHEME) or cite["status"] == Status.DELETED.value:
            continue
        try:
            if source not in opened:
                opened[source] = open_source(source, project.root)
            recorded = opened[source].read(run_id)
        except SourceError:
            continue  # `seal` names it as absent; a cited run that is gone is a verdict, not a crash
        if recorded.run.digest == cite["digest"]:
            found[(source, run_id)] = Sealed.of(recorded)
    return found


def seal(
    folder: Path,
    runs: Mapping[RunKey, Sealed | Recorded],
    facts: Mapping[str, Any],
    cells: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Write the evidence of a version: the cited runs and no others. The same input gives the same bytes.

    Parameters
    ----------
    folder
        Where to write; made if it is not there, and empty of anything else.
    runs
        By (source, id), as `collect` gives them.
    facts
        The version's facts, before or after it has a number.
    cells
        The notebook's cells (nbformat 4), of which ids, types and sources are kept: what `pressrun diff` compares.

    Returns
    -------
    dict
        The manifest. Its "absent" lists each cited run that is not sealed, with the reason.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    cites, metrics = cited_runs(facts), cited_metrics(facts)
    kept: list[tuple[RunKey, Sealed, list[str]]] = []
    absent: list[dict[str, str]] = []
    for key, cite in cites.items():
        given = runs.get(key)
        sealed = Sealed.of(given) if isinstance(given, Recorded) else given
        if sealed is None or not _is_held(sealed, cite):
            reason = _why_absent(key, cite, changed=sealed is not None)
            absent.append({"source": key[0], "id": key[1], "name": str(cite["name"]), "reason": reason})
        else:
            kept.append((key, sealed, sorted(m for m in metrics.get(key, ()) if m in sealed.history)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lines = [line_of(sealed, shown) for _, sealed, shown in kept]
        (folder / RUNS_NAME).write_text("".join(lines), "ascii")
        write_histories(folder / HISTORIES_NAME, [(key, sealed.history, shown) for key, sealed, shown in kept])
        held = [{"source": s, "id": i, "digest": sealed.run.digest} for (s, i), sealed, _ in kept]
        return _conclude(folder, held, absent, facts, cells)
    except OSError as error:
        raise ExportError(f"the evidence cannot be written: {error.strerror or error}", where=str(folder)) from error


def seal_again(
    folder: Path, previous: Path, facts: Mapping[str, Any], cells: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """Write what `seal` would, by copying the runs of an earlier evidence that holds exactly those that are cited.

    Returns
    -------
    The manifest; None, and nothing is written, where the earlier evidence holds others, not all, or damaged ones.
    """
    try:
        manifest = json.loads((previous / MANIFEST_NAME).read_text("utf-8"))
        before = json.loads((previous / FACTS_NAME).read_text("ascii"))
        if manifest["pressrun"] != __version__ or manifest["absent"]:
            return None
        if cited_runs(before) != cited_runs(facts) or cited_metrics(before) != cited_metrics(facts):
            return None
        files = (RUNS_NAME, HISTORIES_NAME, FACTS_NAME)
        if any(file_digest(previous / name) != manifest["files"][name] for name in files):
            return None
        held = [dict(run) for run in manifest["runs"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Read as a whole, it is found out what is wrong with it.
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (RUNS_NAME, HISTORIES_NAME):
            shutil.copyfile(previous / name, folder / name)
        return _conclude(folder, held, [], facts, cells)
    except OSError as error:
        raise ExportError(f"the evidence cannot be written: {error.strerror or error}", where=str(folder)) from error


def _conclude(
    folder: Path,
    runs: list[dict[str, str]],
    absent: list[dict[str, str]],
    facts: Mapping[str, Any],
    cells: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Write what stands beside the runs, and the manifest over all."""
    said = {kind: plain(facts.get(kind, [])) for kind in CITING}
    (folder / FACTS_NAME).write_text(legible(said, ascii_only=True), "ascii")
    if texts := [{key: cell[key] for key in ("id", "cell_type", "source")} for cell in cells]:
        (folder / CELLS_NAME).write_text(json.dumps({"cells": texts}, indent=1, sort_keys=True) + "\n", "ascii")
    manifest = {
        "schema": 1,
        "paper": facts.get("paper", ""),
        "pressrun": __version__,
        "runs": runs,
        "absent": absent,
        "files": {name: file_digest(folder / name) for name in files_of(folder) if name != MANIFEST_NAME},
    }
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "ascii")
    return manifest


def load(folder: Path) -> Bundle:
    """Read an evidence folder.

    Raises
    ------
    ExportError
        If it is not what `seal` writes.
    """
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
        histories = read_histories(folder / HISTORIES_NAME)
        runs: dict[RunKey, Sealed] = {}
        for line in (folder / RUNS_NAME).read_text("ascii").splitlines():
            run, digests = sealed_run(line)
            series = histories.get((encodable(run.source), encodable(run.id)), {})
            named = {metric: series[encodable(metric)] for metric in digests if encodable(metric) in series}
            runs[(run.source, run.id)] = Sealed(run, named, digests)
        return Bundle(manifest, runs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExportError(
            f"the evidence cannot be read: {reason_of(error)}",
            where=str(folder),
            hint="take it from a backup of the site",
        ) from error


def _is_held(sealed: Sealed, cite: Mapping[str, Any]) -> bool:
    """Whether this is the run as it is cited; a deleted run is cited for not being there."""
    return bool(sealed.run.digest == cite["digest"] and cite["status"] != Status.DELETED.value)


def _why_absent(key: RunKey, cite: Mapping[str, Any], *, changed: bool) -> str:
    if key[0].startswith(MEMORY_SCHEME):
        return "records of the notebook itself, in no source"
    if cite["status"] == Status.DELETED.value:
        return "deleted from its source"
    return "changed since it was cited" if changed else "its source no longer has it as it was cited"
