"""`pressrun run`: any command becomes a run, and behaves as it would alone."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pressrun.records import Problem, Recorded, Status
from pressrun.sources.folder import FolderSource

PRESSRUN = str(Path(sys.executable).with_name("pressrun"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRESSRUN_RUN", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PRESSRUN, "run", *arguments], capture_output=True, text=True, check=False, **options)


def recorded(project: Path) -> dict[str, Recorded]:
    source = FolderSource("runs/", project)
    refs = list(source.refs())
    assert not [ref for ref in refs if isinstance(ref, Problem)]
    found = [source.read(ref.id) for ref in refs if not isinstance(ref, Problem)]
    return {each.run.name: each for each in found}


def script(project: Path, text: str) -> str:
    path = project / "train.py"
    path.write_text(text)
    return str(path)


def wait_for(text: str, path: Path) -> None:
    deadline = time.monotonic() + 20
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < deadline, f"{text!r} never came"
        time.sleep(0.02)


def test_a_command_in_any_language_is_recorded(project: Path) -> None:
    done = run("--name", "shell", "--tag", "k=v=w", "--seed", "7", "--", "sh", "-c", "echo out; echo err >&2; exit 0")
    assert (done.returncode, done.stdout) == (0, "out\n")
    lines = done.stderr.splitlines()
    assert lines[0] == "err"
    (each,) = recorded(project).values()
    assert each.run.id in lines[1]
    assert str(project / "runs" / each.run.id) in lines[1]
    assert each.run.status is Status.FINISHED
    assert each.run.name == "shell"
    assert each.run.tags == {"k": "v=w"}
    assert each.run.provenance.seed == 7
    assert each.run.provenance.exit_code == 0
    assert each.run.provenance.command[0] == "sh"
    assert each.run.provenance.packages
    output = (project / "runs" / each.run.id / "output.log").read_text()
    assert sorted(output.splitlines()) == ["err", "out"]


@pytest.mark.parametrize(
    ("command", "code", "status"),
    [
        ("exit 3", 3, Status.FAILED),
        ("kill -9 $$", 137, Status.KILLED),
        ("kill -TERM $$", 143, Status.KILLED),
        ("kill -SEGV $$", 139, Status.KILLED),
        ("(kill -9 $BASHPID); exit 137", 137, Status.KILLED),
    ],
)
def test_the_exit_code_is_the_commands_own(project: Path, command: str, code: int, status: Status) -> None:
    assert run("--", "bash", "-c", command).returncode == code
    (each,) = recorded(project).values()
    assert each.run.status is status
    assert each.run.provenance.exit_code == code


def test_arguments_after_the_command_are_the_commands(project: Path) -> None:
    done = run("sh", "-c", 'echo "$@"', "sh", "--name", "x", "-h")
    assert done.stdout == "--name x -h\n"


def test_one_json_document_on_stdout(project: Path) -> None:
    done = run("--json", "--name", "n", "--", "sh", "-c", "echo out; exit 4")
    assert done.returncode == 4
    assert done.stderr == "out\n"
    (each,) = recorded(project).values()
    assert json.loads(done.stdout)["run"] == {
        "id": each.run.id,
        "name": "n",
        "folder": str(project / "runs" / each.run.id),
        "status": "failed",
        "exit_code": 4,
    }


def test_a_command_that_is_missing_leaves_no_run(project: Path) -> None:
    done = run("--", "no-such-command")
    assert done.returncode == 2
    assert "no-such-command" in done.stderr
    assert not (project / "runs").exists()
    assert run("--tag", "novalue", "--", "true").returncode == 2
    assert run().returncode == 2


def test_a_command_that_cannot_start_leaves_a_failed_run(project: Path) -> None:
    path = project / "broken"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)
    done = run("--", "./broken")
    assert done.returncode == 2
    (each,) = recorded(project).values()
    assert each.run.status is Status.FAILED


def test_help_has_an_example(project: Path) -> None:
    assert "Example: pressrun run" in run("--help").stdout


INNER = """
import pressrun, sys
with pressrun.start_run("inner", {"C": 10, "seed": 3}, tags={"inner": "1"}) as run:
    for step in range(50): run.log({"loss": 1.0 / (1 + step)}, step=step)
    run.summary["acc"] = 0.5
    run.artifact_path("m.txt").write_text("m")
