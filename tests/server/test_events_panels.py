"""Panels and cites as they are heard of while runs go on: what is told is what the cell would show if it ran again."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.streams import opened, training

from pressrun.facts import to_json
from pressrun.panels.curves import curves
from pressrun.panels.table import table
from pressrun.project import Project
from pressrun.recording.active import start_run
from pressrun.runs.resolve import resolve
from pressrun.server.runs import panel_topic
from pressrun.server.runs.registers import Registers

if TYPE_CHECKING:
    from tests.conftest import Study

    from pressrun.panels.base import Panel
    from pressrun.runs.runset import RunSet


def find(project: Study, where: str = "") -> RunSet:
    return resolve((), where, project=Project.find(project.root))


def saved(panel: Panel) -> dict[str, Any]:
    """Give a panel's fact as a notebook's file has it."""
    fact: dict[str, Any] = json.loads(json.dumps(panel.fact_json()))
    return fact


def shown(fact: dict[str, Any]) -> dict[str, Any]:
    """Give what a fact shows: all but how it was asked for."""
    view = {key: value for key, value in fact["view"].items() if key != "call"}
    return {**fact, "view": view}


def log_curve(project: Study, name: str, points: int, *, finish: bool = True, **config: Any) -> Any:
    run = start_run(name=name, config=config, folder=project.root / "runs", resources=False)
    for step in range(points):
        run.log({"loss": 1 / (step + 1)}, step=step)
    if finish:
        run.finish()
    return run


async def test_curves_grow_while_the_script_trains(project: Study, jp_ws_fetch: Any) -> None:
    log_curve(project, "done", 3)
    with training(project.root) as script:
        script.log()
        await asyncio.sleep(1)
        fact = saved(curves(find(project), "loss"))
        delays = []
        async with opened(jp_ws_fetch) as stream:
            await stream.subscribe("f", "panel", fact=fact)
            for step in range(1, 5):
                logged = script.log()
                message = await stream.next("f", partial(_reaches, step))
                delays.append(time.time() - logged)
                assert (message["running"], message["changed"], message["reason"]) == (1, True, "")
            assert script.tell("end") == "finished"
            ended = await stream.next("f", lambda message: message["running"] == 0)
        print("seconds from log to panel:", [round(delay, 2) for delay in delays])
        assert sorted(delays)[len(delays) // 2] < 10
        assert shown(ended["fact"]) == shown(saved(curves(find(project), "loss")))


async def test_a_computation_that_had_to_wait_does_not_keep_the_next_points_out_of_sight(
    project: Study, jp_ws_fetch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = panel_topic.Shown.now
    waits = iter([2.0, 2.0])

    def slowly(*args: Any) -> Any:
        # As on a machine that is busy with something else.
        time.sleep(next(waits, 0.0))
        return compute(*args)

    monkeypatch.setattr(panel_topic.Shown, "now", slowly)
    with training(project.root) as script:
        script.log()
        await asyncio.sleep(1)
        async with opened(jp_ws_fetch) as stream:
            await stream.subscribe("f", "panel", fact=saved(curves(find(project), "loss")))
            for step in (1, 2):
                script.log()
                await stream.next("f", partial(_reaches, step))
            script.log()
            # Were the waiting its cost, the next one would be made after five times as long.
            async with asyncio.timeout(panel_topic._SHARE * 2.0 - 2.0):
                await stream.next("f", partial(_reaches, 3))


async def test_a_panel_whose_runs_are_as_they_were_says_nothing(project: Study, jp_ws_fetch: Any) -> None:
    log_curve(project, "a", 5, model="svm")
    log_curve(project, "b", 5, model="logreg")
    crashed = start_run(name="c", folder=project.root / "runs", resources=False)
    crashed.log({"loss": 1.0})
    crashed.finish("failed")
    facts = {
        "lines": saved(curves(find(project), "loss", smooth=0.5)),
        "groups": saved(curves(find(project), "loss", group="config.model", baseline="svm", title="T")),
        "grouped": saved(curves(find(project).group_by("config.model"), "loss", include="failed")),
        "rows": saved(table(find(project, "config.model == 'svm'"), ["loss", "config.model"], sort="loss")),
    }
    async with opened(jp_ws_fetch) as stream:
        for name, fact in facts.items():
            await stream.subscribe(name, "panel", fact=fact)
        await stream.subscribe("runs", "runs")
        await stream.next("runs", lambda message: message["reading"] is None)
        # One more run, of which the panels with a query tell: each was looked at, and nothing else was said.
        log_curve(project, "d", 5, model="svm")
        for name, fact in facts.items():
            message = await stream.next(name)
            assert (message["more"], message["changed"]) == (1, False), name
            assert shown(message["fact"]) == shown(fact)


async def test_runs_that_were_left_out_while_they_ran_come_in_once_they_have_finished(
    project: Study, jp_ws_fetch: Any
) -> None:
    project.record("a", 0.5, model="svm", seed=1)
    running = start_run(name="b", config={"model": "svm", "seed": 2}, folder=project.root / "runs", resources=False)
    fact = saved(table(find(project), ["test/acc"], group="config.model"))
    assert len(fact["runs"]) == 1
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("t", "panel", fact=fact)
        await asyncio.sleep(1)
        running.summary["test/acc"] = 0.7
        running.finish()
        message = await stream.next("t", lambda message: len(message["fact"]["runs"]) == 2)
    assert shown(message["fact"]) == shown(saved(table(find(project), ["test/acc"], group="config.model")))


async def test_a_run_that_goes_is_shown_as_it_was_last_and_said_to_be_gone(project: Study, jp_ws_fetch: Any) -> None:
    log_curve(project, "a", 5)
    gone = log_curve(project, "b", 4)
    fact = saved(curves(find(project), "loss"))
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("f", "panel", fact=fact)
        await stream.subscribe("runs", "runs")
        await stream.next("runs", lambda message: message["reading"] is None)
        shutil.rmtree(project.root / "runs" / gone.id)
        message = await stream.next("f")
    assert message["gone"] == 1
    assert message["fact"]["frame"] == fact["frame"]
    assert {cite["id"]: cite["status"] for cite in message["fact"]["runs"]}[gone.id] == "deleted"
    assert "gone from its source" in message["fact"]["disclosure"]["text"]


async def test_a_run_that_had_gone_before_leaves_the_panel_as_the_cell_made_it(
    project: Study, jp_ws_fetch: Any
) -> None:
    log_curve(project, "a", 5)
    gone = log_curve(project, "b", 4)
    fact = saved(curves(find(project), "loss"))
    shutil.rmtree(project.root / "runs" / gone.id)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("f", "panel", fact=fact)
        message = await stream.next("f")
    assert message["fact"]["frame"] == fact["frame"]
    assert (message["gone"], message["reason"]) == (1, "1 of its runs had gone before anybody looked")


async def test_a_fact_of_an_earlier_version_is_followed_by_what_it_shows(project: Study, jp_ws_fetch: Any) -> None:
    run = log_curve(project, "a", 3, model="svm", finish=False)
    log_curve(project, "b", 3, model="svm")
    await asyncio.sleep(1)
    facts = {
        "groups": saved(curves(find(project), "loss", group="config.model")),
        "lines": saved(curves(find(project), "loss")),
        "rows": saved(table(find(project), ["loss"], include="running")),
    }
    for fact in facts.values():
        del fact["view"]["call"]
    async with opened(jp_ws_fetch) as stream:
        for name, fact in facts.items():
            await stream.subscribe(name, "panel", fact=fact)
        await asyncio.sleep(1)
        run.log({"loss": 0.0}, step=9)
        for name in ("groups", "lines"):
            message = await stream.next(name, lambda message: 9 in message["fact"]["frame"]["x"])
            labels = [group["label"] for group in message["fact"]["view"]["groups"]]
            assert labels == [group["label"] for group in facts[name]["view"]["groups"]]
        await stream.next("rows", lambda message: 0.0 in message["fact"]["frame"]["loss"])
    run.finish()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda fact: {},
        lambda fact: {**fact, "view": {"call": {}}},
        lambda fact: {**fact, "runs": [1]},
        lambda fact: {**fact, "view": {**fact["view"], "call": {**fact["view"]["call"], "runs": [[99, "x"]]}}},
        lambda fact: {**fact, "view": {**fact["view"], "call": {**fact["view"]["call"], "sources": ["/etc"]}}},
    ],
)
async def test_a_fact_that_is_none_ends_the_subscription_with_the_reason(
    project: Study, jp_ws_fetch: Any, spoil: Any
) -> None:
    log_curve(project, "a", 3)
    fact = spoil(saved(curves(find(project), "loss")))
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("f", "panel", fact=fact)
        message = await stream.next("f")
        assert message["type"] == "error"
        assert "in pressrun itself" not in message["error"]["what"]


async def test_cited_runs_are_current_changed_running_or_gone(project: Study, jp_ws_fetch: Any) -> None:
    from pressrun.facts import RunCite

    project.record("a", 0.5)
    gone = project.record("b", 0.6)
    live = start_run(name="c", folder=project.root / "runs", resources=False)
    cites = [to_json(RunCite.of(run)) for run in find(project)]
    ask = [{key: cite[key] for key in ("source", "id", "digest")} for cite in cites]
    ask += [{"source": "memory:", "id": "x", "digest": "d"}, {"source": "/etc", "id": "x", "digest": "d"}]
    names = {cite["id"]: cite["name"] for cite in cites} | {"x": "x"}
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=ask)
        first = await stream.next("c")
        assert [(names[s["id"]], s["state"]) for s in first["states"]] == [
            ("a", "current"), ("b", "current"), ("c", "running"), ("x", "current"), ("x", "unknown"),
        ]  # fmt: skip
        shutil.rmtree(project.root / "runs" / gone)
        said = await stream.next("c")
        assert [(names[s["id"]], s["state"]) for s in said["states"]] == [("b", "gone")]
        live.finish()
        said = await stream.next("c")
        assert [(names[s["id"]], s["state"]) for s in said["states"]] == [("c", "changed")]


async def test_cites_of_many_sources_leave_the_registers_of_tables_alone(
    project: Study, jp_ws_fetch: Any, jp_fetch: Any, jp_serverapp: Any
) -> None:
    project.record("a", 0.5)
    ask = {"where": "", "sort": [], "columns": [], "offset": 0, "limit": 1}
    await jp_fetch("pressrun", "api", "runs", "table", method="POST", body=json.dumps(ask))
    registers = Registers.of(jp_serverapp.web_app.settings)
    of_tables = registers.get(Project.find(project.root))
    cites = [{"source": f"runs{n}/", "id": "x", "digest": "d"} for n in range(20)]
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("c", "cites", cites=cites)
        assert {said["state"] for said in (await stream.next("c"))["states"]} == {"unreadable"}
    assert registers.get(Project.find(project.root)) is of_tables


def _reaches(step: int, message: dict[str, Any]) -> bool:
    return bool(max(message["fact"]["frame"]["x"]) >= step)
