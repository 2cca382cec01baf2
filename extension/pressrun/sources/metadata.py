"""YAML that somebody else wrote: bounded in size and depth, without aliases, and never a Python object."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

from pressrun.errors import SourceFormatError

if TYPE_CHECKING:
    from pathlib import Path

#: A run's `meta.yaml` takes half a kilobyte; a dataset's holds its schema and profile.
_MAX_BYTES = 1 << 20
_MAX_DEPTH = 16


def load_metadata(path: Path) -> dict[str, Any]:
    """Read a YAML mapping of text keys.

    Aliases are refused, which is what a billion laughs need, and so are tags that name Python objects.

    Raises
    ------
    SourceFormatError
        If the file is missing, empty, too large, no YAML, or no mapping.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = _text(path)
    if not text.strip():
        raise _refusal(path, "is empty")
    try:
        _check_events(yaml.parse(text, Loader=loader), path)
        value = yaml.load(text, Loader=loader)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.constructor.ConstructorError as error:
        raise _refusal(path, f"holds {error.problem or 'a tag'}, which is not plain data") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise _refusal(path, f"is not YAML{line}: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(value, dict):
        raise _refusal(path, "holds no mapping")
    return {str(key): entry for key, entry in value.items()}


def _text(path: Path) -> str:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _refusal(path, "is no regular file")
        if status.st_size > _MAX_BYTES:
            raise _refusal(path, f"has {status.st_size:,} bytes, which no such file has")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read(_MAX_BYTES).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise _refusal(path, "is missing") from error
    except UnicodeDecodeError as error:
        raise _refusal(path, f"is not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error


def _check_events(events: Any, path: Path) -> None:
    from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in events:
        if isinstance(event, AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else "?"
            raise _refusal(path, f"uses an alias at line {line}, which is not read")
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise _refusal(path, f"nests deeper than {_MAX_DEPTH}")


def _refusal(path: Path, reason: str) -> SourceFormatError:
    return SourceFormatError(reason, where=str(path), hint="restore the file; the other runs are read without it")
