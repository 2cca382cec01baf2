"""A rebuild runs the cells whose inputs changed, and those whose state they need; it says why, and is never wrong."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from pressrun.runs.pins import Mode

if TYPE_CHECKING:
    from tests.conftest import Study

    from pressrun.build.outcomes import PaperResult


def ran(result: PaperResult) -> dict[str, str]:
    """Give the cells that ran, with the reasons."""
    return {cell.id: cell.reason for cell in result.cells if cell.outcome.word == "executed"}


def shown(study: Study, name: str = "demo") -> list[object]:
    """Give what the published version's cells say, outcomes aside."""
    facts = json.loads((study.root / "site" / name / "provenance.json").read_text())
    return [facts[key] for key in ("values", "claims", "panels", "queries", "lock")]


def test_an_edit_of_prose_runs_no_cell(study: Study) -> None:
    study.paper("md:# A title", "x = 6 * 7\nprint('once')", "md:It is `{python} x`.")
    assert ran(study.built()) == {"c1": "new", "c2": "new"}
    study.paper(
        "md:# Another title", "# said once\nx = 6 * 7\nprint('once')", "md:Now, it is `{python} x`, said again."
    )
    result = study.built()
    assert ran(result) == {}
    assert [cell.outcome.word for cell in result.cells] == ["text", "current", "current"]
    page = study.page()
    assert "Another title" in page
    assert "said again" in page
    assert ">42<" in page
    assert "once" in page


def test_an_edited_cell_runs_with_what_it_needs_and_what_needs_it(study: Study) -> None:
    cells = ["a = [1]", "b = [2]", "print(a)", "c = b + [3]", "print(c)", "print('alone')"]
    study.paper(*cells)
    study.built()
    cells[3] = "c = b + [4]"
    study.paper(*cells)
    result = study.built()
    assert ran(result) == {"c1": "its state is needed by cell 4", "c3": "source changed", "c4": "upstream cell 4 (c)"}
    assert "[2, 4]" in study.page()
    (reason,) = next(cell for cell in result.cells if cell.id == "c4").reasons
    assert (reason.kind, reason.what) == ("upstream", "c3")
    # What was there before is known, too.
    cells[3] = "c = b + [3]"
    study.paper(*cells)
    assert ran(study.built()) == {}
    assert "[2, 3]" in study.page()


