"""What is heard of the runs behind values and claims: what became of those cited, and which others match since."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.streams import Stream, opened

import pressrun as pr
from pressrun.errors import PressrunWarning
from pressrun.facts import to_json
from pressrun.project import Project
from pressrun.runs.annotations import annotate
from pressrun.runs.resolve import resolve
from pressrun.server.runs.register import Register

if TYPE_CHECKING:
    from tests.conftest import Study

    from pressrun.runs.runset import RunSet


def find(project: Study, where: str = "") -> RunSet:
    return resolve((), where, project=Project.find(project.root))


def question(runs: RunSet, first: int = 0) -> dict[str, Any]:
    """Ask as the extension does for a value over some runs, whose cites begin at some place."""
    fact = json.loads(json.dumps(to_json(pr.value(runs, "test/acc").fact)))
    return {**fact["asked"], "cites": list(range(first, first + len(fact["runs"])))}


def cited(runs: RunSet) -> list[dict[str, str]]:
    return [{"source": run.source, "id": run.id, "digest": run.digest} for run in runs]


async def answer(stream: Stream, name: str = "c") -> list[tuple[int, int, int, list[str]]]:
    """Give the answers of the next message that has any which is not that all is as it was."""
    message = await stream.next(name, lambda message: any(a["more"] or a["fewer"] for a in message.get("answers", ())))
    return [(each["question"], each["more"], each["fewer"], each["came"]) for each in message["answers"]]


async def test_runs_that_match_since_are_counted_for_each_query_by_itself(project: Study, jp_ws_fetch: Any) -> None:
    project.record("a", 0.5, model="svm")
    other = project.record("b", 0.6, model="logreg")
    svm, low = find(project, "config.model == 'svm'"), find(project, "summary['test/acc'] < 0.55")
    ask = {"cites": cited(svm), "questions": [question(svm), question(low)]}
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", **ask)
        first = await stream.next("c")
        assert ([each["state"] for each in first["states"]], first["answers"]) == (["current"], [])
        project.record("new", 0.9, model="svm")
        assert await answer(stream) == [(0, 1, 0, ["new"])]
        project.record("low", 0.1, model="svm")
        assert await answer(stream) == [(0, 2, 0, ["low", "new"]), (1, 1, 0, ["low"])]
        shutil.rmtree(project.root / "runs" / other)
        project.record("mlp", 0.2, model="mlp")
        assert await answer(stream) == [(1, 2, 0, ["low", "mlp"])]
        await stream.subscribe("late", "cites", **ask)
        assert await answer(stream, "late") == [(0, 2, 0, ["low", "new"]), (1, 2, 0, ["low", "mlp"])]


async def test_a_query_that_found_nothing_says_when_it_finds_something(project: Study, jp_ws_fetch: Any) -> None:
    project.record("a", 0.5, model="svm")
    with pytest.warns(PressrunWarning):
        none = find(project, "config.model == 'mlp'")
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=[], questions=[question(none)])
        assert (await stream.next("c"))["states"] == []
        project.record("m", 0.5, model="mlp")
        assert await answer(stream) == [(0, 1, 0, ["m"])]


async def test_a_run_that_is_there_and_no_longer_matches_is_no_part_of_the_answer(
    project: Study, jp_ws_fetch: Any
) -> None:
    run = project.record("a", 0.5)
    project.record("b", 0.5)
    with pytest.warns(PressrunWarning, match="no run has"):
        untagged = find(project, "tags.skip == None")
    assert len(untagged) == 2
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=cited(untagged), questions=[question(untagged)])
        await stream.next("c")
        annotate(Project.find(project.root), [each for each in untagged if each.id == run], {"skip": "yes"})
        assert await answer(stream) == [(0, 0, 1, [])]
        # A run that goes is said to be gone, and not twice.
        shutil.rmtree(project.root / "runs" / run)
        message = await stream.next("c", lambda message: bool(message["states"]))
        assert [each["state"] for each in message["states"]] == ["gone"]
        settled = await stream.next("c", lambda message: bool(message["answers"]))
        assert settled["answers"] == [{"question": 0, "more": 0, "fewer": 0, "came": []}]


@pytest.mark.parametrize(
    "spoil",
    [{"where": "config.x ="}, {"sources": ["/etc"]}, {"sources": ["mlflow:http://somewhere"]}, {"where": "(" * 5000}],
)
async def test_a_question_that_cannot_be_asked_spoils_no_other(
    project: Study, jp_ws_fetch: Any, spoil: dict[str, Any]
) -> None:
    project.record("a", 0.5)
    runs = find(project)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=cited(runs), questions=[{**question(runs), **spoil}, question(runs)])
        assert [each["state"] for each in (await stream.next("c"))["states"]] == ["current"]
        project.record("b", 0.5)
        assert await answer(stream) == [(1, 1, 0, ["b"])]


async def test_a_question_about_runs_that_are_not_cited_is_refused(project: Study, jp_ws_fetch: Any) -> None:
    project.record("a", 0.5)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=[], questions=[question(find(project))])
        assert (await stream.next("c"))["type"] == "error"


_REWRITING = """
import os, sys, time
from pathlib import Path
files = [(path, path.read_bytes()) for path in Path(sys.argv[1]).glob("*/*.json*")]
print("begun", flush=True)
while True:
    for path, data in files:
        if sys.argv[2] == "replace":
            beside = path.with_name(path.name + ".new")
            beside.write_bytes(data)
            os.replace(beside, path)
            continue
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            time.sleep(0.01)
            file.write(data[len(data) // 2 :])
    time.sleep(0.01)
"""


@pytest.mark.parametrize("way", ["replace", "truncate"])
async def test_a_run_whose_files_are_being_written_again_is_never_said_to_be_gone(
    project: Study, jp_ws_fetch: Any, way: str
) -> None:
    for name in "abc":
        project.record(name, 0.5)
    runs = find(project)
    register = Register(Project.find(project.root), ("runs/",))
    register.now()
    ask = {"cites": cited(runs), "questions": [question(runs)]}
    line = [sys.executable, "-c", _REWRITING, str(project.root / "runs"), way]
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", **ask)
        await stream.next("c", lambda message: {each["state"] for each in message["states"]} == {"current"})
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as writer:
            try:
                assert writer.stdout is not None
                assert writer.stdout.readline() == "begun\n"
                for _ in range(40):
                    assert len(register.look(sweep=True).runs) == 3
                    await asyncio.sleep(0.02)
                await stream.subscribe("later", "cites", **ask)
                first = await stream.next("later")
                assert "gone" not in {each["state"] for each in first["states"]}
            finally:
                writer.kill()
        # What was said meanwhile stands before what is said of a run that comes.
        project.record("d", 0.5)
        said = [message for message in stream.waiting if message["id"] == "c"]
        assert await answer(stream) == [(0, 1, 0, ["d"])]
        assert "gone" not in {each["state"] for message in said for each in message.get("states", ())}


async def test_a_run_that_stays_unreadable_is_said_to_be_so_and_not_gone(
    project: Study, jp_ws_fetch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressrun.server.runs.standing._PATIENCE", 0.0)
    broken = project.record("a", 0.5)
    project.record("b", 0.5)
    runs = find(project)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=cited(runs))
        await stream.next("c")
        path = project.root / "runs" / broken / "run.json"
        whole = path.read_bytes()
        path.write_bytes(whole[:20])
        said = await stream.next("c")
        assert [(each["id"], each["state"]) for each in said["states"]] == [(broken, "unreadable")]
        path.write_bytes(whole)
        said = await stream.next("c")
        assert [(each["id"], each["state"]) for each in said["states"]] == [(broken, "current")]
        shutil.move(project.root / "runs", project.root / "elsewhere")
        said = await stream.next("c", lambda message: len(message["states"]) == 2)
        assert {each["state"] for each in said["states"]} == {"unreadable"}
