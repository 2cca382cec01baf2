"""Random papers and random edits of them, executed incrementally and cleanly, each in a process forked for it.

The cells touch names, objects that several names share, functions, the project's modules, files, runs, variables,
settings and random numbers: whatever could make an incremental result differ from a clean one.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sys
import time
import traceback
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import IPython.core.interactiveshell
import nbformat
import numpy as np
import pandas as pd

import pressrun
from pressrun.build.inline import find_expressions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = "abcdef"

#: Of cells: {n}, {m} and {k} are names, {v} a number, {f} a file, {q} a query.
CELLS = (
    "{n} = {v}",
    "{n} = [{v}]",
    "{n} = {{'x': {v}}}",
    "{n} = {m}",
    "{n} = [{m}, {k}]",
    "{n}, {m} = {v}, [{v}]",
    "{n} = ({m} if {v} > 4 else {k})",
    "{n}.append({v})",
    "{n}['x'] = {v}",
    "{n}[0] = {v}",
    "{n} += {v}",
    "{n} += [{v}]",
    "del {n}",
    "print({n})",
    "{n}",
    "print({n}, {m})",
    "({n}, {m}, {k})",
    "for _each in range(2):\n    {n} = _each + {v}",
    "if {v} > 4:\n    {n} = {v}\nelse:\n    {m} = {v}",
    "def f():\n    return {n}",
    "def f():\n    global {n}\n    {n} = {v}\n    return {m}",
    "def g(x=[{v}]):\n    x.append({v})\n    return list(x)",
    "f()",
    "g()",
    "{n} = f",
    "{n} = f()",
    "{n}()",
    "h = lambda: ({n}, {m})\nh()",
    "class C:\n    held = [{v}]\n    def get(self):\n        return {n}",
    "{n} = C()",
    "C.held.append({v})\nC.held",
    "C().get()",
    "{n}.z = {v}",
    "vars({n})",
    "import one\n{n} = one.value()",
    "import two",
    "from two import bump\nbump()",
    "import two\ntwo.count()",
    "from one import value\nvalue() + {v}",
    "open('{f}').read()",
    "{n} = open('{f}').read()",
    "open('made.txt', 'w').write(str({n}))",
    "open('made.txt').read()",
    "import os\nos.makedirs('out', exist_ok=True)\nopen('out/{v}.txt', 'w').write('{v}')",
    "import os\nos.listdir('out')",
    "import two\ntwo.keep({n})",
    "import two\ntwo.extend()",
    "import three\n{n} = three.VALUE",
    "import warnings\nwarnings.warn('once {v}')",
    "import os\nsorted(os.listdir('data'))",
    "import os\nos.environ.get('SETTING')",
    "import os\nos.environ['SETTING'] = '{v}'",
    "import random\nrandom.seed({v})",
    "import random\nrandom.random()",
    "import numpy as np\n{n} = np.array([{v}, 1])",
    "import numpy as np\nnp.random.seed({v})\n{n} = np.random.rand()",
    "import numpy as np\nrng = np.random.default_rng({v})",
    "rng.random()",
    "{n}[0] += {v}\n{n}",
    "{n} *= {v}",
    "import pandas as pd\n{n} = pd.DataFrame({{'x': [{v}, 2]}})",
    "{n}.loc[0, 'x'] = {v}",
    "{n}['y'] = {n}['x'] * {v}\n{n}",
    "{n}.query('x > @{m}')",
    "import pandas as pd\npd.set_option('display.max_columns', {v})",
    "exec('{n} = {v}')",
    "globals()['{n}']",
    "eval('{n}')",
    "%env OTHER={v}",
    "{n} = {v}\n%env SETTING",
    "import pressrun as pr\n{n} = pr.runs('runs/'{q})",
    "import pandas as pd\nimport pressrun as pr\n{n} = len(pr.runs('runs/'{q}))",
    "import numpy as np\nimport one\n{n} = one.value()",
    "{n} = np.arange({v}).tolist()",
    "{n} = pd.Series([{v}]).tolist()",
    "np = [{v}]",
    "import one as np",
    "len({n})",
    "[run.name for run in {n}]",
    "{n}[0].config['x'] = {v}\n{n}[0].config",
    "pr.value({n}, 'test/acc')",
    "#| cache: false\nprint({n})",
    "1 / 0",
    "# only a comment {v}",
    "md:{n} is `{{python}} {n}` and `{{python}} len({m})`, {v}",
    "md:Only text {v}.",
)  # fmt: skip

QUERIES = ("", ", where=\"config.model == 'svm'\"", ', where="config.seed == 1"')


@dataclass
class Sequence:
    """One paper as it is being edited.

    Parameters
    ----------
    root
        Of the project.
    seed
        Of the edits.
    """

    root: Path
    seed: int
    chance: random.Random = field(init=False)
    cells: list[tuple[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        (self.root / "papers" / "demo" / "data").mkdir(parents=True)
        (self.root / "pressrun.toml").write_text('title = "A study"\n')
        for name in ("one.txt", "two.txt"):
            self.write(f"papers/demo/{name}")
        self.write_module("one")
        self.write_module("two")
        (self.root / "three.py").write_text("print('three is loaded')\nVALUE = [3]\n")
        for _ in range(2):
            self.add_run()
        for _ in range(self.chance.randint(4, 9)):
            self.add_cell()

    # -- edits -----------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Make one edit, or a few."""
        kinds = [self.add_cell] * 3 + [self.change_cell] * 4 + [self.remove_cell, self.move_cell, self.touch]
        kinds += [self.add_run, self.remove_run, self.change_file, self.change_module, self.change_variable]
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            self.chance.choice(kinds)()

    def source(self) -> str:
        pick = self.chance.choice
        return pick(CELLS).format(
            n=pick(NAMES), m=pick(NAMES), k=pick(NAMES), v=pick((1, 2, 3, 5, 7)),
            f=pick(("one.txt", "two.txt", "data/x.txt")), q=pick(QUERIES),
        )  # fmt: skip

    def add_cell(self) -> None:
        self.made += 1
        source = self.source()
        self.cells.insert(self.chance.randint(0, len(self.cells)), (f"c{self.made}", source))
        self.log.append(f"add c{self.made}: {source!r}")

    def change_cell(self) -> None:
        if self.cells:
            place = self.chance.randrange(len(self.cells))
            self.cells[place] = (self.cells[place][0], self.source())
            self.log.append(f"change {self.cells[place][0]}: {self.cells[place][1]!r}")

    def remove_cell(self) -> None:
        if len(self.cells) > 1:
            gone = self.cells.pop(self.chance.randrange(len(self.cells)))
            self.log.append(f"remove {gone[0]}")

    def move_cell(self) -> None:
        cell = self.cells.pop(self.chance.randrange(len(self.cells)))
        place = self.chance.randint(0, len(self.cells))
        self.cells.insert(place, cell)
        self.log.append(f"move {cell[0]} to {place}")

    def write(self, name: str) -> None:
        text = f"text {self.chance.randint(0, 9)}"
        (self.root / name).write_text(text)
        self.log.append(f"write {name}: {text}")

    def change_file(self) -> None:
        self.write(f"papers/demo/{self.chance.choice(('one.txt', 'two.txt', 'data/x.txt', 'data/y.txt'))}")

    def touch(self) -> None:
        (self.root / "papers" / "demo" / "one.txt").touch()

    def write_module(self, name: str) -> None:
        v = self.chance.randint(0, 9)
        other = "import two\n" if name == "one" and self.chance.random() < 0.5 else ""
        text = (
            f"{other}COUNT = [{v}]\n"
            f"def value():\n    return {v}\n"
            "def bump():\n    COUNT[0] += 1\n    return COUNT[0]\n"
            "def count():\n    return COUNT[0]\n"
            "KEPT = []\n"
            "def keep(it):\n    KEPT.append(it)\n"
            "def extend():\n    for it in KEPT:\n        it.append(9)\n    return len(KEPT)\n"
        )
        (self.root / f"{name}.py").write_text(text)
        self.log.append(f"module {name}: {v} {other!r}")

    def change_module(self) -> None:
        self.write_module(self.chance.choice(("one", "two")))

    def change_variable(self) -> None:
        os.environ["SETTING"] = str(self.chance.randint(0, 3))
        self.log.append(f"SETTING={os.environ['SETTING']}")

    def add_run(self) -> None:
        from pressrun.recording.active import start_run

        self.made += 1
        config = {"model": self.chance.choice(("svm", "tree")), "seed": self.chance.randint(0, 2)}
        with start_run(name=f"r{self.made}", config=config, folder=self.root / "runs", resources=False) as run:
            run.summary["test/acc"] = self.chance.randint(0, 99) / 100
        self.log.append(f"run r{self.made}: {config}")

    def remove_run(self) -> None:
        runs = sorted((self.root / "runs").iterdir())
        if len(runs) > 1:
            shutil.rmtree(self.chance.choice(runs))
            self.log.append("remove a run")

    # -- executions ------------------------------------------------------------------------------------------------

    def notebook(self) -> Any:
        from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

        cells = []
        for name, source in self.cells:
            if source.startswith("md:"):
                cells.append(new_markdown_cell(source[3:], id=name))
            else:
                cells.append(new_code_cell(source, id=name, metadata={"tags": ["raises-exception"]}))
        return new_notebook(cells=cells)

    def check(self) -> dict[str, list[str]]:
        """Execute the paper incrementally, then cleanly from where that began; give what ran, and why.

        Raises
        ------
        AssertionError
            If they differ in what any cell shows, or in what they leave on the disk.
        """
        folder = self.root / "papers" / "demo"
        before = _kept(folder)
        found = self.executed(remembering=True)
        left = _kept(folder)
        (folder / "made.txt").unlink(missing_ok=True)
        shutil.rmtree(folder / "out", ignore_errors=True)
        for name, text in before.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        clean = self.executed(remembering=False)
        self.log.append(f"  ran {found['ran']}")
        told = "\n".join([f"seed {self.seed}", *self.log])
        for (name, source), one, other in zip(self.cells, found["cells"], clean["cells"], strict=True):
            assert one == other, f"{told}\n{name}: {source}"
        assert left == _kept(folder), told
        ran: dict[str, list[str]] = found["ran"]
        return ran

    def executed(self, *, remembering: bool) -> dict[str, Any]:
        """Execute the paper in a process of its own, and give what its cells show and which of them ran."""
        if not remembering:
            return self._forked(lambda: execute_cleanly(self.root, self.notebook()))
        found = self._forked(lambda: execute_remembering(self.root, self.notebook(), whole=False))
        if "surprise" in found:
            self.log.append(f"  surprise: {found['surprise']}")
            found = self._forked(lambda: execute_remembering(self.root, self.notebook(), whole=True))
        return found

    def _forked(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(read)
                with os.fdopen(write, "w") as pipe:
                    json.dump(work(), pipe)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(write)
        with os.fdopen(read) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        assert status == 0, "\n".join(self.log)
        found: dict[str, Any] = json.loads(text)
        return found


def _kept(folder: Path) -> dict[str, str]:
    """Give what the paper's cells have written, by name."""
    paths = [folder / "made.txt", *(folder / "out").glob("*")]
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in paths if path.exists()}
    return {name: _ADDRESS.sub("0x", text) for name, text in texts.items()}


