"""Which names a cell touches, by its source: whatever it reads, binds or changes is found, and doubt is said."""

from __future__ import annotations

import sys

import pytest

from pressrun.build.names import CellNames, analyse, analyse_expressions

EMPTY = CellNames("")


def words(names: str) -> frozenset[str]:
    return frozenset(names.split())


# -- what it reads and binds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "reads", "binds", "surely"),
    [
        ("x = y", "y", "x", "x"),
        ("x = x + 1", "x", "x", "x"),
        ("x = y = z", "z", "x y", "x y"),
        ("(a, [b, *c]), d.e, f[g] = h", "d f g h", "a b c", "a b c"),
        ("x += y", "x y", "x", ""),
        ("x = 0\nx += 1", "", "x", "x"),
        ("x.a += y", "x y", "", ""),
        ("x: T", "T", "", ""),
        ("x: T = y", "T y", "x", "x"),
        ("x.a: T = y", "T x y", "", ""),
        ("x: int\nprint(x)", "int print x", "", ""),
        ("del x", "x", "x", ""),
        ("x = 1\ndel x", "", "x", ""),
        ("del x.a, y[z]", "x y z", "", ""),
        ("import a.b, c.d as e", "", "a e", "a e"),
        ("from a.b import c, d as e", "", "c e", "c e"),
        ("import a\na.b(c)", "c", "a", "a"),
        ("for i, j in xs:\n    print(i, j, k)", "xs print k", "i j", ""),
        ("for i in xs: pass\ni", "xs i", "i", ""),
        ("for i in xs: pass\nelse: i", "xs i", "i", ""),
        ("for x.a in y: x", "x y", "", ""),
        ("while x: x = y", "x y", "x", ""),
        ("while (line := read()): line", "read", "line", "line"),
        ("if a: x = 1\nx", "a x", "x", ""),
        ("if a: x = 1\nelse: x = 2\nx", "a", "x", ""),
        ("if a: x = 1\nelif b: x = 2\nx", "a b x", "x", ""),
        ("if a: x = 1\nelif b: x = 2\nelse: x = 3\nx", "a b", "x", ""),
        ("if (m := f()) and m.x: m", "f", "m", "m"),
        ("a and (x := 1)\nx", "a x", "x", ""),
        ("y = (x := 1) if a else x", "a x", "x y", "y"),
        ("a < (x := 1) < (y := 2)\nx, y", "a x y", "x y", ""),
        ("assert a, (x := 1)\nx", "a x", "x", ""),
        ("try:\n    x = f()\nexcept E as e:\n    e\nx", "f E x", "x e", ""),
        ("try: import a\nexcept ImportError: import b as a\na.c", "ImportError", "a", ""),
        ("try: x = 1\nfinally: y = 2\nx, y", "", "x y", ""),
        ("try: x = 1\nexcept E: pass\nelse: x", "E", "x", ""),
        ("try: f()\nexcept A: x = 1\nexcept B: x = 2\nelse: x = 3\nx", "f A B", "x", ""),
        ("try: f()\nexcept* A as e: x = e\nx", "f A x", "x e", ""),
        ("with a as x: y = x\nx, y", "a y", "x y", "x"),
        ("with a as x, b as z: pass\nz", "a b z", "x z", "x"),
        ("with a as (x, y): pass\nx", "a x", "x y", ""),
        ("with a, b as x.c: pass", "a b x", "", ""),
        ("match a:\n    case {'k': x, **y}: x, y\n    case [z, *w] if z: w", "a", "x y z w", ""),
        ("match a:\n    case P(q=1) | P.r as v: v", "a P", "v", ""),
        ("match a:\n    case x: pass\nx", "a x", "x", ""),
        ("print(x := 1)\nx", "print", "x", "x"),
        ("await f(x)", "f x", "", ""),
        ("async for i in f(): i\nasync with g() as h: i\nh", "f g i", "i h", "h"),
        ("global x\nx = 1", "", "x", "x"),
        ("f'{x!r:>{y}}'", "x y", "", ""),
        ("x[y:z]", "x y z", "", ""),
        ("f(*a, k=b, **c)", "f a b c", "", ""),
        ("return x", "x", "", ""),
        ("y = yield x", "x", "y", "y"),
    ],
)  # fmt: skip
def test_statements(source: str, reads: str, binds: str, surely: str) -> None:
    names = analyse(source)
    assert (names.reads, names.binds, names.surely) == (words(reads), words(binds), words(surely))
    assert not names.opaque
    assert not names.defines


