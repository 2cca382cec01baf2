"""`pressrun build --explain`: one thing changes, exactly the cells that depend on it run, and the command says why."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Study

CELLS = (
    "scale = 1",
    "import pressrun as pr\nruns = pr.runs('runs/')",
    "pr.value(runs, 'test/acc')",
    "import model",
    "print('scaled', scale * model.FACTOR)",
    "text = open('data.txt').read()",
    "print('text', text)",
    "import pandas as pd\ntable = pd.read_csv('table.csv')",
    "print('sum', table['a'].sum())",
    "import os\nprint('set', os.environ.get('SETTING'))",
    "print('apart')",
)


class Explained:
    """A paper whose cells note in a file that they ran, and the command that builds it."""

    def __init__(self, study: Study) -> None:
        self.study = study
        # Outside of the project, where nobody looks for what cells write.
        self.trace = study.root.with_suffix(".trace")
        folder = study.root / "papers" / "demo"
        study.record("svm-0", 0.9)
        noted = [f"{cell}\nopen({str(self.trace)!r}, 'a').write('c{n} ')" for n, cell in enumerate(CELLS)]
        path = study.paper(*noted)
        notebook = nbformat.read(path, 4)
        notebook.cells[0].metadata["tags"] = ["parameters"]
        nbformat.write(notebook, path)
        (study.root / "deeper.py").write_text("FACTOR = 2\n")
        (study.root / "model.py").write_text("from deeper import FACTOR\n")
        (folder / "data.txt").write_text("first")
        (folder / "table.csv").write_text("a,b\n1,2\n")

    def build(self, *options: str, setting: str = "one") -> tuple[set[str], dict[str, str], str]:
        """Give the cells that ran in truth, those that the command says ran with its reasons, and all that it says."""
        self.trace.write_text("")
        done = self.study.command("build", "--explain", *options, env={"SETTING": setting})
        assert done.returncode == 0, done.stderr
        said = dict(re.findall(r"^  \S (c\d+|injected-parameters): (.*)$", done.stdout, re.MULTILINE))
        return set(self.trace.read_text().split()), said, done.stdout

    def check(self, reasons: Mapping[str, str], *options: str, setting: str = "one", without: str = "") -> str:
        """Build; exactly those cells have to run, and for those reasons."""
        ran, said, printed = self.build(*options, setting=setting)
        assert said == reasons
        assert ran == reasons.keys() - {without}
        assert f"{len(CELLS) + bool(without) - len(reasons)} cells did not have to run" in printed
        return printed


@pytest.fixture
def explained(study: Study) -> Explained:
    made = Explained(study)
    ran, said, printed = made.build()
    assert ran == {f"c{n}" for n in range(len(CELLS))}
    assert said == dict.fromkeys(ran, "new")
    assert "~ paper: was never published" in printed
    return made


def test_a_change_of_a_file_that_open_has_read_runs_and_explains_exactly_what_depends_on_it(
    explained: Explained,
) -> None:
    (explained.study.root / "papers" / "demo" / "data.txt").write_text("second")
    printed = explained.check({"c5": "file papers/demo/data.txt changed", "c6": "upstream cell 6 (text)"})
    assert "~ papers/demo/data.txt: changed" in printed
    assert "text second" in explained.study.page()
    ran, said, printed = explained.build()
    assert (ran, said) == (set(), {})
    assert "no input changed since it was published" in printed


@pytest.mark.slow
def test_each_change_runs_and_explains_exactly_what_depends_on_it(explained: Explained) -> None:
    study, folder = explained.study, explained.study.root / "papers" / "demo"
    needed = {"c0": "its state is needed by cell 5"}

    (study.root / "deeper.py").write_text("FACTOR = 5\n")
    printed = explained.check({**needed, "c3": "file deeper.py changed", "c4": "upstream cell 4 (model)"})
    assert "~ deeper.py: changed" in printed
    assert "scaled 5" in study.page()

    (folder / "table.csv").write_text("a,b\n3,2\n")
    explained.check({"c7": "file papers/demo/table.csv changed", "c8": "upstream cell 8 (table)"})
    assert "sum 3" in study.page()

    study.record("svm-1", 0.8)
    explained.check({"c1": "run svm-1 added", "c2": "upstream cell 2 (runs)"}, "--update")
    facts = json.loads((study.root / "site" / "demo" / "provenance.json").read_text())
    assert [run["name"] for run in facts["queries"][0]["runs"]] == ["svm-0", "svm-1"]

    (folder / "data.txt").write_text("second")
    explained.check(
        {"c5": "file papers/demo/data.txt changed", "c6": "upstream cell 6 (text)",
         "c9": "environment variable SETTING changed"},
        setting="two",
    )  # fmt: skip
    assert "set two" in study.page()

    printed = explained.check(
        {"injected-parameters": "new", "c3": "its state is needed by cell 6",
         "c4": "upstream cell 2 (scale)"},
        "-p", "scale", "10", setting="two", without="injected-parameters",
    )  # fmt: skip
    assert "~ parameters: other values were given" in printed
    assert "scaled 50" in study.page()
