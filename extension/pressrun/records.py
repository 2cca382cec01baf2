"""The glossary in code: what a run is, and what a source of runs must offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

#: What a config entry, a summary entry or a tag may hold: JSON, with floats that may be NaN or ±Inf.
Scalar: TypeAlias = bool | int | float | str | None
Json: TypeAlias = Scalar | list[Any] | dict[str, Any]


class Status(Enum):
    """The state of a run, as its source knows it."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"
    DELETED = "deleted"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value

    @property
    def is_evidence(self) -> bool:
        """Whether values of such a run may support a claim: only a finished run's may."""
        return self is Status.FINISHED


class Role(Enum):
    """What a metric is used for."""

    TRAINING = "training"
    VALIDATION = "validation"
    GUARDRAIL = "guardrail"
    PRODUCTION = "production"


class Direction(Enum):
    """Which way a metric is better."""

    MAX = "max"
    MIN = "min"


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one run over steps: every point that was logged, ordered by (step, time).

    Every reader holds to one rule for what loggers really write: points are ordered by step, those of one step by time,
    those of one time as they were written (a time that is not known stands before those that are). None is left out:
    what draws or averages a series takes the last point of each step.

    Parameters
    ----------
    steps
        int64 of shape (n,), never decreasing.
    times
        float64 of shape (n,), seconds since 1970-01-01 UTC; NaN where the source does not know.
    values
        float64 of shape (n,); NaN and ±Inf are kept as they are.
    """

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    @classmethod
    def of(cls, points: list[tuple[int, float, float]]) -> Series:
        """Make a series from (step, time, value) points in the order in which they were written."""
        import numpy as np

        steps = np.array([p[0] for p in points], dtype=np.int64)
        times = np.array([p[1] for p in points], dtype=np.float64)
        values = np.array([p[2] for p in points], dtype=np.float64)
        return cls.ordered(steps, times, values)

    @classmethod
    def ordered(cls, steps: NDArray[np.int64], times: NDArray[np.float64], values: NDArray[np.float64]) -> Series:
        """Make a series from arrays in the order in which they were written, by the rule of this class."""
        import numpy as np

        if len(steps) > 1 and not bool(np.all(steps[1:] > steps[:-1])):
            known = np.where(np.isnan(times), -np.inf, times)
            order = np.lexsort((np.arange(len(steps)), known, steps))
            steps, times, values = steps[order], times[order], values[order]
        return cls(steps, times, values)

    @property
    def last(self) -> float:
        """The value at the greatest (step, time).

        Raises
        ------
        IndexError
            If the series is empty.
        """
        return float(self.values[-1])


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file that a run left: its path inside the run with forward slashes, bytes, and sha256 where known."""

    path: str
    size: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset or feature set that a run says it used."""

    name: str
    version: str = ""
    digest: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a run came from. What a source does not know is empty."""

    command: tuple[str, ...] = ()
    cwd: str = ""
    git_commit: str = ""
    git_branch: str = ""
    git_dirty: bool | None = None
    #: The uncommitted changes as a unified diff against git_commit.
    git_diff: str = ""
    python: str = ""
    platform: str = ""
    #: Installed distributions, name → version.
    packages: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    seed: int | None = None
    exit_code: int | None = None
    host: str = ""
    user: str = ""
    #: What a source knows besides.
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was set aside while reading: where it stands, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of an experiment.

    A summary value is the history's value at the greatest (step, time) unless the run logged a summary of its own.

    Parameters
    ----------
    id
        Unique within its source, and safe as a file name.
    name
        What people call it; any text, not unique.
    source
        The source's URL, as `pressrun.toml` or the author wrote it.
    started, ended
        Seconds since 1970-01-01 UTC; None where not known or not over.
    metrics
        The metrics that have a history, each with its number of points.
    digest
        "sha256:…" over all that the run says, so that a change of content is a change of digest and a touched file is
        not. Empty only for a run that is deleted.
    problems
        What was set aside while reading this run.
    note
        What the project's authors noted of the run; no part of what the run says, nor of its digest.
    """

    id: str
    name: str
    source: str
    status: Status
    config: Mapping[str, Json] = field(default_factory=dict)
    summary: Mapping[str, Json] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    metrics: Mapping[str, int] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    digest: str = ""
    problems: tuple[Problem, ...] = ()
    note: str = ""

    def __hash__(self) -> int:
        return hash((self.source, self.id, self.digest))


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that a source holds of one run: the run, and its history by metric."""

    run: Run
    history: Mapping[str, Series] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run that a source has, before it is read.

    Parameters
    ----------
    id
        The run's id.
    stamp
        Changes whenever the stored bytes may have changed; the index re-reads a run only when it did. Empty: always
        read again.
    """

    id: str
    stamp: str = ""


@runtime_checkable
class RunSource(Protocol):
    """A place that runs come from. It is only ever read.

    Every implementation passes `tests/sources/test_contract.py`.
    """

    #: The URL that names this source, as the author wrote it.
    url: str

    def refs(self) -> Iterator[RunRef | Problem]:
        """List the runs cheaply, in a stable order, and name what was set aside.

        Raises
        ------
        SourceError
            If the source as a whole is missing, unreadable, or not of the format that its scheme promises. An empty
            source is no error.
        """
        ...

    def read(self, run_id: str) -> Recorded:
        """Read one run whole.

        Raises
        ------
        SourceError
            If this run cannot be read. The others still can.
        """
        ...

    def artifact(self, run_id: str, path: str) -> Path:
        """Give the local file of an artifact, which may be read and must not be changed.

        Raises
        ------
        ArtifactError
            If there is none, or the path leads out of the run.
        """
        ...
