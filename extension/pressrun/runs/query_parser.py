"""The grammar of the where-language: tokens in, a tree out, and errors that point at the place and say what to write.

::

    or       = and ("or" and)*
    and      = not ("and" not)*
    not      = "not" not | compare
    compare  = operand (("==" | "!=" | "<" | "<=" | ">" | ">=") operand)*
             | operand ["not"] "in" (list | address)
    operand  = literal | list | address | name "(" or ("," or)* ")" | "(" or ")"
    list     = "[" [literal ("," literal)* [","]] "]"       after `in` also with ( )
    address  = attribute | ("config" | "summary" | "tags") ("." name | "[" text "]")+
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from pressrun.errors import QueryError
from pressrun.runs.address import ATTRIBUTES, MAPPINGS, Address, nearest
from pressrun.runs.query_tokens import COMPARISONS, CONSTANTS, KEYWORDS, Kind, Token, tokenise
from pressrun.runs.query_tree import And, Call, Compare, Expression, ListOf, Literal, Member, Not, Or, Place

#: Parentheses, negations and calls inside one another.
DEEPEST = 50

#: Attributes that an expression may name; a bare metric's name never stands in one, so there is room for one more.
NAMES = (*ATTRIBUTES, "duration")
MOMENTS = ("started", "ended")
#: Functions, each with the number of arguments.
FUNCTIONS = {"contains": 2, "startswith": 2, "endswith": 2, "exists": 1, "isnan": 1}

_ROOT_HABITS = {
    **dict.fromkeys(("params", "param", "parameters", "hparams", "hyperparameters", "args", "cfg", "conf"), "config"),
    **dict.fromkeys(("metrics", "metric", "results", "result", "scores", "history", "values"), "summary"),
    **dict.fromkeys(("tag", "labels", "label"), "tags"),
}
_WORD_HABITS = {
    "is": "compare with ==, as in config.x == None",
    "like": "write contains(name, 'text')",
    "matches": "write contains(name, 'text') or startswith(name, 'text')",
    "between": "write 1 <= config.x <= 3",
    "if": "an expression is one condition",
    "lambda": "an expression is one condition",
}


def parse(text: str) -> Expression:
    """Parse a where-expression.

    Raises
    ------
    QueryError
        At the first place that is wrong.
    """
    parser = _Parser(text, tokenise(text))
    tree = parser.either()
    if parser.now.kind is not Kind.END:
        raise parser.unexpected("another condition must be joined on with and, or")
    return tree


def instant(text: str) -> float | None:
    """Give an ISO 8601 date or time as seconds since 1970, without a zone in UTC; None if it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


