from __future__ import annotations

import re
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from pressrun.errors import DocumentError
from pressrun.publish import citations, pandoc
from pressrun.publish.document import Document
from pressrun.publish.holes import Kind, Mark, ValueHole


def words(document: Document) -> str:
    return re.sub("[ \n]+", " ", pandoc.text_of(document.blocks))


def refused(bench: Any, *cells: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        Document.of(bench.notebook(*cells), bench.folder)
    return str(caught.value)


def test_everything_is_numbered_by_kind_in_reading_order(bench: Any) -> None:
    document = Document.of(bench.paper(), bench.folder)
    assert [(f.name, f.anchor) for f in document.floats] == [
        ("Table 1", "tbl-small"),
        ("Figure 1", "fig-curves"),
        ("Table 2", "tbl-main"),
        ("Listing 1", "lst-fit"),
    ]
    assert [(c.number, c.anchor, c.mark) for c in document.claims] == [(1, "clm-svm", Mark.HOLDS)]


def test_cross_references_become_numbered_links(bench: Any) -> None:
    text = words(Document.of(bench.paper(), bench.folder))
    assert (
        "See Figure\u00a01, Table\u00a02, 1, Equation\u00a01, Claim\u00a01 and Figure\u00a01 and Table\u00a01;" in text
    )
    assert "and Introduction." in text, "a section without a number is named by its title"


def test_sections_are_numbered_where_the_front_matter_says_so(bench: Any) -> None:
    cell = new_markdown_cell("---\ntitle: T\nnumber-sections: true\n---\n# A {#sec-a}\n## B {#sec-b}\n# C\nsee @sec-b")
    document = Document.of(bench.notebook(cell), bench.folder)
    assert [(s.level, s.number, s.title) for s in document.sections] == [(1, "1", "A"), (2, "1.1", "B"), (1, "2", "C")]
    assert words(document).endswith("see Section\u00a01.1")


def test_headings_start_at_one_level_and_never_skip_one(bench: Any) -> None:
    document = Document.of(bench.prose("# My title\n\n## A\n\n#### B\n\n## C"), bench.folder)
    assert document.title_text == "My title"
    assert [(s.level, s.title) for s in document.sections] == [(1, "A"), (2, "B"), (1, "C")]


def test_an_unknown_cross_reference_names_the_cell_and_the_nearest_labels(bench: Any) -> None:
    figure = new_code_cell(
        "#| label: fig-accuracy\nx", outputs=[bench.shown(bench.panel("curves", bench.curves_view()))]
    )
    message = refused(bench, figure, new_markdown_cell("See @fig-acuracy."))
    assert "cell 2 (c1): cross-reference @fig-acuracy leads nowhere" in message
    assert "did you mean @fig-accuracy?" in message


def test_an_unknown_citation_names_the_cell_and_the_nearest_keys(bench: Any) -> None:
    message = refused(bench, new_markdown_cell("As [@studnt1908] shows."))
    assert "cell 1 (c0): citation @studnt1908 is in no bibliography" in message
    assert "@student1908" in message


def test_labels_of_the_paper_are_no_citation_keys_but_may_have_been_meant(bench: Any) -> None:
    labelled = new_markdown_cell("## Method {#sec-method}")
    message = refused(bench, labelled, new_markdown_cell("As [@zzz] shows."))
    assert "known citation keys: @" in message
    assert "@sec-method" not in message
    assert "did you mean @sec-method?" in refused(bench, labelled, new_markdown_cell("As [@secmethod] shows."))


def test_a_citation_without_any_bibliography_says_where_to_put_one(bench: Any) -> None:
    (bench.folder / "references.bib").unlink()
    assert "references.bib" in refused(bench, new_markdown_cell("[@anyone]"))


def test_a_label_given_twice_names_both_cells(bench: Any) -> None:
    cell = {"source": "#| label: tbl-a\nx", "outputs": [bench.shown(bench.panel("table", bench.grid_view()))]}
    message = refused(bench, new_code_cell(**cell), new_code_cell(**cell))
    assert "cell 2 (c1): label 'tbl-a' is taken: cell 1 (c0) has it too" in message


def test_a_label_on_a_cell_that_shows_nothing_is_refused(bench: Any) -> None:
    assert "is labelled 'fig-a' and has no output" in refused(bench, new_code_cell("#| label: fig-a\nx"))


def test_an_inline_value_is_bound_to_its_fact(bench: Any) -> None:
    document = Document.of(bench.prose("We reach `{python} acc`.", acc=bench.value_fact()), bench.folder)
    (hole,) = document.holes
    assert isinstance(hole, ValueHole)
    assert hole.text == "0.981"
    assert hole.fact is not None
    assert len(document.runs) == 12


def test_a_plain_inline_result_is_shown_and_not_bound(bench: Any) -> None:
    document = Document.of(bench.prose("Over `{python} name` runs.", name="'twelve'"), bench.folder)
    (hole,) = document.holes
    assert isinstance(hole, ValueHole)
    assert (hole.text, hole.fact) == ("twelve", None)


def test_an_inline_value_that_was_never_evaluated_is_refused(bench: Any) -> None:
    assert "cell 1 (c0): inline value `acc` has not been evaluated" in refused(
        bench, new_markdown_cell("`{python} acc`")
    )


def test_an_inline_value_that_failed_is_refused_with_its_error(bench: Any) -> None:
    result = {"status": "error", "ename": "NameError", "evalue": "name 'acc' is not defined"}
    metadata = {"user_expressions": [{"expression": "acc", "result": result}]}
    message = refused(bench, new_markdown_cell("`{python} acc`", metadata=metadata))
    assert "inline value `acc` failed with NameError: name 'acc' is not defined" in message


def test_a_claim_takes_the_correction_that_the_builder_stored(bench: Any) -> None:
    from pressrun.facts import to_json

    notebook = bench.paper()
    corrected = {**to_json(bench.claim_fact(verdict="unresolved", p_corrected=0.2)), "cell": "c5", "label": "clm-svm"}
    notebook.metadata["pressrun"] = {"claims": [corrected]}
    (claim,) = Document.of(notebook, bench.folder).claims
    assert claim.mark is Mark.UNRESOLVED
    assert claim.fact["p_corrected"] == 0.2


def test_markup_left_open_in_one_cell_does_not_swallow_the_next(bench: Any) -> None:
    cells = [
        new_markdown_cell("# One\n\n<div>\n\nopen"),
        new_markdown_cell("# Two"),
        new_markdown_cell("end\n```\nx\n```"),
    ]
    document = Document.of(bench.notebook(*cells), bench.folder)
    assert [section.title for section in document.sections][-1] == "Two"


@pytest.mark.parametrize("deep", ["> " * 500 + "x", "\n".join("  " * depth + "- x" for depth in range(300))])
def test_prose_nested_beyond_measure_is_refused_with_its_cell(bench: Any, deep: str) -> None:
    with pytest.raises(DocumentError, match="nested too deep") as caught:
        Document.of(bench.notebook(new_markdown_cell("# One"), new_markdown_cell(deep)), bench.folder)
    assert caught.value.where.startswith("cell 2 (")


def test_a_footnote_may_be_defined_in_a_later_cell(bench: Any) -> None:
    document = Document.of(
        bench.notebook(new_markdown_cell("Text.[^a]"), new_markdown_cell("[^a]: Note.")), bench.folder
    )
    assert any(node["t"] == "Note" for node in pandoc.nodes_in(document.blocks))


def test_bare_environments_of_latex_are_formulas(bench: Any) -> None:
    text = "\\begin{align}\na &= b \\\\\nc &= d\n\\label{eq:two}\n\\end{align}\n\nSee @eq-two."
    document = Document.of(bench.prose(text), bench.folder)
    assert len(document.mathml) == 1
    assert "Equation\u00a01" in words(document)
    assert document.problems == ()


def test_a_formula_that_nobody_understands_is_shown_as_written_and_reported(bench: Any) -> None:
    document = Document.of(bench.prose(r"So $\nosuchcommand{x}$."), bench.folder)
    assert r"\nosuchcommand{x}" in words(document)
    assert "nosuchcommand" in document.problems[0].reason


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/hostname", "link.png", "a/../../secret.png", "%2e%2e/secret.png"]
)
def test_an_image_outside_the_papers_folder_is_refused(bench: Any, name: str) -> None:
    secret = bench.folder.parent / "secret.png"
    secret.write_bytes(bench.png_bytes())
    (bench.folder / "a").mkdir()
    (bench.folder / "link.png").symlink_to(secret)
    assert "the paper's folder" in refused(bench, new_markdown_cell(f"![x]({name})"))


