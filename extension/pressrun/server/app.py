"""The server's application: its route table, and what the handlers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp

from pressrun.server import naming_sources, open_documents, panels, papers, site
from pressrun.server.builds import Builds
from pressrun.server.events import EventsHandler
from pressrun.server.paper_states import PaperStates
from pressrun.server.projects import ProjectHandler, Projects
from pressrun.server.runs import routes as runs
from pressrun.server.runs.registers import Registers
from pressrun.server.workers import Workers

if TYPE_CHECKING:
    from tornado.web import RequestHandler

    from pressrun.server.events import Topic

API = "/pressrun/api"

#: Path below `API` → handler. All that the extension serves.
ROUTES: tuple[tuple[str, type[RequestHandler]], ...] = (
    ("/project", ProjectHandler),
    ("/events", EventsHandler),
    *naming_sources.ROUTES,
    *panels.ROUTES,
    *papers.ROUTES,
    *open_documents.ROUTES,
    *site.ROUTES,
    *runs.ROUTES,
)

#: Name of a topic of the event stream → what makes its messages.
TOPICS: dict[str, Topic] = {
    **papers.TOPICS,
    **runs.TOPICS,
}


class PressrunApp(ExtensionApp):
    """pressrun in a Jupyter server."""

    name = "pressrun"
    app_name = "pressrun"
    description = "Runs, panels and checked papers for JupyterLab."
    load_other_extensions = True
    extension_url = "/lab"

    def initialize_settings(self) -> None:
        """Make what the handlers share: the projects below the server's root, and the threads that work for them."""
        projects, workers, builds = Projects(self.serverapp.root_dir), Workers(), Builds()
        self.settings.update(
            pressrun_projects=projects,
            pressrun_workers=workers,
            pressrun_topics=TOPICS,
            pressrun_builds=builds,
            pressrun_previews=open_documents.Previews(),
            pressrun_papers=PaperStates(projects, workers, builds),
            pressrun_registers=Registers(projects.root),
        )

    def initialize_handlers(self) -> None:
        """Register the route table."""
        self.handlers.extend((API + path, handler) for path, handler in ROUTES)

    async def stop_extension(self) -> None:
        """End what works in the background."""
        builds: Any = self.settings.get("pressrun_builds")
        if builds is not None:
            await builds.end()
        workers: Any = self.settings.get("pressrun_workers")
        if workers is not None:
            workers.end()
