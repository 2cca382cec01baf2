"""Where notebooks that several people edit at once are kept between their visits."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server_ydoc.stores import SQLiteYStore
from traitlets import default

from pressrun.project import Project

if TYPE_CHECKING:
    from pycrdt import Doc


class RoomStore(SQLiteYStore):
    """A store whose rooms keep telling browsers what the server changed.

    The store that jupyter-collaboration brings along keeps a reloaded room's earlier updates as they came. What the
    room does while it opens is not among them, so after a few reloads updates refer to parts that no browser has, wait
    there for ever, and show nothing. Here the whole state takes the place of the updates each time, which leaves no
    gap, and keeps a visit from adding to what all earlier ones left.
    """

    @default("db_path")
    def _default_db_path(self) -> str:
        """Keep the database out of the folder that authors see, and that git records."""
        folder = Project.find(Path.cwd()).state_folder
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder / "rooms.db")

    async def apply_updates(self, ydoc: Doc[Any]) -> None:
        """Bring a room to the state that it was left in, and keep that state as one update in place of all others."""
        await super().apply_updates(ydoc)
        state = ydoc.get_update()
        kept = self._compress(state) if self._compress else state
        # One transaction: a browser that comes back must find the very document that it had, or it would double it.
        async with self.lock, self._db:
            cursor = await self._db.cursor()
            await cursor.execute("DELETE FROM yupdates WHERE path = ?", (self.path,))
            await cursor.execute("DELETE FROM ycheckpoints WHERE path = ?", (self.path,))
            row = (self.path, kept, await self.get_metadata(), time.time())
            await cursor.execute("INSERT INTO yupdates VALUES (?, ?, ?, ?)", row)
