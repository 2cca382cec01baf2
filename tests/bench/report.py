"""Measure pressrun beside its peers and write docs/benchmarks.md: `make bench`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
#: Each script prints one JSON list of rows (`timing.Row`) on stdout.
SCRIPTS = ("startup.py", "log_points.py", "index.py", "build.py", "panel_paint.py")
#: What has a limit instead of a peer: each prints one JSON list of rows with what, ms and, where there is one, limit.
LIMITED = ("runs_table.py", "runs_scroll.py")
#: What finds something: each prints one JSON list of rows with what, and the shares by us and by a peer.
FINDING = ("attention.py",)

HEADER = """\
# Benchmarks

Written by `make bench`; run it to repeat them. Each row pairs us with a peer in the same run, one after the other in
turn, after a warm-up; the figures are medians, the ratio is ours / peer (below 1: we are faster), with its smallest and
largest value over the pairs in brackets, beside what we want it to be at most. Absolute times are this machine's and
noisy; quote the ratios.

The floor under any tool that executes a paper is the time of its cells alone, which has a row for each paper; the
import of pandas and matplotlib is a part of it. After one more run, what has to run of the digits paper is all of it:
its figures, tables and claims follow from one query. To its cells' own time comes what a kernel takes to start, so a
quarter of the peers' time is out of its reach. Of the paper of sixty cells it is ten cells. Everything anew is the
cells' time and about two seconds around it, half of them the start of the kernel and what it imports; where the cells
alone take two fifths of the peers' time, that comes to about a half. An edited sentence runs nothing; what is left is
Python's start, the imports that read and check a notebook, and pandoc.

"""

LIMITS = """\
JupyterLab's table of 10,000 runs and 50 columns: its server's answers, and its frames in the browser's own trace.
"""

FOUND = """\
`pr.attention` on 5,000 simulated daily series of segments of all sizes, noises and weekly rhythms: what it ranks
among the first fifty, of fifty with a planted anomaly (a spike of the last day, a drift over two weeks, a segment
that fell to zero two days ago), beside the fifty series whose last value has the greatest plain z-score. What is but
a weekly season is none. Noise of 30% hides a third of the spikes and falls: nothing can fall below zero, three of its
standard deviations away. Means over five simulations, with the smallest and the largest.
"""


def main() -> None:
    """Run every script and write the tables."""
    lines = ["| what | ours | peer | ratio | at most |", "| --- | ---: | ---: | ---: | ---: |"]
    for row in _rows(SCRIPTS):
        unit = row["unit"]
        lines.append(
            f"| {row['what']} | {row['ours']:.3g} {unit} | {row['peer']:.3g} {unit} ({row['peer_name']}) "
            f"| {row['ratio']:.2g} ({row['low']:.2g} to {row['high']:.2g}) | {_fraction(row.get('bar'))} |"
        )
    lines += ["", LIMITS, "| what | ms | limit |", "| --- | ---: | ---: |"]
    for row in _rows(LIMITED):
        shown = float(f"{row['ms']:.3g}")
        lines.append(f"| {row['what']} | {shown:g} | {row.get('limit') or ''} |")
    lines += found()
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    text = HEADER + f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine}.\n\n" + "\n".join(lines) + "\n"
    (ROOT / "docs" / "benchmarks.md").write_text(text, "utf-8")
    print(text)


def found() -> list[str]:
    """Give the lines that say what was found."""
    lines = ["", FOUND, "| among the first fifty | `pr.attention` | z-score |", "| --- | ---: | ---: |"]
    for row in _rows(FINDING):
        ours, peer = ("{:.0%} ({:.0%} to {:.0%})".format(*row[side]) for side in ("ours", "peer"))
        lines.append(f"| {row['what']} | {ours} | {peer} |")
    return lines


def _fraction(bar: float | None) -> str:
    return f"1/{1 / bar:.3g}" if bar else ""


def _rows(scripts: tuple[str, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for script in scripts:
        print(f"measuring {script.removesuffix('.py')}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / script)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found += json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
