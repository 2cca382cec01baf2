"""What tests of faults ask of a build's cells, and of the records that it keeps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.build.cell_records import _read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Study

    from pressrun.build.outcomes import PaperResult


def ran(result: PaperResult) -> dict[str, str]:
    """Give the cells that ran, with the reasons."""
    return {cell.id: cell.reason for cell in result.cells if cell.outcome.word == "executed"}


def record_files(study: Study, name: str = "demo") -> list[Path]:
    return sorted((study.root / ".pressrun" / "cells" / name).glob("*.json"))


def sound_records(study: Study, name: str = "demo") -> int:
    """Count the records of a paper, each of which has to be whole, with nothing half written beside them."""
    files = record_files(study, name)
    assert [path.name for path in files if _read(path) is None] == []
    assert list((study.root / ".pressrun" / "cells" / name).glob(".*")) == []
    return len(files) - 1
