"""MLflow's file store (`mlruns/`): experiments and runs as folders, read without MLflow."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.errors import ArtifactError, SourceError, SourceFormatError, SourceNotFoundError
from pressrun.recording.paths import checked_path
from pressrun.records import Dataset, Problem, Recorded, RunRef, Status
from pressrun.sources.files import StoredFile, contained, list_artifacts, stamp, walk
from pressrun.sources.locations import find_database, resolve_path, split_scheme
from pressrun.sources.metadata import load_metadata
from pressrun.sources.mlflow_metrics import read_metrics
from pressrun.sources.mlflow_records import RUN_ID, StoredRun, artifact_folder, dataset_of, record, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_META = "meta.yaml"
_TRASH = ".trash"
#: Folders of an experiment that hold no runs.
_RESERVED = frozenset({"tags", "datasets", "traces", "models"})
#: The model registry's folder, beside the experiments.
_REGISTRY = "models"
_RUN_FOLDERS = frozenset({"metrics", "params", "tags"})
#: What a run's bytes are made of.
_CONTENT = ("metrics", "params", "tags", "inputs")

_START = re.compile(rb"^start_time:\s*(\d{1,15})\s*$", re.MULTILINE)
_URI = re.compile(rb"^artifact_uri:\s*(.{1,4096}?)\s*$", re.MULTILINE)
_MAX_TEXT = 1 << 20


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run stands: its folder, and whether its experiment is in the trash."""

    folder: Path
    trashed: bool

    @property
    def experiment(self) -> Path:
        return self.folder.parent