def _prepared(root: Path) -> tuple[Any, Any]:
    """Make this process a kernel of the paper; give its shell and its surroundings."""
    from IPython.core.interactiveshell import InteractiveShell

    from pressrun.build.paper import Paper
    from pressrun.build.surroundings import Surroundings
    from pressrun.project import Project
    from pressrun.runs.pins import BUILD_ENV, Context, Mode

    (root / "papers" / "demo" / "paper.ipynb").write_text("{}")
    paper = Paper.load(root / "papers" / "demo", Project.find(root))
    os.chdir(paper.folder)
    # What nobody seeds is another each time, and would hide what this is about.
    random.seed(0)
    np.random.seed(0)
    sys.path[:0] = [str(paper.folder), str(root)]
    context = Context.of(Mode.UPDATE, root)
    context.write(root / "context.json")
    os.environ[BUILD_ENV] = str(root / "context.json")
    fixed = dict.fromkeys(("pressrun", "python", "environment", "kernel", "project"), "as ever")
    around = Surroundings(paper, fixed, context, dict(os.environ), {})
    shell = InteractiveShell.instance(colors="NoColor", history_length=0)
    shell.history_manager.enabled = False
    shell.showtraceback = lambda *_args, **_options: None
    # A kernel, to which the observer says that a cell has run; nobody waits for that here.
    shell.kernel = SimpleNamespace(iopub_socket=None, send_response=lambda *_: None)
    return shell, around


