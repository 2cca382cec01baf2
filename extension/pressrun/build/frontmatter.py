"""A paper's front matter: the YAML in its first cell that says title, authors, abstract and the rest."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.build.inline import paragraphs
from pressrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLOCK = re.compile(
    r"\A\s*---[ \t]*\r?\n(?P<yaml>.*?)(?:\r?\n)?^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_HEADING = re.compile(r"^#[ \t]+(?P<title>[^ \t\n].*)$", re.MULTILINE)

#: Front matter is written by hand; more than this is a file in the wrong place.
_MOST_CHARACTERS = 500_000
_BRACKET = re.compile(r"[\[\]{}]")
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Author:
    """One author, in the terms of Quarto and MyST."""

    name: str
    affiliations: tuple[str, ...] = ()
    orcid: str = ""
    email: str = ""
    corresponding: bool = False
    #: CRediT roles, as written.
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a paper says of itself.

    Parameters
    ----------
    date
        As ISO 8601 where YAML understood a date, otherwise as written; "" if there is none.
    bibliography
        Paths of bibliography files relative to the paper's folder.
    raw
        All keys, as strict JSON, those that are not understood here included.
    """

    title: str = ""
    authors: tuple[Author, ...] = ()
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    date: str = ""
    license: str = ""
    bibliography: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, notebook: Mapping[str, Any], where: str = "") -> FrontMatter:
        """Read the front matter of a notebook's first cell.

        A notebook without any has the text of its first top-level heading as its title.

        Raises
        ------
        ConfigError
            If the YAML is wrong, or a key that pressrun understands holds something else than it should.
        """
        cells = notebook.get("cells", [])
        found = cls()
        if cells and cells[0].get("cell_type") in {"raw", "markdown"}:
            text, _ = split_front_matter(_text(cells[0].get("source", "")))
            if text is not None:
                found = cls.parse(text, f"{where}, front matter" if where else "front matter")
        if found.title:
            return found
        return cls(
            _first_heading(cells), found.authors, found.abstract, found.keywords, found.date, found.license,
            found.bibliography, found.raw,
        )  # fmt: skip

    @classmethod
    def parse(cls, text: str, where: str = "front matter") -> FrontMatter:
        """Read front matter from its YAML.

        Raises
        ------
        ConfigError
            If the YAML is wrong, or a key that pressrun understands holds something else than it should.
        """
        data = load_yaml(text, where)
        if data is None:
            data = {}
        if not isinstance(data, dict):
            raise ConfigError("is not a mapping of keys to values", where=where, hint="write lines such as title: …")
        known = {_id_of(entry): _affiliation(entry, {}, where) for entry in _listed(data.get("affiliations"))}
        entries = _listed(data.get("authors", data.get("author")))
        return cls(
            title=_string(data, "title", where),
            authors=tuple(_author(entry, known, where) for entry in entries),
            abstract=_string(data, "abstract", where).strip(),
            keywords=_strings(data, "keywords", where),
            date=_string(data, "date", where),
            license=_license(data.get("license"), where),
            bibliography=_strings(data, "bibliography", where),
            raw={str(key): _json(value) for key, value in data.items()},
        )


def split_front_matter(source: str) -> tuple[str | None, str]:
    """Split a cell's source into the YAML of its front matter (None if it has none) and the text that follows."""
    match = _BLOCK.match(source)
    return (match["yaml"], source[match.end() :]) if match else (None, source)


def load_yaml(text: str, where: str) -> Any:
    """Read YAML that somebody else wrote: plain data only, and no aliases, which can say much in little.

    Raises
    ------
    ConfigError
        If the text is not such YAML.
    """
    import yaml

    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(f"has {len(text)} characters", where=where, hint="move the text into the paper's cells")
    if _is_deep(text):
        raise ConfigError("is nested too deep", where=where, hint="have fewer lists inside each other")
    try:
        # PyYAML's own reader takes ten times as long as libyaml's, which not every installation has.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=loader)):
            raise ConfigError("uses a YAML alias (*name)", where=where, hint="write the value out")
        return yaml.load(text, Loader=loader)  # noqa: S506  (either of them is a safe one)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark else where
        what = getattr(error, "problem", None) or str(error)
        hint = "indent with spaces" if "'\\t'" in what else "put text that holds a colon in quotes"
        raise ConfigError(f"is not valid YAML: {what}", where=place, hint=hint) from error


