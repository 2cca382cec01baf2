"""Front matter: what Quarto's and MyST's authors write is understood, and what is wrong is named."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from pressrun.build.frontmatter import Author, FrontMatter, split_front_matter
from pressrun.errors import ConfigError

WHOLE = """
title: "Digits: a study"
authors:
  - name: Ann Lee
    affiliations: [lab, University of Elsewhere]
    orcid: https://orcid.org/0000-0001-2345-6789
    email: ann@example.org
    corresponding: true
    roles: [conceptualization, {writing: lead}]
  - Bo Chen
affiliations:
  - id: lab
    name: The Lab
    city: Uppsala
abstract: |
  We count.
keywords: [digits, seeds]
bibliography: references.bib
date: 2026-11-22
license: CC-BY-4.0
lang: en
"""


def test_everything_that_is_said_is_read() -> None:
    front = FrontMatter.parse(WHOLE)
    assert front.title == "Digits: a study"
    assert front.authors == (
        Author(
            "Ann Lee",
            ("The Lab, Uppsala", "University of Elsewhere"),
            "0000-0001-2345-6789",
            "ann@example.org",
            True,
            ("conceptualization", "writing (lead)"),
        ),
        Author("Bo Chen"),
    )
    assert (front.abstract, front.keywords, front.date) == ("We count.", ("digits", "seeds"), "2026-11-22")
    assert (front.bibliography, front.license) == (("references.bib",), "CC-BY-4.0")
    assert front.raw["lang"] == "en"


def test_it_stands_in_a_raw_or_markdown_first_cell_and_nowhere_else() -> None:
    text = "---\ntitle: T\n---\n"
    assert FrontMatter.of(new_notebook(cells=[new_raw_cell(text)])).title == "T"
    assert FrontMatter.of(new_notebook(cells=[new_markdown_cell(text + "prose")])).title == "T"
    assert FrontMatter.of(new_notebook(cells=[new_code_cell("1"), new_raw_cell(text)])).title == ""


def test_without_a_title_the_first_heading_is_it_and_comments_in_code_are_not() -> None:
    cells = [new_markdown_cell("```\n# no\n```\n## nor this\n"), new_markdown_cell("# The *title* #\n\ntext")]
    assert FrontMatter.of(new_notebook(cells=cells)).title == "The *title*"
    for source, title in (("#   \n# # #", "#"), ("~~~\n# no", ""), ("# C#\t\r\n", "C"), ("a\n\n#\ttab", "tab")):
        assert FrontMatter.of(new_notebook(cells=[new_markdown_cell(source)])).title == title


def test_what_follows_the_front_matter_is_prose() -> None:
    assert split_front_matter("---\ntitle: T\n---\n\n# H\n") == ("title: T", "\n# H\n")
    assert split_front_matter("a\n---\nb\n---\n") == (None, "a\n---\nb\n---\n")
    assert split_front_matter("---\r\ntitle: T\r\n---\r\nx") == ("title: T", "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: a: b", "quotes"),
        ("- a\n- b", "mapping"),
        ("title: [a]", "title is not a text"),
        ("authors: [{email: a@b}]", "no name"),
        ("authors: [{name: A, corresponding: perhaps}]", "corresponding"),
        ("a: &x [1]\nb: *x", "alias"),
        ("title: !!python/object/apply:os.system ['true']", "not valid YAML"),
        ("[" * 3000, "nested too deep"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        FrontMatter.parse(text, "papers/demo/paper.ipynb, front matter")
    assert says in str(caught.value)
    assert caught.value.where.startswith("papers/demo/paper.ipynb, front matter")
