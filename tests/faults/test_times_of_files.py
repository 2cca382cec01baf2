"""Same time and size with other content, clocks set back, files that are only touched: content alone counts.

Of a whole paper and of runs it is said in tests/build/test_staleness.py and tests/runs/test_resolve.py, here of cells.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.faults.cells import ran

from pressrun.build.outcomes import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

CELLS = ("text = open('data.txt').read()", "print('text', text)", "print('apart')")
CHANGED = {"c1": "file papers/demo/data.txt changed", "c2": "upstream cell 2 (text)"}


@pytest.fixture
def data(study: Study) -> Path:
    """A file that a cell of a published paper has read."""
    path = study.paper("md:One.", *CELLS).parent / "data.txt"
    path.write_text("first")
    study.built()
    return path


def test_a_file_that_is_only_touched_runs_no_cell(study: Study, data: Path) -> None:
    for moment in (time.time(), 2e9, 1e9):
        os.utime(data, (moment, moment))
        assert study.built().outcome is Outcome.CURRENT
        # As well where something else makes the paper stale.
        study.paper(f"md:Touched at {moment}.", *CELLS)
        assert ran(study.built()) == {}


@pytest.mark.parametrize("later", [0, -86400, 86400], ids=["the same time", "a day before", "a day after"])
def test_other_content_of_the_same_size_is_noticed_whatever_the_time_of_its_file(
    study: Study, data: Path, later: int
) -> None:
    was = data.stat()
    data.write_text("other")
    os.utime(data, ns=(was.st_atime_ns, was.st_mtime_ns + later * 10**9))
    assert data.stat().st_size == was.st_size
    result = study.built()
    assert [str(reason) for reason in result.stale] == ["papers/demo/data.txt: changed"]
    assert ran(result) == CHANGED
    assert "text other" in study.page()
    assert study.built().outcome is Outcome.CURRENT


@pytest.mark.slow
@pytest.mark.parametrize("later", [-86400, 86400])
def test_a_builder_whose_clock_was_set_otherwise_notices_the_same(
    study: Study, data: Path, later: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + later)
    data.write_text("other")
    assert ran(study.built()) == CHANGED
    study.paper("md:Two.", *CELLS)
    assert ran(study.built()) == {}
    data.write_text("third")
    assert ran(study.built()) == CHANGED
    assert "text third" in study.page()


@pytest.mark.slow
def test_a_module_with_other_content_at_the_same_time_and_size_is_noticed(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As its author has it, who imported it and so has its bytecode, which Python goes by that time and size.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    module = study.root / "model.py"
    module.write_text("FACTOR = 1\n")
    subprocess.run([sys.executable, "-c", "import model"], cwd=study.root, check=True)
    assert list(study.root.glob("__pycache__/model.*.pyc"))
    study.paper("import model", "print('factor', model.FACTOR)", "print('apart')")
    study.built()
    was = module.stat()
    module.write_text("FACTOR = 2\n")
    os.utime(module, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert list(ran(study.built())) == ["c0", "c1"]
    assert "factor 2" in study.page()
