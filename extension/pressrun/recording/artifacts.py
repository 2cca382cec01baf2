"""Files that a running run leaves, each recorded with its size and sha256, and data that it says it used."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.arguments import describe
from pressrun.errors import ArtifactError, UsageError
from pressrun.recording.files import file_digest, fingerprint, list_artifacts
from pressrun.recording.layout import ARTIFACTS
from pressrun.recording.masking import mask_text
from pressrun.recording.paths import checked_path, inside
from pressrun.recording.values import clean_text
from pressrun.records import Artifact, Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike


class ArtifactRecorder:
    """Keeps the artifacts of one run, and records each content once.

    Parameters
    ----------
    folder
        The run's folder.
    record
        Called with (kind, fields) for each artifact and each use of data.
    """

    def __init__(self, folder: Path, record: Callable[..., None]) -> None:
        self._folder = folder / ARTIFACTS
        self._where = f"run {folder.name}"
        self._record = record
        self._known: dict[str, tuple[int, int]] = {}

    def path(self, name: str) -> Path:
        """Give a path to write an artifact to; its folder is there.

        Raises
        ------
        ArtifactError
            If the name leads out of the run's artifacts.
        """
        inside(self._folder, name, self._where).parent.mkdir(parents=True, exist_ok=True)
        return self._folder / checked_path(name, self._where)

    def save(self, source: Path, name: str | None) -> tuple[Artifact, ...]:
        """Copy a file or a folder among the artifacts, and record what was copied.

        Raises
        ------
        ArtifactError
            If there is nothing at the path, or the name leads out of the run's artifacts.
        """
        name = source.name if name is None else name
        target = self.path(name)
        try:
            if source.is_dir():
                # Links are copied as links: one that leads out is then not followed, as everywhere in a run.
                shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
            elif source.resolve() != target.resolve():
                scratch = target.with_name(f".{target.name}.{os.getpid()}.new")
                shutil.copyfile(source, scratch)
                scratch.replace(target)
        except (OSError, shutil.Error) as error:
            raise ArtifactError(f"cannot be kept as an artifact: {error}", where=str(source)) from error
        return self.record_new(checked_path(name, self._where))

    def know(self, recorded: Mapping[str, tuple[Artifact, int]]) -> None:
        """Take over what another process of the run has recorded, with the times of the files."""
        self._known |= {path: (artifact.size, modified) for path, (artifact, modified) in recorded.items()}

    def record_new(self, below: str = "") -> tuple[Artifact, ...]:
        """Record the artifacts that are new or changed, under one path or all."""
        recorded = []
        for listed in list_artifacts(self._folder)[0]:
            if below and listed.path != below and not listed.path.startswith(below + "/"):
                continue
            state = (listed.size, listed.modified)
            if self._known.get(listed.path) == state:
                continue
            artifact = Artifact(listed.path, listed.size, file_digest(self._folder / listed.path))
            self._known[listed.path] = state
            self._record(
                "artifact", path=artifact.path, size=artifact.size, digest=artifact.digest, modified=listed.modified
            )
            recorded.append(artifact)
        return tuple(recorded)

    def use(self, name: str, version: str, path: str | PathLike[str] | None) -> Dataset:
        """Record the use of data; what is at a local path is fingerprinted by content.

        Raises
        ------
        UsageError
            If there is nothing at the path.
        """
        if not isinstance(name, str) or not name:
            raise UsageError(
                f"the data's name is {describe(name)}, not a text",
                where="use_data",
                hint='write run.use_data("digits", version="1998", path="digits.csv")',
            )
        shown = "" if path is None else clean_text(mask_text(os.fspath(path)))
        size: dict[str, int] = {}
        digest = ""
        # A URL is recorded as it is: its content is somebody else's to version.
        if path is not None and "://" not in os.fspath(path):
            try:
                content = fingerprint(Path(path))
            except OSError as error:
                raise UsageError(
                    f"the data {name!r} cannot be read: {error.strerror}",
                    where=str(path),
                    hint="correct path=, or leave it out",
                ) from error
            digest, size = content.digest, {"size": content.size, "files": content.files}
        dataset = Dataset(clean_text(name), clean_text(str(version)), digest, shown)
        self._record("data", name=dataset.name, version=dataset.version, digest=digest, path=shown, **size)
        return dataset
