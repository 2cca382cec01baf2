"""Publish a finished version of a paper, and find and read the versions that are published.

Readers see the old site or the new one, whole, whatever happens to the publisher: `switch` says how.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.canonical import digest, plain
from pressrun.errors import ExportError, reason_of
from pressrun.publish import switch
from pressrun.publish.site import FACTS_NAME, PAPERS_NAME, PublishedPaper, Version, read_papers
from pressrun.publish.switch import CHECKSUMS_NAME, INCOMING_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pressrun.project import Project

#: Seconds to wait for another publisher of the same site.
PATIENCE = 300.0
_NAME = re.compile(r"[^\W_][\w.-]*")


def publish(project: Project, paper: str, stage: Path, facts: Mapping[str, Any], *, force: bool = False) -> int:
    """Make a staged folder the newest version of a paper, and give the version's number.

    Publishes nothing, and gives the current number, if the folder holds what the current version holds: the same files
    and the same facts, the version's number and time aside. Afterwards the stage is gone in either case.

    Parameters
    ----------
    paper
        The paper's name, which becomes a folder of the site.
    stage
        A folder of real files and folders: `index.html`, `paper.pdf`, `paper.ipynb`, `evidence/` as far as they are
        asked for. Best on the site's file system. `provenance.json` and `checksums.json` are written here.
    facts
        What `provenance.json` is to hold; "version" is filled in. "title", if given, is the paper's title.
    force
        Publish though nothing changed.

    Raises
    ------
    ExportError
        If the site cannot be written. The old publication stands as it was.
    """
    if not _NAME.fullmatch(paper) or paper in ("index.html", PAPERS_NAME):
        raise ExportError(f"a paper cannot be called {paper!r}", hint="use letters, digits, dots, dashes, underscores")
    site = site_folder(project)
    with site_lock(project):
        try:
            site.mkdir(parents=True, exist_ok=True)
            switch.refuse_foreign(site, paper)
            if not switch.is_listed(site):
                _adopt(site, project.title)
            papers = read_papers(site)
            switch.sweep(site, papers)
            _check_stage(stage)
            content = _content(stage, facts)
            old = papers.get(paper)
            if old is not None and old.current.content == content and not force:
                shutil.rmtree(stage)
                return old.current.number
            number = old.current.number + 1 if old is not None else 1
            return _add(project, papers, paper, stage, {**facts, "version": number}, content)
        except OSError as error:
            raise ExportError(
                f"the site cannot be written: {error.strerror or error}",
                where=str(error.filename or site),
                hint="make room, or check who may write there, and build again; the old publication stands",
            ) from error


def site_folder(project: Project) -> Path:
    """Give the folder of the project's site, which need not be there."""
    return project.root / project.site


def version_folder(project: Project, paper: str, number: int | None = None) -> Path | None:
    """Give the folder of a published version, the current one if no number is given; None if it is not published."""
    published = read_papers(site_folder(project)).get(paper)
    if published is None:
        return None
    if number is None:
        number = published.current.number
    if all(version.number != number for version in published.versions):
        return None
    return site_folder(project) / paper / "versions" / str(number)


def published_facts(project: Project, paper: str, number: int | None = None) -> dict[str, Any] | None:
    """Give the facts of a published version, the current one if no number is given; None if it is not published.

    Raises
    ------
    ExportError
        If its `provenance.json` cannot be read.
    """
    folder = version_folder(project, paper, number)
    return None if folder is None else read_facts(folder)


def read_facts(folder: Path) -> dict[str, Any]:
    """Read the `provenance.json` of a version's folder.

    Raises
    ------
    ExportError
        If it is missing or no facts.
    """
    path = folder / FACTS_NAME
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ExportError(
            f"cannot be read: {reason_of(error)}", where=str(path), hint="`pressrun verify` says what else is amiss"
        ) from error
    if not isinstance(facts, dict):
        raise ExportError("holds no facts", where=str(path), hint="`pressrun verify` says what else is amiss")
    return facts


