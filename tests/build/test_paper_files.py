"""Papers are found by folder, notebook or name, and paper.toml is taken at its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pressrun.build.paper import Paper, PaperConfig
from pressrun.errors import ConfigError, NotebookError
from pressrun.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study


def test_a_paper_is_found_by_name_folder_and_notebook(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    path = study.paper("1")
    project = Project.find(study.root)
    monkeypatch.chdir(study.root / "papers")
    for what in ("demo", "papers/demo", str(path), path.parent, "demo/paper.ipynb"):
        paper = Paper.load(what, project)
        assert (paper.name, paper.notebook, paper.label) == ("demo", path, "papers/demo/paper.ipynb")
    assert paper.lock_path == path.parent / "paper.lock"


def test_all_papers_of_a_project_are_found(study: Study) -> None:
    for name in ("b", "a"):
        study.paper("1", name=name)
    assert [paper.name for paper in Paper.find([], Project.find(study.root))] == ["a", "b"]


def test_a_notebook_of_another_name_is_a_paper_with_its_own_lock(study: Study) -> None:
    path = study.paper("1").rename(study.root / "papers" / "demo" / "annex.ipynb")
    paper = Paper.load(path, Project.find(study.root))
    assert (paper.name, paper.lock_path.name) == ("annex", "annex.lock")


def test_an_unknown_paper_is_named_with_those_that_are_here(study: Study) -> None:
    study.paper("1")
    with pytest.raises(NotebookError, match="papers here: demo"):
        Paper.load("dmeo", Project.find(study.root))


def test_a_folder_without_a_notebook_is_told_from_no_folder(study: Study) -> None:
    study.paper("1")
    (study.root / "papers" / "empty").mkdir()
    with pytest.raises(NotebookError, match="there is no paper") as caught:
        Paper.load("empty", Project.find(study.root))
    assert caught.value.where == str(study.root / "papers" / "empty")


def test_a_path_that_no_file_can_have_is_named(study: Study) -> None:
    with pytest.raises(NotebookError, match="cannot be looked at"):
        Paper.load("x" * 300, Project.find(study.root))


def test_two_papers_cannot_have_one_name(study: Study) -> None:
    study.paper("1")
    other = study.root / "elsewhere" / "demo"
    study.paper("1").parent.rename(study.root / "moved")
    other.parent.mkdir()
    (study.root / "moved").rename(other)
    study.paper("1")
    with pytest.raises(ConfigError, match="has the name of"):
        Paper.find(["papers/demo", "elsewhere/demo"], Project.find(study.root))


@pytest.mark.parametrize("name", ["_x", ".x", "index.html", "a b", "x~1"])
def test_names_that_the_site_cannot_have_are_refused(study: Study, name: str) -> None:
    study.paper("1", name=name)
    with pytest.raises(ConfigError, match="cannot be called"):
        Paper.load(study.root / "papers" / name, Project.find(study.root))


def test_paper_toml_says_how(tmp_path: Path) -> None:
    path = tmp_path / "paper.toml"
    assert PaperConfig.read(path) == PaperConfig(formats=("html",), timeout=600)
    path.write_text('formats = ["pdf", "html", "pdf"]\ntimeout = 30\nvolatile = ["fig-now"]\n[parameters]\nn = 3\n')
    config = PaperConfig.read(path)
    assert (config.formats, config.timeout, config.parameters) == (("html", "pdf"), 30.0, {"n": 3})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("formats = 'html'", "formats is not a list"),
        ("formats = ['docx']", "unknown format 'docx'"),
        ("timeout = 0", "timeout"),
        ("timeout = true", "timeout"),
        ("timeout = nan", "timeout"),
        ("kernel = 3", "kernel"),
        ("parameters = 3", "parameters"),
        ("format = ['html']", "unknown key 'format'"),
        ("formats = [", "cannot be read"),
        ("formats = []", "no format is named"),
        ("inputs = ['']", "no pattern"),
        ("inputs = ['a/**b']", "no pattern"),
        ("parameters = {a-b = 1}", "'a-b' cannot be the name of a parameter"),
        ("parameters = {'a b' = 1}", "'a b' cannot be"),
        ("parameters = {class = 1}", "'class' cannot be"),
    ],
)
def test_a_wrong_paper_toml_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "paper.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        PaperConfig.read(path)
    assert says in caught.value.what
    assert caught.value.where == str(path)
