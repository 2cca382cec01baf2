"""Code as it is and as a run ran it, from inside the project and nowhere else."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

import pressrun as pr
from pressrun.errors import UsageError
from pressrun.facts import to_json
from pressrun.panels.base import Panel
from pressrun.panels.excerpt import MOST_LINES
from pressrun.records import Provenance, Run, Status

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''\
"""A training script."""

import math

LEARNING_RATE = 0.1


# Fits the model.
# Twice.
@cache
def fit(x):
    """Fit."""
    return x


class Model:
    size = 3

    @property
    def width(self):
        return self.size

    def fit(self):
        def inner():
            return "</code><script>alert(1)</script>"
        return inner


if math.pi > 3:
    def late():
        return 1
'''


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project in a git repository, with one commit, and work in its paper's folder."""
    root = tmp_path / "project"
    (root / "papers" / "digits").mkdir(parents=True)
    (root / "pressrun.toml").write_text("")
    (root / "train.py").write_text(SOURCE)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    monkeypatch.chdir(root / "papers" / "digits")
    return root


def run_of(root: Path, *, commit: str = "", diff: str = "", cwd: str = "") -> Run:
    head = git(root, "rev-parse", "HEAD").strip()
    provenance = Provenance(git_commit=commit or head, git_diff=diff, git_dirty=bool(diff), cwd=cwd)
    return Run("r1", "svm-3", "runs/", Status.FINISHED, provenance=provenance)


def test_a_function_comes_with_its_decorators_and_the_comments_above_it(project: Path) -> None:
    view = pr.code("train.py::fit").fact.view
    assert view["text"] == '# Fits the model.\n# Twice.\n@cache\ndef fit(x):\n    """Fit."""\n    return x\n'
    assert (view["first_line"], view["last_line"], view["link"]) == (8, 13, "train.py#L8-L13")
    assert (view["language"], view["symbol"], view["dirty"]) == ("python", "fit", False)
    assert view["commit"] == git(project, "rev-parse", "HEAD").strip()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("symbol", "first_line"),
    [
        ("Model.width", "@property"),
        ("Model.fit.inner", "def inner():"),
        ("late", "def late():"),
        ("LEARNING_RATE", "LEARNING_RATE = 0.1"),
        ("Model.size", "size = 3"),
    ],
)
def test_symbols_are_found_in_classes_functions_and_branches_and_lose_their_indentation(
    symbol: str, first_line: str
) -> None:
    assert pr.code(f"train.py::{symbol}").fact.view["text"].startswith(first_line + "\n")


@pytest.mark.usefixtures("project")
def test_lines_and_whole_files_can_be_named() -> None:
    assert pr.code("train.py:3-5").fact.view["text"] == "import math\n\nLEARNING_RATE = 0.1\n"
    assert pr.code("train.py:3").fact.view["text"] == "import math\n"
    assert pr.code("train.py").fact.view["text"] == SOURCE
    assert pr.code("train.py:30-999").fact.view["last_line"] == 31


def test_a_long_file_is_cut_and_says_so(project: Path) -> None:
    (project / "long.py").write_text("x = 1\n" * 1000)
    panel = pr.code("long.py")
    assert panel.fact.view["cut"] == 1000 - MOST_LINES
    assert "the last 600 lines not shown" in panel.fact.disclosure.text
    assert "600 more lines not shown" in panel.text()


def test_code_that_no_run_is_asked_for_speaks_of_no_runs(project: Path) -> None:
    (project / "new.py").write_text("x = 1\n")
    fact = pr.code("new.py").fact
    assert "matched" not in to_json(fact)["disclosure"]["text"]
    assert "matched" not in repr(pr.code("new.py"))


def test_a_changed_file_is_dirty(project: Path) -> None:
    (project / "train.py").write_text(SOURCE + "\n# more\n")
    assert pr.code("train.py::fit").fact.view["dirty"] is True


