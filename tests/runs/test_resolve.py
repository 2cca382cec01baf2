"""`pr.runs`: live, and inside a build; over run folders that the logger really wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.errors import ConfigError, PressrunWarning, QueryError, SourceError
from pressrun.facts import QUERY_MIME, query_id
from pressrun.project import Project
from pressrun.records import Status
from pressrun.runs.pins import BUILD_ENV, Context, Mode, Pin, PinnedQuery, current_queries, load_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.runs.runset import RunSet


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv(BUILD_ENV, raising=False)
    (tmp_path / "pressrun.toml").write_text('sources = ["runs/"]\n')
    (tmp_path / "papers" / "one").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "papers" / "one")
    return Project.find()


def record(project: Project, name: str, accuracy: float = 0.9, folder: str = "runs", **config: Any) -> str:
    with pr.start_run(name=name, config=config, folder=project.root / folder, resources=False) as run:
        run.log({"val/acc": accuracy - 0.1}, step=0)
        run.log({"val/acc": accuracy}, step=1)
        run.summary["test/acc"] = accuracy
    return run.id


def test_runs_are_found_from_a_papers_folder_in_the_projects_own_sources(project: Project) -> None:
    record(project, "svm", 0.98, model="svm", seed=1)
    record(project, "logreg", 0.91, model="logreg", seed=1)
    runs = pr.runs(where="config.model == 'svm' and summary['test/acc'] > 0.9")
    assert [run.name for run in runs] == ["svm"]
    assert runs.matched == 1
    assert runs.queries == (query_id(["runs/"], "config.model == 'svm' and summary['test/acc'] > 0.9"),)
    assert runs.history("val/acc")["value"].tolist() == [0.98 - 0.1, 0.98]
    assert (project.root / ".pressrun" / "index.sqlite").is_file()
    assert not (project.root / "papers" / "one" / ".pressrun").exists()


def test_a_query_that_finds_nothing_warns_once_and_is_an_empty_set(project: Project) -> None:
    record(project, "svm", model="svm")
    with pytest.warns(PressrunWarning, match="did you mean config.model") as said:
        runs = pr.runs("runs/", where="config.modle == 'svm'")
    assert len(said) == 1
    assert said[0].filename == __file__
    assert len(runs) == 0
    assert "no run has config.modle" in runs.problems[0].reason


def test_a_wrong_expression_is_refused_before_any_source_is_read() -> None:
    with pytest.raises(QueryError):
        pr.runs("not/there", where="config.x = 1")
    with pytest.raises(SourceError):
        pr.runs("not/there")


def test_the_same_mtime_and_size_with_other_content_is_noticed(project: Project) -> None:
    run_id = record(project, "svm", 0.91)
    events = project.root / "runs" / run_id / "events.jsonl"
    settle(project)
    assert pr.runs()[0].summary["test/acc"] == 0.91
    before = events.stat()
    events.write_text(events.read_text().replace("0.91", "0.19"))
    os.utime(events, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (events.stat().st_size, events.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert pr.runs()[0].summary["test/acc"] == 0.19
    settle(project)
    assert pr.runs()[0].summary["test/acc"] == 0.19


def test_a_touched_run_is_the_same_run(project: Project) -> None:
    run_id = record(project, "svm")
    settle(project)
    before = pr.runs()
    os.utime(project.root / "runs" / run_id / "events.jsonl")
    assert pr.runs() == before
    assert pr.runs()[0].digest == before[0].digest


def settle(project: Project) -> None:
    """Wait until a source trusts the times of its files."""
    pr.runs()
    time.sleep(2.1)


def test_an_unchanged_run_is_not_read_again(project: Project) -> None:
    run_id = record(project, "svm", 0.5)
    settle(project)
    pr.runs()
    probe = (
        "import pressrun.sources.run_folder as f, pressrun.sources.folder as g, pressrun as pr\n"
        "def refuse(*a): raise AssertionError('read again')\n"
        "g.read_run_folder = refuse\n"
        "print(pr.runs()[0].summary['test/acc'], pr.runs().history('val/acc')['value'].tolist())\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "0.5 [0.4, 0.5]\n", (run_id, done.stderr)


def test_a_state_folder_that_cannot_be_written_warns_and_reads_anyway(project: Project) -> None:
    record(project, "svm", 0.9)
    (project.root / ".pressrun").write_text("in the way")
    with pytest.warns(PressrunWarning, match="without an index"):
        runs = pr.runs()
    assert runs.history("val/acc")["value"].tolist() == [0.8, 0.9]
    record(project, "more")
    assert len(pr.runs()) == 2


def test_two_sources_that_disagree_about_a_run_are_kept_apart_and_named(project: Project) -> None:
    run_id = record(project, "svm", 0.91)
    shutil.copytree(project.root / "runs", project.root / "copy")
    same = pr.runs("runs/", "copy/")
    assert len(same) == 1
    assert "same in runs/" in same.problems[0].reason
    events = project.root / "copy" / run_id / "events.jsonl"
    events.write_text(events.read_text().replace("0.91", "0.92"))
    both = pr.runs("runs/", "copy/")
    assert [(run.source, run.summary["test/acc"]) for run in both] == [("runs/", 0.91), ("copy/", 0.92)]
    assert [series.values[-1] for series in both.histories.series(both.runs, "val/acc")] == [0.91, 0.92]
    conflict = both.problems[0]
    assert run_id in conflict.where
    assert "runs/ and copy/ disagree" in conflict.reason


def test_records_and_folders_make_one_set(project: Project) -> None:
    record(project, "svm", 0.9)
    runs = pr.runs("runs/", [{"name": "theirs", "summary": {"test/acc": 0.8}}], [{"name": "third"}])
    assert [run.name for run in runs] == ["svm", "theirs", "third"]
    assert [run.source for run in runs] == ["runs/", "memory:", "memory:2"]
    assert runs.queries == (query_id(["runs/"], ""),)
    assert pr.runs([{"name": "only"}]).queries == ()


def test_problems_of_runs_and_sources_are_named_every_time(project: Project) -> None:
    run_id = record(project, "svm", 0.9)
    with (project.root / "runs" / run_id / "events.jsonl").open("a") as file:
        file.write("no json\n")
    (project.root / "runs" / "torn").mkdir()
    (project.root / "runs" / "torn" / "run.json").write_text("{")
    settle(project)
    for _ in range(2):
        places = " ".join(problem.where for problem in pr.runs().problems)
        assert "torn" in places
        assert "events.jsonl" in places


# Inside a build.


@pytest.fixture
def build(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def enter(mode: Mode, *queries: PinnedQuery) -> None:
        path = project.root / "context.json"
        Context.of(mode, project.root, queries).write(path)
        monkeypatch.setenv(BUILD_ENV, str(path))

    return enter


def pinned(runs: RunSet, where: str = "") -> PinnedQuery:
    return PinnedQuery(query_id(["runs/"], where), ("runs/",), where, tuple(Pin.of(run) for run in runs))


@pytest.mark.parametrize("mode", [Mode.KEEP, Mode.FROZEN])
def test_a_pinned_query_answers_with_its_pins_whatever_is_there_now(
    project: Project, build: Callable[..., None], mode: Mode
) -> None:
    record(project, "a", 0.91)
    record(project, "b", 0.92)
    lock = pinned(pr.runs("runs/"))
    record(project, "c", 0.93)
    build(mode, lock)
    assert [run.name for run in pr.runs("runs/")] == [pin.name for pin in lock.runs]
    assert len(pr.runs("runs/", where="summary['test/acc'] > 0")) == 3


@pytest.mark.parametrize("mode", [Mode.UPDATE, Mode.LIVE])
def test_an_update_answers_with_what_is_there_now(project: Project, build: Callable[..., None], mode: Mode) -> None:
    record(project, "a")
    lock = pinned(pr.runs("runs/"))
    record(project, "b")
    build(mode, lock)
    assert len(pr.runs("runs/")) == 2


def test_a_pinned_run_that_is_gone_stays_as_a_deleted_run_without_numbers(
    project: Project, build: Callable[..., None]
) -> None:
    first, second = record(project, "a", 0.91), record(project, "b", 0.92)
    lock = pinned(pr.runs("runs/"))
    shutil.rmtree(project.root / "runs" / first)
    build(Mode.KEEP, lock)
    runs = pr.runs("runs/")
    assert {run.id for run in runs} == {first, second}
    gone = runs[first]
    assert gone.status is Status.DELETED
    assert gone.name == "a"
    assert gone.digest == next(pin.digest for pin in lock.runs if pin.id == first)
    assert not gone.summary
    assert len(runs.series(gone, "val/acc")) == 0
    assert [number for run, number in runs.summaries("test/acc") if run is gone] == [None]
    assert any("no longer has this run" in problem.reason for problem in runs.problems)
    assert runs.best("test/acc").id == second


def test_a_pinned_run_that_changed_comes_as_it_is_now_with_its_new_digest(
    project: Project, build: Callable[..., None]
) -> None:
    run_id = record(project, "a", 0.91)
    lock = pinned(pr.runs("runs/"))
    events = project.root / "runs" / run_id / "events.jsonl"
    events.write_text(events.read_text().replace("0.91", "0.19"))
    build(Mode.KEEP, lock)
    (run,) = pr.runs("runs/")
    assert run.summary["test/acc"] == 0.19
    assert run.digest != lock.runs[0].digest


def test_a_build_says_doubts_in_the_problems_and_not_on_the_page(project: Project, build: Callable[..., None]) -> None:
    record(project, "a", 0.91)
    build(Mode.UPDATE)
    runs = pr.runs("runs/", where="config.modle == 1")
    assert "no run has config.modle" in runs.problems[0].reason
    assert "no run has config.x" in pr.runs("runs/").where("config.x == 1").problems[0].reason


def test_records_are_not_pinned(project: Project, build: Callable[..., None]) -> None:
    record(project, "a", 0.91)
    lock = pinned(pr.runs("runs/"))
    build(Mode.KEEP, lock)
    assert [run.name for run in pr.runs("runs/", [{"name": "r"}])] == ["a", "r"]


def test_a_build_whose_context_is_gone_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (None, "", "{}", "[]", '{"mode": "odd", "root": "/", "queries": []}'):
        path = project.root / "context.json"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        monkeypatch.setenv(BUILD_ENV, str(path))
        with pytest.raises(ConfigError, match="context cannot be read"):
            pr.runs("runs/")


def test_a_context_is_read_as_it_was_written(project: Project, build: Callable[..., None]) -> None:
    query = PinnedQuery("q-1", ("runs/",), "config.x == 'é'", (Pin("i", "runs/", "sha256:1", "n\ud800"),))
    build(Mode.FROZEN, query)
    assert load_context() == Context(Mode.FROZEN, project.root, {"q-1": query})
    assert PinnedQuery.from_json(json.loads(json.dumps(query.to_json()))) == query


def test_current_queries_say_what_pins_would_answer_now(project: Project) -> None:
    record(project, "a", 0.91, model="svm")
    where = "config.model == 'svm'"
    lock = pinned(pr.runs("runs/", where=where), where)
    record(project, "b", 0.92, model="svm")
    record(project, "c", 0.93, model="other")
    answer = current_queries(project, [lock])
    assert [cite.name for cite in answer[lock.id]] == ["a", "b"]
    assert answer[lock.id][0].digest == lock.runs[0].digest


KERNEL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from IPython.utils.capture import capture_output
with capture_output() as captured:
    shell.run_cell("import pressrun as pr; found = pr.runs('runs/'); pr.runs([{'name': 'r'}])")
print(json.dumps([output.data for output in captured.outputs]))
"""