@dataclass(slots=True)
class _Parser:
    text: str
    tokens: list[Token]
    at: int = 0
    depth: int = 0
    open: list[Token] = field(default_factory=list)

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def sign(self, *signs: str) -> Token | None:
        """Take the next token if it is one of these signs."""
        if self.now.kind is Kind.SIGN and self.now.text in signs:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def keyword(self, word: str) -> Token | None:
        """Take the next token if it is this keyword, which may also be written in capitals."""
        if self.now.kind is Kind.NAME and self.now.text in (word, word.upper()):
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def error(self, what: str, token: Token, hint: str = "", *, end: int = 0) -> QueryError:
        return QueryError(what, text=self.text, start=token.start, end=max(end, token.end, token.start + 1), hint=hint)

    def unexpected(self, hint: str) -> QueryError:
        token = self.now
        if token.kind is Kind.END:
            if self.open:
                opened = self.open[-1]
                closing = ")" if opened.text == "(" else "]"
                return self.error(f"this {opened.text} is never closed", opened, f"close it with {closing}")
            return self.error("the expression ends too early", token, hint)
        if token.text.lower() in _WORD_HABITS:
            return self.error(f"{token.text} is no word of this language", token, _WORD_HABITS[token.text.lower()])
        if token.text in (")", "]") and not self.open:
            return self.error(f"this {token.text} closes nothing", token, "take it away, or open it before")
        if token.text == "-":
            hint = "put a name with a minus in brackets: config['a-b']; there is no arithmetic"
        if token.kind is Kind.NUMBER and token.text.startswith("."):
            hint = "put a name that begins with a digit in brackets: config['0']"
        return self.error(f"{token.text} does not belong here", token, hint)

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"more than {DEEPEST} levels lie inside one another", token, "write it flatter")

    def either(self) -> Expression:
        items = [self.both()]
        while self.keyword("or"):
            items.append(self.both())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def both(self) -> Expression:
        items = [self.negation()]
        while self.keyword("and"):
            items.append(self.negation())
        return items[0] if len(items) == 1 else And(tuple(items))

    def negation(self) -> Expression:
        word = self.keyword("not")
        if word is None:
            return self.comparison()
        self.deeper(word)
        item = self.negation()
        self.depth -= 1
        return Not(item)

    def comparison(self) -> Expression:
        first = self.operand()
        negated = self.now.text.lower() == "not" and self.tokens[min(self.at + 1, len(self.tokens) - 1)].text in _IN
        if negated:
            self.at += 1
        if self.keyword("in"):
            return Member(first, self.options(), negated)
        rest: list[tuple[str, Expression]] = []
        while token := self.sign(*COMPARISONS):
            rest.append((token.text, self.operand()))
        if not rest:
            return first
        operands = [first, *(operand for _, operand in rest)]
        for left, right in pairwise(operands):
            self.check_moment(left, right)
            self.check_moment(right, left)
        return Compare(first, tuple(rest))

    def check_moment(self, place: Expression, text: Expression) -> None:
        """Refuse a text beside `started` or `ended` that is no date."""
        if not isinstance(place, Place) or place.address.root not in MOMENTS:
            return
        if isinstance(text, Literal) and isinstance(text.value, str) and instant(text.value) is None:
            raise QueryError(
                f"{text.value!r} is no date or time",
                text=self.text,
                start=text.span[0],
                end=text.span[1],
                hint="write 2026-01-31 or 2026-01-31T12:00 (UTC), or with a zone 2026-01-31T12:00+02:00",
            )

    def options(self) -> ListOf | Place:
        opened = self.sign("[", "(")
        if opened is not None:
            return self.list_of(opened)
        token = self.now
        if token.kind is Kind.NAME and token.text not in CONSTANTS and token.text not in KEYWORDS:
            found = self.operand()
            if isinstance(found, Place):
                return found
        raise self.error("after in stands a list", token, "write config.model in ['svm', 'logreg']")

    def list_of(self, opened: Token) -> ListOf:
        closing = "]" if opened.text == "[" else ")"
        self.open.append(opened)
        items: list[Literal] = []
        while not self.sign(closing):
            items.append(self.literal())
            if not self.sign(",") and self.now.text != closing:
                raise self.unexpected(f"values of a list are joined with commas, and it ends with {closing}")
        self.open.pop()
        return ListOf(tuple(items))

    def literal(self) -> Literal:
        found = self.constant()
        if found is None:
            raise self.unexpected("a list holds values: numbers, 'texts', True, False, None")
        return found

    def constant(self) -> Literal | None:
        """Take a value that is written out, if one stands here."""
        token = self.now
        minus = self.sign("-")
        if minus is not None:
            number = self.now
            if number.kind is Kind.NUMBER or number.text == "inf":
                self.at += 1
                value = CONSTANTS["inf"] if number.text == "inf" else number.value
                assert isinstance(value, (int, float))
                return Literal(-value, (minus.start, number.end))
            raise self.error(
                "a minus stands before numbers only", minus, "put a name with a minus in brackets: config['a-b']"
            )
        if token.kind in (Kind.NUMBER, Kind.TEXT):
            self.at += 1
            return Literal(token.value, (token.start, token.end))
        if token.kind is Kind.NAME and token.text in CONSTANTS:
            self.at += 1
            return Literal(CONSTANTS[token.text], (token.start, token.end))
        return None

    def operand(self) -> Expression:
        if (value := self.constant()) is not None:
            return value
        token = self.now
        if self.sign("("):
            self.deeper(token)
            self.open.append(token)
            inner = self.either()
            if not self.sign(")"):
                raise self.unexpected("close the parenthesis, or join another condition on with and, or")
            self.open.pop()
            self.depth -= 1
            return inner
        if self.sign("["):
            return self.list_of(token)
        if token.kind is Kind.NAME and token.text.lower() not in KEYWORDS:
            self.at += 1
            return self.call(token) if self.now.text == "(" else self.place(token)
        raise self.unexpected("here stands a value or a name: config.C, summary['test/acc'], tags.x, status, 'text', 3")

    def call(self, token: Token) -> Call:
        if token.text not in FUNCTIONS:
            raise self.unknown_function(token)
        opened = self.now
        self.at += 1
        self.deeper(token)
        self.open.append(opened)
        arguments: list[Expression] = []
        while not self.sign(")"):
            arguments.append(self.either())
            if not self.sign(",") and self.now.text != ")":
                raise self.unexpected("arguments are joined with commas")
        self.open.pop()
        self.depth -= 1
        end = self.tokens[self.at - 1].end
        if len(arguments) != FUNCTIONS[token.text]:
            example = "exists(config.x)" if FUNCTIONS[token.text] == 1 else f"{token.text}(name, 'text')"
            raise self.error(
                f"{token.text} takes {FUNCTIONS[token.text]}, not {len(arguments)}", token, f"write {example}", end=end
            )
        if FUNCTIONS[token.text] == 1 and not isinstance(arguments[0], Place):
            raise self.error(f"{token.text} takes a name", token, f"write {token.text}(summary['test/acc'])", end=end)
        return Call(token.text, tuple(arguments))

    def unknown_function(self, token: Token) -> QueryError:
        close = nearest(token.text, FUNCTIONS)
        known = f"there are {', '.join(FUNCTIONS)}"
        hint = f"did you mean {close[0]}?" if close else known
        return self.error(f"there is no function {token.text}", token, hint)

    def place(self, token: Token) -> Place:
        keys: list[str] = []
        while True:
            if self.sign("."):
                keys.append(self.key(token))
            elif self.now.text == "[" and self.now.kind is Kind.SIGN:
                keys.append(self.bracketed())
            else:
                break
        end = self.tokens[self.at - 1].end
        if self.now.kind is Kind.NUMBER and self.now.start == end:
            raise self.unexpected("")
        span = (token.start, end)
        if token.text in MAPPINGS:
            if not keys:
                raise self.error(f"{token.text} holds many things", token, f"write {token.text}.x or {token.text}['x']")
            return Place(Address(token.text, tuple(keys)), span)
        if token.text in NAMES:
            if keys:
                raise self.error(f"{token.text} has nothing inside", token, f"write {token.text}", end=end)
            return Place(Address(token.text), span)
        raise self.error(f"a run has nothing called {token.text}", token, self.instead(token.text, keys))

    def key(self, root: Token) -> str:
        token = self.now
        if token.kind is not Kind.NAME:
            raise self.unexpected(f"after the dot stands a name; other keys go in brackets: {root.text}['0.1-a/b']")
        self.at += 1
        return token.text

    def bracketed(self) -> str:
        opened = self.now
        self.at += 1
        self.open.append(opened)
        token = self.now
        if token.kind is not Kind.TEXT:
            raise self.unexpected("in the brackets stands a key as a text: config['batch size']")
        self.at += 1
        if not self.sign("]"):
            raise self.unexpected("close the bracket after the key")
        self.open.pop()
        assert isinstance(token.value, str)
        return token.value

    def instead(self, word: str, keys: list[str]) -> str:
        if word.lower() in _WORD_HABITS:
            return _WORD_HABITS[word.lower()]
        if root := _ROOT_HABITS.get(word.lower()):
            return f"write {Address(root, tuple(keys) or ('x',))}"
        if close := nearest(word, [*NAMES, *MAPPINGS]):
            address = Address(close[0], tuple(keys)) if keys and close[0] in MAPPINGS else close[0]
            return f"did you mean {address}?"
        whole = (word, *keys)
        return (
            f"write {Address('config', whole)}, {Address('summary', whole)} or {Address('tags', whole)}; "
            f"a text goes in quotes: '{word}'"
        )


_IN = ("in", "IN")
