"""An MLflow tracking server, read through MLflow's own client with requests that only read."""

from __future__ import annotations

import functools
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pressrun.errors import ArtifactError, SourceError, SourceNotFoundError
from pressrun.recording.paths import checked_path
from pressrun.records import Artifact, Problem, Recorded, RunRef, Series, Status
from pressrun.sources.digests import content_digest
from pressrun.sources.files import MAX_FILES, contained, list_artifacts
from pressrun.sources.locations import split_scheme
from pressrun.sources.mlflow_records import (
    RUN_ID,
    StoredRun,
    artifact_folder,
    dataset_of,
    latest_last,
    record,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE = 1000
#: Unless the user has set them: MLflow itself would wait and try again for minutes, and report on its use.
_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_SECRETS = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD")


class MlflowServer:
    """The runs of a tracking server.

    Credentials come from the environment, as for MLflow (`MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and
    `MLFLOW_TRACKING_PASSWORD`); a URL that holds any is refused, since sources' URLs are published. What a server says
    of a run in a listing is its stamp once the run is over; a run that goes on is read every time.

    Parameters
    ----------
    url
        `mlflow:http://HOST:PORT` or `mlflow:https://…`.
    root
        Not used: a server has no relative paths.

    Raises
    ------
    SourceError
        If the URL holds credentials or names no host.
    """

    def __init__(self, url: str, root: Path) -> None:
        self._address = split_scheme(url)[1]
        parts = urlsplit(self._address)
        shown = f"mlflow:{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if "@" in parts.netloc or parts.query:
            raise SourceError(
                "the URL holds credentials, which would be published with the paper",
                where=shown,
                hint="leave them out, and set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD",
            )
        if not parts.hostname:
            raise SourceError("the URL names no host", where=shown, hint="write mlflow:http://HOST:PORT")
        self.url = url
        self._root = root
        self._experiments: dict[str, tuple[str, bool]] = {}

    def refs(self) -> Iterator[RunRef | Problem]:
        """List the runs in the order in which they started.

        Raises
        ------
        SourceError
            If the server cannot be reached or refuses, or MLflow's client is not installed.
        """
        token: str | None = None
        experiments = self._all_experiments()
        while experiments:
            with self._client() as client:
                page = client.search_runs(
                    experiment_ids=experiments,
                    run_view_type=_all_stages(),
                    max_results=_PAGE,
                    order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
                    page_token=token,
                )
            for run in page:
                if RUN_ID.fullmatch(run.info.run_id):
                    yield RunRef(run.info.run_id, self._stamp(run))
                else:
                    yield Problem(self.url, f"{run.info.run_id!r} is no run id")
            token = page.token
            if not token:
                break

    def read(self, run_id: str) -> Recorded:
        """Read one run whole: a request for the run, and one for each of its metrics.

        Raises
        ------
        SourceNotFoundError
            If there is no such run.
        SourceError
            If the server cannot be reached or refuses.
        """
        run = self._run(run_id)
        experiment, gone = self._experiment(run.info.experiment_id)
        history: dict[str, Series] = {}
        with self._client() as client:
            for metric in sorted(run.data.metrics):
                history[metric] = _series(client.get_metric_history(run_id, metric))
        artifacts, left_out = self._artifacts(run)
        inputs = run.inputs.dataset_inputs if run.inputs else []
        stored = StoredRun(
            id=run_id,
            status=status_of(run.info.status, deleted=gone or run.info.lifecycle_stage == "deleted"),
            experiment=experiment,
            experiment_id=run.info.experiment_id,
            name=run.info.run_name or "",
            user=run.info.user_id or "",
            artifact_uri=run.info.artifact_uri or "",
            started=run.info.start_time,
            ended=run.info.end_time,
            params=run.data.params,
            tags=run.data.tags,
            history=history,
            datasets=tuple(dataset_of(i.dataset.name, i.dataset.digest, i.dataset.source) for i in inputs),
            artifacts=artifacts,
            problems=left_out,
        )
        return record(stored, self.url)

    def artifact(self, run_id: str, path: str) -> Path:
        """Give the local file of an artifact, fetched from the server into a folder that lasts as long as the process.

        Raises
        ------
        ArtifactError
            If there is none, the path leads out of the run, or only another store has it.
        """
        where = f"{self.url} {run_id}"
        checked_path(path, where)
        try:
            run = self._run(run_id)
        except SourceNotFoundError as error:
            raise ArtifactError(error.what, where=where) from error
        folder = self._local_artifacts(run)
        if folder is None:
            if not _is_proxied(run):
                what = f"there is no artifact {path!r} here: they are at {run.info.artifact_uri}"
                raise ArtifactError(what, where=where, hint="copy them here")
            listed, _ = self._artifacts(run)
            if path not in {artifact.path for artifact in listed}:
                raise ArtifactError(
                    f"there is no artifact {path!r}", where=where, hint="list them: pressrun runs show RUN"
                )
            folder = Path(_downloads().name) / content_digest([self.url, run_id, path])[:32]
            folder.mkdir(parents=True, exist_ok=True)
            with self._client() as client:
                path = Path(client.download_artifacts(run_id, path, str(folder))).relative_to(folder).as_posix()
        return contained(folder, path, where)

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """Give MLflow's client for one or more requests; what goes wrong with them becomes a `SourceError`."""
        added = {name: value for name, value in _SETTINGS.items() if name not in os.environ}
        os.environ.update(added)
        try:
            try:
                from mlflow import MlflowClient
                from mlflow.exceptions import MlflowException
                from requests import RequestException
            except ImportError as error:
                raise SourceError(
                    "a tracking server is read through MLflow's client, which is not installed",
                    where=self.url,
                    hint="pip install 'pressrun[mlflow]'",
                ) from error
            try:
                yield MlflowClient(tracking_uri=self._address)
            except (MlflowException, RequestException, OSError) as error:
                raise self._failure(error) from None
        finally:
            for name in added:
                os.environ.pop(name, None)

    def _failure(self, error: Exception) -> SourceError:
        chain = (error, error.__cause__, error.__context__)
        if any("NewConnectionError" in str(e) or "timed out" in str(e) for e in chain):
            hint = "check the address, and that the server is up"
            return SourceError("the tracking server cannot be reached", where=self.url, hint=hint)
        text = str(error).strip().partition("\n")[0][:300]
        for name in _SECRETS:
            if secret := os.environ.get(name):
                text = text.replace(secret, "…")
        if getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST":
            return SourceNotFoundError(text, where=self.url, hint="list the runs: pressrun runs list")
        hint = "check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD, and the server's log"
        return SourceError(f"the tracking server refused: {text}", where=self.url, hint=hint)

    def _run(self, run_id: str) -> Any:
        if not RUN_ID.fullmatch(run_id):
            hint = "list the runs: pressrun runs list"
            raise SourceNotFoundError(f"there is no run {run_id!r}", where=self.url, hint=hint)
        with self._client() as client:
            return client.get_run(run_id)

    def _all_experiments(self) -> list[str]:
        token: str | None = None
        found: dict[str, tuple[str, bool]] = {}
        while True:
            with self._client() as client:
                page = client.search_experiments(view_type=_all_stages(), max_results=_PAGE, page_token=token)
            found |= {e.experiment_id: (e.name, e.lifecycle_stage == "deleted") for e in page}
            token = page.token
            if not token:
                self._experiments = found
                return sorted(found)

    def _experiment(self, experiment_id: str) -> tuple[str, bool]:
        """Give an experiment's name, and whether it is deleted."""
        if experiment_id not in self._experiments:
            self._all_experiments()
        return self._experiments.get(experiment_id, ("", False))

    def _stamp(self, run: Any) -> str:
        if status_of(run.info.status, deleted=False) in (Status.RUNNING, Status.UNKNOWN):
            return ""
        info = {key: str(value) for key, value in dict(run.info).items()}
        experiment = self._experiments.get(run.info.experiment_id)
        return content_digest([info, run.data.params, run.data.tags, run.data.metrics, experiment])[:32]

    def _artifacts(self, run: Any) -> tuple[tuple[Artifact, ...], tuple[Problem, ...]]:
        run_id = run.info.run_id
        folder = self._local_artifacts(run)
        if folder is not None:
            return list_artifacts(folder, f"run {run_id}, artifacts")
        if not _is_proxied(run):
            return (), ()
        found: list[Artifact] = []
        folders: list[str | None] = [None]
        try:
            while folders:
                with self._client() as client:
                    listed = client.list_artifacts(run_id, folders.pop())
                folders += [entry.path for entry in listed if entry.is_dir]
                found += [Artifact(entry.path, entry.file_size or 0) for entry in listed if not entry.is_dir]
                if len(found) + len(folders) > MAX_FILES:
                    remark = Problem(
                        f"run {run_id}, artifacts", f"more than {MAX_FILES:,} files; the others are left out"
                    )
                    return tuple(found), (remark,)
        except SourceError as error:
            return (), (Problem(f"run {run_id}, artifacts", error.what),)
        return tuple(sorted(found, key=lambda artifact: artifact.path)), ()

    def _local_artifacts(self, run: Any) -> Path | None:
        """Give the folder of a run's artifacts where the server keeps them on this very machine."""
        if _is_proxied(run):
            return None
        return artifact_folder(run.info.run_id, run.info.artifact_uri or "", (), self._root)


def _is_proxied(run: Any) -> bool:
    return str(run.info.artifact_uri or "").startswith("mlflow-artifacts:")


def _all_stages() -> Any:
    from mlflow.entities import ViewType

    return ViewType.ALL


def _series(points: Any) -> Series:
    import numpy as np

    return latest_last(
        np.array([point.step for point in points], np.int64),
        np.array([point.timestamp for point in points], np.float64) / 1000,
        np.array([point.value for point in points], np.float64),
    )


@functools.cache
def _downloads() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="pressrun-artifacts-")
