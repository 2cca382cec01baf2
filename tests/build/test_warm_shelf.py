"""The shelf: an import ahead of time leaves no trace, and does all that it did when it is handed out."""

from __future__ import annotations

import os
import random
import sys
import warnings
from typing import TYPE_CHECKING

import pytest

from pressrun.build.warm_shelf import Shelf, UnshelvableError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf of its own, and a folder for libraries on the import path."""
    shelf = Shelf()
    monkeypatch.setattr(sys, "meta_path", [shelf, *sys.meta_path])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SHELF_READ", "1")
    return shelf


def test_what_an_import_did_is_seen_only_when_the_paper_imports(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "shelf_low.py").write_text(
        "import os, random, warnings\nos.environ['SHELF_SET'] = '1'\nos.environ.get('SHELF_READ')\n"
        "os.environb.get(b'SHELF_READ_TOO')\n"
        "warnings.filterwarnings('ignore', 'of the shelf')\nrandom.random()\n"
    )
    (tmp_path / "shelf_high").mkdir()
    (tmp_path / "shelf_high" / "__init__.py").write_text("import shelf_low\n")
    (tmp_path / "shelf_high" / "part.py").write_text("value = 1\n")
    filters, drawn = list(warnings.filters), random.getstate()
    shelf.load("import shelf_high.part")
    assert not {"shelf_low", "shelf_high", "shelf_high.part", "SHELF_SET"} & {*sys.modules, *os.environ}
    assert (warnings.filters, random.getstate()) == (filters, drawn)
    shelf.begin()
    with warnings.catch_warnings():
        # Only the package that is asked for, not the one that needs it.
        import shelf_low  # type: ignore[import-not-found]

        assert "shelf_high" not in sys.modules
        assert shelf_low.__spec__.loader is not shelf
        assert os.environ.pop("SHELF_SET") == "1"
        assert warnings.filters[0][1].pattern == "of the shelf"  # type: ignore[union-attr]
        assert random.getstate() != drawn
        from shelf_high.part import value  # type: ignore[import-not-found]

        assert value == 1
    assert not shelf.doubt


def test_a_generator_seeded_before_an_import_that_draws_is_in_doubt(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "shelf_draws.py").write_text("import random\nrandom.random()\n")
    shelf.load("import shelf_draws")
    shelf.begin()
    random.seed(1)
    import shelf_draws  # type: ignore[import-not-found]

    assert shelf_draws
    assert "random" in shelf.doubt


@pytest.mark.parametrize(
    "code", ["import warnings\nwarnings.warn('new')", "import sys\nsys.path.append('/x')", "1 / 0", "import not_there"]
)
def test_what_cannot_be_done_again_is_not_for_the_shelf(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "shelf_bad.py").write_text(code)
    with pytest.raises(UnshelvableError):
        shelf.load("import shelf_bad")
    sys.modules.pop("shelf_bad", None)
