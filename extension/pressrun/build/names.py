"""Which names of the notebook a cell touches, by its source alone: what the rebuilding of single cells rests on.

Nothing is run. Where it is open what code does, the answer is the one that rebuilds more: a name too many costs time,
one too few gives a wrong paper. Code of which nothing is certain is *opaque*.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.build.cell_code import CellCode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CellNames:
    """Which names of the notebook a cell touches, and how; those of builtins too, for a notebook may bind them."""

    #: What a kernel makes of the cell: no comments, options or blank lines. If it is opaque, its own text.
    source: str
    #: Names whose values it may read, at once or whenever code that it defines is called.
    reads: frozenset[str] = _NONE
    #: Words in its strings: libraries look them up as names, as `df.query("a > @limit")` does.
    mentions: frozenset[str] = _NONE
    #: Names that it may bind or delete.
    binds: frozenset[str] = _NONE
    #: Those of them that hold something new in any case, unless the cell fails.
    surely: frozenset[str] = _NONE
    #: Names whose objects it visibly changes.
    mutates: frozenset[str] = _NONE
    #: Those of them on which it sets or deletes attributes or items, but for settings that the kernel's observer sees.
    patches: frozenset[str] = _NONE
    #: Dotted names of what it imports; some may name no module, but what is in one.
    modules: frozenset[str] = _NONE
    #: Names that hold what one import statement gives them and nothing else, if that is a module; with its dotted name.
    imported: Mapping[str, str] = field(default_factory=dict)
    #: Whether it makes code that runs later: functions, lambdas, classes, generators.
    defines: bool = False
    #: Why none of all that is certain, in words for the author; "" if it is.
    opaque: str = ""
    #: What it depends on that is another each time, in words for the author.
    nondeterministic: tuple[str, ...] = ()


def analyse(source: str) -> CellNames:
    """Analyse a code cell."""
    try:
        text, tree = _parse(source)
        return _analysed(source, text, tree)
    except _FAILURES as error:
        return CellNames(source.strip(), opaque=_failure(_INLINE.sub("", source), error))


def analyse_expressions(expressions: Sequence[str]) -> CellNames:
    """Analyse the inline values of a text cell, each of them one expression."""
    text = "\n".join(f"(\n{expression}\n)" for expression in expressions)
    try:
        for expression in expressions:
            _compile(expression.lstrip(" \t"), "eval")
        return _analysed(text, text, _compile(text, "exec"), values=True)
    except _FAILURES as error:
        return CellNames(text, opaque=_failure("", error))


def _analysed(source: str, text: str, tree: ast.Module, *, values: bool = False) -> CellNames:
    """Analyse a tree; values are expressions that are there to be shown, not for what they do."""
    code, flow = CellCode(tree, values=values), _Flow()
    flow.follow(tree)
    table = _table(text, flow.binds)
    later_reads, later_binds = _later_names(table, code.augmented(), lazy=code.lazy)
    reads, binds = flow.reads | later_reads, flow.binds | later_binds
    opaque = next(code.puzzles(reads, binds), "") or ("" if values else _automagic(source))
    return CellNames(
        source=source.strip() if opaque else _normal(text, tree),
        reads=frozenset(reads),
        mentions=frozenset(code.mentions()),
        binds=frozenset(binds),
        surely=frozenset(flow.surely - code.deleted()),
        # A root that is no name of the notebook's is a function's own.
        mutates=frozenset(code.mutated() & (reads | binds)),
        patches=frozenset(code.patched() & (reads | binds)),
        modules=frozenset(code.modules),
        imported=code.imported(tree),
        defines=code.defines(),
        opaque=opaque,
        nondeterministic=tuple(sorted(code.moments())),
    )


# -- from text to tree -------------------------------------------------------------------------------------------------

_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)

#: Characters above which a cell is not looked at; no author writes as many.
_LONGEST = 200_000

#: What every kernel here does anyway. Any other line of IPython's own makes a cell opaque.
_INLINE = re.compile(r"^%matplotlib[ \t]+inline[ \t]*$", re.MULTILINE)
_OWN_LINE = re.compile(r"^[ \t]*+(?:[^#'\"\n=]*+=[ \t]*+)?(?:(%%?\w+)|(!)|\?)|^[^#'\"\n?]*+\?+[ \t]*+$", re.MULTILINE)

#: Lines that are Python, yet magic commands where they stand alone and no variable has the name.
_AUTOMAGIC = re.compile(
    r"(alias|cd|clear|conda|config|debug|dhist|dirs|edit|env|gui|hist|history|ldir|l[lfkx]|ls|lsmagic|load|magic|man|pdb"
    r"|pip|popd|pwd|pylab|quickref|recall|rep|rerun|reset|run|save|store|tb|time|timeit|uv|who|who_ls|whos)"
    r"(?![\w.*(\[]|[ \t]*[=,])"
)


def _compile(text: str, mode: str) -> Any:
    if len(text) > _LONGEST:
        raise ValueError("it is too long")
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if mode == "exec" else 0)
    return _silently(compile, text, "<cell>", mode, flags, dont_inherit=True)


def _silently(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Read some code; of what is doubtful in it the kernel warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


def _parse(source: str) -> tuple[str, ast.Module]:
    """Give what of a cell is Python, and its tree.

    IPython's own transformation is not asked: what is Python already it leaves as it is, what it makes of other lines
    is opaque in any case, and it reads the whole cell again for each of them.
    """
    try:
        return source, _compile(source, "exec")
    except SyntaxError:
        text = _INLINE.sub("'%matplotlib inline'", source)
        if text == source:
            raise
        return text, _compile(text, "exec")


def _failure(source: str, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        if match := _OWN_LINE.search(source):
            other = "runs a shell command" if match[2] else "asks IPython for help"
            return f"uses the magic {match[1]}" if match[1] else other
        return f"cannot be parsed: {error.msg}" + (f" (line {error.lineno})" if error.lineno else "")
    nested = isinstance(error, (RecursionError, MemoryError))
    return f"cannot be parsed: {'it is nested too deep' if nested else error}"


def _automagic(source: str) -> str:
    lines = [line for line in map(str.strip, source.splitlines()) if line and not line.startswith("#")]
    match = _AUTOMAGIC.match(lines[0]) if len(lines) == 1 else None
    return f"may be the magic %{match[1]}" if match else ""


def _normal(text: str, tree: ast.Module) -> str:
    if not tree.body:
        return ""
    try:
        plain = ast.unparse(tree)
    except (ValueError, RecursionError):
        # Python reads some numbers and strings that it cannot write.
        return text.strip()
    # A semicolon is not in the tree, yet it keeps IPython from showing the last value.
    last = tree.body[-1]
    line, *others = re.split(r"\r\n?|\n", text)[(last.end_lineno or 1) - 1 :]
    rest = "\n".join([line.encode()[last.end_col_offset :].decode(), *others])
    return f"{plain};" if re.match(r"[\s\\]*;", rest) else plain


# -- what is read and bound --------------------------------------------------------------------------------------------

#: In which order the parts of a node run. Parts behind a bar may not run, or not to their end; of those behind two, one
#: does. What functions and classes hold is not among them. Other nodes' parts run as they stand.
_ORDER = {
    "Assign": "value targets", "AnnAssign": "annotation value target", "NamedExpr": "value target",
    "Compare": "left | comparators", "Assert": "test | msg", "IfExp": "test || body || orelse",
    "If": "test || body || orelse", "While": "test | body | orelse", "For": "iter | target body | orelse",
    "AsyncFor": "iter | target body | orelse", "ExceptHandler": "type name body", "match_case": "| pattern guard body",
    "MatchAs": "pattern name", "MatchStar": "name", "MatchMapping": "keys patterns rest", "TypeAlias": "name",
    "FunctionDef": "decorator_list args returns name", "AsyncFunctionDef": "decorator_list args returns name",
    "ClassDef": "decorator_list bases keywords name", "Lambda": "args",
}  # fmt: skip


class _Flow:
    """Follows a cell outside of its functions and classes: what is read before the cell has surely bound it itself.

    A name that was deleted counts as bound: what an earlier cell gave it is gone.
    """

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self.surely: set[str] = set()
        self._known: dict[str, None] = {}
        self._local: frozenset[str] = _NONE
        self._depth = 0

    def follow(self, *parts: Any) -> None:
        """Follow nodes, lists of nodes, and the names that nodes bind."""
        for part in parts:
            match part:
                case list():
                    self.follow(*part)
                case str():
                    self._bind(part)
                case ast.Name(id=name, ctx=context):
                    if not isinstance(context, ast.Store):
                        self._read(name)
                    if not isinstance(context, ast.Load):
                        self._bind(name)
                case ast.AugAssign(target=ast.Name(id=name)):
                    self._read(name)
                    self.follow(part.value)
                    self._bind(name, anew=False)
                case ast.AnnAssign(target=ast.Name(), value=None):
                    self.follow(part.annotation)
                case ast.alias(name="*"):
                    pass
                case ast.alias():
                    self._bind(part.asname or part.name.partition(".")[0])
                case ast.AST():
                    self._follow_node(part)

    def _follow_node(self, node: ast.AST) -> None:
        match node:
            case ast.With() | ast.AsyncWith():
                self._follow_with(node)
            case ast.Try() | ast.TryStar():
                ways = [self._maybe(node.body, node.orelse), *map(self._maybe, node.handlers)]
                self._known |= dict.fromkeys(self._maybe(node.finalbody) | set.intersection(*ways))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self._follow_loop(node.generators, node.elt)
            case ast.DictComp():
                self._follow_loop(node.generators, node.key, node.value)
            case ast.BoolOp(values=[first, *others]):
                self.follow(first)
                self._maybe(*others)
            case _:
                order = _ORDER.get(type(node).__name__)
                self._follow_in_order(node, order) if order else self.follow(*ast.iter_child_nodes(node))

    def _follow_in_order(self, node: ast.AST, order: str) -> None:
        first, *ways = order.split("||")
        parts = [[getattr(node, name) for name in names.split()] for names in (*first.split("|"), *ways)]
        self.follow(*parts[0])
        ends = [self._maybe(*each) for each in parts[1:]]
        if ways:
            self._known |= dict.fromkeys(set.intersection(*ends))

    def _follow_with(self, node: ast.With | ast.AsyncWith) -> None:
        first, *others = node.items
        plain = isinstance(first.optional_vars, ast.Name)
        self.follow(first.context_expr, first.optional_vars if plain else None)
        # From here on the first context may keep an exception from the cell.
        self._maybe(None if plain else first.optional_vars, others, node.body)

    def _follow_loop(self, generators: list[ast.comprehension], *results: ast.expr) -> None:
        self.follow(generators[0].iter)
        outer, parts = self._local, []
        for each in generators:
            names = (node for node in ast.walk(each.target) if isinstance(node, ast.Name))
            self._local |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
            parts += [each.iter, each.target, *each.ifs]
        self._maybe(parts[1:], *results)
        self._local = outer

    def _maybe(self, *parts: Any) -> set[str]:
        """Follow what may not run; give what is known after it if it does."""
        before = len(self._known)
        self._depth += 1
        self.follow(*parts)
        self._depth -= 1
        return {self._known.popitem()[0] for _ in range(len(self._known) - before)}

    def _read(self, name: str) -> None:
        if name not in self._known and name not in self._local:
            self.reads.add(name)

    def _bind(self, name: str, *, anew: bool = True) -> None:
        if name not in self._local:
            self.binds.add(name)
            self._known[name] = None
            if anew and not self._depth:
                self.surely.add(name)


def _table(text: str, binds: Collection[str]) -> symtable.SymbolTable:
    """Give the scopes of a cell."""
    if not re.search(r"\b(?:await|async)\b", text):
        return _silently(symtable.symtable, text, "<cell>", "exec")  # type: ignore[no-any-return]
    # Since 3.14 Python takes them only in a function. In one that binds the notebook's names they mean the same.
    tree = _compile(text, "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            # A name that is declared global is annotated in parentheses only.
            node.simple = 0
    cell = ast.parse("async def cell(): pass").body[0]
    assert isinstance(cell, ast.AsyncFunctionDef)
    cell.body = [*([ast.Global(sorted(binds))] if binds else []), *tree.body, *cell.body]
    scopes = _silently(symtable.symtable, ast.unparse(cell), "<cell>", "exec").get_children()
    return next(scope for scope in scopes if scope.get_name() == "cell")  # type: ignore[no-any-return]


def _later_names(cell: symtable.SymbolTable, augmented: Collection[str], *, lazy: bool) -> tuple[set[str], set[str]]:
    """Give what of the notebook's names functions, classes and lazy generators read and bind, nobody knows when."""
    reads, binds = set(), set()
    pending = [(table, True) for table in cell.get_children()]
    while pending:
        table, outermost = pending.pop()
        at_once = outermost and isinstance(table, symtable.Function) and ".0" in table.get_parameters()
        at_once = at_once and not (lazy and table.get_name() == "genexpr")
        pending += [(child, at_once) for child in table.get_children()]
        for symbol in () if at_once else table.get_symbols():
            name, is_read = symbol.get_name(), symbol.is_referenced() or symbol.is_declared_global()
            # What a class reads before it binds it is the notebook's.
            of_class = isinstance(table, symtable.Class) and symbol.is_local()
            if (symbol.is_global() and is_read) or (of_class and (is_read or name in augmented)):
                reads.add(name)
            if symbol.is_global() and (symbol.is_assigned() or symbol.is_imported()):
                binds.add(name)
    return reads, binds
