"""Inline values: the results that the builder left in a markdown cell, put where the prose asks for them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from pressrun.errors import DocumentError
from pressrun.facts import VALUE_MIME, without_query
from pressrun.publish.holes import ValueHole
from pressrun.publish.outputs import joined, readable


def evaluated(expression: str, metadata: Mapping[str, Any], where: str) -> ValueHole:
    """Give the value that the builder found for an expression of a cell.

    Raises
    ------
    DocumentError
        If the expression was not evaluated, or failed.
    """
    for entry in metadata.get("user_expressions") or []:
        if isinstance(entry, Mapping) and _same(entry.get("expression"), expression):
            return _value(expression, entry.get("result"), where)
    raise DocumentError(
        f"inline value `{expression}` has not been evaluated", where=where, hint="build the paper: pressrun build"
    )


def is_evaluated(expression: str, metadata: Mapping[str, Any]) -> bool:
    """Whether a cell holds a result for an expression, be it a failure."""
    entries = metadata.get("user_expressions") or []
    return any(isinstance(entry, Mapping) and _same(entry.get("expression"), expression) for entry in entries)


def _same(stored: Any, expression: str) -> bool:
    return isinstance(stored, str) and " ".join(stored.split()) == " ".join(expression.split())


def _value(expression: str, result: Any, where: str) -> ValueHole:
    if not isinstance(result, Mapping) or result.get("status") != "ok":
        failed = result if isinstance(result, Mapping) else {}
        what = f"{failed.get('ename', 'error')}: {failed.get('evalue', 'no result')}"
        raise DocumentError(
            f"inline value `{expression}` failed with {what}", where=where, hint="correct the expression or its cell"
        )
    data = result.get("data") or {}
    fact = data.get(VALUE_MIME)
    if isinstance(fact, Mapping):
        return ValueHole(str(fact.get("text", "n/a")), expression, without_query(fact))
    return ValueHole(_unquoted(readable(joined(data.get("text/plain", "")))), expression, None)


def _unquoted(text: str) -> str:
    """Give a string's text rather than its repr."""
    if text[:1] in {"'", '"'}:
        try:
            literal = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text
        return literal if isinstance(literal, str) else text
    return text
