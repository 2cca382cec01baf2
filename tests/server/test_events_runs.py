"""Runs as they are heard of while they run: what comes, changes and goes, and each point soon after it was logged."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

from tests.server.streams import opened, training

from pressrun.server.runs.keys import make_key

if TYPE_CHECKING:
    from tests.conftest import Study


async def test_the_first_message_says_no_more_than_how_things_stand(project: Study, jp_ws_fetch: Any) -> None:
    project.record("a", 0.9)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("s", "runs")
        first = await stream.next("s", lambda message: message["reading"] is None)
        assert (first["added"], first["changed"], first["removed"], first["running"]) == ([], [], [], 0)


async def test_runs_that_come_change_and_go_are_named(project: Study, jp_ws_fetch: Any, jp_fetch: Any) -> None:
    first = project.record("a", 0.9)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("s", "runs")
        before = await stream.next("s", lambda message: message["reading"] is None)
        key = make_key("runs/", project.record("b", 0.8))
        came = await stream.next("s")
        assert came["added"] == [key]
        assert came["revision"] != before["revision"]
        shutil.rmtree(project.root / "runs" / first)
        gone = await stream.next("s", lambda message: bool(message["removed"]))
        assert gone["removed"] == [make_key("runs/", first)]


async def test_each_point_arrives_soon_after_it_was_logged(
    project: Study, jp_ws_fetch: Any, record_property: Any
) -> None:
    delays = []
    with training(project.root) as script:
        key = make_key("runs/", script.id)
        async with opened(jp_ws_fetch) as stream:
            await stream.subscribe("p", "points", keys=[key], metrics=["loss"])
            first = await stream.next("p")
            assert (first["series"], first["statuses"]) == ([], {key: "running"})
            for step in range(5):
                logged = script.log()
                message = await stream.next("p", lambda message: bool(message["series"]))
                delays.append(time.time() - logged)
                (series,) = message["series"]
                assert (series["step"], series["value"], series["whole"]) == ([step], [1 / (step + 1)], False)
            assert script.tell("end") == "finished"
            ended = await stream.next("p", lambda message: bool(message["statuses"]))
            assert ended["statuses"] == {key: "finished"}
    record_property("seconds", delays)
    print("seconds from log to message:", [round(delay, 2) for delay in delays])
    assert sorted(delays)[len(delays) // 2] < 10


async def test_a_killed_script_shows_as_killed(project: Study, jp_ws_fetch: Any) -> None:
    with training(project.root) as script:
        key = make_key("runs/", script.id)
        async with opened(jp_ws_fetch) as stream:
            await stream.subscribe("s", "runs")
            assert (await stream.next("s", lambda message: message["reading"] is None))["running"] == 1
            script.log()
            await stream.next("s", lambda message: message["changed"] == [key])
            script.process.kill()
            script.process.wait()
            killed = time.time()
            gone = await stream.next("s", lambda message: message["running"] == 0)
            print("seconds from kill to message:", round(time.time() - killed, 2))
            assert gone["changed"] == [key]
            await stream.subscribe("p", "points", keys=[key], metrics=["loss"])
            assert (await stream.next("p"))["statuses"] == {key: "killed"}


async def test_a_metric_that_goes_back_to_earlier_steps_is_told_whole(project: Study, jp_ws_fetch: Any) -> None:
    from pressrun.recording.active import start_run

    with start_run(name="a", folder=project.root / "runs", resources=False) as run:
        run.log({"loss": 3.0}, step=10)
        run.summary["x"] = 1
        key = make_key("runs/", run.id)
        async with opened(jp_ws_fetch) as stream:
            await stream.subscribe("p", "points", keys=[key], metrics=["loss"])
            await stream.next("p")
            run.log({"loss": 4.0}, step=5)
            seen: list[int] = []
            while seen != [5, 10]:
                message = await stream.next("p", lambda message: bool(message["series"]))
                seen = message["series"][0]["step"]
            assert message["series"][0]["whole"] is True


async def test_what_the_project_names_as_its_sources_may_change_meanwhile(project: Study, jp_ws_fetch: Any) -> None:
    project.record("a", 0.9)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("s", "runs")
        await stream.next("s", lambda message: message["reading"] is None)
        (project.root / "runs").rename(project.root / "other")
        (project.root / "pressrun.toml").write_text('sources = ["other/"]\n')
        moved = await stream.next("s", lambda message: bool(message["added"]))
        assert [key.partition("@")[2] for key in moved["added"]] == ["other/"]


async def test_nothing_is_watched_once_nobody_listens(project: Study, jp_ws_fetch: Any, jp_serverapp: Any) -> None:
    import asyncio

    project.record("a", 0.9)
    registers = jp_serverapp.extension_manager.extension_apps["pressrun.server"].pop().settings["pressrun_registers"]
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("s", "runs")
        await stream.subscribe("t", "runs")
        await stream.next("s", lambda message: message["reading"] is None)
        await stream.next("t", lambda message: message["reading"] is None)
        (watch,) = registers._watches.values()
        assert watch.is_awake
        await stream.unsubscribe("s")
        await stream.unsubscribe("t")
        async with asyncio.timeout(10):
            while watch.is_awake or watch._task is not None:
                await asyncio.sleep(0.05)
