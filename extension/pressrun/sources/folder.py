"""The source of run folders, as pressrun's own logger writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.errors import ArtifactError, SourceFormatError, SourceNotFoundError
from pressrun.recording.folders import read_first_words
from pressrun.recording.layout import ARTIFACTS, RUN
from pressrun.recording.paths import checked_path, inside
from pressrun.records import Problem, RunRef
from pressrun.sources.foreign import foreign_layout
from pressrun.sources.locations import is_file, resolve_path, split_scheme
from pressrun.sources.run_folder import read_run_folder, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.records import Recorded


class FolderSource:
    """The run folders in one folder. A folder that is itself a run is a source of that run.

    Parameters
    ----------
    url
        A path, with or without `runs:` before it.
    root
        What a relative path is taken from.
    """

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        scheme, rest = split_scheme(url)
        self.folder = resolve_path(rest if scheme == "runs" else url, root)

    def refs(self) -> Iterator[RunRef | Problem]:
        """List the runs by id; folders that are no runs, or whose `run.json` is broken, are problems.

        Raises
        ------
        SourceNotFoundError
            If the folder is not there.
        SourceFormatError
            If it cannot be listed, or holds no runs but something else that looks like experiments.
        """
        self._check()
        if is_file(self.folder / RUN):
            yield self._ref(self.folder)
            return
        found = [ref for path in self._children() if (ref := self._ref(path)) is not None]
        if not any(isinstance(ref, RunRef) for ref in found):
            self._refuse_foreign()
        yield from found

    def names(self) -> list[str]:
        """List the names of what may be runs, without looking into any.

        Raises
        ------
        SourceNotFoundError
            If the folder is not there.
        SourceFormatError
            If it cannot be listed.
        """
        self._check()
        if is_file(self.folder / RUN):
            return [self.folder.name]
        return [path.name for path in self._children()]

    def place(self, run_id: str) -> Path:
        """Give the folder of a run.

        Raises
        ------
        SourceNotFoundError
            If there is no such run.
        """
        return self._run_folder(run_id)

    def read(self, run_id: str) -> Recorded:
        """Read one run whole.

        Raises
        ------
        SourceNotFoundError
            If there is no such run.
        SourceFormatError
            If its `run.json` is broken.
        """
        folder = self._run_folder(run_id)
        try:
            first = read_first_words(folder)
        except FileNotFoundError as error:
            raise SourceNotFoundError(f"the run {run_id!r} has no {RUN}", where=str(folder)) from error
        except (OSError, ValueError) as error:
            raise SourceFormatError(
                f"{RUN} cannot be read: {error}", where=f"run {run_id}", hint=f"see {folder / RUN}"
            ) from error
        return read_run_folder(folder, run_id, self.url, first)

    def artifact(self, run_id: str, path: str) -> Path:
        """Give the local file of an artifact.

        Raises
        ------
        ArtifactError
            If there is none, or the path leads out of the run.
        """
        artifacts = self._run_folder(run_id) / ARTIFACTS
        if artifacts.is_symlink():
            raise ArtifactError("the run's artifacts are a link that leads out of the run", where=f"run {run_id}")
        target = inside(artifacts, path, f"run {run_id}")
        if not target.is_file():
            raise ArtifactError(
                f"there is no artifact {path!r}", where=f"run {run_id}", hint="pressrun runs show lists the artifacts"
            )
        return target

    def _check(self) -> None:
        try:
            if self.folder.is_dir():
                return
            there = self.folder.exists()
        except OSError as error:
            raise SourceFormatError(
                f"cannot be looked at: {error.strerror}", where=str(self.folder), hint="grant access to it"
            ) from error
        if there:
            raise SourceFormatError(
                "is a file, not a folder of runs", where=str(self.folder), hint="name the folder that holds the runs"
            )
        raise SourceNotFoundError(
            "there is no such folder", where=str(self.folder), hint="record a run first: pressrun run -- CMD"
        )

    def _children(self) -> list[Path]:
        try:
            with os.scandir(self.folder) as entries:
                # A name with a dot is a folder on its way in, or some other program's own.
                names = sorted(e.name for e in entries if not e.name.startswith(".") and self._is_candidate(e))
        except OSError as error:
            raise SourceFormatError(
                f"cannot be listed: {error.strerror}", where=str(self.folder), hint="grant access to it"
            ) from error
        return [self.folder / name for name in names]

    def _is_candidate(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return entry.is_dir(follow_symlinks=False)
        # A link such as `latest` to a run that is here is no other run; one that leads out is named and not followed.
        target = os.path.realpath(entry.path)
        return os.path.isdir(target) and not Path(target).is_relative_to(self.folder)  # noqa: PTH112

    def _ref(self, folder: Path) -> RunRef | Problem:
        name = folder.name
        if not name.isprintable():
            return Problem(ascii(str(folder)), "the folder's name cannot be written")
        if folder.is_symlink():
            return Problem(str(folder), "a link that leads out is not followed; name the folder itself as a source")
        try:
            first = read_first_words(folder)
            return RunRef(name, stamp(folder, first))
        except FileNotFoundError:
            return Problem(str(folder), f"no {RUN} in it")
        except OSError as error:
            return Problem(str(folder / RUN), f"cannot be read: {error.strerror}")
        except ValueError as error:
            return Problem(str(folder / RUN), f"cannot be read: {error}")

    def _refuse_foreign(self) -> None:
        if looks := foreign_layout(self.folder):
            raise SourceFormatError(
                f"holds no runs of pressrun; it looks like {looks.what}", where=str(self.folder), hint=looks.hint
            )

    def _run_folder(self, run_id: str) -> Path:
        self._check()
        if is_file(self.folder / RUN) and run_id == self.folder.name:
            return self.folder
        try:
            safe = checked_path(run_id, "run id") == run_id and "/" not in run_id and not run_id.startswith(".")
        except ArtifactError:
            safe = False
        folder = self.folder / run_id if safe else self.folder
        # A name too long for any file is the name of no run; os.path answers so, and pathlib raises.
        if not safe or os.path.islink(folder) or not os.path.isdir(folder):  # noqa: PTH112, PTH114
            raise SourceNotFoundError(f"there is no run {run_id!r}", where=str(self.folder))
        return folder
