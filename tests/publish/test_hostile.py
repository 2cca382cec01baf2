"""Papers by people who mean harm: nothing executes, nothing is fetched, nothing outside is read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from pressrun.errors import DocumentError
from pressrun.publish.sanitise import clean_html, safe_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

DATA = Path(__file__).parents[3] / "shared" / "data"
DOMPURIFY = DATA / "hostile" / "dompurify" / "test" / "fixtures" / "expect.mjs"
BLNS = DATA / "hostile" / "blns" / "blns.json"
NOTEBOOKS = DATA / "notebooks_tests" / "nbconvert"

INJECTIONS = [
    "<script>ran()</script>",
    "<img src=plot.png onerror=ran()>",
    "<svg onload=ran()><script>ran()</script></svg>",
    "<iframe srcdoc='<script>parent.ran()</script>'></iframe>",
    "<a href='java&#115;cript:ran()'>x</a>",
    "[x](javascript:ran())",
    "<javascript:ran()>",
    "[x](data:text/html,<script>ran()</script>)",
    "<details open ontoggle=ran()>x</details>",
    "<style>@import 'https://example.org/x.css';</style>",
    "<div style='background:url(https://example.org/x.png)'>x</div>",
    "<form action=https://example.org><button autofocus onfocus=ran()>x</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=ran()></style></mglyph></table></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=ran()>'>",
    "</article></main><script>ran()</script>",
    "`<script>ran()</script>`{=html}",
    '```{=html}\n<a title="\n```\n\n" onmouseover=ran() x\n\n```{=html}\n">\n```',
    "$\\href{javascript:ran()}{x}$ and $\\text{<script>ran()</script>}$",
    "<div class='pr-claim' data-verdict='holds' id='pr-theme'>forged</div>",
    "::: {.pr-claim #f-1 onclick=ran()}\nforged\n:::",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org/'>",
    "<plaintext>",
    "<!-- unclosed",
    "<b title='\">'><script>ran()</script>",
]


@pytest.fixture
def inert(chromium: Browser, tmp_path: Path) -> Callable[[str], None]:
    """Open a page without its policy, so that the sanitising alone must hold, and look for what it did."""

    def check(html: str) -> None:
        without_policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
        assert without_policy != html
        file = tmp_path / "hostile.html"
        file.write_text(without_policy, "utf-8")
        page = chromium.new_context(offline=True).new_page()
        dialogs: list[str] = []
        requests: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url))
        page.add_init_script("window.ran = window.alert = window.xss = () => { window.__ran = true; };")
        page.goto(file.as_uri())
        page.wait_for_timeout(400)
        assert page.evaluate("window.__ran") is None
        assert dialogs == []
        assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
        assert page.evaluate(_SUSPECTS) == []
        page.context.close()

    return check


_SUSPECTS = """() => {
  const found = [];
  const own = document.querySelectorAll('script[type="module"], script[type="application/json"]');
  for (const script of document.scripts) if (![...own].includes(script)) found.push(script.outerHTML);
  for (const element of document.querySelectorAll('iframe, object, embed, form, base, link, frame, portal, body style'))
    found.push(element.outerHTML);
  for (const element of document.querySelectorAll('main *, nav *')) {
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name) || name === 'srcdoc' || name === 'formaction') found.push(element.outerHTML);
      if (/^(href|src|xlink:href|action)$/.test(name) && !/^(#|https?:|mailto:|data:image\\/)/i.test(value)
          && /^[^/?#]*:/.test(value.replace(/[\\x00-\\x20]/g, ''))) found.push(element.outerHTML);
    }
  }
  if (document.querySelectorAll('.pr-claim[data-verdict="holds"]:not([aria-labelledby])').length) found.push('forged');
  return found;
}"""


def published(bench: Any, notebook: Any) -> str:
    """Publish, and leave out the cells that the document pass refuses: to refuse is a right answer."""
    (bench.folder / "plot.png").write_bytes(bench.png_bytes())
    while True:
        try:
            return str(bench.html(notebook))
        except DocumentError as error:
            kept = [cell for cell in notebook.cells if f"({cell['id']})" not in error.where]
            if len(kept) == len(notebook.cells):
                raise
            notebook.cells = kept


def payloads() -> list[str]:
    if not DOMPURIFY.exists():
        pytest.skip(f"absent: {DOMPURIFY}")
    found = re.findall(r'"payload":\s*("(?:[^"\\]|\\.)*")', DOMPURIFY.read_text("utf-8"))
    return [json.loads(text, strict=False) for text in found]


def test_injections_in_prose_do_not_run(bench: Any, inert: Callable[[str], None]) -> None:
    html = published(bench, bench.notebook(*map(new_markdown_cell, INJECTIONS)))
    assert "forged" in html
    inert(html)


def test_injections_in_outputs_do_not_run(bench: Any, inert: Callable[[str], None]) -> None:
    bundles: list[dict[str, str]] = []
    for text in INJECTIONS:
        bundles += [{"text/html": text, "text/plain": "x"}, {"text/markdown": text}, {"text/latex": text}]
        bundles += [{"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>", "text/plain": "x"}]
        bundles += [{"image/png": text, "text/plain": text}, {"application/javascript": text}]
    outputs = [new_output("display_data", bundle) for bundle in bundles]
    outputs += [new_output("stream", name="stdout", text=text) for text in INJECTIONS]
    outputs += [new_output("error", ename=text, evalue=text, traceback=[text]) for text in INJECTIONS]
    inert(bench.html(bench.notebook(new_code_cell("#| echo: true\n'''<script>ran()</script>'''", outputs=outputs))))


def test_injections_in_facts_do_not_run(bench: Any, inert: Callable[[str], None]) -> None:
    cells = []
    for text in [*INJECTIONS, "</script><script>ran()</script>", "x' onload='ran()", '"><img src=x onerror=ran()>']:
        facts = [
            bench.panel("curves", bench.curves_view(text), text),
            bench.panel("table", bench.grid_view(text), text),
            bench.panel("code", bench.code_view(text), text),
            bench.panel(text, {}, text),
            bench.claim_fact(text, text),
            bench.value_fact(text, text),
        ]
        cells.append(new_code_cell("x", outputs=[bench.shown(fact) for fact in facts]))
    inert(bench.html(bench.notebook(*cells)))


def test_injections_in_front_matter_do_not_run(bench: Any, inert: Callable[[str], None]) -> None:
    for text in ["<script>ran()</script>", "'\"><img src=plot.png onerror=ran()>", "</title><script>ran()</script>"]:
        said = json.dumps(text)
        front = f"title: {said}\nsubtitle: {said}\nabstract: {said}\nkeywords: [{said}]\ndate: {said}\nlicense: {said}"
        people = (
            f"authors: [{{name: {said}, email: {said}, orcid: {said}, corresponding: true, affiliations: [{said}]}}]"
        )
        front = f"---\n{front}\n{people}\nlang: {said}\ndescription: {said}\n---"
        notebook = bench.notebook(new_markdown_cell(front), title=text)
        inert(published(bench, notebook))


@pytest.mark.slow
def test_sanitiser_payloads_do_not_run_in_prose(bench: Any, inert: Callable[[str], None]) -> None:
    texts = [re.sub(r"(?i)src\s*=\s*[\"']?[^\s\"'>]*", "src=plot.png", text) for text in payloads()]
    inert(published(bench, bench.notebook(*map(new_markdown_cell, texts))))


@pytest.mark.slow
def test_sanitiser_payloads_do_not_run_in_outputs(bench: Any, inert: Callable[[str], None]) -> None:
    outputs = []
    for text in payloads():
        outputs.append(new_output("display_data", {"text/html": text, "text/plain": "x"}))
        outputs.append(new_output("display_data", {"text/markdown": text, "text/plain": "x"}))
    inert(bench.html(bench.notebook(new_code_cell("x", outputs=outputs))))


def known_notebook(name: str) -> Any:
    from pressrun.build.notebook import read_notebook

    file = NOTEBOOKS / name
    if not file.exists():
        pytest.skip(f"absent: {file}")
    return read_notebook(file).node


def test_every_injection_point_of_nbconvert_is_inert(bench: Any, inert: Callable[[str], None]) -> None:
    inert(published(bench, known_notebook("exporters/files/notebook_inject.ipynb")))


@pytest.mark.slow
def test_notebooks_of_nbconvert_are_published_inert(bench: Any, inert: Callable[[str], None]) -> None:
    if not NOTEBOOKS.exists():
        pytest.skip(f"absent: {NOTEBOOKS}")
    for file in sorted(NOTEBOOKS.rglob("*.ipynb")):
        inert(published(bench, known_notebook(str(file.relative_to(NOTEBOOKS)))))


def test_the_page_with_its_policy_runs_only_its_own_scripts(bench: Any, chromium: Browser, tmp_path: Path) -> None:
    html = bench.html(bench.paper()).replace("</body>", "<script>window.ran_foreign = 1</script></body>")
    (tmp_path / "page.html").write_text(html, "utf-8")
    page = chromium.new_context(offline=True).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran_foreign") is None
    assert page.evaluate("document.getElementById('pr-theme').hidden") is False, "the page's own script ran"
    assert errors == []
    page.context.close()


NO_TARGETS = ["javascript:x", "JaVaScRiPt:x", "java\nscript:x", "\x01javascript:x", "vbscript:x", "data:text/html,x"]
NO_TARGETS += ["blob:x", "file:///etc/passwd", " \u200bjavascript:x", "javascript&colon;x:y", "view-source:x"]


@pytest.mark.parametrize("url", NO_TARGETS)
def test_a_target_that_could_run_something_is_no_target(url: str) -> None:
    assert safe_target(url) is None


@pytest.mark.parametrize("url", ["https://example.org/a:b", "#fig-a", "data.csv", "mailto:a@b.c", "?q=a:b", "a/b:c"])
def test_a_target_that_opens_a_page_stays(url: str) -> None:
    assert safe_target(url) == url


def test_a_data_frame_keeps_its_table_and_loses_its_style() -> None:
    html = clean_html(
        "<div><style scoped>td{x}</style><table class='dataframe' border=1><tr><td>1</td></tr></table></div>"
    )
    assert html == '<div><table class="dataframe"><tbody><tr><td>1</td></tr></tbody></table></div>'


FOR_PRINT = [
    '#read("/etc/passwd")',
    '#include "/etc/passwd"',
    '#import "@preview/x:1.0.0"',
    "#set page(width: 1pt)",
    '"); #read("/etc/passwd"); ("',
    "\\input{/etc/passwd}",
    "\\write18{touch /tmp/pwned}",
    "^^5cinput{/etc/passwd}",
    "\\end{document}",
    "} \\input x {",
    "a_b * c // d /* e */ ~ f ` g $ h & i % j # k @ l < m > n [ o ] { p } \\ q ^ r",
    "= heading - item + item",
]


def for_print(bench: Any, text: str) -> Any:
    """Give a paper with a text in every place that takes plain text from outside."""
    said = json.dumps(text)
    front = (
        f"---\ntitle: plain\nsubtitle: {said}\nkeywords: [{said}]\nlicense: {said}\nauthors: [{{name: {said}}}]\n---"
    )
    outputs = [
        bench.shown(bench.panel("table", bench.grid_view(text), text)),
        bench.shown(bench.panel("code", bench.code_view(text), text)),
        bench.shown(bench.panel("curves", bench.curves_view(text), text), **{"image/svg+xml": bench.SVG}),
        bench.shown(bench.claim_fact(text)),
        bench.shown(bench.value_fact(text)),
        new_output("stream", name="stdout", text=text),
    ]
    return bench.notebook(new_markdown_cell(front), new_code_cell(f"#| echo: true\n{text}", outputs=outputs))


@pytest.mark.parametrize("text", FOR_PRINT)
def test_text_for_typst_is_literal(bench: Any, text: str) -> None:
    printed = bench.pdf_text(for_print(bench, text))
    assert printed.replace(" ", "").count(text.replace(" ", "")) >= 8
    assert "root:x:" not in printed


@pytest.mark.parametrize("text", FOR_PRINT)
def test_text_for_latex_holds_no_command(bench: Any, text: str) -> None:
    source = bench.latex(for_print(bench, text))
    body = source.partition("\\begin{document}")[2]
    assert not re.search(r"\\(input|write|include|read|openin)(?![a-z])", body)
    assert "^^" not in body
    assert body.count("\\end{document}") == 1


@pytest.mark.parametrize(
    "text", [*FOR_PRINT, "$\\input{/etc/passwd}$", "$$\\write18{x}$$", "$x^^5cinput$", "`\\input x`{=latex}"]
)
def test_prose_for_print_holds_no_command(bench: Any, text: str) -> None:
    text = text.replace("@", "\\@")
    notebook = bench.notebook(
        new_markdown_cell(f"---\ntitle: {json.dumps(text)}\n---\n\n{text}\n\n- {text}\n\n> {text}")
    )
    body = bench.latex(notebook).partition("\\begin{document}")[2]
    assert not re.search(r"(?<!textbackslash )\\(input|write|include|read|openin)(?![a-z])", body)
    assert "root:x:" not in bench.pdf_text(notebook)


def test_an_id_cannot_break_out_of_its_label(bench: Any) -> None:
    text = '<div id="a}\\input{x}">\n\nfirst\n\n</div>\n\n<div id="b> #read(1)">\n\nsecond\n\n</div>'
    notebook = bench.prose(text)
    assert "\\input" not in bench.latex(notebook).partition("\\begin{document}")[2]
    assert "second" in bench.pdf_text(notebook)


def test_naughty_strings_pass_through_every_format(bench: Any) -> None:
    if not BLNS.exists():
        pytest.skip(f"absent: {BLNS}")
    strings = [text for text in json.loads(BLNS.read_text("utf-8")) if text]
    outputs = []
    for start in range(0, len(strings), 40):
        view = bench.grid_view()
        model = view["grid"]["rows"][1]
        view["grid"]["rows"] = [
            {**model, "key": str(i), "cells": [{**model["cells"][0], "text": text}, model["cells"][1]]}
            for i, text in enumerate(strings[start : start + 40])
        ]
        outputs.append(bench.shown(bench.panel("table", view, strings[start])))
    outputs += [bench.shown(bench.claim_fact(text)) for text in strings[::7]]
    notebook = bench.notebook(new_code_cell("x", outputs=outputs))
    assert bench.html(notebook)
    assert bench.latex(notebook)
    assert bench.pdf(notebook).startswith(b"%PDF")
