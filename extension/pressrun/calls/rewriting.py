"""Changes the call in a cell and leaves all else as it is: other statements, comments, options."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

from pressrun.calls import heads
from pressrun.calls.form import Field, fields
from pressrun.calls.kind import FieldType
from pressrun.calls.printing import Expression, Verbatim, flat, layout
from pressrun.calls.reading import Reading, read
from pressrun.calls.scope import UnreadableError, assigned
from pressrun.calls.writing import argument, asking, expression, kind_of, needs_runs, standing
from pressrun.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pressrun.calls.call import Call

#: From where to where, and what stands there then.
Edit = tuple[int, int, str]


def rewrite(call: Call, cell: str, context: Sequence[str] = ()) -> str:
    """Give a cell's source with its call changed to another.

    Parameters
    ----------
    cell
        A cell that `reading.read` can read.
    context
        The sources of the cells above, in order.

    Raises
    ------
    UsageError
        If the cell cannot be read, or the call is not one.
    """
    kind = kind_of(call)
    try:
        old = read(cell, context)
    except UnreadableError as error:
        raise UsageError(
            f"this cell cannot be changed by form: {error}", where="cell", hint="change its code by hand"
        ) from error
    text = _Text(cell)
    edits, runs = _runs(old, call, text)
    edits += _call(old, call, runs, text)
    changed = text.edited(edits)
    head = heads.Head.of(cell)
    options = {}
    if call.label != old.call.label:
        options["label"] = call.label
    if call.caption != old.call.caption:
        present = head.caption_key(kind)
        wanted = heads.caption_key(kind, call.label)
        if present != wanted:
            options[present] = ""
        options[wanted] = call.caption
    elif call.caption and heads.caption_key(kind, call.label) != head.caption_key(kind):
        options |= {head.caption_key(kind): "", heads.caption_key(kind, call.label): call.caption}
    return heads.changed(changed, options)


class _Text:
    """A source in which syntax nodes are found by their places, which are in bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self.source = source
        # Exactly the line ends that the parser counts.
        self._lines = source.replace("\r\n", " \n").replace("\r", "\n").split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def place(self, line: int, column: int) -> int:
        """Give the place of a line and a column in bytes."""
        row = self._lines[line - 1].encode("utf-8", "surrogatepass")[:column]
        return self._starts[line - 1] + len(row.decode("utf-8", "surrogatepass"))

    def span(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Give where a node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr) -> str:
        """Give a node's own text."""
        start, end = self.span(node)
        return self.source[start:end]

    def around(self, start: int, end: int) -> tuple[int, int, int]:
        """Give the indent of a place's line, and the characters before and after the place on its lines."""
        begin = self.source.rfind("\n", 0, start) + 1
        stop = self.source.find("\n", end)
        line = self.source[begin:start]
        after = len(self.source) - end if stop < 0 else stop - end
        return len(line) - len(line.lstrip()), len(line), after

    def edited(self, edits: Iterable[Edit]) -> str:
        """Give the source with parts of it replaced."""
        found = self.source
        for start, end, new in sorted(edits, reverse=True):
            found = found[:start] + new + found[end:]
        return found


def _runs(old: Reading, call: Call, text: _Text) -> tuple[list[Edit], Expression | None]:
    """Give how the runs are named from now on, and what is changed elsewhere in the cell for that."""
    if not needs_runs(call):
        return [], None
    same = call.runs == old.call.runs
    if old.runs is not None and same:
        return [], Verbatim(text.of(old.runs))
    if isinstance(old.runs, ast.Name) and (value := _own_query(old, old.runs.id)) is not None:
        start, end = text.span(value)
        indent, before, after = text.around(start, end)
        new = layout(asking(call.runs, old.scope), indent=indent, before=before, after=after)
        return [(start, end, new)], Verbatim(old.runs.id)
    return [], standing(call.runs, old.scope) or asking(call.runs, old.scope)


