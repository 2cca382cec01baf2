"""What a forked process does to be a kernel like any other: its own session, files, environment, and a shell."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import signal
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.build.warm_shelf import SHELF, UnshelvableError
from pressrun.runs.pins import BUILD_ENV

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Start:
    """How a kernel is to be.

    Parameters
    ----------
    connection
        Who is told that it is ready.
    sink
        Where its output goes that is no cell's.
    arguments
        Its command line.
    environment
        All its variables.
    folder
        Its working folder.
    paths
        Folders of the project from which it imports, its root the last of them.
    imports
        Import statements to execute ahead of time.
    """

    connection: socket.socket
    sink: int
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    paths: list[str]
    imports: list[str]


class _Stream:
    """Stands for one of a kernel's own streams until it is there, and passes everything on from then on.

    Libraries may keep it: as the default of an argument, say.
    """

    encoding = "UTF-8"
    kernels: Any = None

    def write(self, text: str) -> int:
        """Print, which an import ahead of time must not do."""
        if self.kernels is not None:
            return int(self.kernels.write(text))
        SHELF.lasting = f"prints {text!r}"
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kernels, name)


#: What libraries find as `sys.stdout` and `sys.stderr` before there is a kernel.
STREAMS: dict[str, Any] = {"stdout": _Stream(), "stderr": _Stream()}


def end_with_parent(parent: int) -> None:
    """Let the system kill this process when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def given_environment() -> dict[str, str]:
    """Give the environment that this process was started with."""
    block = Path("/proc/self/environ").read_bytes()
    return dict(os.fsdecode(entry).split("=", 1) for entry in block.split(b"\0") if b"=" in entry)


def become_kernel(start: Start, added: Mapping[str, str]) -> None:
    """Run a kernel to its end.

    Parameters
    ----------
    added
        Variables that Python adds to every environment that it starts in.
    """
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    _take_files(start.sink)
    os.chdir(start.folder)
    _take_environment(start.environment, added)
    # Python's own generators begin anew after a fork; numpy's do not.
    SHELF.peek("numpy.random").seed()
    launcher = importlib.util.find_spec("ipykernel_launcher")
    assert launcher is not None
    assert launcher.origin is not None
    sys.orig_argv[1:] = start.arguments[1:]
    sys.argv[:] = [launcher.origin, *start.arguments[3:]]
    app: Any = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize()
    for name, stream in STREAMS.items():
        stream.kernels = getattr(sys, name)
    SHELF.watch(start.paths[-1])
    message: dict[str, Any] = {"ready": True}
    for number, statement in enumerate(start.imports):
        try:
            _load(statement, start.paths, app.shell)
        except UnshelvableError as error:
            message = {"refused": str(error), "import": number}
            break
    start.connection.send(json.dumps(message).encode())
    start.connection.close()
    if "ready" in message:
        app.start()


def _take_files(sink: int) -> None:
    """Give this process the standard files of a kernel: an input that is at its end, and its log."""
    empty, other = os.pipe()
    for descriptor, standard in ((empty, 0), (sink, 1), (sink, 2)):
        os.dup2(descriptor, standard)
    for descriptor in (empty, other, sink):
        os.close(descriptor)


def _take_environment(environment: Mapping[str, str], added: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update({**environment, "JPY_PARENT_PID": str(os.getppid()), **added})
    # What others see of a process's environment is the memory that it was started with.
    address, size = _place_of_mark()
    value = os.fsencode(environment[BUILD_ENV])
    ctypes.memmove(address, value.ljust(size, b"\0"), size)


def _place_of_mark() -> tuple[int, int]:
    """Give where in memory the value of the variable lies that marks a build's processes, and how long it may be."""
    begin = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[47])
    block = Path("/proc/self/environ").read_bytes()
    name = f"\0{BUILD_ENV}=".encode()
    offset = (b"\0" + block).index(name) + len(name) - 1
    return begin + offset, block.index(b"\0", offset) - offset


def _load(statement: str, paths: list[str], shell: Any) -> None:
    """Execute an import statement of the paper's ahead of time, if it is of an installed library."""
    before = list(sys.path)
    # As the builder puts them before the first cell.
    place = int(sys.path[0] == "")
    sys.path[place:place] = [path for path in paths if path not in sys.path]
    try:
        # "import a.b" or "from a.b import c".
        if _is_installed(statement.split()[1].partition(".")[0]):
            with shell.builtin_trap, _silent(shell):
                SHELF.load(statement)
    finally:
        sys.path[:] = before


def _is_installed(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    places = tuple(sysconfig.get_path(kind) + os.sep for kind in ("purelib", "platlib"))
    return spec is not None and spec.origin is not None and spec.origin.startswith(places)


@contextlib.contextmanager
def _silent(shell: Any) -> Iterator[None]:
    """See that nothing is printed or shown meanwhile: a cell would have shown it."""
    said: list[Any] = []

    def note(shown: Any) -> Any:
        said.append(shown)
        return None

    streams = (sys.stdout, sys.stderr)
    for stream in streams:
        stream.write = note  # type: ignore[method-assign]
    shell.display_pub.register_hook(note)
    try:
        yield
    finally:
        for stream in streams:
            vars(stream).pop("write", None)
        shell.display_pub.unregister_hook(note)
    if said:
        raise UnshelvableError(f"something was shown: {said[0]}")
