"""Mappings of a running run (config, summary, tags) that record each change as it is made."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from pressrun.arguments import describe
from pressrun.errors import UsageError
from pressrun.recording.layout import to_text
from pressrun.recording.values import clean_text, recordable

if TYPE_CHECKING:
    from collections.abc import Callable


class Attributes(MutableMapping[str, Any]):
    """One of a run's mappings: reads like a dict, and every assignment is an event.

    What is read back is what was assigned. A list or dict that is changed in place is recorded when the run finishes.

    Parameters
    ----------
    kind
        "config", "summary" or "tags".
    initial
        What has been recorded already.
    record
        Called with (kind, fields) for each change.
    """

    def __init__(self, kind: str, initial: dict[str, Any], record: Callable[..., None]) -> None:
        self._kind = kind
        self._values = dict(initial)
        self._recorded = {key: to_text(recordable(value, f"{kind}.{key}")) for key, value in initial.items()}
        self._record = record

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise UsageError(
                f"the key is {describe(key)}, not a text", where=self._kind, hint=f'write run.{self._kind}["name"] = …'
            )
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._recorded.pop(key, None)
        self._record(self._kind, removed=[clean_text(key)])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    def update(self, other: Any = (), /, **more: Any) -> None:
        """Assign many entries as one event."""
        changes = {str(key): value for key, value in {**dict(other), **more}.items()}
        if self._kind == "tags":
            changes = {key: str(value) for key, value in changes.items()}
        recorded = {key: recordable(value, f"{self._kind}.{key}") for key, value in changes.items()}
        if recorded:
            self._record(self._kind, values={clean_text(key): value for key, value in recorded.items()})
            self._values.update(changes)
            self._recorded.update({key: to_text(value) for key, value in recorded.items()})

    def record_changes(self) -> None:
        """Record what was changed in place since it was assigned."""
        changed = {
            key: value
            for key, value in self._values.items()
            if isinstance(value, (dict, list, set))
            and to_text(recordable(value, f"{self._kind}.{key}")) != self._recorded.get(key)
        }
        self.update(changed)
