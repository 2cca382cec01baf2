"""Check a published version against its evidence: its bytes, its runs, and every number and verdict computed again."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.canonical import canonical
from pressrun.claims.check import correct
from pressrun.claims.claim import judge
from pressrun.claims.evidence import Evidence
from pressrun.claims.sample import Sample
from pressrun.claims.value import value
from pressrun.errors import ExportError, UsageError, reason_of
from pressrun.facts import to_json
from pressrun.publish import evidence
from pressrun.publish.site import FACTS_NAME, read_papers
from pressrun.publish.switch import CHECKSUMS_NAME, CURRENT_NAME
from pressrun.publish.versions import file_digest, files_of, read_facts
from pressrun.records import Run, Status
from pressrun.sources.digests import sealed_digest, series_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pressrun.claims.evidence import Pairing
    from pressrun.publish.evidence import Bundle

#: Two computations of one number on two machines may differ by this, relatively.
TOLERANCE = 1e-9
_VALUE_FIELDS = ("number", "text", "n", "interval", "state")
_PAIRED: dict[str, Pairing] = {"auto": "auto", "always": True, "never": False}
_CLAIM_FIELDS = (
    "verdict", "estimate", "interval", "n", "pairing", "statistic", "df", "p_value", "p_corrected", "effect",
    # Not of versions that were published before there was one.
    "effect_interval",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something of a version that is not as its evidence has it: what, and how it differs."""

    what: str
    reason: str

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found.

    Parameters
    ----------
    files, runs, values, claims
        How many of each were checked.
    mismatches
        Everything that does not match; empty for a version that is as it was published.
    notes
        What could not be checked, and why.
    """

    path: Path
    paper: str
    version: int | None
    files: int
    runs: int
    values: int
    claims: int
    mismatches: tuple[Mismatch, ...]
    notes: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether everything that was checked matches."""
        return not self.mismatches

    def to_json(self) -> dict[str, Any]:
        """Give the report in the shape of `verify --json`."""
        return {
            "path": str(self.path),
            "paper": self.paper,
            "version": self.version,
            "sound": self.sound,
            "checked": {"files": self.files, "runs": self.runs, "values": self.values, "claims": self.claims},
            "mismatches": [{"what": each.what, "reason": each.reason} for each in self.mismatches],
            "notes": list(self.notes),
        }


def verify(path: Path) -> Report:
    """Check a published version, or the newest one of a paper.

    Parameters
    ----------
    path
        A folder such as `site/PAPER` or `site/PAPER/versions/3`, in its site or copied out of it.

    Raises
    ------
    UsageError
        If there is no published version.
    """
    folder = _version_folder(path)
    mismatches: list[Mismatch] = []
    notes: list[str] = []
    files = _check_files(folder, mismatches, notes)
    try:
        facts = read_facts(folder)
        bundle = evidence.load(folder / "evidence")
        _check_evidence_files(folder / "evidence", bundle, facts, mismatches)
        runs = _check_runs(bundle, facts, mismatches, notes)
        values = _check_values(bundle, facts, mismatches)
        claims = _check_claims(bundle, facts, mismatches)
    except ExportError as error:
        return _report(path, {}, (files, 0, 0, 0), [*mismatches, Mismatch(error.where, error.what)], notes)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        broken = Mismatch(FACTS_NAME, f"is not what pressrun writes: {error!r}")
        return _report(path, {}, (files, 0, 0, 0), [*mismatches, broken], notes)
    return _report(path, facts, (files, runs, values, claims), mismatches, notes)


def _report(
    path: Path,
    facts: Mapping[str, Any],
    counts: tuple[int, int, int, int],
    mismatches: Sequence[Mismatch],
    notes: Sequence[str],
) -> Report:
    number = facts.get("version")
    version = number if isinstance(number, int) else None
    return Report(path, str(facts.get("paper", "")), version, *counts, tuple(mismatches), tuple(notes))


