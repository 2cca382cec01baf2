"""A real JupyterLab with a token, in a process of its own, and what an author does in it by hand."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser, Page

LABEXTENSION = Path(__file__).parents[2] / "extension" / "pressrun" / "labextension"
TOKEN = "a-token-of-the-tests"
#: Whose JupyterLab is driven: another environment's, named by its interpreter, to see the oldest versions allowed.
INTERPRETER = os.environ.get("PRESSRUN_LAB_PYTHON", sys.executable)

#: JupyterLab asks on its first day whether to fetch news; nothing here fetches anything.
_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": True,
    },
}

#: Collaboration is on wherever its package is installed; here it is for the tests that ask for it.
_ALONE = {
    "jupyter_server_config.json": {"ServerApp": {"jpserver_extensions": {"jupyter_server_ydoc": False}}},
    "labconfig/page_config.json": {
        "disabledExtensions": {"@jupyter/collaboration-extension": True, "@jupyter/docprovider-extension": True}
    },
}


class Lab:
    """A running server, and where it is."""

    def __init__(self, url: str, root: Path, log: Path, server: Server | None = None) -> None:
        self.url = url
        self.root = root
        self.log = log
        self._server = server

    def kill(self) -> None:
        """End the server alone, at once and without a word to what it began."""
        assert self._server is not None
        self._server.process.kill()
        self._server.process.wait()

    def start_again(self) -> None:
        """Start a server that was killed, at the same address."""
        assert self._server is not None
        self._server.start()
        self._server.wait()

    def open(
        self, browser: Browser, path: str = "", *, width: int = 1440, height: int = 900, dark: bool = False
    ) -> Page:
        """Open JupyterLab in a window of its own, a notebook in front if one is named, and wait until it is there."""
        context = browser.new_context(viewport={"width": width, "height": height})
        # Two cores do the work of a browser, a server, kernels and builds at once, of two tests at a time.
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(f"{self.url}/lab{f'/tree/{path}' if path else ''}?reset&token={TOKEN}")
        page.wait_for_function("() => window.jupyterapp?.started", timeout=60_000)
        page.evaluate("() => window.jupyterapp.restored")
        if dark:
            page.evaluate(
                "() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
            )
            page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
        if path.endswith(".ipynb"):
            page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        return page


class Server:
    """The server's process, which can be started anew."""

    def __init__(self, line: Sequence[str], url: str, root: Path, scratch: Path) -> None:
        self._line = line
        self._url = url
        self._root = root
        self._environment = surroundings(scratch)
        self.log = scratch / "server.log"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._line, cwd=self._root, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )
        return self.process

    def wait(self) -> None:
        _await(self.process, f"{self._url}/api?token={TOKEN}", self.log)


def command(page: Page, name: str, arguments: Mapping[str, object] | None = None) -> None:
    """Execute a command of JupyterLab, as a menu or shortcut would."""
    page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, dict(arguments or {})])


def surroundings(scratch: Path) -> dict[str, str]:
    """Give an environment in which Jupyter knows the extension of this very tree, and nothing of the user's."""
    extensions = scratch / "data" / "labextensions" / "@pressrun"
    extensions.mkdir(parents=True, exist_ok=True)
    (extensions / "lab").symlink_to(LABEXTENSION)
    return {
        **os.environ,
        "JUPYTER_PREFER_ENV_PATH": "0",
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(scratch / "app" / "user-settings"),
        "IPYTHONDIR": str(scratch / "ipython"),
    }


@contextlib.contextmanager
def jupyterlab(
    root: Path,
    scratch: Path,
    *options: str,
    app: str = "lab",
    together: bool = False,
    base: str = "/",
    token: str = TOKEN,
) -> Iterator[Lab]:
    """Run JupyterLab (or with app="notebook" Notebook 7) on a folder, with collaboration if `together`.

    `base` is where its addresses begin, encoded, as hubs name it; `token` is "" where options name another way in.
    `scratch` takes its settings and log, so that nothing of the user's counts.
    """
    overrides = scratch / "app" / "settings"
    files: dict[Path, object] = {overrides / "overrides.json": _SETTINGS}
    if not together:
        files |= {scratch / "config" / name: content for name, content in _ALONE.items()}
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    port = _free_port()
    line = [
        INTERPRETER, "-m", "jupyter", app, f"--ServerApp.root_dir={root}", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--no-browser", "--allow-root",
        "--expose-app-in-browser", f"--ServerApp.base_url={base}", f"--LabApp.app_settings_dir={overrides}", *options,
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}{base}".rstrip("/")
    server = Server(line, url, root, scratch)
    try:
        server.wait()
        yield Lab(url, root, server.log, server)
    finally:
        _end(server.process)


def _free_port() -> int:
    """Give a port that is free, below those that systems hand out: a kernel that asks for any may be given it first."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _await(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text('utf-8', 'replace')[-4000:]}")


def _end(process: subprocess.Popen[bytes], patience: float = 5) -> None:
    """End the server and its kernels; with tabs open under collaboration it may not listen to a polite word."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue


def served(lab: Lab, path: str) -> tuple[int, bytes]:
    """Ask the server as a browser with the token would."""
    request = urllib.request.Request(f"{lab.url}{path}", headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.status, response.read()


def texts(page: Page, selector: str) -> Sequence[str]:
    """Give the texts of all elements that a selector finds."""
    return [each.strip() for each in page.locator(selector).all_text_contents()]


def run_here(notebook: Path) -> None:
    """Run a notebook's cells and save their outputs in it, as an author does before closing it."""
    import nbformat
    from nbclient import NotebookClient

    document = nbformat.read(notebook, 4)
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(document, resources={"metadata": {"path": str(notebook.parent)}}).execute()
    nbformat.write(document, notebook)
