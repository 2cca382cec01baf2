"""The wheel holds all that an installation needs, once: nothing of it is made with Node where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pressrun.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
DATA = "pressrun-*.data/data"
EXTENSION = "share/jupyter/labextensions/@pressrun/lab"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Build the wheel of this tree, with the front end that is there and without the network; give its files."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not (ROOT / "extension" / "pressrun" / "labextension" / "package.json").exists() or uv is None:
        pytest.skip("the front end is not built: npm ci and npm run build:all in extension/lab")
    folder = tmp_path_factory.mktemp("wheel")
    line = [uv, "build", "--wheel", "--offline", "--out-dir", str(folder), str(ROOT)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIP_JUPYTER_BUILDER", "1")
        built = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    if "not found in the cache" in built.stderr or "because the network was disabled" in built.stderr.lower():
        pytest.skip("what builds the wheel was never fetched here")
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path).namelist()


@pytest.fixture(scope="module")
def data(wheel: list[str]) -> list[str]:
    """The files that land beside the packages, relative to the environment."""
    return [name.partition(".data/data/")[2] for name in wheel if ".data/data/" in name]


def test_jupyterlab_and_its_server_find_the_extension(data: list[str]) -> None:
    assert {f"{EXTENSION}/package.json", f"{EXTENSION}/install.json"} <= set(data)
    assert "etc/jupyter/jupyter_server_config.d/pressrun.json" in data
    assert any(name.startswith(f"{EXTENSION}/static/remoteEntry.") for name in data)
    assert any(name.startswith(f"{EXTENSION}/schemas/@pressrun/lab/") for name in data)
    static = {path.name for path in (ROOT / "extension" / "pressrun" / "labextension" / "static").iterdir()}
    assert static == {Path(name).name for name in data if name.startswith(f"{EXTENSION}/static/")}


def test_jupyterlab_lists_it_by_the_package_s_version(data: list[str]) -> None:
    described = json.loads((ROOT / "extension" / "pressrun" / "labextension" / "package.json").read_text("utf-8"))
    assert described["version"] == __version__
    assert f"{EXTENSION}/package.json" in data


def test_the_package_has_what_it_reads(wheel: list[str]) -> None:
    for name in ("static/panels.js", "static/page.js", "py.typed", "server/schemas/project.json"):
        assert f"pressrun/{name}" in wheel
    for name in ("papers/comparison/paper.ipynb", "papers/article/template.json"):
        assert f"pressrun/templates/{name}" in wheel


@pytest.mark.parametrize(
    "unwanted",
    [
        lambda name: name.startswith("pressrun/labextension"),
        lambda name: "node_modules" in name or name.endswith((".ts", ".tsx")),
        lambda name: name.startswith(("tests/", "extension/")),
        lambda name: "__pycache__" in name,
    ],
    ids=["the extension a second time", "sources of the front end", "the tree", "caches"],
)
def test_nothing_else_is_in_it(wheel: list[str], unwanted: Callable[[str], bool]) -> None:
    assert [name for name in wheel if unwanted(name)] == []