@pytest.mark.parametrize(
    ("source", "reads", "binds"),
    [
        ("[a for a in b if c]", "b c", ""),
        ("[a for a in a]", "a", ""),
        ("[(a, x) for a in b for c in a if c]", "b x", ""),
        ("{a: b for a, b in c}\n{d for d in e}", "c e", ""),
        ("[(y := a) for a in b]\ny", "b y", "y"),
        ("x = 1\n[x for _ in b]", "b", "x"),
        ("[[j for j in i] for i in x]\ni", "x i", ""),
        ("[i for i in x]\ni = 1", "x", "i"),
        ("[0 for a.b in c]", "a c", ""),
        ("x = 1\nsum(x * y for y in z), ','.join(x for _ in z)", "sum z", "x"),
    ],
)
def test_comprehensions_have_names_of_their_own(source: str, reads: str, binds: str) -> None:
    names = analyse(source)
    assert (names.reads, names.binds) == (words(reads), words(binds))
    assert not names.defines


@pytest.mark.parametrize(
    ("source", "reads", "binds"),
    [
        ("def f(x, *y, k=d, **z) -> t:\n    w = x + g\n    return w", "d t g", "f"),
        ("def f(x: a, /, *y: b): pass", "a b", "f"),
        ("@dec(x)\ndef f(): pass", "dec x", "f"),
        ("def f(): return f()", "f", "f"),
        ("x = 1\ndef f(): return x", "x", "x f"),
        ("def f():\n    global a, b, c, d\n    a = 1\n    b += 1\n    import c\n    del d", "a b c d", "f a b c d"),
        ("def f():\n    global a\n    def a(): pass", "a", "f a"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = y\n    return g", "y", "f"),
        ("def f():\n    return [a for a in b if c]", "b c", "f"),
        ("def f():\n    [x := y for y in z]\n    return x", "z", "f"),
        ("def f():\n    import numpy as np\n    return np.x", "", "f"),
        ("async def f():\n    async with a as b: await c\n    return [d async for d in e]", "a c e", "f"),
        ("h = lambda x, y=z: x + y + g", "z g", "h"),
        ("x = 1\nh = lambda: x", "x", "x h"),
        ("class A(B, metaclass=M):\n    n = 5\n    def f(self, k=d): return n, super().f()", "B M d n super", "A"),
        ("class A:\n    x = x", "x", "A"),
        ("class A:\n    global y\n    y = 1", "y", "A y"),
        ("class A:\n    class B(C): w = v", "C v", "A"),
        ("class A:\n    n += 1", "n", "A"),
        ("x: T = await y\ndef f(): return x, z", "T y x z", "x f"),
        ("@dataclass\nclass A:\n    x: int = 3\n    y: T = f()", "dataclass int T f", "A"),
        ("def f():\n    class A:\n        def g(self): return __x\n    return A", "_A__x", "f"),
        ("x = 1\ng = (x for _ in r)", "r x", "x g"),
        ("x = 1\ng = ([x for _ in q] for q in r)", "r x", "x g"),
        ("x = 1\ng = map(f, (x for _ in r))", "r x map f", "x g"),
        ("[lambda: (a, i) for i in b]", "a b", ""),
    ],
)  # fmt: skip
def test_code_that_runs_later_reads_whatever_is_there_then(source: str, reads: str, binds: str) -> None:
    names = analyse(source)
    assert names.reads == words(reads)
    assert names.binds == words(binds)
    assert names.defines
    assert not names.opaque


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters_are_local_and_aliases_run_later() -> None:
    names = analyse("type P[T] = list[T] | x\ndef f[U: y](a: U) -> U: return z")
    assert names.binds == {"P", "f"}
    assert {"x", "y", "z", "list"} <= names.reads
    assert names.defines


@pytest.mark.parametrize(
    "source", ["", "  \n\t\n", "# only a comment to await", "#| label: fig-x\n#| caption: y\n", "'text'", "pass"]
)
def test_a_cell_without_code_has_no_names(source: str) -> None:
    names = analyse(source)
    assert (names.reads, names.binds, names.mentions, names.opaque) == (frozenset(), frozenset(), frozenset(), "")


# -- what it changes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "mutates", "patches"),
    [
        ("x.a = 1", "x", "x"),
        ("x['a'] = 1", "x", "x"),
        ("x.a[1].b['c'], y = 1, 2", "x", "x"),
        ("x.f().g['a'].b = 1", "x", "x"),
        ("del x.a, y[0]", "x y", "x y"),
        ("x.a += 1", "x", "x"),
        ("x += 1", "x", ""),
        ("for x.a in y: pass", "x", "x"),
        ("with a as x[0]: pass", "x", "x"),
        ("df.sort_values('a')", "df", ""),
        ("df.a['x'].b()", "df", ""),
        ("df.a().b(c)", "df", ""),
        ("await x.f()", "x", ""),
        ("y = df.sort_values('a')", "", ""),
        ("y = df.sort_values('a', inplace=True)", "df", ""),
        ("f(x)", "", ""),
        ("print(df.mean())", "", ""),
        ("y = xs.pop()", "xs", ""),
        ("z = scaler.fit_transform(x)", "scaler", ""),
        ("for ax in fig.axes:\n    ax.plot(1)", "ax fig", ""),
        ("for i, row in enumerate(rows): row['a'] = i", "row enumerate rows", "row enumerate rows"),
        ("[r.update(a=1) for r in rows]", "rows", ""),
        ("x = df\nx['a'] = 1", "x df", "x df"),
        ("x = y = df.a\ny.b = 1", "y df", "y df"),
        ("x = df.copy()\nx['a'] = 1", "x", "x"),
        ("(x or y).a = 1", "x y", "x y"),
        ("getattr(x, 'a').b = 1", "getattr x", "getattr x"),
        ("os.environ['A'] = 'b'", "os", ""),
        ("import os\nos.environ['A'] = 'b'", "os", ""),
        ("plt.rcParams['a'] = 1\nrcParams['a'] = 1", "plt rcParams", ""),
        ("pd.options.display.precision = 3", "pd", ""),
        ("def f(df):\n    df['x'] = 1\n    df.sort()", "", ""),
        ("def f():\n    df['x'] = 1\n    xs.append(1)", "df xs", "df"),
        ("lambda: xs.append(1)", "xs", ""),
    ],
)
def test_changes_are_of_the_root_of_a_chain(source: str, mutates: str, patches: str) -> None:
    names = analyse(source)
    assert names.mutates == words(mutates)
    assert names.patches == words(patches)
    assert not names.opaque