def test_an_image_of_the_folder_is_embedded_and_numbered_where_labelled(bench: Any) -> None:
    (bench.folder / "plot.png").write_bytes(bench.png_bytes())
    document = Document.of(bench.prose("![A plot](plot.png){#fig-plot width=50%}\n\nSee @fig-plot."), bench.folder)
    (figure,) = document.floats
    assert (figure.kind, figure.anchor, figure.alt) == (Kind.FIGURE, "fig-plot", "A plot")


def test_an_attachment_is_a_name_and_never_a_path(bench: Any) -> None:
    cell = new_markdown_cell("![x](attachment:../../x.png)", attachments={"../../x.png": {"image/png": bench.PNG}})
    document = Document.of(bench.notebook(cell), bench.folder)
    assert len(document.holes) == 1
    assert "attachment 'gone.png' is not in the cell" in refused(bench, new_markdown_cell("![x](attachment:gone.png)"))


def test_an_image_on_the_network_is_a_link_and_is_not_fetched(bench: Any) -> None:
    document = Document.of(bench.prose("![A cat](https://example.org/cat.png)"), bench.folder)
    assert document.holes == ()
    assert "A cat (image on the network, not included)" in words(document)


def test_options_of_a_cell_decide_what_it_shows(bench: Any) -> None:
    printed = [new_output("stream", name="stdout", text="printed\n")]
    cells = [
        new_code_cell("#| echo: true\nvisible = 1", outputs=printed),
        new_code_cell("hidden = 1"),
        new_code_cell("#| output: false\nquiet()", outputs=printed),
        new_code_cell("#| include: false\n#| echo: true\nnothing()", outputs=printed),
        new_code_cell("#| echo: true\ntagged = 1", metadata={"tags": ["remove-input"]}),
    ]
    html = bench.html(bench.notebook(*cells))
    assert "visible" in html
    assert html.count("printed") == 1
    assert not any(word in html for word in ("hidden = ", "quiet()", "nothing()", "tagged ="))


