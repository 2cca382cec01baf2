"""What tests of faults share: a study on a disk that can be filled."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SmallDisk:
    """A real file system of 32 MB."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self, pages: int) -> None:
        """Leave so many pages of 4 kB free."""
        self.clear()
        space = os.statvfs(self.place)
        filler = self.place / "filler"
        filler.write_bytes(b"\0" * max(0, space.f_bavail - pages) * space.f_frsize)

    def clear(self) -> None:
        (self.place / "filler").unlink(missing_ok=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    place = tmp_path / "disk"
    place.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    if subprocess.run(line, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk needs the right to mount one")
    yield SmallDisk(place)
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def small_study(small_disk: SmallDisk) -> Study:
    return Study(small_disk.place)
