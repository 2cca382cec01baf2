"""Cell options and inline values: what in a cell's text is meant for pressrun."""

from __future__ import annotations

import pytest

from pressrun.build.inline import find_expressions
from pressrun.build.options import parse_options
from pressrun.errors import ConfigError


def test_options_are_read_and_taken_off() -> None:
    source = "#| label: fig-a\n#| fig-cap: |\n#|   Two lines,\n#|   one caption.\n#| echo: false\nplot()\n#| not: one\n"
    options, rest = parse_options(source)
    assert options == {"label": "fig-a", "fig-cap": "Two lines,\none caption.\n", "echo": False}
    assert rest == "plot()\n#| not: one\n"


@pytest.mark.parametrize("source", ["plot()\n#| label: x", "# | label: x\n", "", "#label: x"])
def test_only_the_lines_at_the_head_are_options(source: str) -> None:
    assert parse_options(source) == ({}, source)


@pytest.mark.parametrize("line", ["#| fig-cap: a: b", "#| just words", "#| label: 3", "#| label: fig a"])
def test_wrong_options_are_named(line: str) -> None:
    with pytest.raises(ConfigError, match="demo, cell 3"):
        parse_options(line, "demo, cell 3")


@pytest.mark.parametrize(
    ("source", "expressions"),
    [
        ("It is `{python} acc` and `{python}  a + b `.", ["acc", "a + b"]),
        ("```\n`{python} no`\n```\nthen `{python} yes`", ["yes"]),
        ("~~~~\n```\n`{python} no`\n~~~~", []),
        ("`` `{python} shown` `` and `{r} other` and `plain`", []),
        (r"\`{python} escaped`", []),
        ("x ``` a `{python} one` `` b ` c `{python} no`", ["one"]),
        ("`{python}` and `{python}x` and `{python}\u00a0wide `", ["wide"]),
        ("`{python} d['k']`\n\n`unclosed\n\n`{python} next`", ["d['k']", "next"]),
    ],
)
def test_inline_values_are_found_where_prose_is(source: str, expressions: list[str]) -> None:
    found = find_expressions(source)
    assert [each.expression for each in found] == expressions
    assert all(source[each.start] == "`" == source[each.end - 1] for each in found)
