"""The preview beside the notebook, and what is published: the page as readers get it, in an origin of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell, new_output
from tornado.httpclient import HTTPClientError

from pressrun.facts import CLAIM_MIME, PANEL_MIME
from pressrun.server.open_documents import Previews
from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Study

    Ask = Callable[..., Awaitable[tuple[Any, list[Any]]]]

PAPER = (
    "md:---\ntitle: Digits\n---\n\nSee @fig-acc and @clm-good.",
    "import pressrun as pr\nruns = pr.runs('runs/')\nacc = pr.value(runs, 'test/acc')",
    "md:The accuracy is `{python} acc`.",
    "#| label: fig-acc\npr.curves(runs, 'acc')",
    "#| label: clm-good\npr.claim('It is good.', pr.at_least(runs, 'test/acc', 0.5))",
)


def record(project: Study) -> None:
    from pressrun.recording.active import start_run

    for seed in range(3):
        with start_run(name=f"a-{seed}", config={"seed": seed}, folder=project.root / "runs", resources=False) as run:
            for step in range(3):
                run.log({"acc": 0.9 + step / 100}, step=step)
            run.summary["test/acc"] = 0.9 + seed / 100


def on_disk(project: Study) -> Any:
    return json.loads((project.root / "papers" / "demo" / "paper.ipynb").read_text())


@pytest.fixture
def preview(jp_fetch: Any) -> Ask:
    """Render the paper "demo" as given; gives the page's response, and the problems."""

    async def preview(notebook: Any) -> tuple[Any, list[Any]]:
        body = json.dumps({"notebook": notebook})
        response = await jp_fetch("pressrun", "api", "papers", "demo", "preview", method="POST", body=body)
        answer = json.loads(response.body)
        assert check(answer, "papers#Preview") == ""
        return await jp_fetch("pressrun", "api", *answer["url"].split("/")), answer["problems"]

    return preview


def policy(response: Any) -> dict[str, str]:
    (header,) = response.headers.get_list("Content-Security-Policy")
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in header.split(";"))}


async def test_the_preview_of_an_executed_paper_is_its_published_page(project: Study, preview: Ask) -> None:
    record(project)
    project.paper(*PAPER, toml='formats = ["html", "ipynb"]')
    project.built()
    executed = json.loads((project.root / "site" / "demo" / "paper.ipynb").read_text())
    response, problems = await preview(executed)
    assert problems == []
    page = response.body.decode()
    assert "Preview, not published" in page
    published = project.page()
    start, end = '<div class="pr-body">', "</article>"
    assert page.partition(start)[2].partition(end)[0] == published.partition(start)[2].partition(end)[0]
    assert "pr-problem" not in page.partition("<body>")[2]


async def test_what_was_not_run_is_a_visible_place_that_says_so(project: Study, preview: Ask) -> None:
    project.paper(*PAPER, "md:See @fig-gone.")
    response, problems = await preview(on_disk(project))
    page = response.body.decode()
    assert [(problem["cell"], problem["what"]) for problem in problems] == [
        ("c5", "cross-reference @fig-gone leads nowhere")
    ]
    assert page.count("This cell has not been run yet.") == 2
    assert '<span class="pr-problem">acc: not computed yet</span>' in page
    assert '<span class="pr-problem">@fig-gone</span>' in page
    assert "Figure&nbsp;1" in page
    assert "Claim&nbsp;1" in page
    assert "It is good." in page
    assert "Not judged yet" in page
    assert "nsupported" not in page.partition("<body>")[2]
    assert "Statistics and runs" not in page
    assert "1 problem" in page
    assert not (project.root / "site").exists()


async def test_claims_are_corrected_for_each_other_as_a_build_does(project: Study, preview: Ask) -> None:
    record(project)
    claims = [
        f"#| label: clm-{n}\npr.claim('Claim {n} is good.', pr.at_least(runs, 'test/acc', 0.87))" for n in range(12)
    ]
    project.paper(PAPER[1], *claims, toml='formats = ["html", "ipynb"]')
    result = project.built()
    executed = json.loads((project.root / "site" / "demo" / "paper.ipynb").read_text())
    raw = {bundle[CLAIM_MIME]["verdict"] for cell in executed["cells"][1:] for bundle in [cell["outputs"][0]["data"]]}
    assert raw == {"holds"}
    assert {claim["verdict"] for claim in result.claims} == {"unresolved"}
    executed["metadata"].pop("pressrun", None)
    response, _ = await preview(executed)
    assert 'class="pr-claim" data-verdict="unresolved"' in response.body.decode()
    assert 'class="pr-claim" data-verdict="holds"' not in response.body.decode()


async def test_a_preview_is_sandboxed_and_stored_nowhere(project: Study, preview: Ask) -> None:
    project.paper(*PAPER)
    response, _ = await preview(on_disk(project))
    own = policy(response)
    assert own["sandbox"] == "allow-scripts"
    assert own["frame-ancestors"] == "'self'"
    assert own["default-src"] == "'none'"
    assert "connect-src" not in own
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.body.count(b'http-equiv="Content-Security-Policy"') == 1


async def test_only_the_last_pages_are_kept(project: Study, jp_fetch: Any) -> None:
    kept = Previews()
    names = [kept.keep("a", f"page {n}") for n in range(6)]
    assert [kept.page("a", name) for name in names] == [None, None, "page 2", "page 3", "page 4", "page 5"]
    assert kept.page("b", names[-1]) is None
    many = [kept.keep(f"paper {n}", "x") for n in range(100)]
    assert sum(kept.page(f"paper {n}", name) is not None for n, name in enumerate(many)) == 24
    with pytest.raises(HTTPClientError, match="404"):
        await jp_fetch("pressrun", "api", "papers", "demo", "preview", names[0])


