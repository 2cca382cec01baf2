"""`pressrun build`: what it prints, for people and for scripts, and what it exits with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pressrun.sources.run_folder import RACY_SECONDS

if TYPE_CHECKING:
    from tests.conftest import Study

PAPER = (
    "md:---\ntitle: Digits\n---\n",
    "import pressrun as pr\nruns = pr.runs('runs/')",
    "acc = pr.value(runs, 'test/acc')",
    "md:The accuracy is `{python} acc`.",
    "#| label: clm-good\npr.claim('it is good', pr.at_least(runs, 'test/acc', 0.5))",
)


def papers(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return json.loads(done.stdout)["papers"]  # type: ignore[no-any-return]


def test_a_build_publishes_says_where_and_judges_claims(study: Study) -> None:
    for seed, accuracy in enumerate((0.91, 0.93, 0.92)):
        study.record(f"svm-{seed}", accuracy, seed=seed)
    study.paper(*PAPER)
    done = study.command("build", "--explain")
    assert done.returncode == 0, done.stderr
    assert "demo: published, version 1" in done.stdout
    assert "paper: was never published" in done.stdout
    assert "site/demo/index.html" in done.stdout
    assert "holds: it is good" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr

    (document,) = papers(study.command("build", "demo", "--json"))
    assert document["outcome"] == "current"
    assert document["version"] == 1
    assert {cell["outcome"] for cell in document["cells"]} == {"current"}
    assert document["values"][0]["expression"] == "acc"
    assert document["values"][0]["id"] == "c3/1"
    assert document["claims"][0]["label"] == "clm-good"
    assert [path.rpartition("/")[2] for path in document["outputs"]] == ["index.html"]
    facts = json.loads((study.root / "site" / "demo" / "provenance.json").read_text())
    assert facts["schema"] == 1
    assert facts["title"] == "Digits"
    assert facts["claims"] == document["claims"]
    assert {run["name"] for run in facts["queries"][0]["runs"]} == {"svm-0", "svm-1", "svm-2"}


def test_a_claim_that_fails_is_published_and_exits_with_1(study: Study) -> None:
    for seed, accuracy in enumerate((0.11, 0.13, 0.12)):
        study.record(f"svm-{seed}", accuracy, seed=seed)
    study.paper(*PAPER)
    done = study.command("build")
    assert done.returncode == 1
    assert "fails: it is good" in done.stdout
    assert "it is good" in study.page()
    assert study.command("build").returncode == 1


def test_a_build_without_work_loads_no_library_that_a_build_with_work_needs(study: Study) -> None:
    study.record("svm", 0.9)
    study.paper(*PAPER)
    # What changed just now is read again, and reading takes numpy.
    time.sleep(RACY_SECONDS)
    study.built()
    code = (
        "import sys; from pressrun.cli.main import run; assert run(['build']) == 0\n"
        "heavy = {'numpy', 'pandas', 'matplotlib', 'scipy', 'nbformat', 'nbconvert', 'jsonschema', 'zmq'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=study.root, capture_output=True, text=True, check=True)
    assert "demo: current" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_a_run_name_cannot_speak_to_the_terminal(study: Study) -> None:
    study.record("evil\x1b[2J\x07", 0.9)
    study.paper(*PAPER)
    study.command("build")
    study.record("\x1b]0;title\x07", 0.9)
    done = study.command("build", "--update")
    assert "version 2" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


@pytest.mark.slow
def test_parameters_are_typed_as_papermill_types_them(study: Study) -> None:
    import nbformat

    path = study.paper("n = 1\nname = 'a'", "print(repr((n, name, flag)))", toml='formats = ["ipynb"]')
    notebook = nbformat.read(path, 4)
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, path)
    done = study.command("build", "-p", "n", "3", "-p", "name", "b c", "-p", "flag", "True")
    assert done.returncode == 0, done.stderr
    assert "no parameter 'flag'" in done.stdout
    published = nbformat.read(study.root / "site" / "demo" / "paper.ipynb", 4)
    assert published.cells[2].outputs[0].text == "(3, 'b c', True)\n"
    assert [cell.id for cell in published.cells] == ["c0", "injected-parameters", "c1"]


@pytest.mark.slow
def test_one_papers_failure_does_not_end_the_others(study: Study) -> None:
    study.paper("1 / 0", name="a")
    study.paper("1 + 1", name="b")
    study.paper("2 + 2", name="c")
    for jobs in ([], ["-j", "2"]):
        done = study.command("build", "--force", "--json", *jobs)
        assert done.returncode == 3
        found = {document["paper"]: document for document in papers(done)}
        assert {name: found[name]["outcome"] for name in found} == {"a": "failed", "b": "published", "c": "published"}
        assert found["a"]["error"]["kind"] == "CellError"
        assert found["a"]["cells"][0]["outcome"] == "failed"
        assert "ZeroDivisionError" in found["a"]["error"]["what"]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_papers_built_at_once_end_with_the_command_and_those_that_wait_never_begin(
    study: Study, number: int, code: int
) -> None:
    for name in ("a", "b", "c"):
        study.paper(f"open('begun-{name}', 'w')\nimport time\ntime.sleep(61.75)", name=name)
    begun = [study.root / "papers" / name / f"begun-{name}" for name in ("a", "b", "c")]
    started = study.start("build", "-j", "2")
    while not (begun[0].exists() and begun[1].exists()):
        assert started.poll() is None
        time.sleep(0.05)
    # To this process alone, as a CI server does it.
    started.send_signal(number)
    _, errors = started.communicate(timeout=20)
    assert started.returncode == code
    assert "Traceback" not in errors
    assert not begun[2].exists()
    assert list((study.root / ".pressrun" / "scratch").iterdir()) == []
    mine = str(study.root)
    assert [p for p in psutil.process_iter(["cmdline"]) if mine in " ".join(p.info["cmdline"] or ())] == []


@pytest.mark.slow
def test_a_paper_is_built_in_its_own_project_from_wherever(
    study: Study, tmp_path_factory: pytest.TempPathFactory
) -> None:
    study.record("svm", 0.98)
    study.paper("import pressrun as pr\nlen(pr.runs())")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for folder in (elsewhere, study.root.parent):
        done = subprocess.run(
            study.line("build", str(study.root / "papers" / "demo")),
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert (study.root / "site" / "demo" / "index.html").exists()
    assert list(elsewhere.iterdir()) == []


def test_what_cannot_be_meant_is_a_usage_error(study: Study) -> None:
    study.paper("1")
    for arguments, says in (
        (["--update", "--frozen"], "contradict"),
        (["--to", "docx"], "unknown format 'docx'"),
        (["--to", ""], "no format is named"),
        (["-p", "a b", "1"], "'a b' cannot be the name of a parameter"),
        (["-p", "", "1"], "'' cannot be"),
        (["-p", "class", "1"], "'class' cannot be"),
        (["nowhere"], "there is no paper 'nowhere'"),
    ):
        done = study.command("build", *arguments)
        assert done.returncode == 2
        assert says in done.stderr


def test_prose_that_has_no_source_is_a_source_error(study: Study) -> None:
    study.paper("import pressrun as pr\npr.runs('elsewhere/')")
    done = study.command("build")
    assert done.returncode == 3
    assert "SourceNotFoundError" in done.stderr


@pytest.mark.slow
def test_a_program_can_follow_a_build(study: Study) -> None:
    study.record("svm", 0.9)
    study.paper(*PAPER)
    done = study.command("build", "--json", "--progress", "json", "--to", "html,pdf")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert {event["paper"] for event in told} == {"demo"}
    assert [event["phase"] for event in told if event["event"] == "phase"] == [
        "reading", "executing", "checking", "sealing the evidence", "publishing html", "publishing pdf",
    ]  # fmt: skip
    began = [event for event in told if event["event"] == "cell started"]
    assert [(event["number"], event["total"], event["id"]) for event in began] == [
        (2, 5, "c1"), (3, 5, "c2"), (4, 5, "c3"), (5, 5, "c4"),
    ]  # fmt: skip
    assert began[-1]["name"] == "clm-good"
    ended = {event["id"]: event for event in told if event["event"] == "cell ended"}
    assert {name: ended[name]["outcome"] for name in ended} == {
        "c0": "text", "c1": "executed", "c2": "executed", "c3": "executed", "c4": "executed",
    }  # fmt: skip
    assert ended["c1"]["seconds"] > 0
    assert ended["c0"]["seconds"] is None
    assert papers(done)[0]["moved"] == []


@pytest.mark.slow
def test_a_build_says_as_data_what_was_edited_meanwhile(study: Study) -> None:
    path = study.paper("import time\nopen('begun', 'w')\ntime.sleep(1.5)")
    builder = study.start("build", "--json")
    while not (path.parent / "begun").exists():
        assert builder.poll() is None
        time.sleep(0.05)
    path.write_text(path.read_text().replace("sleep(1.5)", "sleep(1.6)"))
    answer, _ = builder.communicate(timeout=60)
    assert json.loads(answer)["papers"][0]["moved"] == [{"what": "notebook", "reason": "was edited"}]
    assert "sleep(1.6)" in path.read_text()


@pytest.mark.slow
def test_a_build_for_another_program_ends_with_it(study: Study) -> None:
    path = study.paper("import os\nopen('begun', 'w').write(str(os.getpid()))\nimport time\ntime.sleep(61.5)")
    line = study.line("build", "--json", "--progress", "json")
    program = (
        "import os, subprocess, sys, time\n"
        "env = {**os.environ, 'PRESSRUN_BUILDER_OF': str(os.getpid())}\n"
        # Nobody reads what the builder says once this program is gone.
        f"builder = subprocess.Popen({line!r}, env=env, start_new_session=True, stdout=-1, stderr=-1)\n"
        "print(builder.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", program], cwd=study.root, stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    builder = psutil.Process(int(caller.stdout.readline()))
    begun = path.parent / "begun"
    while not (begun.exists() and begun.read_text()):
        assert builder.is_running()
        time.sleep(0.05)
    kernel = psutil.Process(int(begun.read_text()))
    caller.kill()
    caller.wait()
    psutil.wait_procs([builder, kernel], timeout=15)
    assert not builder.is_running() or builder.status() == psutil.STATUS_ZOMBIE
    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE
