"""From a cell's code to the call in it, by its syntax alone: nothing of it is run."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.calls.call import Call, RunsQuery, both
from pressrun.calls.form import Field, fields
from pressrun.calls.heads import Head
from pressrun.calls.kind import Family, FieldType, Kind, public
from pressrun.calls.kinds import KINDS
from pressrun.calls.scope import Scope, UnreadableError, assigned, parse, shown, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Reading:
    """A call that was read, and where it stands in its cell.

    Parameters
    ----------
    node
        The whole call.
    nodes
        The expression of each argument, those of a claim's evidence among them, by name.
    runs
        The expression that says which runs; None where the call is about none.
    scope
        What names mean where the call stands.
    """

    call: Call
    tree: ast.Module
    node: ast.Call
    nodes: Mapping[str, ast.expr | list[ast.expr]]
    runs: ast.expr | None
    scope: Scope


def read(source: str, context: Sequence[str] = ()) -> Reading:
    """Read the call of a panel, value or claim in a cell.

    Parameters
    ----------
    context
        The sources of the cells above, in order.

    Raises
    ------
    UnreadableError
        If there is none, or one that a form cannot show; the message says why.
    """
    try:
        return _reading(source, context)
    except RecursionError as error:
        raise UnreadableError("the code is nested too deep to be read") from error


def _reading(source: str, context: Sequence[str]) -> Reading:
    tree = parse(source)
    scope = Scope.of(context)
    found: list[tuple[ast.stmt, ast.Call, Scope]] = []
    for statement in tree.body:
        found += [(statement, call, scope) for call in _calls(statement, scope)]
        scope = scope.after_statement(statement)
    if not found:
        raise UnreadableError("the cell calls no panel, value or claim of pressrun")
    # The last statement is what the cell shows.
    last = [one for one in found if one[0] is tree.body[-1]]
    if len(last or found) > 1:
        raise UnreadableError(f"the cell has {len(last or found)} panels; a form can show one")
    statement, node, scope = (last or found)[0]
    kind, nodes = _arguments(node, scope)
    runs_node, query, arguments = _read(kind, nodes, scope)
    head = Head.of(source)
    call = Call(
        panel=kind.name,
        runs=query,
        arguments=arguments,
        label=head.get("label"),
        caption=head.get(head.caption_key(kind)),
        variable=runs_node.id if isinstance(runs_node, ast.Name) else "",
        name=assigned(statement) if getattr(statement, "value", None) is node else "",
    )
    return Reading(call, tree, node, nodes, runs_node, scope)


def _calls(statement: ast.stmt, scope: Scope) -> list[ast.Call]:
    """Give the calls of panels, values and claims in a statement; evidence alone is none."""
    known = {"claim", *(kind.name for kind in KINDS.values() if kind.family is not Family.CLAIM)}
    return [node for node in ast.walk(statement) if isinstance(node, ast.Call) and scope.public(node.func) in known]


def _arguments(node: ast.Call, scope: Scope) -> tuple[Kind, dict[str, ast.expr | list[ast.expr]]]:
    name = scope.public(node.func)
    if name != "claim":
        kind = KINDS[name]
        return kind, _bind(kind.function, node)
    outer = _bind(public("claim"), node)
    evidence = outer.pop("evidence")
    inner = scope.public(evidence.func) if isinstance(evidence, ast.Call) else ""
    if inner not in KINDS or KINDS[inner].family is not Family.CLAIM:
        assert isinstance(evidence, ast.expr)
        raise UnreadableError(f"the evidence {shown(evidence)} is not written out in the claim")
    assert isinstance(evidence, ast.Call)
    kind = KINDS[inner]
    return kind, {**outer, **_bind(kind.function, evidence)}


def _bind(function: Any, node: ast.Call) -> dict[str, ast.expr | list[ast.expr]]:
    if any(isinstance(one, ast.Starred) for one in node.args) or any(k.arg is None for k in node.keywords):
        raise UnreadableError(f"{shown(node)} takes arguments from elsewhere, by * or **")
    try:
        bound = inspect.signature(function).bind(*node.args, **{str(k.arg): k.value for k in node.keywords})
    except TypeError as error:
        raise UnreadableError(f"{shown(node)} does not fit its function: {error}") from error
    return {name: list(value) if isinstance(value, tuple) else value for name, value in bound.arguments.items()}


def _read(
    kind: Kind, nodes: Mapping[str, ast.expr | list[ast.expr]], scope: Scope
) -> tuple[ast.expr | None, RunsQuery, dict[str, Any]]:
    """Give the expression of the runs, the query that it is, and the other arguments."""
    form = {field.name: field for field in fields(kind.name)}
    for name in nodes:
        if name not in form:
            raise UnreadableError(f"the argument {name} is not one that a form has")
    parts = [nodes[name] for name, field in form.items() if field.type is FieldType.PART and name in nodes]
    if parts:
        return _parts(form, nodes, scope)
    runs: ast.expr | None = None
    query = RunsQuery()
    arguments: dict[str, Any] = {}
    for name, node in nodes.items():
        field = form[name]
        if field.type is FieldType.RUNS:
            assert isinstance(node, ast.expr)
            runs, query = node, scope.query(node)
        elif field.type is FieldType.SOME_RUNS:
            assert isinstance(node, list)
            runs, query, arguments[name] = _some_runs(node, scope)
        elif field.type is FieldType.RUN:
            assert isinstance(node, ast.expr)
            if not (isinstance(node, ast.Constant) and node.value is None):
                runs, query, arguments[name] = _one_run(node, scope)
        else:
            arguments[name] = _literal(field, node)
    return runs, query, arguments


def _parts(
    form: Mapping[str, Field], nodes: Mapping[str, ast.expr | list[ast.expr]], scope: Scope
) -> tuple[ast.expr | None, RunsQuery, dict[str, Any]]:
    """Read the sides of a comparison as parts of one query, if they are."""
    sides = {name: node for name, node in nodes.items() if form[name].type is FieldType.PART}
    bases: list[tuple[ast.expr, RunsQuery]] = []
    arguments: dict[str, Any] = {}
    for name, node in sides.items():
        assert isinstance(node, ast.expr)
        base, part = _split(node, scope)
        bases.append((base, scope.query(base)))
        arguments[name] = part
    first, query = bases[0]
    if any(found != query for _, found in bases[1:]):
        # Two queries over the same sources are parts of all their runs.
        queries = {name: scope.query(node) for name, node in sides.items() if isinstance(node, ast.expr)}
        if len({q.sources for q in queries.values()}) > 1 or any(q.group is not None for q in queries.values()):
            raise UnreadableError("the sides of the claim are taken from different sources")
        first, query = bases[0][0], RunsQuery(bases[0][1].sources)
        arguments = {name: each.where for name, each in queries.items()}
    for name, node in nodes.items():
        if name not in sides:
            arguments[name] = _literal(form[name], node)
    return first, query, arguments


def _split(node: ast.expr, scope: Scope) -> tuple[ast.expr, str]:
    """Give what a chain of `.where(…)` begins with, and what they say together."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "where":
        base, part = _split(node.func.value, scope)
        scope.query(node)
        return base, both(part, text((*node.args, *(k.value for k in node.keywords))[0]))
    return node, ""