def test_a_cell_of_a_build_leaves_its_query_and_answer_and_a_cell_of_a_session_does_not(
    project: Project, build: Callable[..., None]
) -> None:
    run_id = record(project, "a", 0.91)
    lock = pinned(pr.runs("runs/"))

    def outputs() -> list[dict[str, Any]]:
        done = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, check=True)
        found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return found

    assert outputs() == []
    build(Mode.KEEP, lock)
    (bundle,) = outputs()
    assert set(bundle) == {QUERY_MIME, "text/plain"}
    assert bundle["text/plain"] == ""
    fact = bundle[QUERY_MIME]
    assert fact["id"] == lock.id
    assert fact["locked"] is True
    assert fact["sources"] == ["runs/"]
    assert [run["id"] for run in fact["runs"]] == [run_id]
    assert fact["runs"][0]["digest"] == lock.runs[0].digest


# Faults of the index's file.

LIMITED = """
import resource, signal, sys, warnings
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
import pressrun as pr
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    runs = pr.runs()
print(len(runs), sum(len(runs.series(run, "val/acc")) for run in runs), len(said), said[0].message)
"""


def test_a_full_disk_costs_the_index_and_no_answer(project: Project) -> None:
    for number in range(3):
        with pr.start_run(name=f"r{number}", folder=project.root / "runs", resources=False) as run:
            for step in range(2000):
                run.log({"val/acc": 1 / (step + 1)}, step=step)
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("3 6000 1 "), done
    assert "without an index" in done.stdout
    assert len(pr.runs().history("val/acc")) == 6000


def test_an_index_that_another_process_holds_is_not_waited_for_forever(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from pressrun.runs import index_file

    record(project, "a", 0.9)
    pr.runs()
    record(project, "b", 0.9)
    holder = sqlite3.connect(project.state_folder / "index.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(index_file, "PATIENCE", 0.2)
    with pytest.warns(PressrunWarning, match="locked"):
        runs = pr.runs()
    holder.close()
    assert [run.name for run in runs] == ["a", "b"]
    assert len(runs.history("val/acc")) == 4
