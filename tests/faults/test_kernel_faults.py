"""A kernel that is killed, leaves, hangs or asks: each failure is told apart, and what was published stands.

So do the records of the cells that ended: when the cell is mended, only it and what follows from it have to run.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from tests.faults.cells import ran, sound_records

from pressrun.build.outcomes import CellOutcome
from pressrun.errors import (
    BuildError,
    CellError,
    CellInputError,
    CellTimeoutError,
    ConfigError,
    DocumentError,
    IncompleteError,
    KernelDiedError,
    KernelMissingError,
)
from pressrun.project import Project

if TYPE_CHECKING:
    from tests.conftest import Study


@pytest.fixture
def published(study: Study) -> Study:
    study.paper("1 + 1")
    study.built()
    return study


def fails(study: Study, kind: type[BuildError], *cells: str, toml: str = "") -> BuildError:
    """Build a paper that has to fail so, with the publication as it was; give the error."""
    study.paper(*cells, toml=toml)
    before = study.publication
    result = study.build()
    assert type(result.error) is kind, result.error
    assert study.publication == before
    assert not list((study.root / ".pressrun" / "scratch").iterdir())
    assert isinstance(result.error, BuildError)
    return result.error


def test_a_killed_kernel_is_noticed_within_ten_seconds_and_named(published: Study) -> None:
    began = time.monotonic()
    error = fails(published, KernelDiedError, "a = 1", "import os\nos.kill(os.getpid(), 9)", "b = 2")
    assert time.monotonic() - began < 10
    assert "SIGKILL" in error.what
    assert "cell 2 (id c1)" in error.where
    assert [r.outcome for r in published.watched.ended[-3:]] == [
        CellOutcome.EXECUTED,
        CellOutcome.FAILED,
        CellOutcome.NOT_RUN,
    ]


def test_a_kernel_killed_from_outside_in_the_middle_of_a_cell_is_noticed_within_ten_seconds(published: Study) -> None:
    told, killed = published.root / "pid", []

    def kill() -> None:
        while not (told.exists() and told.read_text()):
            time.sleep(0.05)
        killed.append(time.monotonic())
        os.kill(int(told.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    endless = f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    error = fails(published, KernelDiedError, "a = 1", "print('a', a)", endless, "print('end')")
    assert time.monotonic() - killed[0] < 10
    killer.join()
    assert "SIGKILL" in error.what
    assert "cell 3 (id c2)" in error.where
    # The paper of before, and the two cells that ended.
    assert sound_records(published) == 3
    published.paper("a = 1", "print('a', a)", "b = 2", "print('end')")
    assert ran(published.built()) == {"c2": "new", "c3": "new"}
    assert "a 1" in published.page()


@pytest.mark.parametrize(
    ("leave", "how"),
    [
        ("import sys\nsys.exit(0)", "sys.exit(0)"),
        ("import os\nos._exit(0)", "os._exit(0)"),
        ("quit()", "quit()"),
        ("raise SystemExit", "sys.exit()"),
    ],
)
def test_leaving_in_the_middle_is_no_success_and_the_cells_not_run_are_named(
    published: Study, leave: str, how: str
) -> None:
    error = fails(published, IncompleteError, "a = 1", leave, "b = 2", "md:prose", "c = 3")
    assert how in error.what
    assert "3 (id c2), 5 (id c4)" in error.what
    assert sound_records(published) == 2
    published.paper("a = 1", "print('stayed')", "b = 2", "md:prose", "c = 3")
    assert ran(published.built()) == {"c1": "new", "c2": "new", "c4": "new"}
    assert "stayed" in published.page()


def test_an_endless_cell_ends_with_every_process_that_it_started(published: Study) -> None:
    cell = """#| timeout: 1.5