@pytest.mark.slow
def test_a_module_a_file_and_a_run_each_rebuild_the_cells_that_depend_on_it(study: Study) -> None:
    for seed in range(2):
        study.record(f"svm-{seed}", 0.9 + seed / 100, seed=seed)
    study.paper(
        "import pressrun as pr\nruns = pr.runs('runs/')",
        "pr.value(runs, 'test/acc')",
        "import model\nscale = model.scale()",
        "print('scaled', scale)",
        "text = open('data.txt').read()",
        "print('text', text)",
        "print('nothing of that')",
    )
    module, data = study.root / "model.py", study.root / "papers" / "demo" / "data.txt"
    module.write_text("from deeper import SCALE\ndef scale():\n    return SCALE\n")
    (study.root / "deeper.py").write_text("SCALE = 2\n")
    data.write_text("first")
    time.sleep(1.1)  # what is written while it is read is read again
    study.built()
    (study.root / "deeper.py").write_text("SCALE = 5\n")
    assert ran(study.built()) == {"c2": "file deeper.py changed", "c3": "upstream cell 3 (scale)"}
    assert "scaled 5" in study.page()
    data.write_text("second")
    assert ran(study.built()) == {"c4": "file papers/demo/data.txt changed", "c5": "upstream cell 5 (text)"}
    assert "text second" in study.page()
    study.record("svm-2", 0.95, seed=2)
    assert ran(study.built()) == {}
    assert ran(study.built(mode=Mode.UPDATE)) == {"c0": "run svm-2 added", "c1": "upstream cell 1 (runs)"}
    # A touched file is no changed file, and one of the same size and time may be.
    os.utime(data)
    assert ran(study.built()) == {}
    stat = data.stat()
    data.write_text("third!")
    os.utime(data, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert "c4" in ran(study.built())


@pytest.mark.slow
def test_a_library_that_a_cell_of_runs_imports_is_the_same_whatever_runs_there_are(study: Study) -> None:
    study.record("svm-0", 0.9)
    study.paper(
        "import json\nimport pressrun as pr\nruns = pr.runs('runs/')",
        "print(json.__name__)",
        "print(len(runs))",
    )
    study.built()
    study.record("svm-1", 0.91)
    assert ran(study.built(mode=Mode.UPDATE)) == {"c0": "run svm-1 added", "c2": "upstream cell 1 (runs)"}
    # A library whose name stands for something else now is another matter.
    study.paper(
        "import csv as json\nimport pressrun as pr\nruns = pr.runs('runs/')",
        "print(json.__name__)",
        "print(len(runs))",
    )
    assert ran(study.built())["c1"] == "upstream cell 1 (json)"
    assert "csv" in study.page()


def test_what_several_names_share_and_functions_read_is_followed(study: Study) -> None:
    cells = [
        "a = [1]",
        "b = a",
        "def show():\n    return a",
        "b.append(2)",
        "print(a, show())",
    ]
    study.paper(*cells)
    study.built()
    cells[3] = "b.append(3)"
    study.paper(*cells)
    assert set(ran(study.built())) == {"c0", "c1", "c2", "c3", "c4"}
    assert "[1, 3] [1, 3]" in study.page()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "kind", "said"),
    [
        ("import time\nt = time.time()", "nondeterministic", "the clock"),
        ("import random\nr = random.random()", "nondeterministic", "unseeded randomness"),
        ("import random\nseed = 'no seed'\nr = random.random()", "nondeterministic", "unseeded randomness"),
        ("#| cache: false\nv = 1", "volatile", "marked as volatile"),
    ],
)
def test_a_cell_of_the_moment_runs_again_and_says_why(study: Study, cell: str, kind: str, said: str) -> None:
    study.paper("md:One.", cell, "print('steady')")
    study.built()
    study.paper("md:Two.", cell, "print('steady')")
    result = study.built()
    assert list(ran(result)) == ["c1"]
    (reason,) = next(found for found in result.cells if found.id == "c1").reasons
    assert reason.kind == kind
    assert said in reason.said


@pytest.mark.slow
def test_force_runs_every_cell(study: Study) -> None:
    study.paper("x = 1", "print(x)")
    study.built()
    assert ran(study.built(force=True)) == {"c0": "asked for", "c1": "asked for"}


def test_after_a_cell_that_failed_only_the_rest_has_to_run(study: Study) -> None:
    study.paper("x = 1", "print('fine', x)", "y = x / 0", "print('rest', y)")
    assert study.build().error is not None
    study.paper("x = 1", "print('fine', x)", "y = x / 2", "print('rest', y)")
    assert list(ran(study.built())) == ["c0", "c2", "c3"]
    assert "rest 0.5" in study.page()


@pytest.mark.slow
def test_a_name_that_is_found_otherwise_than_by_the_source_is_there(study: Study) -> None:
    cells = ["import sys\nlimit = 1", "print('unrelated')", "frame = sys.modules", "print('end')"]
    study.paper(*cells)
    study.built()
    cells[1] = "print('related', vars().get('limit'))"
    study.paper(*cells)
    study.built()
    assert "related 1" in study.page()


@pytest.mark.slow
def test_numbers_of_executions_are_those_of_a_whole_execution(study: Study) -> None:
    study.paper("1", "#| error: true\nraise ValueError('expected')", "3")
    path = study.root / "papers" / "demo" / "paper.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][1]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(notebook))
    study.built()
    notebook["cells"].insert(0, {**notebook["cells"][0], "id": "new", "source": "0"})
    path.write_text(json.dumps(notebook))
    result = study.built()
    # A traceback says where it stood.
    assert set(ran(result)) == {"new", "c1"}
    clean = study.built(force=True)
    assert clean.version == result.version


@pytest.mark.slow
def test_an_output_that_quotes_its_source_follows_every_letter_of_it(study: Study) -> None:
    study.paper("md:One.", "import warnings\nwarnings.warn('take care')", "x = 1  # and no output")
    study.built()
    study.paper("md:One.", "import warnings\n# one more line\nwarnings.warn('take care')", "x = 1  # other words")
    assert ran(study.built())["c1"] == "its source, which its output quotes, changed"


