"""From what a cell left in the notebook to faces that a page can show: facts first, then the richest safe type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pressrun.errors import DocumentError
from pressrun.facts import CLAIM_MIME, PANEL_MIME, QUERY_MIME, VALUE_MIME, without_query
from pressrun.publish import sanitise
from pressrun.publish.figures import OUTPUT_MIMES, Picture, picture_of
from pressrun.publish.holes import Face, MarkupFace, NoteFace, PanelFace, PictureFace, TextFace

#: A page is for reading: longer output is cut, and says so.
LONGEST_TEXT = 20_000
_ANSI = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that a cell shows: exactly one of its parts is set."""

    face: Face | None = None
    claim: Mapping[str, Any] | None = None
    value: Mapping[str, Any] | None = None
    #: Markdown or a formula that the cell gave, to be read with the prose.
    markdown: str = ""


def shown_by(outputs: list[Any], where: str) -> Iterator[Shown]:
    """Give what a cell's outputs show, in order; query facts and empty outputs show nothing."""
    for output in _merged(outputs):
        kind = output.get("output_type")
        if kind == "stream":
            text = readable(joined(output.get("text", "")))
            if text.strip():
                yield Shown(face=TextFace(text, stream=str(output.get("name", "stdout"))))
        elif kind == "error":
            trace = [_string(line) for line in output.get("traceback") or []]
            last = f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
            yield Shown(face=TextFace(readable("\n".join(trace) or last), error=True))
        elif isinstance(output.get("data"), Mapping):
            shown = _shown(output["data"], where)
            if shown is not None:
                yield shown


def joined(text: Any) -> str:
    """Give a notebook's text, which may be stored as a list of lines."""
    return "".join(_string(line) for line in text) if isinstance(text, list) else _string(text)


def readable(text: str) -> str:
    """Give terminal text as a page can show it: no escape sequences, progress bars as they ended, cut where endless."""
    text = _ANSI.sub("", text)
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n")]
    text = _CONTROL.sub("\ufffd", "\n".join(lines)).rstrip()
    if len(text) > LONGEST_TEXT:
        left = len(text) - LONGEST_TEXT
        text = text[:LONGEST_TEXT].rstrip() + f"\n… {left:,} more characters in the notebook"
    return text


def _string(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _merged(outputs: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Join what a cell printed piece by piece."""
    last: dict[str, Any] | None = None
    for output in outputs:
        if not isinstance(output, Mapping):
            continue
        if output.get("output_type") == "stream":
            if last is not None and last.get("name") == output.get("name"):
                last["text"] = joined(last["text"]) + joined(output.get("text", ""))
                continue
            if last is not None:
                yield last
            last = dict(output)
            continue
        if last is not None:
            yield last
            last = None
        yield output
    if last is not None:
        yield last


def _shown(data: Mapping[str, Any], where: str) -> Shown | None:
    if isinstance(data.get(CLAIM_MIME), Mapping):
        return Shown(claim=without_query(data[CLAIM_MIME]))
    if isinstance(data.get(PANEL_MIME), Mapping):
        return Shown(face=PanelFace(data[PANEL_MIME], _picture(data, where)))
    if isinstance(data.get(VALUE_MIME), Mapping):
        return Shown(value=without_query(data[VALUE_MIME]))
    if QUERY_MIME in data:
        return None
    picture = _picture(data, where)
    if picture is not None:
        return Shown(face=PictureFace(picture))
    if "text/html" in data:
        html = sanitise.clean_html(joined(data["text/html"]))
        if re.sub(r"<[^>]*>|&nbsp;|\s", "", html) or "<img" in html:
            return Shown(face=MarkupFace(html, []))
    for mime in ("text/latex", "text/markdown"):
        if mime in data:
            return Shown(markdown=joined(data[mime]))
    text = readable(joined(data.get("text/plain", "")))
    if text.strip():
        return Shown(face=TextFace(text))
    if "application/javascript" in data or any(mime.endswith("+json") for mime in data):
        return Shown(face=NoteFace("This output is live only in the notebook."))
    return None


def _picture(data: Mapping[str, Any], where: str) -> Picture | None:
    """Give the best image of a bundle; one that is damaged is passed over for the next."""
    for mime in OUTPUT_MIMES:
        if mime in data:
            try:
                return picture_of(mime, data[mime], f"the cell's {mime} output", where)
            except DocumentError:
                continue
    return None
