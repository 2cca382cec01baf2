"""Disks that are full, sources that vanish, files that are none: the server says so, and goes on once repaired."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.browser.lab import TOKEN, _await, _end, _free_port, surroundings
from tests.server.streams import PATIENCE, opened

from pressrun.sources.run_folder import MOST_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

_EXTENSIONS = {"pressrun.server": True, "jupyter_server_ydoc": False, "jupyter_server_fileid": False}
_ROWS = {"where": "", "sort": [], "columns": [], "offset": 0, "limit": 20}


async def table(jp_fetch: Any) -> dict[str, Any]:
    """Give the table of runs, as soon as they have been read."""
    async with asyncio.timeout(PATIENCE * 2):
        while True:
            answer = await jp_fetch("pressrun", "api", "runs", "table", method="POST", body=json.dumps(_ROWS))
            found: dict[str, Any] = json.loads(answer.body)
            if found["reading"] is None:
                return found
            await asyncio.sleep(0.1)


async def test_pipes_and_devices_in_run_folders_hold_nobody_up(project: Study, jp_fetch: Any) -> None:
    ids = [project.record(name, 0.5) for name in ("a", "b")]
    runs = project.root / "runs"
    os.mkfifo(runs / ids[0] / "artifacts" / "pipe")
    for name in ("events.jsonl", "provenance.json"):
        (runs / ids[1] / name).unlink(missing_ok=True)
        os.mkfifo(runs / ids[1] / name)
    for name, make in (("pipe", os.mkfifo), ("device", lambda path: path.symlink_to("/dev/zero"))):
        (runs / name).mkdir()
        make(runs / name / "run.json")
    found = await table(jp_fetch)
    assert {row["id"] for row in found["rows"]} == set(ids)
    told = str(found["problems"])
    assert str(runs / "pipe") in told
    assert str(runs / "device") in told


async def test_a_run_with_countless_files_holds_up_no_other(project: Study, jp_fetch: Any) -> None:
    crowded, other = project.record("crowded", 0.5), project.record("other", 0.6)
    for number in range(MOST_FILES + 2):
        os.mknod(project.root / "runs" / crowded / "artifacts" / f"f{number}")
    found = await table(jp_fetch)
    assert {row["id"] for row in found["rows"]} == {crowded, other}
    answer = await jp_fetch("pressrun", "api", "runs", "run", params={"key": f"{crowded}@runs/"})
    details = json.loads(answer.body)
    assert details["artifacts"] == []
    assert f"more than {MOST_FILES:,} files" in str(details["problems"])


async def test_a_share_that_goes_and_comes_back_is_followed_through_both(
    project: Study, jp_fetch: Any, jp_ws_fetch: Any
) -> None:
    ids = {project.record(name, 0.5) for name in ("a", "b")}
    runs, away = project.root / "runs", project.root / "away"
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("r", "runs")
        await stream.next("r", lambda message: message["reading"] is None)
        runs.rename(away)
        await stream.next("r", lambda message: len(message["removed"]) == 2)
        found = await table(jp_fetch)
        assert "no such folder" in str(found["problems"])
        away.rename(runs)
        await stream.next("r", lambda message: len(message["added"]) == 2)
        found = await table(jp_fetch)
        assert {row["id"] for row in found["rows"]} == ids
        assert found["problems"] == []


async def test_an_index_that_is_damaged_while_it_is_open_is_made_again(
    project: Study, jp_fetch: Any, jp_ws_fetch: Any
) -> None:
    project.record("a", 0.5)
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("r", "runs")
        await stream.next("r", lambda message: message["reading"] is None)
        (project.root / ".pressrun" / "index.sqlite").write_bytes(b"no database" * 1000)
        project.record("b", 0.6)
        await stream.next("r", lambda message: len(message["added"]) == 1)
        assert {row["name"] for row in (await table(jp_fetch))["rows"]} == {"a", "b"}


async def test_a_configuration_that_was_broken_is_asked_for_again(project: Study, jp_ws_fetch: Any) -> None:
    project.paper("md:# A paper")
    config = project.root / "pressrun.toml"
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("p", "paper", paper="demo")
        await stream.next("p")
        config.write_text("[")
        said = await stream.next("p")
        assert (said["type"], said["error"]["hint"]) == ("error", "correct the TOML")
        config.write_text('title = "Repaired"\n')
        await stream.subscribe("p", "paper", paper="demo")
        assert (await stream.next("p"))["type"] == "paper"


_SERVER = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from jupyter_server.serverapp import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
main()
"""


def test_a_full_disk_is_told_once_and_damages_nothing(study: Study, tmp_path_factory: Any) -> None:
    run = study.record("a", 0.5)
    said = {"format": 1, "runs": {"runs": {run: {"note": "kept " * 4000}}}}
    annotations = study.root / "annotations.json"
    annotations.write_text(json.dumps(said))
    study.paper("md:# A paper")
    scratch: Path = tmp_path_factory.mktemp("server")
    port, log = _free_port(), scratch / "log"
    line = [
        sys.executable, "-c", _SERVER, "16000", f"--ServerApp.root_dir={study.root}", f"--ServerApp.port={port}",
        f"--IdentityProvider.token={TOKEN}", "--no-browser", "--allow-root",
        f"--ServerApp.jpserver_extensions={_EXTENSIONS}", "--ServerApp.log_level=WARN",
    ]  # fmt: skip
    read, write = os.pipe()
    process = subprocess.Popen(line, env=surroundings(scratch), stdout=write, stderr=write, start_new_session=True)
    os.close(write)
    try:
        url = f"http://127.0.0.1:{port}"
        log.write_text("")
        _await(process, f"{url}/api?token={TOKEN}", log)

        def ask(path: str, body: object) -> tuple[int, dict[str, Any]]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
            connection.request("POST", f"/pressrun/api/{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            found = json.loads(answer.read())
            connection.close()
            return answer.status, found

        began = time.monotonic()
        while (found := ask("runs/table", _ROWS)[1])["reading"] is not None:
            assert time.monotonic() - began < PATIENCE * 2
        # The index had no room: runs are read without it.
        assert [row["id"] for row in found["rows"]] == [run]
        before = annotations.read_bytes()
        for _ in range(20):
            status, answer = ask("runs/annotate", {"keys": [f"{run}@runs/"], "tags": {"a": "b"}})
            assert (status, answer["error"]["hint"]) == (422, "grant access to it, or make room")
        assert annotations.read_bytes() == before
        assert not list(study.root.glob(".annotations*"))
        # A preview is made in memory.
        notebook = json.loads((study.root / "papers" / "demo" / "paper.ipynb").read_text())
        assert ask("papers/demo/preview", {"notebook": notebook})[0] == 200
    finally:
        _end(process)
    told = os.read(read, 1 << 20).decode()
    os.close(read)
    assert TOKEN not in told
    assert "Traceback" not in told, told
    # One line of a fault, however often it is met.
    faults = [line for line in told.splitlines() if "cannot be" in line or "failed" in line]
    assert len(faults) <= 2, told
