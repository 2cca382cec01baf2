"""How this process ends, for runs that nobody finishes by name: well, with an exception, or with an exit code."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.recording.active import ActiveRun


class _Ending:
    """Sees the exceptions and exit codes with which the main thread may be ending, while any run is open."""

    def __init__(self) -> None:
        self.open: dict[str, ActiveRun] = {}
        self.error: BaseException | None = None
        self.code: object = None
        #: Events that each run had accepted when `sys.exit` was called: one that goes on logging did not end.
        self.counts: dict[str, int] = {}
        self._hooks: tuple[Callable[..., Any], Callable[..., Any]] | None = None

    def watch(self) -> None:
        if self._hooks is None:
            self._hooks = sys.excepthook, sys.exit
            sys.excepthook, sys.exit = self._excepthook, self._exit

    def unwatch(self) -> None:
        # Whoever hooked in after us stays hooked in, and calls us.
        if self._hooks is not None and sys.excepthook == self._excepthook and sys.exit == self._exit:
            sys.excepthook, sys.exit = self._hooks
            self._hooks = None

    def _excepthook(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        self.error = error
        assert self._hooks is not None
        self._hooks[0](kind, error, trace)

    def _exit(self, code: object = None) -> NoReturn:
        if threading.current_thread() is threading.main_thread():
            self.code = code
            self.counts = {key: run.accepted for key, run in self.open.items()}
        assert self._hooks is not None
        self._hooks[1](code)
        raise AssertionError("sys.exit returned")


_ending = _Ending()


def opened(run: ActiveRun) -> None:
    """Finish this run when the process ends, unless it has been finished by then."""
    _ending.open[str(run.folder)] = run
    _ending.watch()


def closed(run: ActiveRun) -> None:
    """Leave this run alone from now on."""
    _ending.open.pop(str(run.folder), None)
    if not _ending.open:
        _ending.unwatch()


def _finish_all() -> None:
    for key, run in tuple(_ending.open.items()):
        if run.pid != os.getpid():
            continue
        error = _ending.error
        if error is None and _ending.counts.get(key) == run.accepted and _ending.code not in (None, 0):
            error = SystemExit(_ending.code)
        run.finish_with(error)


atexit.register(_finish_all)
