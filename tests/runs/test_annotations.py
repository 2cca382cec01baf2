"""What authors say of runs, beside the runs: a file that merges, survives, and is never written over when damaged."""

from __future__ import annotations

import json
import multiprocessing
from typing import TYPE_CHECKING

import pytest

from pressrun.errors import ConfigError
from pressrun.project import Project
from pressrun.records import Run, Status
from pressrun.runs.annotations import NAME, Annotations, annotate, source_name

if TYPE_CHECKING:
    from pathlib import Path


def run(name: str = "a", source: str = "runs/", **tags: str) -> Run:
    return Run(name, name, source, Status.FINISHED, tags=tags, digest="sha256:0")


def seen(project: Project, *runs: Run) -> list[tuple[dict[str, str], str]]:
    return [(dict(each.tags), each.note) for each in Annotations.load(project).over(runs)]


def test_tags_lie_over_the_run_s_own(tmp_path: Path) -> None:
    project = Project(tmp_path)
    annotate(project, [run(study="1", kept="k")], {"study": "2", "new": "n"}, "a note")
    assert seen(project, run(study="1", kept="k"), run("b")) == [
        ({"study": "2", "kept": "k", "new": "n"}, "a note"),
        ({}, ""),
    ]


def test_the_file_is_sorted_and_holds_what_was_said_and_no_more(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for name in ("b", "a"):
        annotate(project, [run(name)], {"z": "1", "ä": "2"})
    assert (tmp_path / NAME).read_text("utf-8") == (
        '{\n  "format": 1,\n  "runs": {\n    "runs": {\n'
        '      "a": {\n        "tags": {\n          "z": "1",\n          "ä": "2"\n        }\n      },\n'
        '      "b": {\n        "tags": {\n          "z": "1",\n          "ä": "2"\n        }\n      }\n    }\n  }\n}\n'
    )
    annotate(project, [run("a"), run("b")], {"z": None, "ä": None}, "")
    assert json.loads((tmp_path / NAME).read_text("utf-8")) == {"format": 1, "runs": {}}


def test_what_is_not_known_here_is_kept(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text('{"format": 1, "other": [1], "runs": {"runs": {"a": {"stars": 3}, "b": {"note": "n"}}}}')
    annotate(Project(tmp_path), [run("a")], {"t": "1"})
    assert json.loads(path.read_text()) == {
        "format": 1,
        "other": [1],
        "runs": {"runs": {"a": {"stars": 3, "tags": {"t": "1"}}, "b": {"note": "n"}}},
    }


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"runs": {}}', '{"format": 2}', '{"format": 1, "format": 1}', "NaN", "[" * 100_000]
)
def test_a_file_that_cannot_be_read_is_named_and_never_written_over(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    project = Project(tmp_path)
    found = Annotations.load(project)
    assert [problem.where for problem in found.problems] == [str(tmp_path / NAME)]
    assert found.over([run(own="1")]) == [run(own="1")]
    with pytest.raises(ConfigError):
        annotate(project, [run()], {"a": "b"})
    assert (tmp_path / NAME).read_text() == text


def test_an_entry_that_is_none_is_set_aside_and_the_others_count(tmp_path: Path) -> None:
    entries = {"a": 3, "b": {"tags": []}, "c": {"tags": {"n": 1, "t": "x"}}, "d": {"note": 4}}
    (tmp_path / NAME).write_text(json.dumps({"format": 1, "runs": {"runs": entries, "odd": 1}}))
    found = Annotations.load(Project(tmp_path))
    assert [dict(each.tags) for each in found.over([run("c")])] == [{"t": "x"}]
    assert len(found.problems) == 5


def test_a_source_has_one_name_however_it_is_spelt(tmp_path: Path) -> None:
    for url in ("runs", "runs/", "./runs", "runs:runs", str(tmp_path / "runs")):
        assert source_name(url, tmp_path) == "runs"
    for url in ("mlflow:mlruns", "mlflow:./mlruns/", "mlflow:file:mlruns"):
        assert source_name(url, tmp_path) == "mlflow:mlruns"
    for url in ("mlflow:sqlite:///m.db", f"mlflow:sqlite:///{tmp_path}/m.db", "mlflow:m.db"):
        assert source_name(url, tmp_path) == "mlflow:m.db"
    assert source_name("mlflow:http://host:1/", tmp_path) == "mlflow:http://host:1"
    assert source_name("memory:", tmp_path) == "memory:"


def _annotate_many(root: Path, name: str) -> None:
    for number in range(20):
        annotate(Project(root), [run(f"{name}-{number}")], {"by": name})


def test_programs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_annotate_many, args=(tmp_path, name)) for name in ("x", "y")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(Annotations.load(Project(tmp_path)).entries["runs"]) == 40


def test_a_disk_that_takes_nothing_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    project = Project(tmp_path)
    annotate(project, [run()], {"a": "1"})
    before = (tmp_path / NAME).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        annotate(project, [run()], {"a": "2"})
    assert (tmp_path / NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".annot")] == []
