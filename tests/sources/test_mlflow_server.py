"""A tracking server: read as MLflow's client reads it, and what goes wrong said without secrets and in time."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from tests.sources.stores import assert_says_what_the_client_says, log_everything_mlflow_has, mlflow_client, refs_of

from pressrun.errors import ArtifactError, SourceError, SourceNotFoundError
from pressrun.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestRealServer:
    pytestmark = pytest.mark.slow

    def test_is_read_as_mlflow_reads_it(self, server_address: str, tmp_path: Path) -> None:
        ids = log_everything_mlflow_has(server_address, None)
        source = open_source(f"mlflow:{server_address}", tmp_path)
        client = mlflow_client(server_address)
        assert set(ids.values()) <= {ref.id for ref in refs_of(source)[0]}
        for run_id in ids.values():
            assert_says_what_the_client_says(source.read(run_id), client)
        (artifact,) = source.read(ids["rich"]).run.artifacts
        assert source.artifact(ids["rich"], artifact.path).read_text() == "hello"

    def test_reading_changes_nothing_on_the_server(self, server_address: str, tmp_path: Path) -> None:
        client = mlflow_client(server_address)
        run_id = client.create_run("0", run_name="untouched").info.run_id
        client.log_metric(run_id, "acc", 0.5, step=1)
        before = [dict(client.get_run(run_id).info), client.get_run(run_id).data.to_dictionary()]
        experiments = [e.experiment_id for e in client.search_experiments()]
        open_source(f"mlflow:{server_address}", tmp_path).read(run_id)
        assert [dict(client.get_run(run_id).info), client.get_run(run_id).data.to_dictionary()] == before
        assert [e.experiment_id for e in client.search_experiments()] == experiments

    def test_a_run_that_goes_on_has_no_stamp(self, server_address: str, tmp_path: Path) -> None:
        client = mlflow_client(server_address)
        run_id = client.create_run("0").info.run_id
        source = open_source(f"mlflow:{server_address}", tmp_path)
        assert {ref.id: ref.stamp for ref in refs_of(source)[0]}[run_id] == ""
        client.set_terminated(run_id)
        over = {ref.id: ref.stamp for ref in refs_of(source)[0]}[run_id]
        client.log_metric(run_id, "acc", 0.5)
        assert over
        assert {ref.id: ref.stamp for ref in refs_of(source)[0]}[run_id] not in ("", over)

    def test_an_unknown_run_is_not_found(self, server_address: str, tmp_path: Path) -> None:
        source = open_source(f"mlflow:{server_address}", tmp_path)
        with pytest.raises(SourceNotFoundError):
            source.read("0" * 32)
        with pytest.raises(ArtifactError):
            source.artifact("0" * 32, "a.txt")


class Refusing(http.server.BaseHTTPRequestHandler):
    """A server that refuses everybody, and repeats the credentials that it was sent."""

    def do_POST(self) -> None:
        self.send_response(401)
        self.end_headers()
        self.wfile.write(f"no entry for {self.headers.get('Authorization')}".encode())

    do_GET = do_POST  # noqa: N815 - the handler's own name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def refusing() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_refusal_is_an_error_without_the_token(
    refusing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret-token")
    with pytest.raises(SourceError, match="refused") as caught:
        refs_of(open_source(f"mlflow:{refusing}", tmp_path))
    assert "s3cret-token" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_is_down_is_named_soon(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(SourceError, match="cannot be reached"):
        refs_of(open_source("mlflow:http://127.0.0.1:9", tmp_path))
    assert time.monotonic() - started < 20


def test_without_mlflow_the_extra_is_named(tmp_path: Path) -> None:
    code = """
import sys, pathlib
sys.modules["mlflow"] = None
from pressrun.errors import SourceError
from pressrun.sources import open_source
try:
    list(open_source("mlflow:http://127.0.0.1:9", pathlib.Path(".")).refs())
except SourceError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'pressrun[mlflow]'" in answer.stdout
