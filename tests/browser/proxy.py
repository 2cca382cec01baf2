"""A proxy between browser and server that can fall silent without closing anything, as a lost network does."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


class Link:
    """One connection through the proxy."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.ends = (near, far)
        self.first = b""
        self.is_silent = False

    @property
    def is_event_stream(self) -> bool:
        return b"/pressrun/api/events" in self.first.partition(b"\r\n")[0]

    def close(self) -> None:
        for each in self.ends:
            # A thread that reads holds the connection open until it is shut down.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class Proxy:
    """Passes bytes on between its own port and a server."""

    def __init__(self, target: str) -> None:
        place = urlsplit(target)
        assert place.hostname is not None
        assert place.port is not None
        self._target = (place.hostname, place.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flows = threading.Event()
        self._flows.set()
        self.links: list[Link] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def streams(self) -> list[Link]:
        """The event streams that were ever opened."""
        return [link for link in self.links if link.is_event_stream]

    def stall(self) -> None:
        """Pass nothing on, in either direction; new connections are accepted and lead nowhere."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass on again, what was kept back too."""
        self._flows.set()

    def recover(self) -> None:
        """Pass new connections on again; those of before are closed, as by a network that forgot them."""
        links = list(self.links)
        for link in links:
            link.is_silent = True
        self._flows.set()
        for link in links:
            link.close()

    def end(self) -> None:
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self.links:
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                link = Link(near, socket.create_connection(self._target))
            except OSError:
                return
            self.links.append(link)
            for one, other in (link.ends, link.ends[::-1]):
                threading.Thread(target=self._pump, args=(link, one, other), daemon=True).start()

    def _pump(self, link: Link, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._flows.wait()
                if link.is_silent:
                    return
                link.first = link.first or data
                other.sendall(data)
            if not link.is_silent:
                other.shutdown(socket.SHUT_WR)


@contextmanager
def proxied(target: str) -> Iterator[Proxy]:
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.end()