# -- what it imports and mentions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import a.b, c as d", "a.b c"),
        ("from a.b import c, d as e", "a.b a.b.c a.b.d"),
        ("def f():\n    import a\n    class B:\n        from b import c", "a b b.c"),
        ("try: import a\nexcept ImportError: a = None", "a"),
    ],
)
def test_modules_are_found_in_every_scope(source: str, modules: str) -> None:
    assert analyse(source).modules == words(modules)


@pytest.mark.parametrize(
    ("source", "mentions"),
    [
        ("df.query('a > @limit')", "a limit"),
        ("smf.ols('y ~ f(x1)', data)", "y f x1"),
        ("ne.evaluate(f'{p} + q * {r:>w}')", "q w"),
        ("x = '''é_1 + 2b'''", "é_1"),
        ("'a comment'\ndef f():\n    'docs'\n    return 'value'", "value"),
        ("class A:\n    'docs'\n    x: 'Later'", "Later"),
        (f"x = '{'long ' * 400}'", "long"),
        (f"x = '{'long ' * 401}'", ""),
        ("x = b'bytes'", ""),
    ],
)
def test_words_in_strings_may_be_names(source: str, mentions: str) -> None:
    assert analyse(source).mentions == words(mentions)


def test_a_mention_is_given_as_python_would_read_it() -> None:
    assert {"ﬁt", "fit"} <= analyse("df.query('ﬁt > 1')").mentions


