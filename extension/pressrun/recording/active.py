"""The logger: `start_run` makes a run, and the `ActiveRun` it gives records what the experiment says."""

from __future__ import annotations

import os
import sys
import threading
import time as clock
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_path, describe
from pressrun.errors import PressrunWarning, UsageError
from pressrun.recording import ending
from pressrun.recording.artifacts import ArtifactRecorder
from pressrun.recording.attributes import Attributes
from pressrun.recording.folders import NewRun, claim_outer_run, create_folder, read_first_words
from pressrun.recording.identity import Process
from pressrun.recording.journal import Journal
from pressrun.recording.layout import EVENTS, JOINED, RESOURCES, SEED_ENV
from pressrun.recording.provenance import Capture, error_text, known_at_once, own_command, write_environment
from pressrun.recording.pulse import Pulse
from pressrun.recording.resources import Sampler
from pressrun.recording.values import as_mapping, clean_text, clock_time, metric_number, step_number
from pressrun.recording.writer import EventWriter
from pressrun.records import Status

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from os import PathLike
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from pressrun.records import Artifact, Dataset

#: git may be slow on a large work tree; a finished run waits this long for its provenance.
_PROVENANCE_SECONDS = 90.0


def start_run(
    name: str = "",
    config: Any = None,
    *,
    tags: Mapping[str, str] | None = None,
    seed: int | None = None,
    folder: str | PathLike[str] | None = None,
    id: str | None = None,  # noqa: A002 (the word that trackers and people use)
    resources: bool = True,
) -> ActiveRun:
    """Start to record a run; best used in a `with` statement, which says how the run ended.

    Under `pressrun run -- CMD` the first run that the command starts is the one that was made for the command.

    Parameters
    ----------
    name
        What to call it; any text. Default: the script's name.
    config
        The inputs: a mapping, an argparse namespace or a data class.
    tags
        Labels, text to text.
    seed
        The seed; by default the config's `seed`, `random_state` or `random_seed`.
    folder
        Where the run's own folder is made. Default: the project's runs.
    id
        The run's id, in characters of a file name. Default: time, name and six random digits.
    resources
        Whether CPU and memory are sampled.

    Raises
    ------
    UsageError
        If an argument is not what it should be, or the id is taken.
    SourceError
        If the folder cannot be written.
    """
    if not isinstance(name, str):
        raise UsageError(f"the name {name!r} is not a text", where="start_run", hint='write start_run(name="svm")')
    new = NewRun(
        clean_text(name),
        as_mapping(config, "config"),
        {key: str(value) for key, value in as_mapping(tags, "tags").items()},
        _seed(seed),
        own_command(),
        id,
    )
    # Who asks for an id of their own asks for a run of their own.
    if id is None and (outer := claim_outer_run()) is not None:
        return ActiveRun(outer, new, joined=True, resources=False)
    parent = None if folder is None else check_path(folder, "folder", 'folder="runs"')
    place = create_folder(parent, new)
    return ActiveRun(place, new, joined=False, resources=resources)


def _seed(seed: Any) -> int | None:
    if seed is None:
        named = os.environ.get(SEED_ENV, "")
        return int(named) if named.removeprefix("-").isdecimal() else None
    return step_number(seed)


