"""Two published versions of a paper compared: their facts, and where both have them their cells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.errors import UsageError
from pressrun.publish.evidence import CELLS_NAME
from pressrun.publish.site import read_papers
from pressrun.publish.versions import published_facts, site_folder, version_folder
from pressrun.review.compare import changes, prose_changes

if TYPE_CHECKING:
    from pathlib import Path

    from pressrun.project import Project
    from pressrun.review.compare import Change


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one version to another."""

    old: int
    new: int
    changes: tuple[Change, ...]


def compare_versions(project: Project, name: str, old: int | None = None, new: int | None = None) -> Comparison:
    """Compare two versions of a paper.

    Parameters
    ----------
    new, old
        None for the newest version, and for the one before `new`.

    Raises
    ------
    UsageError
        If the paper has no such version, or its cells cannot be read.
    ExportError
        If the site or a version's facts cannot be read.
    """
    old, new = _numbers(project, name, old, new)
    before, after = published_facts(project, name, old), published_facts(project, name, new)
    assert before is not None
    assert after is not None
    found = list(changes(before, after))
    was, now = (_notebook(version_folder(project, name, number)) for number in (old, new))
    if was is not None and now is not None:
        found += prose_changes(was, now)
    return Comparison(old, new, tuple(found))


def _numbers(project: Project, name: str, old: int | None, new: int | None) -> tuple[int, int]:
    papers = read_papers(site_folder(project))
    if name not in papers:
        raise UsageError(
            f"{name!r} was never published",
            where=str(site_folder(project)),
            hint=f"published here: {', '.join(papers)}" if papers else "publish it with `pressrun build`",
        )
    known = sorted(version.number for version in papers[name].versions)
    new = known[-1] if new is None else new
    if old is None:
        earlier = [number for number in known if number < new]
        if not earlier:
            raise UsageError(f"{name} has no version before {new}", hint="there is nothing to compare it with yet")
        old = earlier[-1]
    for number in (old, new):
        if number not in known:
            raise UsageError(f"{name} has no version {number}", hint=f"its versions: {', '.join(map(str, known))}")
    return old, new


def _notebook(folder: Path | None) -> dict[str, Any] | None:
    """Give the cells of a version, from its evidence or its notebook; None if it was published without."""
    assert folder is not None
    for path in (folder / "evidence" / CELLS_NAME, folder / "paper.ipynb"):
        if not path.is_file():
            continue
        try:
            notebook = json.loads(path.read_text("utf-8"))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"is no notebook: {error}", where=str(path), hint="`pressrun verify` says more") from error
        if isinstance(notebook, dict):
            return notebook
    return None
