"""A project whose runs are elsewhere gets them by naming what lies near."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.errors import ConfigError
from pressrun.project import Project
from pressrun.recording.active import start_run
from pressrun.server.naming_sources import add_sources
from pressrun.server.schemas import check
from pressrun.sources.nearby import nearby_sources

if TYPE_CHECKING:
    from pathlib import Path


def record(folder: Path) -> None:
    with start_run(name="svm", config={"model": "svm"}, folder=folder, resources=False) as run:
        run.summary["test/acc"] = 0.97


def file_store(folder: Path) -> None:
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default\n")


async def test_runs_that_lie_elsewhere_become_the_projects_by_one_request(jp_root_dir: Path, jp_fetch: Any) -> None:
    record(jp_root_dir / "work" / "experiments")
    file_store(jp_root_dir / "mlruns")
    (jp_root_dir / "mlflow.db").write_bytes(b"")
    (jp_root_dir / "optuna.db").write_bytes(b"")
    near = json.loads((await jp_fetch("pressrun", "api", "sources")).body)
    assert check(near, "project#Nearby") == ""
    assert near["sources"] == ["mlflow:sqlite:///mlflow.db", "mlflow:mlruns", "work/experiments/"]

    body = json.dumps({"add": ["work/experiments/"]})
    left = json.loads((await jp_fetch("pressrun", "api", "sources", method="POST", body=body)).body)
    assert left["sources"] == ["mlflow:sqlite:///mlflow.db", "mlflow:mlruns"]
    assert Project.find(jp_root_dir).sources == ("work/experiments/",)
    # A first reading that takes long is answered as such, and asked about again.
    ask = json.dumps({"where": "", "sort": [], "columns": [], "offset": 0, "limit": 10})
    table: dict[str, Any] = {"reading": True}
    while table["reading"]:
        table = json.loads((await jp_fetch("pressrun", "api", "runs", "table", method="POST", body=ask)).body)
    assert [row["name"] for row in table["rows"]] == ["svm"]
    assert table["problems"] == []


async def test_only_what_lies_near_can_be_named(jp_root_dir: Path, jp_fetch: Any) -> None:
    body = json.dumps({"add": ["../elsewhere/"]})
    answer = await jp_fetch("pressrun", "api", "sources", method="POST", body=body, raise_error=False)
    assert answer.code == 422
    assert "no source lies there" in answer.body.decode()
    assert not (jp_root_dir / "pressrun.toml").exists()


def test_other_lines_of_a_configuration_stay(tmp_path: Path) -> None:
    record(tmp_path / "runs")
    record(tmp_path / "old [2025]")
    config = tmp_path / "pressrun.toml"
    config.write_text('title = "A"  # ours\nsources = ["runs/", "gone/"]\n\n[metrics.acc]\ndirection = "max"\n')
    add_sources(Project.find(tmp_path), ["old [2025]/"])
    assert config.read_text() == (
        'title = "A"  # ours\nsources = ["runs/", "old [2025]/"]\n\n[metrics.acc]\ndirection = "max"\n'
    )
    config.write_text('title = "A"\n')
    add_sources(Project.find(tmp_path), ["old [2025]/"])
    assert config.read_text() == 'sources = ["runs/", "old [2025]/"]\ntitle = "A"\n'


def test_what_cannot_be_changed_safely_is_left_to_its_author(tmp_path: Path) -> None:
    record(tmp_path / "old")
    config = tmp_path / "pressrun.toml"
    config.write_text('sources = [\n  # the first\n  "runs/",\n]\n')
    with pytest.raises(ConfigError, match="cannot be changed") as error:
        add_sources(Project.find(tmp_path), ["old/"])
    assert '"old/"' in error.value.hint
    assert config.read_text() == 'sources = [\n  # the first\n  "runs/",\n]\n'


def test_what_is_no_source_is_not_offered(tmp_path: Path) -> None:
    record(tmp_path / ".hidden")
    record(tmp_path / "node_modules" / "runs")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    record(outside)
    (tmp_path / "link").symlink_to(outside)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    record(tmp_path / "a" / "b" / "c" / "deep")
    assert nearby_sources(tmp_path) == ()
