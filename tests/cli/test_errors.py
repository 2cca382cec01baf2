"""Whatever goes wrong, a script gets one JSON document and an exit code that says no more than is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.cli.main import run
from pressrun.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("runs list nowhere --json", ExitCode.SOURCE),
        ("runs list --where config.C= --json", ExitCode.USAGE),
        ("runs list --limit many --json", ExitCode.USAGE),
        ("runs lst --json", ExitCode.USAGE),
        ("runs show --json", ExitCode.USAGE),
        ("runs compare one --json", ExitCode.USAGE),
        ("check nothing --json", ExitCode.USAGE),
        ("check nothing --format json", ExitCode.USAGE),
        ("check nothing --format=json", ExitCode.USAGE),
        ("build nothing --json", ExitCode.USAGE),
        ("build --to nonsense --json", ExitCode.USAGE),
        ("diff nothing --json", ExitCode.USAGE),
        ("verify nothing --json", ExitCode.USAGE),
        ("run --json --tag x -- true", ExitCode.USAGE),
        ("serve --port x --json", ExitCode.USAGE),
    ],
)
def test_every_error_is_a_document_on_stdout_and_a_message_on_stderr(
    line: str, code: ExitCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(line.split()) == code
    output = capfd.readouterr()
    document = json.loads(output.out)
    assert document["error"]["what"]
    assert document["error"]["what"].splitlines()[0] in output.err


def test_a_commands_own_arguments_ask_nothing_of_pressrun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["run", "--tag", "x", "--", "train", "--json"]) == ExitCode.USAGE
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("error", [ZeroDivisionError("by nought"), OSError(28, "No space left on device", "index")])
def test_what_nobody_foresaw_is_not_taken_for_a_claim_that_fails(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pressrun.cli.runs._found", fail)
    assert run(["runs", "list", "--json"]) == ExitCode.INTERNAL
    output = capfd.readouterr()
    text = "ZeroDivisionError: by nought" if isinstance(error, ZeroDivisionError) else "No space left on device"
    assert text in output.err
    assert json.loads(output.out)["error"]["what"] == text