def test_two_readings_of_one_paper_are_the_same(bench: Any) -> None:
    assert bench.html(bench.paper()) == bench.html(bench.paper())


def test_markdown_that_a_cell_gave_cites_and_refers_to_nothing(bench: Any) -> None:
    output = new_output("display_data", {"text/markdown": "**by** @somebody and `{python} os`", "text/plain": "x"})
    document = Document.of(bench.notebook(new_code_cell("md", outputs=[output])), bench.folder)
    assert "by @somebody and {python} os" in words(document)


def test_a_bibliography_outside_the_folder_is_refused(bench: Any) -> None:
    (bench.folder.parent / "x.bib").write_text("")
    cell = new_markdown_cell("---\ntitle: t\nbibliography: ../x.bib\n---\n[@a]")
    assert "bibliography '../x.bib' is not in the paper's folder" in refused(bench, cell)


def test_numeric_citations_are_numbered_in_order_of_appearance(bench: Any) -> None:
    text = "---\ntitle: t\ncitation-style: numeric\n---\nFirst [@student1908], then [@bouthillier2021; @student1908]."
    assert "First [1], then [1, 2]" in words(Document.of(bench.prose(text), bench.folder)).replace("[2, 1]", "[1, 2]")


def test_values_in_captions_and_headings_come_from_their_cell(bench: Any) -> None:
    cell = new_code_cell(
        "#| label: fig-a\n#| fig-cap: Mean `{python} acc`.\nx",
        outputs=[bench.shown(bench.panel("curves", bench.curves_view()))],
        metadata=bench.evaluated(acc=bench.value_fact("0.5")),
    )
    assert "Mean 0.5." in words(Document.of(bench.notebook(cell), bench.folder))


def test_titles_and_headings_hold_live_values(bench: Any) -> None:
    text = "---\ntitle: We reach `{python} acc` @nobody\n---\n# From `{python} acc` on"
    document = Document.of(bench.prose(text, acc=bench.value_fact("0.97")), bench.folder)
    assert document.title_text == "We reach 0.97 @nobody"
    assert [section.title for section in document.sections] == ["From 0.97 on"]
    assert "<title>We reach 0.97 @nobody</title>" in bench.html(bench.prose(text, acc=bench.value_fact("0.97")))


def test_what_was_begun_to_be_read_before_the_cells_ran_is_not_read_again(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = bench.paper()
    at_once = Document.of(paper, bench.folder)
    citations._parsed.cache_clear()
    asked: list[tuple[str, ...]] = []
    run = pandoc._run

    def noted(text: str, *options: str) -> pandoc.Answer:
        asked.append(options)
        return run(text, *options)

    monkeypatch.setattr(pandoc, "_run", noted)
    before = {**paper, "cells": [{**cell, "outputs": []} for cell in paper["cells"]]}
    Document.begin(before, bench.folder)
    begun = Document.of(paper, bench.folder)
    assert words(begun) == words(at_once)
    assert (begun.mathml, begun.references) == (at_once.mathml, at_once.references)
    assert len(asked) == len(set(asked)), "each of prose, bibliography, citations and formulas once"
    assert [options[1] for options in asked[:2]] == [pandoc.MARKDOWN, "biblatex"]


def test_what_cannot_be_read_is_said_by_who_needs_it_and_not_by_who_begins(bench: Any) -> None:
    (bench.folder / "references.bib").write_text("@article{broken,\n")
    cell = new_markdown_cell("see [@broken]")
    Document.begin(bench.notebook(cell), bench.folder)
    assert "references.bib" in refused(bench, cell)


def test_answers_that_nobody_asks_for_are_not_kept_for_ever() -> None:
    for number in range(20):
        pandoc.begin(str(number), "-f", "markdown", "-t", "json")
    assert len(pandoc._begun) < 10
    assert pandoc.run("19", "-f", "markdown", "-t", "plain").text.strip() == "19", "other options, another answer"
