"""Serve a site to this machine's own browser, and reload its pages when a new version is switched in.

Published pages forbid every script but their own. The copy that is served here, and only that copy, allows one more:
its hash is added to the page's policy, together with the address that it listens to. The files are never touched.
"""

from __future__ import annotations

import base64
import hashlib
import html
import mimetypes
import re
import shutil
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from pressrun.errors import UsageError
from pressrun.publish.switch import CURRENT_NAME

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
#: Where pages listen for a new generation. No file has this address: names that begin with a dot are not served.
EVENTS = "/.pressrun/changes"
#: Seconds between looks at the site.
PULSE = 0.25

_SCRIPT = f"""(() => {{
  let shown;
  new EventSource("{EVENTS}").onmessage = (event) => {{
    if (shown !== undefined && shown !== event.data) location.reload();
    shown = event.data;
  }};
}})();"""
_HASH = "'sha256-" + base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode() + "'"
_POLICY = re.compile(
    r"""(<meta\s+http-equiv=["']Content-Security-Policy["']\s+content=)("[^"]*"|'[^']*')""", re.IGNORECASE
)
_WAITING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>pressrun</title>
<style>:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.6 sans-serif; margin: 20vh auto; max-width: 34rem }}</style>
<body><p>Nothing is published in <code>{site}</code> yet. This page shows the site as soon as
<code>pressrun build</code> has published a paper.</p></body></html>"""


class SiteServer(ThreadingHTTPServer):
    """Serves one site on the loopback interface.

    Parameters
    ----------
    site
        The site's folder, which need not be there yet.
    port
        0 for any that is free.

    Raises
    ------
    UsageError
        If the port cannot be had.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, site: Path, port: int = 0) -> None:
        self.site = site
        self.stopping = False
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be had: {error.strerror}", hint="name another one: pressrun serve --port 0"
            ) from error

    @property
    def url(self) -> str:
        """The site's address."""
        return f"http://{HOST}:{self.server_address[1]}/"

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may call this host; a page elsewhere that points its own name here is refused."""
        port = self.server_address[1]
        return frozenset({f"{HOST}:{port}", f"localhost:{port}"})

    def shutdown(self) -> None:
        """Stop serving, and let waiting pages go."""
        self.stopping = True
        super().shutdown()

    def generation(self) -> str:
        """Name what the site shows now; "" when nothing is published."""
        try:
            return (self.site / CURRENT_NAME).readlink().name
        except OSError:
            return ""

    def find(self, address: str) -> Path | None:
        """Give the file or folder at an address; None unless it lies in the site, all links followed."""
        return find(self.site, unquote(address).removeprefix("/"))


def find(site: Path, path: str) -> Path | None:
    """Give the file or folder of a site at a decoded path; None unless it lies in the site, all links followed."""
    parts = path.split("/")
    if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    try:
        root = site.resolve(strict=True)
        found = site.joinpath(*(part for part in parts if part)).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return found if found == root or root in found.parents else None


def kind_of(path: Path) -> str:
    """Give a published file's media type."""
    if path.suffix == ".ipynb":
        return "application/json"
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


class _Handler(BaseHTTPRequestHandler):
    server: SiteServer
    server_version = "pressrun"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep requests out of the terminal: addresses may hold what nobody wants in a log."""

    def _answer(self) -> None:
        if self.headers.get("Host", "") not in self.server.hosts:
            self._send(HTTPStatus.FORBIDDEN, b"this host is not served\n", "text/plain; charset=utf-8")
            return
        address = urlsplit(self.path).path
        if address == EVENTS:
            self._listen()
            return
        found = self.server.find(address)
        if found is not None and found.is_dir():
            if not address.endswith("/"):
                self._redirect(quote(unquote(address)) + "/")
                return
            found = self.server.find(address + "index.html")
        if found is None or not found.is_file():
            if address == "/":
                page = _WAITING.format(site=html.escape(str(self.server.site)))
                self._send(HTTPStatus.OK, live(page).encode(), "text/html; charset=utf-8")
                return
            self._send(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain; charset=utf-8")
            return
        self._send_file(found)

    def _send_file(self, path: Path) -> None:
        kind = kind_of(path)
        if kind.startswith("text/html"):
            page = live(path.read_text("utf-8", "replace")).encode()
            self._send(HTTPStatus.OK, page, "text/html; charset=utf-8")
            return
        with path.open("rb") as file:
            size = path.stat().st_size
            self._begin(HTTPStatus.OK, kind, size)
            if self.command != "HEAD":
                shutil.copyfileobj(file, self.wfile)

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self._begin(status, kind, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        # Two slashes in front would name another host.
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", "/" + address.lstrip("/"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _begin(self, status: HTTPStatus, kind: str, size: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        if not kind.startswith(("text/html", "application/pdf")):
            self.send_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.end_headers()

    def _listen(self) -> None:
        """Tell a page which generation there is, now and at every change, until it goes away."""
        self.close_connection = True
        self._begin(HTTPStatus.OK, "text/event-stream", None)
        if self.command == "HEAD":
            return
        told, quiet = None, 0.0
        try:
            while not self.server.stopping:
                now = self.server.generation()
                if now != told or quiet > 10:
                    # A repeated message is how a connection that nobody reads any more is noticed.
                    self.wfile.write(f"data: {now}\n\n".encode())
                    self.wfile.flush()
                    told, quiet = now, 0.0
                time.sleep(PULSE)
                quiet += PULSE
        except (BrokenPipeError, ConnectionResetError):
            return


def live(page: str) -> str:
    """Give a page that also reloads itself: the script at its end, and in its policy the script's hash and address."""

    def allow(found: re.Match[str]) -> str:
        quoted = found[2]
        directives = [each.split() for each in html.unescape(quoted[1:-1]).split(";") if each.split()]
        for name, source in (("script-src", _HASH), ("connect-src", "'self'")):
            own = next((d for d in directives if d[0].lower() == name), None)
            if own is None:
                directives.append([name, source])
            else:
                own[:] = [own[0], *(s for s in own[1:] if s.lower() != "'none'"), source]
        policy = "; ".join(" ".join(directive) for directive in directives)
        return f'{found[1]}"{html.escape(policy, quote=False)}"'

    script = f"<script>{_SCRIPT}</script>"
    page = _POLICY.sub(allow, page, count=1)
    place = page.lower().rfind("</body>")
    return page + script if place < 0 else page[:place] + script + page[place:]
