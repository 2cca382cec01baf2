"""Names as Python itself looks them up, against what was said of a cell before it ran."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dis
import inspect
import symtable
import types
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressrun.build.names import CellNames, analyse

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Notebook(dict[str, Any]):
    """A notebook's names, which notes what is looked up before it was bound, and what is bound or deleted."""

    def __init__(self, **names: Any) -> None:
        super().__init__(names)
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self._before = dict(names)

    def __getitem__(self, name: str) -> Any:
        if name not in self.binds and not self._is_other(name):
            self.reads.add(name)
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.binds.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.binds.add(name)
        super().__delitem__(name)

    def _is_other(self, name: str) -> bool:
        """Whether a name was bound or deleted, be it by an instruction that a dictionary does not get to see."""
        return self.get(name, self) is not self._before.get(name, self)

    def run(self, source: str) -> bool:
        """Run a cell; whether it came to its end."""
        try:
            value = eval(compile(source, "<cell>", "exec", FLAGS, dont_inherit=True), self, self)
            if inspect.iscoroutine(value):
                asyncio.run(value)
        except Exception:
            return False
        finally:
            self.binds |= {name for name in self.keys() | self._before.keys() if self._is_other(name)}
            for noted in (self.reads, self.binds):
                noted -= {name for name in noted if name.startswith("__")}
        return True


class Instructions:
    """What a cell's instructions do with the notebook's names, whether they run or not."""

    def __init__(self, source: str) -> None:
        self.loads: set[str] = set()
        #: Of these, those of functions and classes.
        self.later: set[str] = set()
        self.binds: set[str] = set()
        #: Of these, those that a dictionary does not get to see.
        self.unseen: set[str] = set()
        self._take(compile(source, "<cell>", "exec", FLAGS, dont_inherit=True), outermost=True)

    def _take(self, code: types.CodeType, *, outermost: bool = False) -> None:
        for step in dis.get_instructions(code):
            name = str(step.argval)
            if step.opname == "LOAD_GLOBAL" or (step.opname == "LOAD_NAME" and not name.startswith("__")):
                self.loads.add(name)
                if not outermost and code.co_name not in {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}:
                    self.later.add(name)
            elif step.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"}:
                self.unseen.add(name)
            elif outermost and step.opname in {"STORE_NAME", "DELETE_NAME"}:
                self.binds.add(name)
        self.binds |= self.unseen
        for each in code.co_consts:
            if isinstance(each, types.CodeType):
                self._take(each)


def check(source: str, notebook: Notebook) -> CellNames:
    """Run a cell, and see that nothing that it does was left unsaid."""
    names, instructions = analyse(source), Instructions(source)
    finished = notebook.run(source)
    assert notebook.reads | instructions.later <= names.reads
    assert notebook.binds | instructions.binds <= names.binds
    assert not finished or names.surely <= notebook.binds | instructions.unseen
    return names


