"""`pressrun serve`: the published site, for this machine's own browser."""

from __future__ import annotations

import contextlib
import json

import click

from pressrun.project import Project


@click.command(
    "serve",
    short_help="Serve the published site on this machine.",
    epilog="Example: pressrun serve --port 8000",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 for any that is free."
)
@click.option("--json", "as_json", is_flag=True, help="Print the address as one JSON document.")
def command(port: int, as_json: bool) -> None:
    """Serve the published site on 127.0.0.1 and reload its pages when a new version is published.

    Nobody else on the network can reach it. Ctrl-C ends it.
    """
    from pressrun.publish.serving import SiteServer
    from pressrun.publish.versions import site_folder

    project = Project.find()
    with SiteServer(site_folder(project), port) as server:
        if as_json:
            click.echo(json.dumps({"url": server.url, "site": str(server.site)}))
        else:
            click.echo(f"serving {server.site} at {server.url}  (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.1)
        server.stopping = True
