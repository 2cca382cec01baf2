"""The fact file: what a build's outputs say, collected by stable ids, and as the published version says it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.options import parse_options
from pressrun.build.outcomes import CellOutcome, CellResult
from pressrun.canonical import digest
from pressrun.errors import BuildError, reason_of
from pressrun.facts import CLAIM_MIME, PANEL_MIME, QUERY_MIME, VALUE_MIME, facts_in, without_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.build.paper import Paper

SCHEMA = 1
FACTS_NAME = "provenance.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one executed notebook, each with its id and cell, in reading order.

    Parameters
    ----------
    contradictions
        Queries that were answered twice, and differently: a source changed while the paper was executed.
    """

    values: tuple[dict[str, Any], ...]
    claims: tuple[dict[str, Any], ...]
    panels: tuple[dict[str, Any], ...]
    queries: tuple[dict[str, Any], ...]
    contradictions: tuple[str, ...] = ()

    @classmethod
    def of(cls, notebook: NotebookNode) -> Facts:
        """Collect the facts, claims as they stand before correction."""
        found: dict[str, list[dict[str, Any]]] = {VALUE_MIME: [], CLAIM_MIME: [], PANEL_MIME: []}
        queries: dict[str, dict[str, Any]] = {}
        contradictions = []
        for cell in notebook.cells:
            label = parse_options(cell.source)[0].get("label", "") if cell.cell_type == "code" else ""
            count = dict.fromkeys(found, 0)
            for expression, bundle in _bundles(cell):
                for mime, fact in facts_in(bundle):
                    if mime == QUERY_MIME:
                        if digest(queries.setdefault(fact["id"], fact)["runs"]) != digest(fact["runs"]):
                            contradictions.append(str(fact["id"]))
                        continue
                    count[mime] += 1
                    place = {"id": f"{cell.id}/{count[mime]}", "cell": cell.id}
                    extra = {"expression": expression} if mime == VALUE_MIME else {"label": label}
                    found[mime].append({**without_query(fact), **place, **extra})
        return cls(
            tuple(found[VALUE_MIME]),
            tuple(found[CLAIM_MIME]),
            tuple(_panel(panel) for panel in found[PANEL_MIME]),
            tuple(queries.values()),
            tuple(dict.fromkeys(contradictions)),
        )


def settle_queries(notebook: NotebookNode) -> None:
    """Mark every query of an executed notebook as locked, since its answer is what the lock is going to say.

    Otherwise a first build and the next one, of the same inputs, would differ in whence they had their runs.
    """
    for cell in notebook.cells:
        for _, bundle in _bundles(cell):
            if isinstance(bundle.get(QUERY_MIME), dict):
                bundle[QUERY_MIME]["locked"] = True


def read_published(paper: Paper) -> dict[str, Any] | None:
    """Give the facts of the paper's newest published version; None if it was never published.

    Raises
    ------
    BuildError
        If the file is there and cannot be read.
    """
    path = paper.published / FACTS_NAME
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, reason_of(error)) from error
    if not isinstance(facts, dict):
        raise _unreadable(path, "it holds no facts")
    return facts if facts.get("schema") == SCHEMA else None


def _unreadable(path: Path, why: str) -> BuildError:
    return BuildError(
        f"cannot be read: {why}",
        where=str(path),
        hint="`pressrun verify` says what else is amiss; restore the site, or move it away and build again",
    )


def published_cells(facts: Mapping[str, Any], reason: str) -> tuple[CellResult, ...]:
    """Give the cells of a published version as results of a build that had no need to execute them."""
    return tuple(
        CellResult(str(cell["id"]), str(cell["kind"]), CellOutcome.CURRENT, reason) for cell in facts.get("cells", ())
    )


def _bundles(cell: NotebookNode) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the mime bundles that a cell left, each with the inline expression that it is the value of."""
    for output in cell.get("outputs", ()):
        if "data" in output:
            yield "", output["data"]
    for bundle in cell.metadata.get("pressrun", {}).get("displayed", ()):
        yield "", bundle
    for entry in cell.metadata.get("user_expressions", ()):
        yield entry["expression"], entry["result"].get("data", {})


def _panel(panel: Mapping[str, Any]) -> dict[str, Any]:
    """Leave a panel's data out, which the evidence holds, and name it by its digest."""
    said = {key: value for key, value in panel.items() if key not in {"frame", "view"}}
    # How the panel was asked for is no part of what it shows.
    view = {key: value for key, value in panel["view"].items() if key != "call"}
    return {**said, "data": digest([panel["frame"], view])}