def _own_query(old: Reading, name: str) -> ast.expr | None:
    """Give the query that the cell itself assigns to a variable for this call alone."""
    uses = [
        node
        for node in ast.walk(old.tree)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    within = {id(node) for node in ast.walk(old.node)}
    assignments = [one for one in old.tree.body if assigned(one) == name]
    if len(assignments) != 1 or any(id(use) not in within for use in uses):
        return None
    statement = assignments[0]
    assert isinstance(statement, ast.Assign)
    return statement.value


def _call(old: Reading, call: Call, runs: Expression | None, text: _Text) -> list[Edit]:
    """Give the changes of the call itself."""
    form = fields(call.panel)
    if call.panel == old.call.panel:
        kept = {field.name: _kept(field, old, call, runs, text) for field in form}
        if all(_unchanged(field, old, call) for field in form) and _same_runs(old, runs, text):
            return []
    else:
        kept = {}
    start, end = text.span(old.node)
    if call.panel == old.call.panel and _has_comments(text.source[start:end]):
        return _within(old, call, runs, text)
    stay = {name: values for name, values in kept.items() if values is not None}
    indent, before, after = text.around(start, end)
    new = layout(expression(call, runs, old.scope, stay), indent=indent, before=before, after=after)
    return [(start, end, new)]


def _same_runs(old: Reading, runs: Expression | None, text: _Text) -> bool:
    if runs is None or old.runs is None:
        return runs is None and old.runs is None
    return flat(runs) == text.of(old.runs)


def _unchanged(field: Field, old: Reading, call: Call) -> bool:
    if field.type is FieldType.RUNS:
        return True
    before, after = old.call.arguments.get(field.name), call.arguments.get(field.name)
    if field.is_default(before) and field.is_default(after):
        return True
    return isinstance(before, bool) == isinstance(after, bool) and before == after


def _kept(
    field: Field, old: Reading, call: Call, runs: Expression | None, text: _Text
) -> tuple[Expression, ...] | None:
    """Give an argument as the author wrote it, where it says the same as before; None where it is to be written."""
    node = old.nodes.get(field.name)
    if node is None or isinstance(node, list) or not _unchanged(field, old, call):
        return None
    about_runs = field.type in (FieldType.RUNS, FieldType.PART, FieldType.RUN)
    if about_runs and not _same_runs(old, runs, text):
        return None
    # An argument over several lines is laid out anew, unless only its author can.
    own = text.of(node)
    return (Verbatim(own),) if "\n" not in own or about_runs else None


def _has_comments(source: str) -> bool:
    try:
        return any(t.type == tokenize.COMMENT for t in tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return True


def _within(old: Reading, call: Call, runs: Expression | None, text: _Text) -> list[Edit]:
    """Change single arguments in a call that has comments between them."""
    edits: list[Edit] = []
    gone: dict[bool, list[ast.expr]] = {True: [], False: []}
    added: dict[bool, list[str]] = {True: [], False: []}
    for field in fields(call.panel):
        node = old.nodes.get(field.name)
        about_runs = field.type in (FieldType.RUNS, FieldType.PART, FieldType.RUN, FieldType.SOME_RUNS)
        if _unchanged(field, old, call) and not (about_runs and not _same_runs(old, runs, text)):
            continue
        values = argument(field, call.arguments.get(field.name), runs)
        nodes = node if isinstance(node, list) else [] if node is None else [node]
        if not nodes:
            prefix = "" if field.positional else f"{field.name}="
            added[field.outer] += [prefix + flat(value) for value in values]
        elif values:
            start, end = text.span(nodes[0])[0], text.span(nodes[-1])[1]
            edits.append((start, end, ", ".join(flat(value) for value in values)))
        else:
            gone[field.outer] += nodes
    inner = next((one for one in old.node.args if isinstance(one, ast.Call)), old.node)
    for outer, pieces in added.items():
        host = old.node if outer or kind_of(call).outer is None else inner
        for node in gone[outer]:
            owner = next((k for k in host.keywords if k.value is node), None)
            start, end = text.span(node if owner is None else owner)
            # What is new takes the place of what is gone.
            edits.append((start, end, ", ".join(pieces)) if pieces else _removal(start, end, text.source))
            pieces = []
        if pieces:
            edits.append(_addition(host, pieces, text))
    return edits


def _removal(start: int, end: int, source: str) -> Edit:
    """Remove an argument and its comma, and its line if nothing else is on it."""
    after = re.compile(r"[ \t]*(,[ \t]*)?").match(source, end)
    assert after is not None
    if not after[1]:
        before = source[:start].rstrip()
        return (len(before) - 1 if before.endswith(",") else start), end, ""
    stop = after.end()
    begin = source.rfind("\n", 0, start) + 1
    if source[stop : stop + 1] == "\n" and not source[begin:start].strip():
        return begin, stop + 1, ""
    return start, stop, ""


def _addition(host: ast.Call, pieces: Sequence[str], text: _Text) -> Edit:
    """Add arguments after the last one: on lines of their own where that has one, after the comment that it has."""
    source = text.source
    arguments: list[ast.expr | ast.keyword] = [*host.args, *host.keywords]
    last = max((text.span(one)[1] for one in arguments), default=text.span(host)[1] - 1)
    begin = source.rfind("\n", 0, last) + 1
    if begin <= text.span(host)[0]:
        return last, last, "".join(f", {piece}" for piece in pieces)
    line = source[begin:last]
    margin = " " * (len(line) - len(line.lstrip()))
    rest = re.compile(r"[ \t]*,[ \t]*(#[^\n]*)?(?=\n)").match(source, last)
    if rest is None:
        return last, last, "".join(f",\n{margin}{piece}" for piece in pieces)
    return rest.end(), rest.end(), "".join(f"\n{margin}{piece}," for piece in pieces)
