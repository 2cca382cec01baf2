"""Kernels that are forked with the libraries there: a paper sees nothing that it would not see in an ordinary one."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.build.warm_start import kernel_parent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Study

#: Whether a kernel was forked, by the command line of the process above it.
IS_FORKED = "import os\n'warm_parent' in open(f'/proc/{os.getppid()}/cmdline').read()"

#: What a notebook can see of its kernel, as far as two kernels of one sort have it in common.
STATE = """
import gc, locale, os, random, resource, signal, sys, tempfile, threading, time, warnings
def state():
    return {
        "folder": os.getcwd(), "path": sys.path, "arguments": sys.argv, "command": sys.orig_argv,
        "flags": str(sys.flags), "main": sorted(vars(sys.modules["__main__"])),
        "environment": {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"},
        "seen": [e for e in open("/proc/self/environ").read().split("\\0") if e.startswith("PRESSRUN_BUILD=")],
        "filters": list(map(repr, warnings.filters)),
        "signals": [repr(signal.getsignal(n)) for n in signal.valid_signals()],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "streams": [(type(s).__name__, s.name, s.encoding, s.errors) for s in (sys.stdin, sys.stdout, sys.stderr)],
        "input": os.read(0, 1).decode(), "input again": sys.__stdin__.read(),
        "leads": os.getsid(0) == os.getpgid(0) == os.getpid(),
        "threads": sorted(type(t).__name__ for t in threading.enumerate()),
        "limits": [resource.getrlimit(n) for n in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
        "mask": [os.umask(0o22), os.umask(0o22)], "nice": os.nice(0),
        "locale": locale.setlocale(locale.LC_ALL), "zone": time.tzname, "temporary": tempfile.gettempdir(),
        "garbage": [gc.get_threshold(), gc.isenabled()],
        "hash": hash("a"), "recursion": sys.getrecursionlimit(), "switch": sys.getswitchinterval(),
        "hooks": [f.__module__ for f in sys.path_hooks], "tracing": [sys.gettrace(), sys.getprofile()],
        "libraries": sorted({"pandas", "matplotlib", "dateutil", "sklearn", "scipy", "numpy"} & sys.modules.keys()),
    }
import json
print(json.dumps(state(), default=str))"""
SETTINGS = """
import numpy, pandas, matplotlib, matplotlib.pyplot
print(numpy.get_printoptions(), numpy.geterr(), numpy.__config__.show(mode="dicts")["Build Dependencies"]["blas"])
print(sorted((k, repr(v)) for k, v in matplotlib.rcParams.items()), matplotlib.get_backend())
print(pandas.describe_option(_print_desc=False))
print(repr(numpy.linalg.inv(numpy.arange(40000.0).reshape(200, 200) % 17 + numpy.eye(200) * 50).sum()))"""
LATE = """
warnings.simplefilter("ignore")
import sklearn.linear_model
print(list(map(repr, warnings.filters)), {k: v for k, v in os.environ.items() if k.startswith("KMP")})
print(json.dumps(state(), default=str))"""


@pytest.fixture(scope="module")
def parent() -> Iterator[str]:
    """One process that all kernels of this module are forked from, as papers that are built at once have it."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    with kernel_parent() as address:
        yield address


@pytest.fixture
def warm(parent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSRUN_WARM", parent)


def printed(study: Study, *cells: str) -> list[str]:
    """Build a paper, and give what its cells print or show, without what names the build."""
    study.paper(*cells)
    # It is another one in each part of a test.
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    study.built(formats=("ipynb",), force=True)
    notebook = json.loads((study.root / "site" / "demo" / "paper.ipynb").read_text())
    shown = []
    for cell in notebook["cells"]:
        texts = ["".join(out.get("text", out.get("data", {}).get("text/plain", ""))) for out in cell["outputs"]]
        text = re.sub(r"demo~\w+", "demo~", "".join(texts))
        shown.append(re.sub(r"[^\"', ]*kernel?-?[\w-]*\.json|/tmp/tmp\w+\.json", "CONNECTION", text))
    return shown


def without_warmth(study: Study, monkeypatch: pytest.MonkeyPatch, *cells: str) -> list[str]:
    with monkeypatch.context() as patch:
        patch.setenv("PRESSRUN_WARM", "0")
        return printed(study, *cells)


@pytest.mark.usefixtures("warm")
def test_a_paper_sees_nothing_that_it_would_not_see_in_an_ordinary_kernel(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = (STATE, SETTINGS, STATE, LATE)
    ordinary = without_warmth(study, monkeypatch, *cells)
    forked = printed(study, *cells, IS_FORKED)
    assert forked.pop() == "True"
    assert [text.splitlines() for text in forked] == [text.splitlines() for text in ordinary]


@pytest.mark.usefixtures("warm")
def test_cells_are_remembered_alike_whichever_kernel_they_ran_in(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    study.record("a", 0.9)
    cells = (
        "import pressrun as pr\nruns = pr.runs('runs/')", "pr.value(runs, 'test/acc')",
        "import matplotlib.pyplot as plt\nplt.plot([1])", "import pandas, sklearn.linear_model",
    )  # fmt: skip
    from pressrun.build.cell_memory import CellMemory

    known: list[tuple[list[object], set[str]]] = []
    effects = CellMemory._effects

    def noting(self: CellMemory, cell: Any, report: Any) -> Any:
        found = effects(self, cell, report)
        known.append(([found.ambient, found.drawn, found.loaded, found.state], set(report["variables"])))
        return found

    monkeypatch.setattr(CellMemory, "_effects", noting)
    without_warmth(study, monkeypatch, *cells)
    ordinary, known = known, []
    printed(study, *cells)
    for (was, asked), (now, asks) in zip(ordinary, known, strict=True):
        assert now == was
        # A part of Python itself is loaded by whoever needs it first.
        assert asked <= asks <= {*asked, "PYTHONDOCS"}
    assert [result.outcome.word for result in study.built().cells[:2]] == ["current"] * 2


@pytest.mark.usefixtures("warm")
def test_no_kernel_finds_what_another_one_left_nor_its_random_numbers(study: Study) -> None:
    look = """import random, uuid, numpy, pandas
print(pandas.get_option("display.max_rows"), hasattr(numpy, "left"))
print(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), uuid.uuid4())"""
    leave = "pandas.set_option('display.max_rows', 7)\nnumpy.left = 1"
    (first, _, was), (second, _, now) = (printed(study, look, leave, IS_FORKED) for _ in range(2))
    assert (was, now) == ("True", "True")
    assert first.splitlines()[0] == second.splitlines()[0] == "60 False"
    assert not set(first.split()[2:]) & set(second.split()[2:])


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize(
    "first",
    [
        "import os\nos.environ['MPLBACKEND'] = 'svg'",
        "import os\nos.putenv('MPLBACKEND', 'svg')\nvars(os)['environ']._data[b'MPLBACKEND'] = b'svg'",
        "import helper",
    ],
)
def test_what_a_library_reads_while_it_is_imported_is_what_the_paper_has_set_before(
    study: Study, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study.root / "helper.py").write_text("import os\nname = 'MPL' + 'BACKEND'\nos.environ[name] = 'svg'\n")
    cells = (first, "import matplotlib\nmatplotlib.get_backend()", IS_FORKED)
    assert without_warmth(study, monkeypatch, *cells)[1] == printed(study, *cells)[1] == "'svg'"


@pytest.mark.usefixtures("warm")
def test_libraries_come_from_where_the_paper_has_them(study: Study) -> None:
    folder = study.root / "papers" / "demo"
    (study.root / "vendored" / "pandas").mkdir(parents=True)
    (study.root / "vendored" / "pandas" / "__init__.py").write_text("mine = True\n")
    path = "import sys\nsys.path.insert(0, '../../vendored')"
    assert printed(study, path, "import pandas\npandas.mine")[1] == "True"
    # Where another library is imported, an ordinary one would have failed to be.
    assert printed(study, path + "\nimport pandas", "pandas.mine")[1] == "True"
    folder.joinpath("matplotlibrc").write_text("font.size: 23.0\n")
    assert printed(study, "import matplotlib\nmatplotlib.rcParams['font.size']")[0] == "23.0"


def test_without_warmth_a_kernel_is_an_ordinary_one(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert without_warmth(study, monkeypatch, IS_FORKED) == ["False"]
    assert printed(study, IS_FORKED) == ["True"]


@pytest.mark.usefixtures("warm")
def test_another_environment_than_libraries_were_imported_in_is_an_ordinary_kernel_s(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING", "else")
    assert printed(study, IS_FORKED) == ["False"]