def _version_folder(path: Path) -> Path:
    if not path.exists():
        raise UsageError("nothing is there", where=str(path), hint="name site/PAPER or site/PAPER/versions/N")
    for file in (path / CHECKSUMS_NAME, path / FACTS_NAME):
        if file.is_file():
            return file.resolve().parent
    raise UsageError(
        "holds no published version", where=str(path), hint="name site/PAPER or site/PAPER/versions/N, a folder"
    )


def _check_files(folder: Path, mismatches: list[Mismatch], notes: list[str]) -> int:
    """Check every file against the version's checksums, and those against the site's own list."""
    sums_path = folder / CHECKSUMS_NAME
    try:
        listed: dict[str, str] = dict(json.loads(sums_path.read_text("utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        mismatches.append(Mismatch(CHECKSUMS_NAME, f"cannot be read: {reason_of(error)}"))
        return 0
    present = set(files_of(folder)) - {CHECKSUMS_NAME}
    for name in sorted(present | set(listed)):
        if name not in listed:
            mismatches.append(Mismatch(name, "was added after publication"))
        elif name not in present or (folder / name).is_symlink() or not (folder / name).is_file():
            mismatches.append(Mismatch(name, "is missing"))
        elif file_digest(folder / name) != listed[name]:
            mismatches.append(Mismatch(name, "was changed after publication"))
    site = folder.parent.parent.parent
    if folder.parent.name == "versions" and (site / CURRENT_NAME).is_dir():
        published = read_papers(site).get(folder.parent.parent.name)
        seals = {} if published is None else {str(v.number): v.seal for v in published.versions}
        if folder.name not in seals:
            mismatches.append(Mismatch(folder.name, "is not on the site's list of published versions"))
        elif seals[folder.name] != file_digest(sums_path):
            mismatches.append(Mismatch(CHECKSUMS_NAME, "is not the one that was published"))
    else:
        notes.append("the version is outside its site, so its list of checksums is taken at its word")
    return len(listed)


def _check_evidence_files(folder: Path, bundle: Bundle, facts: Mapping[str, Any], mismatches: list[Mismatch]) -> None:
    """Check the evidence against its own manifest, which may have been copied without the version."""
    mismatches += [
        Mismatch(f"evidence/{name}", "is not the file that was sealed")
        for name in dict.fromkeys((*evidence.REQUIRED, *bundle.manifest["files"]))
        if not (folder / name).is_file() or bundle.manifest["files"].get(name) != file_digest(folder / name)
    ]
    said = json.loads((folder / evidence.FACTS_NAME).read_text("utf-8"))
    mismatches += [
        Mismatch(f"evidence/{evidence.FACTS_NAME}", f"its {kind} are not those of {FACTS_NAME}")
        for kind in evidence.CITING
        if canonical(said.get(kind, [])) != canonical(facts.get(kind, []))
    ]


def _check_runs(bundle: Bundle, facts: Mapping[str, Any], mismatches: list[Mismatch], notes: list[str]) -> int:
    """Check that each cited run is sealed as it was cited, and that each sealed run is what its digest says."""
    reasons = {(str(a["source"]), str(a["id"])): str(a["reason"]) for a in bundle.manifest["absent"]}
    metrics = evidence.cited_metrics(facts)
    for key, cite in evidence.cited_runs(facts).items():
        name = f"run {cite['name']} ({cite['id']})"
        sealed = bundle.runs.get(key)
        if sealed is None:
            unsealed = cite["status"] == Status.DELETED.value or key[0].startswith(evidence.MEMORY_SCHEME)
            reason = reasons.get(key, "is not in the evidence")
            if unsealed and key in reasons:
                notes.append(f"{name}: {reason}")
            else:
                mismatches.append(Mismatch(name, reason))
            continue
        if sealed.run.digest != cite["digest"] or sealed.run.status.value != cite["status"]:
            mismatches.append(Mismatch(name, "is not the run that is cited"))
        if sealed_digest(sealed.run, sealed.series_digests) != sealed.run.digest:
            mismatches.append(Mismatch(name, "was changed after it was sealed"))
        mismatches += [
            Mismatch(name, f"its history of {metric} is not the one that was sealed")
            for metric in sorted(metrics.get(key, ()))
            if metric in sealed.series_digests
            and (metric not in sealed.history or series_digest(sealed.history[metric]) != sealed.series_digests[metric])
        ]
    return len(bundle.runs)


def _check_values(bundle: Bundle, facts: Mapping[str, Any], mismatches: list[Mismatch]) -> int:
    checked = 0
    for fact in facts.get("values", ()):
        sides = [_runs(bundle, side["runs"]) for side in fact.get("sides", ())] or [_runs(bundle, fact["runs"])]
        if any(runs is None for runs in sides):
            continue
        checked += 1
        what = f"value {fact.get('id', '')} ({fact['aggregation']} of {fact['metric']}, printed {fact['text']})"
        aggregation = {"best": fact["method"], "difference": "mean"}.get(fact["aggregation"], fact["aggregation"])
        found = [
            value(
                runs or [],
                fact["metric"],
                aggregation,
                digits=fact["digits"],
                unit=fact["unit"],
                level=fact["level"],
                missing=fact["text"] if fact["state"] == "missing" else "n/a",
            )
            for runs in sides
        ]
        again = to_json((found[0].minus(found[1]) if len(found) == 2 else found[0]).fact)
        _compare(what, _VALUE_FIELDS, fact, again, mismatches)
    return checked


def _check_claims(bundle: Bundle, facts: Mapping[str, Any], mismatches: list[Mismatch]) -> int:
    """Judge every claim again and correct them together, as the builder did."""
    said = list(facts.get("claims", ()))
    again: list[dict[str, Any]] = []
    checkable: list[int] = []
    for place, fact in enumerate(said):
        sides = [(side["label"], _runs(bundle, side["runs"])) for side in fact["sides"]]
        if any(runs is None for _, runs in sides):
            again.append(dict(fact))
            continue
        checkable.append(place)
        asked = Evidence(
            fact["form"],
            fact["metric"],
            tuple(Sample.of(runs or [], fact["metric"], label) for label, runs in sides),
            None if fact["bound"] is None else float(fact["bound"]),
            _PAIRED[fact["paired"]],
            fact["nonfinite"],
            fact.get("test", "t"),
        )
        again.append(to_json(judge(fact["statement"], asked, fact["level"]).fact))
    if any(fact["correction"] for fact in said):
        again = correct(again)
    for place in checkable:
        what = f"claim {said[place].get('label') or said[place].get('id', '')} ({said[place]['statement']})"
        fields = [name for name in _CLAIM_FIELDS if name in said[place] or name != "effect_interval"]
        _compare(what, fields, said[place], again[place], mismatches)
    return len(checkable)


def _runs(bundle: Bundle, cites: Sequence[Mapping[str, Any]]) -> list[Run] | None:
    """Give the runs of a fact from the evidence; None where one is not there, of which `_check_runs` has spoken."""
    found = []
    for cite in cites:
        sealed = bundle.runs.get((cite["source"], cite["id"]))
        if sealed is not None:
            found.append(sealed.run)
        elif cite["status"] == Status.DELETED.value:
            found.append(Run(cite["id"], cite["name"], cite["source"], Status.DELETED))
        else:
            return None
    return found


def _compare(
    what: str,
    fields: Sequence[str],
    said: Mapping[str, Any],
    again: Mapping[str, Any],
    mismatches: list[Mismatch],
) -> None:
    mismatches += [
        Mismatch(what, f"{name} is {said[name]}, and the evidence gives {again[name]}")
        for name in fields
        if not _same(said[name], again[name])
    ]


def _same(a: object, b: object) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-300)
    return a == b
