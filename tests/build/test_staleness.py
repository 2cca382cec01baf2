"""When a paper is rebuilt: for every input that changed, with its reason, and never for one that did not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import nbformat
import pytest

from pressrun.build.build import survey
from pressrun.build.outcomes import CellOutcome, Outcome
from pressrun.build.paper import Paper
from pressrun.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def published(shared_study: Study) -> Study:
    """A paper that reads a file, imports the project's code, shows an image and cites; built once."""
    study = shared_study
    (study.root / "model.py").write_text("DEPTH = 3\n")
    path = study.paper(
        "md:---\ntitle: T\nbibliography: references.bib\n---",
        "import json, model\nnumbers = json.load(open('data.json'))\nopen('out.txt', 'w').write('1')",
        "md:![a dot](dot.png) has `{python} model.DEPTH` and [@lee2020].",
        toml='formats = ["html", "ipynb"]\n',
    )
    (path.parent / "data.json").write_text("[1]")
    (path.parent / "dot.png").write_bytes(PNG)
    (path.parent / "references.bib").write_text("@article{lee2020, title={A}, author={Lee, Ann}, year={2020}}\n")
    study.built()
    return study


def reasons(study: Study, **options: object) -> list[str]:
    paper = Paper.load(study.root / "papers" / "demo", Project.find(study.root))
    return [str(reason) for reason in survey(paper, **options).stale]  # type: ignore[arg-type]


def test_a_second_build_finds_nothing_to_do_and_starts_no_kernel(published: Study) -> None:
    before = published.publication
    published.watched.started.clear()
    result = published.built()
    assert result.outcome is Outcome.CURRENT
    assert {cell.outcome for cell in result.cells} == {CellOutcome.CURRENT}
    assert published.watched.started == []
    assert published.publication == before


def test_touching_files_is_no_change(published: Study) -> None:
    for path in (published.root / "papers" / "demo").iterdir():
        os.utime(path, (2e9, 2e9))
    assert reasons(published) == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("papers/demo/data.json", "papers/demo/data.json: changed"),
        ("papers/demo/dot.png", "papers/demo/dot.png: changed"),
        ("papers/demo/references.bib", "papers/demo/references.bib: changed"),
        ("model.py", "model.py: changed"),
    ],
)
def test_a_file_with_other_bytes_is_a_reason_even_at_the_same_size_and_time(
    published: Study, name: str, what: str
) -> None:
    path = published.root / name
    content, stat = path.read_bytes(), path.stat()
    path.write_bytes(content[:-1] + b"#")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert reasons(published) == [what]
    path.unlink()
    assert reasons(published) == [what.replace("changed", "is gone")]
    path.write_bytes(content)
    assert reasons(published) == []


def edit(path: Path, index: int, source: str) -> str:
    notebook = nbformat.read(path, 4)
    old = str(notebook.cells[index].source)
    notebook.cells[index].source = source
    nbformat.write(notebook, path)
    return old


def test_an_edited_cell_is_counted_and_outputs_are_nothing(published: Study) -> None:
    path = published.root / "papers" / "demo" / "paper.ipynb"
    old = edit(path, 2, "new prose")
    assert reasons(published) == ["notebook: 1 cell changed"]
    edit(path, 2, old)
    notebook = nbformat.read(path, 4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    nbformat.write(notebook, path)
    assert reasons(published) == []


def test_what_is_asked_for_is_compared(published: Study) -> None:
    assert reasons(published, formats=("html",)) == []
    assert reasons(published, formats=("html", "latex")) == ["latex: is asked for and not published"]
    assert reasons(published, given={"n": 3}) == ["parameters: other values were given"]


def test_configuration_is_an_input(published: Study) -> None:
    toml = published.root / "papers" / "demo" / "paper.toml"
    old = toml.read_text()
    toml.write_text(old + "timeout = 5\n")
    assert reasons(published) == ["paper.toml: changed"]
    toml.write_text(old + 'volatile = ["fig-clock"]\n')
    assert "fig-clock: is volatile" in reasons(published)
    toml.write_text(old)
    project = published.root / "pressrun.toml"
    said = project.read_text()
    project.write_text(said + '[metrics."test/acc"]\ndirection = "min"\n')
    assert reasons(published) == ["project: its sources or metrics were configured otherwise"]
    project.write_text(said)


def test_a_paper_that_was_never_published_says_so(study: Study) -> None:
    study.paper("1")
    assert reasons(study) == ["paper: was never published"]


def test_a_forced_rebuild_of_the_same_inputs_is_the_same_version_byte_for_byte(published: Study) -> None:
    before = published.publication
    result = published.built(force=True)
    assert result.outcome is Outcome.PUBLISHED
    assert result.version == 1
    assert published.publication == before
