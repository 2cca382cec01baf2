"""A window's event stream as a browser has it, and training that runs in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

#: Seconds after which something that should come has not come; far above what is promised.
PATIENCE = 60.0

_DEFINITIONS = {"runs": "Runs", "points": "Points", "panel": "Panel", "cites": "Cites"}


class Stream:
    """One WebSocket, and the messages of each of its subscriptions."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.waiting: list[dict[str, Any]] = []

    async def subscribe(self, name: str, topic: str, **ask: Any) -> None:
        await self.socket.write_message(json.dumps({"subscribe": name, "topic": topic, **ask}))

    async def unsubscribe(self, name: str) -> None:
        await self.socket.write_message(json.dumps({"unsubscribe": name}))

    async def next(self, name: str, until: Callable[[dict[str, Any]], bool] = lambda message: True) -> dict[str, Any]:
        """Give the next message of a subscription for which something holds; each is checked against its schema."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for place, message in enumerate(self.waiting):
                    if message["id"] == name and until(message):
                        # What other subscriptions were told is still to be asked for.
                        others = [each for each in self.waiting[:place] if each["id"] != name]
                        self.waiting[: place + 1] = others
                        return message
                text = await self.socket.read_message()
                assert text is not None, "the stream was closed"
                message = json.loads(text)
                if definition := _DEFINITIONS.get(message["type"]):
                    assert check(message, f"events#{definition}") == ""
                self.waiting.append(message)


@contextlib.asynccontextmanager
async def opened(jp_ws_fetch: Any) -> AsyncIterator[Stream]:
    """Open the event stream of one window."""
    socket = await jp_ws_fetch("pressrun", "api", "events")
    try:
        yield Stream(socket)
    finally:
        socket.close()


_TRAINING = """
import sys, time
import pressrun as pr
from pathlib import Path
run = pr.init(name=sys.argv[1], config={"model": "svm", "seed": 1}, folder=Path("runs"), resources=False)
print(run.id, flush=True)
for step, line in enumerate(sys.stdin):
    if line.strip() == "end":
        break
    run.log({"loss": 1 / (step + 1)}, step=step)
    print(time.time(), flush=True)
run.finish()
print("finished", flush=True)
"""


class Training:
    """A training script that logs one point each time it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.id = self.answer()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, line: str = "") -> str:
        """Log a point, and give when it was logged; or "end" the run."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def log(self) -> float:
        """Log a point, and give the time."""
        return float(self.tell())


@contextlib.contextmanager
def training(root: Path, name: str = "live") -> Iterator[Training]:
    """Train in another process, in a project's folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", _TRAINING, name], cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Training(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
