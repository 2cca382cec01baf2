"""papermill: our engine under its own command, and the notebooks that papermill tests itself with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pressrun.build.parameters import parse_parameter
from pressrun.errors import CellError, CellInputError, IncompleteError, KernelMissingError, PressrunError

if TYPE_CHECKING:
    from tests.conftest import Study

DATA = Path(os.environ.get("PRESSRUN_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "notebooks_tests"


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("papermill/sysexit0.ipynb", IncompleteError, "sys.exit(0)"),
        ("papermill/sysexit1.ipynb", IncompleteError, "sys.exit(1)"),
        ("papermill/broken1.ipynb", CellError, "AssertionError"),
        ("papermill/line_magic_error.ipynb", CellError, ""),
        ("papermill/notimplemented_translator.ipynb", KernelMissingError, "'r'"),
        ("nbclient/files/Disable Stdin.ipynb", None, ""),
        ("nbclient/files/Autokill.ipynb", PressrunError, ""),
        ("nbclient/files/update-display-id.ipynb", None, ""),
        ("nbclient/files/Other Comms.ipynb", None, ""),
        ("nbclient/files/Skip Execution with Cell Tag.ipynb", None, ""),
    ],
)
def test_notebooks_of_papermill_and_nbclient_end_as_they_should(
    study: Study, name: str, error: type[PressrunError] | None, says: str
) -> None:
    source = DATA / name
    if not source.exists():
        pytest.skip(f"{source} is not here")
    path = study.paper("")
    shutil.copyfile(source, path)
    result = study.build()
    assert path.read_bytes() == source.read_bytes()
    if error is None:
        assert result.error is None or isinstance(result.error, CellInputError), result.error
    else:
        assert isinstance(result.error, error)
        assert says in str(result.error)
        assert not (study.root / "site").exists()


def test_the_engine_works_under_papermills_own_command(study: Study) -> None:
    import nbformat

    path = study.paper("md:Two is `{python} 1 + 1`.", "x = 2\nprint(x)")
    out = study.root / "out.ipynb"
    line = [sys.executable, "-m", "papermill", str(path), str(out), "--engine", "pressrun", "-p", "x", "3"]
    done = subprocess.run(line, cwd=study.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    executed = nbformat.read(out, 4)
    (prose,) = [cell for cell in executed.cells if cell.cell_type == "markdown"]
    assert prose.metadata["user_expressions"][0]["result"]["data"] == {"text/plain": "2"}
    assert [o.text for cell in executed.cells if cell.cell_type == "code" for o in cell.outputs] == ["2\n"]


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("None", None), ("3", 3), ("3.0", 3.0), ("true", "true"), ("1e3", 1000.0)]
)
def test_parameters_are_typed(text: str, value: object) -> None:
    assert parse_parameter(text) == value
    assert type(parse_parameter(text)) is type(value)
