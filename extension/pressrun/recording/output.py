"""What a command printed, in `output.log`: all of it while it is short, the beginning and the end when it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.recording.layout import OUTPUT_HEAD_LIMIT, OUTPUT_TAIL_LIMIT

if TYPE_CHECKING:
    from pathlib import Path


class OutputLog:
    """Keeps output as it comes, in bounded space; what is left out is marked where it was.

    Parameters
    ----------
    path
        The log file.
    head, tail
        Bytes kept of the beginning, and of the end. The end is where errors are.
    """

    def __init__(self, path: Path, head: int = OUTPUT_HEAD_LIMIT, tail: int = OUTPUT_TAIL_LIMIT) -> None:
        self._file = path.open("ab", buffering=0)
        self._room = head
        self._tail = bytearray()
        self._tail_limit = tail
        self._beyond = 0

    def write(self, data: bytes) -> None:
        """Keep some output."""
        if self._room > 0:
            self._file.write(data[: self._room])
            data, self._room = data[self._room :], self._room - len(data)
            if self._room <= 0:
                # Said at once: should nobody live to write the end, the log still does not pose as whole.
                self._file.write(b"\n[pressrun: the log is cut here; its last part follows when the command ends]\n")
        if data:
            self._beyond += len(data)
            self._tail += data
            del self._tail[: -self._tail_limit]

    def close(self) -> None:
        """Write the end of what was printed, with the number of bytes that are missing before it."""
        if self._beyond:
            missing = self._beyond - len(self._tail)
            self._file.write(b"[pressrun: %d bytes are left out]\n" % missing + bytes(self._tail))
        self._file.close()
