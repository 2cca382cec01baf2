"""Kernels: which one a paper runs on, the environment that it gets, and how to end it with all that it started."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressrun.errors import KernelMissingError
from pressrun.runs.pins import BUILD_ENV

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import psutil

#: The kernel of the interpreter that runs pressrun, whatever a kernelspec of that name says.
OWN_KERNEL = "python3"

#: Names the socket of a process that forks kernels; "0" switches them off.
WARM_ENV = "PRESSRUN_WARM"

#: Variables that say something of the caller's own process, its terminal or its parent.
_NOT_FOR_KERNELS = frozenset({"PYTHONSTARTUP", "PYTHONEXECUTABLE", "COLUMNS", "LINES", WARM_ENV})

#: Matplotlib and others that write a date into what they make take this one: 1980-01-01, the first that ZIP knows.
_FIXED_DATE = "315532800"


@dataclass(frozen=True, slots=True)
class Kernel:
    """An installed kernel."""

    name: str
    language: str
    command: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether it runs on the interpreter that runs pressrun."""
        return self.name == OWN_KERNEL


def find_kernel(name: str, language: str, where: str) -> Kernel:
    """Find a kernel by the name that a notebook or paper.toml gives.

    Without a name, Python runs on the interpreter that runs pressrun.

    Raises
    ------
    KernelMissingError
        If the kernel is not installed, or its program is not there. The message names those that are.
    """
    if name == OWN_KERNEL or (not name and language.lower() in {"python", "ipython"}):
        command = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        return Kernel(OWN_KERNEL, "python", command)
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    installed = sorted({OWN_KERNEL, *manager.find_kernel_specs()})
    hint = f"install it, or choose one in paper.toml (kernel = …); installed: {', '.join(installed)}"
    if not name:
        hint = f"choose the notebook's kernel in JupyterLab, or one in paper.toml; installed: {', '.join(installed)}"
        raise KernelMissingError(f"names no kernel, and its language is {language}", where=where, hint=hint)
    try:
        spec = manager.get_kernel_spec(name)
    except (NoSuchKernel, ValueError, OSError) as error:
        raise KernelMissingError(f"the kernel {name!r} is not installed", where=where, hint=hint) from error
    if not spec.argv or not shutil.which(spec.argv[0]):
        program = spec.argv[0] if spec.argv else "nothing"
        raise KernelMissingError(f"the kernel {name!r} runs {program}, which is not there", where=where, hint=hint)
    return Kernel(name, spec.language.lower(), tuple(spec.argv))


def kernel_environment(context: Path, scratch: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Give a kernel's environment: the builder's, and what makes two executions alike.

    Parameters
    ----------
    context
        The build context that `pressrun.runs.pins` reads. It also marks the processes of this build.
    scratch
        The build's own folder. The user's IPython configuration and start-up files stay out.
    given
        The builder's.
    """
    env = {key: value for key, value in given.items() if key not in _NOT_FOR_KERNELS}
    env |= {
        BUILD_ENV: str(context),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    env.setdefault("SOURCE_DATE_EPOCH", _FIXED_DATE)
    return env


def end_processes(leader: int | None, marks: Mapping[str, str]) -> int:
    """Kill a kernel and everything that it started, and wait until they are gone.

    Its children are found by descent, by its session and process group, and, when they left both, by the marks in their
    environment.

    Returns
    -------
    How many processes there were.
    """
    import psutil

    ended = 0
    # A process may have forked between the look and the kill: look until there is none.
    for _ in range(20):
        found = list(_processes(leader, marks))
        if not found:
            break
        ended += len(found)
        for process in found:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(found, timeout=5)
    return ended


def _processes(leader: int | None, marks: Mapping[str, str]) -> Iterator[psutil.Process]:
    import psutil

    own = os.getpid()
    descendants: set[int] = set()
    if leader is not None and psutil.pid_exists(leader):
        try:
            descendants = {leader, *(child.pid for child in psutil.Process(leader).children(recursive=True))}
        except psutil.NoSuchProcess:
            descendants = set()
    for process in psutil.process_iter():
        if process.pid == own or _is_zombie(process):
            continue
        if process.pid in descendants or _in_session(process.pid, leader) or _is_marked(process, marks):
            yield process


def _is_zombie(process: psutil.Process) -> bool:
    import psutil

    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _in_session(pid: int, leader: int | None) -> bool:
    if leader is None:
        return False
    try:
        return leader in {os.getsid(pid), os.getpgid(pid)}
    except (ProcessLookupError, PermissionError):
        return False


def _is_marked(process: psutil.Process, marks: Mapping[str, str]) -> bool:
    import psutil

    if not marks:
        return False
    try:
        env = process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, OSError):
        return False
    return all(env.get(key) == value for key, value in marks.items())


def end_of(returncode: int | None) -> str:
    """Say how a kernel ended: by which signal, or with which exit code."""
    if returncode is None:
        return "it went away"
    if returncode < 0:
        try:
            return f"killed by {signal.Signals(-returncode).name}"
        except ValueError:
            return f"killed by signal {-returncode}"
    return f"exit code {returncode}"
