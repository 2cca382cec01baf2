"""Resource samples and kept output stay true and stay small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from pressrun import start_run
from pressrun.recording import resources
from pressrun.recording.output import OutputLog
from pressrun.recording.resources import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from pressrun.records import Recorded


def samples(path: Path) -> list[dict[str, float | None]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_process_tree_is_sampled(tmp_path: Path) -> None:
    busy = subprocess.Popen([sys.executable, "-c", "x = bytearray(60_000_000)\nwhile True: pass"])
    try:
        sampler = Sampler(tmp_path / "r.jsonl", os.getpid())
        sampler.sample()
        time.sleep(1.0)
        sampler.sample()
    finally:
        busy.kill()
        busy.wait()
    first, second = samples(tmp_path / "r.jsonl")
    assert first["cpu_percent"] is None
    assert second["cpu_percent"] is not None
    assert second["cpu_percent"] > 10
    assert second["rss"] is not None
    assert second["rss"] > 60_000_000
    assert second["processes"] is not None
    # Other tests of this process may have left a browser running.
    assert second["processes"] >= 2
    assert sampler.summary()["peak_rss"] >= second["rss"]


def test_samples_of_a_process_that_is_gone_are_none(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    Sampler(tmp_path / "r.jsonl", gone.pid).sample()
    assert not (tmp_path / "r.jsonl").exists()


def test_samples_are_thinned_when_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "SAMPLE_LIMIT", 10)
    sampler = Sampler(tmp_path / "r.jsonl", os.getpid())
    for _ in range(60):
        sampler.sample()
    found = samples(tmp_path / "r.jsonl")
    assert 5 <= len(found) <= 11
    times = [sample["time"] or 0 for sample in found]
    assert times == sorted(times)


def test_a_run_says_what_it_used(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs) as run:
        time.sleep(0.3)
        assert samples(run.folder / "resources.jsonl")
    used = read_one().run.provenance.extra["resources"]
    assert isinstance(used, dict)
    assert used["peak_rss"] > 1_000_000
    assert 0.3 <= used["seconds"] < 60


def test_short_output_is_kept_whole(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "o", head=10, tail=4)
    log.write(b"12345")
    log.write(b"67890")
    log.close()
    assert (tmp_path / "o").read_bytes().startswith(b"1234567890")
    assert b"left out" not in (tmp_path / "o").read_bytes()


def test_long_output_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    log = OutputLog(tmp_path / "o", head=10, tail=4)
    for _ in range(100):
        log.write(b"abcdefg")
    log.write(b"the end")
    assert b"cut here" in (tmp_path / "o").read_bytes()
    log.close()
    text = (tmp_path / "o").read_bytes()
    assert text.startswith(b"abcdefgabc\n[pressrun: the log is cut here")
    assert text.endswith(b"[pressrun: 693 bytes are left out]\n end")
