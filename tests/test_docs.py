"""The documentation is true: its examples run, every command, panel and name stands in it, its links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

import pressrun
from pressrun.cli.main import COMMANDS, cli, run
from pressrun.errors import ExitCode

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", *DOCS]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in FENCE.findall(path.read_text("utf-8")) if kind in {"python", "console"}]


@pytest.mark.parametrize("page", [p for p in DOCS if blocks(p)], ids=name)
def test_the_examples_of_a_page_run_in_order(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python blocks share one namespace; a console line `$ pressrun …` exits 0, or as its comment `# exits N` says."""
    assert run(["init", str(tmp_path)]) == ExitCode.DONE
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    namespace: dict[str, Any] = {"__name__": "__docs__"}
    for kind, text in blocks(page):
        if kind == "python":
            exec(compile(text, f"{page.name}: {text.splitlines()[0]}", "exec"), namespace)
            continue
        for line in text.splitlines():
            if line.startswith("$ pressrun "):
                command, _, comment = line.removeprefix("$ pressrun ").partition("  # exits ")
                assert run(shlex.split(command)) == int(comment or 0), line


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found = []
    for each in COMMANDS:
        command = cli.get_command(context, each)
        assert command is not None
        found.append((f"pressrun {each}", command))
        if isinstance(command, click.Group):
            found += [(f"pressrun {each} {sub}", part) for sub, part in command.commands.items()]
    return found


@pytest.mark.parametrize(("spelling", "command"), commands(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_and_option_is_documented_and_helps_with_an_example(
    spelling: str, command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    own = next((body for title, body in sections.items() if f"{spelling} ".startswith(f"{title} ")), None)
    assert own is not None, f"docs/commands.md has no section for {spelling}"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert any(option in own for option in parameter.opts), f"{spelling} {parameter.opts} is not documented"

    assert run([*spelling.split()[1:], "--help"]) == ExitCode.DONE
    assert isinstance(command, click.Group) or "Example" in capsys.readouterr().out


def test_every_exit_code_is_documented() -> None:
    table = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", (ROOT / "docs" / "commands.md").read_text("utf-8"), re.M))
    assert table == {str(int(code)): code.name for code in ExitCode}


def test_every_panel_is_documented() -> None:
    kinds = re.findall(
        r"^from \.panels\.(\w+) import \1 as", Path(pressrun.__file__).with_suffix(".pyi").read_text(), re.M
    )
    assert kinds
    text = (ROOT / "docs" / "panels.md").read_text("utf-8")
    assert [kind for kind in kinds if f"## `pr.{kind}`" not in text] == []


def test_every_shortcut_is_documented_and_means_one_command() -> None:
    text = (ROOT / "docs" / "lab.md").read_text("utf-8")
    found: dict[str, str] = {}
    for schema in sorted((ROOT / "extension" / "lab" / "schema").glob("*.json")):
        for shortcut in json.loads(schema.read_text("utf-8")).get("jupyter.lab.shortcuts", []):
            keys = " ".join(shortcut["keys"])
            if "Accel" in keys:
                assert keys not in found, f"{keys} is both {found[keys]} and {shortcut['command']}"
                found[keys] = shortcut["command"]
    assert found
    assert [keys for keys in found if f"`{keys}`" not in text] == []


def test_every_command_of_jupyterlab_is_documented() -> None:
    tokens = (ROOT / "extension" / "lab" / "src" / "tokens.ts").read_text("utf-8")
    text = (ROOT / "docs" / "lab.md").read_text("utf-8")
    commands = re.findall(r'"(pressrun:[\w-]+)"', tokens)
    assert commands
    assert [each for each in commands if f"`{each}`" not in text] == []


def test_every_public_name_is_documented() -> None:
    text = "\n".join(page.read_text("utf-8") for page in DOCS)
    missing = [each for each in pressrun.__all__ if f"pr.{each}" not in text and f"`{each}`" not in text]
    missing.remove("__version__")
    assert missing == []


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "docs" / "decisions").glob("*.md"))], ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", FENCE.sub("", page.read_text("utf-8")))
    relative = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in relative if not (page.parent / link).exists()] == []


def test_the_readme_maps_the_tree_as_it_is() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for top in ("extension", "papers", "templates", "tests", "binder", "docs"):
        assert re.search(rf"^{top}/", text, re.M), f"README's map lacks {top}/"
    for package in (ROOT / "extension" / "pressrun").iterdir():
        if (package / "__init__.py").exists():
            assert f"{package.name}/" in text, f"README's map lacks {package.name}/"
