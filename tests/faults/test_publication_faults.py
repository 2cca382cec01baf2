"""Builders that are killed, doubled, out of disk or overtaken by their author: readers see the old site or the new."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.build.lock import Lock
from pressrun.build.outcomes import Outcome
from pressrun.errors import BuildError, PressrunError

if TYPE_CHECKING:
    from tests.conftest import Study

QUERY = "import pressrun as pr\nruns = pr.runs('runs/')"


def kill_builders(study: Study, *arguments: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    script = Path(__file__).parent / "killed_builder.py"
    done = subprocess.run(
        [sys.executable, str(script), str(study.root), *arguments], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stderr
    assert "last" in lines[-1], done.stderr
    return lines[:-1], lines[-1]


def test_a_builder_killed_at_any_write_leaves_the_old_site_or_the_new_one(study: Study) -> None:
    study.paper("md:", "1 + 1", toml='formats = ["html", "ipynb"]')
    kills, last = kill_builders(study, "points")
    assert len(kills) > 50
    assert {kill["state"] for kill in kills} == {"old", "new"}
    assert all(kill["lock"] for kill in kills)
    assert last == {"last": 0, "shown": "last", "left": []}


@pytest.mark.slow
def test_a_builder_killed_at_random_moments_leaves_the_old_site_or_the_new_one(study: Study) -> None:
    study.paper("md:", "1 + 1")
    kills, last = kill_builders(study, "moments", "1.5", "50")
    assert len(kills) == 50
    assert {kill["state"] for kill in kills} <= {"old", "new"}
    assert last == {"last": 0, "shown": "last", "left": []}


@pytest.mark.slow
def test_a_lock_that_a_killed_builder_did_not_come_to_write_is_written_by_the_next(study: Study) -> None:
    study.record("a", 0.9)
    study.paper(QUERY)
    study.built()
    path = study.root / "papers" / "demo" / "paper.lock"
    old, new_run = path.read_text(), study.record("b", 0.8)
    from pressrun.runs.pins import Mode

    study.built(mode=Mode.UPDATE)
    new = path.read_text()
    assert new_run in new
    # As it is when the builder was killed after the switch: its note is there, and the lock of before.
    lock = Lock.read(path)
    assert lock is not None
    path.write_text(old)
    (study.root / ".pressrun" / "locks" / "demo.pending").write_text(lock.digest)
    assert study.built().outcome is Outcome.CURRENT
    assert path.read_text() == new
    # Without the note it is the author who took the lock back, and is obeyed.
    path.write_text(old)
    result = study.built()
    assert result.outcome is Outcome.PUBLISHED
    assert path.read_text() == old
    assert [run["name"] for run in result.queries[0]["runs"]] == ["a"]


@pytest.mark.slow
def test_two_builders_of_one_paper_take_turns(study: Study) -> None:
    study.paper("import time\ntime.sleep(1)")
    builders = [study.start("build", "--json"), study.start("build", "--json")]
    outcomes, errors = [], ""
    for builder in builders:
        out, err = builder.communicate(timeout=60)
        outcomes.append(json.loads(out)["papers"][0]["outcome"])
        errors += err
    assert sorted(outcomes) == ["current", "published"]
    assert "another build is at work on it" in errors


def test_the_lock_of_a_dead_builder_holds_nobody_up(study: Study) -> None:
    study.paper("import time\ntime.sleep(30)")
    builder = study.start("build")
    deadline = time.monotonic() + 20
    while not list((study.root / ".pressrun").glob("scratch/demo~*/context.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    builder.send_signal(signal.SIGKILL)
    builder.communicate()
    study.paper("1 + 1")
    began = time.monotonic()
    assert study.built().version == 1
    assert time.monotonic() - began < 15


@pytest.mark.slow
def test_an_interrupted_build_leaves_nothing_behind(study: Study) -> None:
    import psutil

    study.paper("import subprocess\nsubprocess.run(['sleep', '4321.5'])")
    builder = study.start("build")
    deadline = time.monotonic() + 20
    while not [p for p in psutil.process_iter(["cmdline"]) if "4321.5" in (p.info["cmdline"] or [])]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    builder.terminate()
    builder.communicate(timeout=20)
    assert builder.returncode == 128 + signal.SIGTERM
    assert not [p for p in psutil.process_iter(["cmdline"]) if "4321.5" in (p.info["cmdline"] or [])]
    assert not list((study.root / ".pressrun" / "scratch").iterdir())
    assert not (study.root / "site").exists()


def test_a_notebook_edited_during_its_build_survives_and_the_result_is_stale(study: Study) -> None:
    path = study.paper(
        "from pathlib import Path\np = Path('paper.ipynb')\np.write_text(p.read_text().replace('PRO'+'SE', 'EDITED'))",
        "md:PROSE",
    )
    result = study.built()
    assert any("notebook: was edited; build again" in line for line in result.log)
    assert "EDITED" in path.read_text()
    assert "PROSE" in study.page()
    again = study.built()
    assert again.outcome is Outcome.PUBLISHED
    assert "EDITED" in study.page()


@pytest.mark.slow
def test_a_full_disk_is_an_error_that_leaves_everything_readable(study: Study) -> None:
    study.paper("1 + 1")
    study.built()
    before = study.publication
    study.paper("print('x' * 300_000)", toml='formats = ["html", "ipynb"]')
    with_new_notebook = {**before, "papers/demo/paper.ipynb": study.publication["papers/demo/paper.ipynb"]}

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    builder = study.start("build", "--json", preexec=limit)
    out, err = builder.communicate(timeout=60)
    document = json.loads(out)["papers"][0]
    assert builder.returncode == 3, err
    assert document["error"]["kind"] in {BuildError.__name__, "ExportError"}
    assert "File too large" in document["error"]["what"]
    assert study.publication == with_new_notebook
    assert study.built().version == 2


def test_a_failed_exporter_leaves_lock_site_and_notebook_as_they_were(study: Study) -> None:
    study.record("a", 0.9)
    study.paper(QUERY)
    study.built()
    study.record("b", 0.9)
    study.paper(QUERY, "md:See @fig-nowhere.")
    before = study.publication
    from pressrun.runs.pins import Mode

    result = study.build(mode=Mode.UPDATE)
    assert isinstance(result.error, PressrunError)
    assert "fig-nowhere" in str(result.error)
    assert study.publication == before
