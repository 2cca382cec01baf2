"""Pages of papers within the server: an origin of their own, so that nothing in them can reach JupyterLab."""

from __future__ import annotations

from pressrun.server.handler import Handler

#: Over and above a page's own policy, which names its scripts. A page that has none may run inline scripts in an origin
#: that nobody else has, and can load and send nothing.
PAGE = (
    "sandbox allow-scripts; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
#: Of what is no page, nothing runs.
FILE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
#: Browsers show no PDF in a sandbox; its scripts have no access to any origin.
PDF = "frame-ancestors 'self'"


class SandboxHandler(Handler):
    """The base of handlers that answer with what papers hold."""

    def send(self, content: str | bytes, kind: str) -> None:
        """End the request with a page or file of a media type."""
        policy = PAGE if kind.startswith("text/html") else PDF if kind == "application/pdf" else FILE
        self.set_header("Content-Security-Policy", policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.finish(content, set_content_type=kind)
