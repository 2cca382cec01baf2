"""What the front end reads in prose, without a browser: the same expressions as the builder, and never for long."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pressrun.build.inline import find_expressions

SOURCE = Path(__file__).parent.parent.parent / "extension" / "lab" / "src"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")

IMPORTS = """
import {{ findExpressions }} from "{source}/models/prose/values-source.ts";
import {{ piecesOf }} from "{source}/models/prose/text.ts";
import {{ afterFrontMatter }} from "{source}/views/prose/title.ts";
"""


def evaluate(expression: str) -> Any:
    """Evaluate an expression over these modules in Node, which runs TypeScript as it is."""
    if NODE is None:
        pytest.skip("no node in the environment")
    script = f"{IMPORTS.format(source=SOURCE.as_uri())} console.log(JSON.stringify({expression}));"
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "source",
    [
        "It is `{python} acc` and `{python}  a + b `, not `` `{python} shown` `` or `{r} other`.",
        r"\`{python} escaped` and `{python} d['k']` x ``` a `{python} one` `` b ` c `{python} no`",
        "```\n`{python} no`\n```\nthen `{python} yes`\n\n`unclosed\n\n`{python} next` `{python}` `{python}x`",
    ],
)
def test_expressions_are_those_of_the_builder(source: str) -> None:
    assert evaluate(f"findExpressions({json.dumps(source)})") == [each.expression for each in find_expressions(source)]


@pytest.mark.parametrize(
    "expression",
    [
        "findExpressions('{python}' + Array.from({ length: 900 }, (_, n) => '`'.repeat(n + 1) + 'a').join(''))",
        "findExpressions('`{python} a' + ' '.repeat(400000) + 'b`')",
        "piecesOf('[' + '@'.repeat(1000000))",
        "afterFrontMatter('\\n'.repeat(1000000))",
    ],
)
def test_no_text_keeps_the_window_from_answering(expression: str) -> None:
    evaluate(f"[{expression}].length")


def test_front_matter_stands_at_the_beginning_alone() -> None:
    found = evaluate(
        "['\\n---\\ntitle: a\\n---\\nrest', 'a\\n---\\nb\\n---\\n', '---\\na\\n...'].map(afterFrontMatter)"
    )
    assert found == ["rest", None, ""]


def test_citations_in_brackets_are_read_whole() -> None:
    pieces = evaluate("piecesOf('See [see @a, p. 3; @b] and [@c] [no] [me@home].')")
    assert [piece["text"] for piece in pieces if piece["kind"] == "cite"] == ["[see @a, p. 3; @b]", "[@c]"]
