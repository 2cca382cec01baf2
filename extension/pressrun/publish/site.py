"""The published site as a whole: which papers and versions it has, and the page that lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pressrun.claims.verdict import Verdict
from pressrun.errors import ExportError, reason_of
from pressrun.publish.templates import environment, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: The generation's list of papers and versions: what is published, and nothing else is.
PAPERS_NAME = "papers.json"
FACTS_NAME = "provenance.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim as the site's index shows it."""

    id: str
    label: str
    statement: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One published version of a paper.

    Parameters
    ----------
    number
        From 1, never given twice.
    built
        When, in ISO 8601; "" where the builder did not say.
    outputs
        The files and folders at its top, sorted.
    missing, partial
        How many numbers of the prose have no evidence, or only some of it.
    content
        Digest of everything but the version's number and its time: equal content is not published twice.
    seal
        Digest of the version's list of checksums.
    """

    number: int
    built: str
    outputs: tuple[str, ...]
    claims: tuple[ClaimLine, ...] = ()
    missing: int = 0
    partial: int = 0
    content: str = ""
    seal: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, Any], outputs: Sequence[str], content: str, seal: str) -> Version:
        """Sum up a version from its facts."""
        claims = tuple(
            ClaimLine(
                str(claim.get("id", "")),
                str(claim.get("label", "") or ""),
                str(claim["statement"]),
                Verdict(claim["verdict"]),
                str(claim["reason"]),
            )
            for claim in facts.get("claims", ())
        )
        states = [value.get("state") for value in facts.get("values", ())]
        return cls(
            number=int(facts["version"]),
            built=_iso(facts.get("built", "")),
            outputs=tuple(sorted(outputs)),
            claims=claims,
            missing=states.count("missing"),
            partial=states.count("partial"),
            content=content,
            seal=seal,
        )

    @property
    def counts(self) -> tuple[tuple[Verdict, int], ...]:
        """The verdicts that occur, each with the number of claims."""
        found = [claim.verdict for claim in self.claims]
        return tuple((verdict, found.count(verdict)) for verdict in Verdict if verdict in found)

    @property
    def state(self) -> tuple[str, str]:
        """One word for the version, and what it means: "sound", or the worst that stands in it."""
        broken = [claim for claim in self.claims if claim.verdict.breaks]
        if broken:
            return "broken", f"{len(broken)} of {len(self.claims)} claims no longer stand"
        if self.missing:
            return "incomplete", f"{self.missing} number{'s have' if self.missing > 1 else ' has'} no evidence"
        if self.partial:
            return "partial", f"{self.partial} number{'s rest' if self.partial > 1 else ' rests'} on some of their runs"
        open_claims = sum(claim.verdict is Verdict.UNRESOLVED for claim in self.claims)
        if open_claims:
            return "open", f"{open_claims} of {len(self.claims)} claims cannot be decided by the data"
        return "sound", "every claim holds and every number has its evidence" if self.claims else "no claims"

    def to_json(self) -> dict[str, Any]:
        """Give the version as `papers.json` holds it."""
        return {
            "version": self.number,
            "built": self.built,
            "outputs": list(self.outputs),
            "claims": [
                {
                    "id": claim.id,
                    "label": claim.label,
                    "statement": claim.statement,
                    "verdict": claim.verdict.value,
                    "reason": claim.reason,
                }
                for claim in self.claims
            ],
            "missing": self.missing,
            "partial": self.partial,
            "content": self.content,
            "seal": self.seal,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Version:
        """Read what `to_json` wrote."""
        return cls(
            number=int(data["version"]),
            built=str(data["built"]),
            outputs=tuple(data["outputs"]),
            claims=tuple(
                ClaimLine(c["id"], c["label"], c["statement"], Verdict(c["verdict"]), c["reason"])
                for c in data["claims"]
            ),
            missing=int(data["missing"]),
            partial=int(data["partial"]),
            content=str(data["content"]),
            seal=str(data["seal"]),
        )


@dataclass(frozen=True, slots=True)
class PublishedPaper:
    """One paper of the site, with its versions, the newest first; there is at least one."""

    name: str
    title: str
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version:
        """The version that the paper's own address shows."""
        return self.versions[0]


def read_papers(site: Path) -> dict[str, PublishedPaper]:
    """Give what a site publishes, by paper; nothing where nothing was published yet.

    Raises
    ------
    ExportError
        If the site's list cannot be read.
    """
    path = site / ".current" / PAPERS_NAME
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {
            name: PublishedPaper(name, str(entry["title"]), tuple(Version.from_json(v) for v in entry["versions"]))
            for name, entry in data["papers"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExportError(
            f"the site's list of papers cannot be read: {reason_of(error)}",
            where=str(path),
            hint="restore it from a backup, or move the site away and build again",
        ) from error


def papers_json(papers: Mapping[str, PublishedPaper]) -> str:
    """Give the list that `read_papers` reads."""
    entries = {
        name: {
            "title": paper.title,
            "current": paper.current.number,
            "versions": [version.to_json() for version in paper.versions],
        }
        for name, paper in sorted(papers.items())
    }
    return json.dumps({"schema": SCHEMA, "papers": entries}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def render_index(title: str, papers: Mapping[str, PublishedPaper]) -> str:
    """Give the site's index page: whole by itself, no script, no request to anywhere."""
    ordered = sorted(papers.values(), key=lambda p: (p.current.built, p.name), reverse=True)
    template = environment().get_template("site.html.j2")
    return template.render(title=title or "Papers", papers=ordered, base_css=read("html/base.css"))


def _iso(built: object) -> str:
    if isinstance(built, (int, float)) and not isinstance(built, bool):
        return datetime.fromtimestamp(built, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(built or "")
