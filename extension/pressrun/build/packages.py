"""Whether other packages are installed than a process that goes on for long has imported."""

from __future__ import annotations

import os
import sys

from pressrun.build.inputs import environment_digest


class Packages:
    """The packages that are installed when this is made."""

    def __init__(self) -> None:
        self._seen = _changes()
        self._digest = environment_digest()

    def have_changed(self) -> bool:
        """Whether packages have come or gone, or have another version."""
        seen = _changes()
        if seen == self._seen:
            return False
        self._seen = seen
        return environment_digest() != self._digest


def _changes() -> list[int | None]:
    """Give when the content of each folder of the import path changed last."""
    found: list[int | None] = []
    for place in sys.path:
        try:
            found.append(os.stat(place).st_mtime_ns)  # noqa: PTH116
        except OSError:
            found.append(None)
    return found
