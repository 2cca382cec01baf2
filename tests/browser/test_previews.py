"""A preview in a frame, as JupyterLab shows it: its scripts run, a hostile notebook's do not, and it reaches nobody."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tests.conftest import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Frame, Page

pytestmark = [pytest.mark.browser]

TOKEN = "a-token-of-the-tests"
PUBLISH = Path(__file__).parents[1] / "publish" / "test_hostile.py"


class Server:
    """A Jupyter server in a process of its own, on one paper."""

    def __init__(self, study: Study, url: str) -> None:
        self.study = study
        self.url = url

    def preview(self, notebook: Any) -> str:
        """Render a notebook, and give the page's address."""
        request = urllib.request.Request(
            f"{self.url}pressrun/api/papers/demo/preview",
            data=json.dumps({"notebook": notebook}).encode(),
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.loads(response.read())
        return f"{self.url}pressrun/api/{answer['url']}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("served")
    study = Study(root)
    study.paper("md:# One")
    line = [
        sys.executable, "-m", "jupyter", "server", f"--ServerApp.root_dir={root}", "--ServerApp.port=0",
        f"--IdentityProvider.token={TOKEN}", "--no-browser", "--allow-root",
        "--ServerApp.jpserver_extensions=pressrun.server=True",
    ]  # fmt: skip
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for said in process.stderr:
            if "http://127.0.0.1:" in said:
                url = "http://127.0.0.1:" + said.partition("http://127.0.0.1:")[2].partition("/")[0] + "/"
                break
        else:
            raise RuntimeError("the server did not start")
        yield Server(study, url)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def embedded(server: Server, chromium: Browser) -> Iterator[tuple[Page, Any]]:
    """A page of the server's origin, logged in; and what puts a notebook's preview into a frame of it."""
    page = chromium.new_context().new_page()
    # A page of the server that is nobody else's business: it says that there is nothing here.
    page.goto(f"{server.url}nowhere?token={TOKEN}")
    page.evaluate("""() => {
      document.body.textContent = "";
      window.said = [];
      addEventListener("message", (event) => said.push({ ...event.data, origin: event.origin }));
      window.__mine = "reached";
    }""")

    def show(notebook: Any, dark: bool = False) -> Frame:
        address = server.preview(notebook)
        page.evaluate(
            """([address, dark]) => new Promise((done) => {
              document.querySelector("iframe")?.remove();
              const frame = document.createElement("iframe");
              Object.assign(frame, { src: address, width: 900, height: 600, sandbox: "allow-scripts" });
              frame.onload = () => {
                if (dark) frame.contentWindow.postMessage({ pressrun: "theme", dark }, "*");
                done();
              };
              document.body.append(frame);
            })""",
            [address, dark],
        )
        return page.frames[-1]

    yield page, show
    page.context.close()


def notebook(*cells: Any) -> Any:
    for index, cell in enumerate(cells):
        cell["id"] = f"c{index}"
    return json.loads(json.dumps(new_notebook(cells=list(cells))))


def test_nothing_of_a_hostile_notebook_runs_in_a_preview(embedded: Any, server: Server) -> None:
    page, show = embedded
    injections = runpy.run_path(str(PUBLISH))["INJECTIONS"]
    dialogs: list[str] = []
    requests: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.context.add_init_script("window.ran = window.alert = () => { window.__ran = true; };")
    outputs = [
        new_output("display_data", {mime: text, "text/plain": text})
        for text in injections
        for mime in ("text/html", "text/markdown", "text/latex", "application/javascript")
    ]
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>ran()</script></svg>"
    outputs.append(new_output("display_data", {"image/svg+xml": svg, "text/plain": "x"}))
    prose = [new_markdown_cell(text) for text in injections]
    front = [new_markdown_cell(f"---\ntitle: {json.dumps(text)}\n---") for text in injections[:1]]
    page.on("request", lambda request: requests.append(request.url))
    frame = show(notebook(*front, *prose, new_code_cell("x", outputs=outputs, execution_count=1)))
    page.wait_for_timeout(500)
    assert frame.evaluate("window.__ran") is None
    assert dialogs == []
    ours = [url for url in requests if not url.startswith("data:")]
    assert len(ours) == 1, ours
    assert "/preview/" in ours[0]
    assert frame.evaluate("document.querySelectorAll('main').length") == 1


def test_even_a_script_that_ran_could_reach_neither_the_server_nor_the_window_around(embedded: Any) -> None:
    page, show = embedded
    frame = show(notebook(new_markdown_cell("# One")))
    assert frame.evaluate("origin") == "null"
    reached = frame.evaluate("""async () => {
      const found = {};
      const attempt = async (name, act) => {
        try { found[name] = String(await act()); } catch (error) { found[name] = null; }
      };
      await attempt("parent", () => parent.__mine);
      await attempt("document", () => parent.document.title);
      await attempt("cookie", () => document.cookie);
      await attempt("storage", () => localStorage.length);
      await attempt("fetch", async () => (await fetch("/api/contents")).status);
      await attempt("window", () => { const opened = open("/lab"); return opened && opened.name; });
      await attempt("top", () => { top.location = "about:blank"; return null; });
      return found;
    }""")
    assert {name: value for name, value in reached.items() if value not in {None, "null"}} == {}
    page.wait_for_timeout(200)
    assert page.evaluate("window.__mine") == "reached", "the window around is where it was"


def test_a_page_keeps_its_place_across_previews_and_takes_the_windows_theme(embedded: Any, tmp_path: Path) -> None:
    page, show = embedded

    def paper(first: str) -> Any:
        sections = [f"## Part {n} {{#sec-{n}}}\n\n" + "Words and words. " * 200 for n in range(8)]
        return notebook(new_markdown_cell("---\ntitle: Long\n---\n"), *map(new_markdown_cell, [first, *sections]))

    frame = show(paper("Short."), dark=True)
    frame.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert frame.evaluate("document.getElementById('pr-theme').hidden") is True
    page.evaluate("frames[0].postMessage({ pressrun: 'scroll', anchor: 'sec-4' }, '*')")
    page.wait_for_function("said.some((each) => each.pressrun === 'scrolled' && each.anchor === 'sec-4')")
    frame.evaluate("scrollBy(0, 120)")
    page.wait_for_function("said[said.length - 1].y > 90")
    place = page.evaluate("said[said.length - 1]")
    assert place["anchor"] == "sec-4"
    before = frame.evaluate("document.getElementById('sec-4').getBoundingClientRect().top")
    picture = tmp_path / "dark.png"
    page.screenshot(path=str(picture))
    assert picture.stat().st_size > 10_000

    frame = show(paper("A far longer beginning. " * 300))
    page.evaluate("(place) => frames[0].postMessage({ ...place, pressrun: 'scroll' }, '*')", place)
    frame.wait_for_function("scrollY > 0")
    after = frame.evaluate("document.getElementById('sec-4').getBoundingClientRect().top")
    assert abs(after - before) < 3
    # What nobody of ours would say moves nothing.
    at = frame.evaluate("scrollY")
    page.evaluate("frames[0].postMessage({ pressrun: 'scroll', y: 'NaN', anchor: { a: 1 } }, '*')")
    page.evaluate("frames[0].postMessage(null, '*')")
    page.wait_for_timeout(100)
    assert frame.evaluate("scrollY") == at


def test_a_page_in_no_frame_talks_with_nobody(server: Server, chromium: Browser) -> None:
    context = chromium.new_context(extra_http_headers={"Authorization": f"token {TOKEN}"})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.preview(notebook(new_markdown_cell("# One"))))
    assert page.inner_text(".pr-preview") == "Preview, not published"
    assert errors == []
    context.close()
