"""Execute of a paper only the cells that have to run; the others get what they left when they ran last."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import json
import time
from queue import Empty
from typing import TYPE_CHECKING, Any

from nbclient.util import ensure_async

from pressrun.build.cell_content import content_of
from pressrun.build.cell_memory import SurpriseError
from pressrun.build.client import PaperClient
from pressrun.build.observer import HAS_RUN
from pressrun.build.restore import leave_out
from pressrun.build.surroundings import OWN_VARIABLES
from pressrun.errors import BuildError, CellError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from pressrun.build.cell_memory import CellMemory
    from pressrun.build.execution import Execution

_OBSERVER = "__import__('sys')._pressrun_observer"
_REPORT = "pressrun's report"

#: Seconds that looking at what a cell did may take, whatever time the cell itself has.
_LOOK_SECONDS = 120


def execute_remembering(notebook: NotebookNode, execution: Execution, memory: CellMemory) -> tuple[str, ...]:
    """Execute in place what has to run by the memory's plan, and give the files below the root that the paper has read.

    Raises
    ------
    BuildError
        If a cell fails, or the kernel.
    """
    try:
        client = _execute_believably(notebook, execution, memory)
    except BuildError:
        # What did run is of use when the author has mended the rest; what went wrong there is what has to be said.
        with contextlib.suppress(OSError):
            memory.keep()
        raise
    memory.keep()
    return tuple(dict.fromkeys((*client.reads, *memory.files)))


def _execute_believably(notebook: NotebookNode, execution: Execution, memory: CellMemory) -> RememberingClient:
    while True:
        client = RememberingClient(notebook, execution, memory)
        try:
            client.run()
        except _DoubtError as doubt:
            assert execution.warm is not None
            execution.warm.note(str(doubt))
            execution = dataclasses.replace(execution, warm=None)
        except SurpriseError:
            pass
        else:
            return client
        # Of all cells there is no other surprise, and of an ordinary kernel no doubt.
        memory.run_all()


class RememberingClient(PaperClient):
    """A paper client that follows a plan and tells the memory what each cell did."""

    def __init__(self, notebook: NotebookNode, execution: Execution, memory: CellMemory) -> None:
        super().__init__(notebook, execution)
        self.memory = memory
        self._count = 1
        self._is_blind = False
        self._expression = ""
        self._reply: Mapping[str, Any] = {}
        self._has_run = False

    async def _start(self) -> None:
        await super()._start()
        kept = (str(self.execution.root), OWN_VARIABLES)
        code = (
            "__import__('sys')._pressrun_observer = __import__('pressrun.build.observer', fromlist=['Observer'])"
            f".Observer(get_ipython(), *{kept!r})"
        )
        await self._ask("", code=code)
        try:
            self.memory.begin(_read(await self._ask(f"{_OBSERVER}.report(())")))
        except _UnreadableError as error:
            self._go_blind(error, "the kernel")
            return
        assert self.kc is not None
        execute = self.kc.execute

        def with_report(code: str, **options: Any) -> Any:
            expressions = dict(options.pop("user_expressions", None) or {})
            if self._expression:
                expressions[_REPORT] = self._expression
            return execute(code, user_expressions=expressions, **options)

        self.kc.execute = with_report

    async def _execute(self, cell: NotebookNode, index: int) -> None:
        step = self.memory.steps.get(index)
        if self._is_blind:
            await super()._execute(cell, index)
            return
        if step is None or not step.runs:
            self._started = time.monotonic()
            self._ended(cell, *leave_out(cell, self._where(cell, index), self.memory, index))
            return
        if cell.cell_type == "code":
            if self._count != step.cell.number:
                await self._ask(f"{_OBSERVER}.count({step.cell.number})")
            self._count = step.cell.number + 1
        else:
            await self._ask(f"{_OBSERVER}.begin()")
        began = time.time()
        self._expression = f"{_OBSERVER}.report({self.memory.names_to_report(index)!r})"
        self._reply = {}
        self._has_run = False
        self._reasons = step.reasons
        self._reason = "; ".join(reason.said for reason in step.reasons)
        try:
            await super()._execute(cell, index)
        except CellError as error:
            self._believe(await self._ask_doubt(), error)
            raise
        finally:
            expression, self._expression = self._expression, ""
            self._reasons = ()
        answer = self._reply.get("content", {}).get("user_expressions", {}).get(_REPORT, {})
        text = str(answer.get("data", {}).get("text/plain", ""))
        try:
            # A cell that is allowed to fail has no expressions evaluated.
            report = _read(text or await self._ask(expression))
            self._believe(report["doubt"])
            mates = self.memory.observe(index, content_of(cell), report, began)
            prints = _read(await self._ask(f"{_OBSERVER}.report({mates!r})"))["prints"] if mates else {}
        except _UnreadableError as error:
            self._go_blind(error, self._where(cell, index))
            return
        self.memory.settle(index, prints)

    async def _ask_doubt(self) -> str:
        return str(ast.literal_eval(await self._ask(f"{_OBSERVER}.doubt()") or "''"))

    def _believe(self, doubt: str, error: BuildError | None = None) -> None:
        if doubt:
            raise _DoubtError(doubt) from error

    def _go_blind(self, error: _UnreadableError, what: str) -> None:
        """Go on, in a kernel that answers otherwise than kernels do, as if nothing could be remembered."""
        if self.memory.is_partial:
            raise SurpriseError(f"{what}: what it did cannot be seen") from error
        self.memory.forget()
        self._is_blind = True

    async def _request(self, cell: NotebookNode, index: int, code: str, asked: Mapping[str, str]) -> dict[str, Any]:
        self._reply = await super()._request(cell, index, code, asked)
        return dict(self._reply)

    async def _check_raise_for_error(
        self, cell: NotebookNode, cell_index: int, exec_reply: dict[str, Any] | None
    ) -> None:
        self._reply = exec_reply or {}
        await super()._check_raise_for_error(cell, cell_index, exec_reply)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take an output message in; one that changes another cell's output spoils what could be remembered."""
        if msg["msg_type"] == HAS_RUN:
            self._has_run = True
            return None
        if msg["msg_type"] == "update_display_data":
            self.memory.forget()
        return super().process_message(msg, cell, cell_index)

    async def _async_handle_timeout(self, timeout: float, cell: NotebookNode | None = None) -> dict[str, Any] | None:
        """Wait on for a cell that ended in time and is still being looked at."""
        assert self.kc is not None
        for _ in range(_LOOK_SECONDS if self._has_run else 0):
            with contextlib.suppress(Empty):
                reply: dict[str, Any] = await ensure_async(self.kc.shell_channel.get_msg(timeout=1))
                return reply
            await self._async_check_alive()
        return await super()._async_handle_timeout(timeout, cell)  # type: ignore[no-any-return]

    def _raised(
        self, cell: NotebookNode, index: int, ename: str, evalue: str, trace: str, source: str = ""
    ) -> BuildError:
        if self.memory.is_partial:
            # It may have missed what a cell that was left out would have made.
            raise SurpriseError(f"{self._where(cell, index)}: {ename}")
        return super()._raised(cell, index, ename, evalue, trace, source)

    def _left(self, cell: NotebookNode, index: int, how: str) -> BuildError:
        if self.memory.is_partial:
            raise SurpriseError(f"{self._where(cell, index)}: {how}")
        return super()._left(cell, index, how)


class _DoubtError(SurpriseError):
    """A forked kernel gave the paper what an ordinary one may not have given it."""


class _UnreadableError(Exception):
    pass


def _read(text: str) -> dict[str, Any]:
    """Read a report of the observer, the repr of a JSON text."""
    try:
        found: dict[str, Any] = json.loads(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError) as error:
        raise _UnreadableError from error
    return found
