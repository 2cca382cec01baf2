"""Binder: the environment that it would build, from the files that it would read, rebuilds the example paper."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_binders_files_make_an_environment_that_rebuilds_the_paper(tmp_path: Path) -> None:
    """As repo2docker does: the requirements, then `postBuild` in a copy of the repository; no development install."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    version = f"python-{sys.version_info.major}.{sys.version_info.minor}"
    if (clone / "binder" / "runtime.txt").read_text("utf-8").strip() != version:
        pytest.skip(f"Binder's Python is not this one ({version})")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    bin_folder = venv / "bin"
    environment = {key: value for key, value in os.environ.items() if key not in ("SKIP_JUPYTER_BUILDER", "PYTHONPATH")}
    environment |= {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(venv)}

    # uv where it is at hand: the same file, the same hashes, a tenth of the time.
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    requirements = ["--require-hashes", "-r", "binder/requirements.txt"]
    install = [uv, "pip", "install", "--quiet"] if uv else [str(bin_folder / "pip"), "install", "--quiet"]
    subprocess.run([*install, *requirements], check=True, cwd=clone, env=environment)
    subprocess.run([str(clone / "binder" / "postBuild")], check=True, cwd=clone, env=environment)

    command = [str(bin_folder / "pressrun"), "build", "papers/digits", "--to", "html,pdf", "--json"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (paper,) = json.loads(done.stdout)["papers"]
    assert paper["version"] == 1
    assert len(paper["claims"]) >= 5
