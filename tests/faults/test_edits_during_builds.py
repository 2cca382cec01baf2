"""Inputs and notebooks that are edited while a paper is built: edits survive, and the result says that it is stale."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.faults.cells import ran

from pressrun.build.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Study

PAPER = (
    "text = open('data.txt').read()",
    "import model",
    # Outside of the project, where nobody looks for what cells write.
    "import time\nopen('{begun}', 'w').close()\ntime.sleep(1.5)",
    "print('text', text, 'factor', model.FACTOR)",
    "print('apart')",
    "md:![a dot](dot.png)",
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def built_while(study: Study, edit: Callable[[], object]) -> dict[str, Any]:
    """Build a paper in a process of its own, and edit something when its third cell runs; give what it says as data."""
    begun = study.root.with_suffix(".begun")
    builder = study.start("build", "--json")
    while not begun.exists():
        assert builder.poll() is None
        time.sleep(0.05)
    edit()
    out, err = builder.communicate(timeout=60)
    assert builder.returncode == 0, err
    begun.unlink()
    document: dict[str, Any] = json.loads(out)["papers"][0]
    return document


@pytest.fixture
def paper(study: Study) -> Study:
    begun = str(study.root.with_suffix(".begun"))
    folder = study.paper(*(cell.replace("{begun}", begun) for cell in PAPER)).parent
    (study.root / "model.py").write_text("FACTOR = 1\n")
    (folder / "data.txt").write_text("old")
    (folder / "dot.png").write_bytes(PNG)
    return study


@pytest.mark.parametrize(
    "name",
    ["papers/demo/data.txt", pytest.param("model.py", marks=pytest.mark.slow),
     pytest.param("papers/demo/dot.png", marks=pytest.mark.slow)],
)  # fmt: skip
def test_an_input_edited_during_a_build_makes_the_result_stale(paper: Study, name: str) -> None:
    path = paper.root / name
    path.write_bytes(path.read_bytes())
    said = built_while(paper, lambda: path.write_bytes(path.read_bytes() + b"#"))
    assert said["moved"] == [{"what": name, "reason": "was edited"}]
    assert f"changed during the build: {name}: was edited; build again" in said["log"]
    assert "text old factor 1" in paper.page()
    result = paper.built()
    assert [str(reason) for reason in result.stale] == [f"{name}: changed"]
    assert result.moved == ()
    assert paper.built().outcome is Outcome.CURRENT


def test_an_edit_during_a_build_that_leaves_the_files_time_as_it_was_is_noticed(paper: Study) -> None:
    path = paper.root / "papers" / "demo" / "data.txt"

    def edit() -> None:
        was = path.stat()
        path.write_text("new")
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns - 10**15))

    assert built_while(paper, edit)["moved"] == [{"what": "papers/demo/data.txt", "reason": "was edited"}]
    assert "text old" in paper.page()
    assert ran(paper.built()) == {
        "c0": "file papers/demo/data.txt changed",
        "c1": "its state is needed by cell 4",
        "c3": "upstream cell 1 (text)",
    }
    assert "text new" in paper.page()


@pytest.mark.slow
def test_a_run_that_goes_during_a_build_makes_the_result_stale(study: Study) -> None:
    run = study.record("a", 0.5)
    study.paper(
        "import pressrun as pr\nruns = pr.runs('runs/')", "pr.value(runs, 'test/acc')",
        f"import time\nopen('{study.root.with_suffix('.begun')}', 'w').close()\ntime.sleep(1.5)",
    )  # fmt: skip
    said = built_while(study, lambda: shutil.rmtree(study.root / "runs" / run))
    assert [moved["what"] for moved in said["moved"]] == ["query runs/"]
    assert study.built().outcome is Outcome.PUBLISHED


def test_an_edit_of_the_notebook_during_its_build_survives_and_only_that_runs_next(paper: Study) -> None:
    path = paper.root / "papers" / "demo" / "paper.ipynb"
    said = built_while(paper, lambda: path.write_text(path.read_text().replace("'apart'", "'apart from that'")))
    assert said["moved"] == [{"what": "notebook", "reason": "was edited"}]
    assert "changed during the build: notebook: was edited; build again" in said["log"]
    assert "'apart from that'" in path.read_text()
    assert "apart from that" not in paper.page()
    edited = path.read_bytes()
    assert ran(paper.built()) == {"c4": "source changed"}
    assert "apart from that" in paper.page()
    assert path.read_bytes() == edited


def test_a_notebook_edited_during_its_build_survives_and_the_result_is_stale(study: Study) -> None:
    path = study.paper(
        "from pathlib import Path\np = Path('paper.ipynb')\np.write_text(p.read_text().replace('PRO'+'SE', 'EDITED'))",
        "md:PROSE",
    )
    result = study.built()
    assert any("notebook: was edited; build again" in line for line in result.log)
    assert "EDITED" in path.read_text()
    assert "PROSE" in study.page()
    again = study.built()
    assert again.outcome is Outcome.PUBLISHED
    assert "EDITED" in study.page()