CELLS = [
    "x = 1\ny = x + z",
    "import math\nimport os.path as p\nfrom json import dumps as d, loads\nmath.pi, p.sep, d([1]), loads('1')",
    "total = 0\nfor i, (a, *b) in enumerate(pairs):\n    total += a\nprint(total, i)",
    "squares = [n * k for n in xs if n]\ntable = {n: m for n in xs for m in [n, k]}\n{n for n in xs}",
    "[last := n for n in xs]\nlast",
    "sum(n * k for n in xs)",
    "lazy = (n * k for n in xs)\nnext(lazy)",
    "def f(a, b=k, *c, d: 'T' = z, **e):\n    return a + b + z\nf(1)",
    "def f():\n    global made, counted\n    made = z\n    counted += 1\nf()",
    "def f():\n    global gone\n    del gone\nf()",
    "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += k\n    return g\nf()()",
    "def f(n):\n    return n and f(n - 1)\nf(3)",
    "@decorate\ndef f(): return k\nf()",
    "scale = lambda v, by=k: v * by + z\nscale(2)",
    "class A(Base):\n    n = k\n    m = n\n    xs = [z for _ in range(2)]\n    def get(self): return z\nA().get()",
    "class A:\n    k = k\n    z += 1\n    def f(self): return k\nA().f()",
    "class A:\n    def f(self): return __class__, super().__repr__()\nA().f()",
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = k\n    y: 'P' = None\nP()",
    "if k:\n    v = 1\nelse:\n    w = 2\nprint(v)",
    "if (m := find(k)) is not None and m > 1:\n    print(m)",
    "while (n := stack.pop()) > 1:\n    seen = n\nseen",
    "try:\n    v = broken()\nexcept ZeroDivisionError as e:\n    v = k, e\nelse:\n    w = 1\nfinally:\n    u = z\nv",
    "try:\n    import not_there as m\nexcept ImportError:\n    m = None\nm",
    "try:\n    raise ExceptionGroup('a', [ValueError()])\nexcept* ValueError as group:\n    v = group\nv",
    "with opened(k) as f, opened(z) as g:\n    v = f\nf, g, v",
    "with opened(k) as (f, g): pass",
    "match pairs:\n    case [(a, b), *rest] if a < k: rest\n    case {'k': v, **others}: v\n    case _: z",
    "del k\nprint(z)",
    "xs[0], xs[k - 1:], box.a = z, [1], 2\ndel xs[0], box.a",
    "xs += [k]\nbox.n = 1\nbox.n += 1",
    "v: int\nw: int = k",
    "x = y = z\n(a, b), *c = pairs",
    "f'{k:>{z}} {xs!r} {box=}'",
    "assert k, (w := 1)\nk < (u := z) < (t := 3)",
    "v = (w := k) if z else (u := 2)\nw",
    "print(*xs, **{'sep': k and ','})\nxs[k:z:None]",
    "async def f(): return [n async for n in numbers()]\nv = await f()\nw = [n async for n in numbers()]\nv, w",
    "async for n in numbers():\n    m = n\nasync with opened(k) as f: pass\nm, f",
    "def outer():\n    def inner(): return k + later\n    return inner\nlater = 1\nouter()()",
    "data = {'a': [1]}\nfor key, values in data.items():\n    for i in range(len(values)): values[i] *= k\ndata",
    "rows = []\nfor name in 'ab':\n    row = {'name': name, 'v': k}\n    rows.append(row)\nrows[-1]",
    "results = {name: (lambda n=name: n * k)() for name in ['a']}\nresults",
    "x = 1;\n#| label: not an option\nx;",
]  # fmt: skip


