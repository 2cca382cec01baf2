"""`pressrun runs`, as a person and as a script use it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.cli import columns
from pressrun.cli.main import run as run_line

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pressrun.toml").write_text('sources = ["runs/"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for model, seed, accuracy in (("svm", 1, 0.98), ("svm", 2, float("nan")), ("logreg", 1, 0.91)):
        config = {"model": model, "seed": seed}
        with pr.start_run(name=f"{model}-{seed}", config=config, tags={"study": "digits"}, resources=False) as run:
            run.log({"val/acc": 0.5}, step=1)
            run.log({"val/acc": float("inf")}, step=2)
            run.summary["test/acc"] = accuracy
    return tmp_path


@pytest.fixture
def line(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run_line(["runs", *arguments])
        output = capfd.readouterr()
        return code, output.out, output.err

    return call


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_list_as_json_has_the_shape_that_scripts_rely_on(project: Path, line: Callable[..., Any]) -> None:
    code, out, err = line("list", "--json")
    document = strict(out)
    assert code == 0
    assert err == ""
    assert document["skipped"] == []
    by_name = {run["name"]: run for run in document["runs"]}
    svm = by_name["svm-1"]
    keys = ("id", "name", "source", "status", "config", "summary", "tags", "started", "ended")
    assert all(key in svm for key in keys)
    assert svm["config"] == {"model": "svm", "seed": 1}
    assert svm["status"] == "finished"
    assert svm["tags"]["study"] == "digits"
    assert by_name["svm-2"]["summary"]["test/acc"] == "nan"
    assert by_name["svm-2"]["summary"]["val/acc"] == "inf"


def test_list_narrows_sorts_and_limits(project: Path, line: Callable[..., Any]) -> None:
    def names(*arguments: str) -> list[str]:
        return [run["name"] for run in strict(line("list", "--json", *arguments)[1])["runs"]]

    assert names("--where", "config.model == 'svm' and summary['test/acc'] > 0.9") == ["svm-1"]
    assert names("--sort", "test/acc") == ["logreg-1", "svm-1", "svm-2"]
    assert names("--sort", "-test/acc") == ["svm-1", "logreg-1", "svm-2"]
    assert names("--sort", "name", "--limit", "1") == ["logreg-1"]
    assert line("list", "--sort", "test/ac")[0] == 2


def test_list_for_a_person_shows_what_varies(project: Path, line: Callable[..., Any]) -> None:
    code, out, _ = line("list")
    head, *rows = out.splitlines()
    assert code == 0
    assert head.split() == ["id", "name", "status", "started", "config.model", "config.seed", "val/acc", "test/acc"]
    assert len(rows) == 3


def test_nothing_found_is_said_on_stderr_and_is_no_failure(project: Path, line: Callable[..., Any]) -> None:
    code, out, err = line("list", "--where", "config.model == 'mlp'")
    assert (code, out) == (0, "")
    assert err.count("no run of 3 matches") == 1
    code, out, err = line("list", "--json", "--where", "config.modle == 'svm'")
    assert code == 0
    assert strict(out)["runs"] == []
    assert "did you mean config.model" in strict(out)["skipped"][0]["reason"]


def test_a_wrong_expression_exits_with_2_and_points_at_it(project: Path, line: Callable[..., Any]) -> None:
    code, out, err = line("list", "--where", "config.model = 'svm'", "--json")
    assert code == 2
    assert "             ^" in err
    assert "==" in strict(out)["error"]["hint"]


def test_a_source_that_cannot_be_read_exits_with_5(project: Path, line: Callable[..., Any]) -> None:
    assert line("list", "nowhere/")[0] == 5
    assert line("show", "svm-1", "--source", "nowhere/")[0] == 5


def test_broken_runs_are_skipped_and_named(project: Path, line: Callable[..., Any]) -> None:
    (project / "runs" / "broken").mkdir()
    (project / "runs" / "broken" / "run.json").write_text("{")
    for _ in range(2):
        code, out, _ = line("list", "--json")
        assert code == 0
        assert len(strict(out)["runs"]) == 3
        (skipped,) = strict(out)["skipped"]
        assert "broken" in skipped["where"]
    assert "broken" in line("list")[2]


def test_show_as_json_adds_provenance_artifacts_and_history(project: Path, line: Callable[..., Any]) -> None:
    code, out, _ = line("show", "svm-1", "--json", "--history", "val/acc")
    document = strict(out)
    assert code == 0
    assert document["name"] == "svm-1"
    assert document["provenance"]["python"]
    assert document["artifacts"] == []
    assert [[step, value] for step, _, value in document["history"]["val/acc"]] == [[1, 0.5], [2, "inf"]]
    assert "history" not in strict(line("show", "svm-1", "--json")[1])


def test_show_finds_a_run_by_name_id_or_the_beginning_of_an_id(project: Path, line: Callable[..., Any]) -> None:
    run = pr.runs("runs/")["svm-1"]
    for key in ("svm-1", run.id, run.id[:-2]):
        assert strict(line("show", key, "--json")[1])["id"] == run.id


def test_show_refuses_an_ambiguous_or_unknown_run_and_lists_candidates(project: Path, line: Callable[..., Any]) -> None:
    code, _, err = line("show", pr.runs("runs/")[0].id[:6])
    assert code == 2
    assert all(run.id in err for run in pr.runs("runs/"))
    code, _, err = line("show", "svm1")
    assert code == 2
    assert "did you mean 'svm-1'" in err
    code, _, err = line("show", "svm-1", "--history", "val/ac")
    assert code == 2
    assert "did you mean 'val/acc'" in err


def test_show_for_a_person_names_the_parts(project: Path, line: Callable[..., Any]) -> None:
    _, out, _ = line("show", "svm-1", "--history", "val/acc")
    for word in ("svm-1", "config", "model", "test/acc  0.98", "provenance", "val/acc", "inf"):
        assert word in out


def test_compare_puts_differences_first(project: Path, line: Callable[..., Any]) -> None:
    code, out, _ = line("compare", "svm-1", "logreg-1", "--json")
    config = next(part for part in strict(out)["sections"] if part["title"] == "config")
    assert code == 0
    assert config["differing"][0] == {"key": "model", "values": ["svm", "logreg"], "has": [True, True]}
    assert config["same"] == 1
    text = line("compare", "svm-1", "logreg-1")[1]
    assert "config: 1 the same" in text
    assert re.search(r"model +svm +logreg", text)
    assert line("compare", "svm-1")[0] == 2


HOSTILE = "\x1b]0;owned\x07\x1b[31mred\u202egpj.exe\r\n\x9b1mx"


def test_names_that_a_terminal_would_obey_are_only_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(2):
        config = {HOSTILE: HOSTILE, "n": number}
        with pr.start_run(name=f"{HOSTILE}{number}", config=config, tags={HOSTILE: HOSTILE}, resources=False) as run:
            run.log({HOSTILE: 1.0}, step=1)
    one, two = pr.runs("runs/")
    for arguments in (["list"], ["show", one.id], ["compare", one.id, two.id], ["show", HOSTILE]):
        _, out, err = line(*arguments)
        seen = (out + err).replace("\n", "")
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", seen), arguments


@pytest.mark.skipif(not (DATA / "hostile" / "blns").is_dir(), reason="the naughty strings are not here")
def test_naughty_names_are_listed_without_a_crash(project: Path, line: Callable[..., Any]) -> None:
    texts = json.loads(next((DATA / "hostile" / "blns").glob("*.json")).read_text("utf-8"))
    for text in texts:
        lines, _ = columns.table(["name", "x"], [[text, "1"]], 80)
        assert all(columns.display_width(row) <= 80 for row in lines)
        assert not re.search("[\x00-\x1f\x7f-\x9f]", "".join(lines))


def test_a_narrow_terminal_leaves_out_columns_and_says_which(
    project: Path, line: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, out, err = line("list")
    assert max(map(columns.display_width, out.splitlines())) <= 60
    assert "not shown for want of width" in err
    assert "test/acc" in err


def test_the_command_line_imports_no_pandas_to_list(project: Path) -> None:
    code = (
        "import sys; from pressrun.cli.main import run; assert run(['runs', 'list', '--json']) == 0\n"
        "assert not {'pandas', 'matplotlib', 'scipy', 'nbformat', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=project, env=dict(os.environ), capture_output=True)


@pytest.mark.parametrize("arguments", [[], ["list"], ["show"], ["compare"]])
def test_every_command_has_help_with_an_example(arguments: list[str], line: Callable[..., Any]) -> None:
    code, out, _ = line(*arguments, "--help")
    assert code == 0
    assert "Example: pressrun runs" in out
