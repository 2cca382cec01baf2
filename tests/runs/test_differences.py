"""What differs between runs, their code among it, in a real git repository."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.records import Provenance, Run, Status
from pressrun.runs.address import MISSING
from pressrun.runs.differences import Differences, Section, compare_runs

if TYPE_CHECKING:
    from pathlib import Path


def run(name: str, **fields: Any) -> Run:
    given: dict[str, Any] = {"source": "runs/", "status": Status.FINISHED, **fields}
    return Run(id=f"id-{name}", name=name, **given)


def section(differences: Differences, title: str) -> Section:
    return next(section for section in differences.sections if section.title == title)


def test_differing_entries_come_first_and_equal_ones_are_counted() -> None:
    a = run("a", config={"C": 1, "lr": 0.1, "opt": {"name": "adam"}}, summary={"acc": 0.9})
    b = run("b", config={"C": 2, "lr": 0.1, "opt": {"name": "sgd"}, "new": None}, summary={"acc": 0.9})
    config = section(compare_runs([a, b]), "config")
    assert [(entry.key, entry.values) for entry in config.differing] == [
        ("C", (1, 2)),
        ("opt.name", ("adam", "sgd")),
        ("new", (MISSING, None)),
    ]
    assert config.same == 1
    assert section(compare_runs([a, b]), "summary").same == 1


def test_ten_and_ten_point_nought_are_the_same_and_ten_as_text_is_not() -> None:
    assert section(compare_runs([run("a", config={"x": 10}), run("b", config={"x": 10.0})]), "config").differing == ()
    assert section(compare_runs([run("a", config={"x": 10}), run("b", config={"x": "10"})]), "config").same == 0


def test_three_runs_differ_where_any_does() -> None:
    three = compare_runs([run(n, config={"x": x}) for n, x in (("a", 1), ("b", 1), ("c", 2))])
    assert section(three, "config").differing[0].values == (1, 1, 2)
    assert len(three.code) == 2


def test_packages_are_compared_only_where_every_run_says_them() -> None:
    a = run("a", provenance=Provenance(packages={"numpy": "1", "scipy": "1"}))
    b = run("b", provenance=Provenance(packages={"numpy": "2", "scipy": "1"}))
    both = section(compare_runs([a, b]), "environment")
    assert [(entry.key, entry.values) for entry in both.differing] == [("numpy", ("1", "2"))]
    assert both.same == 1
    one = section(compare_runs([a, run("silent")]), "environment")
    assert one.differing == ()
    assert "silent" in one.note


def test_the_json_is_strict_and_tells_null_from_missing() -> None:
    a, b = run("a", config={"x": None, "n": float("nan")}), run("b", config={})
    data = compare_runs([a, b]).to_json()
    json.dumps(data, allow_nan=False)
    config = next(part for part in data["sections"] if part["title"] == "config")
    entries = {entry["key"]: entry for entry in config["differing"]}
    assert entries["x"]["values"] == [None, None]
    assert entries["x"]["has"] == [True, False]
    assert entries["n"]["values"] == ["nan", None]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text("C = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "train.py").write_text("C = 2\n")
    git(tmp_path, "commit", "-qam", "two")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def at(name: str, commit: str, diff: str = "", **fields: Any) -> Run:
    return run(name, provenance=Provenance(git_commit=commit, git_diff=diff, git_dirty=bool(diff), **fields))


def test_the_code_between_two_commits_is_a_unified_diff(repository: Path) -> None:
    new, old = git(repository, "log", "--format=%H").split()
    (code,) = compare_runs([at("a", old), at("b", new)], repository).code
    assert code.same is False
    assert "-C = 1\n+C = 2\n" in code.diff


def test_runs_of_one_commit_without_changes_have_the_same_code(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD").strip()
    (code,) = compare_runs([at("a", commit), at("b", commit)], repository).code
    assert (code.same, code.diff) == (True, "")


def test_each_runs_own_changes_are_shown_under_its_name(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD").strip()
    patch = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-C = 2\n+C = 3\n"
    (code,) = compare_runs([at("a", commit), at("b\n+evil", commit, patch)], repository).code
    assert code.same is False
    assert code.diff == f"# uncommitted changes of b?+evil (id-b?+evil)\n{patch}"


def test_a_commit_that_is_not_here_is_named(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD").strip()
    (code,) = compare_runs([at("a", commit), at("b", "0123456789abcdef0123456789abcdef01234567")], repository).code
    assert "0123456789ab is not in the repository" in code.note
    assert code.same is False


@pytest.mark.parametrize("commit", ["--output=/tmp/pressrun-pwned", "HEAD; touch x", "HEAD", "-p", "../x"])
def test_a_commit_that_is_no_commit_reaches_no_git(repository: Path, commit: str) -> None:
    good = git(repository, "rev-parse", "HEAD").strip()
    (code,) = compare_runs([at("a", good), at("b", commit)], repository).code
    assert "is not in the repository" in code.note
    assert code.diff == ""
    assert not os.path.exists("/tmp/pressrun-pwned")  # noqa: PTH110


def test_a_repository_that_would_run_a_program_does_not(repository: Path) -> None:
    (repository / ".gitattributes").write_text("*.py diff=evil\n")
    git(repository, "config", "diff.external", f"touch {repository}/ran;")
    git(repository, "config", "diff.evil.textconv", f"touch {repository}/ran; cat")
    new, old = git(repository, "log", "--format=%H").split()
    (code,) = compare_runs([at("a", old), at("b", new)], repository).code
    assert "+C = 2" in code.diff
    assert not (repository / "ran").exists()


def test_without_a_known_commit_nothing_is_claimed(repository: Path) -> None:
    (code,) = compare_runs([run("a"), run("b")], repository).code
    assert code.same is None
    assert "no git commit is known" in code.note


def test_recorded_runs_are_compared_with_their_code(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    (repository / ".gitignore").write_text("runs/\n.pressrun/\n")
    with pr.start_run(name="first", config={"C": 2, "seed": 1}, resources=False):
        pass
    (repository / "train.py").write_text("C = 30\n")
    git(repository, "commit", "-qam", "three")
    with pr.start_run(name="second", config={"C": 30, "seed": 1}, resources=False):
        pass
    runs = pr.runs("runs/")
    differences = compare_runs([runs["first"], runs["second"]], repository)
    assert section(differences, "config").differing[0].values == (2, 30)
    assert "-C = 2\n+C = 30\n" in differences.code[0].diff
