"""`pressrun build -j N`: papers that are built at once, each in a process of its own that the imports were made for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from pressrun.sources.run_folder import RACY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Study

#: What executing and publishing a paper takes, and seeing that it is current does not.
HEAVY = {"numpy", "pandas", "pyarrow", "nbformat", "nbclient", "nbconvert", "papermill", "jsonschema", "zmq"}


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sleeper(study: Study, name: str) -> Path:
    """A paper that says which process its kernel is, and sleeps. Gives where it says so."""
    path = study.paper(
        "import os\nopen('begun', 'w').write(str(os.getpid()))\nimport time\ntime.sleep(61.25)", name=name
    )
    return path.parent / "begun"


def pids(*begun: Path) -> list[int]:
    return [int(path.read_text()) for path in begun]


def has_begun(*begun: Path) -> bool:
    return all(path.exists() and path.read_text() for path in begun)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_papers_of_which_none_changed_load_nothing_that_builds_need(study: Study) -> None:
    study.record("svm", 0.9)
    for name in ("a", "b", "c"):
        study.paper("import pressrun as pr\nlen(pr.runs('runs/'))", name=name)
    time.sleep(RACY_SECONDS)
    assert study.command("build", "-j", "2").returncode == 0
    # Every process that this one forks says at its end what it has loaded.
    code = (
        "import multiprocessing.process, os, sys\n"
        f"heavy = {HEAVY!r}\n"
        "def say(): os.write(2, f'{sorted(heavy & set(sys.modules))}\\n'.encode())\n"
        "build = multiprocessing.process.BaseProcess.run\n"
        "multiprocessing.process.BaseProcess.run = lambda self: (build(self), say())\n"
        "from pressrun.cli.main import run; assert run(['build', '-j', '2']) == 0\n"
        "say()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=study.root, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["[]"] * 4
    assert done.stdout.splitlines()[-1] == "3 papers: 3 current"


@pytest.mark.slow
def test_results_come_as_they_are_there_and_stand_in_the_papers_order(study: Study) -> None:
    study.paper("import time\ntime.sleep(4)", name="a")
    study.paper("1", name="b")
    study.paper("1 / 0", name="c")
    done = study.command("build", "-j", "2", "--json", "--progress", "json")
    assert done.returncode == 3
    documents = json.loads(done.stdout)["papers"]
    assert [(each["paper"], each["outcome"]) for each in documents] == [
        ("a", "published"), ("b", "published"), ("c", "failed"),
    ]  # fmt: skip
    told = [json.loads(line) for line in done.stderr.splitlines()]
    for name in ("a", "b", "c"):
        phases = [event["phase"] for event in told if event["paper"] == name and event["event"] == "phase"]
        assert phases[:2] == ["reading", "executing"]
        assert len(phases) == len(set(phases))
        assert [event["number"] for event in told if event["paper"] == name and event["event"] == "cell started"]

    done = study.command("build", "-j", "2", "--force")
    order = [line.split()[1] for line in done.stdout.splitlines() if line[:1] in "✓✗"]
    # It took longest last time, so it is begun first; and whoever waits hears of the others before it is done.
    assert order[-1] == "a:"
    assert done.stdout.splitlines()[-1] == "3 papers: 2 published, 1 failed: c"
    assert "c: ✗ c0" in done.stderr


def builder_of(command: subprocess.Popen[str], paper: str) -> int:
    """The builder of a command that holds a paper's lock."""
    children = psutil.Process(command.pid).children()
    (found,) = [each for each in children if any(file.path.endswith(f"/{paper}.lock") for file in each.open_files())]
    return found.pid


