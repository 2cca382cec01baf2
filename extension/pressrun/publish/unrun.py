"""What a cell that was not run yet is going to show, as far as its source says: read as text, never evaluated."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.publish.holes import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIGURES = (
    "aggregates",
    "attention",
    "curves",
    "dataset",
    "distribution",
    "drift",
    "forest",
    "importance",
    "learning_curve",
    "monitor",
    "parallel",
    "profile",
    "ranks",
    "scatter",
    "sweep",
    "timeline",
)
#: What a call of pressrun shows when it is a cell's last line.
_SHOWN = {
    **dict.fromkeys(_FIGURES, Kind.FIGURE),
    **dict.fromkeys(("table", "compare"), Kind.TABLE),
    "code": Kind.LISTING,
    "claim": Kind.CLAIM,
}
NOT_RUN = "This cell has not been run yet."


@dataclass(frozen=True, slots=True)
class Promise:
    """The kind of what a cell will show, and a claim's statement or a panel's title where it is a literal."""

    kind: Kind
    text: str = ""


def is_unrun(cell: Mapping[str, Any]) -> bool:
    """Whether a code cell was not run since it was written or opened, as far as the notebook says."""
    return cell.get("execution_count") is None and not cell.get("outputs")


def promise_of(source: str) -> Promise | None:
    """Give what a cell's last line is going to show; None where the source does not say."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    match body[-1:]:
        case [ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr=name) | ast.Name(id=name)) as call)]:
            kind = _SHOWN.get(name)
            return None if kind is None else Promise(kind, _text(call, kind))
    return None


def _text(call: ast.Call, kind: Kind) -> str:
    key = "statement" if kind is Kind.CLAIM else "title"
    named: list[ast.expr] = [keyword.value for keyword in call.keywords if keyword.arg == key]
    first = call.args[:1] if kind is Kind.CLAIM else []
    for node in [*named, *first]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
    return ""
