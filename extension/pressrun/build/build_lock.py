"""One builder a paper at a time: the lock that a builder holds, and whether anybody holds it."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pressrun.build.paper import Paper

#: Seconds within which a lock that somebody only looked at is free again.
_GLANCE = 0.2


@contextlib.contextmanager
def build_lock(paper: Paper, announce: Callable[[str], None], phase: Callable[[str], None]) -> Iterator[None]:
    """Hold a paper against other builders. A dead builder's lock is free, since the system lets go of it."""
    from filelock import FileLock, Timeout

    path = _path(paper)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=_GLANCE, poll_interval=_GLANCE / 10)
    except Timeout:
        phase("waiting")
        announce(f"{paper.name}: another build is at work on it; waiting for it to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def spare_lock(paper: Paper) -> Iterator[bool]:
    """Hold a paper against builders if nobody holds it; gives whether that is so."""
    from filelock import FileLock, Timeout

    lock = FileLock(_path(paper))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_building(paper: Paper) -> bool:
    """Whether any process builds a paper at this moment; False where the system cannot say without taking the lock."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        handle = os.open(_path(paper), os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared, so that those who only look never see each other; gone again when the file is closed.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _path(paper: Paper) -> Path:
    return paper.project.state_folder / "locks" / f"{paper.name}.lock"
