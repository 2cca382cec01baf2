"""JupyterLab in a process of its own: what it is told, without a word in the user's settings, and how it is ended."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pressrun.project import Project

#: Seconds that a server which was told to end has for its kernels and its open documents. With browsers connected
#: under collaboration it often never comes to an end by itself.
PATIENCE = 8.0
#: Seconds that what a killed server left has before it is killed too.
_GRACE = 2.0

#: Nothing is fetched: no news, no new versions, no list of extensions.
_SETTINGS = {"@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"}}
_OPTIONS = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--ServerApp.identity_provider_class=pressrun.server.identity.GitIdentityProvider",
)

_COLLABORATION = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")


@dataclass(frozen=True)
class Lab:
    """What JupyterLab is started with.

    Parameters
    ----------
    project
        Its root is what the server serves.
    notebook
        What is open at first, relative to the root; "" for nothing.
    together
        Whether several people edit one notebook at once.
    options
        Options for JupyterLab itself; they outdo those that are given here.
    """

    project: Project
    notebook: str = ""
    together: bool = False
    options: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The address of what is seen first, below the server's."""
        return f"lab/tree/{quote(self.notebook)}" if self.notebook else "lab"

    @property
    def line(self) -> list[str]:
        """The command line."""
        line = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={self.project.root}", *_OPTIONS]
        line.append(f"--LabApp.default_url=/{self.page}")
        if self.together:
            line.append("--YDocExtension.ystore_class=pressrun.server.rooms.RoomStore")
            line.append(f"--YDocExtension.session_store_path={self.project.state_folder / 'collaboration.json'}")
        return [*line, *self.options]

    @contextlib.contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start the server, and end it with all that it started when the block is left."""
        if self.together:
            self.project.state_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="pressrun-lab-") as folder:
            _configure(Path(folder), together=self.together)
            paths = [folder, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
            process = subprocess.Popen(
                self.line,
                cwd=self.project.root,
                env={**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)},
                # A session of its own: the terminal interrupts this process alone, which then ends the server once.
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                end(process)


def _configure(folder: Path, *, together: bool) -> None:
    """Write what JupyterLab has no options for: a configuration that counts before the user's, for this server."""
    files: dict[str, Any] = {
        "labconfig/default_setting_overrides.json": _SETTINGS,
        "labconfig/page_config.json": {"disabledExtensions": dict.fromkeys(_COLLABORATION, not together)},
        "jupyter_server_config.json": {
            "ServerApp": {"jpserver_extensions": {"pressrun.server": True, "jupyter_server_ydoc": together}}
        },
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), "utf-8")


def address(process: subprocess.Popen[bytes], page: str, seconds: float = 60) -> str:
    """Wait until a server answers, and give a page's address with its token; "" if it ended or never answered."""
    from jupyter_core.paths import jupyter_runtime_dir

    described = Path(jupyter_runtime_dir()) / f"jpserver-{process.pid}.json"
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        # The file is there before the server listens, and not whole at once.
        with contextlib.suppress(OSError, ValueError, KeyError):
            found = json.loads(described.read_text("utf-8"))
            _connect(found["url"])
            return f"{found['url']}{page}" + (f"?token={found['token']}" if found["token"] else "")
        time.sleep(0.1)
    return ""


def _connect(url: str) -> None:
    """Connect to where a server says that it is; an address without a port, of a socket in a file, is taken as said."""
    place = urlsplit(url)
    if place.hostname and place.port:
        socket.create_connection((place.hostname, place.port), timeout=1).close()


def end(process: subprocess.Popen[bytes], patience: float = PATIENCE) -> None:
    """End a server and everything below it: politely, and after some seconds not.

    Its kernels are in sessions of their own and outlive its killing, so they are noted before.
    """
    below = _below(process)
    try:
        if process.poll() is None:
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    finally:
        # Also when somebody who presses Ctrl-C twice does not wait.
        below = [*dict.fromkeys([*below, *_below(process)])]
        if process.poll() is None:
            process.kill()
            process.wait()
        _end_all(below)


def _below(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _end_all(processes: Sequence[psutil.Process]) -> None:
    """End processes that are still there; a process id that another has by now is left alone."""
    _, alive = psutil.wait_procs(processes, 0.5)
    for each in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.terminate()
    _, alive = psutil.wait_procs(alive, _GRACE)
    for each in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
