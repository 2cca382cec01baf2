"""What stands in the repository: locks without addresses, workflows whose steps exist, a tree that is as documented."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent

TOP = {"pyproject.toml", "README.md", "extension", "papers", "templates", "tests", "binder"} | {
    "Makefile",
    "docs",
    "LICENSE",
    "CHANGELOG.md",
}


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_no_folder_of_tests_is_passed_over(pytestconfig: pytest.Config) -> None:
    passed_over = pytestconfig.getini("norecursedirs")
    folders = {part for path in (ROOT / "tests").rglob("test_*.py") for part in path.relative_to(ROOT).parent.parts}
    assert [name for name in folders if any(fnmatch(name, pattern) for pattern in passed_over)] == []


def test_the_top_level_is_the_fixed_one() -> None:
    names = {path.split("/")[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} == TOP


@pytest.mark.parametrize("lock", ["binder/requirements.txt", "extension/lab/package-lock.json"])
def test_a_lock_pins_integrity_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert re.search(r"sha256:[0-9a-f]{64}|sha512-", text)
    assert re.findall(r"https?://[^\s\"']+", text) == []


def test_every_pinned_package_has_a_hash() -> None:
    text = (ROOT / "binder" / "requirements.txt").read_text("utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if re.match(r"[a-zA-Z0-9]", line)]
    assert len(pins) > 100
    assert [line.split()[0] for line in pins if "--hash=sha256:" not in line] == []


def test_the_workflow_calls_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "papers.yml").read_text("utf-8"))
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    called = [target for run in steps for target in re.findall(r"\bmake ([a-z-]+)", run)]
    assert called
    assert set(called) <= targets


def test_no_file_is_larger_than_a_reader_would_take() -> None:
    long = {}
    for path in tracked():
        # What `npm run types` writes is read in its schema.
        written = path.startswith("extension/lab/src/api/payloads/")
        if path.endswith((".py", ".ts")) and (ROOT / path).exists() and not written:
            lines = len((ROOT / path).read_text("utf-8").splitlines())
            # A file of tests is a list of stories, and may be longer than a file that has to be understood whole.
            if lines > (500 if path.startswith("tests/") else 400):
                long[path] = lines
    assert long == {}