def _is_deep(text: str) -> bool:
    """Whether more brackets may be open at once than any author opens: PyYAML takes hours over thousands."""
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        if depth > _DEEPEST:
            return True
    return False


def _first_heading(cells: Any) -> str:
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            for _, paragraph in paragraphs(_text(cell.get("source", ""))):
                if match := _HEADING.search(paragraph):
                    title = match["title"].rstrip(" \t\r")
                    return title.rstrip("#").rstrip(" \t") or title
    return ""


def _text(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source)


def _json(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): _json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_json(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _scalar(value: Any, key: str, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list, set, bytes)):
        raise ConfigError(f"{key} is not a text", where=where, hint=f'write {key}: "…"')
    return str(_json(value))


def _string(data: Mapping[Any, Any], key: str, where: str) -> str:
    return _scalar(data.get(key), key, where)


def _strings(data: Mapping[Any, Any], key: str, where: str) -> tuple[str, ...]:
    return tuple(text for entry in _listed(data.get(key)) if (text := _scalar(entry, key, where)))


def _license(value: Any, where: str) -> str:
    if isinstance(value, dict):
        # MyST writes {content: CC-BY-4.0, code: MIT}; Quarto writes {text, type, url}.
        parts = [value.get(key) for key in ("content", "code", "text", "type")]
        return ", ".join(_scalar(part, "license", where) for part in parts if part is not None)
    return _scalar(value, "license", where)


def _id_of(entry: Any) -> str:
    return str(entry.get("id", entry.get("name", ""))) if isinstance(entry, dict) else str(entry)


def _affiliation(entry: Any, known: Mapping[str, str], where: str) -> str:
    if isinstance(entry, dict):
        reference = entry.get("ref")
        if reference is not None and str(reference) in known:
            return known[str(reference)]
        parts = [entry.get(key) for key in ("department", "name", "institution", "city", "country")]
        return ", ".join(_scalar(part, "affiliation", where) for part in parts if part is not None)
    text = _scalar(entry, "affiliation", where)
    return known.get(text, text)


def _author(entry: Any, known: Mapping[str, str], where: str) -> Author:
    if isinstance(entry, str):
        return Author(entry)
    if not isinstance(entry, dict) or not entry.get("name"):
        raise ConfigError("an author has no name", where=where, hint="write authors: a list of entries with name: …")
    name = entry["name"]
    if isinstance(name, dict):
        name = name.get("literal") or " ".join(str(name[key]) for key in ("given", "family") if name.get(key))
    places = _listed(entry.get("affiliations", entry.get("affiliation")))
    corresponding = entry.get("corresponding", False)
    if not isinstance(corresponding, bool):
        raise ConfigError("corresponding is neither true nor false", where=where, hint="write corresponding: true")
    return Author(
        name=_scalar(name, "name", where),
        affiliations=tuple(text for place in places if (text := _affiliation(place, known, where))),
        orcid=_string(entry, "orcid", where).rstrip("/").rpartition("/")[2],
        email=_string(entry, "email", where),
        corresponding=corresponding,
        roles=tuple(_role(role, where) for role in _listed(entry.get("roles", entry.get("role")))),
    )


def _role(entry: Any, where: str) -> str:
    if isinstance(entry, dict) and len(entry) == 1:
        # Quarto's degree of contribution: {conceptualization: lead}.
        ((role, degree),) = entry.items()
        return f"{role} ({degree})"
    return _scalar(entry, "role", where)
