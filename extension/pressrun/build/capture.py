"""Keep what cells print and show within bounds, at the message, so that memory stays bounded whatever a cell prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jupyter_client.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

#: Bytes of text that a cell may print, and bytes of everything else that it may show.
TEXT_LIMIT = 10_000_000
RICH_LIMIT = 20_000_000

#: A message of more bytes is never decoded.
MESSAGE_LIMIT = TEXT_LIMIT + RICH_LIMIT

_SHOWN = frozenset({"stream", "display_data", "execute_result", "update_display_data"})


class BoundedSession(Session):
    """A session that puts a notice in the place of an output too large to be decoded."""

    def deserialize(self, msg_list: list[Any], content: bool = True, copy: bool = True) -> dict[str, Any]:
        """Decode a message; an output beyond `MESSAGE_LIMIT` becomes a line on stderr."""
        large = len(msg_list) > 4 and len(msg_list[4]) > MESSAGE_LIMIT
        message: dict[str, Any] = super().deserialize(msg_list, content=content and not large, copy=copy)
        if large:
            if message["header"]["msg_type"] in _SHOWN:
                message["msg_type"] = message["header"]["msg_type"] = "stream"
                message["content"] = {"name": "stderr", "text": _notice("an output", MESSAGE_LIMIT)}
            elif content:
                message["content"] = self.unpack(message["content"])
        return message


class CellCapture:
    """What one cell puts out: counted, cut where the limit is reached, streams that go on joined to one output."""

    def __init__(self) -> None:
        self._text = 0
        self._rich = 0
        self._stream: NotebookNode | None = None
        self._pieces: list[str] = []

    def restart(self) -> None:
        """Count anew, since the cell's outputs were cleared."""
        self._text = self._rich = 0
        self._stream = None
        self._pieces = []

    def admit(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the messages that take an output message's place: itself, a part of it with a notice, or none.

        Updates of a display in place count as new output.
        """
        if message["msg_type"] == "stream":
            return self._admit_text(message)
        return self._admit_rich(message) if message["msg_type"] in _SHOWN else [message]

    def _admit_text(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        if self._text > TEXT_LIMIT:
            return []
        content = message["content"]
        text = content["text"].encode("utf-8", "surrogatepass")
        room = TEXT_LIMIT - self._text
        self._text += len(text)
        if len(text) <= room:
            return [message]
        content["text"] = text[:room].decode("utf-8", "ignore")
        return [message, _notice_in_place_of(message, "output", TEXT_LIMIT)]

    def _admit_rich(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        if self._rich > RICH_LIMIT:
            return []
        self._rich += _size(message["content"].get("data", {}))
        return [message] if self._rich <= RICH_LIMIT else [_notice_in_place_of(message, "an output", RICH_LIMIT)]

    def add(self, outputs: list[NotebookNode], output: NotebookNode) -> NotebookNode:
        """Add an output to a cell's; a stream that goes on is joined to the one before when `finish` is called."""
        if output.output_type != "stream":
            self.finish()
            outputs.append(output)
            return output
        if self._stream is None or self._stream.name != output.name or not outputs or outputs[-1] is not self._stream:
            self.finish()
            outputs.append(output)
            self._stream = output
        # Joined at the end: text added piece by piece to a long text would be copied with each piece.
        self._pieces.append(output.text)
        return self._stream

    def finish(self) -> None:
        """Join the pieces of the stream that was last, and leave out what carriage returns overwrote."""
        if self._stream is not None:
            self._stream.text = overwrite("".join(self._pieces))
        self._stream = None
        self._pieces = []


def overwrite(text: str) -> str:
    """Give what a terminal would show of a text in which carriage returns go back to the line's start."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _notice_in_place_of(message: dict[str, Any], what: str, limit: int) -> dict[str, Any]:
    header = {**message["header"], "msg_type": "stream"}
    content = {"name": "stderr", "text": _notice(what, limit)}
    return {**message, "header": header, "msg_type": "stream", "content": content}


def _size(data: Mapping[str, Any]) -> int:
    return sum(len(value) if isinstance(value, str) else len(json.dumps(value)) for value in data.values())


def _notice(what: str, limit: int) -> str:
    return f"[pressrun: {what} cut at {limit // 1_000_000} MB]\n"


def errors_of(cell: NotebookNode) -> list[NotebookNode]:
    """Give the errors among a cell's outputs."""
    return [output for output in cell.outputs if output.output_type == "error"]


def asks_to_quit(reply: Mapping[str, Any]) -> bool:
    """Whether a kernel answers that it was asked to quit."""
    return any(entry.get("source") == "ask_exit" for entry in reply.get("payload", ()))