def _some_runs(nodes: Sequence[ast.expr], scope: Scope) -> tuple[ast.expr, RunsQuery, list[str]]:
    """Read the runs of a comparison: all of a query's, or some by name, `runs, "a", "b"` or `runs["a"], runs["b"]`."""
    if not nodes:
        raise UnreadableError("there is nothing to compare")
    if all(isinstance(node, ast.Subscript) for node in nodes):
        each = [_one_run(node, scope) for node in nodes]
        if any(query != each[0][1] for _, query, _ in each):
            raise UnreadableError("the runs are taken from different queries")
        return each[0][0], each[0][1], [name for _, _, name in each]
    return nodes[0], scope.query(nodes[0]), [text(node) for node in nodes[1:]]


def _one_run(node: ast.expr, scope: Scope) -> tuple[ast.expr, RunsQuery, Any]:
    """Read one run: `runs["name"]`, or `runs.best("metric")` as {"best": "metric"}."""
    if isinstance(node, ast.Subscript):
        return node.value, scope.query(node.value), text(node.slice)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "best"
        and len(node.args) == 1
        and not node.keywords
    ):
        return node.func.value, scope.query(node.func.value), {"best": text(node.args[0])}
    raise UnreadableError(f"{shown(node)} is not a run that a form can show")


def _literal(field: Field, node: ast.expr | list[ast.expr]) -> Any:
    assert isinstance(node, ast.expr)
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError) as error:
        raise UnreadableError(
            f"{field.name}={shown(node)[1:-1]} is computed, and a form can show only what stands there"
        ) from error
    if isinstance(value, (tuple, set, frozenset)):
        value = sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    many = (FieldType.FIELDS, FieldType.METRICS, FieldType.STATUSES)
    if field.type in many and isinstance(value, str):
        value = [value]
    if not _is_json(value):
        raise UnreadableError(f"{field.name}={shown(node)[1:-1]} is not what a form can show")
    return value


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    # Beyond this no number survives the way through a browser.
    return value is None or isinstance(value, (bool, str, float)) or (isinstance(value, int) and abs(value) < 2**53)