class MlflowFiles:
    """The runs of an MLflow file store.

    Deleted runs and runs of deleted experiments are listed with the status deleted. The experiment's name is the tag
    `mlflow.experiment`. Params become config by `mlflow_records.typed`.

    Parameters
    ----------
    url
        `mlflow:PATH` or `mlflow:file:///PATH`.
    root
        What a relative path is taken from.
    """

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self._written = split_scheme(url)[1]
        self._store = resolve_path(self._written, root)

    def refs(self) -> Iterator[RunRef | Problem]:
        """List the runs in the order in which they started, and name the folders that are none.

        Raises
        ------
        SourceError
            If the folder is missing, or no MLflow file store.
        """
        found: dict[str, tuple[int, str, RunRef]] = {}
        for experiment, trashed in self._experiments():
            if (problem := self._experiment_problem(experiment)) is not None:
                yield problem
            for place in self._runs(experiment, trashed):
                if isinstance(place, Problem):
                    yield place
                elif place.folder.name in found:
                    yield Problem(self._name(place.folder), "another experiment holds a run of the same id")
                else:
                    run_id = place.folder.name
                    start, uri = _peek(place.folder / _META)
                    found[run_id] = (start, run_id, RunRef(run_id, self._stamp(place, uri)))
        for _, _, ref in sorted(found.values(), key=lambda entry: entry[:2]):
            yield ref

    def read(self, run_id: str) -> Recorded:
        """Read one run whole.

        Raises
        ------
        SourceNotFoundError
            If there is no such run.
        SourceFormatError
            If its `meta.yaml` cannot be understood.
        """
        place = self._find(run_id)
        name = self._name(place.folder)
        meta = load_metadata(place.folder / _META)
        self._check_identity(meta, place)
        experiment = self._experiment(place.experiment)
        stage = {str(entry.get("lifecycle_stage", "active")) for entry in (meta, experiment)}
        status = status_of(meta.get("status", 1), deleted=place.trashed or "deleted" in stage)
        params, problems = _texts(place.folder / "params", f"{name}/params")
        tags, more = _texts(place.folder / "tags", f"{name}/tags")
        problems += more
        running = status_of(meta.get("status", 1), deleted=False) is Status.RUNNING
        history, more = read_metrics(place.folder / "metrics", f"{name}/metrics", running=running)
        problems += more
        artifacts, left_out = list_artifacts(self._artifact_folder(place, _uri(meta)), f"{name}/artifacts")
        datasets, more = self._datasets(place)
        problems += [*left_out, *more]
        if status is Status.UNKNOWN:
            problems.append(Problem(f"{name}/{_META}", f"the status {meta.get('status')!r} is not one of MLflow's"))
        stored = StoredRun(
            id=run_id,
            status=status,
            experiment=str(experiment.get("name") or ""),
            experiment_id=place.experiment.name,
            name=str(meta.get("run_name") or tags.get("mlflow.runName") or meta.get("name") or ""),
            user=str(meta.get("user_id") or ""),
            source_name=str(meta.get("source_name") or ""),
            source_version=str(meta.get("source_version") or ""),
            artifact_uri=_uri(meta),
            started=meta.get("start_time"),
            ended=meta.get("end_time"),
            params=params,
            tags=tags,
            history=history,
            datasets=datasets,
            artifacts=artifacts,
            problems=tuple(problems),
        )
        return record(stored, self.url)

    def artifact(self, run_id: str, path: str) -> Path:
        """Give the local file of an artifact.

        Raises
        ------
        ArtifactError
            If there is none, the path leads out of the run, or the artifacts are kept elsewhere.
        """
        where = f"{self.url} {run_id}"
        checked_path(path, where)
        try:
            place = self._find(run_id)
        except SourceNotFoundError as error:
            raise ArtifactError(error.what, where=where) from error
        _, uri = _peek(place.folder / _META)
        return contained(self._artifact_folder(place, uri), path, where)

    def _experiments(self) -> Iterator[tuple[Path, bool]]:
        """Give the experiments' folders, those in the trash last, after a look at whether this is a store at all."""
        found = list(self._experiment_folders())
        if not found:
            self._check_store()
        yield from found

    def _experiment_folders(self) -> Iterator[tuple[Path, bool]]:
        for parent, trashed in ((self._store, False), (self._store / _TRASH, True)):
            for entry in _folders(parent):
                if entry.name not in (_TRASH, _REGISTRY) or trashed:
                    folder = Path(entry.path)
                    if (folder / _META).is_file() or any(_names_run(child) for child in _folders(folder)):
                        yield folder, trashed

    def _check_store(self) -> None:
        """Refuse a place that is no store; an empty folder is an empty store."""
        store, where = self._store, str(self._store)
        if not store.exists():
            raise SourceNotFoundError("nothing is there", where=where, hint="name the folder that holds MLflow's runs")
        if not store.is_dir():
            raise SourceFormatError(
                "is no folder", where=where, hint=f"if it is MLflow's database, write mlflow:sqlite:///{self._written}"
            )
        if (store / _META).is_file():
            parent = "the folder above" if not _is_run_folder(store) else "the folder two above"
            raise SourceFormatError("is one part of an MLflow store", where=where, hint=f"name {parent}")
        if (store / "mlruns").is_dir():
            hint = f"write mlflow:{(Path(self._written) / 'mlruns').as_posix()}"
            raise SourceFormatError("holds no experiments, but a folder mlruns", where=where, hint=hint)
        database = find_database(store) or find_database(store.parent)
        others = [entry.name for entry in _folders(store) if entry.name not in (_TRASH, _REGISTRY)]
        if others or find_database(store):
            hint = f"if the runs are in {database.name}, write mlflow:sqlite:///PATH" if database else ""
            raise SourceFormatError("holds no MLflow experiments", where=where, hint=hint or "name MLflow's folder")
        try:
            next(store.iterdir(), None)
        except OSError as error:
            raise SourceError(f"cannot be listed: {error.strerror}", where=where, hint="grant access to it") from error

    def _runs(self, experiment: Path, trashed: bool) -> Iterator[_Place | Problem]:
        for entry in _folders(experiment, links=True):
            folder = Path(entry.path)
            if entry.name in _RESERVED:
                continue
            if entry.is_symlink():
                yield Problem(self._name(folder), "is a symbolic link, which is not followed")
            elif _is_run(entry):
                if RUN_ID.fullmatch(entry.name):
                    yield _Place(folder, trashed)
                else:
                    yield Problem(self._name(folder), "its name is no run id")
            elif _is_run_folder(folder):
                yield Problem(f"{self._name(folder)}/{_META}", "is missing or empty, so the run cannot be read")

    def _find(self, run_id: str) -> _Place:
        if RUN_ID.fullmatch(run_id):
            for experiment, trashed in self._experiments():
                folder = experiment / run_id
                if run_id not in _RESERVED and not folder.is_symlink() and (folder / _META).is_file():
                    return _Place(folder, trashed)
        raise SourceNotFoundError(f"there is no run {run_id!r}", where=self.url, hint="list them: pressrun runs list")

    def _experiment(self, folder: Path) -> Mapping[str, Any]:
        try:
            return load_metadata(folder / _META)
        except SourceFormatError:
            # `refs` names the experiment's problem once; its runs say enough without it.
            return {}

    def _experiment_problem(self, folder: Path) -> Problem | None:
        try:
            load_metadata(folder / _META)
        except SourceFormatError as error:
            return Problem(f"{self._name(folder)}/{_META}", f"{error.what}; its runs are read without its name")
        return None

    def _check_identity(self, meta: Mapping[str, Any], place: _Place) -> None:
        """Hold a run to its folder as MLflow does, since a copied `meta.yaml` would pass for another run."""
        where = str(place.folder / _META)
        said = meta.get("run_id") or meta.get("run_uuid")
        if said is not None and str(said) != place.folder.name:
            raise SourceFormatError(f"is that of run {said!r}", where=where, hint="restore this run's own")
        experiment = meta.get("experiment_id")
        if experiment is not None and str(experiment) != place.experiment.name:
            raise SourceFormatError(f"is of experiment {experiment!r}", where=where, hint="move the run there")

    def _stamp(self, place: _Place, uri: str) -> str:
        metas = (place.folder / _META, place.experiment / _META)
        files = [(str(meta), meta.stat()) for meta in metas if meta.is_file()]
        content = [place.folder / part for part in _CONTENT] + [self._artifact_folder(place, uri)]
        for folder in content:
            files += [(str(file.path), file.stat) for file in walk(folder, "") if isinstance(file, StoredFile)]
        return stamp(files, salt=str(place.trashed))

    def _artifact_folder(self, place: _Place, uri: str) -> Path:
        own = place.folder / "artifacts"
        if not own.is_symlink() and own.is_dir() and next(own.iterdir(), None) is not None:
            return own
        return artifact_folder(place.folder.name, uri, (), self._store.parent) or own

    def _datasets(self, place: _Place) -> tuple[tuple[Dataset, ...], list[Problem]]:
        datasets = []
        problems: list[Problem] = []
        for entry in _folders(place.folder / "inputs"):
            try:
                used = load_metadata(Path(entry.path) / _META)
                source = str(used.get("source_id"))
                if used.get("source_type") != "DATASET" or not RUN_ID.fullmatch(source):
                    continue
                dataset = load_metadata(place.experiment / "datasets" / source / _META)
            except SourceFormatError as error:
                problems.append(Problem(f"{self._name(place.folder)}/inputs/{entry.name}", error.what))
                continue
            datasets.append(dataset_of(dataset.get("name"), dataset.get("digest"), dataset.get("source")))
        return tuple(sorted(datasets, key=lambda d: (d.name, d.digest))), problems

    def _name(self, folder: Path) -> str:
        return folder.relative_to(self._store).as_posix()


