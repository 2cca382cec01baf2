"""A builder's side of warm kernels: starts the process that they are forked from, and asks it for kernels.

The process begins when a kernel is likely to be needed, and a kernel is asked for as soon as it is known to be, so that
both start while the builder imports and plans. Wherever that cannot be, an ordinary kernel is started, and the kernel's
log says why.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.build.kernels import WARM_ENV, kernel_environment
from pressrun.build.warm_code import LIBRARIES, PaperCode
from pressrun.runs.pins import BUILD_ENV

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from pressrun.build.execution import Execution
    from pressrun.build.kernels import Kernel

#: Bytes of a request: an environment, above all.
REQUEST_LIMIT = 1 << 17

#: What nbclient gives every kernel.
ARGUMENTS = ("--HistoryManager.hist_file=:memory:",)

#: Environment variables that are one build's own. That of the context also marks processes, and needs room for a path.
_PER_BUILD = frozenset({BUILD_ENV, "IPYTHONDIR"})
_LONGEST_PATH = 4096
_SECONDS_TO_START = 60
_SECONDS_TO_END = 5


def of_all_builds(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the part of a kernel's environment that is the same in all builds of one time."""
    return {name: value for name, value in environment.items() if name not in _PER_BUILD}


@contextlib.contextmanager
def kernel_parent(
    libraries: Sequence[str] = LIBRARIES, log: Path = Path(os.devnull), given: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """Give, for the variable `PRESSRUN_WARM`, the address of a process that forks kernels; "0" where there can be none.

    It is the one that this process was told of, or a new one, which ends with this context, and with this process,
    however that ends.

    Parameters
    ----------
    libraries
        What it imports.
    log
        Takes what it has to say.
    given
        The builders' environment.
    """
    if known := os.environ.get(WARM_ENV):
        yield known
        return
    if not _can_fork():
        yield "0"
        return
    address = f"pressrun-{secrets.token_hex(16)}"
    environment = kernel_environment(Path("-" * _LONGEST_PATH), Path(os.devnull), given)
    # The last one, so that what is written over it hides no other.
    environment[BUILD_ENV] = environment.pop(BUILD_ENV)
    with _socket() as listener, log.open("ab") as sink:
        listener.bind(f"\0{address}")
        listener.listen()
        line = [sys.executable, "-m", "pressrun.build.warm_parent", str(listener.fileno()), *libraries]
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=sink, stderr=sink, env=environment, pass_fds=[listener.fileno()],
            cwd="/", start_new_session=True,
        )  # fmt: skip
    try:
        yield address
    finally:
        assert process.stdin is not None
        # It ends its kernels; while it still imports, it has none, and heeds the signal.
        process.stdin.close()
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _can_fork() -> bool:
    # Entries of the import path that are no whole paths mean another place in each working folder.
    path = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and all(map(os.path.isabs, path))


def _socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class KernelSource:
    """Where one paper's forked kernels come from; what it starts ends with its context.

    Parameters
    ----------
    kernel
        That the paper names.
    sources
        Of the paper's code cells.
    folder, root
        The paper's and the project's.
    log
        Takes what there is to say.
    """

    def __init__(self, kernel: Kernel, sources: Iterable[str], folder: Path, root: Path, log: Path) -> None:
        self._is_possible = kernel.is_own and os.environ.get(WARM_ENV) != "0"
        self._sources = list(sources)
        self._folders = [folder, root]
        self._log = log
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self) -> None:
        """Start what a kernel that is likely to be needed will be forked from; a second time does nothing."""
        _ = self._begun

    def ask(self, execution: Execution) -> WarmKernels | None:
        """Ask for a kernel for a paper that is about to be executed; None where it has to be an ordinary one."""
        if self._begun is None:
            return None
        code, address = self._begun
        return self._stack.enter_context(WarmKernels(address, execution, self._folders, code.imports))

    @cached_property
    def _begun(self) -> tuple[PaperCode, str] | None:
        if not self._is_possible:
            return None
        code = PaperCode(self._sources, self._folders[-1], self._folders)
        if code.changes_environment:
            _note(self._log, "the paper changes environment variables")
            return None
        address = self._stack.enter_context(kernel_parent(code.libraries, self._log))
        if address == "0":
            _note(self._log, "this system or its import path does not allow it")
            return None
        return code, address


