"""The front door: what `import pressrun` offers, and what it must not load."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pressrun

STUB = Path(pressrun.__file__).with_suffix(".pyi")


def test_all_is_sorted_and_complete() -> None:
    tree = ast.parse(STUB.read_text("utf-8"))
    imported = [alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(pressrun.__all__) == sorted(str(name) for name in imported)
    assert ast.literal_eval(tree.body[-1].value) == sorted(str(name) for name in imported)  # type: ignore[attr-defined]


def test_every_name_is_there_and_documented() -> None:
    for name in pressrun.__all__:
        assert hasattr(pressrun, name), name
        if name != "__version__":
            assert getattr(pressrun, name).__doc__, f"{name} has no docstring"


def test_runs_stays_the_function_after_its_package_was_imported() -> None:
    importlib.import_module("pressrun.statistics.interval")
    assert callable(pressrun.runs)


def loaded(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    modules = loaded("import pressrun.cli, pressrun.cli.start, pressrun.cli.main")
    heavy = {"pandas", "numpy", "nbconvert", "papermill", "matplotlib", "nbformat", "scipy", "IPython"}
    assert modules & heavy == set()


def test_a_training_loop_that_only_logs_loads_no_pandas(tmp_path: Path) -> None:
    modules = loaded(
        f"import pressrun as pr\nwith pr.start_run(folder={str(tmp_path)!r}) as run:\n    run.log({{'loss': 1.0}})\n"
    )
    assert modules & {"pandas", "numpy", "matplotlib", "scipy", "IPython", "nbformat"} == set()


def test_the_version_is_printed_without_loading_the_command_line() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv = ['pressrun', '--version']\n"
            "from pressrun.cli.start import main; main(); assert 'click' not in sys.modules",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"pressrun {pressrun.__version__}\n"