class Opened:
    """A context that keeps exceptions to itself."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __enter__(self) -> object:
        return self.value

    def __exit__(self, *error: object) -> bool:
        return True

    async def __aenter__(self) -> object:
        return self.value

    async def __aexit__(self, *error: object) -> bool:
        return True


async def numbers() -> Any:
    yield 1
    yield 2


def notebook() -> Notebook:
    return Notebook(
        k=2, z=3, xs=[1, 2, 3], pairs=[(1, 2), (3, 4)], stack=[0, 2], box=types.SimpleNamespace(a=1), counted=0, gone=1,
        Base=object, opened=Opened, numbers=numbers, decorate=lambda f: f, find=lambda n: n, broken=lambda: 1 / 0,
    )  # fmt: skip


@pytest.mark.parametrize("source", CELLS)
def test_whatever_a_cell_looks_up_was_said_before_and_nothing_was_made_up(source: str) -> None:
    names, instructions = check(source, notebook()), Instructions(source)
    assert not names.opaque
    assert names.binds == instructions.binds
    # What is deleted is said to be read.
    assert names.reads <= instructions.loads | instructions.binds


def test_a_cell_says_the_same_of_its_normal_form() -> None:
    for source in CELLS:
        names = analyse(source)
        assert analyse(names.source) == names


# -- cells at random ---------------------------------------------------------------------------------------------------

NAMES = "abc"

#: Of code: {n}, {m} and {k} are names, {e}, {f} and {g} expressions, {b} and {c} blocks. What comes first is simple.
EXPRESSIONS = (
    "{n}",
    "{n}",
    "{n}",
    "yes",
    "no",
    "fail()",
    "-{n}",
    "[{e}]",
    "({e}, {f})",
    "({n} := {e})",
    "({e} and {f})",
    "({e} or {f})",
    "({e} if {f} else {g})",
    "({e} < {f} < {g})",
    "{n}[{e}]",
    "f'{{{n}}} {{{e}!r}}'",
    "[{e} for {n} in {f} if {g}]",
    "[({n} := {m}) for {m} in ({f}, no)]",
    "{{{n}: {m} for {n} in [yes] for {m} in [{n}, {e}]}}",
    "list({e} for {n} in [yes, {f}])",
    "({e} for {n} in {f})",
    "next(({e} for {n} in [yes]), {f})",
    "(lambda {n}, {m}={e}: ({f}, {k}))(yes)",
    "(lambda: {e})",
    "[(lambda: {e})() for {n} in yes]",
    "{n}()",
    "call({n})",
    # What may not have been bound.
    "({e} and ({n} := {f}), {n})",
    "(({n} := {m}) if {e} else {f}, {n})",
    "({e} < {f} < ({n} := {g}), {n})",
    "([({n} := {m}) for {m} in []], {n})",
)
STATEMENTS = (
    "{e}",
    "{n}",
    "{n} = {e}",
    "{n} = {m} = {e}",
    "{n}, {m} = {e}",
    "({n}, *{m}), {k} = yes, {f}",
    "{n} += {e}",
    "del {n}",
    "{n}: {m} = {e}",
    "{n}: {m}",
    "import math as {n}",
    "from math import pi as {n}",
    "assert {e}, {f}",
    "{n}[no] = {e}",
    "call({n})",
    "if {e}:\n{b}",
    "if {e}:\n{b}\nelse:\n{c}",
    "if {e}:\n{b}\nelif {f}:\n{c}\nelse:\n    {n} = {m}",
    "for {n} in {e}:\n{b}\nelse:\n{c}",
    "for {n} in []:\n{b}\nelse:\n{c}",
    "for {n}, {m} in [yes]:\n{b}\n    break\nelse:\n{c}",
    "for {n} in {e}:\n    try:\n        {m} = yes\n        continue\n    finally:\n        {k}\n    {n} = {m}",
    "while {e}:\n{b}\n    break\nelse:\n{c}",
    "try:\n{b}\nexcept Exception as {n}:\n{c}",
    "try:\n{b}\n    fail()\nexcept Exception:\n{c}",
    "try:\n{b}\nfinally:\n{c}",
    "try:\n{b}\nexcept NameError:\n{c}\nexcept Exception:\n    {n} = {e}\nelse:\n    {n} = no\nfinally:\n    {m} = {n}",
    "with opened({e}) as {n}:\n{b}",
    "with opened({e}) as {n}, opened(fail()) as {m}:\n{b}",
    "with opened(no) as ({n}, ({m}, {k})):\n{b}",
    "match {e}:\n    case [{n}, *{m}] if {f}:\n        {n}\n    case {k} if {f}:\n        {k} = {g}",
    "def {n}({m}=yes):\n{b}",
    "def {n}():\n    global {m}\n{b}",
    "def {n}():\n    def {m}():\n        return {e}\n{b}\n    return {m}()",
    "class {n}:\n{b}",
    "class {n}:\n    {m} = {m}\n    def __call__(self):\n        return {e}",
    "class {n}:\n    global {m}\n    {m} = {e}",
    "async def {n}():\n    return [{e} async for {m} in numbers()]\n{k} = await {n}()",
    "async for {n} in numbers():\n{b}",
)


class Value:
    """A value that takes part in whatever is done with it, so that a random cell comes far."""

    def __init__(self, *, truth: bool) -> None:
        self.truth = truth

    def __bool__(self) -> bool:
        return self.truth

    def __iter__(self) -> Iterator[Value]:
        return iter([self, self])

    def _same(self, *_: object) -> Value:
        return self

    __getitem__ = __setitem__ = __call__ = __neg__ = __lt__ = __gt__ = __add__ = __radd__ = __iadd__ = _same


def called(value: Any) -> None:
    with contextlib.suppress(Exception):
        value()
    with contextlib.suppress(Exception):
        next(value)


def failed() -> None:
    raise ValueError


@st.composite
def cells(draw: st.DrawFn) -> str:
    def filled(form: str, depth: int) -> str:
        holes = {each: draw(st.sampled_from(NAMES)) for each in "nmk" if f"{{{each}}}" in form}
        holes |= {each: expression(depth) for each in "efg" if f"{{{each}}}" in form}
        holes |= {each: block(depth, "    ") for each in "bc" if f"{{{each}}}" in form}
        return form.format(**holes)

    def expression(depth: int) -> str:
        return filled(draw(st.sampled_from(EXPRESSIONS if depth > 0 else EXPRESSIONS[:7])), depth - 1)

    def block(depth: int, indent: str) -> str:
        forms = st.sampled_from(STATEMENTS if depth > 0 else STATEMENTS[:15])
        parts = [filled(draw(forms), depth - 1) for _ in range(draw(st.integers(1, 3)))]
        return "\n".join(indent + line for part in parts for line in part.split("\n"))

    return f"{block(draw(st.integers(1, 3)), '')}\na, b, c"


def parses(source: str) -> bool:
    try:
        compile(source, "<cell>", "exec", FLAGS, dont_inherit=True)
        symtable.symtable(source, "<cell>", "exec")
    except SyntaxError:
        return False
    return True


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(cells().filter(parses))
def test_whatever_a_random_cell_looks_up_was_said_before(source: str) -> None:
    names = {each: Value(truth=truth) for each, truth in (("a", True), ("b", False), ("c", True))}
    given = {"yes": Value(truth=True), "no": Value(truth=False), "opened": Opened, "numbers": numbers}
    check(source, Notebook(**names, **given, call=called, fail=failed))