def file_digest(path: Path) -> str:
    """Give "sha256:…" of a file's bytes."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def legible(entries: Mapping[str, Any], *, ascii_only: bool) -> str:
    """Give JSON with a line for each entry, and for each item of one that is a list.

    Within a line it is compact: Python breaks JSON into lines by itself, and takes ten times as long for it.
    """

    def said(value: object) -> str:
        return json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, sort_keys=True)

    lines = []
    for key, value in sorted(entries.items()):
        is_list = isinstance(value, list) and bool(value)
        text = "[\n  " + ",\n  ".join(map(said, value)) + "\n ]" if is_list else said(value)
        lines.append(f" {said(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def files_of(folder: Path) -> list[str]:
    """Give the files in a folder, relative with forward slashes, sorted; links are not followed but listed."""
    found = []
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in (*names, *links)]
    return sorted(found)


@contextlib.contextmanager
def site_lock(project: Project) -> Iterator[None]:
    """Hold the site against other publishers; the lock goes with the process, so a killed one blocks nobody.

    Raises
    ------
    ExportError
        If another publisher holds it for longer than `PATIENCE`.
    """
    from filelock import FileLock, Timeout

    path = project.state_folder / "site.lock"
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=PATIENCE)
    except Timeout as error:
        raise ExportError(
            f"another build has been publishing for {PATIENCE:.0f} s", where=str(path), hint="wait for it, or end it"
        ) from error
    except OSError as error:
        raise ExportError(f"cannot be locked: {error.strerror or error}", where=str(path)) from error
    try:
        yield
    finally:
        lock.release()


def _add(
    project: Project,
    papers: dict[str, PublishedPaper],
    paper: str,
    stage: Path,
    facts: dict[str, Any],
    content: str,
) -> int:
    """Add a version and a generation that shows it, and switch to it; take back what was added if that fails."""
    site, number = site_folder(project), int(facts["version"])
    final = site / paper / "versions" / str(number)
    generation: Path | None = None
    switch.refuse_taken(final)
    try:
        seal = _seal(stage, facts, content)
        outputs = sorted(entry.name for entry in stage.iterdir())
        version = Version.of(facts, outputs, content, seal)
        before = papers[paper].versions if paper in papers else ()
        title = str(facts.get("title") or paper)
        _move(stage, final)
        papers = {**papers, paper: PublishedPaper(paper, title, (version, *before))}
        generation = switch.write_generation(site, papers, project.title)
        switch.link_index(site)
        switch.link_paper(site, paper, outputs)
        switch.show(site, generation)
    except OSError:
        # The link is switched by the last call that can fail, so here the old generation is still the current one.
        with contextlib.suppress(OSError):
            switch.discard(final)
        if generation is not None:
            shutil.rmtree(generation, ignore_errors=True)
        raise
    # The new version stands, whatever becomes of a link that leads nowhere; the next publisher removes what is left.
    with contextlib.suppress(OSError):
        switch.sweep_links(site, papers)
    return number


def _adopt(site: Path, title: str) -> None:
    """List the versions of a site whose list is lost, or begin a new site with an empty list.

    Only from here on a version that is not listed is one that was never published.
    """
    papers: dict[str, PublishedPaper] = {}
    for folder in sorted(site.glob("*/versions")):
        places = [place for place in folder.iterdir() if place.name.isdecimal() and switch.is_version(place)]
        found = [_recover(place) for place in sorted(places, key=lambda place: int(place.name), reverse=True)]
        if found:
            name = folder.parent.name
            papers[name] = PublishedPaper(name, found[0][1], tuple(version for version, _ in found))
    generation = switch.write_generation(site, papers, title)
    switch.link_index(site)
    for paper in papers.values():
        switch.link_paper(site, paper.name, list(paper.current.outputs))
    switch.show(site, generation)


def _recover(place: Path) -> tuple[Version, str]:
    """Give a version and its paper's title from the version's own folder."""
    try:
        sums = json.loads((place / CHECKSUMS_NAME).read_text("utf-8"))
        facts = {**read_facts(place), "version": int(place.name)}
        outputs = [entry.name for entry in place.iterdir()]
        version = Version.of(facts, outputs, str(sums["content"]), file_digest(place / CHECKSUMS_NAME))
    except (ValueError, KeyError, TypeError, RecursionError, FileNotFoundError) as error:
        raise ExportError(
            f"the site has lost its list of papers, and this version cannot be read: {error!r}",
            where=str(place),
            hint="restore it, or move it out of the site, and build again",
        ) from error
    return version, str(facts.get("title") or place.parent.parent.name)


def _check_stage(stage: Path) -> None:
    files = files_of(stage)
    if not files:
        raise ExportError("nothing was staged", where=str(stage))
    for name in files:
        if not stat.S_ISREG((stage / name).lstat().st_mode):
            raise ExportError(
                "is a link or no file at all, and a version holds real files only",
                where=str(stage / name),
                hint="copy the file itself",
            )


def _content(stage: Path, facts: Mapping[str, Any]) -> str:
    said = {key: plain(value) for key, value in facts.items() if key not in ("version", "built")}
    files = {n: file_digest(stage / n) for n in files_of(stage) if n not in (FACTS_NAME, CHECKSUMS_NAME)}
    return digest({"facts": said, "files": files})


def _seal(stage: Path, facts: Mapping[str, Any], content: str) -> str:
    """Write the facts and the checksums of all files, make everything readable and durable."""
    text = legible(plain(facts), ascii_only=False)
    (stage / FACTS_NAME).write_text(text, "utf-8", "backslashreplace")
    (stage / CHECKSUMS_NAME).unlink(missing_ok=True)
    files = {name: file_digest(stage / name) for name in files_of(stage)}
    sums = json.dumps({"schema": 1, "content": content, "files": files}, indent=1, sort_keys=True) + "\n"
    (stage / CHECKSUMS_NAME).write_text(sums, "utf-8")
    for root, _, names in os.walk(stage, topdown=False):
        for name in names:
            (Path(root) / name).chmod(0o644)
            switch.sync(Path(root) / name)
        # Scratch folders are private; what is published is for the web server to read.
        Path(root).chmod(0o755)
        switch.sync(Path(root))
    return "sha256:" + hashlib.sha256(sums.encode()).hexdigest()


def _move(stage: Path, final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        stage.rename(final)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = Path(tempfile.mkdtemp(prefix=INCOMING_PREFIX, dir=final.parent))
        try:
            shutil.copytree(stage, near / "version")
            for root, _, names in os.walk(near, topdown=False):
                for name in names:
                    switch.sync(Path(root) / name)
                switch.sync(Path(root))
            (near / "version").rename(final)
        finally:
            shutil.rmtree(near, ignore_errors=True)
        shutil.rmtree(stage)
    switch.sync(final.parent)
    switch.sync(final.parent.parent)
