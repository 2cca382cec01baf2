"""The outline of the open document: the numbers that the published page has, before anything was run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from tornado.httpclient import HTTPClientError

from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Study

    Ask = Callable[..., Awaitable[dict[str, Any]]]

DIGITS = Path(__file__).parents[2] / "papers" / "digits"

BIBLIOGRAPHY = """@article{student1908, title={The probable error of a mean}, author={Student}, year={1908},
 journal={Biometrika}}
@article{holm1979, title={A simple procedure}, author={Holm, Sture}, year={1979}, journal={Scand. J. Stat.}}
@article{unused2000, title={Nobody {{cites}} it}, author={Doe, Jane and Roe, R.}, year={2000}}
"""
CELLS = (
    "md:---\ntitle: Of *seeds*\nauthors: [{name: Ada, affiliations: [Home]}]\nabstract: We cite [@student1908].\n---\n",
    "import pressrun as pr\nruns = pr.runs('runs/')\nacc = pr.value(runs, 'test/acc')",
    "md:# Introduction {#sec-intro}\n\nSeeds matter [@student1908; @holm1979]; @holm1979 says so. See @fig-acc, "
    "@tbl-main, @eq-mean, @clm-good and @sec-intro. Accuracy: `{python} acc`.\n\n$$ x = 1 $$ {#eq-mean}",
    "pr.table(runs, ['config.seed', 'test/acc'], title='All runs')",
    "#| label: fig-acc\n#| fig-cap: How the *accuracy* grows.\npr.curves(runs, 'acc')",
    "#| label: tbl-main\npr.table(runs, ['config.seed', 'test/acc'])",
    "#| label: lst-own\ndef own():\n    return 1",
    "#| label: lst-code\npr.code('code.py::fit')",
    "#| label: clm-good\npr.claim('It is good.', pr.at_least(runs, 'test/acc', 0.5))",
)


@pytest.fixture
def outline(project: Study, jp_fetch: Any) -> Ask:
    """Ask for the outline of the paper "demo", as it lies on the disk or as given."""

    async def outline(notebook: Any = None, name: str = "demo") -> dict[str, Any]:
        if notebook is None:
            notebook = json.loads((project.root / "papers" / name / "paper.ipynb").read_text())
        body = json.dumps({"notebook": notebook})
        response = await jp_fetch("pressrun", "api", "papers", name, "outline", method="POST", body=body)
        answer = json.loads(response.body)
        assert check(answer, "papers#Outline") == ""
        return answer  # type: ignore[no-any-return]

    return outline


def record(project: Study) -> None:
    from pressrun.recording.active import start_run

    for seed in range(3):
        with start_run(name=f"a-{seed}", config={"seed": seed}, folder=project.root / "runs", resources=False) as run:
            for step in range(3):
                run.log({"acc": 0.9 + step / 100}, step=step)
            run.summary["test/acc"] = 0.9 + seed / 100


def numbers(outline: dict[str, Any]) -> dict[str, str]:
    return {label["label"]: label["text"] for label in outline["labels"]}


async def test_a_paper_that_was_never_run_has_the_numbers_that_it_will_be_published_with(
    project: Study, outline: Ask
) -> None:
    record(project)
    (project.root / "code.py").write_text("def fit():\n    return 1\n")
    path = project.paper(*CELLS, toml='formats = ["html", "ipynb"]')
    (path.parent / "references.bib").write_text(BIBLIOGRAPHY)
    fresh = await outline()
    assert fresh["problems"] == []
    # The table before it bears no label, and takes the first number all the same.
    assert numbers(fresh) == {
        "sec-intro": "Introduction", "eq-mean": "Equation 1", "fig-acc": "Figure 1", "tbl-main": "Table 2",
        "lst-own": "Listing 1", "lst-code": "Listing 2", "clm-good": "Claim 1",
    }  # fmt: skip
    project.built()
    executed = await outline(json.loads((project.root / "site" / "demo" / "paper.ipynb").read_text()))
    assert executed["problems"] == []
    for part in ("title", "sections", "citations", "places", "written", "front", "entries"):
        assert executed[part] == fresh[part], part
    assert numbers(executed) == numbers(fresh)
    page = project.page().replace("&nbsp;", " ")
    for label in fresh["labels"]:
        assert f'id="{label["anchor"]}"' in page
        if label["kind"] == "lst":
            continue
        assert f'<a href="#{label["anchor"]}" class="pr-xref">{label["text"]}</a>' in page
    assert [(claim["label"], claim["text"], claim["verdict"]) for claim in executed["claims"]] == [
        ("clm-good", "Claim 1", "holds")
    ]
    assert [(claim["label"], claim["text"], claim["verdict"], claim["reason"]) for claim in fresh["claims"]] == [
        ("clm-good", "Claim 1", None, "This cell has not been run yet.")
    ]


async def test_everything_is_told_with_its_cell_its_caption_and_as_it_is_printed(project: Study, outline: Ask) -> None:
    path = project.paper(*CELLS)
    (path.parent / "references.bib").write_text(BIBLIOGRAPHY)
    found = await outline()
    assert found["title"] == "Of seeds"
    assert found["front"]["authors"] == [{"name": "Ada", "affiliations": ["Home"], "corresponding": False}]
    assert found["front"]["abstract"] == "We cite (Student 1908)."
    assert [(s["title"], s["level"], s["anchor"], s["cell"]) for s in found["sections"]] == [
        ("Introduction", 1, "sec-intro", "c2"), ("References", 1, "references", None),
    ]  # fmt: skip
    labels = {label["label"]: (label["cell"], label["caption"]) for label in found["labels"]}
    assert labels == {
        "sec-intro": ("c2", "Introduction"), "eq-mean": ("c2", "x = 1"), "fig-acc": ("c4", "How the accuracy grows."),
        "tbl-main": ("c5", ""), "lst-own": ("c6", ""), "lst-code": ("c7", ""), "clm-good": ("c8", "It is good."),
    }  # fmt: skip
    assert [(place["keys"], place["text"], place["cell"]) for place in found["places"]] == [
        (["student1908"], "(Student 1908)", "c0"),
        (["student1908", "holm1979"], "(Student 1908; Holm 1979)", "c2"),
        (["holm1979"], "Holm (1979)", "c2"),
    ]
    written = {each["written"]: each["text"] for each in found["written"]}
    assert written == {
        "[@student1908]": "(Student 1908)", "[@student1908; @holm1979]": "(Student 1908; Holm 1979)",
        "@holm1979": "Holm (1979)",
    }  # fmt: skip
    assert [each["key"] for each in found["citations"]] == ["holm1979", "student1908"]
    cited = {each["key"]: each for each in found["citations"]}
    assert cited["student1908"]["text"] == "(Student 1908)"
    assert "The Probable Error of a Mean" in cited["student1908"]["entry"]
    assert {each["key"]: each["text"] for each in found["entries"]}[
        "unused2000"
    ] == "Doe and Roe (2000). Nobody cites it"


async def test_what_is_broken_is_told_where_it_is_and_the_rest_stands(project: Study, outline: Ask) -> None:
    path = project.paper(
        "md:# One {#sec-one}\n\nSee @fig-nothing and [@nobody2020; @holm1979] and [@sec-one; @holm1979].",
        "md:![A picture](missing.png)\n\n`{python} broken`",
        "#| label: tbl-a\n#| tbl-cap: [\n1 + 1",
        "#| label: fig-a\nprint('no figure')",
        "md:# Two {#sec-one}\n\nSee @fig-a. $\\nonsense{x}$",
    )
    (path.parent / "references.bib").write_text(BIBLIOGRAPHY)
    notebook = nbformat.read(path, 4)
    failed = {"status": "error", "ename": "NameError", "evalue": "name 'broken' is not defined"}
    notebook.cells[1].metadata["user_expressions"] = [{"expression": "broken", "result": failed}]
    notebook.cells[3].outputs = [nbformat.v4.new_output("stream", name="stdout", text="no figure\n")]
    notebook.cells[3].execution_count = 1
    found = await outline(json.loads(nbformat.writes(notebook)))
    told = {(problem["cell"], problem["what"].split("\n")[0]) for problem in found["problems"]}
    for cell, part in [
        ("c0", "@fig-nothing leads nowhere"), ("c0", "@nobody2020 is in no bibliography"),
        ("c0", "mixes citations and cross-references"), ("c1", "missing.png"), ("c1", "NameError"),
        ("c2", "not valid YAML"), ("c3", "shows no figure"), ("c4", "'sec-one' is taken"), ("c4", "not understood"),
    ]:  # fmt: skip
        assert any(at == cell and part in what for at, what in told), (cell, part, told)
    assert len(told) == 9
    assert numbers(found)["fig-a"] == "Figure 1"
    assert [place["keys"] for place in found["places"]] == [["holm1979"]]


@pytest.mark.parametrize(
    ("front", "part"),
    [
        ("title: [", "not valid YAML"),
        ("title: a\nbibliography: gone.bib", "'gone.bib' is not in the paper's folder"),
        ("title: a\nbibliography: ../../../../etc/passwd", "is not in the paper's folder"),
        ("title: a\ncitation-style: loud", "'loud' is not known"),
    ],
)
async def test_broken_front_matter_is_a_problem_of_the_first_cell(
    project: Study, outline: Ask, front: str, part: str
) -> None:
    path = project.paper(f"md:---\n{front}\n---\n\n# One\n\nAs [@holm1979] says.")
    (path.parent / "references.bib").write_text(BIBLIOGRAPHY)
    found = await outline()
    assert [problem["cell"] for problem in found["problems"] if part in problem["what"]] == ["c0"]
    assert found["sections"][0]["title"] == "One"


async def test_a_damaged_bibliography_is_named_with_its_line(project: Study, outline: Ask) -> None:
    path = project.paper("md:As [@a] says.")
    (path.parent / "references.bib").write_text("@article{a,\n title = {x\n")
    found = await outline()
    assert any(problem["what"].startswith("references.bib") for problem in found["problems"])


async def test_what_is_no_notebook_is_refused_in_words(project: Study, outline: Ask) -> None:
    project.paper("md:x")
    for nonsense in ({}, {"nbformat": 4, "cells": 3}, {"nbformat": 9, "cells": []}, {"nbformat": 4, "cells": [1]}):
        with pytest.raises(HTTPClientError) as failed:
            await outline(nonsense)
        assert failed.value.response is not None
        assert failed.value.code == 422
        assert json.loads(failed.value.response.body)["error"]["hint"]


async def test_facts_that_cannot_be_understood_are_a_problem_and_no_failure(project: Study, outline: Ask) -> None:
    from pressrun.facts import CLAIM_MIME, PANEL_MIME, QUERY_MIME

    path = project.paper("x", "md:# One")
    notebook = nbformat.read(path, 4)
    for mime in (CLAIM_MIME, PANEL_MIME, QUERY_MIME):
        notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {mime: {"kind": 3}, "text/plain": "x"})]
        found = await outline(json.loads(nbformat.writes(notebook)))
        assert found["title"] == "One"


async def test_the_outline_of_the_example_paper_finds_nothing_wrong_with_it(project: Study, outline: Ask) -> None:
    notebook = json.loads((DIGITS / "paper.ipynb").read_text())
    project.paper("1", name="digits")
    folder = project.root / "papers" / "digits"
    (folder / "references.bib").write_bytes((DIGITS / "references.bib").read_bytes())
    found = await outline(notebook, "digits")
    assert found["problems"] == []
    assert numbers(found)["fig-loss"] == "Figure 2"