@pytest.mark.slow
def test_a_killed_builder_is_named_and_the_others_go_on(study: Study) -> None:
    begun = sleeper(study, "a")
    study.paper("1", name="b")
    study.paper("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", name="c")
    command = study.start("build", "-j", "2", "--json")
    wait_until(lambda: has_begun(begun))
    (kernel,) = pids(begun)
    os.kill(builder_of(command, "a"), signal.SIGKILL)
    answer, errors = command.communicate(timeout=60)
    assert command.returncode == 3
    found = {each["paper"]: each for each in json.loads(answer)["papers"]}
    assert {name: found[name]["outcome"] for name in found} == {"a": "failed", "b": "published", "c": "failed"}
    assert found["a"]["error"]["where"] == "papers/a/paper.ipynb"
    assert "killed by SIGKILL" in found["a"]["error"]["what"]
    assert found["c"]["error"]["kind"] == "KernelDiedError"
    assert "Traceback" not in errors
    # Its kernel and its scratch space are cleared up by the command.
    assert is_gone(kernel)
    assert list((study.root / ".pressrun" / "scratch").iterdir()) == []


@pytest.mark.slow
def test_nothing_is_left_of_builders_whose_command_was_killed(study: Study) -> None:
    begun = [sleeper(study, "a"), sleeper(study, "b")]
    command = study.start("build", "-j", "2")
    wait_until(lambda: has_begun(*begun))
    kernels = pids(*begun)
    builders = [builder_of(command, name) for name in ("a", "b")]
    assert len({*builders, *kernels, command.pid}) == 5
    started = [process.pid for process in psutil.Process(command.pid).children(recursive=True)]
    assert {*builders, *kernels} <= set(started)
    command.kill()
    command.communicate()
    wait_until(lambda: all(map(is_gone, started)), 20)
    assert list((study.root / ".pressrun" / "scratch").iterdir()) == []


@pytest.mark.slow
def test_a_file_of_the_projects_that_is_called_like_a_library_is_not_loaded_by_builders(study: Study) -> None:
    for name in ("papermill", "nbconvert", "pypandoc"):
        (study.root / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    for name in ("a", "b"):
        study.paper("1", name=name)
    line = [str(Path(sys.executable).with_name("pressrun")), "build", "-j", "2"]
    done = subprocess.run(line, cwd=study.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_where_nothing_can_be_forked_builders_start_from_nothing(study: Study) -> None:
    study.paper("1", name="a")
    study.paper("1 / 0", name="b")
    code = (
        "from pressrun.cli.builders import Builders\n"
        "from pressrun.cli.progress import LineBoard\n"
        "from pressrun.cli.request import Request\n"
        "from pressrun.build.paper import Paper\n"
        "from pressrun.project import Project\n"
        "if __name__ == '__main__':\n"
        "    with Builders(2, LineBoard(), forks=False) as builders:\n"
        "        for paper in Paper.find([], Project.find()):\n"
        "            builders.submit(paper, Request())\n"
        "        while builders.busy:\n"
        "            for built in builders.step(1.0):\n"
        "                print(built.paper.name, built.document['outcome'])\n"
    )
    script = study.root / "elsewhere.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, str(script)], cwd=study.root, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == ["a published", "b failed"]
    assert "b: ✗ c0" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("columns", [40, 80])
def test_a_terminal_shows_every_paper_at_work_in_its_width(study: Study, columns: int) -> None:
    for name in ("a", "a-paper-with-a-name-that-is-far-too-long-for-a-narrow-terminal"):
        study.paper(
            "#| label: lst-of-which-the-name-is-long\n#| lst-cap: Code\n#| echo: true\nimport time\ntime.sleep(1)",
            name=name,
        )
    line = " ".join(study.line("build", "-j", "2"))
    # Where the tests run, COLUMNS and LINES may say how wide another terminal is.
    around = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    done = subprocess.run(
        ["script", "-qec", f"stty cols {columns} rows 20; {line}", "/dev/null"],
        cwd=study.root, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        env={**around, "TERM": "xterm"},
    )  # fmt: skip
    shown = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", part) for part in re.split(r"[\r\n]+", done.stdout)]
    bars = [part for part in shown if re.search(r"\d/\d +\d:\d\d:\d\d", part)]
    assert any(part.startswith("all") for part in bars)
    assert any(part.startswith("a-paper") for part in bars)
    assert max(map(len, bars)) <= columns
    assert done.stdout.rstrip().endswith("2 papers: 2 published")
