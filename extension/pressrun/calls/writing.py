"""From a call to the code that an author would have typed for it."""

from __future__ import annotations

import keyword
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pressrun.calls import heads
from pressrun.calls.form import Field, fields
from pressrun.calls.kind import Family, FieldType, Kind
from pressrun.calls.kinds import KINDS
from pressrun.calls.printing import Expression, Items, Verbatim, flat, layout, literal
from pressrun.calls.scope import Scope
from pressrun.errors import UsageError
from pressrun.lettering import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pressrun.calls.call import Call, RunsQuery

#: What an author calls runs.
_RUNS = "runs"
_NAMES_RUNS = (FieldType.RUNS, FieldType.PART, FieldType.SOME_RUNS)


def write(call: Call, context: Sequence[str] = ()) -> str:
    """Give the source of a cell that makes a call.

    What the cells above have is used: the import of pressrun, and a variable that holds the same runs or, narrowed by
    one `.where(…)`, gives them.

    Parameters
    ----------
    context
        The sources of the code cells above, in order.

    Raises
    ------
    UsageError
        If there is no such kind, or an argument is missing or not one that its form has.
    """
    kind = kind_of(call)
    scope = Scope.of(context)
    blocks: list[list[str]] = []
    if not all(scope.spelled(name) for name in _functions(kind)):
        line, scope = importing(scope)
        blocks.append([line])
    lines: list[str] = []
    runs: Expression | None = None
    if needs_runs(call):
        runs = standing(call.runs, scope)
        if runs is None:
            name = _free(call.variable if is_name(call.variable) else _RUNS, scope)
            if not scope.spelled("runs"):
                line, scope = importing(scope)
                blocks.append([line])
            lines.append(statement(f"{name} = ", asking(replace(call.runs, group=None), scope)))
            runs = grouped(Verbatim(name), call.runs.group)
    before = ""
    if kind.family is Family.VALUE or is_name(call.name):
        before = f"{call.name if is_name(call.name) else _free(_slug(call.arguments.get('metric', '')), scope)} = "
    lines.append(statement(before, expression(call, runs, scope)))
    blocks.append(lines)
    head = heads.lines({"label": call.label, heads.caption_key(kind, call.label): call.caption})
    return "\n".join([*head, "\n\n".join("\n".join(block) for block in blocks)])


def kind_of(call: Call) -> Kind:
    """Give the kind of a call.

    Raises
    ------
    UsageError
        If there is none of its name.
    """
    if call.panel not in KINDS:
        raise UsageError(f"there is no panel {call.panel!r}", where="panel", hint=f"one of {', '.join(KINDS)}")
    return KINDS[call.panel]


def needs_runs(call: Call) -> bool:
    """Whether a call is about runs: an excerpt of code as it stands now is not."""
    form = fields(call.panel)
    if any(field.type in _NAMES_RUNS for field in form):
        return True
    return any(field.type is FieldType.RUN and call.arguments.get(field.name) for field in form)


def statement(before: str, expression: Expression) -> str:
    """Give a statement: an expression, with what stands before it."""
    return before + layout(expression, before=len(before))


def importing(scope: Scope) -> tuple[str, Scope]:
    """Give the line that imports pressrun, and what names mean after it."""
    name = "pressrun" if "pr" in scope.names else "pr"
    line = "import pressrun" if name == "pressrun" else "import pressrun as pr"
    return line, replace(scope, modules=(*scope.modules, name), names=scope.names | {name})


def asking(query: RunsQuery, scope: Scope) -> Expression:
    """Give a query as a call of `pr.runs`."""
    items = tuple(("", literal(source)) for source in query.sources)
    where = (("where", literal(query.where)),) if query.where else ()
    asked = Items(scope.spelled("runs") or "pr.runs", (*items, *where))
    return grouped(asked, query.group)


def standing(query: RunsQuery, scope: Scope) -> Expression | None:
    """Give a query by a variable that holds its runs, or more of them; None if there is none."""
    for name, found in reversed(scope.queries.items()):
        if found == query:
            return Verbatim(name)
    wider: list[tuple[int, str, str]] = []
    for name, found in scope.queries.items():
        if found.sources != query.sources or found.group is not None:
            continue
        rest = query.where[len(found.where) :].removeprefix(" and ") if found.where else query.where
        for further in dict.fromkeys((rest, _unwrapped(rest))):
            if found.narrowed(further).where == query.where:
                wider.append((len(found.where), name, further))
                break
    if not wider:
        return None
    _, name, further = max(wider, key=lambda one: one[0])
    base: Expression = Items(f"{name}.where", (("", literal(further)),)) if further else Verbatim(name)
    return grouped(base, query.group)