@pytest.mark.slow
def test_records_of_another_environment_are_not_taken(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    study.paper("x = 1", "print(x)")
    study.built()
    monkeypatch.setattr("pressrun.build.inputs.environment_digest", lambda: "another")
    result = study.built()
    assert set(ran(result)) == {"c0", "c1"}
    assert {reason.kind for cell in result.cells for reason in cell.reasons} == {"environment"}


@pytest.mark.slow
def test_a_variable_of_the_environment_that_a_cell_reads_is_an_input(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTING", "one")
    study.paper("md:One.", "import os\nprint('set', os.environ.get('SETTING'))", "print('other')")
    study.built()
    monkeypatch.setenv("SETTING", "two")
    study.paper("md:Two.", "import os\nprint('set', os.environ.get('SETTING'))", "print('other')")
    assert ran(study.built()) == {"c1": "environment variable SETTING changed"}
    assert "set two" in study.page()


@pytest.mark.slow
def test_an_output_that_a_later_cell_changes_is_not_remembered(study: Study) -> None:
    cells = [
        "md:One.",
        "from IPython.display import display\nh = display('first', display_id=True)",
        "h.update('last')",
    ]
    study.paper(*cells)
    study.built()
    assert "last" in study.page()
    study.paper("md:Two.", *cells[1:])
    assert set(ran(study.built())) == {"c1", "c2"}
    assert "last" in study.page()


@pytest.mark.slow
def test_a_kernel_that_answers_otherwise_is_executed_as_ever(study: Study) -> None:
    odd = "get_ipython().display_formatter.formatters['text/plain'].for_type(str, lambda text, p, cycle: p.text('odd'))"
    study.paper("md:One.", odd, "'a text'", "print('the end')")
    study.built()
    assert "the end" in study.page()
    study.paper("md:Two.", odd, "'a text'", "print('the end')")
    assert set(ran(study.built())) == {"c1", "c2", "c3"}


@pytest.mark.slow
def test_where_the_observer_cannot_be_loaded_a_paper_is_executed_as_ever(study: Study) -> None:
    study.paper("x = 2", "print('is', x)")
    (study.root / "papers" / "demo" / "pressrun.py").write_text("what = 'a file that is in the way'\n")
    study.built()
    assert "is 2" in study.page()


def test_a_file_that_paper_toml_declares_runs_every_cell_since_nobody_sees_which_one_reads_it(study: Study) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Arrow opens it without Python's knowledge.
    cells = ("import pyarrow.parquet as pq\nt = pq.read_table('d.parquet')", "print('got', t['a'].to_pylist())")
    data = study.paper(*cells, toml='inputs = ["*.parquet"]').parent / "d.parquet"
    pq.write_table(pa.table({"a": [1]}), data)
    study.built()
    pq.write_table(pa.table({"a": [2]}), data)
    assert ran(study.built()) == dict.fromkeys(("c0", "c1"), "file papers/demo/d.parquet changed")
    assert "got [2]" in study.page()
    study.paper("md:More.", *cells)
    assert ran(study.built()) == {}


def test_a_warning_names_its_cell_and_is_the_same_in_each_execution(study: Study) -> None:
    study.paper(
        "#| label: note\nimport warnings\nwarnings.warn('take care')",
        "def far():\n    warnings.warn('from afar')",
        "far()\nfar.__code__",
        toml='formats = ["ipynb"]',
    )
    study.built()
    published = (study.root / "site" / "demo" / "paper.ipynb").read_text()
    assert "<cell note>:3: UserWarning: take care" in published
    assert "<cell c1>:2: UserWarning: from afar" in published
    assert 'file \\"<cell c1>\\", line 1>' in published
    assert "ipykernel_" not in published


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["!cat data.txt", "%%bash\ncat data.txt"])
def test_a_cell_that_runs_a_shell_command_runs_again_since_nobody_sees_what_that_read(study: Study, shell: str) -> None:
    data = study.paper("md:One.", shell, "1 + 1").parent / "data.txt"
    data.write_text("first")
    study.built()
    data.write_text("second")
    study.paper("md:Two.", shell, "1 + 1")
    assert ran(study.built())["c1"] == "depends on another program"
    assert "second" in study.page()
