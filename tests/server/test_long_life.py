"""A server that windows come to and leave all day: nothing of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from typing import TYPE_CHECKING, Any

from tests.server.streams import PATIENCE, opened
from tests.server.test_events_panels import find, log_curve, saved

from pressrun.panels.curves import curves

if TYPE_CHECKING:
    from tests.conftest import Study


def held() -> dict[str, int]:
    """Give what the process holds."""
    gc.collect()
    return {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - the descriptors' numbers
    }


async def test_windows_that_come_and_go_leave_nothing_behind(project: Study, jp_ws_fetch: Any) -> None:
    project.paper("md:# A paper")
    run = log_curve(project, "live", 3, finish=False)
    fact = saved(curves(find(project), "loss"))
    cites = [{key: fact["runs"][0][key] for key in ("source", "id", "digest")}]

    async def day(windows: int) -> None:
        for _ in range(windows):
            async with opened(jp_ws_fetch) as stream:
                await stream.subscribe("r", "runs")
                await stream.subscribe("p", "panel", fact=fact)
                await stream.subscribe("c", "cites", cites=cites)
                await stream.subscribe("d", "paper", paper="demo")
                for name in ("r", "c", "d"):
                    await stream.next(name)

    await day(10)
    before = await settled({})
    await day(60)
    after = await settled(before)
    assert after["tasks"] <= before["tasks"]
    assert after["threads"] <= before["threads"] + 2
    assert after["files"] <= before["files"] + 4
    run.finish()


async def settled(wanted: dict[str, int]) -> dict[str, int]:
    """Give what is held when all that was closed has ended."""
    last: dict[str, int] = {}
    for _ in range(2 * int(PATIENCE)):
        now = held()
        if all(now[key] <= most for key, most in wanted.items()) and now == last:
            break
        last = now
        await asyncio.sleep(0.5)
    return last
