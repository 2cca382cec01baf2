from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest

from pressrun.publish import pandoc
from pressrun.publish.exporters import LatexExporter


def test_the_source_is_a_complete_article_with_our_numbers(bench: Any) -> None:
    source = bench.latex(bench.paper())
    assert source.count("\\begin{document}") == source.count("\\end{document}") == 1
    for said in (
        "\\title{A study of seeds}", "\\hyperref[fig-curves]{Figure~1}", "\\pressruncaption{Table 2}{tbl-main}",
        "\\tag{1}\\label{eq-mean}", "\\label{clm-svm}", "\\textbf{98.1}", "\\toprule", "\\footnote{A footnote.}",
        "\\phantomsection\\label{ref-student1908}", "\\pressrunimage{figures/figure-1.pdf}",
    ):  # fmt: skip
        assert said in source, said


def test_every_reference_has_its_label(bench: Any) -> None:
    source = bench.latex(bench.paper())
    labels = re.findall(r"\\(?:label|pressruncaption\{[^}]*\})\{([^}]*)\}", source)
    assert set(re.findall(r"\\hyperref\[([^]]*)\]", source)) <= set(labels)


def test_braces_and_environments_are_balanced(bench: Any) -> None:
    body = bench.latex(bench.paper()).partition("\\begin{document}")[2]
    bare = re.sub(r"\\[\\{}]", "", body)
    assert bare.count("{") == bare.count("}")
    stack = ["document"]
    for action, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", body):
        if action == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert stack == []


def test_figures_are_files_that_plain_pdflatex_reads(bench: Any) -> None:
    _, resources = LatexExporter().from_notebook_node(bench.paper(), bench.resources())
    (name,) = resources["outputs"]
    assert name == "figures/figure-1.pdf"
    assert resources["outputs"][name].startswith(b"%PDF")


def test_the_sources_prose_can_be_read_back(bench: Any) -> None:
    body = bench.latex(bench.paper()).partition("\\maketitle")[2].replace("\\end{document}", "")
    text = pandoc.text_of(pandoc.parse(body, "latex"))
    assert "Seeds matter" in text
    assert "0.981" in text


def test_an_author_of_the_papers_end_cannot_mark_a_place_in_the_template(bench: Any) -> None:
    source = bench.latex(bench.prose("%%PRESSRUN:TITLE%% stays"))
    assert "\\%\\%PRESSRUN:TITLE\\%\\% stays" in source


@pytest.mark.slow
def test_pdflatex_sets_it(bench: Any) -> None:
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("pdflatex is not installed")
    source, resources = LatexExporter().from_notebook_node(bench.paper(), bench.resources())
    (bench.folder / "paper.tex").write_text(source, "utf-8")
    for name, data in resources["outputs"].items():
        (bench.folder / name).parent.mkdir(exist_ok=True)
        (bench.folder / name).write_bytes(data)
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=bench.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_notebooks_beside_each_other_keep_their_figures_apart(bench: Any) -> None:
    """As `jupyter nbconvert --to pressrun-latex a.ipynb b.ipynb` has them: each is given a folder for its files."""
    for given, folder in (("a_files", "a_files"), ("b 50%_files", "b_50__files")):
        resources = {**bench.resources(), "output_files_dir": given}
        source, resources = LatexExporter().from_notebook_node(bench.paper(), resources)
        assert list(resources["outputs"]) == [f"{folder}/figure-1.pdf"]
        assert f"{{{folder}/figure-1.pdf}}" in source
