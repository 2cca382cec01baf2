"""Notebooks as authors really have them: old formats and odd ids are put right in memory, what cannot be is named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pressrun.build.notebook import parse_notebook, read_notebook, source_digest
from pressrun.errors import NotebookError

DATA = Path(os.environ.get("PRESSRUN_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "notebooks_tests"


def notebook(*cells: dict[str, Any], **top: Any) -> bytes:
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    return json.dumps({**whole, **top}).encode()


def markdown(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def test_ids_that_are_missing_wrong_or_taken_are_made_from_content_and_said() -> None:
    cells = [markdown("a", id="x"), markdown("b", id="x"), markdown("c", id="$!"), markdown("d"), markdown("d")]
    read = parse_notebook(notebook(*cells), "here")
    ids = [cell.id for cell in read.node.cells]
    assert ids[0] == "x"
    assert len(set(ids)) == 5
    assert read.notes == ("4 cell ids were missing, invalid or duplicate, and repaired in memory",)
    # The same cells have the same ids wherever they stand.
    moved = parse_notebook(notebook(markdown("new", id="n"), *cells), "here")
    assert [cell.id for cell in moved.node.cells][1:] == ids


def test_the_digest_is_of_what_authors_write_and_not_of_outputs() -> None:
    def code(outputs: list[Any], source: str = "1") -> bytes:
        cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": len(outputs), "source": source}
        return notebook({**cell, "outputs": outputs})

    output = {"output_type": "stream", "name": "stdout", "text": "1"}
    bare, run, other = (parse_notebook(c, "here").node for c in (code([]), code([output]), code([], "2")))
    assert source_digest(bare) == source_digest(run) != source_digest(other)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not JSON"),
        (b"\x89PNG\r\n", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b'{"a": 1}', "not a notebook"),
        (notebook(nbformat=5), "nbformat 5"),
        (notebook(nbformat=True), "nbformat True"),
        (notebook(cells="x"), "no list of cells"),
        (notebook(markdown("a", cell_type="heading")), "not a valid notebook"),
        (notebook(metadata=[]), "metadata is not a mapping"),
        (notebook(metadata={"kernelspec": "python3"}), "kernelspec"),
        (notebook(metadata={"kernelspec": {"name": 3}}), "kernelspec"),
    ],
)
def test_what_is_no_notebook_is_named_with_its_file(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "paper.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError) as caught:
        _ = read_notebook(path).node
    assert says in caught.value.what
    assert caught.value.where == str(path)


def test_half_a_character_in_code_is_named_with_its_cell_and_does_no_harm_in_prose() -> None:
    code: dict[str, Any] = {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": None, "outputs": []}
    prose = markdown("half \ud800", id="a")
    assert len(parse_notebook(notebook(prose, {**code, "source": "1"}), "here").node.cells) == 2
    with pytest.raises(NotebookError) as caught:
        parse_notebook(notebook(prose, {**code, "source": ["x = 1\n", "y = '\ud800'"]}), "here")
    assert caught.value.where == "here, cell 2"


@pytest.mark.parametrize(
    ("name", "cells", "note"),
    [
        ("nbformat/test2.ipynb", 21, "nbformat 2 was upgraded"),
        ("nbformat/test3.ipynb", 9, "nbformat 3 was upgraded"),
        ("nbformat/invalid_cell_id.ipynb", 1, "repaired"),
        ("nbformat/invalid_unique_cell_id.ipynb", 2, "repaired"),
        ("nbformat/no_min_version.ipynb", 1, "nbformat_minor was missing"),
        ("nbformat/test4.ipynb", 9, ""),
    ],
)
def test_notebooks_of_other_times_are_read(name: str, cells: int, note: str) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    before = path.read_bytes()
    read = read_notebook(path)
    assert len(read.node.cells) == cells
    assert note in " ".join(read.notes)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["test3_no_metadata", "test3_no_worksheets", "v4_5_invalid_metadata", "invalid", "test4plus"]
)
def test_notebooks_beyond_repair_are_named(name: str) -> None:
    path = DATA / "nbformat" / f"{name}.ipynb"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with pytest.raises(NotebookError, match=name):
        _ = read_notebook(path).node
