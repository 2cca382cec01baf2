"""Builds that JupyterLab asks for: processes of their own, followed, cancelled, killed, and ended with the server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Study

    Job = dict[str, Any]
    Ask = Callable[..., Awaitable[Job]]

#: Says who its kernel is, and sleeps for a time that no other test does.
SLEEPS = "import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(61.25)"


@pytest.fixture
def build(jp_fetch: Any) -> Ask:
    """Ask about the build of the paper "demo", and check the answer against its schema."""

    async def build(method: str = "GET", **asked: Any) -> Job:
        sent = {"body": json.dumps(asked)} if method == "POST" else {}
        response = await jp_fetch("pressrun", "api", "papers", "demo", "build", method=method, **sent)
        answer = json.loads(response.body)
        assert check(answer, "papers#BuildJob" if method == "POST" else "papers#Job") == ""
        return answer if method == "POST" else answer["job"]  # type: ignore[no-any-return]

    return build


async def followed(jp_ws_fetch: Any) -> Callable[[], Awaitable[Job]]:
    """Subscribe to the build of the paper "demo"; gives its messages, checked, one at a time."""
    socket = await jp_ws_fetch("pressrun", "api", "events")
    await socket.write_message(json.dumps({"subscribe": "b", "topic": "build", "paper": "demo"}))

    async def message() -> Job:
        got: Job = json.loads(await asyncio.wait_for(socket.read_message(), 60))
        assert check(got, "papers#LogMessage" if got["type"] == "log" else "papers#BuildMessage") == ""
        return got

    return message


async def ended(build: Ask, seconds: float = 60) -> Job:
    """Wait for the end of the build."""
    deadline = time.monotonic() + seconds
    while (job := await build())["phase"] in {"queued", "running"}:
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.1)
    return job


async def kernel_of(paper: Path) -> psutil.Process:
    """Wait until a cell of a paper runs, and give its kernel."""
    begun = paper.parent / "begun"
    deadline = time.monotonic() + 60
    while not (begun.exists() and begun.read_text()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    return psutil.Process(int(begun.read_text()))


def is_gone(process: psutil.Process, seconds: float = 15) -> bool:
    psutil.wait_procs([process], timeout=seconds)
    return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)


def builders(project: Study) -> list[psutil.Process]:
    """Give the builders of a project's paper."""
    notebook = str(project.root / "papers" / "demo" / "paper.ipynb")
    return [p for p in psutil.process_iter(["cmdline"]) if notebook in (p.info["cmdline"] or ())]


async def test_a_build_is_followed_cell_by_cell_to_its_publication(
    project: Study, build: Ask, jp_ws_fetch: Any
) -> None:
    project.record("a", 0.9)
    project.paper("md:# One", "#| label: fit\nimport time\ntime.sleep(0.6)", "1 + 1\ntime.sleep(0.6)")
    watch = await followed(jp_ws_fetch)
    assert (await watch())["job"] is None
    began = await build("POST", formats=["html", "ipynb"])
    assert began["phase"] == "queued"
    jobs: list[Job] = []
    lines: list[str] = []
    while not jobs or jobs[-1]["phase"] in {"queued", "running"} or len(lines) < len(jobs[-1]["log"]):
        message = await watch()
        if message["type"] == "log":
            lines += message["lines"]
        else:
            jobs.append(message["job"])
    assert {job["id"] for job in jobs} == {began["id"]}
    assert next(job["cell"]["name"] for job in jobs if job["cell"]) == "fit"
    assert {(job["number"], job["total"]) for job in jobs if job["cell"]} >= {(2, 3), (3, 3)}
    steps = list(dict.fromkeys(job["step"] for job in jobs))
    assert "executing" in steps
    assert steps[-1] == ""
    last = jobs[-1]
    assert (last["outcome"], last["version"], last["error"], last["edited"]) == ("published", 1, None, False)
    assert [(cell["id"], cell["outcome"]) for cell in last["cells"]] == [
        ("c0", "text"), ("c1", "executed"), ("c2", "executed"),
    ]  # fmt: skip
    assert [[reason["kind"] for reason in cell["reasons"]] for cell in last["cells"]] == [[], ["new"], ["new"]]
    assert last["started"] < last["ended"]
    assert (project.root / "site" / "demo" / "paper.ipynb").exists()
    assert lines == last["log"]


