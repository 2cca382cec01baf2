"""Cells that put out too much: cut and marked, with the builder's memory bounded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.faults.cells import ran, record_files, sound_records

from pressrun.build.capture import TEXT_LIMIT

if TYPE_CHECKING:
    from tests.conftest import Study

_MEASURE = """
import resource, sys
from pressrun.cli.main import run
run(["build", sys.argv[1]])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_of(study: Study, name: str) -> int:
    """Build a paper in a process of its own, and give its peak memory in bytes."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, name], cwd=study.root, capture_output=True, text=True, check=True
    )
    match = re.search(r"peak (\d+)", done.stdout)
    assert match, done.stderr
    return int(match[1]) * 1024


@pytest.mark.slow
def test_a_hundred_megabytes_of_text_are_cut_marked_and_hardly_felt(study: Study) -> None:
    study.paper("print('x')", name="small", toml='formats = ["ipynb"]')
    # At once, piece by piece, as something else than text, and past Python's own stream.
    loud = (
        "print('y' * 110_000_000)",
        "for _ in range(1200):\n    print('z' * 100_000)",
        "from IPython.display import HTML\nHTML('v' * 110_000_000)",
        "!head -c 30000000 /dev/zero | tr '\\0' w",
    )
    study.paper(*loud, name="loud", toml='formats = ["ipynb"]')
    small, large = peak_of(study, "small"), peak_of(study, "loud")
    assert large - small < 8 * 3 * TEXT_LIMIT
    published = (study.root / "site" / "loud" / "paper.ipynb").read_text()
    assert published.count("[pressrun: output cut at 10 MB]") == 3
    assert published.count("[pressrun: an output cut at 30 MB]") == 1
    assert len(published) < 3.1 * TEXT_LIMIT
    # What is remembered of the cells is no more, and gives the same.
    assert sound_records(study, "loud") == 4
    assert sum(path.stat().st_size for path in record_files(study, "loud")) < 3.1 * TEXT_LIMIT
    # A shell command runs again, after whatever it may need.
    study.paper("md:Once more.", *loud, name="loud", toml='formats = ["ipynb"]')
    assert ran(study.built("loud")).keys() == {"c3", "c4"}
    again = (study.root / "site" / "loud" / "paper.ipynb").read_text()
    assert again.count("output cut at") == 4


def test_large_displays_are_cut_and_marked(study: Study) -> None:
    study.paper(
        "from IPython.display import HTML, display\nfor _ in range(30):\n    display(HTML('y' * 1_000_000))",
        "display(HTML('z' * 40_000_000))",
        "1 + 1",
        toml='formats = ["ipynb"]',
    )
    study.built()
    published = (study.root / "site" / "demo" / "paper.ipynb").read_text()
    assert published.count("[pressrun: an output cut at") == 2
    assert len(published) < 25_000_000
    assert '"2"' in published


def test_what_carriage_returns_overwrote_is_not_published(study: Study) -> None:
    study.paper(
        "import sys\nfor i in range(101):\n    sys.stdout.write(f'\\r{i} %')\nprint()", toml='formats = ["ipynb"]'
    )
    study.built()
    published = (study.root / "site" / "demo" / "paper.ipynb").read_text()
    assert "100 %" in published
    assert "99 %" not in published


def test_nothing_is_lost_when_a_kernel_is_faster_than_the_builder(study: Study) -> None:
    study.paper(
        "from IPython.display import display\nfor i in range(3000):\n    display(i)", toml='formats = ["ipynb"]'
    )
    study.built()
    published = (study.root / "site" / "demo" / "paper.ipynb").read_text()
    assert published.count('"text/plain"') == 3000