"""


def test_the_python_inside_joins_the_run(project: Path) -> None:
    done = run("--tag", "outer=2", "--", sys.executable, script(project, INNER + "sys.exit(5)"))
    assert done.returncode == 5
    (each,) = recorded(project).values()
    assert each.run.name == "inner"
    assert each.run.config == {"C": 10, "seed": 3}
    assert each.run.tags == {"outer": "2", "inner": "1"}
    assert each.run.metrics == {"loss": 50}
    assert each.run.summary["acc"] == 0.5
    assert [(a.path, a.size) for a in each.run.artifacts] == [("m.txt", 1)]
    assert each.run.status is Status.FAILED
    assert each.run.provenance.exit_code == 5
    assert each.run.provenance.seed == 3
    assert each.run.problems == ()


def test_the_outer_name_wins(project: Path) -> None:
    run("--name", "outer", "--", sys.executable, script(project, INNER))
    assert list(recorded(project)) == ["outer"]


def test_init_joins_as_well_and_an_exception_is_told(project: Path) -> None:
    run(
        "--", sys.executable, script(project, "import pressrun\npressrun.init(name='w')\npressrun.log({'a': 1})\n1 / 0")
    )
    (each,) = recorded(project).values()
    assert each.run.status is Status.FAILED
    assert each.run.metrics == {"a": 1}
    assert each.run.provenance.extra["error"] == {"type": "ZeroDivisionError", "message": "division by zero"}


def test_only_the_first_run_of_the_process_tree_joins(project: Path) -> None:
    text = """
import pressrun, subprocess, sys
with pressrun.start_run("first") as run: run.log({"a": 1.0})
with pressrun.start_run("second"): pass
subprocess.run([sys.executable, "-c", "import pressrun; pressrun.start_run('third').finish()"], check=True)
with pressrun.start_run("fourth", id="own"): pass
"""
    assert run("--", sys.executable, script(project, text)).returncode == 0
    found = recorded(project)
    assert sorted(found) == ["first", "fourth", "second", "third"]
    assert found["first"].run.provenance.exit_code == 0
    assert found["second"].run.metrics == {}


def test_of_many_at_once_one_joins(project: Path) -> None:
    text = """
