"""Where a run set fetches what is too large to carry: the histories and artifacts of its runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pressrun.errors import ArtifactError
from pressrun.records import Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pressrun.records import Run, RunSource


class Histories(Protocol):
    """Gives histories and artifacts of runs exactly as they were when the runs were found."""

    def series(self, runs: Sequence[Run], metric: str) -> list[Series]:
        """Give one series a run, in the same order, an empty one where a run has none.

        Raises
        ------
        SourceError
            If the run changed since it was found, so that its series would not be the one that its digest names.
        """
        ...

    def artifact(self, run: Run, path: str) -> Path:
        """Give the local file of an artifact.

        Raises
        ------
        ArtifactError
            If there is none.
        """
        ...


def no_series() -> Series:
    """Give the series of a run that has none."""
    return Series.of([])


@dataclass(frozen=True, slots=True)
class HeldHistories:
    """Histories that are held in memory, by (source, run id)."""

    held: Mapping[tuple[str, str], Mapping[str, Series]] = field(default_factory=dict)
    sources: Mapping[str, RunSource] = field(default_factory=dict)

    def series(self, runs: Sequence[Run], metric: str) -> list[Series]:
        """Give one series a run, an empty one where a run has none."""
        found = [self.held.get((run.source, run.id), {}).get(metric) for run in runs]
        return [no_series() if series is None else series for series in found]

    def artifact(self, run: Run, path: str) -> Path:
        """Give the local file of an artifact."""
        return source_artifact(self.sources, run, path)


@dataclass(frozen=True, slots=True)
class JoinedHistories:
    """Histories of several sources, each fetched where its runs came from."""

    parts: Mapping[str, Histories]

    def series(self, runs: Sequence[Run], metric: str) -> list[Series]:
        """Give one series a run, asking each source once."""
        found: list[Series] = [no_series()] * len(runs)
        places: dict[str, list[int]] = {}
        for place, run in enumerate(runs):
            places.setdefault(run.source, []).append(place)
        for source, here in places.items():
            if source in self.parts:
                answers = self.parts[source].series([runs[place] for place in here], metric)
                for place, series in zip(here, answers, strict=True):
                    found[place] = series
        return found

    def artifact(self, run: Run, path: str) -> Path:
        """Give the local file of an artifact."""
        if run.source not in self.parts:
            raise ArtifactError(f"there is no artifact {path!r}", where=f"run {run.id}")
        return self.parts[run.source].artifact(run, path)


def source_artifact(sources: Mapping[str, RunSource], run: Run, path: str) -> Path:
    """Ask a run's own source for the file of an artifact."""
    if run.source not in sources:
        raise ArtifactError(f"there is no artifact {path!r}", where=f"run {run.id}")
    return sources[run.source].artifact(run.id, path)