def execute_cleanly(root: Path, notebook: Any) -> dict[str, Any]:
    """Execute all cells in this very process."""
    from pressrun.build.cell_content import cells_of

    shell, around = _prepared(root)
    for cell in cells_of(notebook, around):
        _run(shell, notebook.cells[cell.place])
    return {"cells": list(map(_shown, notebook.cells))}


def execute_remembering(root: Path, notebook: Any, *, whole: bool) -> dict[str, Any]:
    """Execute in this very process the cells that have to run."""
    from pressrun.build.cell_content import content_of, restore_content
    from pressrun.build.cell_memory import CellMemory, SurpriseError
    from pressrun.build.cell_plan import Planner
    from pressrun.build.cell_records import CellStore
    from pressrun.build.observer import Observer
    from pressrun.build.surroundings import OWN_VARIABLES

    shell, around = _prepared(root)
    memory = CellMemory(Planner(CellStore(root / "cells"), around))
    memory.plan(notebook)
    if whole:
        memory.run_all()
    observer = Observer(shell, str(root), OWN_VARIABLES)
    memory.begin(json.loads(observer.report(())))
    ran = {}
    try:
        for place, step in memory.steps.items():
            cell = notebook.cells[place]
            if not step.runs:
                restore_content(cell, memory.restore(place).content, step.cell.number)
                continue
            ran[cell.id] = [reason.said for reason in step.reasons]
            began = time.time()
            observer.begin()
            _run(shell, cell)
            report = json.loads(observer.report(memory.names_to_report(place)))
            mates = memory.observe(place, content_of(cell), report, began)
            memory.settle(place, json.loads(observer.report(mates))["prints"] if mates else {})
    except SurpriseError as error:
        return {"surprise": str(error)}
    memory.keep()
    return {"cells": list(map(_shown, notebook.cells)), "ran": ran}


