"""What cannot be known of a cell by its source is said, and no source is an error."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from pressrun.build.names import CellNames, analyse


def words(names: str) -> frozenset[str]:
    return frozenset(names.split())


@pytest.mark.parametrize(
    ("source", "opaque"),
    [
        ("!ls", "runs a shell command"),
        ("files = !ls", "runs a shell command"),
        ("if x:\n    !ls {x}", "runs a shell command"),
        ("%run other.py", "uses the magic %run"),
        ("x = %timeit -o f()", "uses the magic %timeit"),
        ("%matplotlib widget", "uses the magic %matplotlib"),
        ("%matplotlib inline\n%load_ext x", "uses the magic %load_ext"),
        ("#| label: a\n%%time\nx = 1", "uses the magic %%time"),
        ("df?", "asks IPython for help"),
        ("?df", "asks IPython for help"),
        ("get_ipython().run_line_magic('who', '')", "uses get_ipython"),
        ("ip.user_ns['x'] = 1", "uses ip.user_ns"),
        ("pwd", "may be the magic %pwd"),
        ("#| label: a\nreset -f", "may be the magic %reset"),
        ("from a import *", "imports all names of a module"),
        ("from .a import b", "imports from its own package"),
        ("from __future__ import annotations", "uses __future__"),
        ("from __main__ import x", "uses __main__"),
        ("import importlib\nimportlib.reload(x)", "uses importlib"),
        ("exec('x = 1')", "uses exec"),
        ("list(map(eval, xs))", "uses eval"),
        ("def f():\n    return locals()", "uses locals"),
        ("globals()['x'] = 1", "uses globals"),
        ("vars()", "uses vars"),
        ("vars(x)", "uses vars"),
        ("dir()", "uses dir"),
        ("list(map(dir, xs))", "uses dir"),
        ("__import__('a')", "uses __import__"),
        ("setattr(x, 'a', 1)", "uses setattr"),
        ("object.__setattr__(x, 'a', 1)", "uses object.__setattr__"),
        ("import sys\nsys.modules['x']", "uses sys.modules"),
        ("from sys import modules as m", "uses sys.modules"),
        ("sys._getframe(1).f_locals", "uses f_locals"),
        ("import inspect as i\ni.stack()", "uses inspect.stack"),
        ("f.__globals__['x']", "uses f.__globals__"),
        ("Base.__subclasses__()", "uses Base.__subclasses__"),
        ("__builtins__.x = 1", "uses __builtins__"),
        ("from unittest.mock import patch", "uses unittest.mock"),
        ("with patch('a.b'): f()", "uses patch"),
        ("mock.patch.object(a, 'b')", "uses mock.patch.object"),
        ("import numpy as np\nnp.pi = 3", "changes np, which it imports"),
        ("import a.b\ndef f():\n    a.b.c['d'] = 1", "changes a, which it imports"),
        ("from a import b\ndel b.c", "changes b, which it imports"),
        ("__name__ = 'x'", "assigns to __name__"),
        ("Out[3]", "reads earlier inputs or outputs (Out)"),
        ("print(_)", "reads earlier inputs or outputs (_)"),
        ("x = ___", "reads earlier inputs or outputs (___)"),
        ("_i3, _12, _oh", "reads earlier inputs or outputs (_12)"),
        ("if a: _ = 1\n_", "reads earlier inputs or outputs (_)"),
        ("def f(): return _('text')", "reads earlier inputs or outputs (_)"),
        ("df.query(q)", "has a text evaluated that is not written in it (df.query)"),
        ("df[x > 1].eval(expr=q)", "has a text evaluated that is not written in it (df[x > 1].eval)"),
        ("smf.ols(formula, df['a'])", "has a text evaluated that is not written in it (smf.ols)"),
        ("x = (", "cannot be parsed: '(' was never closed (line 1)"),
        ("y = 1\n  x = 1", "cannot be parsed: unexpected indent (line 2)"),
        ("def f():\n    x\n    global x", "cannot be parsed: name 'x' is used prior to global declaration (line 3)"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_said(source: str, opaque: str) -> None:
    names = analyse(f"{source}\n\n")
    assert names.opaque == opaque
    assert names.source == source


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "text = '''\n%run x\n!ls\nwhat?\n'''",
        "x = (a\n% b)",
        "for _ in xs: pass",
        "a, _ = x\nprint(_)",
        "[0 for _ in xs]",
        "with a as _: pass",
        "_private, _index, _3d, Input, Output = x",
        "vars = ['a']\ndf[vars]",
        "compile = re.compile\ncompile('a')",
        "def f(dir, eval): return dir, eval",
        "re.compile('a'), model.eval(), model.compile()",
        "dir(x), getattr(x, 'a', None), super",
        "[m for m in model.modules()]",
        "df.query('a > 1'), df.query(f'a > {x}'), db.query(), pd.eval('a + b')",
        "mock = patch = x\nax.add_patch(patch)",
        "print(__name__)",
        "class A:\n    __slots__ = ()\n    __doc__ = 'x'\n    x: int",
        "run.x, run['a']",
        "run(x)",
        "history = f()",
        "x = 1\nhistory",
        "import os\nos.environ['A'] = 'b'",
        "from matplotlib import rcParams\nrcParams['a'] = 1",
        "import numpy as np\nx = np.zeros(3)\nx[0] = 1",
    ],
)
def test_what_only_looks_alike_is_no_doubt(source: str) -> None:
    assert analyse(source).opaque == ""


def test_an_opaque_cell_says_what_it_can() -> None:
    names = analyse("import a\nexec(x)\ny = 1  # why\n")
    assert names.source == "import a\nexec(x)\ny = 1  # why"
    assert names.reads == words("exec x")
    assert names.binds == words("a y")
    assert names.modules == words("a")


@pytest.mark.parametrize(
    ("source", "moments"),
    [
        ("import time\nt = time.time()", "the clock (time.time)"),
        ("from time import time as now\nnow()", "the clock (now)"),
        ("time()", "the clock (time)"),
        ("perf_counter() - time.monotonic_ns()", "the clock (perf_counter), the clock (time.monotonic_ns)"),
        ("f(default_factory=time.time)", "the clock (time.time)"),
        ("time.sleep(1), time", ""),
        ("datetime.now(), datetime.datetime.now(tz)", "the clock (datetime.datetime.now), the clock (datetime.now)"),
        ("import datetime as d\nd.date.today()", "the clock (d.date.today)"),
        ("import pandas as pd\npd.Timestamp.now()", "the clock (pd.Timestamp.now)"),
        ("datetime.fromisoformat('2020-01-01')", ""),
        ("uuid.uuid4()", "a random identifier (uuid.uuid4)"),
        ("from uuid import uuid1\nuuid1()", "a random identifier (uuid1)"),
        ("np.random.rand(3)", "unseeded randomness (np.random.rand)"),
        ("import numpy.random as npr\nnpr.normal()", "unseeded randomness (npr.normal)"),
        ("np.random.seed(0)\nnp.random.rand(3)", ""),
        ("np.random.seed()\nnp.random.rand(3)", "unseeded randomness (np.random.rand)"),
        ("random.random()", "unseeded randomness (random.random)"),
        ("import random\nrandom.seed(0)\nrandom.random()", ""),
        ("random.seed(0)\nnp.random.rand()", "unseeded randomness (np.random.rand)"),
        ("random.Random(3), random.Random", ""),
        ("random.Random()", "a generator without a seed (random.Random)"),
        ("np.random.default_rng()", "a generator without a seed (np.random.default_rng)"),
        ("np.random.default_rng(None), default_rng(seed=None)",
         "a generator without a seed (default_rng), a generator without a seed (np.random.default_rng)"),
        ("np.random.default_rng(0), np.random.RandomState(seed=1), np.random.Generator(x)", ""),
        ("os.urandom(3)", "the system's randomness (os.urandom)"),
        ("secrets.token_hex()", "the system's randomness (secrets.token_hex)"),
        ("requests.get(url).json()", "the network (requests.get)"),
        ("with httpx.Client() as c: pass", "the network (httpx.Client)"),
        ("import urllib.request\nurllib.request.urlopen(u)", "the network (urllib.request.urlopen)"),
        ("requests.append(1), requests", ""),
        ("subprocess.run(['git'])", "another program (subprocess.run)"),
        ("def f():\n    return time.time()", "the clock (time.time)"),
    ],
)  # fmt: skip
def test_what_is_another_each_time_is_said(source: str, moments: str) -> None:
    assert ", ".join(analyse(source).nondeterministic) == moments


# -- hostile cells -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "x\0 = 1",
        "x = '\ud800'",
        "\ud800",
        "\ufeffx = 1",
        "\tx = 1",
        "if x:\n\ty\n        z",
        "x = " + "(" * 500 + ")" * 500,
        "x" + ".a" * 60_000,
        "x" + ".a()" * 2_000,
        "x = " + "-" * 100_000 + "1",
        "x = " + "+".join("a" * 50_000),
        "lambda:" * 3_000 + "1",
        "not " * 5_000 + "x",
        "if a: pass\n" + "elif b: pass\n" * 5_000,
        "".join(" " * i + "if x:\n" for i in range(150)),
        "x = " + "9" * 5_000,
        "x = 1\n" * 100_000,
        "\\",
        "'''",
        "x = $",
    ],
)
def test_what_python_cannot_take_is_opaque_and_never_an_error(source: str) -> None:
    names = analyse(source)
    assert names.opaque.startswith("cannot be parsed: ")
    assert names == CellNames(source.strip(), opaque=names.opaque)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n" * 33_000,
        "x;" * 60_000,
        "[a for a in b]\n" * 13_000,
        "x = y = [x]\n" * 16_000,
        ",".join(f"a{i}" for i in range(14_000)) + "=" + ",".join(f"b{i}" for i in range(14_000)) + "\na0.x = 1",
        "".join(f"if a:\n  x{i} = 1\n" for i in range(10_000)),
        "x = '''" + "%a ? !b\n" * 20_000 + "'''",
        "%a\n" * 60_000,
        " " * 190_000 + "?",
        "a" + "=" * 190_000,
        "#" * 190_000,
        "\n \n" * 60_000 + "(",
    ],
)
def test_a_long_cell_is_done_in_a_moment(source: str) -> None:
    began = time.process_time()
    analyse(source)
    assert time.process_time() - began < 8


def test_every_line_ending_is_one() -> None:
    names = analyse("#| label: a\r\nx = 1\r\ny = '''a\rb'''\rz = x;\r\n")
    assert names.binds == words("x y z")
    assert names.source == "x = 1\ny = 'a\\nb'\nz = x;"


def test_doubtful_code_is_taken_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    assert analyse("x = '\\d' if x is 1 else ()()").reads == {"x"}
    assert not recwarn.list


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, pressrun.build.names; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"IPython", "pandas", "numpy", "nbformat", "yaml"} & set(loaded)