import subprocess
children = [subprocess.Popen(["sleep", "1234.5"]), subprocess.Popen(["setsid", "--fork", "sleep", "1234.5"])]
subprocess.Popen("sleep 1234.5 & disown", shell=True, executable="/bin/bash")
while True:
    pass"""
    error = fails(published, CellTimeoutError, cell)
    assert "1.5 s" in error.what
    assert not [p for p in psutil.process_iter(["cmdline"]) if "1234.5" in (p.info["cmdline"] or [])]


def test_papers_have_a_timeout_of_their_own(published: Study) -> None:
    error = fails(published, CellTimeoutError, "import time\ntime.sleep(30)", toml="timeout = 1")
    assert "timeout = SECONDS into paper.toml" in error.hint


def test_a_cell_has_a_limit_where_nobody_gave_one(published: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from pressrun.build import paper

    loaded = paper.Paper.load(published.root / "papers" / "demo", Project.find(published.root))
    assert loaded.config.timeout == paper.DEFAULT_TIMEOUT < 3600
    monkeypatch.setattr(paper, "DEFAULT_TIMEOUT", 1.0)
    error = fails(published, CellTimeoutError, "while True:\n    pass", "b = 2", toml='formats = ["html"]')
    assert "1 s" in error.what
    assert "cell 1 (id c0)" in error.where


def test_a_cells_own_limit_is_more_than_the_papers(published: Study) -> None:
    published.paper("#| timeout: 60\nimport time\ntime.sleep(2)\nprint('done')", toml="timeout = 1")
    published.built()
    assert "done" in published.page()


@pytest.mark.slow
def test_what_a_cell_made_may_take_longer_to_look_at_than_the_cell_has(published: Study) -> None:
    slow = "import time\nclass Slow:\n    def __reduce__(self):\n        time.sleep(2)\n        return (Slow, ())"
    published.paper(slow, "#| timeout: 1\nslow = Slow()", "print('done')")
    published.built()
    assert "done" in published.page()


def test_input_fails_at_once(published: Study) -> None:
    began = time.monotonic()
    error = fails(published, CellInputError, "name = input('who? ')")
    assert time.monotonic() - began < 10
    assert "-p NAME VALUE" in error.hint


def test_a_missing_kernel_is_named_before_anything_is_executed(published: Study) -> None:
    error = fails(published, KernelMissingError, "open('executed', 'w')", toml='kernel = "no-such-kernel"')
    assert "'no-such-kernel'" in error.what
    assert "python3" in error.hint
    assert not (published.root / "papers" / "demo" / "executed").exists()


def test_a_cell_that_raises_is_shown_with_its_source_and_the_end_of_the_traceback(published: Study) -> None:
    error = fails(published, CellError, "x = 1", "#| label: fig-a\ndef f():\n    return x / 0\nf()")
    assert error.where == "papers/demo/paper.ipynb, cell 2 (id c1, label fig-a)"
    assert error.what.startswith("ZeroDivisionError: division by zero")
    assert error.what.count("ZeroDivisionError") == 1
    assert "return x / 0" in error.what
    assert "\x1b" not in error.what
    assert "An error occurred while executing" not in error.what


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("assert False", "AssertionError"),
        # IPython calls the error of a display "NoneType: None".
        ("from IPython.display import Image\nImage('not-there.png')", "FileNotFoundError: No such file or directory"),
    ],
)
def test_an_error_is_named_where_the_kernel_does_not(published: Study, cell: str, first: str) -> None:
    error = fails(published, CellError, cell)
    assert error.what.splitlines()[0].startswith(first)
    assert not error.what.splitlines()[0].endswith(": ")


def test_an_interrupt_in_a_cell_is_a_cell_that_raised(published: Study) -> None:
    error = fails(published, CellError, "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)")
    assert error.what.startswith("KeyboardInterrupt")


def test_an_inline_value_that_raises_fails_the_build(published: Study) -> None:
    error = fails(published, CellError, "md:It is `{python} nowhere`.")
    assert "NameError" in error.what
    assert "nowhere" in error.what


def test_an_inline_value_that_leaves_is_no_success(published: Study) -> None:
    error = fails(published, IncompleteError, "md:It is `{python} exit()`.", "1")
    assert "not run: cell 2 (id c1)" in error.what


def test_what_an_exporter_refuses_names_the_paper_and_the_cell(published: Study) -> None:
    error = fails(published, DocumentError, "1", "md:![figure](none.png)")
    assert error.where == "papers/demo/paper.ipynb, cell 2 (c1)"


def test_a_cell_may_say_that_it_raises(study: Study) -> None:
    import nbformat

    path = study.paper("1 / 0", "done = 1")
    notebook = nbformat.read(path, 4)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    assert study.built().version == 1


def test_a_wrong_cell_option_is_a_configuration_error_that_names_the_cell(study: Study) -> None:
    study.paper("#| timeout: soon\n1")
    error = study.build().error
    assert isinstance(error, ConfigError)
    assert "cell 1 (id c0)" in error.where