import subprocess, sys
code = "import pressrun\\nwith pressrun.start_run('worker') as run: run.log({'a': 1.0})"
crowd = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(6)]
sys.exit(max(p.wait() for p in crowd))
"""
    assert run("--name", "outer", "--", sys.executable, script(project, text)).returncode == 0
    source = FolderSource("runs", project)
    found = [source.read(ref.id).run for ref in source.refs() if not isinstance(ref, Problem)]
    assert sorted(each.name for each in found) == ["outer"] + ["worker"] * 5
    assert all(each.metrics == {"a": 1} for each in found)


def test_a_left_over_variable_of_an_ended_run_joins_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("--name", "outer", "--", "true")
    (outer,) = recorded(project).values()
    monkeypatch.setenv("PRESSRUN_RUN", str(project / "runs" / outer.run.id))
    subprocess.run([sys.executable, "-c", "import pressrun; pressrun.start_run('late').finish()"], check=True)
    assert sorted(recorded(project)) == ["late", "outer"]
    assert recorded(project)["outer"].run.digest == outer.run.digest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_handed_to_the_command(project: Path, number: signal.Signals) -> None:
    text = (
        "import signal, sys, time\n"
        "def stop(n, f):\n    print('got', n, flush=True); sys.exit(9)\n"
        f"signal.signal({int(number)}, stop)\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    output = project / "out"
    with output.open("w") as file:
        process = subprocess.Popen([PRESSRUN, "run", "--", sys.executable, script(project, text)], stdout=file)
    wait_for("ready", output)
    process.send_signal(number)
    assert process.wait(10) == 9
    assert output.read_text() == f"ready\ngot {int(number)}\n"
    (each,) = recorded(project).values()
    assert each.run.status is Status.KILLED


def test_a_command_that_dies_of_the_signal_is_killed(project: Path) -> None:
    output = project / "out"
    with output.open("w") as file:
        process = subprocess.Popen([PRESSRUN, "run", "--", "sh", "-c", "echo ready; exec sleep 60"], stdout=file)
    wait_for("ready", output)
    process.terminate()
    assert process.wait(10) == 143
    (each,) = recorded(project).values()
    assert each.run.status is Status.KILLED
    assert each.run.provenance.extra["error"]["type"] == "SIGTERM"  # type: ignore[call-overload,index]


def test_when_pressrun_itself_is_killed_the_run_is_killed(project: Path) -> None:
    output = project / "out"
    with output.open("w") as file:
        process = subprocess.Popen([PRESSRUN, "run", "--", "sh", "-c", "echo $$; exec sleep 20"], stdout=file)
    wait_for("\n", output)
    (alive,) = recorded(project).values()
    assert alive.run.status is Status.RUNNING
    process.kill()
    process.wait()
    os.kill(int(output.read_text()), signal.SIGKILL)
    (dead,) = recorded(project).values()
    assert dead.run.status is Status.KILLED


def test_a_background_process_does_not_hold_the_run_open(project: Path) -> None:
    began = time.monotonic()
    assert run("--", "sh", "-c", "sleep 40 & echo done").stdout == "done\n"
    assert time.monotonic() - began < 30


def test_a_reader_that_goes_away_does_not_stop_the_recording(project: Path) -> None:
    process = subprocess.Popen(
        [PRESSRUN, "run", "--", "sh", "-c", "echo first; sleep 0.5; echo second; exit 0"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"first\n"
    process.stdout.close()
    assert process.wait() == 0
    (each,) = recorded(project).values()
    assert (project / "runs" / each.run.id / "output.log").read_text() == "first\nsecond\n"


@pytest.mark.slow
def test_large_output_passes_whole_and_is_kept_bounded(project: Path) -> None:
    done = run("--", sys.executable, "-c", "for i in range(3_000_000): print('0123456')")
    assert len(done.stdout) == 24_000_000
    (each,) = recorded(project).values()
    log = (project / "runs" / each.run.id / "output.log").read_text()
    assert 9_000_000 <= len(log) < 9_000_500
    assert "15000000 bytes are left out" in log


def test_input_reaches_the_command(project: Path) -> None:
    assert run("--", "cat", input="typed").stdout == "typed"


def test_on_a_terminal_the_command_has_a_terminal(project: Path) -> None:
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [PRESSRUN, "run", "--", sys.executable, "-c", "import sys; print(sys.stdout.isatty(), sys.stderr.isatty())"],
        stdin=subprocess.DEVNULL,
        stdout=inner,
        stderr=subprocess.PIPE,
    )
    os.close(inner)
    said = b""
    while b"\n" not in said:
        said += os.read(outer, 1000)
    assert process.wait() == 0
    assert process.stderr is not None
    process.stderr.close()
    os.close(outer)
    assert said == b"True False\r\n"


def test_control_c_on_a_terminal_reaches_the_command_once(project: Path) -> None:
    text = (
        "import signal, sys, time\nseen = []\n"
        "signal.signal(signal.SIGINT, lambda n, f: seen.append(n))\n"
        "print('ready', flush=True)\nend = time.monotonic() + 1.5\n"
        "while time.monotonic() < end: time.sleep(0.1)\n"
        "print('seen', len(seen), flush=True)\n"
    )
    path = script(project, text)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(PRESSRUN, [PRESSRUN, "run", "--", sys.executable, path])
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    # A terminal whose last process is gone has no end of file on Linux, but an error.
    with contextlib.suppress(OSError):
        while more := os.read(terminal, 1000):
            said += more
    os.waitpid(pid, 0)
    os.close(terminal)
    assert b"seen 1" in said