async def leads(jp_fetch: Any, *path: str, **more: Any) -> str:
    """Give the address that the site redirects to."""
    with pytest.raises(HTTPClientError, match="302") as moved:
        await jp_fetch("pressrun", "api", "site", *path, follow_redirects=False, **more)
    assert moved.value.response is not None
    return str(moved.value.response.headers["Location"])


async def test_published_files_are_served_sandboxed_and_nothing_else_is(project: Study, jp_fetch: Any) -> None:
    project.paper("md:# One\n\n[Away](versions/1/index.html)", toml='formats = ["html", "pdf", "ipynb"]')
    project.built()
    secret = project.root / "secret.txt"
    secret.write_text("secret")
    (project.root / "site" / "way-out").symlink_to(project.root)
    for path, kind, sandbox in [
        ("demo/index.html", "text/html; charset=utf-8", "allow-scripts"),
        ("demo/versions/1/index.html", "text/html; charset=utf-8", "allow-scripts"),
        ("index.html", "text/html; charset=utf-8", "allow-scripts"),
        ("demo/paper.pdf", "application/pdf", None),
        ("demo/paper.ipynb", "application/json", ""),
        ("demo/provenance.json", "application/json", ""),
    ]:
        response = await jp_fetch("pressrun", "api", "site", *path.split("/"))
        assert response.headers["Content-Type"] == kind, path
        assert policy(response).get("sandbox") == sandbox, path
        assert policy(response)["frame-ancestors"] == "'self'"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (await leads(jp_fetch, "demo")).endswith("/site/demo/index.html")
    for path in ("way-out/secret.txt", "../secret.txt", "demo/../../secret.txt", ".current/papers.json", "nothing"):
        with pytest.raises(HTTPClientError, match="404"):
            await jp_fetch("pressrun", "api", "site", *path.split("/"))


async def test_the_site_of_a_project_in_a_folder_keeps_its_links(
    project: Study, jp_fetch: Any, http_server_client: Any, jp_auth_header: dict[str, str]
) -> None:
    from tests.conftest import Study as Inner

    folder = project.root / "work" / "vision"
    folder.mkdir(parents=True)
    inner = Inner(folder)
    inner.paper("md:# Vision")
    inner.built()
    place = await leads(jp_fetch, "demo", "index.html", params={"project": "work/vision"})
    assert place.endswith("/site/~work%2Fvision/demo/index.html")
    response = await http_server_client.fetch(place, headers=jp_auth_header)
    assert b"Vision" in response.body


@pytest.mark.parametrize("jp_base_url", ["/user/site/"])
async def test_a_server_below_an_address_called_site_shows_its_site(
    project: Study, jp_fetch: Any, http_server_client: Any, jp_auth_header: dict[str, str]
) -> None:
    from tests.conftest import Study as Inner

    folder = project.root / "work"
    folder.mkdir()
    inner = Inner(folder)
    inner.paper("md:# Work")
    inner.built()
    place = await leads(jp_fetch, "demo", "index.html", params={"project": "work"})
    assert place == "/user/site/pressrun/api/site/~work/demo/index.html"
    response = await http_server_client.fetch(place, headers=jp_auth_header)
    assert b"Work" in response.body


@pytest.mark.slow
async def test_changes_of_two_versions_are_told_with_their_lines(project: Study, jp_fetch: Any) -> None:
    record(project)
    path = project.paper(*PAPER)
    project.built()
    path.write_text(path.read_text().replace("The accuracy is", "Accuracy:"))
    project.built()

    async def changes(**query: str) -> Any:
        response = await jp_fetch("pressrun", "api", "papers", "demo", "changes", params=query)
        answer = json.loads(response.body)
        assert check(answer, "papers#Changes") == ""
        return answer

    found = await changes()
    assert (found["old"], found["new"]) == (1, 2)
    assert [(change["kind"], change["lines"]) for change in found["changes"]] == [
        ("input", []),
        ("prose", ["-The accuracy is `{python} acc`.", "+Accuracy: `{python} acc`."]),
    ]
    assert (await changes(old="1", new="1"))["changes"] == []
    for query, status in (({"old": "9"}, 422), ({"new": "1"}, 422), ({"old": "x"}, 400), ({"old": "-1"}, 400)):
        with pytest.raises(HTTPClientError, match=str(status)):
            await changes(**query)


async def test_hostile_facts_are_refused_or_shown_as_data(project: Study, preview: Ask) -> None:
    project.paper("x")
    notebook = on_disk(project)
    for fact in ({"kind": "<script>"}, {"kind": "curves", "frame": 3, "view": [], "runs": "x"}, {}):
        for mime in (PANEL_MIME, CLAIM_MIME):
            output = new_output("display_data", {mime: fact, "text/plain": "<script>alert(1)</script>"})
            notebook["cells"] = [new_code_cell("x", id="a", outputs=[output])]
            response, _ = await preview(notebook)
            assert b"<script>alert" not in response.body


async def test_the_site_of_a_project_that_begins_above_what_is_served(jp_root_dir: Path, jp_fetch: Any) -> None:
    above = jp_root_dir.parent
    page = above / "site" / "demo" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<h1>Heights</h1>")
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("pressrun", "api", "site", "demo", "index.html")
    assert refused.value.code == 404
    (above / "pressrun.toml").write_text("")
    response = await jp_fetch("pressrun", "api", "site", "demo", "index.html")
    assert b"Heights" in response.body
