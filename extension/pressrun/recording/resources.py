"""What a run uses: CPU and memory of its process tree over time, in `resources.jsonl`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pressrun.recording.layout import replace_file, to_text

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

SAMPLE_SECONDS = 5.0
#: Beyond so many samples every second one is dropped and the interval doubles: a month of training stays small.
SAMPLE_LIMIT = 4000


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
        self._used = 0.0
        self._elapsed = 0.0

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
        """Give peak memory in bytes, and the mean CPU use in percent of one core where it is known."""
        known = {"peak_rss": self.peak_rss} if self.peak_rss else {}
        return known | ({"mean_cpu_percent": round(100 * self._used / self._elapsed, 1)} if self._elapsed else {})

    def _describe(
        self, rss: int, busy: dict[tuple[int, float], float], memory: psutil._ntuples.svmem
    ) -> dict[str, Any]:
        now = time.monotonic()
        cpu = None
        if self._busy and now > self._sampled:
            # A process that came since has been busy within the interval alone; one that went takes its share along.
            used = sum(seconds - self._busy.get(key, 0.0) for key, seconds in busy.items())
            cpu = round(100 * used / (now - self._sampled), 1)
            self._used, self._elapsed = self._used + used, self._elapsed + now - self._sampled
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
