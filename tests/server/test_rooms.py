"""What stays of a room that is opened again and again."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("jupyter_server_ydoc")

from pycrdt import Doc, Text

from pressrun.server.rooms import RoomStore

if TYPE_CHECKING:
    from pathlib import Path


async def visit(database: Path, *, first: bool = False) -> str:
    """Open a room, replace its long text by another, and leave; gives the text that was found."""
    store = RoomStore(path="room", db_path=str(database))
    started = asyncio.create_task(store.start())
    await store.started.wait()
    doc: Doc[Text] = Doc()
    if not first:
        await store.apply_updates(doc)
    text = doc.get("text", type=Text)
    found = str(text)
    before = doc.get_state()
    text.clear()
    text += ("b" if found.startswith("a") else "a") * 200_000
    await store.write(doc.get_update(before))
    await store.stop()
    await started
    return found


def rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        count: int = connection.execute("SELECT count(*) FROM yupdates").fetchone()[0]
    return count


async def test_a_room_that_is_opened_often_does_not_grow(tmp_path: Path) -> None:
    database = tmp_path / "rooms.db"
    await visit(database, first=True)
    found = [await visit(database) for _ in range(8)]
    assert [each[:1] for each in found] == list("abababab")
    assert {len(each) for each in found} == {200_000}
    assert rows(database) == 2
    assert database.stat().st_size < 1_500_000
