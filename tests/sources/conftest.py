"""Real stores for the readers' tests: written by MLflow itself, by pressrun's logger, or as plain records."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.sources.stores import LOGICAL_RUNS, Store, log_with_mlflow, refs_of

from pressrun.records import Status
from pressrun.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def _mlflow_settings() -> Iterator[None]:
    """Let MLflow write file stores, keep it from calling home, and from filling the output with its advice."""
    added = {
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_LOGGING_LEVEL": "ERROR",
        "GIT_PYTHON_REFRESH": "quiet",
    }
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    yield
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def file_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = tmp_path_factory.mktemp("files")
    ids = log_with_mlflow((root / "mlruns").as_uri(), None)
    return Store(lambda: open_source("mlflow:mlruns", root), root, ids)


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = tmp_path_factory.mktemp("sqlite")
    ids = log_with_mlflow(f"sqlite:///{root / 'mlflow.db'}", (root / "artifacts").as_uri())
    return Store(lambda: open_source("mlflow:sqlite:///mlflow.db", root), root, ids)


@pytest.fixture(scope="session")
def memory_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    from pressrun.sources.memory import MemorySource

    root = tmp_path_factory.mktemp("memory")
    records = []
    for number, run in enumerate(LOGICAL_RUNS):
        files = {}
        for path, text in run.artifacts.items():
            files[path] = root / f"{number}-{Path(path).name}"
            files[path].write_text(text)
        clock = time.time()
        history = {m: [(step, clock + n, v) for n, (step, v) in enumerate(p)] for m, p in run.history.items()}
        records.append(
            {"name": run.name, "config": run.config, "tags": run.tags, "history": history, "artifacts": files}
            | {"status": run.status.value}
        )
    ids = {run.name: ref.id for run, ref in zip(LOGICAL_RUNS, refs_of(MemorySource(records))[0], strict=True)}
    return Store(lambda: MemorySource(records), root, ids)


@pytest.fixture(scope="session")
def folder_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    active = pytest.importorskip("pressrun.recording.active")
    root = tmp_path_factory.mktemp("folders")
    ids = {}
    with ExitStack() as still_open:
        for run in LOGICAL_RUNS:
            scope = ExitStack()
            recorder = scope.enter_context(
                active.start_run(run.name, run.config, tags=run.tags, folder=root / "runs", resources=False)
            )
            for metric, points in run.history.items():
                for step, value in points:
                    recorder.log({metric: value}, step=step)
            for path, text in run.artifacts.items():
                local = root / Path(path).name
                local.write_text(text)
                recorder.save_artifact(local, path)
            ids[run.name] = recorder.id
            if run.status is Status.RUNNING:
                still_open.push(scope)
            elif run.status is Status.FAILED:
                error = RuntimeError("the experiment broke")
                scope.__exit__(type(error), error, None)
            else:
                scope.close()
        yield Store(lambda: open_source("runs/", root), root / "runs", ids)


@pytest.fixture(scope="session")
def server_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tracking server of MLflow's own, as a process on loopback."""
    root = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{root / 'mlflow.db'}", "--artifacts-destination", str(root / "kept")]
    with (root / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=root, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, server, root / "log")
        yield address
    finally:
        os.killpg(server.pid, 15)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.3)
    raise AssertionError(f"the server did not come up: {log.read_text()}")


@pytest.fixture(scope="session")
def server_store(server_address: str, tmp_path_factory: pytest.TempPathFactory) -> Store:
    ids = log_with_mlflow(server_address, None)
    root = tmp_path_factory.mktemp("client")
    return Store(lambda: open_source(f"mlflow:{server_address}", root), None, ids)


@pytest.fixture
def file_copy(file_store: Store, tmp_path: Path) -> Path:
    """A copy of MLflow's file store to be damaged: the folder that holds `mlruns`."""
    assert file_store.folder
    shutil.copytree(file_store.folder, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def database_copy(sqlite_store: Store, tmp_path: Path) -> Path:
    """A copy of MLflow's database to be damaged."""
    assert sqlite_store.folder
    (tmp_path / "copy").mkdir()
    return Path(shutil.copy2(sqlite_store.folder / "mlflow.db", tmp_path / "copy" / "mlflow.db"))