async def test_a_failed_cell_is_the_papers_state_until_it_is_corrected(
    project: Study, build: Ask, jp_fetch: Any
) -> None:
    path = project.paper("a = 1", "1 / 0")
    await build("POST")
    job = await ended(build)
    assert (job["phase"], job["outcome"]) == ("failed", "failed")
    assert "ZeroDivisionError" in job["error"]["what"]
    assert "c1" in job["error"]["where"]
    assert job["cells"][-1]["outcome"] == "failed"

    async def state() -> Job:
        return json.loads((await jp_fetch("pressrun", "api", "papers", "demo")).body)  # type: ignore[no-any-return]

    found = await state()
    assert (found["state"], found["error"]) == ("failed", job["error"])
    path.write_text(path.read_text().replace("1 / 0", "1 / 1"))
    assert (await state())["state"] == "unpublished"


@pytest.mark.slow
async def test_a_cancelled_build_leaves_no_process_and_the_old_publication(project: Study, build: Ask) -> None:
    project.paper("1 + 1")
    project.built()
    path = project.paper(SLEEPS)
    before = project.publication
    await build("POST")
    kernel = await kernel_of(path)
    assert (await build())["phase"] == "running"
    job = await build("DELETE")
    assert (job["phase"], job["error"]) == ("cancelled", None)
    assert is_gone(kernel)
    assert builders(project) == []
    assert project.publication == before
    assert list((project.root / ".pressrun" / "scratch").iterdir()) == []


