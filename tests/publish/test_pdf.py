from __future__ import annotations

import io
import json
import subprocess
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from pypdf import PdfReader

from pressrun.errors import ExportError
from pressrun.publish.pdf import compile_typst
from pressrun.publish.typst import markup, quote


def test_two_builds_are_the_same_bytes(bench: Any) -> None:
    assert bench.pdf(bench.paper()) == bench.pdf(bench.paper())


def test_the_pdf_says_what_the_page_says(bench: Any) -> None:
    text = bench.pdf_text(bench.paper()).replace("\u00a0", " ")
    for said in (
        "A study of seeds", "Ada Lovelace", "We reach 0.981 test accuracy (Student 1908)", "See Figure 1, Table 2, 1,",
        "Figure 1. Curves, as Equation 1 says.", "Table 1. A small table.", "Table 2. The results", "accuracy (%)",
        "+6.9 [5.5, 8.3]", "Listing 1. How to fit", "return 1", "Claim 1", "Holds", "SVM wins", "matched 15; shown 12",
        "References", "The Probable Error of a Mean", "A footnote.", "Built from 12 runs",
    ):  # fmt: skip
        assert said in text, said


def test_the_pdf_carries_its_title_authors_and_keywords(bench: Any) -> None:
    metadata = PdfReader(io.BytesIO(bench.pdf(bench.paper()))).metadata
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("A study of seeds", "Ada Lovelace")
    assert str(metadata["/Keywords"]) == "seeds"


def test_a_figures_text_is_not_lost(bench: Any) -> None:
    """The SVG names a font that no build has; its text is set in one that every build has."""
    assert "axis label" in bench.pdf_text(bench.paper())


def test_cross_references_are_links_within_the_pdf(bench: Any) -> None:
    reader: Any = PdfReader(io.BytesIO(bench.pdf(bench.paper())))
    links = [a.get_object() for page in reader.pages for a in page.get("/Annots") or []]
    inner = [link for link in links if link.get("/Dest") is not None or link.get("/A", {}).get("/S") == "/GoTo"]
    assert len(inner) >= 8


def test_figures_are_vectors_and_described(bench: Any) -> None:
    reader: Any = PdfReader(io.BytesIO(bench.pdf(bench.paper())))
    assert not any(image for page in reader.pages for image in page.images)
    objects = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    described = [str(thing["/Alt"]) for thing in objects if isinstance(thing, dict) and "/Alt" in thing]
    assert any("Line chart: A panel." in text for text in described)


def test_a_long_table_runs_over_pages(bench: Any) -> None:
    view = bench.grid_view()
    view["grid"]["rows"] = [{**view["grid"]["rows"][1], "key": str(i)} for i in range(120)]
    cell = new_code_cell("x", outputs=[bench.shown(bench.panel("table", view))])
    assert len(PdfReader(io.BytesIO(bench.pdf(bench.notebook(cell)))).pages) > 2


def test_a_data_frame_is_a_table_in_print(bench: Any) -> None:
    html = (
        "<table class='dataframe'><thead><tr><th></th><th>a_b</th></tr></thead><tr><th>0</th><td>#1</td></tr></table>"
    )
    output = new_output("display_data", {"text/html": html, "text/plain": "plain"})
    text = bench.pdf_text(bench.notebook(new_code_cell("df", outputs=[output])))
    assert "a_b 0 #1" in text
    assert "plain" not in text


def test_raster_images_and_links_are_printed(bench: Any) -> None:
    (bench.folder / "plot.png").write_bytes(bench.png_bytes())
    cell = new_markdown_cell(
        "![A plot](plot.png){#fig-plot}\n\n[in](#nowhere) [out](https://example.org) [file](a.csv)"
    )
    reader: Any = PdfReader(io.BytesIO(bench.pdf(bench.notebook(cell))))
    assert len(reader.pages[0].images) == 1
    uris = [a.get_object()["/A"].get("/URI") for a in reader.pages[0].get("/Annots") or [] if "/A" in a.get_object()]
    assert uris == ["https://example.org"]


def test_a_paper_of_nothing_is_still_a_paper(bench: Any) -> None:
    assert "Untitled" in bench.pdf_text(bench.notebook())


STRINGS = ['"', "\\", '\\"', "#", "a\nb", "\\n", "\\u{41}", "]", "$", "//", "`", '";', "\t x  y"]


@pytest.mark.parametrize("text", STRINGS)
def test_a_string_literal_of_typst_gives_back_its_text(text: str) -> None:
    import typst

    assert json.loads(typst.eval(b"", quote(text))) == text


def test_what_cannot_be_printed_is_marked_and_what_would_reorder_text_goes() -> None:
    import typst

    assert json.loads(typst.eval(b"", quote("a\0b\u202ec"))) == "a\ufffdbc"


def test_an_expression_in_markup_ends_before_what_follows_it(bench: Any) -> None:
    main = bench.folder / "ends.typ"
    main.write_text(f"{markup('shown')}.len()({markup('x')})")
    assert "shown.len()(x)" in PdfReader(io.BytesIO(compile_typst(main))).pages[0].extract_text()


@pytest.mark.parametrize("rule", ["before\n\n---\n\nafter", "before\n\n***\n\nafter", "before\n\n<hr>\n\nafter"])
def test_a_rule_between_paragraphs_is_printed(bench: Any, rule: str) -> None:
    text = bench.pdf_text(bench.prose(rule))
    assert "before" in text
    assert "after" in text


def test_what_typst_refuses_is_an_export_error(bench: Any) -> None:
    main = bench.folder / "wrong.typ"
    main.write_text("#nothing-of-the-kind()")
    with pytest.raises(ExportError, match="could not be set"):
        compile_typst(main)


def test_typst_reads_nothing_outside_its_folder(bench: Any) -> None:
    main = bench.folder / "outside.typ"
    main.write_text('#read("/etc/hostname")')
    with pytest.raises(ExportError):
        compile_typst(main)


def test_the_fonts_are_embedded(bench: Any, tmp_path: Any) -> None:
    (tmp_path / "paper.pdf").write_bytes(bench.pdf(bench.paper()))
    try:
        listed = subprocess.run(["pdffonts", str(tmp_path / "paper.pdf")], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("pdffonts is not installed")
    rows = listed.stdout.splitlines()[2:]
    assert rows
    assert all(" yes " in row for row in rows)
