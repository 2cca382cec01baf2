"""`pressrun build --watch`: saves, runs and mended errors lead to builds, and nothing but Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.conftest import Study

pytestmark = pytest.mark.slow

QUERY = "import pressrun as pr\nruns = pr.runs('runs/')\nacc = pr.value(runs, 'test/acc')"


class Watching:
    """A watch at work, and what it tells a program."""

    def __init__(self, study: Study, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            study.line("build", "--watch", "--progress", "json", *arguments),
            cwd=study.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
        self.events: list[dict[str, Any]] = []
        self._told = 0
        self._reader = threading.Thread(target=self._hear)
        self._reader.start()

    def next(self, seconds: float = 60) -> dict[str, Any] | None:
        """Wait for the next event; None if there is none within so many seconds."""
        deadline = time.monotonic() + seconds
        while len(self.events) <= self._told:
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)
        self._told += 1
        return self.events[self._told - 1]

    def built(self, paper: str = "demo") -> dict[str, Any]:
        """Wait for a paper to have been built, and give the result."""
        while (event := self.next()) is not None:
            if event["event"] == "built" and event["paper"] == paper:
                return event["result"]  # type: ignore[no-any-return]
        raise AssertionError(self.events)

    def until_said(self, text: str) -> None:
        """Wait for a line for people."""
        deadline = time.monotonic() + 60
        while not any(text in event.get("line", "") for event in list(self.events)):
            assert time.monotonic() < deadline, self.events
            time.sleep(0.05)

    def end(self) -> int:
        """End it as Ctrl-C does, and give its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join()
        assert self.process.stdout is not None
        assert self.process.stdout.read() == ""
        return code

    def _hear(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.events.append(json.loads(line))


@pytest.fixture
def watch(study: Study) -> Iterator[Any]:
    begun: list[Watching] = []

    def begin(*arguments: str) -> Watching:
        begun.append(Watching(study, *arguments))
        return begun[-1]

    yield begin
    for watching in begun:
        if watching.process.poll() is None:
            watching.end()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_save_leads_to_a_build_that_says_why_and_ctrl_c_ends_it_well(study: Study, watch: Any) -> None:
    path = study.paper("print('first')")
    study.paper("1", name="other")
    watching = watch()
    assert watching.next() == {"event": "watching", "papers": ["demo", "other"]}
    assert watching.built()["version"] == 1
    assert watching.built("other")["version"] == 1
    edit(path, "first", "second")
    result = watching.built()
    assert result["version"] == 2
    assert result["stale"] == [{"what": "notebook", "reason": "1 cell changed"}]
    # What is saved and says the same is looked at, and not built.
    path.touch()
    assert watching.built()["outcome"] == "current"
    assert watching.next(3) is None
    assert watching.end() == 0


def test_a_burst_of_saves_is_one_build_and_saves_during_a_build_are_one_more(study: Study, watch: Any) -> None:
    path = study.paper("import time\nopen('begun', 'a').write('x')\ntime.sleep(2)\nprint(0)")
    begun = path.parent / "begun"
    watching = watch()
    assert watching.built()["version"] == 1
    for number in range(1, 11):
        edit(path, f"print({number - 1})", f"print({number})")
        time.sleep(0.02)
    while len(begun.read_text()) < 2:
        time.sleep(0.05)
    for number in range(11, 14):
        edit(path, f"print({number - 1})", f"print({number})")
        time.sleep(0.1)
    assert [watching.built()["version"], watching.built()["version"]] == [2, 3]
    assert watching.next(3) is None
    assert begun.read_text() == "xxx"
    assert "13" in study.page()


def test_new_runs_are_announced_and_taken_in_by_an_update(study: Study, watch: Any) -> None:
    study.record("a", 0.9)
    study.paper(QUERY, "md:It is `{python} acc`.")
    keeping = watch()
    assert keeping.built()["version"] == 1
    study.record("b", 0.7)
    result = keeping.built()
    assert result["outcome"] == "current"
    assert result["log"] == ["1 new run matches query runs/; --update takes new runs in"]
    assert keeping.end() == 0

    updating = watch("--update")
    assert updating.built()["version"] == 2
    study.record("c", 0.5)
    while (result := updating.built())["version"] != 3:
        assert result["outcome"] == "current"
    assert [run["name"] for run in result["queries"][0]["runs"]] == ["a", "b", "c"]
    assert "1 run new: c" in result["stale"][0]["reason"]


def test_a_failing_paper_is_built_again_when_what_it_failed_for_is_mended(study: Study, watch: Any) -> None:
    path = study.paper("import helper\nprint(helper.answer())")
    helper = study.root / "helper.py"
    helper.write_text("def answer():\n    return wrong\n")
    watching = watch()
    result = watching.built()
    assert "NameError" in result["error"]["what"]
    # Nothing is known yet of the files that the paper reads.
    helper.write_text("def answer():\n    return 41\n")
    assert watching.built()["version"] == 1
    edit(path, "helper.answer()", "helper.question()")
    assert watching.built()["outcome"] == "failed"
    edit(path, "helper.question()", "helper.answer()")
    assert watching.built()["outcome"] == "current"
    # Nor of the runs that it has begun to ask for.
    edit(path, "import helper", "import pressrun as pr\\nassert len(pr.runs('runs/')) == 1\\nimport helper")
    assert watching.built()["outcome"] == "failed"
    study.record("a", 0.9)
    assert watching.built()["version"] == 2


def test_what_happens_to_papers_and_sources_does_not_end_the_watch(study: Study, watch: Any) -> None:
    study.record("a", 0.9)
    path = study.paper(QUERY)
    watching = watch()
    assert watching.built()["version"] == 1
    toml = path.parent / "paper.toml"
    toml.write_text("formats = [")
    watching.until_said("cannot be read")
    toml.write_text('formats = ["ipynb"]\n')
    watching.until_said("can be read again")
    while watching.built()["version"] != 2:
        pass
    (study.root / "runs").rename(study.root / "away")
    assert watching.built()["error"]["kind"] == "SourceNotFoundError"
    (study.root / "away").rename(study.root / "runs")
    assert watching.built()["outcome"] == "current"
    # As after the clock was set back.
    edit(path, "acc =", "accuracy =")
    os.utime(path, (1, 1))
    assert watching.built()["version"] == 3
    (study.root / "pressrun.toml").write_text("title = [")
    watching.until_said("pressrun.toml: cannot be read")
    (study.root / "pressrun.toml").write_text('title = "Mended"\n')
    path.parent.rename(study.root / "papers" / "renamed")
    watching.until_said("demo: paper.ipynb is gone")
    assert watching.built("renamed")["version"] == 1
    assert watching.end() == 0


def test_a_file_that_each_build_writes_anew_does_not_keep_it_busy(study: Study, watch: Any) -> None:
    write = "import subprocess\nsubprocess.run('date +%N > stamp.txt', shell=True, check=True)"
    study.paper(write, "print(open('stamp.txt').read())")
    watching = watch()
    watching.until_said("stamp.txt is another after each build")
    while watching.next(3) is not None:
        pass
    assert watching.end() == 0


def test_nothing_is_left_of_a_build_at_which_ctrl_c_came(study: Study, watch: Any) -> None:
    path = study.paper("import os\nopen('begun', 'w').write(str(os.getpid()))\nimport time\ntime.sleep(61.5)")
    begun = path.parent / "begun"
    watching = watch("demo")
    while not (begun.exists() and begun.read_text()):
        assert watching.process.poll() is None
        time.sleep(0.05)
    kernel = int(begun.read_text())
    started = [process.pid for process in psutil.Process(watching.process.pid).children(recursive=True)]
    assert kernel in started
    assert watching.end() == 0
    assert not any(map(psutil.pid_exists, started))
    assert list((study.root / ".pressrun" / "scratch").iterdir()) == []


def test_people_read_what_changed_how_long_it_took_and_of_new_runs_once(study: Study) -> None:
    study.record("a", 0.9)
    path = study.paper(QUERY, "md:It is `{python} acc`.")
    process = study.start("build", "--watch")
    assert process.stdout is not None
    lines = iter(process.stdout)

    def until(text: str) -> str:
        return next(line for line in lines if text in line)

    assert next(lines) == "watching 1 paper; Ctrl-C ends it\n"
    until("demo: published, version 1 (")
    study.record("b", 0.7)
    assert until("new run") == "demo: 1 new run matches query runs/; --update takes new runs in\n"
    edit(path, "runs =", "runs = 1 / 0 #")
    until("demo: failed (")
    assert next(lines) == "  ~ papers/demo/paper.ipynb: changed\n"
    edit(path, "runs = 1 / 0 #", "runs =  ")
    until("demo: published, version 2 (")
    assert next(lines) == "  ~ notebook: 1 cell changed\n"
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "new run" not in rest
    assert "ZeroDivisionError" in errors


def test_a_watch_begins_anew_with_the_packages_that_are_installed_meanwhile(study: Study, tmp_path: Path) -> None:
    study.paper("import sys\nprint(sorted(path for path in sys.path if 'installed' in path))")
    (tmp_path / "installed").mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "installed"), *sys.path])}
    watching = Watching(study, env=environment)
    assert watching.built()["version"] == 1
    (tmp_path / "installed" / "extra-1.0.dist-info").mkdir()
    watching.until_said("begins anew")
    assert watching.built()["stale"][0]["what"] == "environment"
    assert watching.end() == 0


def test_what_a_watch_cannot_do_is_a_usage_error(study: Study) -> None:
    study.paper("1")
    for option in ("--frozen", "--json"):
        done = study.command("build", "--watch", option)
        assert done.returncode == 2
        assert "--watch" in done.stderr