@pytest.mark.slow
async def test_a_builder_that_does_not_listen_is_killed_with_its_kernel(
    project: Study, build: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressrun.server.builds.PATIENCE", 0.5)
    path = project.paper(SLEEPS)
    await build("POST")
    kernel = await kernel_of(path)
    (builder,) = builders(project)
    # A stopped process takes no SIGTERM.
    os.kill(builder.pid, signal.SIGSTOP)
    job = await build("DELETE")
    assert job["phase"] == "cancelled"
    assert is_gone(builder)
    assert is_gone(kernel, 0)
    assert list((project.root / ".pressrun" / "scratch").iterdir()) == []


@pytest.mark.slow
async def test_a_killed_builder_is_a_failed_build_in_words_and_the_next_one_works(project: Study, build: Ask) -> None:
    path = project.paper(SLEEPS)
    await build("POST")
    kernel = await kernel_of(path)
    (builder,) = builders(project)
    builder.kill()
    job = await ended(build)
    assert job["phase"] == "failed"
    assert "SIGKILL" in job["error"]["what"]
    assert job["error"]["hint"]
    assert is_gone(kernel, 0)
    project.paper("1 + 1")
    await build("POST")
    assert (await ended(build))["outcome"] == "published"


@pytest.mark.slow
async def test_asking_twice_joins_the_build_and_asking_after_an_edit_builds_again(project: Study, build: Ask) -> None:
    path = project.paper("import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(2)")
    first = await build("POST")
    await kernel_of(path)
    joined = await build("POST")
    assert joined["id"] == first["id"]
    assert "joined" in joined["log"][-1]
    path.write_text(path.read_text().replace("sleep(2)", "sleep(1)"))
    second = await build("POST")
    assert second["phase"] == "queued"
    assert "waiting" in second["log"][-1]
    assert (await build("POST"))["id"] == second["id"]
    while (job := await build())["id"] == first["id"]:
        await asyncio.sleep(0.1)
    assert job["id"] == second["id"]
    job = await ended(build)
    assert (job["id"], job["outcome"], job["version"], job["edited"]) == (second["id"], "published", 2, False)
    assert "sleep(1)" in path.read_text()


@pytest.mark.slow
async def test_the_same_inputs_are_built_once_whoever_asks_and_whenever(project: Study, build: Ask) -> None:
    path = project.paper("import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(2)")
    first = await build("POST", inputs="of one save")
    await kernel_of(path)
    assert (await build("POST", inputs="of one save"))["id"] == first["id"]
    # Newer saves while it is at work are one more build, after it.
    for sleep, inputs in (("1", "of another save"), ("0.5", "of the last save"), ("0.5", "of the last save")):
        path.write_text(path.read_text().replace("sleep(2)", "sleep(1)").replace("sleep(1)", f"sleep({sleep})"))
        second = await build("POST", inputs=inputs)
        assert second["phase"] == "queued"
    assert (await build())["id"] == first["id"]
    while (await build())["id"] == first["id"]:
        await asyncio.sleep(0.1)
    job = await ended(build)
    assert (job["id"], job["version"], job["request"]) == (second["id"], 2, {"inputs": "of the last save"})
    # Another window noticed the save later on.
    assert (await build("POST", inputs="of the last save"))["id"] == second["id"]
    # Who asks by hand is not answered with what has ended.
    assert (await build("POST"))["id"] != second["id"]
    assert (await ended(build))["outcome"] == "current"


@pytest.mark.slow
async def test_an_edit_during_the_build_survives_and_is_said(project: Study, build: Ask) -> None:
    path = project.paper("import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(1.5)")
    await build("POST")
    await kernel_of(path)
    edited = path.read_text().replace("sleep(1.5)", "sleep(1.6)")
    path.write_text(edited)
    job = await ended(build)
    assert (job["outcome"], job["edited"]) == ("published", True)
    assert any("notebook: was edited" in line for line in job["log"])
    assert path.read_text() == edited


@pytest.mark.slow
async def test_a_build_in_a_terminal_is_seen_and_waited_for(project: Study, build: Ask) -> None:
    path = project.paper("import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(2)")
    terminal = project.start("build", "demo")
    await kernel_of(path)
    seen = await build()
    assert (seen["phase"], seen["here"]) == ("running", False)
    with pytest.raises(Exception, match="422"):
        await build("DELETE")
    asked = await build("POST")
    assert asked["here"] is True
    assert await asyncio.to_thread(terminal.wait, 60) == 0
    job = await ended(build)
    assert any("waiting" in line for line in job["log"])
    assert (job["outcome"], job["version"]) == ("current", 1)
    terminal.communicate()


@pytest.mark.slow
async def test_only_an_update_takes_new_runs_in(project: Study, build: Ask) -> None:
    project.record("a", 0.9)
    project.paper("import pressrun as pr\nvalue = pr.value(pr.runs('runs/'), 'test/acc')", "md:`{python} value`")
    await build("POST")
    await ended(build)
    project.record("b", 0.5)
    await build("POST")
    assert (await ended(build))["outcome"] == "current"
    await build("POST", update=True)
    job = await ended(build)
    assert (job["outcome"], job["version"]) == ("published", 2)
    assert any("value" in change for change in job["changes"])
    await build("POST", frozen=True, force=True)
    assert (await ended(build))["phase"] == "done"


@pytest.mark.slow
async def test_a_site_that_cannot_be_written_fails_in_words_and_loses_nothing(project: Study, build: Ask) -> None:
    path = project.paper("1 + 1")
    before = path.read_bytes()
    (project.root / "site").write_text("in the way")
    await build("POST")
    job = await ended(build)
    assert job["phase"] == "failed"
    assert "site" in job["error"]["where"]
    assert job["error"]["hint"]
    assert path.read_bytes() == before


@pytest.mark.slow
async def test_the_loop_answers_while_a_cell_keeps_a_core_busy(project: Study, build: Ask, jp_fetch: Any) -> None:
    path = project.paper(
        "import os, time\nopen('begun', 'w').write(str(os.getpid()))\n"
        "end = time.time() + 5\nwhile time.time() < end:\n    pass"
    )
    await build("POST")
    await kernel_of(path)
    slowest = 0.0
    while (await build())["phase"] == "running":
        began = time.monotonic()
        await jp_fetch("pressrun", "api", "project")
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    # A loop that waited for the cell would answer after its five seconds.
    assert slowest < 4


async def test_builds_end_with_the_server(project: Study, build: Ask, jp_serverapp: Any) -> None:
    path = project.paper(SLEEPS)
    await build("POST")
    kernel = await kernel_of(path)
    await jp_serverapp.extension_manager.stop_all_extensions()
    assert is_gone(kernel, 0)
    assert builders(project) == []
