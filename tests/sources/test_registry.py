"""Which source a URL opens, and what is said where there is none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pressrun.errors import SourceError, SourceFormatError
from pressrun.records import RunSource
from pressrun.sources import open_source
from pressrun.sources.registry import SOURCES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("runs/", "FolderSource"),
        ("runs", "FolderSource"),
        ("./a:b", "FolderSource"),
        ("runs:other", "FolderSource"),
        ("C:\\runs", "FolderSource"),
        ("mlflow:mlruns", "MlflowFiles"),
        ("MLflow:mlruns", "MlflowFiles"),
        ("mlflow:file:///x/mlruns", "MlflowFiles"),
        ("mlflow:sqlite:///mlflow.db", "MlflowSQLite"),
        ("mlflow:http://localhost:5000", "MlflowServer"),
        ("mlflow:https://mlflow.example.org/base", "MlflowServer"),
    ],
)
def test_a_url_opens_its_source(tmp_path: Path, url: str, name: str) -> None:
    source = open_source(url, tmp_path)
    assert type(source).__name__ == name
    assert isinstance(source, RunSource)
    assert source.url == url


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("tensorflow:logs", "mlflow:sqlite:///PATH"),
        ("http://localhost:5000", "mlflow:http://localhost:5000"),
        ("sqlite:///mlflow.db", "mlflow:sqlite:///mlflow.db"),
        ("mlflow:postgresql://host/db", "tracking server"),
        ("mlflow:databricks://profile", "tracking server"),
        ("memory:", "pr.runs(["),
        ("odd:name", "./odd:name"),
    ],
)
def test_an_unknown_scheme_is_answered_with_a_way_on(tmp_path: Path, url: str, hint: str) -> None:
    (tmp_path / "odd:name").mkdir()
    with pytest.raises(SourceError) as caught:
        open_source(url, tmp_path)
    assert hint in caught.value.hint
    assert url in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mlflow:http://ada:s3cret@host:5000",
        "mlflow:https://host/?token=s3cret",
        "mlflow:postgresql://ada:s3cret@host/db",
        "postgresql://ada:s3cret@host/db",
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(url, tmp_path)
    assert "s3cret" not in str(caught.value)


def test_an_mlflow_store_is_no_folder_of_runs(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default\n")
    with pytest.raises(SourceFormatError, match="write mlflow:mlruns/"):
        open_source("mlruns/", tmp_path)
    (tmp_path / "mlflow.db").write_bytes(b"")
    with pytest.raises(SourceFormatError, match=r"write mlflow:sqlite:///mlflow\.db"):
        open_source("mlflow.db", tmp_path)


def test_relative_paths_are_taken_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / "mlruns").mkdir(parents=True)
    monkeypatch.chdir("/")
    assert list(open_source("mlflow:mlruns", tmp_path / "project").refs()) == []


def test_every_scheme_leads_to_a_class_that_is_there() -> None:
    for module, name in SOURCES.values():
        assert hasattr(__import__(module, fromlist=[name]), name)


def test_opening_a_folder_of_runs_loads_nothing_heavy() -> None:
    code = "import sys, pathlib; from pressrun.sources import open_source; open_source('runs/', pathlib.Path('.'))"
    code += "; print(sorted({'numpy', 'pandas', 'yaml', 'mlflow', 'sqlite3'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
