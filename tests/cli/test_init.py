"""A project begins with one command, and a second one harms nothing."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pressrun.cli.main import run
from pressrun.errors import ExitCode
from pressrun.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def test_init_makes_a_project_that_is_found_from_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "study"
    assert run(["init", str(folder), "--title", 'A "quoted" title']) == ExitCode.DONE

    project = Project.find(folder / "papers")
    assert project.root == folder.resolve()
    assert project.title == 'A "quoted" title'
    assert "/site/" in (folder / ".gitignore").read_text().splitlines()
    assert (folder / ".github" / "workflows" / "papers.yml").is_file()


def test_init_keeps_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pressrun.toml").write_text('title = "mine"\n')
    (tmp_path / ".gitignore").write_text("*.log")

    assert run(["init", str(tmp_path)]) == ExitCode.DONE

    assert (tmp_path / "pressrun.toml").read_text() == 'title = "mine"\n'
    assert (tmp_path / ".gitignore").read_text().splitlines()[0] == "*.log"
    before = (tmp_path / ".gitignore").read_bytes()
    assert run(["init", str(tmp_path)]) == ExitCode.DONE
    assert (tmp_path / ".gitignore").read_bytes() == before
    assert "kept" in capsys.readouterr().out


def test_init_on_a_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert run(["init", str(tmp_path / "file")]) == ExitCode.USAGE
    assert "is a file" in capsys.readouterr().err


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert run(["init", str(tmp_path)]) == ExitCode.DONE
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_new_writes_a_paper_with_its_title(study: Path) -> None:
    import nbformat
    import yaml

    assert run(["new", "first", "--title", "Of #hashes: a {study}"]) == ExitCode.DONE
    notebook = nbformat.read(study / "papers" / "first" / "paper.ipynb", as_version=4)
    nbformat.validate(notebook)
    front = yaml.safe_load(notebook.cells[0].source.strip().strip("-"))
    assert front["title"] == "Of #hashes: a {study}"
    assert (study / "papers" / "first" / "references.bib").is_file()
    assert not (study / "papers" / "first" / "template.json").exists()


@pytest.mark.parametrize("title", ["🎉 größe", "a\x7fb", 'tab\t"quoted" \\ \b', "{title}", "half \udcff"])
def test_any_title_and_folder_name_gives_a_project_that_can_be_read(title: str, tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "🎉"), "--title", title]) == ExitCode.DONE
    assert Project.find(tmp_path / "🎉").title == title.replace("\udcff", "?")
    assert run(["init", str(tmp_path / "named 🎉")]) == ExitCode.DONE
    assert Project.find(tmp_path / "named 🎉").title == "named 🎉"


def test_a_gitignore_of_other_bytes_is_extended_and_on_a_full_disk_left_as_it_was(tmp_path: Path) -> None:
    ignore = tmp_path / ".gitignore"
    ignore.write_bytes(b"\xff\xfe mine")
    line = [sys.executable, "-m", "pressrun.cli", "init", str(tmp_path)]

    def full() -> None:
        # What a full disk does to a file that is being written.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(line, capture_output=True, text=True, preexec_fn=full, check=False)
    assert done.returncode == ExitCode.USAGE
    assert "cannot be written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]
    assert ignore.read_bytes() == b"\xff\xfe mine"
    assert subprocess.run(line, capture_output=True, check=False).returncode == ExitCode.DONE
    assert ignore.read_bytes().startswith(b"\xff\xfe mine\n")


def test_new_lists_its_templates(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["new", "--list"]) == ExitCode.DONE
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["article", "comparison"]


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "<b>", "-x y"])
def test_new_refuses_a_name_that_is_no_folder_of_its_own(study: Path, name: str) -> None:
    assert run(["new", "--", name]) == ExitCode.USAGE
    assert list((study / "papers").iterdir()) == []


def test_new_takes_the_letters_of_every_language_as_a_build_does(study: Path) -> None:
    assert run(["new", "größe"]) == ExitCode.DONE
    assert (study / "papers" / "größe" / "paper.ipynb").exists()


def test_new_never_overwrites_a_paper(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "first"]) == ExitCode.DONE
    paper = study / "papers" / "first" / "paper.ipynb"
    paper.write_text("mine")
    assert run(["new", "first"]) == ExitCode.USAGE
    assert paper.read_text() == "mine"
    assert "there already" in capsys.readouterr().err


def test_new_names_the_templates_that_there_are(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "first", "--template", "nothing"]) == ExitCode.USAGE
    assert "article, comparison" in capsys.readouterr().err
