"""Execute a paper's cells on a kernel: code cells and the inline values between them, every way to fail told apart."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbclient.exceptions import CellTimeoutError as ClientTimeoutError
from nbclient.util import ensure_async, run_sync

from pressrun.build import failures, prepare
from pressrun.build.capture import CellCapture, asks_to_quit, errors_of
from pressrun.build.execution import options_of, pass_over, place_of
from pressrun.build.inline import find_expressions
from pressrun.build.kernel_start import kernel_manager
from pressrun.build.kernels import end_of, end_processes
from pressrun.build.notebook import SKIP_TAG
from pressrun.build.options import parse_options
from pressrun.build.outcomes import CellOutcome, CellResult
from pressrun.errors import BuildError, CellError, KernelDiedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from pressrun.build.execution import Execution
    from pressrun.build.reasons import Reason

_START_SECONDS = 120
#: After a cell's reply, how long its last outputs may be on their way.
_DRAIN_SECONDS = 60


class PaperClient(NotebookClient):
    """Executes one notebook in place, markdown cells' inline values included.

    Call `run`; the notebook is then whole, or an exception was raised. In either case no process is left of the kernel.
    """

    def __init__(self, notebook: NotebookNode, execution: Execution, **options: Any) -> None:
        super().__init__(
            notebook,
            kernel_name=execution.kernel.name,
            resources={"metadata": {"path": str(execution.folder)}},
            timeout=None,
            iopub_timeout=_DRAIN_SECONDS,
            raise_on_iopub_timeout=True,
            startup_timeout=_START_SECONDS,
            store_widget_state=False,
            record_timing=False,
            force_raise_errors=False,
            skip_cells_with_tag=SKIP_TAG,
            **options,
        )
        self.execution = execution
        #: Files below the root that the paper has read; known after `run`.
        self.reads: tuple[str, ...] = ()
        self._pid: int | None = None
        self._returncode: int | None = None
        self._capture = CellCapture()
        self._reading: asyncio.Task[Any] | None = None
        self._started: float = 0.0
        # nbclient has it from the first cell on; a kernel may have something to say before.
        self.clear_before_next_output = False
        self._reason = execution.reason
        self._reasons: tuple[Reason, ...] = ()

    # -- the run ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Execute all cells.

        Raises
        ------
        BuildError
            One of its subclasses says which way it failed; the message names the cell.
        """
        try:
            run_sync(self._run)()
        finally:
            # Outside the event loop, so that it is done as well when the loop was interrupted.
            end_processes(self._pid, self.execution.marks)

    async def _run(self) -> None:
        self.reset_execution_trackers()
        await self._start()
        try:
            for index, cell in enumerate(self.nb.cells):
                await self._execute(cell, index)
            if self._speaks_python:
                self.reads = prepare.answer(await self._ask(prepare.question()))
        except BaseException:
            # At once, and before anything is awaited: what the kernel still has to say is of no use any more.
            end_processes(self._pid, self.execution.marks)
            if self._reading is not None:
                self._reading.cancel()
            raise
        finally:
            await self._async_cleanup_kernel()

    async def _start(self) -> None:
        self.km = kernel_manager(self.execution.kernel, self.execution.warm)
        log = self.execution.scratch / "kernel.log"
        with log.open("ab") as sink:
            try:
                await self.async_start_new_kernel(env=dict(self.execution.env), stdout=sink, stderr=sink)
                self._pid = getattr(self.km.provisioner, "pid", None)
                await self.async_start_new_kernel_client()
            except (RuntimeError, OSError) as error:
                tail = log.read_text("utf-8", "replace").strip().splitlines()[-12:]
                raise KernelDiedError(
                    "\n".join([f"the kernel {self.execution.kernel.name!r} did not start: {error}", *tail]),
                    where=self.execution.paper,
                    hint="try it by itself: python -m ipykernel_launcher",
                ) from error
        if self._speaks_python:
            folders = [self.execution.folder, self.execution.root]
            await self._ask("", code=prepare.preparation(folders, self.execution.root))

    @property
    def _speaks_python(self) -> bool:
        return self.execution.kernel.language == "python"

    # -- one cell --------------------------------------------------------------------------------------------------

    async def _execute(self, cell: NotebookNode, index: int) -> None:
        self._started = time.monotonic()
        if self._pass(cell, index):
            return
        if cell.cell_type == "markdown":
            await self._execute_inline(cell, index)
            return
        options = self._options(cell, index)
        self.execution.watcher.cell_started(index + 1, len(self.nb.cells), self._name(cell, options), cell.id)
        self._capture = CellCapture()
        try:
            await self.async_execute_cell(cell, index)
        except CellExecutionError as error:
            # The client's own text holds the whole source again; the output holds the traceback alone.
            traces = ["\n".join(output.traceback) for output in errors_of(cell)] or [""]
            raise self._raised(cell, index, error.ename, error.evalue, traces[-1]) from error
        except ClientTimeoutError as error:
            raise self._overran(cell, index) from error
        except DeadKernelError as error:
            raise self._died(cell, index) from error
        finally:
            self._capture.finish()
        errors = errors_of(cell)
        if errors and "raises-exception" not in cell.metadata.get("tags", []):
            raise self._raised(cell, index, errors[0].ename, errors[0].evalue, "\n".join(errors[0].traceback))
        self._ended(cell, CellOutcome.EXECUTED, self._reason)

    def _pass(self, cell: NotebookNode, index: int) -> bool:
        """Whether a cell has nothing to execute; what becomes of it is then said."""
        passed = pass_over(cell, self._where(cell, index))
        if passed is not None:
            self._ended(cell, *passed)
        return passed is not None

    async def _execute_inline(self, cell: NotebookNode, index: int) -> None:
        found = find_expressions(cell.source)
        if not self._speaks_python:
            raise CellError(
                f"has an inline value, which the {self.execution.kernel.language} kernel cannot evaluate",
                where=self._where(cell, index),
            )
        self.execution.watcher.cell_started(index + 1, len(self.nb.cells), self._name(cell, {}), cell.id)
        asked = {str(number): one.expression for number, one in enumerate(found)}
        scratch = self._scratch_cell()
        try:
            reply = await self._request(scratch, index, "", asked)
        except ClientTimeoutError as error:
            raise self._overran(cell, index) from error
        except DeadKernelError as error:
            raise self._died(cell, index) from error
        if asks_to_quit(reply["content"]):
            raise self._left(cell, index, "quit()")
        results = reply["content"].get("user_expressions", {})
        stored = []
        for key, expression in asked.items():
            result = results.get(key, {"status": "error", "ename": "KernelError", "evalue": "no answer"})
            if result["status"] != "ok":
                trace = "\n".join(result.get("traceback", []))
                raise self._raised(cell, index, result.get("ename", ""), result.get("evalue", ""), trace, expression)
            stored.append({"expression": expression, "result": result})
        cell.metadata["user_expressions"] = stored
        # Queries that an expression made show themselves as outputs, and a markdown cell has none.
        shown = [output["data"] for output in scratch.outputs if "data" in output]
        if shown:
            cell.metadata["pressrun"] = {"displayed": shown}
        self._ended(cell, CellOutcome.EXECUTED, self._reason)

    def _ended(self, cell: NotebookNode, outcome: CellOutcome, reason: str = "") -> None:
        seconds = time.monotonic() - self._started if outcome is CellOutcome.EXECUTED else None
        self.execution.watcher.cell_ended(CellResult(cell.id, cell.cell_type, outcome, reason, seconds, self._reasons))

    # -- talking to the kernel -------------------------------------------------------------------------------------

    def _scratch_cell(self, source: str = "") -> NotebookNode:
        from nbformat.v4 import new_code_cell

        return new_code_cell(source, id="scratch")

    async def _ask(self, expression: str, code: str = "") -> str:
        """Execute code silently, or evaluate one expression, outside the paper's cells; give the value's repr."""
        cell = self._scratch_cell(f"#| timeout: {_START_SECONDS}")
        try:
            reply = await self._request(cell, 0, code, {"0": expression} if expression else {})
        except (DeadKernelError, ClientTimeoutError) as error:
            raise KernelDiedError(
                f"the kernel went away between cells: {end_of(self._returncode)}", where=self.execution.paper
            ) from error
        result = reply["content"].get("user_expressions", {}).get("0", {})
        return str(result.get("data", {}).get("text/plain", ""))

    async def _request(self, cell: NotebookNode, index: int, code: str, asked: Mapping[str, str]) -> dict[str, Any]:
        assert self.kc is not None
        self._capture = CellCapture()
        message_id = await ensure_async(
            self.kc.execute(code, silent=True, store_history=False, user_expressions=dict(asked), allow_stdin=False)
        )
        alive = asyncio.ensure_future(self._async_poll_kernel_alive())
        outputs = asyncio.ensure_future(self._async_poll_output_msg(message_id, cell, index))
        self.task_poll_for_reply = asyncio.ensure_future(
            self._async_poll_for_reply(message_id, cell, self._get_timeout(cell), outputs, alive)
        )
        try:
            reply: dict[str, Any] = await self.task_poll_for_reply
        except asyncio.CancelledError:
            if self._returncode is None and await ensure_async(self.kc.is_alive()):
                raise
            raise DeadKernelError("Kernel died") from None
        finally:
            alive.cancel()
            outputs.cancel()
            self._capture.finish()
        return reply

    def _get_timeout(self, cell: NotebookNode | None) -> float | None:
        options, _ = parse_options(cell.source) if cell is not None else ({}, "")
        value = options.get("timeout", self.execution.timeout)
        return float(value)

    async def _async_check_alive(self) -> None:
        assert self.km is not None
        process = getattr(self.km.provisioner, "process", None)
        if process is not None and process.poll() is not None:
            self._returncode = process.returncode
            raise DeadKernelError("Kernel died")

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: NotebookNode, cell_index: int) -> None:
        self._reading = asyncio.current_task()
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take an output message in, cut where the cell has put out too much."""
        shown = None
        for message in self._capture.admit(msg):
            shown = super().process_message(message, cell, cell_index)
        return shown

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Append an output, a stream that goes on to the one before."""
        added = super().output(outs, msg, display_id, cell_index)
        if added is not None and outs and outs[-1] is added:
            outs.pop()
            return self._capture.add(outs, added)
        return added

    def clear_output(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Clear a cell's outputs, and count from zero again."""
        self._capture.finish()
        super().clear_output(outs, msg, cell_index)
        if not outs:
            self._capture.restart()

    async def _check_raise_for_error(
        self, cell: NotebookNode, cell_index: int, exec_reply: dict[str, Any] | None
    ) -> None:
        content = (exec_reply or {}).get("content", {})
        if asks_to_quit(content):
            raise self._left(cell, cell_index, "quit()")
        if content.get("ename") == "SystemExit":
            raise self._left(cell, cell_index, f"sys.exit({content.get('evalue', '')})")
        await super()._check_raise_for_error(cell, cell_index, exec_reply)

    # -- saying what went wrong ------------------------------------------------------------------------------------

    def _options(self, cell: NotebookNode, index: int) -> dict[str, Any]:
        return options_of(cell, self._where(cell, index))

    def _name(self, cell: NotebookNode, options: Mapping[str, Any]) -> str:
        return str(options.get("label") or cell.id)

    def _where(self, cell: NotebookNode, index: int) -> str:
        return place_of(self.execution.paper, self.nb, cell, index)

    def _fail(self, cell: NotebookNode, index: int, error: BuildError) -> BuildError:
        self._ended(cell, CellOutcome.FAILED, error.what.partition("\n")[0])
        for other in self.nb.cells[index + 1 :]:
            if other.cell_type == "code" and other.source.strip():
                self._ended(other, CellOutcome.NOT_RUN, "the build ended before it")
        return error

    def _raised(
        self, cell: NotebookNode, index: int, ename: str, evalue: str, trace: str, source: str = ""
    ) -> BuildError:
        error = failures.raised(self._where(cell, index), source or cell.source, ename, evalue, trace)
        return self._fail(cell, index, error)

    def _overran(self, cell: NotebookNode, index: int) -> BuildError:
        seconds = self._get_timeout(cell if cell.cell_type == "code" else None) or self.execution.timeout
        return self._fail(cell, index, failures.overran(self._where(cell, index), cell.source, seconds))

    def _died(self, cell: NotebookNode, index: int) -> BuildError:
        if self._returncode == 0:
            return self._left(cell, index, "os._exit(0)")
        return self._fail(cell, index, failures.died(self._where(cell, index), cell.source, self._returncode))

    def _left(self, cell: NotebookNode, index: int, how: str) -> BuildError:
        rest = [
            self._where(other, number).rpartition(", cell ")[2]
            for number, other in enumerate(self.nb.cells)
            if number > index and other.cell_type == "code" and other.source.strip()
        ]
        return self._fail(cell, index, failures.left(self._where(cell, index), cell.source, how, rest))
