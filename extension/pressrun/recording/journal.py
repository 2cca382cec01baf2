"""What `events.jsonl` says: good lines kept, each bad one set aside with its line number.

A `Journal` is fed bytes as they arrive, so a reader of a growing file goes on where it stopped.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.recording.values import clean_text, restored
from pressrun.records import Artifact, Dataset, Problem, Series, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Problems kept word for word; more are counted.
PROBLEM_LIMIT = 100
#: A longer line is not decoded: nothing that pressrun writes comes near.
LINE_LIMIT = 16_000_000
#: Deeper values would exhaust the stack of whoever walks them later.
NESTING_LIMIT = 100

_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_INT64 = 2**63


class _BadLineError(ValueError):
    """The line, or one entry of it, does not say what its kind promises."""


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, in its own words."""

    status: Status
    time: float | None
    exit_code: int | None
    resources: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Points:
    steps: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


class Journal:
    """All that a run's events have said so far.

    Parameters
    ----------
    where
        The file's name, for problems.

    Attributes
    ----------
    offset
        Bytes taken in as whole lines; reading goes on from there.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.offset = 0
        self.lines = 0
        self.config: dict[str, Any] = {}
        self.summary: dict[str, Any] = {}
        self.tags: dict[str, str] = {}
        self.name = ""
        self.joined: dict[str, Any] | None = None
        self.artifacts: dict[str, tuple[Artifact, int]] = {}
        self.datasets: dict[str, Dataset] = {}
        self.data_sizes: dict[str, int] = {}
        self.error: dict[str, str] = {}
        self.end: End | None = None
        self.last_time = -math.inf
        #: A last line that its writer was stopped in; while a run is written to, no more than a line on its way.
        self.torn: Problem | None = None
        self._points: dict[str, _Points] = {}
        self._problems: list[Problem] = []
        self._unlisted = 0

    @property
    def problems(self) -> list[Problem]:
        """What was set aside, the first hundred by line."""
        if not self._unlisted:
            return list(self._problems)
        return [*self._problems, Problem(self.where, f"{self._unlisted} more lines or entries were set aside")]

    def history(self) -> dict[str, Series]:
        """Give the series so far, by the rule of `Series` for duplicate and out-of-order steps."""
        import numpy as np

        return {
            name: Series.ordered(
                np.array(points.steps, dtype=np.int64),
                np.array(points.times, dtype=np.float64),
                np.array(points.values, dtype=np.float64),
            )
            for name, points in self._points.items()
        }

    def feed(self, data: bytes) -> None:
        """Take in bytes from `offset` on; a last line without its end waits for the next time."""
        whole = data.rfind(b"\n") + 1
        for line in data[:whole].split(b"\n")[:-1]:
            self._line(line)
        self.offset += whole

    def finish(self, tail: bytes) -> None:
        """Take in what stands after the last line end: a whole object counts, a piece of one is torn."""
        if not tail.strip():
            return
        before = len(self._problems)
        self._line(tail)
        if len(self._problems) > before:
            place = self._problems.pop().where
            self.torn = Problem(place, "torn last line: the writer was stopped in the middle of it")

    def _line(self, line: bytes) -> None:
        self.lines += 1
        if self.lines == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line or line.isspace():
            return
        try:
            event = _decode(line)
            kind = event.get("kind")
            take = _KINDS.get(kind) if isinstance(kind, str) else None
            if take is None:
                raise _BadLineError(f"unknown kind of event {_shown(kind)}")
            time = event.get("time")
            if isinstance(time, float) and math.isfinite(time):
                self.last_time = max(self.last_time, time)
            take(self, event)
        except RecursionError:
            self._set_aside("nested too deep")
        except (ValueError, OverflowError) as error:
            self._set_aside(_reason(error))

    def _set_aside(self, reason: str) -> None:
        if len(self._problems) < PROBLEM_LIMIT:
            self._problems.append(Problem(f"{self.where}, line {self.lines}", reason))
        else:
            self._unlisted += 1

    def _take_log(self, event: dict[str, Any]) -> None:
        step, time, values = event.get("step"), event.get("time"), event.get("values")
        if type(step) is not int:
            if not isinstance(step, float) or not step.is_integer():
                raise _BadLineError(f"the step {_shown(step)} is not a whole number")
            step = int(step)
        if not -_INT64 <= step < _INT64:
            raise _BadLineError(f"the step {_shown(step)} does not fit 64 bits")
        if time is None:
            time = math.nan
        elif isinstance(time, bool) or not isinstance(time, (int, float)) or not math.isfinite(time):
            raise _BadLineError(f"the time {_shown(time)} is not a number")
        if not isinstance(values, dict):
            raise _BadLineError("a log without values")
        for name, value in values.items():
            if type(value) is not float or value - value != 0.0:
                try:
                    value = _number(name, value)
                except _BadLineError as error:
                    self._set_aside(str(error))
                    continue
            points = self._points.get(name)
            if points is None:
                points = self._points[name] = _Points()
            points.steps.append(step)
            points.times.append(time)
            points.values.append(value)

    def _take_config(self, event: dict[str, Any]) -> None:
        _amend(self.config, event)

    def _take_summary(self, event: dict[str, Any]) -> None:
        _amend(self.summary, event)

    def _take_tags(self, event: dict[str, Any]) -> None:
        _amend(self.tags, event, text=True)

    def _take_join(self, event: dict[str, Any]) -> None:
        self.joined = event
        if isinstance(name := event.get("name"), str):
            self.name = name
        for target, key in ((self.config, "config"), (self.tags, "tags")):
            if isinstance(values := event.get(key), dict):
                _amend(target, {"values": values}, text=key == "tags")

    def _take_artifact(self, event: dict[str, Any]) -> None:
        path, size, digest = event.get("path"), event.get("size"), event.get("digest", "")
        if not isinstance(path, str) or type(size) is not int or size < 0 or not isinstance(digest, str):
            raise _BadLineError("an artifact without path, size and digest")
        modified = event.get("modified")
        self.artifacts[path] = (Artifact(path, size, digest), modified if type(modified) is int else -1)

    def _take_data(self, event: dict[str, Any]) -> None:
        parts = [event.get(key, "") for key in ("name", "version", "digest", "path")]
        if not all(isinstance(part, str) for part in parts) or not parts[0]:
            raise _BadLineError("a data set without a name")
        self.datasets[parts[0]] = Dataset(*parts)
        if type(size := event.get("size")) is int:
            self.data_sizes[parts[0]] = size

    def _take_error(self, event: dict[str, Any]) -> None:
        self.error = {key: str(event.get(key, "")) for key in ("type", "message")}

    def _take_end(self, event: dict[str, Any]) -> None:
        try:
            status = Status(event.get("status"))
        except ValueError:
            self._set_aside(f"unknown status {_shown(event.get('status'))}")
            status = Status.UNKNOWN
        time, code = event.get("time"), event.get("exit_code")
        resources = event.get("resources")
        self.end = End(
            status,
            float(time) if isinstance(time, (int, float)) and math.isfinite(time) else None,
            code if type(code) is int else None,
            resources if isinstance(resources, dict) else {},
        )

    def _take_nothing(self, event: dict[str, Any]) -> None:
        """Take a sign of life: its time has been noted."""


_KINDS: dict[str, Callable[[Journal, dict[str, Any]], None]] = {
    "log": Journal._take_log,
    "config": Journal._take_config,
    "summary": Journal._take_summary,
    "tags": Journal._take_tags,
    "join": Journal._take_join,
    "artifact": Journal._take_artifact,
    "data": Journal._take_data,
    "error": Journal._take_error,
    "end": Journal._take_end,
    "left": Journal._take_nothing,
    "alive": Journal._take_nothing,
}


def decode_object(data: bytes) -> dict[str, Any]:
    """Decode one strict JSON object in UTF-8.

    Raises
    ------
    ValueError
        If it is not one, repeats a key, or holds a number that no float holds.
    RecursionError
        If it is nested too deep.
    """
    return _decode(data.removeprefix(b"\xef\xbb\xbf"))


def _decode(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_LIMIT:
        raise _BadLineError(f"a line of {len(line)} bytes")
    text = line.decode("utf-8")
    event = _DECODER.decode(text)
    if not isinstance(event, dict):
        raise _BadLineError(f"not an object: {_shown(event)}")
    # Each key has one colon. When the keys of the object and of its inner ones account for all colons, none stands
    # twice; otherwise a name may hold a colon as well, and the slower decoder looks.
    if text.count(":") != len(event) + sum(len(inner) for inner in event.values() if type(inner) is dict):
        _CAREFUL_DECODER.decode(text)
    if text.count("[") + text.count("{") > NESTING_LIMIT:
        _refuse_depth(event, NESTING_LIMIT)
    return _clean(event) if _SURROGATE.search(text) else event


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _BadLineError("a key stands twice")
    return found


def _refuse(constant: str) -> Any:
    raise _BadLineError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_CAREFUL_DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unique)


def _refuse_depth(value: Any, left: int) -> None:
    if left < 0:
        raise _BadLineError("nested too deep")
    if isinstance(value, (dict, list)):
        for entry in value.values() if isinstance(value, dict) else value:
            _refuse_depth(entry, left - 1)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(k): _clean(v) for k, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list) else value


def _number(name: str, value: Any) -> float:
    if isinstance(value, str) and value in _NON_FINITE:
        return _NON_FINITE[value]
    if isinstance(value, float):
        # Infinity is written as a text; as a number it can only come from digits such as 1e400.
        raise _BadLineError(f"the value of {name!r} is beyond what a float holds")
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise _BadLineError(f"the value of {name!r} is beyond what a float holds") from error
    raise _BadLineError(f"the value of {name!r} is {_shown(value)}, not a number")


def _amend(target: dict[str, Any], event: Mapping[str, Any], *, text: bool = False) -> None:
    values, removed = event.get("values", {}), event.get("removed", [])
    if not isinstance(values, dict) or not isinstance(removed, list):
        raise _BadLineError("neither values nor removed keys")
    target.update({k: v if isinstance(v, str) else str(v) for k, v in values.items()} if text else restored(values))
    for key in removed:
        if isinstance(key, str):
            target.pop(key, None)


def _shown(value: object) -> str:
    shown = repr(value) if not isinstance(value, int) or value.bit_length() < 200 else "a very large number"
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _reason(error: ValueError | OverflowError) -> str:
    if isinstance(error, _BadLineError):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    if isinstance(error, OverflowError):
        return "a number beyond what a float holds"
    return f"not JSON: {error}"
