from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

import pressrun as pr
from pressrun.errors import ExportError
from pressrun.facts import to_json
from pressrun.publish import html as html_module
from pressrun.publish import page as page_module

#: Tags that HTML never closes.
VOID = {"meta", "img", "br", "hr", "col", "wbr", "link", "input"}


class Checker(HTMLParser):
    """Follows tags, and notes what is not balanced, duplicate ids, and the page's outline."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.levels: list[int] = []
        self.unnamed: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value for key, value in attrs if key == "id" and value]
        if (named.get("href") or "").startswith("#"):
            self.targets.append(str(named["href"])[1:])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "img" and not named.get("alt"):
            self.unnamed.append(str(attrs)[:80])

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"{tag} at {self.getpos()}")


def test_the_page_is_well_formed_and_every_link_inside_it_leads_somewhere(bench: Any) -> None:
    page = Checker(bench.html(bench.paper()))
    assert page.wrong == []
    assert page.open == []
    assert sorted(page.ids) == sorted(set(page.ids))
    assert set(page.targets) <= set(page.ids)


def test_headings_follow_each_other_and_images_are_described(bench: Any) -> None:
    page = Checker(bench.html(bench.paper()))
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(page.levels, page.levels[1:], strict=False))
    assert page.unnamed == []


def test_the_page_allows_its_own_scripts_by_hash_and_nothing_else(bench: Any) -> None:
    html = bench.html(bench.paper())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    said = policy[1].replace("&#39;", "'")
    assert "default-src 'none'" in said
    scripts = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in said
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_nothing_on_the_page_is_loaded_from_elsewhere(bench: Any) -> None:
    html = bench.html(bench.paper())
    outside = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.findall(r'(?:src|srcset|data|poster)="(?!data:image/)', outside)
    assert "@import" not in outside
    assert "url(" not in outside


def test_each_panel_carries_its_fact_and_a_static_face(bench: Any) -> None:
    html = bench.html(bench.paper())
    figure = re.search(r'<figure class="pr-figure"[^>]* id="fig-curves">.*?</figure>', html, re.DOTALL)
    assert figure
    assert '<div class="pr-panel" data-kind="curves" data-fact="f-1"><img src="data:image/svg+xml;base64,' in figure[0]
    assert 'alt="Line chart: A panel. accuracy over epoch. One line each for svm."' in figure[0]
    assert "matched 15; shown 12; excluded 3 (3 crashed)" in figure[0]
    fact = re.search(r'<script type="application/json" id="f-1">(.*?)</script>', html)
    assert fact
    assert json.loads(fact[1])["kind"] == "curves"
    table = re.search(r'id="tbl-main">.*?</figure>', html, re.DOTALL)
    assert table
    assert "<strong>98.1</strong>" in table[0]
    assert "+6.9 [5.5, 8.3]" in table[0]
    assert "better than the baseline" in table[0]
    assert "accuracy (%)" in table[0]


def chart_cell(runs: int) -> Any:
    records = [{"name": f"<b>{i}", "config": {"size": i + 1}, "summary": {"acc": i / 10}} for i in range(runs)]
    fact = pr.scatter(pr.runs(records), "config.size", "acc", group="name").fact
    data = {fact.mime: to_json(fact), "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>"}
    return new_code_cell("#| label: fig-size\nchart", outputs=[new_output("display_data", data=data)])


def test_a_chart_is_described_and_its_numbers_are_there_without_a_script(bench: Any) -> None:
    html = bench.html(bench.notebook(chart_cell(3)))
    figure = re.search(r'id="fig-size">.*?</figure>', html, re.DOTALL)
    assert figure
    alt = re.search(r'<img [^>]*alt="([^"]*)"', figure[0])
    assert alt
    assert alt[1].startswith("Scatter plot")
    numbers = re.search(r'<details class="pr-numbers"><summary>Numbers</summary>(.*?)</details>', figure[0], re.DOTALL)
    assert numbers
    assert "&lt;b&gt;2" in numbers[1]
    assert numbers[1].count("<tr") == 4
    assert Checker(html).wrong == []


def test_a_very_long_table_does_not_stand_under_a_chart(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MOST_ROWS", 3)
    assert '<details class="pr-numbers">' in bench.html(bench.notebook(chart_cell(3)))
    assert '<details class="pr-numbers">' not in bench.html(bench.notebook(chart_cell(4)))


def test_an_inline_value_says_what_stands_behind_it(bench: Any) -> None:
    html = bench.html(bench.prose("It is `{python} acc`.", acc=bench.value_fact()))
    value = re.search(r'<span class="pr-value".*?</p>', html, re.DOTALL)
    assert value
    assert 'data-state="current" tabindex="0"' in value[0]
    for said in ("0.981", "test/acc", "mean of N = 12", "[0.97, 0.99] (95%)", "svm-10 + 2 more", "000000000000"):
        assert said in value[0]


@pytest.mark.parametrize("state", ["missing", "partial"])
def test_a_value_without_whole_evidence_says_so(bench: Any, state: str) -> None:
    html = bench.html(bench.prose("It is `{python} acc`.", acc=bench.value_fact("n/a", state)))
    assert f'<span class="pr-value" data-state="{state}"' in html


@pytest.mark.parametrize("verdict", ["holds", "fails", "unresolved", "unsupported"])
def test_a_claim_shows_its_verdict_as_symbol_word_and_reason(bench: Any, verdict: str) -> None:
    cell = new_code_cell("#| label: clm-a\nx", outputs=[bench.shown(bench.claim_fact("A beats B", verdict, 0.0006))])
    html = bench.html(bench.notebook(cell))
    assert html.count(f'data-verdict="{verdict}"') >= 3, "the card, its verdict, and the contents"
    assert verdict.capitalize() in html
    for said in ("A beats B", "The difference is 0.069.", "0.0006 (Holm)", "paired by seed", "Cohen&#x27;s d"):
        assert said in html, said


def test_an_unknown_verdict_counts_as_unsupported(bench: Any) -> None:
    cell = new_code_cell("x", outputs=[bench.shown(bench.claim_fact(verdict="surely"))])
    assert 'data-verdict="unsupported"' in bench.html(bench.notebook(cell))


def test_a_data_frame_is_a_table_in_a_box_that_scrolls(bench: Any) -> None:
    html = "<div><style>x</style><table class='dataframe'><thead><tr><th>a</th></tr></thead></table></div>"
    output = new_output("display_data", {"text/html": html, "text/plain": "a"})
    page = bench.html(bench.notebook(new_code_cell("#| tbl-cap: A frame.\ndf", outputs=[output])))
    assert re.search(r'class="pr-scroll"[^>]*><table class="dataframe">', page)
    assert re.search(r'<span class="pr-number">Table 1.</span>\s+A frame.', page)
    assert Checker(page).wrong == []


def test_formulas_are_mathml(bench: Any) -> None:
    html = bench.html(bench.prose(r"Inline $a^2$ and $$\begin{align} a &= b \\ c &= d \end{align}$$"))
    assert '<math display="inline"><msup><mi>a</mi><mn>2</mn></msup></math>' in html
    assert '<math display="block">' in html
    assert 'displaystyle="true"' in html


def test_how_to_cite_is_made_from_the_front_matter(bench: Any) -> None:
    html = bench.html(bench.paper())
    entry = re.search(r"<pre data-copy[^>]*>(.*?)</pre>", html, re.DOTALL)
    assert entry
    assert entry[1].startswith("@misc{lovelace2026study,")
    assert "title = {{A study of seeds}}" in entry[1]


def test_what_the_site_knows_is_shown(bench: Any) -> None:
    from pressrun.publish.exporters import HTMLExporter

    told = {"version": 7, "downloads": [{"label": "PDF", "href": "paper.pdf"}], "home": "../index.html"}
    resources = {**bench.resources(), "pressrun": told}
    html = HTMLExporter().from_notebook_node(bench.paper(), resources)[0]
    assert '<a href="paper.pdf">PDF</a>' in html
    assert "Built from 12 runs; version 7" in html
    assert 'href="../index.html"' in html


def test_a_page_without_panels_carries_no_charts(bench: Any) -> None:
    assert len(bench.html(bench.prose("Only words."))) < 60_000


def test_a_page_with_panels_needs_the_built_front_end(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_module, "_STATIC", bench.folder)
    with pytest.raises(ExportError, match="make setup"):
        bench.html(bench.paper())
    assert "Only words." in bench.html(bench.prose("Only words."))


def test_code_is_shown_where_asked_and_folded_where_asked(bench: Any) -> None:
    cells = [new_code_cell("#| echo: true\nx = 1"), new_code_cell("#| echo: true\n#| code-fold: true\ny = 2")]
    html = bench.html(bench.notebook(*cells))
    assert '<pre class="pr-code"' in html
    assert re.search(r'<details class="pr-source"><summary>Code</summary><pre class="pr-code"', html)


def test_terminal_text_is_made_readable_and_cut_where_endless(bench: Any) -> None:
    text = "\x1b[31mred\x1b[0m 10%\r 100%\n" + "x" * 30_000
    output = new_output("stream", name="stdout", text=text)
    html = bench.html(bench.notebook(new_code_cell("x", outputs=[output])))
    assert "\x1b" not in html
    assert " 100%" in html
    assert "10%\r" not in html
    assert "more characters in the notebook" in html


def test_html_in_prose_keeps_what_is_harmless(bench: Any) -> None:
    text = "H<sub>2</sub>O, <kbd>Ctrl</kbd>\n\n<details><summary>More</summary>\n\n*inside*\n\n</details>"
    html = bench.html(bench.notebook(new_markdown_cell(text)))
    assert "H<sub>2</sub>O, <kbd>Ctrl</kbd>" in html
    assert re.search(r"<details>\s*<summary>\s*More\s*</summary>\s*<p><em>inside</em></p>\s*</details>", html)


def test_nbconvert_knows_the_exporter_by_name() -> None:
    from nbconvert.exporters import get_exporter

    assert get_exporter("pressrun-html").__name__ == "HTMLExporter"
    assert get_exporter("pressrun-pdf").__name__ == "PDFExporter"
    assert get_exporter("pressrun-latex").__name__ == "LatexExporter"
