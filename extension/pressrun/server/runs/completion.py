"""What could stand at the cursor of a where-expression: fields, operators that fit, values that runs really have."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pressrun.errors import QueryError
from pressrun.records import Status
from pressrun.runs.address import Address, quote
from pressrun.runs.query import Query
from pressrun.server.handler import reads
from pressrun.server.runs.fields import OF_RUNS, FieldType
from pressrun.server.runs.finding import address_of, fault_of, value_at
from pressrun.server.runs.reading import Cursor, Next, read
from pressrun.server.runs.table import RunsHandler

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pressrun.server.runs.fields import Field
    from pressrun.server.runs.finding import Finder
    from pressrun.server.runs.register import State

#: Proposals that a list shows.
_MOST = 60
#: Runs that are asked for values where a field has too many to have been counted.
_SAMPLE = 3000

_FUNCTIONS = {
    "contains": "contains(name, 'svm'): a text, or a list, holds it",
    "startswith": "startswith(name, 'svm')",
    "endswith": "endswith(name, '-3')",
    "exists": "exists(summary.loss): the run has it",
    "isnan": "isnan(summary.loss): it is NaN",
}
_EQUAL = {"==": "equals", "!=": "differs from"}
_ORDER = {"<": "is less than", "<=": "is at most", ">": "is greater than", ">=": "is at least"}
_MEMBER = {"in [": "is one of", "not in [": "is none of"}
_OPERATORS = {
    FieldType.NUMBER: _EQUAL | _ORDER | _MEMBER,
    FieldType.TEXT: _EQUAL | _MEMBER,
    FieldType.FLAG: _EQUAL,
    FieldType.TIME: _ORDER,
    FieldType.MIXED: _EQUAL | _ORDER | _MEMBER,
}
_JOINTS = {"and": "both hold", "or": "one of them holds"}
_ROOT = re.compile(r"(config|summary|tags)[.\[]")
_PARTS = re.compile(r"[./_-]")
_BRACKETS = re.compile(r"""[\[\]'"\s]+""")


class CompleteHandler(RunsHandler):
    """POST /runs/complete: what could stand at a place of a where-expression."""

    takes: ClassVar = {"post": "runs#CompleteAsk"}

    @reads
    async def post(self) -> None:
        """Answer a `Completion`."""
        ask = self.body
        register = self.register(ask.get("sources"))
        state = await self.state(register)
        self.answer(await self.work(complete, state, register.finder, ask["where"], ask["position"]))


def complete(state: State, finder: Finder, where: str, position: int) -> dict[str, Any]:
    """Give a `Completion`."""
    cursor = read(where, position)
    items: Iterable[tuple[str, str, str]]
    match cursor.next:
        case Next.CONDITION:
            items = _conditions(state, finder, cursor)
        case Next.OPERATOR:
            items = [(sign, "operator", what) for sign, what in _operators(state, finder, cursor).items()]
            items = _beginning(items, cursor.word)
        case Next.VALUE:
            items = _values(state, finder, cursor)
        case Next.LIST:
            items = _beginning([("[", "operator", "a list of values")], cursor.word)
        case Next.JOINT:
            items = _beginning([(word, "operator", what) for word, what in _JOINTS.items()], cursor.word)
        case Next.NOTHING:
            items = []
    proposed = [{"text": text, "kind": kind, "detail": detail} for text, kind, detail in items]
    return {"from": cursor.start, "to": cursor.end, "items": proposed[:_MOST], "error": _fault(where)}


def _fault(where: str) -> dict[str, Any] | None:
    try:
        Query.parse(where)
    except QueryError as error:
        return fault_of(error)
    return None


def _beginning(items: Iterable[tuple[str, str, str]], word: str) -> list[tuple[str, str, str]]:
    return [item for item in items if item[0].startswith(word.lower())]


def _conditions(state: State, finder: Finder, cursor: Cursor) -> list[tuple[str, str, str]]:
    """Give the fields, functions and words that begin a condition, those that are most like the word first."""
    wanted = _plain(cursor.word)
    ranked: list[tuple[int, int, str, str, str]] = []

    def propose(text: str, kind: str, detail: str, names: tuple[str, ...], weight: int) -> None:
        if (rank := _likeness(wanted, (_plain(text), *names))) is not None:
            ranked.append((rank, -weight, text, kind, detail))

    fields = finder.fields.at(state)
    for address, field in fields.items():
        bare = ".".join(address.keys).lower()
        # Measures stand behind settings where both fit as well.
        weight = field.runs * (2 if address.root == "config" else 1)
        # `config.` asks for what is in it, and not for what is called so elsewhere.
        names = (bare,) if not _ROOT.match(cursor.word) else ()
        propose(str(address), "field", _detail(field), names, weight)
    for name, kind in OF_RUNS.items():
        propose(name, "field", kind.value, (), len(state.runs) + 1)
    for name, example in _FUNCTIONS.items():
        propose(f"{name}(", "function", example, (), 0)
    propose("not", "operator", "the opposite holds", (), 0)
    return [(text, kind, detail) for _, _, text, kind, detail in sorted(ranked)]


def _plain(text: str) -> str:
    """Give an address as one is typed: dots for brackets, no quotes, in lower case."""
    return _BRACKETS.sub(".", text.lower()).replace("..", ".").rstrip("." if not text.endswith(".") else "")


def _likeness(wanted: str, names: tuple[str, ...]) -> int | None:
    """Give how well a name fits what was typed, 0 the best; None if it does not."""
    if not wanted:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 0
    if any(part.startswith(wanted) for name in names for part in _PARTS.split(name)):
        return 1
    return 2 if any(wanted in name for name in names) else None


def _detail(field: Field) -> str:
    values = field.choices()
    said = f"{field.type.value}, {field.runs} run{'' if field.runs == 1 else 's'}"
    if values and len(values) < field.runs:
        shown = ", ".join(_short(value) for value in values[:4])
        said += f": {shown}{', …' if len(values) > 4 else ''}"
    return said


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 20 else text[:19] + "…"


def _operators(state: State, finder: Finder, cursor: Cursor) -> dict[str, str]:
    kind = _type_at(state, finder, cursor.left)
    return _OPERATORS[kind] if cursor.left else _EQUAL | _ORDER | _JOINTS


def _type_at(state: State, finder: Finder, written: str) -> FieldType:
    if written in OF_RUNS:
        return OF_RUNS[written]
    field = finder.fields.at(state).get(Address.parse(written)) if written.strip() else None
    return field.type if field is not None else FieldType.MIXED


def _values(state: State, finder: Finder, cursor: Cursor) -> Iterator[tuple[str, str, str]]:
    """Give values that runs have at the field, as they are written: first what was typed whole, then what begins so."""
    word = cursor.word
    typed = word[1:] if word[:1] in ("'", '"') else word
    found = [
        (text, detail, plain)
        for value, detail in _observed(state, finder, cursor.left)
        for text, plain in [_written(value)]
        if text and typed.lower() in plain.lower() and not (word[:1] in ("'", '"') and text[0] != "'")
    ]
    found.sort(key=lambda each: (each[2].lower() != typed.lower(), not each[2].lower().startswith(typed.lower())))
    yield from ((text, "value", detail) for text, detail, _ in found)


def _written(value: object) -> tuple[str, str]:
    """Give a value as the language writes it, and as a person types it; "" for what it cannot write."""
    if isinstance(value, bool):
        return str(value), str(value)
    if isinstance(value, (int, float)):
        return repr(value), repr(value)
    return (quote(value), value) if isinstance(value, str) and len(value) <= 200 else ("", "")


def _observed(state: State, finder: Finder, written: str) -> list[tuple[object, str]]:
    if not written.strip():
        return []
    if written == "status":
        counts = Counter(run.status for run in state.runs)
        return [(status.value, _times(counts[status])) for status in sorted(Status, key=lambda s: -counts[s])]
    if OF_RUNS.get(written) is FieldType.TIME:
        today = datetime.now(UTC).date()
        days = {"today": 0, "yesterday": 1, "a week ago": 7, "30 days ago": 30}
        return [((today - timedelta(days)).isoformat(), f"{what}, UTC") for what, days in days.items()]
    address = address_of(written)
    field = finder.fields.at(state).get(address) if address is not None else None
    if field is not None and field.type is FieldType.FLAG:
        return [(True, ""), (False, "")]
    values = Counter(
        value
        for run in state.runs[:_SAMPLE]
        if isinstance(value := value_at(run, address), (str, int, float)) and value == value
    )
    few = len(values) < len(state.runs)
    return [(value, _times(times) if few else "") for value, times in values.most_common(_MOST * 4)]


def _times(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"
