"""What names mean in a notebook, as far as its code says so without being run: pressrun's own, and queries of runs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pressrun.calls.call import RunsQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Lines that IPython takes for itself, and what Python sees instead of them.
#: Blanks are never given back, or a long row of them would be tried at every place.
_MAGIC = re.compile(r"^([ \t]*+)(?:[%!?].*|[^#'\"\n]*\?)$", re.MULTILINE)
_BOUND = re.compile(r"^[ \t]*(\w+)[ \t]*(?:[-+*/|&]?=[^=]|,|:)", re.MULTILINE)


class UnreadableError(Exception):
    """Code that a form cannot show; the message says which, in words for the author."""


def parse(source: str) -> ast.Module:
    """Parse a cell; lines of IPython's own language count as doing nothing, at their places.

    Raises
    ------
    UnreadableError
        If it is no Python, or too deep.
    """
    if source.lstrip().startswith("%%"):
        raise UnreadableError("the cell begins with a magic command of IPython")
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        return ast.parse(_MAGIC.sub(r"\1pass", source))
    except SyntaxError as error:
        raise UnreadableError(f"line {error.lineno} is not Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError("the cell cannot be read as Python") from error


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of some cells mean after the last of them.

    Parameters
    ----------
    modules
        Names of the package, such as "pr".
    functions
        Its functions that were imported by name: name here → name there.
    queries
        Variables that hold the runs of a query.
    names
        All names that are bound, so that new code can avoid them.
    """

    modules: tuple[str, ...] = ()
    functions: dict[str, str] = field(default_factory=dict)
    queries: dict[str, RunsQuery] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, sources: Iterable[str]) -> Scope:
        """Read cells in order; of one that cannot be read, what it may bind is no longer known."""
        scope = cls()
        for source in sources:
            try:
                scope = scope.after(parse(source))
            except (UnreadableError, RecursionError):
                scope = scope.without(_BOUND.findall(source))
        return scope

    def after(self, tree: ast.Module) -> Scope:
        """Give what names mean after a cell."""
        scope = self
        for statement in tree.body:
            scope = scope.after_statement(statement)
        return scope

    def after_statement(self, statement: ast.stmt) -> Scope:
        """Give what names mean after one statement."""
        if isinstance(statement, ast.Import):
            return self._after_import(statement)
        if isinstance(statement, ast.ImportFrom) and statement.module == "pressrun" and not statement.level:
            taken = {alias.asname or alias.name: alias.name for alias in statement.names}
            cleared = self.without(taken)
            return replace(cleared, functions={**cleared.functions, **taken})
        target = assigned(statement)
        bound = _bound(statement)
        if target:
            try:
                query = self.query(statement.value)  # type: ignore[attr-defined]
            except UnreadableError:
                return self.without(bound)
            cleared = self.without(bound)
            return replace(cleared, queries={**cleared.queries, target: query})
        return self.without(bound)

    def _after_import(self, statement: ast.Import) -> Scope:
        cleared = self.without((alias.asname or alias.name).split(".")[0] for alias in statement.names)
        own = [a.asname or a.name for a in statement.names if a.name == "pressrun"]
        return replace(cleared, modules=(*cleared.modules, *own))

    def without(self, names: Iterable[str]) -> Scope:
        """Give the scope in which some names mean something else."""
        gone = set(names)
        if not gone:
            return self
        return Scope(
            tuple(name for name in self.modules if name not in gone),
            {name: there for name, there in self.functions.items() if name not in gone},
            {name: query for name, query in self.queries.items() if name not in gone},
            self.names | gone,
        )

    def public(self, node: ast.expr) -> str:
        """Give the name of the public function that an expression names; "" if it names none."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            # A notebook whose import stands elsewhere is read as its author means it.
            own = node.value.id in self.modules or (node.value.id == "pr" and "pr" not in self.names)
            return node.attr if own else ""
        return self.functions.get(node.id, "") if isinstance(node, ast.Name) else ""

    def spelled(self, function: str) -> str:
        """Give how a public function is written here; "" if the package has to be imported first."""
        for name, there in self.functions.items():
            if there == function:
                return name
        return f"{self.modules[-1]}.{function}" if self.modules else ""

    def query(self, node: ast.expr) -> RunsQuery:
        """Read an expression for runs: `pr.runs(…)`, a variable that holds such, `.where(…)` and `.group_by(…)` of it.

        Raises
        ------
        UnreadableError
            If it is anything else.
        """
        if isinstance(node, ast.Name):
            if node.id in self.queries:
                return self.queries[node.id]
            raise UnreadableError(f"what {node.id} holds is not a query that can be read")
        if not isinstance(node, ast.Call):
            raise UnreadableError(f"{shown(node)} is not a query of runs")
        if self.public(node.func) == "runs":
            return _asked(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("where", "group_by"):
            base = self.query(node.func.value)
            if node.keywords and not (node.func.attr == "where" and not node.args):
                raise UnreadableError(f"{shown(node)} has arguments that a form does not have")
            texts = [text(one) for one in (*node.args, *(k.value for k in node.keywords))]
            if base.group is not None:
                raise UnreadableError(f"{shown(node)} asks more of groups than a form can say")
            if node.func.attr == "group_by":
                return replace(base, group=tuple(texts))
            if len(texts) != 1:
                raise UnreadableError(f"{shown(node)} needs one where-expression")
            return base.narrowed(texts[0])
        raise UnreadableError(f"{shown(node)} is not a query of runs")


def assigned(statement: ast.stmt) -> str:
    """Give the one name that a statement assigns to; "" if it is another statement."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""


def text(node: ast.expr) -> str:
    """Give the text of a literal.

    Raises
    ------
    UnreadableError
        If it is none.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise UnreadableError(f"{shown(node)} is computed, and a form can show only what stands there as a text")


def shown(node: ast.AST, most: int = 60) -> str:
    """Give an expression as a message names it."""
    try:
        found = " ".join(ast.unparse(node).split())
    except (RecursionError, ValueError):
        return "an expression"
    return f"`{found if len(found) <= most else found[: most - 1] + '…'}`"


def _asked(node: ast.Call) -> RunsQuery:
    sources = tuple(text(one) for one in node.args)
    where = ""
    for keyword in node.keywords:
        if keyword.arg != "where":
            raise UnreadableError(f"{shown(node)} has arguments that a form does not have")
        where = text(keyword.value)
    return RunsQuery(sources, where.strip())


def _bound(statement: ast.stmt) -> set[str]:
    """Give all names that a statement may bind, in whatever way."""
    names: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or (
            isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name
        ):
            names.add(str(node.name))
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            names.update(node.names)
    return names
