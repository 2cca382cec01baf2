"""Kills, full disks and crowds: what was written stays, and is told for what it is."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pressrun import Status, start_run
from pressrun.errors import PressrunWarning
from pressrun.recording.identity import Process
from pressrun.recording.layout import SILENCE_SECONDS
from pressrun.recording.liveness import status_of_open
from pressrun.recording.writer import EventWriter
from pressrun.records import RunRef
from pressrun.sources.folder import FolderSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.records import Recorded

ENDLESS = """
import sys, itertools, time, pressrun
run = pressrun.start_run("endless", {"seed": 1}, folder=sys.argv[1])
print("started", flush=True)
for step in itertools.count():
    run.log({"loss": 1 / (1 + step), "acc": 0.5}, step=step)
    if len(sys.argv) > 2: time.sleep(float(sys.argv[2]))
"""


def start_endless(runs: Path, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(runs), *arguments], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    process.stdout.close()
    return process


def wait_for_points(runs: Path, count: int) -> None:
    """Wait until so many runs have points on disk."""
    deadline = time.monotonic() + 60
    while sum(b"loss" in journal.read_bytes() for journal in runs.glob("*/events.jsonl")) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def settled(source: FolderSource) -> RunRef:
    """Wait until the only run is the same for some seconds: on a busy machine what is known of it comes late."""
    deadline, last = time.monotonic() + 60, None
    while time.monotonic() < deadline:
        (ref,) = source.refs()
        if isinstance(ref, RunRef) and ref == last:
            return ref
        last = ref
        time.sleep(2.5)
    raise AssertionError("its stamp never stays")


def test_a_run_killed_at_any_moment_is_killed_with_its_points_intact(
    runs: Path, read_all: Callable[[], list[Recorded]]
) -> None:
    moments = random.Random(7)
    for number in range(12):
        process = start_endless(runs, *(["0.001"] if number % 2 else []))
        if number >= 4:
            wait_for_points(runs, number - 3)
        time.sleep(moments.uniform(0.0, 0.9))
        process.send_signal(signal.SIGKILL)
        process.wait()
    recorded = read_all()
    assert len(recorded) == 12
    for each in recorded:
        assert each.run.status is Status.KILLED
        assert each.run.ended is None
        for series in each.history.values():
            assert series.steps.tolist() == list(range(len(series)))
    assert sum(bool(each.history) for each in recorded) >= 8


def test_at_most_a_second_is_lost(runs: Path, read_one: Callable[[], Recorded]) -> None:
    process = start_endless(runs, "0.01")
    time.sleep(2.0)
    process.kill()
    process.wait()
    ended = time.time()
    recorded = read_one()
    assert ended - recorded.history["loss"].times[-1] < 1.0


def test_while_it_lives_it_runs_and_the_stamp_tells_when_it_does_not(runs: Path) -> None:
    process = start_endless(runs, "1000")
    source = FolderSource("runs", runs.parent)
    try:
        # The resource samples come and go; only what is part of the run may change its stamp.
        alive = settled(source)
        assert source.read(alive.id).run.status is Status.RUNNING
    finally:
        process.kill()
        process.wait()
    (dead,) = source.refs()
    assert isinstance(dead, RunRef)
    assert dead.stamp != alive.stamp
    assert source.read(dead.id).run.status is Status.KILLED


def test_a_pid_that_was_given_to_another_process_is_not_the_run() -> None:
    me = Process.current()
    assert me.is_alive() is True
    reborn = {"process": {**me.to_json(), "born": "1"}}
    assert status_of_open(reborn, time.time()) is Status.KILLED


@pytest.mark.parametrize(
    ("silent", "status"), [(SILENCE_SECONDS - 60, Status.RUNNING), (SILENCE_SECONDS + 1, Status.KILLED)]
)
def test_on_another_host_silence_decides(silent: float, status: Status) -> None:
    elsewhere = {"process": {"pid": 1, "born": "1", "host": "other", "place": "other boot pid:[1]"}}
    assert status_of_open(elsewhere, last_heard=1000.0, now=1000.0 + silent) is status


def test_a_silent_run_still_shows_that_it_lives(
    runs: Path, read_one: Callable[[], Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressrun.recording.pulse.HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr("pressrun.recording.pulse.FLUSH_SECONDS", 0.05)
    with start_run(folder=runs) as run:
        time.sleep(0.8)
        alive = (run.folder / "events.jsonl").read_text().count('"alive"')
    assert 2 <= alive <= 9
    assert read_one().run.problems == ()


def test_a_run_that_names_no_process_is_unknown() -> None:
    for words in ({}, {"process": None}, {"process": {"pid": "1"}}):
        assert status_of_open(words, time.time()) is Status.UNKNOWN


def test_eight_processes_record_fifty_runs_at_once(runs: Path, read_all: Callable[[], list[Recorded]]) -> None:
    script = (
        "import sys, pressrun\n"
        "for number in range(int(sys.argv[2])):\n"
        "    with pressrun.start_run('crowd', {'n': number}, folder=sys.argv[1], resources=False) as run:\n"
        "        for step in range(20): run.log({'a': float(step)}, step=step)\n"
    )
    shares = [7, 7, 6, 6, 6, 6, 6, 6]
    crowd = [subprocess.Popen([sys.executable, "-c", script, str(runs), str(share)]) for share in shares]
    assert [process.wait() for process in crowd] == [0] * 8
    recorded = read_all()
    assert len(recorded) == 50
    assert {each.run.status for each in recorded} == {Status.FINISHED}
    assert {tuple(each.history["a"].values) for each in recorded} == {tuple(float(s) for s in range(20))}
    assert not [path for path in runs.iterdir() if path.name.startswith(".")]


def test_ids_never_collide(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaaaa", "aaaaaa", "aaaaaa", "bbbbbb"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(drawn))
    monkeypatch.setattr("time.strftime", lambda *_: "20260101-000000")
    first, second = (start_run("same", folder=runs, resources=False) for _ in range(2))
    first.finish()
    second.finish()
    assert first.id == "20260101-000000-same-aaaaaa"
    assert second.id == "20260101-000000-same-bbbbbb"


class FullDisk:
    """A file descriptor's write that takes a few bytes, then none, until there is room again."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.write = os.write

    def __call__(self, descriptor: int, data: bytes) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = data[: self.room]
        self.room -= len(part)
        return self.write(descriptor, part)


@pytest.mark.parametrize("room", [0, 1, 30, 65, 100, 200])
def test_points_wait_for_a_full_disk_to_have_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    disk = FullDisk(room)
    monkeypatch.setattr(os, "write", disk)
    for step in range(5):
        writer.point(step, 1.0, {"a": float(step)})
    assert writer.flush() is False
    disk.room = 10**9
    writer.point(5, 1.0, {"a": 5.0})
    assert writer.close() is True
    steps = []
    for line in (tmp_path / "events.jsonl").read_text().splitlines():
        try:
            steps.append(json.loads(line)["step"])
        except ValueError:
            # The one line that the full disk cut.
            assert len(line) < 70
    assert steps == list(range(6))


def test_a_disk_that_stays_full_is_told_of(runs: Path, read_one: Callable[[], Recorded]) -> None:
    """/dev/full is a disk without room."""
    run = start_run(folder=runs, resources=False)
    run.log({"a": 1.0})
    run.flush()
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, run._events._file)
    os.close(full)
    run.log({"a": 2.0})
    with pytest.warns(PressrunWarning, match="not everything could be written"):
        run.finish()
    recorded = read_one()
    assert recorded.history["a"].values.tolist() == [1.0]
    assert recorded.run.status is not Status.FINISHED
