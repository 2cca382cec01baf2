"""Judge a published paper's claims again by the runs as they are now, without executing the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pressrun.build.build import lock_differences, survey
from pressrun.build.facts_file import published_cells
from pressrun.build.outcomes import Outcome, PaperResult
from pressrun.errors import PressrunError
from pressrun.facts import to_json
from pressrun.records import Run, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.build.paper import Paper
    from pressrun.claims.evidence import Pairing
    from pressrun.project import Project

_PAIRINGS: dict[str, Pairing] = {"auto": "auto", "always": True, "never": False}
_MEMORY = "memory:"


def check_paper(paper: Paper) -> PaperResult:
    """Say what is stale and which published claims still stand; executes, writes and publishes nothing.

    The paper is stale, too, where its queries would find other runs than the lock has. A claim is judged by the runs
    that it cites, each as it is now; one whose run is gone is unsupported.
    """
    try:
        return _check(paper)
    except PressrunError as error:
        return PaperResult(paper.name, Outcome.FAILED, error=error)


def _check(paper: Paper) -> PaperResult:
    now = survey(paper)
    now.check_notebook()
    stale = [*now.stale, *(reason for reason in lock_differences(now) if reason not in now.stale)]
    outcome = Outcome.STALE if stale else Outcome.CURRENT
    if now.facts is None:
        return PaperResult(paper.name, outcome, log=now.read.notes, stale=tuple(stale))
    facts = now.facts
    return PaperResult(
        paper.name,
        outcome,
        version=int(facts["version"]),
        cells=published_cells(facts, "as published"),
        values=tuple(facts["values"]),
        claims=tuple(recheck(paper.project, facts)),
        panels=tuple(facts["panels"]),
        queries=tuple(facts["queries"]),
        log=now.read.notes,
        stale=tuple(stale),
    )


def recheck(project: Project, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Judge claims again by the runs that they cite, and correct them for each other.

    Raises
    ------
    SourceError
        If a source cannot be read.
    """
    from pressrun.claims.check import correct

    claims = facts.get("claims", ())
    if not claims:
        return []
    runs = _runs(project, [cite for claim in claims for side in claim["sides"] for cite in side["runs"]])
    return correct([_judge(claim, runs) for claim in claims])


def _judge(claim: Mapping[str, Any], runs: Mapping[tuple[str, str], Run]) -> dict[str, Any]:
    from pressrun.claims.claim import judge
    from pressrun.claims.evidence import Evidence
    from pressrun.claims.sample import Sample

    cites = [cite for side in claim["sides"] for cite in side["runs"]]
    if any(cite["source"].startswith(_MEMORY) for cite in cites):
        # Such runs live in the notebook alone, and it is not executed here.
        return dict(claim)
    sides = tuple(
        Sample.of([_now(cite, runs) for cite in side["runs"]], claim["metric"], side["label"])
        for side in claim["sides"]
    )
    bound = None if claim["bound"] is None else float(claim["bound"])
    pairing, test = _PAIRINGS[claim["paired"]], claim.get("test", "t")
    asked = Evidence(claim["form"], claim["metric"], sides, bound, pairing, claim["nonfinite"], test)
    judged = to_json(judge(claim["statement"], asked, claim["level"]).fact)
    kept = {key: claim[key] for key in ("id", "cell", "label", "queries") if key in claim}
    return {**judged, **kept}


def _now(cite: Mapping[str, Any], runs: Mapping[tuple[str, str], Run]) -> Run:
    found = runs.get((cite["source"], cite["id"]))
    return found or Run(cite["id"], cite["name"], cite["source"], Status.DELETED, digest=cite["digest"])


def _runs(project: Project, cites: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Run]:
    from pressrun.runs.catalog import look
    from pressrun.sources.registry import open_source

    urls = dict.fromkeys(cite["source"] for cite in cites if not cite["source"].startswith(_MEMORY))
    catalog = look(project, [open_source(url, project.root) for url in urls])
    return {(run.source, run.id): run for run in catalog.runs}
