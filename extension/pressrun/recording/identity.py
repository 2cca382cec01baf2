"""Who a run is: ids that never collide, and the process that records it, so that a reader can tell whether it lives."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pressrun.arguments import describe
from pressrun.errors import UsageError

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_HAS_PROC = Path("/proc/self/stat").exists()
_NAMELESS = frozenset({"", "-c", "-m", "-", "__main__", "ipykernel_launcher", "colab_kernel_launcher"})


def slug(name: str) -> str:
    """Give a name as lower-case ASCII words joined by hyphens, at most 40 characters; "run" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("-") or "run"


def new_id(name: str, now: float) -> str:
    """Make an id: UTC date and time, the name's slug, six random hex digits."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{slug(name)}-{secrets.token_hex(3)}"


def checked_id(run_id: str) -> str:
    """Give an id that somebody chose, if it is safe as a file name.

    Raises
    ------
    UsageError
        If it is not.
    """
    if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
        raise UsageError(
            f"{describe(run_id)} cannot be a run's id", where="start_run", hint="use letters, digits, '.', '_' and '-'"
        )
    return run_id


def default_name(argv: list[str]) -> str:
    """Give a name to a run that nobody named: the script's."""
    for argument in argv:
        stem = Path(argument).stem
        if argument.endswith((".py", ".sh", ".R", ".jl", ".ipynb")) and stem not in _NAMELESS:
            return stem
    stem = Path(argv[0]).stem if argv else ""
    return "run" if stem in _NAMELESS or stem.startswith("python") else stem


@dataclass(frozen=True, slots=True)
class Process:
    """A process on a machine, told apart from another that is given the same pid later.

    Parameters
    ----------
    place
        Host, boot and pid namespace; only within one place do pids mean anything. Empty where the system tells neither.
    born
        When it was started, in the system's own unit; "" where not known.
    """

    pid: int
    born: str
    host: str
    place: str

    @classmethod
    def current(cls) -> Process:
        """Describe the process that asks."""
        return cls(os.getpid(), _born(os.getpid()), socket.gethostname(), _place())

    @classmethod
    def of_json(cls, data: Any) -> Process | None:
        """Read a process from run.json; None if it does not say which."""
        if not isinstance(data, dict) or not isinstance(data.get("pid"), int):
            return None
        return cls(data["pid"], *(str(data.get(key, "")) for key in ("born", "host", "place")))

    def to_json(self) -> dict[str, Any]:
        """Give the process as run.json holds it."""
        return {"pid": self.pid, "born": self.born, "host": self.host, "place": self.place}

    def is_alive(self) -> bool | None:
        """Whether the process still runs; None if that cannot be told from here."""
        if not self.place or self.place != _place():
            return None
        return self.born != "" and _born(self.pid) == self.born


def _place() -> str:
    host = socket.gethostname()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{host} {boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 (a pseudo-link that leads to no path)
    except OSError:
        if _HAS_PROC:
            return ""
    import psutil

    return f"{host} {psutil.boot_time():.0f}"


def _born(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        if _HAS_PROC:
            return ""
        import psutil

        try:
            return f"{psutil.Process(pid).create_time():.2f}"
        except psutil.Error:
            return ""
    # The command name before the last ")" may itself hold spaces and brackets. A zombie has ended.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
