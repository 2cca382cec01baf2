"""A process from which kernels are forked, with the libraries that papers use already imported; `python -m` runs it.

It has one thread, serves whoever of the same user connects to its socket, and ends when its standard input does, whose
other end the process that started it holds. A connection is one kernel: a request comes in, with a file for the
kernel's output; what becomes of the kernel goes out; when the connection ends, the kernel is ended.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.build.warm_kernel import STREAMS, Start, become_kernel, end_with_parent, given_environment
from pressrun.build.warm_shelf import SHELF, UnshelvableError
from pressrun.build.warm_start import REQUEST_LIMIT, of_all_builds

if TYPE_CHECKING:
    from collections.abc import Iterator

#: By the name of the library, what of it is imported, part by part; nothing that asks for the notebook's shell then.
_LIBRARIES = {
    "matplotlib": ("import matplotlib.figure, matplotlib.ticker, matplotlib.backends.backend_agg",),
    "pandas": ("import pandas",),
    "pressrun": (
        "import pressrun.runs.resolve",
        "import pressrun.runs.frames",
        *(f"import pressrun.claims.{name}" for name in ("value", "claim")),
        *(f"import pressrun.panels.{name}" for name in ("table", "curves", "compare", "code", "curves_figure")),
    ),
}

#: Threads that their libraries stop and begin again around a fork: those of Arrow's allocator.
_FORKED_WELL = {"jemalloc_bg_thd"}
_SECONDS_TO_ASK = 10


@dataclass(frozen=True, slots=True)
class _Forked:
    pid: int
    #: Can be read when the kernel has ended.
    end: int
    connection: socket.socket


class _Server:
    """Forks kernels.

    Parameters
    ----------
    listener
        Where the requests come in.
    environment
        In which libraries were imported.
    refusal
        Why no kernel is forked; empty if they are.
    """

    def __init__(self, listener: socket.socket, environment: dict[str, str], refusal: str) -> None:
        self._listener = listener
        self._environment = environment
        self._refusal = refusal
        self._kernels: list[_Forked] = []

    def serve(self) -> Start | None:
        """Serve until the process that started this one is gone; return something in forked kernels only."""
        while True:
            talking = [each.connection for each in self._kernels if each.connection.fileno() >= 0]
            watched: list[Any] = [0, self._listener, *talking, *(each.end for each in self._kernels)]
            ready, _, _ = select.select(watched, [], [])
            if 0 in ready:
                self._end()
                return None
            if self._listener in ready and (start := self._answer()) is not None:
                return start
            for kernel in list(self._kernels):
                if kernel.connection in ready:
                    # Nothing is said to a kernel here: its builder is gone, or done with it.
                    kernel.connection.close()
                    _kill(kernel.pid)
                if kernel.end in ready:
                    self._settle(kernel)

    def _answer(self) -> Start | None:
        connection, _ = self._listener.accept()
        try:
            _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if user != os.getuid():
                raise PermissionError
            connection.settimeout(_SECONDS_TO_ASK)
            data, (sink,), _, _ = socket.recv_fds(connection, REQUEST_LIMIT, 1)
            request = json.loads(data)
            refusal = self._refusal
            if of_all_builds(request["environment"]) != self._environment:
                refusal = "libraries were imported in another environment"
            if not refusal:
                return self._fork(connection, request, sink)
            os.close(sink)
            _tell(connection, refused=refusal)
        except (OSError, ValueError):
            # Whoever it was has gone, or is none of ours.
            pass
        connection.close()
        return None

    def _fork(self, connection: socket.socket, request: dict[str, Any], sink: int) -> Start | None:
        own = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            end_with_parent(own)
            self._listener.close()
            for kernel in self._kernels:
                kernel.connection.close()
                os.close(kernel.end)
            return Start(connection, sink, **request)
        os.close(sink)
        self._kernels.append(_Forked(pid, os.pidfd_open(pid), connection))
        _tell(connection, pid=pid)
        return None

    def _settle(self, kernel: _Forked) -> None:
        _, status = os.waitpid(kernel.pid, 0)
        _tell(kernel.connection, exit=os.waitstatus_to_exitcode(status))
        kernel.connection.close()
        os.close(kernel.end)
        self._kernels.remove(kernel)

    def _end(self) -> None:
        for kernel in self._kernels:
            _kill(kernel.pid)
        for kernel in self._kernels:
            os.waitpid(kernel.pid, 0)


def _tell(connection: socket.socket, **message: Any) -> None:
    with contextlib.suppress(OSError):
        connection.send(json.dumps(message).encode())


def _kill(pid: int) -> None:
    """Kill a kernel and its process group, which it leads from its first moments on."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def _import(libraries: list[str]) -> str:
    """Import what all kernels need, and put libraries on the shelf; say why that makes this process unfit to fork."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        return f"processes cannot be watched here: {error}"
    importlib.import_module("ipykernel.kernelapp")
    sys.meta_path.insert(0, SHELF)
    try:
        before = _threads()
        SHELF.load("import numpy.random")
        blas = SHELF.peek("numpy").show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
        # OpenBLAS stops its threads before a fork; of others it is not known.
        of_blas = _threads() - before if "openblas" in blas else set()
        with _as_in_kernel():
            for library in libraries:
                if importlib.util.find_spec(library) is not None:
                    for statement in _LIBRARIES[library]:
                        SHELF.load(statement)
    except UnshelvableError as error:
        return str(error)
    others = {thread for thread in _threads() - of_blas if thread != str(os.getpid())}
    names = {Path(f"/proc/self/task/{thread}/comm").read_text().strip() for thread in others}
    return f"libraries run threads: {', '.join(sorted(names))}" if names - _FORKED_WELL else ""


class _Shell:
    """What libraries are told of the notebook's shell before there is one: that it is a kernel's, and no more."""

    kernel = None

    def __getattr__(self, name: str) -> Any:
        SHELF.lasting = f"asks for the notebook's {name}"
        raise AttributeError(name)


@contextlib.contextmanager
def _as_in_kernel() -> Iterator[None]:
    """Let libraries that ask while they are imported find what a kernel has: a notebook's shell, and its streams."""
    from IPython.core.interactiveshell import InteractiveShell

    def initialized(_kind: Any) -> bool:
        SHELF.lasting = "asks for the notebook's shell"
        return False

    ask, builtin = InteractiveShell.initialized, vars(builtins)
    builtin["get_ipython"] = _Shell
    InteractiveShell.initialized = classmethod(initialized)
    try:
        with contextlib.redirect_stdout(STREAMS["stdout"]), contextlib.redirect_stderr(STREAMS["stderr"]):
            yield
    finally:
        InteractiveShell.initialized = ask
        del builtin["get_ipython"]


def _threads() -> set[str]:
    return {task.name for task in Path("/proc/self/task").iterdir()}


def main() -> None:
    """Import, serve, and, in what is forked, run a kernel."""
    # As a kernel has it: its launcher takes away the folder that `-m` puts there.
    del sys.path[0]
    listener = socket.socket(fileno=int(sys.argv[1]))
    given = given_environment()
    # Python itself may have set the locale's.
    added = {name: value for name, value in os.environ.items() if given.get(name) != value}
    # Of what is imported here nothing is garbage before a kernel's end: not to search it makes each kernel faster, its
    # cells and its end above all, and leaves the memory shared.
    gc.disable()
    refusal = _import(sys.argv[2:])
    gc.freeze()
    gc.enable()
    # From here on there may be kernels to be ended first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    start = _Server(listener, of_all_builds(given), refusal).serve()
    if start is None:
        os._exit(0)
    become_kernel(start, added)


if __name__ == "__main__":
    main()
