"""What of foreign HTML is let through: an allow-list, applied to a parsed tree, never to text.

Raw HTML of the prose comes in pieces (an opening tag here, its end there). Each piece is reduced to allowed tags first,
pairs are matched, and the page's whole body passes nh3 once more at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3

_SCHEMES = {"http", "https", "mailto", "doi", "ftp", "tel"}
TAGS = frozenset(
    [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
VOID = frozenset({"br", "hr", "img", "col", "wbr"})
#: Tags whose content is not for reading: it goes with them.
DROPPED = frozenset(
    [
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "template",
        "noscript",
        "textarea",
        "title",
        "svg",
        "math",
        "xmp",
        "noembed",
        "noframes",
        "select",
        "head",
        "applet",
        "frameset",
        "plaintext",
        "form",
    ]
)
_EVERYWHERE = {"class", "id", "title", "lang", "dir", "role"}
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "headers"},
    "th": {"colspan", "rowspan", "align", "scope", "abbr"},
    "col": {"span"},
    "ol": {"start", "type"},
    "time": {"datetime"},
    "details": {"open"},
}
_NH3_ATTRIBUTES = {tag: _EVERYWHERE | _ATTRIBUTES.get(tag, set()) for tag in TAGS}
for _tag in ("td", "th", "col", "table", "span"):
    _NH3_ATTRIBUTES[_tag] = _NH3_ATTRIBUTES[_tag] | {"style"}
#: Ids and classes that the page itself gives meaning to.
_RESERVED = re.compile(r"^(pr-|f-\d)", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"^data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*$")


def safe_target(url: str) -> str | None:
    """Give a link's target if following it only ever opens a page, else None.

    Browsers ignore control characters and spaces in a scheme, so they are taken out before it is judged.
    """
    bare = re.sub(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]", "", url)
    try:
        scheme = urlsplit(bare).scheme.lower()
    except ValueError:
        return None
    if not scheme and ":" in bare.split("/")[0].split("?")[0].split("#")[0]:
        return None
    return url.strip() if scheme in _SCHEMES or not scheme else None


def is_reserved(name: str) -> bool:
    """Whether an id or class is one that the page itself gives meaning to, so that no author may set it."""
    return bool(_RESERVED.match(name))


def unreserved(classes: str) -> str:
    """Give a class attribute without reserved classes."""
    return " ".join(word for word in classes.split() if not is_reserved(word))


def _filter(tag: str, attribute: str, value: str) -> str | None:
    match tag, attribute:
        case "a", "href":
            return safe_target(value)
        case "img", "src":
            return value if _DATA_IMAGE.match(value) else None
        case _, "class":
            return unreserved(value) or None
        case _, "id":
            return None if is_reserved(value) or not re.fullmatch(r"[\w.:-]+", value) else value
    return value


def clean_body(html: str) -> str:
    """Give a page's own body through the same allow-list, the page's ids and classes kept: the last of two nets."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(DROPPED),
        attributes=_NH3_ATTRIBUTES,
        attribute_filter=lambda tag, key, value: value if key in {"class", "id"} else _filter(tag, key, value),
        link_rel=None,
        url_schemes=_SCHEMES | {"data"},
        filter_style_properties={"text-align", "width"},
    )


def clean_html(html: str) -> str:
    """Give foreign HTML as a balanced fragment of allowed tags, with no way to run, to fetch or to pose as the page."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(DROPPED),
        attributes=_NH3_ATTRIBUTES,
        attribute_filter=_filter,
        link_rel="noopener noreferrer",
        url_schemes=_SCHEMES | {"data"},
        filter_style_properties={"text-align", "width"},
    )


@dataclass(slots=True)
class Piece:
    """One part of a raw fragment: an opening tag, a closing tag, or text between."""

    kind: str
    text: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def html(self) -> str:
        """The tag, written afresh from its allowed parts."""
        if self.kind == "close":
            return f"</{self.text}>"
        inner = "".join(f' {key}="{escape(value)}"' for key, value in self.attributes.items())
        return f"<{self.text}{inner}>"


class _Splitter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = _EVERYWHERE | _ATTRIBUTES.get(tag, set())
        kept = {}
        for key, value in attrs:
            # An image's source is judged where images are read.
            judged = value or "" if (tag, key) == ("img", "src") else _filter(tag, key, value or "")
            if key in allowed and judged is not None:
                kept[key] = judged
        self.pieces.append(Piece("open", tag, kept))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.pieces.append(Piece("close", tag))

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append(Piece("close", tag))

    def handle_data(self, data: str) -> None:
        self.pieces.append(Piece("text", data))


def split(fragment: str) -> list[Piece]:
    """Split a raw fragment into tags and text; comments, declarations and unfinished tags are left out."""
    splitter = _Splitter()
    splitter.feed(fragment)
    splitter.close()
    return splitter.pieces
