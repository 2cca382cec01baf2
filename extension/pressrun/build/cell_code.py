"""What a cell's code shows in whatever scope it stands: what it changes, words in strings, the moment, and puzzles."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Names that lead to others which are not written down.
_UNTOLD = re.compile(
    r"exec|eval|compile|globals|locals|vars|setattr|delattr|breakpoint|get_ipython|importlib|builtins"
    r"|__(?:main|import|builtins|annotations|doc)__"
)
_HISTORY = re.compile(r"In|Out|_{1,3}|_i{1,3}|_i?\d+|_[iod]h")

# From here on a name stands as it is called where it comes from; behind it `()` if it is called without arguments,
# `(…)` if with some.

#: What leads to names that are not written down.
_LEADING_ON = re.compile(
    r"(?:.*\.)?(?:_getframe|_current_frames|currentframe|f_globals|f_locals|f_back|f_builtins|(?:tb|gi|cr|ag)_frame"
    r"|__(?:globals|builtins|setattr|delattr|subclasses)__|user_ns|user_global_ns|get_ipython|run_(?:cell|\w+_magic))\b.*"
    r"|.*\.modules|inspect\.(?:stack|trace|get\w*frames|getsource\w*)\b.*|gc\.get_\w+\b.*|unittest\.mock\b.*"
    r"|mock\.(?:patch|\w*Mock)\b.*|patch(?:\(|\.(?:object|dict|multiple)).*"
    r"|(?:.*\.)?(?:create_task|ensure_future|call_later|call_soon|run_in_executor)\b.*|threading\.(?:Thread|Timer)\b.*"
    r"|(?:doctest\.testmod|unittest\.main|IPython\.embed|code\.interact)\b.*"
    r"|(?:__future__|__main__|builtins|importlib)\b.*"
)

#: Functions that look names up in the text that they are given.
_LOOKING_UP = re.compile(r"(?:.*\.(?:query|eval|sql)|(?:statsmodels\.formula\.api|smf|patsy|numexpr|ne)\.\w+)\(…\)")

#: Functions that are done with a generator when they return.
_EXHAUSTING = re.compile(r"(?:all|any|dict|frozenset|list|max|min|set|sorted|sum|tuple|.*\.join)\(…\)")

#: Settings of libraries that the kernel's observer sees.
_WATCHED = re.compile(r"(?:.*\.)?rcParams|os\.environ|sys\.path|pandas\.options\..*")

#: What is another each time.
_MOMENTS = {
    "the clock": r"(?:time|time_ns|perf_counter|monotonic)\(\)"
    r"|time\.(?:time|perf_counter|monotonic|process_time|thread_time)(?:_ns)?"
    r"|time\.(?:localtime|gmtime|ctime|asctime|strftime)"
    r"|(?:\w+\.)*(?:(?:datetime|Timestamp)\.(?:now|utcnow|today)|date\.today)",
    "a random identifier": r"uuid\.uuid[14]",
    "a generator without a seed": r"(?:numpy\.random\.)?(?:default_rng|RandomState)\(\)|random\.Random\(\)",
    "the system's randomness": r"os\.urandom|secrets\.\w+|random\.SystemRandom",
    "the network": r"(?:requests|httpx)\.(?:get|post|put|patch|delete|head|options|request|stream|[Ss]ession|\w*Client)"
    r"|urllib\.request\.(?:urlopen|urlretrieve)|socket\.(?:socket|create_connection|get\w+)",
    "another program": r"subprocess\.(?:run|Popen|call|check_\w+|get\w+)|os\.(?:system|popen)",
    "unseeded randomness": r"random\.(?!seed|Random|SystemRandom|[gs]etstate)\w+"
    r"|numpy\.random\.(?!seed|default_rng|[A-Z]|[gs]et_state)\w+",
}

#: Where names are taken to come from if the cell itself does not say.
_USUAL = {"np": "numpy", "pd": "pandas", "dt": "datetime", "uuid4": "uuid.uuid4", "urlopen": "urllib.request.urlopen"}

#: Methods that change their object, also where their value is of use.
_CHANGING = re.compile(r"append|extend|insert|pop\w*|setdefault|update|remove|train|(?:partial_)?fit(?:_\w+)?|shuffle")

#: Characters of a string above which it is no longer searched for names.
_LONGEST_STRING = 2000


class CellCode:
    """All nodes of a cell.

    Parameters
    ----------
    values
        Whether the cell's expressions are there to be shown, not for what they do.
    """

    def __init__(self, tree: ast.Module, *, values: bool) -> None:
        self._nodes = list(ast.walk(tree))
        #: Dotted names of what is imported, and where the names that are bound to it come from.
        self.modules: set[str] = set()
        self._imports: dict[str, str] = {}
        for node in self._nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                base = node.module if isinstance(node, ast.ImportFrom) else None
                self.modules |= {base} if base else set()
                for each in (each for each in node.names if each.name != "*"):
                    name = f"{base}.{each.name}" if base else each.name
                    self.modules.add(name)
                    local = each.asname or (each.name if base else each.name.partition(".")[0])
                    self._imports[local] = name if base or each.asname else local
        self._calls = {node.func: node for node in self._nodes if isinstance(node, ast.Call)}
        named = (node for node in self._nodes if isinstance(node, (ast.Name, ast.Attribute)))
        self._origins: dict[ast.expr, str] = {node: self._origin(node) for node in named}
        self._uses = {node: origin + self._call_signs(node) for node, origin in self._origins.items()}
        #: Values that are statements of their own: strings that are comments, calls that are there for what they do.
        self._alone = set() if values else {_awaited(node.value) for node in self._nodes if isinstance(node, ast.Expr)}
        done = {each for call in self._calls_of(_EXHAUSTING) for each in call.args}
        #: Whether a generator may still be at work when the cell has ended.
        self.lazy = any(isinstance(node, ast.GeneratorExp) and node not in done for node in self._nodes)

    def imported(self, tree: ast.Module) -> dict[str, str]:
        """Give the names that an import statement binds, and nothing else, by what they come from."""
        words = Counter(each.asname or each.name for each in self._nodes if isinstance(each, ast.alias))
        for node in self._nodes:
            if not isinstance(node, ast.alias) and not isinstance(getattr(node, "ctx", None), ast.Load):
                for _, value in ast.iter_fields(node):
                    parts = value if isinstance(value, list) else [value]
                    words.update(part for part in parts if isinstance(part, str))
        statements = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        aliases = [each for node in statements for each in node.names]
        names = [each.asname or each.name for each in aliases]
        return {name: self._imports[name] for name in names if name in self._imports and words[name] == 1}

    def _origin(self, node: ast.expr) -> str:
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        name = node.id if isinstance(node, ast.Name) else ""
        return ".".join([self._imports.get(name) or _USUAL.get(name, name), *reversed(parts)])

    def _call_signs(self, function: ast.expr) -> str:
        call = self._calls.get(function)
        if call is None:
            return ""
        given = [*call.args, *(each.value for each in call.keywords)]
        return "(…)" if any(not isinstance(each, ast.Constant) or each.value is not None for each in given) else "()"

    def _calls_of(self, pattern: re.Pattern[str]) -> list[ast.Call]:
        return [call for function, call in self._calls.items() if pattern.fullmatch(self._uses.get(function, ""))]

    def defines(self) -> bool:
        """Whether the cell makes code that runs later."""
        kinds = {"FunctionDef", "AsyncFunctionDef", "ClassDef", "Lambda", "TypeAlias"}
        return self.lazy or any(type(node).__name__ in kinds for node in self._nodes)

    def mentions(self) -> set[str]:
        """Give the words in strings."""
        found: set[str] = set()
        for node in self._nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in self._alone:
                text = node.value if len(node.value) <= _LONGEST_STRING else ""
                # Python reads names in a normal form.
                found.update(re.findall(r"\b[^\W\d]\w*", f"{text} {normalize('NFKC', text)}"))
        return found

    def deleted(self) -> set[str]:
        """Give the names that are deleted in some scope."""
        caught = {node.name for node in self._nodes if isinstance(node, ast.ExceptHandler) and node.name}
        return caught | {
            node.id for node in self._nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)
        }

    def augmented(self) -> set[str]:
        """Give the names that are bound by `+=` and its like in some scope."""
        targets = (node.target for node in self._nodes if isinstance(node, ast.AugAssign))
        return {target.id for target in targets if isinstance(target, ast.Name)}

    # -- what it changes -------------------------------------------------------------------------------------------

    def patched(self) -> set[str]:
        """Give the roots of attributes and items that are set or deleted, watched settings aside."""
        return self._shared(root for node in self._targets() if not self._is_watched(node) for root in _roots(node))

    def mutated(self) -> set[str]:
        """Give the roots of objects that are changed, or that have a method called only for what it does."""
        found = self.augmented().union(*map(_roots, self._targets()))
        for function, call in self._calls.items():
            if isinstance(function, ast.Attribute):
                for_itself = call in self._alone or any(each.arg == "inplace" for each in call.keywords)
                found |= _roots(function) if for_itself or _CHANGING.fullmatch(function.attr) else set()
        return self._shared(found)

    def _targets(self) -> Iterator[ast.Attribute | ast.Subscript]:
        for node in self._nodes:
            if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                yield node

    def _is_watched(self, target: ast.Attribute | ast.Subscript) -> bool:
        owner = target.value if isinstance(target, ast.Subscript) else target
        return bool(_WATCHED.fullmatch(self._origins.get(owner, "")))

    def _shared(self, roots: Iterable[str]) -> set[str]:
        """Add the names of whose objects those of `roots` are parts, by an assignment or a loop."""
        origins: dict[str | ast.expr, list[str | ast.expr]] = {}
        for targets, whole in self._shares():
            origins[whole] = list(_roots(whole))
            for node in (node for target in targets for node in ast.walk(target)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    origins.setdefault(node.id, []).append(whole)
        found: set[str | ast.expr] = set()
        pending: list[str | ast.expr] = list(roots)
        while pending:
            each = pending.pop()
            if each not in found:
                found.add(each)
                pending += origins.get(each, ())
        return {each for each in found if isinstance(each, str)}

    def _shares(self) -> Iterator[tuple[list[ast.expr], ast.expr]]:
        for node in self._nodes:
            match node:
                case ast.Assign(targets=targets, value=whole) if not isinstance(whole, ast.Call):
                    # What a call gives is mostly new.
                    yield targets, whole
                case ast.NamedExpr(target=target, value=whole) if not isinstance(whole, ast.Call):
                    yield [target], whole
                case ast.For() | ast.AsyncFor() | ast.comprehension():
                    yield [node.target], node.iter

    # -- what keeps it from being understood, or from being the same again -----------------------------------------

    def puzzles(self, reads: Iterable[str], binds: Iterable[str]) -> Iterator[str]:
        """Say why nothing is certain; `reads` and `binds` are what the cell touches of the notebook's names."""
        for node in self._nodes:
            if isinstance(node, ast.ImportFrom) and node.level:
                yield "imports from its own package"
            elif isinstance(node, ast.alias) and node.name == "*":
                yield "imports all names of a module"
        yield from self._puzzling_names(reads, binds)
        for name in (*sorted(self.modules), *self._uses.values()):
            if _LEADING_ON.fullmatch(name):
                yield f"uses {name.partition('(')[0].strip('.')}"
        for root in sorted(self.patched() & self._imports.keys()):
            yield f"changes {root}, which it imports"
        for call in self._calls_of(_LOOKING_UP):
            given = call.args[:1] or [
                each.value for each in call.keywords if each.arg in {"expr", "formula", "sql", None}
            ]
            if given and not any(isinstance(getattr(node, "value", None), str) for node in ast.walk(given[0])):
                yield f"has a text evaluated that is not written in it ({ast.unparse(call.func)})"

    def _puzzling_names(self, reads: Iterable[str], binds: Iterable[str]) -> Iterator[str]:
        for name in sorted(reads):
            if _UNTOLD.fullmatch(name) or (name == "dir" and not {"dir", "dir()"}.isdisjoint(self._uses.values())):
                yield f"uses {name}"
            elif _HISTORY.fullmatch(name):
                yield f"reads earlier inputs or outputs ({name})"
        for name in sorted(binds):
            if re.fullmatch(r"__\w+__", name):
                yield f"assigns to {name}"

    def moments(self) -> set[str]:
        """Say what the cell depends on that is another each time it runs."""
        seeded = {use.removesuffix(".seed(…)") for use in self._uses.values() if use.endswith(".seed(…)")}
        found = set()
        for node, use in self._uses.items():
            for what, pattern in _MOMENTS.items():
                hushed = what.startswith("unseeded") and self._origins[node].rpartition(".")[0] in seeded
                if re.fullmatch(rf"(?:{pattern})(?:\(…?\))?", use) and not hushed:
                    found.add(f"{what} ({ast.unparse(node)})")
        return found


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _roots(node: ast.expr) -> set[str]:
    """Give the names at which chains of attributes, items and calls begin."""
    found: set[str] = set()
    pending = [node]
    while pending:
        match pending.pop():
            case ast.Name(id=name):
                found.add(name)
            case ast.Call(func=ast.Name() as function, args=arguments):
                # It may give what it was given, as `enumerate` and `getattr` do.
                pending += [function, *arguments]
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Subscript(value=inner):
                pending.append(inner)
            case ast.Await(value=inner) | ast.Starred(value=inner) | ast.NamedExpr(value=inner):
                pending.append(inner)
            case ast.IfExp(body=one, orelse=other):
                pending += [one, other]
            case ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.List(elts=several):
                pending += several
            case _:
                pass
    return found
