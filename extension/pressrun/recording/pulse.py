"""The one background thread of a running run: writes what was logged, samples resources, shows that the run lives."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from pressrun.recording.layout import FLUSH_SECONDS, HEARTBEAT_SECONDS

if TYPE_CHECKING:
    from pressrun.recording.resources import Sampler
    from pressrun.recording.writer import EventWriter

_log = logging.getLogger("pressrun")


class Pulse(threading.Thread):
    """Beats until it is stopped: at once when something is logged after a pause, else every `FLUSH_SECONDS`.

    So a run that logs now and then has each point in its file within milliseconds, and one that logs all the time pays
    for two writes a second.

    Parameters
    ----------
    events
        What is written at each beat.
    sampler
        What is sampled when it is due; None for no samples.
    """

    def __init__(self, events: EventWriter, sampler: Sampler | None) -> None:
        super().__init__(name="pressrun-pulse", daemon=True)
        self._events = events
        self._sampler = sampler
        self._stopped = threading.Event()

    def run(self) -> None:
        """Beat."""
        self._sample()
        while not self._stopped.is_set():
            if self._events.arrived.wait(FLUSH_SECONDS):
                self._events.arrived.clear()
                if not self._events.flush():
                    self._events.arrived.set()
                self._stopped.wait(FLUSH_SECONDS)
            elif time.monotonic() - self._events.last_write > HEARTBEAT_SECONDS:
                self._events.event("alive", time=time.time())
            self._sample()

    def stop(self) -> None:
        """Stop beating, and wait until the last beat is over."""
        self._stopped.set()
        self._events.arrived.set()
        # After a fork the copy of this thread never runs, and there is nothing to wait for.
        if self.is_alive():
            self.join()

    def _sample(self) -> None:
        if self._sampler is None:
            return
        try:
            self._sampler.sample_if_due()
        except (OSError, RuntimeError, ValueError, ImportError) as error:
            # What a system without /proc answers. Points matter more than samples: this thread must go on.
            _log.warning("pressrun: resources can no longer be recorded: %s", error)
            self._sampler = None
