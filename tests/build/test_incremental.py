"""What an incremental execution gives is what a clean one gives, whatever an author does to a paper in between."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.build.sequences import Sequence

if TYPE_CHECKING:
    from pathlib import Path

#: Sequences of edits; as many as wanted can be run once, from any seed on.
COUNT = int(os.environ.get("PRESSRUN_SEQUENCES", "100"))
FIRST = int(os.environ.get("PRESSRUN_FIRST_SEQUENCE", "0"))
_EDITS = 4
_BATCH = 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, _BATCH))
def test_after_each_edit_the_result_is_that_of_a_clean_execution(
    tmp_path: Path, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTING", "0")
    for seed in range(first, first + _BATCH):
        sequence = Sequence(tmp_path / str(seed), seed)
        for edit in range(_EDITS):
            if edit:
                sequence.edit()
            sequence.check()