def test_a_run_shows_the_code_of_its_commit_and_not_of_today(project: Path) -> None:
    run = run_of(project)
    (project / "train.py").write_text("def fit(x):\n    return -x\n")
    git(project, "commit", "-qam", "second")
    panel = pr.code("train.py::fit", run=run)
    assert "return x\n" in panel.fact.view["text"]
    assert panel.fact.view["run"] == "r1"
    assert [cite.id for cite in panel.fact.runs] == ["r1"]
    assert "as run svm-3 ran it" in panel.text()


def test_a_runs_uncommitted_changes_are_applied_and_the_work_tree_stays_as_it_is(project: Path) -> None:
    (project / "other.py").write_text("a = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "other")
    (project / "train.py").write_text(SOURCE.replace("return x\n", "return 42 * x\n"))
    (project / "other.py").write_text("a = 2\n")
    run = run_of(project, diff=git(project, "diff", "HEAD"))
    git(project, "checkout", "-q", "--", ".")
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    panel = pr.code("train.py::fit", run=run)
    assert "return 42 * x" in panel.fact.view["text"]
    assert panel.fact.view["dirty"] is True
    assert pr.code("papers/../train.py".removeprefix("papers/../"), run=run).fact.view["dirty"] is True
    assert {p: p.read_bytes() for p in project.rglob("*") if p.is_file()} == before


def test_a_file_that_the_runs_changes_leave_alone_is_not_dirty(project: Path) -> None:
    (project / "other.py").write_text("a = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "other")
    (project / "other.py").write_text("a = 2\n")
    run = run_of(project, diff=git(project, "diff", "HEAD"))
    assert pr.code("train.py::fit", run=run).fact.view["dirty"] is False


def test_a_renamed_and_a_new_file_are_found_under_their_new_names(project: Path) -> None:
    git(project, "mv", "train.py", "mod [1]*.py")
    (project / "naïve.py").write_text("def new():\n    return 1\n")
    git(project, "add", ".")
    run = run_of(project, diff=git(project, "diff", "HEAD"))
    git(project, "reset", "-q", "--hard")
    assert "return x" in pr.code("mod [1]*.py::fit", run=run).fact.view["text"]
    assert "return 1" in pr.code("naïve.py::new", run=run).fact.view["text"]


def test_paths_are_looked_up_where_the_run_ran(project: Path) -> None:
    (project / "exp").mkdir()
    (project / "exp" / "train.py").write_text("def fit():\n    return 'exp'\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "exp")
    panel = pr.code("train.py::fit", run=run_of(project, cwd=str(project / "exp")))
    assert panel.fact.view["path"] == "exp/train.py"


def test_the_project_may_stand_in_a_folder_of_the_repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = project / "papers" / "digits"
    (inner / "pressrun.toml").write_text("")
    (inner / "plot.py").write_text("def plot():\n    pass\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "inner")
    monkeypatch.chdir(inner)
    run = run_of(project)
    assert pr.code("plot.py::plot", run=run).fact.view["path"] == "plot.py"
    with pytest.raises(UsageError, match="no such file"):
        pr.code("train.py::fit", run=run)


def test_a_commit_that_is_not_there_gives_the_code_as_it_is_now_and_says_so(project: Path) -> None:
    panel = pr.code("train.py::fit", run=run_of(project, commit="0123456789" * 4))
    assert "as it is now" in panel.fact.disclosure.text
    assert "not in this repository" in panel.fact.disclosure.text
    assert panel.fact.view["run"] == ""
    assert panel.fact.view["text"] == pr.code("train.py::fit").fact.view["text"]


@pytest.mark.parametrize("commit", ["--output=/tmp/x", "HEAD", "master:train.py", "abc"])
def test_a_commit_that_is_no_hash_is_never_given_to_git(project: Path, commit: str) -> None:
    panel = pr.code("train.py::fit", run=run_of(project, commit=commit))
    assert "not in this repository" in panel.fact.disclosure.text


def test_a_run_without_a_commit_gives_the_code_as_it_is_now_and_says_so(project: Path) -> None:
    run = dataclasses.replace(run_of(project), provenance=Provenance())
    panel = pr.code("train.py::fit", run=run)
    assert "recorded no commit" in panel.fact.disclosure.text
    assert panel.fact.view["run"] == ""


def test_changes_that_do_not_apply_are_an_error(project: Path) -> None:
    diff = "diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1,1 +1,1 @@\n-nothing like it\n+x\n"
    with pytest.raises(UsageError, match="do not apply"):
        pr.code("train.py::fit", run=run_of(project, diff=diff))


@pytest.mark.parametrize("target", ["../secret.py", "/etc/passwd", "a/../../secret.py", "C:\\x.py", "..\\secret.py"])
def test_a_path_out_of_the_project_is_refused(project: Path, target: str) -> None:
    (project.parent / "secret.py").write_text("password = 1\n")
    with pytest.raises(UsageError, match="leads out of the project"):
        pr.code(target)
    with pytest.raises(UsageError, match="leads out of the project"):
        pr.code(target, run=run_of(project))


def test_a_link_out_of_the_project_is_refused_today_and_in_a_commit(project: Path) -> None:
    (project.parent / "secret.py").write_text("password = 1\n")
    (project / "link.py").symlink_to(project.parent / "secret.py")
    with pytest.raises(UsageError, match="leads out of the project"):
        pr.code("link.py")
    git(project, "add", ".")
    git(project, "commit", "-qm", "link")
    with pytest.raises(UsageError, match="is a link in commit"):
        pr.code("link.py", run=run_of(project))


def test_a_change_that_makes_a_link_reads_nothing_outside(project: Path) -> None:
    (project.parent / "secret.py").write_text("password = 1\n")
    diff = (
        "diff --git a/evil.py b/evil.py\nnew file mode 120000\n--- /dev/null\n+++ b/evil.py\n"
        f"@@ -0,0 +1 @@\n+{project.parent / 'secret.py'}\n\\ No newline at end of file\n"
    )
    with pytest.raises(UsageError):
        pr.code("evil.py", run=run_of(project, diff=diff))


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "target", ["", "nothing.py", "train.py::fot", "train.py:900", "train.py:9-3", "train.py::1x", "pressrun.toml::x"]
)
def test_what_is_not_there_is_an_error(target: str) -> None:
    with pytest.raises(UsageError):
        pr.code(target)


def test_a_file_that_is_no_text_or_no_python_is_an_error(project: Path) -> None:
    (project / "data.py").write_bytes(b"\x00\x01")
    (project / "bad.py").write_text("def (:\n")
    with pytest.raises(UsageError, match="not a text file"):
        pr.code("data.py")
    with pytest.raises(UsageError, match="not Python"):
        pr.code("bad.py::x")


def test_a_project_without_git_shows_its_code_and_no_commit(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    view = pr.code("a.py", project=tmp_path).fact.view
    assert (view["text"], view["dirty"]) == ("x = 1\n", False)


def test_the_faces_show_code_as_text(project: Path, tmp_path: Path) -> None:
    (project / "odd.py").write_text(
        "x = '\u202e</code>'\n\ty = 1  # $x$ \\input{a}\n\n" + "long = " + "1 + " * 60 + "1\n"
    )
    for panel in (pr.code("train.py::Model"), pr.code("odd.py")):
        assert isinstance(panel, Panel)
        assert "<script>" not in panel.html()
        assert "</code>" not in panel.html().split("<code>")[1].split("</code></pre>")[0]
        assert "\\input" not in panel.latex()
        assert "\u202e" not in panel.html() + panel.latex() + panel.text()
        panel.figure(width=3.4).savefig(tmp_path / "code.png")
        json.dumps(panel.bundle(), allow_nan=False)
    assert list(pr.code("train.py:3-5").data["line"]) == [3, 4, 5]