# -- its normal form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        "#| label: fig-x\n#| caption: Other\n\nx = f( 1,\n       'a  b' )   # why\n\n\ny = x\n",
        "x = f(1, 'a  b')\r\n# a\r\ny = x",
        "x=f(1,'a  b')\n\n# c\ny=x\n# d",
        "x = f(1, \"a  b\"); y = x",
    ],
)  # fmt: skip
def test_comments_options_and_layout_are_no_part_of_a_cell(other: str) -> None:
    assert analyse(other).source == analyse("x = f(1, 'a  b')\ny = x").source


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a'", "x = 'a '"),
        ("x = 'a'", "x = b'a'"),
        ("'a'", "'b'"),
        ("def f():\n    'a'", "def f():\n    'b'"),
        ("x", "x;"),
        ("plt.plot(x)", "plt.plot(x) ; # quiet\n# more"),
        ("x", "x \\\n;"),
        ("'é'", "'é';"),
        ("x = 1", "%matplotlib inline\nx = 1"),
        ("x: int", "(x): int"),
        ("a and (b and c)", "a and b and c"),
        ("1 if x else 2", "1 if x else (2)\ny"),
        (f"x = 0x{'f' * 5000}", f"x = 0x{'f' * 4999}e"),
    ],
)
def test_what_a_kernel_makes_something_else_of_is_another_cell(one: str, other: str) -> None:
    assert not analyse(one).opaque
    assert not analyse(other).opaque
    assert analyse(one).source != analyse(other).source


def test_a_semicolon_in_the_last_comment_is_none() -> None:
    assert analyse("x  # a;").source == analyse("x").source == "x"
    assert analyse("x; y").source == "x\ny"


# -- inline values -----------------------------------------------------------------------------------------------------


def test_inline_values_are_read_as_expressions() -> None:
    names = analyse_expressions(["x.mean()", "f'{y:.2f}'", "'a text'", "[i for i in z]  # all", "(w := 1)"])
    assert names.reads == words("x y z")
    assert names.binds == words("w")
    assert names.mentions == words("a text")
    assert names.source == "x.mean()\nf'{y:.2f}'\n'a text'\n[i for i in z]\n(w := 1)"
    assert not names.opaque


def test_an_inline_value_is_shown_and_not_called_for_what_it_does() -> None:
    assert analyse_expressions(["df.mean()"]).mutates == frozenset()
    assert analyse_expressions(["xs.pop()"]).mutates == {"xs"}
    assert analyse_expressions(["run"]).opaque == ""
    assert analyse_expressions([]) == EMPTY


@pytest.mark.parametrize(
    "expression", ["x = 1", "x; y", "1)\n(2", "x y", "", "# a", "%time x", "x := 1", "\0", "\ud800"]
)
def test_what_is_no_expression_is_opaque(expression: str) -> None:
    names = analyse_expressions(["a", expression])
    assert names.opaque.startswith("cannot be parsed: ")
    assert names.reads == frozenset()