def _note(log: Path, why: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(f"pressrun: not the forked kernel: {why}\n")


class WarmKernels:
    """Asks for forked kernels for one build, the first one at once.

    Parameters
    ----------
    address
        Where kernels are forked.
    execution
        What they are for.
    paths
        Folders of the project from which they import, its root the last of them.
    imports
        Import statements that they execute ahead of time.
    """

    def __init__(self, address: str, execution: Execution, paths: Sequence[Path], imports: Sequence[str]) -> None:
        self._address = address
        self._folder = execution.folder
        self._paths = paths
        self._imports = list(imports)
        self._scratch = execution.scratch
        self._log = execution.scratch / "kernel.log"
        self._environment = dict(execution.env)
        self._asked: ForkedKernel | None = None
        self._taken: list[ForkedKernel] = []

    def __enter__(self) -> WarmKernels:
        self._asked = self._ask()
        return self

    def __exit__(self, *_: object) -> None:
        for kernel in (*self._taken, *([self._asked] if self._asked is not None else [])):
            kernel.close()

    def take(self, environment: Mapping[str, str], folder: str, arguments: Sequence[str]) -> ForkedKernel | None:
        """Give a kernel that is ready and nobody's yet; None if it has to be an ordinary one."""
        is_other = environment != self._environment or folder != str(self._folder) or tuple(arguments) != ARGUMENTS
        why = "it is to be another one than was asked for" if is_other else ""
        while not why:
            kernel, self._asked = self._asked or self._ask(), None
            if kernel is None:
                return None
            self._taken.append(kernel)
            answer = kernel.wait_until_ready()
            if "ready" in answer:
                return kernel
            kernel.close()
            why = answer["refused"]
            if "import" in answer:
                # The next one leaves it to the paper.
                self.note(why)
                del self._imports[answer["import"]]
                why = ""
        self.note(why)
        return None

    def note(self, why: str) -> None:
        """Note in the kernel's log why there is another kernel now."""
        _note(self._log, why)

    def _ask(self) -> ForkedKernel | None:
        file = self._scratch / f"kernel-{secrets.token_hex(8)}.json"
        ports = dict.fromkeys(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), 0)
        key = secrets.token_hex(32)
        info = {"transport": "tcp", "ip": "127.0.0.1", "signature_scheme": "hmac-sha256", "key": key, **ports}
        with open(file, "w", encoding="utf-8", opener=_privately) as opened:
            json.dump(info, opened)
        request = {
            "arguments": [sys.executable, "-m", "ipykernel_launcher", "-f", str(file), *ARGUMENTS],
            "environment": self._environment,
            "folder": str(self._folder),
            "paths": list(map(str, self._paths)),
            "imports": self._imports,
        }
        connection = _socket()
        try:
            connection.connect(f"\0{self._address}")
            with self._log.open("ab") as sink:
                socket.send_fds(connection, [json.dumps(request).encode()], [sink.fileno()])
        except OSError as error:
            connection.close()
            self.note(f"no answer from where kernels are forked ({error})")
            return None
        return ForkedKernel(connection, file)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class ForkedKernel:
    """A forked kernel, with what `subprocess.Popen` has of a process of one's own.

    Parameters
    ----------
    connection
        To the process that forks it: says what becomes of it.
    connection_file
        Where the kernel writes how it can be reached.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, connection_file: Path) -> None:
        self._connection = connection
        self.connection_file = connection_file
        self.pid = 0
        self.returncode: int | None = None

    def wait_until_ready(self) -> dict[str, Any]:
        """Wait until it can be reached, or it is clear that it cannot: give what was said of it last."""
        while True:
            try:
                message = self._receive(_SECONDS_TO_START)
            except TimeoutError:
                return {"refused": f"it was not ready after {_SECONDS_TO_START} s"}
            if self.returncode is not None:
                return {"refused": "it ended before it was ready"}
            if "pid" not in message:
                return message

    def poll(self) -> int | None:
        """Give how it ended, as `Popen` does; None while it runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                self._receive(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises
        ------
        TimeoutError
            If it has not.
        """
        while self.returncode is None:
            self._receive(timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Let it be ended, if it runs."""
        self._connection.close()

    def _receive(self, timeout: float | None) -> dict[str, Any]:
        self._connection.settimeout(timeout)
        data = self._connection.recv(REQUEST_LIMIT)
        # Whoever forks kernels takes them along when it dies.
        message: dict[str, Any] = json.loads(data) if data else {"exit": -signal.SIGKILL}
        self.pid = message.get("pid", self.pid)
        self.returncode = message.get("exit")
        return message
