"""Whether a published paper still says what its inputs say; if not, why, as data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pressrun.build.inputs import FILE, MISSING
from pressrun.build.lock import Lock, describe
from pressrun.build.notebook import INJECTED_ID
from pressrun.build.outcomes import StaleReason
from pressrun.canonical import digest
from pressrun.records import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.build.paper import Paper
    from pressrun.facts import RunCite
    from pressrun.runs.pins import PinnedQuery

#: What is the matter with an input that is not a file.
REASONS = {
    "notebook": "its source changed",
    "paper.toml": "changed",
    "parameters": "other values were given",
    "pressrun": "its version or its templates changed",
    "python": "another Python",
    "interpreter": "it is installed elsewhere",
    "environment": "the installed packages changed",
    "kernel": "another kernel",
    "project": "its sources or metrics were configured otherwise",
}


def stale_reasons(
    paper: Paper, facts: Mapping[str, Any] | None, inputs: Mapping[str, str], formats: Sequence[str],
    sources: Mapping[str, str],
) -> tuple[StaleReason, ...]:  # fmt: skip
    """Say why a published version is behind its inputs, its queries' answers aside.

    Parameters
    ----------
    facts
        The published version's facts; None if there is none.
    inputs
        What the inputs are now: name → digest.
    sources
        The cells now: id → digest of the source.
    """
    if facts is None:
        return (StaleReason("paper", "was never published"),)
    reasons = []
    published = facts.get("inputs", {})
    for name, was in published.items():
        now = inputs.get(name)
        if now == was:
            continue
        if name == "notebook":
            reasons += _changed_cells(facts, sources)
        elif name.startswith(FILE):
            word = "is gone" if now in {None, MISSING} else "changed"
            reasons.append(StaleReason(name.removeprefix(FILE), word))
        else:
            reasons.append(StaleReason(name, REASONS.get(name, "changed")))
    for name in inputs:
        if name not in published:
            reasons.append(StaleReason(name.removeprefix(FILE), "is a new input"))
    have = facts.get("formats", [])
    reasons += [StaleReason(name, "is asked for and not published") for name in formats if name not in have]
    reasons += [
        StaleReason(name, "is missing from the published version")
        for name in facts.get("outputs", ())
        if not (paper.published / name).exists()
    ]
    reasons += [StaleReason(label, "is volatile") for label in paper.config.volatile]
    return tuple(reasons)


def stale_queries(facts: Mapping[str, Any], answers: Mapping[str, Sequence[RunCite]]) -> tuple[StaleReason, ...]:
    """Say which runs that a published version was built from have changed since, or are gone.

    Runs that a query would find besides are no reason: the lock keeps them out until it is updated.
    """
    reasons = []
    for query in facts.get("queries", ()):
        now = {(cite.source, cite.id): cite for cite in answers.get(query["id"], ())}
        name = describe(Lock.of_facts([query]).queries[0])
        for run in query["runs"]:
            cite = now.get((run["source"], run["id"]))
            was_gone = Status(run["status"]) is Status.DELETED
            is_gone = cite is None or Status(cite.status) is Status.DELETED
            if is_gone and not was_gone:
                reasons.append(StaleReason(name, f"run {run['name']} is gone, or is no longer found by it"))
            elif cite is not None and not is_gone and was_gone:
                reasons.append(StaleReason(name, f"run {run['name']} is back"))
            elif cite is not None and not is_gone and cite.digest != run["digest"]:
                reasons.append(StaleReason(name, f"run {run['name']} changed"))
    return tuple(reasons)


def new_runs(queries: Sequence[PinnedQuery], answers: Mapping[str, Sequence[RunCite]]) -> tuple[str, ...]:
    """Say, for people, which runs the lock keeps out."""
    lines = []
    for query in queries:
        known = {(pin.source, pin.id) for pin in query.runs}
        many = sum((cite.source, cite.id) not in known for cite in answers.get(query.id, ()))
        if many:
            runs = "1 new run matches" if many == 1 else f"{many} new runs match"
            lines.append(f"{runs} {describe(query)}; --update takes new runs in")
    return tuple(lines)


def may_run(facts: Mapping[str, Any] | None, stale: Sequence[StaleReason], cells: Sequence[Mapping[str, Any]]) -> bool:
    """Say, before that is planned, whether cells are likely to have to run: more than prose changed."""
    if facts is None:
        return True
    was = {cell["id"]: cell.get("source") for cell in facts.get("cells", ())}
    sources = cell_sources([cell for cell in cells if cell["cell_type"] == "code"])
    prose = {"notebook", *facts.get("outputs", ())}
    return any(was.get(id_) != source for id_, source in sources.items()) or any(
        reason.what not in prose for reason in stale
    )


def cell_sources(cells: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Give each cell's id and the digest of its source."""
    return {str(cell["id"]): digest([cell["cell_type"], cell["source"]]) for cell in cells}


def _changed_cells(facts: Mapping[str, Any], sources: Mapping[str, str]) -> list[StaleReason]:
    was = {cell["id"]: cell.get("source", "") for cell in facts.get("cells", ()) if cell["id"] != INJECTED_ID}
    changed = [id_ for id_, source in sources.items() if id_ in was and was[id_] != source]
    counts = Counter(
        changed=len(changed),
        added=sum(id_ not in was for id_ in sources),
        removed=sum(id_ not in sources for id_ in was),
    )
    parts = [f"{n} cell{'s' if n > 1 else ''} {word}" for word, n in counts.items() if n]
    return [StaleReason("notebook", ", ".join(parts) or REASONS["notebook"])]
