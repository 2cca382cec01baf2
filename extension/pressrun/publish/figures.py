"""Images: where they may come from, and what is let through.

An image is read from the paper's folder, from a cell's attachments or from a cell's output, and from nowhere else. It
is checked to be what it says it is; an SVG loses whatever could run, or fetch, or reach outside itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from pressrun.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SVG = "http://www.w3.org/2000/svg"

_SUFFIXES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
_MAGIC = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
#: In the order in which a cell's bundle is searched.
OUTPUT_MIMES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
_BANNED = {"script", "foreignObject", "iframe", "embed", "object", "metadata", "handler", "listener", "audio", "video"}
_WIDTH = re.compile(rb"<svg[^>]*?\bwidth=\"([0-9.]+)(pt|px|in|cm|mm|)\"")
_POINTS = {"pt": 1.0, "px": 0.75, "": 0.75, "in": 72.0, "cm": 72 / 2.54, "mm": 7.2 / 2.54}
_FONT = re.compile(rb"font(?:-family)?:[^;\"}&]*[a-z'][^;\"}&]*")
_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that has been let through.

    Parameters
    ----------
    mime
        One of `OUTPUT_MIMES`.
    data
        The file's bytes.
    name
        What people call it; for messages.
    """

    mime: str
    data: bytes
    name: str

    @property
    def uri(self) -> str:
        """The image as a data URI."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"

    @property
    def suffix(self) -> str:
        """The file name's end, for example ".png"."""
        return next(suffix for suffix, mime in _SUFFIXES.items() if mime == self.mime)

    @property
    def points(self) -> float | None:
        """An SVG's width in points, where it says one that is not relative; None for other images."""
        match = _WIDTH.search(self.data[:4000]) if self.mime == "image/svg+xml" else None
        return float(match[1]) * _POINTS[match[2].decode()] if match else None

    @property
    def printable(self) -> bytes:
        """The image for print: an SVG's text falls back to a font that every build has."""
        if self.mime != "image/svg+xml":
            return self.data
        return _FONT.sub(rb"\g<0>, 'DejaVu Sans'", self.data)


def is_remote(target: str) -> bool:
    """Whether an image's target lies on the network."""
    return target.startswith("//") or urlsplit(target).scheme.lower() in {"http", "https", "ftp"}


def picture_at(target: str, folder: Path, where: str) -> Picture:
    """Read an image of the paper's folder, or of a data URI.

    Raises
    ------
    DocumentError
        If it is missing, lies outside the folder (also by way of a symbolic link), or is no image.
    """
    if target.lower().startswith("data:"):
        head, _, body = target[5:].partition(",")
        mime = head.split(";")[0].strip().lower()
        data = body if "base64" in head else base64.b64encode(unquote(body).encode()).decode()
        return picture_of(mime, data, "data URI", where)
    path = unquote(urlsplit(target).path)
    hint = "keep images in the paper's folder and name them relative to it"
    home = folder.resolve()
    if urlsplit(target).scheme or "\\" in path or "\0" in path or path.startswith("/"):
        raise DocumentError(f"image {target!r} is not a path inside the paper's folder", where=where, hint=hint)
    try:
        place = (home / path).resolve()
        inside = place.is_relative_to(home)
        # A file of half a gigabyte is a slip, and would be held in memory several times over.
        data_bytes = place.read_bytes() if inside and place.is_file() and place.stat().st_size < 2**28 else None
    except (OSError, RuntimeError) as error:
        raise DocumentError(f"image {target!r} cannot be read: {error}", where=where, hint=hint) from error
    if not inside:
        raise DocumentError(f"image {target!r} lies outside the paper's folder", where=where, hint=hint)
    if data_bytes is None:
        raise DocumentError(f"image {target!r} is not there", where=where, hint=hint)
    mime = _SUFFIXES.get(place.suffix.lower(), "")
    return _checked(mime, data_bytes, path, where)


def attachment(attachments: Mapping[str, Any], name: str, where: str) -> Picture:
    """Give a cell's attachment by name; a name is a key here, never a path.

    Raises
    ------
    DocumentError
        If there is none, or it is no image.
    """
    bundle = attachments.get(name) or attachments.get(unquote(name))
    if isinstance(bundle, dict):
        for mime in OUTPUT_MIMES:
            if mime in bundle:
                return picture_of(mime, bundle[mime], name, where)
    raise DocumentError(f"attachment {name!r} is not in the cell", where=where, hint="paste the image again")


def picture_of(mime: str, data: Any, name: str, where: str) -> Picture:
    """Make a picture of what an output's bundle holds: text for SVG, base64 for the others.

    Raises
    ------
    DocumentError
        If it is no image of that type.
    """
    text = "".join(data) if isinstance(data, list) else data
    if not isinstance(text, str):
        raise DocumentError(f"{name} holds no image data", where=where, hint="run the cell again")
    if mime == "image/svg+xml" and "<" in text:
        return _checked(mime, text.encode("utf-8", "replace"), name, where)
    try:
        decoded = base64.b64decode(re.sub(r"\s+", "", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DocumentError(f"{name} is not valid base64", where=where, hint="run the cell again") from error
    return _checked(mime, decoded, name, where)


def _checked(mime: str, data: bytes, name: str, where: str) -> Picture:
    if mime == "image/svg+xml":
        return Picture(mime, clean_svg(data, name, where), name)
    if mime not in _MAGIC or not data.startswith(_MAGIC[mime]):
        raise DocumentError(f"{name} is not an image that can be shown", where=where, hint="use PNG, JPEG or SVG")
    return Picture(mime, data, name)


def clean_svg(data: bytes, name: str, where: str) -> bytes:
    """Give an SVG without scripts, handlers, foreign content, metadata and references to anything outside it.

    Raises
    ------
    DocumentError
        If it is not well-formed, or declares entities.
    """
    hint = "save the figure as plain SVG or PNG"
    if b"<!ENTITY" in data or b"\x00" in data:
        raise DocumentError(f"{name} declares XML entities", where=where, hint=hint)
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  (entities are refused above; expat itself fetches nothing)
    except ElementTree.ParseError as error:
        raise DocumentError(f"{name} is not well-formed SVG: {error}", where=where, hint=hint) from error
    if root.tag != f"{{{_SVG}}}svg":
        if root.tag != "svg":
            raise DocumentError(f"{name} is not an SVG", where=where, hint=hint)
        for element in root.iter():
            if isinstance(element.tag, str) and not element.tag.startswith("{"):
                element.tag = f"{{{_SVG}}}{element.tag}"
    _strip(root)
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    cleaned: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return cleaned


def _strip(element: ElementTree.Element) -> None:
    for key, value in list(element.attrib.items()):
        bare = key.rsplit("}", 1)[-1].lower()
        if bare.startswith("on") or (bare == "href" and not _inner(value)) or _URL.search(value):
            del element.attrib[key]
    if element.text and element.tag == f"{{{_SVG}}}style" and (_URL.search(element.text) or "@import" in element.text):
        element.text = ""
    for child in list(element):
        tag = child.tag if isinstance(child.tag, str) else ""
        if not tag.startswith(f"{{{_SVG}}}") or tag.rsplit("}", 1)[-1] in _BANNED:
            element.remove(child)
        else:
            _strip(child)


def _inner(target: str) -> bool:
    return target.startswith(("#", "data:image/png;", "data:image/jpeg;"))