def grouped(runs: Expression, group: tuple[str, ...] | None) -> Expression:
    """Give runs grouped by some fields, or as they are."""
    if group is None:
        return runs
    return Items(f"{flat(runs)}.group_by", tuple(("", literal(field)) for field in group))


def expression(
    call: Call, runs: Expression | None, scope: Scope, standing: Mapping[str, Sequence[Expression]] | None = None
) -> Items:
    """Give the expression of a call.

    Parameters
    ----------
    runs
        How its runs are named.
    standing
        Arguments that are to stay as the author wrote them.

    Raises
    ------
    UsageError
        If an argument is missing, or not one that the form has.
    """
    kind = kind_of(call)
    form = fields(kind.name)
    for name in call.arguments:
        if all(field.name != name for field in form):
            raise UsageError(f"{kind.name} has no argument {name!r}", where=name)
    sides: dict[bool, list[tuple[str, Expression]]] = {True: [], False: []}
    for field in form:
        values = (standing or {}).get(field.name)
        if values is None:
            values = argument(field, call.arguments.get(field.name), runs)
        sides[field.outer] += [("" if field.positional else field.name, value) for value in values]
    inner = Items(_spelled(kind.name, scope), tuple(sides[False]))
    if kind.outer is None:
        return inner
    (first, *rest) = sides[True]
    return Items(_spelled("claim", scope), (first, ("", inner), *rest))


def argument(field: Field, value: Any, runs: Expression | None) -> list[Expression]:
    """Give the expressions of one argument: none where it equals its default.

    Raises
    ------
    UsageError
        If it is missing, or of the wrong type.
    """
    if field.type is FieldType.RUNS:
        assert runs is not None
        return [runs]
    if field.type is FieldType.SOME_RUNS:
        assert runs is not None
        return [runs, *(literal(one) for one in _texts(field, value))]
    if field.type is FieldType.PART:
        assert runs is not None
        part = _text(field, value or "").strip()
        return [Items(f"{flat(runs)}.where", (("", literal(part)),)) if part else runs]
    if field.is_default(value):
        return []
    if field.required and value in (None, "", []):
        raise UsageError(f"{field.title} is not filled in", where=field.name, hint=field.help)
    if field.type is FieldType.RUN:
        assert runs is not None
        if isinstance(value, dict):
            return [Items(f"{flat(runs)}.best", (("", literal(_text(field, value.get("best")))),))]
        return [Verbatim(f"{flat(runs)}[{quoted(_text(field, value))}]")]
    if field.type in (FieldType.FIELDS, FieldType.STATUSES):
        several = _texts(field, value)
        return [literal(several[0] if len(several) == 1 else several)]
    try:
        return [literal(value)]
    except TypeError as error:
        raise UsageError(f"{field.title} is no text, number or choice", where=field.name) from error


def _texts(field: Field, value: object) -> list[str]:
    if value is None:
        return []
    return [_text(field, one) for one in (value if isinstance(value, list) else [value])]


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{field.title} is not a text", where=field.name, hint=field.help)
    return value


def _functions(kind: Kind) -> tuple[str, ...]:
    return (kind.name,) if kind.outer is None else (kind.name, "claim")


def _spelled(function: str, scope: Scope) -> str:
    return scope.spelled(function) or f"pr.{function}"


def is_name(text: str) -> bool:
    """Whether a text can be a variable."""
    return text.isidentifier() and not keyword.iskeyword(text)


def _free(name: str, scope: Scope) -> str:
    """Give a name that means nothing yet."""
    found, number = name, 1
    while found in scope.names:
        number += 1
        found = f"{name}_{number}"
    return found


def _slug(metric: object) -> str:
    """Give a variable for a metric: "test/acc" → test_acc."""
    name = re.sub(r"\W+", "_", str(metric)).strip("_").lower()
    return name if is_name(name) else f"value_{name}".rstrip("_")


def _unwrapped(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text
