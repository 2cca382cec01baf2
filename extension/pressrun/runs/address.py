"""Addresses: how a query, a column or a group names one thing of a run, and what stands there."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from pressrun.arguments import check_text
from pressrun.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pressrun.records import Json, Run


class Missing(Enum):
    """The answer where a run has nothing at an address; neither 0, nor NaN, nor a stored null."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> Literal[False]:
        return False


MISSING: Final = Missing.MISSING

#: What a run tells of itself besides the mappings.
ATTRIBUTES = ("id", "name", "source", "status", "seed", "started", "ended")
#: The mappings of a run that an address can reach into.
MAPPINGS = ("config", "summary", "tags")
#: Config keys that hold a run's seed, in the order in which they are believed.
SEED_KEYS = ("seed", "random_state", "random_seed")

_BRACKETS = re.compile(r"""\[\s*(?:'([^']*)'|"([^"]*)")\s*\]""")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """The place of one thing of a run.

    Parameters
    ----------
    root
        One of ATTRIBUTES, with no keys, or one of MAPPINGS, with at least one.
    keys
        The way down from the mapping. Neighbouring keys may also be one key with dots: `config.opt.lr` finds
        {"opt.lr": …} before {"opt": {"lr": …}}.
    """

    root: str
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.keys:
            return self.root
        if all(_WORD.match(key) for key in self.keys):
            return ".".join((self.root, *self.keys))
        return self.root + "".join(f"[{quote(key)}]" for key in self.keys)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address as columns and groups write it.

        `config.C`, `config['a.b']`, `summary['test/acc']`, `tags.x`, or the name of an attribute; every other text is a
        summary's metric, slashes, dots and all.

        Raises
        ------
        UsageError
            If it is no text.
        """
        text = check_text(text, "field", '"config.C" or "test/acc"').strip()
        if text in ATTRIBUTES:
            return cls(text)
        for root in MAPPINGS:
            rest = text[len(root) :]
            if not text.startswith(root) or not rest:
                continue
            if rest[0] == "." and len(rest) > 1:
                dotted, bracket, tail = rest[1:].partition("[")
                keys = tuple(dotted.split("."))
                more = _bracketed(bracket + tail)
                if more is not None:
                    return cls(root, keys + more)
                return cls(root, tuple(rest[1:].split(".")))
            if rest[0] == "[" and (found := _bracketed(rest)):
                return cls(root, found)
        return cls("summary", (text,))

    def of(self, run: Run) -> Json | Missing:
        """Give what a run has at this address."""
        if self.root == "config":
            return descend(run.config, self.keys)
        if self.root == "summary":
            return descend(run.summary, self.keys)
        if self.root == "tags":
            return descend(run.tags, self.keys)
        value = _attribute(run, self.root)
        return MISSING if value is None else value


def _attribute(run: Run, name: str) -> str | int | float | None:
    match name:
        case "id":
            return run.id
        case "name":
            return run.name
        case "source":
            return run.source
        case "status":
            return run.status.value
        case "seed":
            return seed_of(run)
        case "started":
            return run.started
        case _:
            return run.ended


def _bracketed(text: str) -> tuple[str, ...] | None:
    keys, at = [], 0
    while at < len(text):
        found = _BRACKETS.match(text, at)
        if found is None:
            return None
        keys.append(found[1] if found[1] is not None else found[2])
        at = found.end()
    return tuple(keys)


def descend(mapping: Mapping[str, Json], keys: tuple[str, ...]) -> Json | Missing:
    """Follow keys down nested mappings, a key that holds the dots itself first."""
    for taken in range(len(keys), 0, -1):
        key = ".".join(keys[:taken])
        if key not in mapping:
            continue
        value = mapping[key]
        if taken == len(keys):
            return value
        if isinstance(value, Mapping):
            found = descend(value, keys[taken:])
            if found is not MISSING:
                return found
    return MISSING


def leaves(mapping: Mapping[str, Json], *, depth: int = 12) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Give every leaf of nested mappings with its keys; an empty mapping is a leaf, as is what lies too deep."""
    for key, value in mapping.items():
        if isinstance(value, Mapping) and value and depth > 0:
            for below, leaf in leaves(value, depth=depth - 1):
                yield (str(key), *below), leaf
        else:
            yield (str(key),), value


def identity(value: Json | Missing) -> str:
    """Tell values apart as people do: 10 and 10.0 are one, True and 1, or 10 and "10", are not."""
    if value is MISSING or value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        return canonical(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        return f"float {value}"
    return canonical(value)


def seed_keys(config: Mapping[str, Json]) -> list[tuple[str, ...]]:
    """Give the keys of a config that hold seeds, the one to believe first.

    Those of SEED_KEYS at the top; where there are none, the only one further down, if there is exactly one.
    """
    top: list[tuple[str, ...]] = [(key,) for key in SEED_KEYS if key in config]
    if top:
        return top
    below = [keys for keys, _ in leaves(config) if keys[-1].rpartition(".")[2] in SEED_KEYS]
    return below if len(below) == 1 else []


def seed_of(run: Run) -> int | str | None:
    """Give a run's seed from its config, else from its provenance; whole numbers written as text are numbers."""
    for keys in seed_keys(run.config):
        value = descend(run.config, keys)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip():
            text = value.strip()
            return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text
    return run.provenance.seed


def known(runs: Iterable[Run]) -> dict[Address, int]:
    """Give every config, summary and tag address that some run has, with the number of runs that have it."""
    counts: dict[Address, int] = {}
    for run in runs:
        for root, mapping in (("config", run.config), ("summary", run.summary), ("tags", run.tags)):
            for keys, _ in leaves(mapping):
                address = Address(root, keys)
                counts[address] = counts.get(address, 0) + 1
    return counts


def nearest(wanted: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Give the known names that are most like the wanted one, best first, whichever mapping they stand in."""
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(_stem(wanted)[:200])
    scores: dict[str, float] = {}
    for name in names:
        matcher.set_seq1(_stem(name)[:200])
        if matcher.real_quick_ratio() >= _LIKE and matcher.quick_ratio() >= _LIKE:
            scores[name] = matcher.ratio()
    best = max(scores.values(), default=0.0)
    close = [name for name in scores if scores[name] >= max(_LIKE, best - 0.1)]
    return sorted(close, key=lambda name: -scores[name])[:count]


#: How like the wanted name another must be to be proposed, from 0 to 1.
_LIKE = 0.6


def _stem(name: str) -> str:
    """Give a name without the mapping before it, in lower case and without brackets."""
    bare = re.sub(r"\A(config|summary|tags)(?=[.\[])\.?", "", name.lower())
    return re.sub(r"[\[\]'\"]+", ".", bare).strip(".")


def quote(text: str) -> str:
    """Write a text as a string literal of the where-language."""
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
