"""The layout of a site on disk, and the one rename that switches it.

::

    site/index.html          → .current/index.html           stable links, made before anything is switched
    site/PAPER/index.html    → ../.current/PAPER/index.html
    site/PAPER/versions/N/   real folders, never changed once published
    site/.current            → .generations/G                 the switch: one rename of one symbolic link
    site/.generations/G/     index.html, papers.json, PAPER → ../../PAPER/versions/N

Everything before the switch only adds. What a killed or failed publisher leaves is removed by the next one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.errors import ExportError
from pressrun.publish.site import PAPERS_NAME, papers_json, render_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.publish.site import PublishedPaper

CURRENT_NAME = ".current"
GENERATIONS_NAME = ".generations"
CHECKSUMS_NAME = "checksums.json"
#: A version before it has its number, copied from another file system, and after it has lost it.
INCOMING_PREFIX = ".incoming-"


def is_listed(site: Path) -> bool:
    """Say whether the site has its list of papers, so that what is not on it was never published."""
    return (site / CURRENT_NAME / PAPERS_NAME).is_file()


def is_version(folder: Path) -> bool:
    """Say whether a folder is a version that pressrun sealed, published or not."""
    return (folder / CHECKSUMS_NAME).is_file()


def refuse_foreign(site: Path, paper: str) -> None:
    """Refuse to publish over what pressrun did not write.

    Raises
    ------
    ExportError
        If a real file or folder stands where a link of the site belongs.
    """
    for path in (site / "index.html", site / PAPERS_NAME, site / CURRENT_NAME, site / paper / "index.html"):
        if os.path.lexists(path) and not path.is_symlink():
            raise _foreign(path, "the site's own link")


def refuse_taken(final: Path) -> None:
    """Refuse to publish a version where something stands that was not swept, since pressrun did not write it.

    Raises
    ------
    ExportError
        If something stands there.
    """
    if os.path.lexists(final):
        raise _foreign(final, "the new version")


def _foreign(path: Path, what: str) -> ExportError:
    return ExportError(
        f"stands where {what} belongs, and pressrun did not write it",
        where=str(path),
        hint='move it away, or give the site a folder of its own: site = "…" in pressrun.toml',
    )


def write_generation(site: Path, papers: Mapping[str, PublishedPaper], title: str) -> Path:
    """Write what the site is to show, durably, where nobody looks yet."""
    (site / GENERATIONS_NAME).mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="g-", dir=site / GENERATIONS_NAME))
    try:
        folder.chmod(0o755)
        for name, text in (("index.html", render_index(title, papers)), (PAPERS_NAME, papers_json(papers))):
            (folder / name).write_text(text, "utf-8", "backslashreplace")
            (folder / name).chmod(0o644)
            sync(folder / name)
        for name, paper in papers.items():
            (folder / name).symlink_to(f"../../{name}/versions/{paper.current.number}")
        sync(folder)
        sync(folder.parent)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def link_index(site: Path) -> None:
    """Make the site's own addresses, which never change."""
    for name in ("index.html", PAPERS_NAME):
        _link(site / name, f"{CURRENT_NAME}/{name}")
    sync(site)


def link_paper(site: Path, paper: str, outputs: Sequence[str]) -> None:
    """Make a paper's addresses; until the switch they lead where the old generation does, or nowhere."""
    for name in outputs:
        _link(site / paper / name, f"../{CURRENT_NAME}/{paper}/{name}")
    sync(site / paper)
    sync(site)


def show(site: Path, generation: Path) -> None:
    """Switch the site to a generation. A failure leaves the old one; after it the switch stands."""
    _link(site / CURRENT_NAME, f"{GENERATIONS_NAME}/{generation.name}")
    # The switch is made; a disk that will not confirm it does not undo it.
    with contextlib.suppress(OSError):
        sync(site)


def sweep(site: Path, papers: Mapping[str, PublishedPaper]) -> None:
    """Remove what killed publishers left and what no generation shows: never a published version."""
    for paper in papers.values():
        _sweep_versions(site / paper.name / "versions", newest=paper.current.number)
    for folder in site.iterdir():
        if folder.name not in papers and not folder.name.startswith(".") and (folder / "versions").is_dir():
            _sweep_unpublished(folder)
    sweep_links(site, papers)
    current = site / CURRENT_NAME
    kept = current.readlink().name if current.is_symlink() else ""
    if (site / GENERATIONS_NAME).is_dir():
        for generation in (site / GENERATIONS_NAME).iterdir():
            if generation.name != kept:
                shutil.rmtree(generation)


def sweep_links(site: Path, papers: Mapping[str, PublishedPaper]) -> None:
    """Remove half-made links, and those to files that the newest versions do not have."""
    for paper in papers.values():
        for entry in (site / paper.name).iterdir():
            if _is_ours(entry) and entry.name not in paper.current.outputs:
                entry.unlink()
    for entry in site.iterdir():
        if entry.is_symlink() and entry.name.startswith(".") and entry.name.endswith(".new"):
            entry.unlink()


def sync(path: Path) -> None:
    """Have the disk confirm a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(link: Path, target: str) -> None:
    """Make or change a symbolic link in one step."""
    if link.is_symlink() and str(link.readlink()) == target:
        return
    # One name for all processes: a publisher holds the site's lock, so a leftover is a dead one's.
    fresh = link.with_name(f".{link.name.lstrip('.')}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _sweep_versions(folder: Path, newest: int) -> None:
    if not folder.is_dir():
        return
    # A leftover that has lost its number comes before the version that is about to lose the same one.
    for entry in sorted(folder.iterdir()):
        unlisted = entry.name.isdecimal() and int(entry.name) > newest and is_version(entry)
        if unlisted:
            discard(entry)
        elif entry.name.startswith(INCOMING_PREFIX):
            shutil.rmtree(entry)


def discard(version: Path) -> None:
    """Remove a version that was never published.

    It loses its number first, in one step: whatever is left of it by a publisher that is killed half-way has a name by
    which the next one knows it.
    """
    gone = version.with_name(INCOMING_PREFIX + version.name)
    if gone.exists():
        shutil.rmtree(gone)
    version.rename(gone)
    shutil.rmtree(gone)


def _sweep_unpublished(folder: Path) -> None:
    """Remove the remains of a paper whose first publication was cut short, if they are ours."""
    entries = [entry for entry in folder.iterdir() if entry.name != "versions"]
    if all(_is_ours(e) for e in entries):
        _sweep_versions(folder / "versions", newest=0)
        for entry in entries:
            entry.unlink()


def _is_ours(entry: Path) -> bool:
    return entry.is_symlink() and str(entry.readlink()).startswith(f"../{CURRENT_NAME}/")
