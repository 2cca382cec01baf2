"""One current run behind plain functions, for scripts in the style of W&B and Trackio: `init`, `log`, `finish`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pressrun.errors import PressrunWarning, UsageError
from pressrun.recording.active import start_run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from pressrun.recording.active import ActiveRun
    from pressrun.records import Status

#: What other trackers' `init` takes and a run keeps as a tag.
_AS_TAGS = frozenset({"project", "group", "job_type", "notes", "entity"})

_current: list[ActiveRun] = []


def init(
    project: str | None = None,
    name: str | None = None,
    config: Any = None,
    *,
    tags: Mapping[str, str] | Iterable[str] | None = None,
    seed: int | None = None,
    dir: str | PathLike[str] | None = None,  # noqa: A002 (the word that scripts written for other trackers use)
    id: str | None = None,  # noqa: A002
    resources: bool = True,
    **others: Any,
) -> ActiveRun:
    """Start the current run; the one before, if any, is finished.

    Parameters
    ----------
    project
        Kept as the tag `project`.
    name, config, seed, id, resources
        As for `start_run`.
    tags
        Text to text, or plain words, each of which becomes a tag with the value "true".
    dir
        As `folder` of `start_run`.
    others
        `group`, `job_type`, `notes` and `entity` are kept as tags; anything else is named in a warning and left out.

    Raises
    ------
    UsageError
        If an argument is not what it should be, or the id is taken.
    """
    given = {"project": project, **others}
    labels = {key: str(given[key]) for key in _AS_TAGS if given.get(key) is not None}
    if isinstance(tags, Mapping):
        labels |= {str(key): str(value) for key, value in tags.items()}
    elif tags is not None:
        labels |= {str(tag): "true" for tag in ([tags] if isinstance(tags, str) else tags)}
    if unknown := sorted(set(others) - _AS_TAGS):
        warnings.warn(f"init does not know {', '.join(unknown)} and leaves it out", PressrunWarning, stacklevel=2)
    finish()
    run = start_run(
        "" if name is None else name, config, tags=labels, seed=seed, folder=dir, id=id, resources=resources
    )
    _current.append(run)
    return run


def log(metrics: Mapping[str, Any], step: int | None = None, time: float | None = None) -> None:
    """Log to the current run, as `ActiveRun.log` does.

    Raises
    ------
    UsageError
        If there is no current run, or a value is not a number.
    """
    if not _current or _current[-1].finished:
        raise UsageError("there is no current run", where="pressrun.log", hint="call pressrun.init(…) first")
    _current[-1].log(metrics, step, time)


def finish(status: Status | str | None = None, exit_code: int | None = None) -> None:
    """Finish the current run; nothing happens if there is none."""
    while _current:
        _current.pop().finish(status, exit_code)