def _folders(folder: Path, *, links: bool = False) -> list[os.DirEntry[str]]:
    """List the folders in a folder by name, links to folders only when asked for; one that is gone has none."""
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if e.is_dir(follow_symlinks=False) or (links and e.is_symlink())]
    except OSError:
        return []
    return sorted(found, key=lambda entry: entry.name)


def _is_run(entry: os.DirEntry[str]) -> bool:
    """Whether a folder of an experiment has a `meta.yaml` with something in it."""
    meta = Path(entry.path) / _META
    try:
        return entry.name not in _RESERVED and meta.is_file() and meta.stat().st_size > 0
    except OSError:
        return False


def _names_run(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's `meta.yaml` is a run's, so that the folder it stands in is an experiment without its own."""
    try:
        with (Path(entry.path) / _META).open("rb") as file:
            return any(line.startswith((b"run_id:", b"run_uuid:")) for line in file.read(65536).splitlines())
    except OSError:
        return False


def _is_run_folder(folder: Path) -> bool:
    """Whether a folder is laid out as a run."""
    return any(entry.name in _RUN_FOLDERS for entry in _folders(folder))


def _peek(meta: Path) -> tuple[int, str]:
    """Give a run's start and artifact URI as far as they can be had without parsing, since every listing asks."""
    try:
        with meta.open("rb") as file:
            head = file.read(65536)
    except OSError:
        return 0, ""
    start = _START.search(head)
    uri = _URI.search(head)
    return int(start[1]) if start else 0, uri[1].decode("utf-8", "replace").strip("'\"") if uri else ""


def _uri(meta: Mapping[str, Any]) -> str:
    return str(meta.get("artifact_uri") or "")


def _texts(folder: Path, where: str) -> tuple[dict[str, str], list[Problem]]:
    """Read the files below a folder as texts by name: params or tags."""
    texts: dict[str, str] = {}
    problems = []
    for file in walk(folder, where):
        if isinstance(file, Problem):
            problems.append(file)
            continue
        place = f"{where}/{file.name}"
        if file.stat.st_size > _MAX_TEXT:
            problems.append(Problem(place, f"has {file.stat.st_size:,} bytes and is left out"))
            continue
        try:
            texts[file.name] = file.path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(Problem(place, f"is not UTF-8 at byte {error.start} and is left out"))
        except OSError as error:
            problems.append(Problem(place, f"cannot be read: {error.strerror}"))
    return texts, problems
