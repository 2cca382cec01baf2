"""Where-expressions: parsed, never evaluated as code, and answered with what is doubtful about the answer.

What is missing is no 0: an ordering comparison with it is false, and `== None` finds it. NaN compares false with
everything, `!=` included; `isnan(…)` finds it. Texts, numbers and truth values are never equal to one another, and 10
equals 10.0. `started` and `ended` compare with ISO 8601 texts in UTC; `duration` is in seconds.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_text
from pressrun.errors import PressrunWarning
from pressrun.records import Problem, Status
from pressrun.runs.address import MISSING, Address, known, nearest, quote
from pressrun.runs.pins import BUILD_ENV
from pressrun.runs.query_judge import Doubt, Judge
from pressrun.runs.query_parser import parse
from pressrun.runs.query_tree import And, Compare, Expression, ListOf, Literal, Member, Not, Or, Place, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pressrun.records import Run

WHERE = "where-expression"


@dataclass(frozen=True, slots=True)
class Answer:
    """The runs for which an expression is true, and what is doubtful about that.

    Parameters
    ----------
    runs
        In the order in which they were asked.
    problems
        Every doubt, each a sentence.
    warnings
        Those that the author is told at once: nothing matches, or no run has what the expression names.
    """

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    def warn(self, stacklevel: int = 1) -> None:
        """Tell the author, as warnings of the line so many calls up; in a build the problems alone say it."""
        # What is said on stderr would stand in the published paper.
        for message in () if os.environ.get(BUILD_ENV) else self.warnings:
            warnings.warn(PressrunWarning(message), stacklevel=stacklevel + 1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an expression is true for a run, and what could not be compared on the way."""

    holds: bool
    doubts: Mapping[tuple[Address, Doubt], Any]


#: Of nearly all runs there is no doubt: they share these.
_PLAIN = {holds: Verdict(holds, {}) for holds in (True, False)}


@dataclass(frozen=True, slots=True)
class Query:
    """A where-expression that was understood. Without a tree it is true for every run."""

    text: str
    tree: Expression | None

    @classmethod
    def parse(cls, text: str) -> Query:
        """Parse an expression; an empty one is true for every run.

        Raises
        ------
        QueryError
            At the first place that is wrong.
        """
        check_text(text, "where", "where=\"config.model == 'svm'\"")
        return cls(text, parse(text) if text.strip() else None)

    def judge(self, run: Run) -> Verdict:
        """Decide the expression for a run."""
        if self.tree is None:
            return _PLAIN[True]
        judge = Judge(run)
        holds = judge.holds(self.tree)
        return Verdict(holds, judge.doubts) if judge.doubts else _PLAIN[holds]

    def matches(self, run: Run) -> bool:
        """Whether the expression is true for a run."""
        return self.judge(run).holds

    def select(self, runs: Sequence[Run]) -> Answer:
        """Give the runs for which the expression is true, with all that is doubtful."""
        return self.answer(runs, [self.judge(run) for run in runs])

    def answer(
        self, runs: Sequence[Run], verdicts: Sequence[Verdict], names: Callable[[], Iterable[str]] | None = None
    ) -> Answer:
        """Give what `select` gives, from verdicts over the runs that were reached before.

        Parameters
        ----------
        names
            Gives every address that some run has, where somebody knows them already.
        """
        if self.tree is None:
            return Answer(tuple(runs))
        doubts: dict[tuple[Address, Doubt], list[Any]] = {}
        kept = []
        for run, verdict in zip(runs, verdicts, strict=True):
            if verdict.holds:
                kept.append(run)
            for key, value in verdict.doubts.items():
                doubts.setdefault(key, []).append(value)
        unknown = _unknown(self.tree, runs)
        known_names = names or (lambda: map(str, known(runs)))
        said = [_no_run_has(address, known_names()) for address in unknown]
        said += _odd_statuses(self.tree)
        nothing = [f"no run of {len(runs)} matches {self.text.strip()}"] if runs and not kept else []
        counted = [_sentence(*key, values) for key, values in doubts.items() if key[0] not in unknown]
        problems = tuple(Problem(WHERE, sentence) for sentence in [*said, *nothing, *counted])
        return Answer(tuple(kept), problems, tuple(said or nothing))


def _unknown(tree: Expression, runs: Sequence[Run]) -> dict[Address, None]:
    """Give the addresses that the expression names and no run has."""
    if not runs:
        return {}
    asked = dict.fromkeys(place.address for place in places(tree) if place.address.keys)
    return {a: None for a in asked if all(a.of(run) is MISSING for run in runs)}


def _no_run_has(address: Address, names: Iterable[str]) -> str:
    close = nearest(str(address), names)
    return f"no run has {address}" + (f"; did you mean {' or '.join(close)}?" if close else "")


def _odd_statuses(tree: Expression) -> list[str]:
    """Give a sentence for each text that a status is compared with and that is no status."""
    statuses = [status.value for status in Status]
    said = []
    for node in _nodes(tree):
        texts: list[Expression] = []
        if isinstance(node, Compare):
            texts = [node.first, *(operand for _, operand in node.rest)]
        elif isinstance(node, Member) and isinstance(node.options, ListOf):
            texts = [node.value, *node.options.items]
        if not any(isinstance(t, Place) and t.address.root == "status" for t in texts):
            continue
        odd = [t.value for t in texts if isinstance(t, Literal) and isinstance(t.value, str)]
        said += [f"{quote(text)} is no status; they are {', '.join(statuses)}" for text in odd if text not in statuses]
    return said


def _nodes(tree: Expression) -> list[Expression]:
    match tree:
        case And() | Or():
            return [node for item in tree.items for node in _nodes(item)]
        case Not():
            return _nodes(tree.item)
        case _:
            return [tree]


def _sentence(address: Address, doubt: Doubt, values: Sequence[Any]) -> str:
    count = len(values)
    runs, have = ("1 run", "has") if count == 1 else (f"{count} runs", "have")
    match doubt:
        case Doubt.MISSING:
            return f"{runs} {have} no {address}"
        case Doubt.NAN:
            return f"{runs} {have} NaN at {address}, which compares with nothing; isnan({address}) finds it"
        case Doubt.TEXT:
            return f"{address} is a text in {runs}: write {address} == {quote(str(values[0])[:40])}"
        case Doubt.NUMBER:
            return f"{address} is a number in {runs}: write {address} == {values[0]!r}, without quotes"
        case Doubt.FLAG:
            return f"{address} is true or false in {runs}: write {address} == {values[0]!r}"
        case Doubt.OTHER:
            return f"{address} cannot be compared so in {runs}: it is {_shape(values[0])}"


def _shape(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping: name an entry of it"
    if isinstance(value, list):
        return "a list: write contains(…, value)"
    return {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
