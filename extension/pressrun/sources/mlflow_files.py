"""MLflow's file store (`mlruns/`): experiments and runs as folders, read without MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.errors import ArtifactError, SourceError, SourceFormatError, SourceNotFoundError
from pressrun.recording.paths import checked_path
from pressrun.records import Dataset, Problem, Recorded, RunRef, Status
from pressrun.sources.files import StoredFile, contained, list_artifacts, stamp, walk
from pressrun.sources.locations import find_database, is_file, resolve_path, split_scheme
from pressrun.sources.metadata import load_metadata
from pressrun.sources.mlflow_layout import (
    META,
    RESERVED,
    has_metadata,
    is_experiment,
    is_laid_out_as_run,
    list_folders,
    peek,
)
from pressrun.sources.mlflow_metrics import read_metrics
from pressrun.sources.mlflow_records import RUN_ID, StoredRun, artifact_folder, dataset_of, record, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TRASH = ".trash"
#: The model registry's folder, beside the experiments.
_REGISTRY = "models"
#: What a run's bytes are made of.
_CONTENT = ("metrics", "params", "tags", "inputs")

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
        self._places: dict[str, _Place] = {}

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
                    start, uri = peek(place.folder / META)
                    found[run_id] = (start, run_id, RunRef(run_id, self._stamp(place, uri)))
        for _, _, ref in sorted(found.values(), key=lambda entry: entry[:2]):
            yield ref

    def stamp_of(self, run_id: str) -> str:
        """Give a text that changes whenever the run's points or its state may have changed.

        Raises
        ------
        SourceNotFoundError
            If there is no such run.
        """
        place = self._places.get(run_id)
        if place is None or not is_file(place.folder / META):
            place = self._places[run_id] = self._find(run_id)
        files = [StoredFile(META, place.folder / META, (place.folder / META).stat())]
        files += [file for file in walk(place.folder / "metrics", "") if isinstance(file, StoredFile)]
        return stamp((file.name, file.stat) for file in files)

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
        meta = load_metadata(place.folder / META)
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
            problems.append(Problem(f"{name}/{META}", f"the status {meta.get('status')!r} is not one of MLflow's"))
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
        _, uri = peek(place.folder / META)
        return contained(self._artifact_folder(place, uri), path, where)

    def _experiments(self) -> Iterator[tuple[Path, bool]]:
        """Give the experiments' folders, those in the trash last, after a look at whether this is a store at all."""
        found = list(self._experiment_folders())
        if not found:
            self._check_store()
        yield from found

    def _experiment_folders(self) -> Iterator[tuple[Path, bool]]:
        for parent, trashed in ((self._store, False), (self._store / _TRASH, True)):
            for entry in list_folders(parent):
                if (trashed or entry.name not in (_TRASH, _REGISTRY)) and is_experiment(Path(entry.path)):
                    yield Path(entry.path), trashed

    def _check_store(self) -> None:
        """Refuse a place that is no store; an empty folder is an empty store."""
        store, where = self._store, str(self._store)
        if not store.exists():
            raise SourceNotFoundError("nothing is there", where=where, hint="name the folder that holds MLflow's runs")
        if not store.is_dir():
            raise SourceFormatError(
                "is no folder", where=where, hint=f"if it is MLflow's database, write mlflow:sqlite:///{self._written}"
            )
        if is_file(store / META):
            parent = "the folder above" if not is_laid_out_as_run(store) else "the folder two above"
            raise SourceFormatError("is one part of an MLflow store", where=where, hint=f"name {parent}")
        if (store / "mlruns").is_dir():
            hint = f"write mlflow:{(Path(self._written) / 'mlruns').as_posix()}"
            raise SourceFormatError("holds no experiments, but a folder mlruns", where=where, hint=hint)
        database = find_database(store) or find_database(store.parent)
        others = [entry.name for entry in list_folders(store) if entry.name not in (_TRASH, _REGISTRY)]
        if others or find_database(store):
            hint = f"if the runs are in {database.name}, write mlflow:sqlite:///PATH" if database else ""
            raise SourceFormatError("holds no MLflow experiments", where=where, hint=hint or "name MLflow's folder")

    def _runs(self, experiment: Path, trashed: bool) -> Iterator[_Place | Problem]:
        try:
            entries = list_folders(experiment, links=True)
        except SourceError as error:
            yield Problem(self._name(experiment), error.what)
            return
        for entry in entries:
            folder = Path(entry.path)
            if entry.name in RESERVED:
                continue
            if entry.is_symlink():
                yield Problem(self._name(folder), "is a symbolic link, which is not followed")
            elif has_metadata(entry):
                if RUN_ID.fullmatch(entry.name):
                    yield _Place(folder, trashed)
                else:
                    yield Problem(self._name(folder), "its name is no run id")
            elif is_laid_out_as_run(folder):
                yield Problem(f"{self._name(folder)}/{META}", "is missing or empty, so the run cannot be read")

    def _find(self, run_id: str) -> _Place:
        if RUN_ID.fullmatch(run_id):
            for experiment, trashed in self._experiments():
                folder = experiment / run_id
                if run_id not in RESERVED and not folder.is_symlink() and is_file(folder / META):
                    return _Place(folder, trashed)
        raise SourceNotFoundError(f"there is no run {run_id!r}", where=self.url, hint="list them: pressrun runs list")

    def _experiment(self, folder: Path) -> Mapping[str, Any]:
        try:
            return load_metadata(folder / META)
        except SourceFormatError:
            # `refs` names the experiment's problem once; its runs say enough without it.
            return {}

    def _experiment_problem(self, folder: Path) -> Problem | None:
        try:
            load_metadata(folder / META)
        except SourceFormatError as error:
            return Problem(f"{self._name(folder)}/{META}", f"{error.what}; its runs are read without its name")
        return None

    def _check_identity(self, meta: Mapping[str, Any], place: _Place) -> None:
        """Hold a run to its folder as MLflow does, since a copied `meta.yaml` would pass for another run."""
        where = str(place.folder / META)
        said = meta.get("run_id") or meta.get("run_uuid")
        if isinstance(said, str) and said != place.folder.name:
            raise SourceFormatError(f"is that of run {said!r}", where=where, hint="restore this run's own")
        experiment = meta.get("experiment_id")
        if experiment is not None and str(experiment) != place.experiment.name:
            raise SourceFormatError(f"is of experiment {experiment!r}", where=where, hint="move the run there")

    def _stamp(self, place: _Place, uri: str) -> str:
        metas = (place.folder / META, place.experiment / META)
        files = [(str(meta), meta.stat()) for meta in metas if is_file(meta)]
        content = [place.folder / part for part in _CONTENT] + [self._artifact_folder(place, uri)]
        for folder in content:
            files += [(str(file.path), file.stat) for file in walk(folder, "") if isinstance(file, StoredFile)]
        return stamp(files, salt=str(place.trashed))

    def _artifact_folder(self, place: _Place, uri: str) -> Path:
        own = place.folder / "artifacts"
        try:
            if not own.is_symlink() and own.is_dir() and next(own.iterdir(), None) is not None:
                return own
        except OSError:
            # Listing it names what is the matter.
            return own
        return artifact_folder(place.folder.name, uri, (), self._store.parent) or own

    def _datasets(self, place: _Place) -> tuple[tuple[Dataset, ...], list[Problem]]:
        datasets = []
        problems: list[Problem] = []
        for entry in list_folders(place.folder / "inputs"):
            try:
                used = load_metadata(Path(entry.path) / META)
                source = str(used.get("source_id"))
                if used.get("source_type") != "DATASET" or not RUN_ID.fullmatch(source):
                    continue
                dataset = load_metadata(place.experiment / "datasets" / source / META)
            except SourceFormatError as error:
                problems.append(Problem(f"{self._name(place.folder)}/inputs/{entry.name}", error.what))
                continue
            datasets.append(dataset_of(dataset.get("name"), dataset.get("digest"), dataset.get("source")))
        return tuple(sorted(datasets, key=lambda d: (d.name, d.digest))), problems

    def _name(self, folder: Path) -> str:
        return folder.relative_to(self._store).as_posix()


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
