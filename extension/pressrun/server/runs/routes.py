"""The routes and topics of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.server.runs import topics
from pressrun.server.runs.annotating import AnnotateHandler
from pressrun.server.runs.cites_topic import cites
from pressrun.server.runs.completion import CompleteHandler
from pressrun.server.runs.details import CompareHandler, HistoryHandler, RunHandler
from pressrun.server.runs.panel_topic import panel
from pressrun.server.runs.selecting import SelectHandler
from pressrun.server.runs.table import ColumnsHandler, TableHandler

if TYPE_CHECKING:
    from tornado.web import RequestHandler

    from pressrun.server.events import Topic

ROUTES: tuple[tuple[str, type[RequestHandler]], ...] = (
    ("/runs/table", TableHandler),
    ("/runs/columns", ColumnsHandler),
    ("/runs/complete", CompleteHandler),
    ("/runs/run", RunHandler),
    ("/runs/history", HistoryHandler),
    ("/runs/compare", CompareHandler),
    ("/runs/annotate", AnnotateHandler),
    ("/runs/select", SelectHandler),
)

#: Name of a topic → what makes its messages.
TOPICS: dict[str, Topic] = {"runs": topics.runs, "points": topics.points, "panel": panel, "cites": cites}