class ActiveRun:
    """A run while it is being recorded. Made by `start_run`; all of it may be used from many threads at once.

    Attributes
    ----------
    id, name
        The run's.
    folder
        Its folder.
    pid
        The process that records it.
    """

    def __init__(self, folder: Path, new: NewRun, *, joined: bool, resources: bool, environment: bool = True) -> None:
        first = read_first_words(folder)
        self.id = folder.name
        self.folder = folder.absolute()
        self.name: str = new.name if joined and new.name and not first.get("named") else first["name"]
        self.pid = os.getpid()
        self._joined = joined
        self._step = -1
        self._finishing = threading.Lock()
        self._finished = False
        self._named = bool(first.get("named"))
        self._events = EventWriter(self.folder / EVENTS)
        self._capture = self._start_capture(new, environment=environment)
        self._config = Attributes("config", {**(first["config"] if joined else {}), **new.config}, self._record)
        self._tags = Attributes("tags", {**(first["tags"] if joined else {}), **new.tags}, self._record)
        self._summary = Attributes("summary", {}, self._record)
        self._artifacts = ArtifactRecorder(self.folder, self._record)
        self._sampler = Sampler(self.folder / RESOURCES, os.getpid()) if resources else None
        self._pulse = Pulse(self._events, self._sampler)
        self._pulse.start()
        ending.opened(self)

    def _start_capture(self, new: NewRun, *, environment: bool) -> Capture | None:
        if not self._joined:
            capture = Capture(self.folder, new.command, new.seed, environment=environment)
            capture.start()
            return capture
        known = known_at_once(new.command, new.seed)
        self._events.event(
            "join",
            time=clock.time(),
            name=new.name,
            config=new.config,
            tags=new.tags,
            process=Process.current().to_json(),
            **{key: known[key] for key in ("command", "python", "seed")},
        )
        # The outer command wrote the environment of its own Python; the one that computes is this one.
        threading.Thread(target=write_environment, args=(self.folder,), name="pressrun-environment").start()
        return None

    @property
    def config(self) -> MutableMapping[str, Any]:
        """The inputs; may be extended after the start."""
        return self._config

    @property
    def tags(self) -> MutableMapping[str, str]:
        """The labels, text to text."""
        return self._tags

    @property
    def summary(self) -> MutableMapping[str, Any]:
        """Final values that the run names itself; a metric that is not named here has its last value."""
        return self._summary

    @property
    def accepted(self) -> int:
        """Events taken so far."""
        return self._events.accepted

    @property
    def finished(self) -> bool:
        """Whether nothing more can be recorded."""
        return self._finished

    def __repr__(self) -> str:
        return f"<ActiveRun {self.id!r} in {str(self.folder.parent)!r}>"

    def log(self, metrics: Mapping[str, Any], step: int | None = None, time: float | None = None) -> None:
        """Log one point of each of some metrics. Takes a few microseconds; the file follows within half a second.

        Parameters
        ----------
        metrics
            Metric → number. NaN and ±Inf are kept; scalars of numpy, torch and the like are unwrapped.
        step
            Default: one more than the last of this run, 0 at first.
        time
            Seconds since 1970-01-01 UTC. Default: now.

        Raises
        ------
        UsageError
            If a value is not a number (the message names the metric), or the run is over. Nothing of it is recorded.
        """
        if not isinstance(metrics, Mapping):
            raise UsageError(
                f"metrics are {describe(metrics)}, not a mapping of names to numbers",
                where="log",
                hint='write run.log({"val/acc": 0.97}, step=1)',
            )
        values = {}
        for name, value in metrics.items():
            plain = type(value) is float and type(name) is str
            values[name] = value if plain else metric_number(name, value)
        when = clock.time() if time is None else clock_time(time)
        if self._finished:
            raise self._over()
        if not values:
            return
        if step is not None and (type(step) is not int or step.bit_length() > 63):
            step = step_number(step)
        with self._events.counting:
            self._step = step = self._step + 1 if step is None else step
        self._events.point(step, when, values)

    def flush(self) -> None:
        """Write what was logged now, without waiting for the background thread."""
        self._events.flush()

    def use_data(self, name: str, *, version: str = "", path: str | PathLike[str] | None = None) -> Dataset:
        """Say which data the run uses; a local file or folder is fingerprinted by content.

        Raises
        ------
        UsageError
            If there is nothing at the path.
        """
        return self._artifacts.use(name, version, path)

    def artifact_path(self, name: str) -> Path:
        """Give a path to write an artifact to; its folder is there. It is recorded when the run finishes.

        Raises
        ------
        ArtifactError
            If the name leads out of the run's artifacts.
        """
        if self._finished:
            raise self._over()
        return self._artifacts.path(name)

    def save_artifact(self, path: str | PathLike[str], name: str | None = None) -> tuple[Artifact, ...]:
        """Copy a file or a folder into the run's artifacts.

        Parameters
        ----------
        path
            What to keep.
        name
            Its path among the artifacts. Default: its own name.

        Returns
        -------
        tuple of Artifact
            One a file.

        Raises
        ------
        ArtifactError
            If there is nothing at the path, or the name leads out of the run's artifacts.
        """
        if self._finished:
            raise self._over()
        return self._artifacts.save(check_path(path, "path", '"model.bin"'), name)

    def finish(self, status: Status | str | None = None, exit_code: int | None = None) -> None:
        """Finish the run; a second call does nothing.

        Parameters
        ----------
        status
            Default: finished, or failed where the exit code is not 0.

        Raises
        ------
        UsageError
            If the status is not one that a run can end with.
        """
        chosen = Status.FAILED if status is None and exit_code else Status.FINISHED
        if status is not None:
            try:
                chosen = Status(status)
            except ValueError:
                chosen = Status.RUNNING
            if chosen not in (Status.FINISHED, Status.FAILED, Status.KILLED):
                raise UsageError(f"a run cannot end as {status!s}", where="finish", hint="finished, failed or killed")
        with self._finishing:
            if self._finished:
                return
            if self.pid != os.getpid():
                # A forked copy of the experiment: the run is the parent's to finish.
                self._events.flush()
                return
            self._close(chosen, exit_code)

    def finish_with(self, error: BaseException | None) -> None:
        """Finish the run as an exception, or its absence, says."""
        if self._finished or self.pid != os.getpid():
            return
        status, code = _ended_by(error)
        if error is not None and status is not Status.FINISHED:
            self.note_error(**error_text(error))
        self.finish(status, code)

    def note_error(self, type: str, message: str) -> None:  # noqa: A002 (as the event says it)
        """Record what went wrong."""
        self._record("error", type=type, message=message)

    def _close(self, status: Status, exit_code: int | None) -> None:
        if self._capture is not None:
            self._capture.join(_PROVENANCE_SECONDS)
        self._pulse.stop()
        for attributes in (self._config, self._tags, self._summary):
            attributes.record_changes()
        self._record_rest()
        self._finished = True
        resources = self._sampler.summary() if self._sampler else {}
        self._events.event(
            "left" if self._joined else "end",
            time=clock.time(),
            status=status.value,
            exit_code=exit_code,
            resources=resources,
        )
        ending.closed(self)
        if not self._events.close():
            warnings.warn(
                f"run {self.id}: not everything could be written to {self.folder}; readers will see it as killed",
                PressrunWarning,
                stacklevel=3,
            )

    def _record_rest(self) -> None:
        if (self.folder / JOINED).exists() and not self._joined:
            # The process that joined has recorded its artifacts itself.
            self._events.flush()
            journal = Journal(EVENTS)
            journal.feed((self.folder / EVENTS).read_bytes())
            self._artifacts.know(journal.artifacts)
            self.name = journal.name if journal.name and not self._named else self.name
        try:
            self._artifacts.record_new()
        except OSError as error:
            sys.stderr.write(f"pressrun: artifacts of run {self.id} are not all recorded: {error}\n")

    def _record(self, kind: str, **fields: Any) -> None:
        if self._finished:
            raise self._over()
        self._events.event(kind, **fields)

    def _over(self) -> UsageError:
        return UsageError(
            f"the run {self.id} is over", where="log", hint="record within its `with` block, before finish()"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish_with(error)


def _ended_by(error: BaseException | None) -> tuple[Status, int | None]:
    if error is None:
        return Status.FINISHED, None
    if isinstance(error, KeyboardInterrupt):
        return Status.KILLED, None
    if isinstance(error, SystemExit):
        # Python's own rule: nothing is 0, a number is itself, and anything else is printed and makes 1.
        code = error.code
        number = code if isinstance(code, int) else (0 if code is None else 1)
        return (Status.FAILED if number else Status.FINISHED), number
    return Status.FAILED, None
