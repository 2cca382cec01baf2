"""What a run uses: CPU and memory of its process tree over time, in `resources.jsonl`."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.recording.layout import replace_file, to_text

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

SAMPLE_SECONDS = 5.0
#: Beyond so many samples every second one is dropped and the interval doubles: a month of training stays small.
SAMPLE_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class _Usage:
    cpu_seconds: float
    peaks: tuple[int, ...]


def _usage() -> _Usage:
    import resource

    accounts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1 if sys.platform == "darwin" else 1024
    return _Usage(sum(a.ru_utime + a.ru_stime for a in accounts), tuple(a.ru_maxrss * unit for a in accounts))


class Sampler:
    """Samples the process tree under one process, itself included.

    Parameters
    ----------
    path
        Where samples go.
    pid
        The process at the root of the tree.
    """

    def __init__(self, path: Path, pid: int) -> None:
        self._path = path
        self._pid = pid
        self._interval = SAMPLE_SECONDS
        self._due = 0.0
        self._lines: list[str] = []
        self._busy: dict[tuple[int, float], float] = {}
        self._sampled = 0.0
        self.peak_rss = 0
        self._began = time.monotonic()
        self._usage = _usage()

    def sample_if_due(self) -> None:
        """Take a sample if the last one is long enough ago."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + self._interval
            self.sample()

    def sample(self) -> None:
        """Take a sample now. A process that is gone, or that the system hides, is left out."""
        import psutil

        try:
            root = psutil.Process(self._pid)
            tree = [root, *root.children(recursive=True)]
        except psutil.Error:
            return
        rss = 0
        busy: dict[tuple[int, float], float] = {}
        for process in tree:
            try:
                with process.oneshot():
                    rss += process.memory_info().rss
                    times = process.cpu_times()
                    busy[process.pid, process.create_time()] = times.user + times.system
            except psutil.Error:
                continue
        self.peak_rss = max(self.peak_rss, rss)
        self._write(self._describe(rss, busy, psutil.virtual_memory()))

    def summary(self) -> dict[str, Any]:
        """Give the peak memory in bytes, and the CPU seconds of this process and of its children that have ended.

        The system keeps exact account of both, so that a run shorter than the sampling interval has them too. Children
        that still run are known by the samples alone.
        """
        usage = _usage()
        # A peak that was there before the run is somebody else's, as in a notebook's kernel.
        peaks = [now for now, before in zip(usage.peaks, self._usage.peaks, strict=True) if now > before]
        return {
            "peak_rss": max([self.peak_rss, *peaks]),
            "cpu_seconds": round(usage.cpu_seconds - self._usage.cpu_seconds, 3),
            "seconds": round(time.monotonic() - self._began, 3),
        }

    def _describe(
        self, rss: int, busy: dict[tuple[int, float], float], memory: psutil._ntuples.svmem
    ) -> dict[str, Any]:
        now = time.monotonic()
        cpu = None
        if self._busy and now > self._sampled:
            # A process that came since has been busy within the interval alone; one that went takes its share along.
            used = sum(seconds - self._busy.get(key, 0.0) for key, seconds in busy.items())
            cpu = round(100 * used / (now - self._sampled), 1)
        self._busy, self._sampled = busy, now
        return {
            "time": round(time.time(), 3),
            "cpu_percent": cpu,
            "rss": rss,
            "processes": len(busy),
            "system_memory_used": memory.total - memory.available,
            "system_memory_total": memory.total,
        }

    def _write(self, sample: dict[str, Any]) -> None:
        self._lines.append(to_text(sample) + "\n")
        if len(self._lines) > SAMPLE_LIMIT:
            self._lines = self._lines[::2]
            self._interval *= 2
            replace_file(self._path, "".join(self._lines).encode("ascii"))
            return
        with self._path.open("ab") as file:
            file.write(self._lines[-1].encode("ascii"))
