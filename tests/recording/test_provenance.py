"""Where a run came from: the code as it ran, the command without its secrets, the environment."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from pressrun import start_run
from pressrun.recording import git as git_module
from pressrun.recording.masking import MASK, mask_command, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.records import Recorded


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def record(runs: Path, **arguments: Any) -> None:
    start_run(folder=runs, resources=False, **arguments).finish()


def test_a_clean_work_tree_is_its_commit(repository: Path, runs: Path, read_one: Callable[[], Recorded]) -> None:
    record(runs)
    found = read_one().run.provenance
    assert found.git_commit == git(repository, "rev-parse", "HEAD")
    assert found.git_branch == "trunk"
    assert found.git_dirty is False
    assert found.git_diff == ""
    assert "untracked" not in found.extra


def test_uncommitted_changes_make_the_very_code_again(
    repository: Path, runs: Path, read_one: Callable[[], Recorded], tmp_path_factory: pytest.TempPathFactory
) -> None:
    (repository / "train.py").write_text("rate = 0.2  # größer\n")
    (repository / "staged.py").write_text("new\n")
    git(repository, "add", "staged.py")
    (repository / "new script.py").write_text("untracked\n")
    (repository / "weights.bin").write_bytes(b"\0" * 10)
    (repository / "secret.env").write_text("TOKEN=1")
    record(runs)
    found = read_one().run.provenance
    assert found.git_dirty is True
    assert found.extra["untracked"] == ["new script.py"]
    assert set(found.extra["edited_after_start"]) == {"train.py", "staged.py", "new script.py"}  # type: ignore[arg-type]
    assert "TOKEN" not in found.git_diff
    other = tmp_path_factory.mktemp("again")
    git(other, "clone", "-q", str(repository), "clone")
    git(other / "clone", "checkout", "-q", found.git_commit)
    subprocess.run(["git", "apply", "-"], cwd=other / "clone", input=found.git_diff, text=True, check=True)
    assert (other / "clone" / "train.py").read_text() == "rate = 0.2  # größer\n"
    assert (other / "clone" / "staged.py").read_text() == "new\n"


def test_the_runs_themselves_are_no_untracked_code(
    repository: Path, runs: Path, read_all: Callable[[], list[Recorded]]
) -> None:
    (repository / ".gitignore").write_text("")
    record(runs)
    record(runs)
    for each in read_all():
        assert "untracked" not in each.run.provenance.extra


def test_git_runs_nothing_of_the_repositorys(repository: Path, runs: Path, read_one: Callable[[], Recorded]) -> None:
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in ("diff.external", "core.pager", "core.fsmonitor", "diff.trap.command", "diff.trap.textconv"):
        git(repository, "config", key, str(trap))
    git(repository, "config", "diff.noprefix", "true")
    git(repository, "config", "color.ui", "always")
    for hook in ("post-index-change", "fsmonitor-watchman"):
        path = repository / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(trap.read_text())
        path.chmod(0o755)
    (repository / ".git" / "info" / "attributes").write_text("*.py diff=trap\n")
    (repository / "train.py").write_text("rate = 0.3\n")
    index = (repository / ".git" / "index").read_bytes()
    record(runs)
    assert "+rate = 0.3" in read_one().run.provenance.git_diff
    assert read_one().run.provenance.git_diff.startswith("diff --git a/train.py b/train.py")
    assert not (repository / "sprung").exists()
    assert (repository / ".git" / "index").read_bytes() == index


def test_a_large_diff_is_cut_at_a_line_and_says_so(
    repository: Path, runs: Path, read_one: Callable[[], Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_module, "DIFF_LIMIT", 20_000)
    (repository / "train.py").write_text("x = 1\n" * 50_000)
    record(runs)
    found = read_one().run.provenance
    assert found.extra["diff_cut"] is True
    assert 19_000 < len(found.git_diff) <= 20_000
    assert found.git_diff.endswith("\n")


@pytest.mark.parametrize("state", ["no repository", "no git", "no commit yet", "detached"])
def test_what_git_cannot_say_is_empty(
    runs: Path, read_one: Callable[[], Recorded], state: str, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    if state == "no git":
        monkeypatch.setenv("PATH", str(runs.parent))
    elif state == "no commit yet":
        git(runs.parent, "init", "-q", "-b", "trunk")
    elif state == "detached":
        repository = request.getfixturevalue("repository")
        git(repository, "checkout", "-q", "--detach")
    record(runs)
    found = read_one().run.provenance
    assert found.git_diff == ""
    assert (found.git_commit != "") == (state == "detached")
    assert found.git_branch == ("trunk" if state == "no commit yet" else "")
    if state.startswith("no ") and state != "no commit yet":
        assert found.git_dirty is None
        assert "git" in str(found.extra["reason"])


def test_a_slow_git_is_given_up(
    repository: Path, runs: Path, read_one: Callable[[], Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = repository / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (slow / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git_module, "TIMEOUT_SECONDS", 0.3)
    record(runs)
    assert "no answer" in str(read_one().run.provenance.extra["reason"])


def test_the_environment_is_locked(runs: Path, read_one: Callable[[], Recorded]) -> None:
    record(runs)
    found = read_one().run.provenance
    assert found.packages["numpy"] == importlib.metadata.version("numpy")
    assert list(found.packages) == sorted(found.packages, key=str.lower)
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert found.platform
    assert found.host
    assert found.user
    assert found.cwd == str(runs.parent)


@pytest.mark.parametrize(
    ("config", "given", "seed"),
    [
        ({"seed": 3}, None, 3),
        ({"random_state": 4}, None, 4),
        ({"seed": "x", "random_seed": 5}, None, 5),
        ({"seed": 3}, 9, 9),
        ({"seed": True}, None, None),
        ({}, None, None),
    ],
)
def test_the_seed_is_the_one_given_or_the_configs(
    runs: Path, read_one: Callable[[], Recorded], config: dict[str, Any], given: int | None, seed: int | None
) -> None:
    record(runs, config=config, seed=given)
    assert read_one().run.provenance.seed == seed


def test_environment_variables_are_not_recorded(runs: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.setenv("MY_SERVICE", "correct-horse-battery")
    start_run(folder=runs).finish()
    for path in runs.rglob("*"):
        if path.is_file():
            assert b"correct-horse" not in path.read_bytes()


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        (["train.py", "--password", "x"], ["train.py", "--password", MASK]),
        (["train.py", "--api-key=x"], ["train.py", f"--api-key={MASK}"]),
        (["env", "HF_TOKEN=x", "python"], ["env", f"HF_TOKEN={MASK}", "python"]),
        (["t", "+trainer.apiKey=x"], ["t", f"+trainer.apiKey={MASK}"]),
        (["t", "--auth-token", "-x", "--lr", "1"], ["t", "--auth-token", MASK, "--lr", "1"]),
        (["t", "--token", "--lr", "1"], ["t", "--token", "--lr", "1"]),
        (["git", "clone", "https://me:pw@host/x"], ["git", "clone", f"https://{MASK}@host/x"]),
        (["curl", "-H", "Authorization: Bearer x.y"], ["curl", "-H", f"Authorization: Bearer {MASK}"]),
        (["sh", "-c", "a --secret x; b --lr 1"], ["sh", "-c", f"a --secret {MASK}; b --lr 1"]),
        (["sh", "-c", '{"password": "x", "n": 1}'], ["sh", "-c", f'{{"password": "{MASK}", "n": 1}}']),
        (["t", "hf_" + "a" * 30], ["t", MASK]),
        (["t", "--max-tokens", "5", "--tokenizer", "b", "--author=c"],) * 2,
        (["t", "--monkey=1", "--key", "k", "--passes", "3", "C:=1"],) * 2,
    ],
)
def test_secrets_in_a_command_are_masked_and_nothing_else(command: list[str], masked: list[str]) -> None:
    assert list(mask_command(command)) == masked


def test_masking_takes_time_in_proportion() -> None:
    began = time.perf_counter()
    for text in ("a" * 100_000, "a=" * 50_000, "-a " * 50_000, "://" * 30_000, "password " * 20_000):
        mask_text(text)
    assert time.perf_counter() - began < 5


def test_a_worker_of_multiprocessing_records_the_script_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "sweep.py"
    script.write_text(
        "import multiprocessing, sys\n"
        "def record(folder):\n"
        "    import pressrun as pr\n"
        "    with pr.start_run(folder=folder): pass\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        pool.map(record, [sys.argv[2]])\n"
    )
    runs = tmp_path / "runs"
    subprocess.run([sys.executable, str(script), "--out", str(runs)], check=True, cwd=tmp_path)
    (folder,) = runs.iterdir()
    command = json.loads((folder / "provenance.json").read_text())["command"]
    assert command[1:] == [str(script), "--out", str(runs)]
