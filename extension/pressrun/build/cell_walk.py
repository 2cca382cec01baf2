"""Where the state of a notebook's names comes from, cell by cell: what a cell's result depends on, and what it changes.

Each name has a *token*, which names the cell that gave it its state and, through the tokens that that cell depended on,
all that it followed from. Some states have no name of the author's: what all code shares, what the project's modules
hold, generators of random numbers, files that cells write. They stand here under names that no author can write.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pressrun.build.cell_records import Effects
from pressrun.build.fingerprints import CODE, DATA, MODULE, OBJECT, UNKNOWN
from pressrun.build.shared_state import RANDOM
from pressrun.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pressrun.build.names import CellNames

AMBIENT = " all code"
STATE = " the project's modules"

_DRAWS = re.compile(r"rand|seed|shuffle|sample|choice|split|permut|normal|uniform", re.IGNORECASE)


def random_name(generator: str) -> str:
    """Name the state of a generator of random numbers."""
    return f" random {generator}"


def file_name(path: str) -> str:
    """Name a file that a cell has written."""
    return f" file {path}"


def folder_name(path: str) -> str:
    """Name a folder in which a cell has written."""
    return f" folder {path.rstrip('/')}"


def module_name(path: str) -> str:
    """Name the loading of a module of the project's, by its file: who loads it again finds it loaded."""
    return f" module {path}"


class Walk:
    """The names before one of the cells; it moves on as cells' effects are applied.

    Parameters
    ----------
    base
        What all cells depend on: interpreter, packages, kernel, project.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        #: The token of each name, and which cell it is from, by its place.
        self.tokens: dict[str, str] = {}
        self.writers: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        #: Names whose objects may be the same, or parts of the same.
        self._groups: dict[str, set[str]] = {}
        self._from_project: set[str] = set()
        #: What the code behind a name reads when it is called.
        self._carried: dict[str, frozenset[str]] = {}

    def touched(self, names: CellNames, files: Collection[str]) -> frozenset[str]:
        """Give the names, of those that exist, whose state a cell may read or change.

        Parameters
        ----------
        files
            Of the project's modules that it imports.
        """
        if names.opaque:
            return frozenset(self.tokens)
        found = {name for name in names.reads | names.mentions if name in self.tokens}
        pending = list(found)
        while pending:
            more = {name for name in self._carried.get(pending.pop(), ()) if name in self.tokens} - found
            found |= more
            pending += more
        found |= {name for name in map(module_name, files) if name in self.tokens}
        if STATE in self.tokens and self.uses_project(found, files):
            found.add(STATE)
        if AMBIENT in self.tokens:
            found.add(AMBIENT)
        return frozenset(found)

    def uses_project(self, touched: Collection[str], files: Collection[str]) -> bool:
        """Whether a cell has to do with the project's own modules."""
        return bool(files) or not self._from_project.isdisjoint(touched)

    def key(self, kind: str, names: CellNames, tags: Sequence[str], touched: Iterable[str]) -> str:
        """Give what a cell's result follows from, as far as that is known before it runs."""
        states = sorted((name, self.tokens[name]) for name in touched)
        return digest([self._base, kind, names.source, sorted(tags), states])

    def mates(self, name: str) -> Collection[str]:
        """Give the names that may share an object with a name, itself among them."""
        return self._groups.get(name, {name})

    def is_mutable(self, name: str) -> bool:
        """Whether the object behind a name may change without the name being bound again."""
        return self._kinds.get(name, OBJECT) in {OBJECT, UNKNOWN}

    def patches(self, names: CellNames) -> bool:
        """Whether a cell sets something on a module, or on code, of which others do not know that it is another now."""
        return any(self._kinds.get(name) in {MODULE, CODE} for name in names.patches)

    def expected(
        self, names: CellNames, touched: Collection[str], old: Effects | None, files: Collection[str]
    ) -> Effects:
        """Give what a cell will probably do that has to run: what its source says, and what it did before."""
        was = old or Effects()
        own = {name for name in touched if not name.startswith(" ")}
        changed = {name for name in names.mutates & own if self.is_mutable(name)}
        changed |= {name for name in own if self._kinds.get(name) == UNKNOWN}
        changed |= set(was.changed) & self.tokens.keys()
        changed |= {STATE} if was.state else set()
        drawn = set(was.drawn) | set(RANDOM if _DRAWS.search(names.source) else ())
        return Effects(
            rebound=tuple(sorted(names.binds | set(was.rebound))),
            gone=was.gone,
            changed=tuple(sorted({mate for name in changed for mate in self.mates(name)} - {STATE})),
            prints=was.prints,
            from_project=tuple(sorted({*was.from_project, *(names.binds if files else ())})),
            ambient=was.ambient or (("a module",) if self.patches(names) else ()),
            state=was.state,
            drawn=tuple(sorted(drawn)),
            written=was.written,
            loaded=was.loaded,
        )

    def apply(
        self, place: int, names: CellNames, touched: Collection[str], effects: Effects, token: str
    ) -> frozenset[str]:
        """Take in what a cell did, and give the names whose state is another for it."""
        changed = {*effects.rebound, *effects.gone, *effects.changed}
        if names.opaque:
            changed |= {*self.tokens, AMBIENT, STATE, *map(random_name, RANDOM)}
        changed |= {AMBIENT} if effects.ambient else set()
        changed |= {STATE} if effects.state else set()
        changed |= {*map(random_name, effects.drawn), *map(file_name, effects.written)}
        changed |= {
            *map(module_name, effects.loaded),
            *(folder_name(path.rpartition("/")[0]) for path in effects.written),
        }
        for name in changed:
            self.tokens[name] = self._library(name, names, effects) or f"{token} {name}"
            self.writers[name] = place
        self._kinds |= dict.fromkeys(effects.rebound, OBJECT) | dict(effects.prints)
        self._regroup(touched, effects)
        looked = {name for name in effects.prints if name in changed or name in touched}
        self._from_project = (self._from_project - looked) | set(effects.from_project)
        self._carry(names, touched, effects)
        return frozenset(changed)

    def _library(self, name: str, names: CellNames, effects: Effects) -> str:
        """Give the token of a name that stands for an installed module, "" of another.

        Such a module is the same whatever else the cell does that imports it.
        """
        is_module = effects.prints.get(name) == MODULE and name in effects.rebound
        if name not in names.imported or not is_module or {name} & {*effects.changed, *effects.from_project}:
            return ""
        return f"{self._base} module {names.imported[name]}"

    def _regroup(self, touched: Collection[str], effects: Effects) -> None:
        for name in (*effects.rebound, *effects.gone):
            self._groups.pop(name, set()).discard(name)
        met = {name for name in {*touched, *effects.rebound} if not name.startswith(" ") and self.is_mutable(name)}
        # What a module of the project's is given it may keep, and change later on.
        met |= {STATE} if effects.from_project or effects.loaded or self.uses_project(touched, ()) else set()
        joined = met.union(*(self._groups.get(name, ()) for name in met)) - set(effects.gone)
        for name in joined:
            self._groups[name] = joined

    def _carry(self, names: CellNames, touched: Collection[str], effects: Effects) -> None:
        read = frozenset().union(*(self._carried.get(name, frozenset()) for name in touched))
        if names.defines:
            read |= names.reads | names.mentions | names.binds
        for name in {*effects.rebound, *effects.changed}:
            self._carried[name] = frozenset() if self._kinds.get(name) in {DATA, MODULE} else read


def kinds_of(prints: Mapping[str, str]) -> dict[str, str]:
    """Give what kind of fingerprint each name has."""
    return {name: print_.partition(" ")[0] for name, print_ in prints.items()}