def _run(shell: Any, cell: Any) -> None:
    from IPython.utils.capture import capture_output
    from nbformat.v4 import new_output

    if cell.cell_type == "markdown":
        found = find_expressions(cell.source)
        with capture_output() as captured:
            values = shell.user_expressions({str(n): one.expression for n, one in enumerate(found)})
        cell.metadata["user_expressions"] = [
            {"expression": one.expression, "result": {**values[str(n)], "traceback": []}} for n, one in enumerate(found)
        ]
        cell.metadata["pressrun"] = {"displayed": [output.data for output in captured.outputs]}
        return
    with capture_output() as captured:
        result = shell.run_cell(cell.source, store_history=False)
    outputs = [new_output("stream", name=name, text=text) for name, text in _texts(captured) if text]
    outputs += [new_output("display_data", data=output.data) for output in captured.outputs]
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        outputs.append(new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[]))
    cell.outputs = outputs


def _texts(captured: Any) -> list[tuple[str, str]]:
    return [("stdout", captured.stdout), ("stderr", captured.stderr)]


def _shown(cell: Any) -> Any:
    """Give what a cell shows, but for what is another each time."""
    from pressrun.build.cell_content import content_of

    return json.loads(_ADDRESS.sub("0x", json.dumps(content_of(cell))))


_ADDRESS = re.compile(r"0x[0-9a-f]+")

#: What kernels need is loaded once, and forked.
LOADED = (IPython, nbformat, np, pd, pressrun.runs, pressrun.value)
