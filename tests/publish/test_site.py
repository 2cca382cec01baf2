"""The site's index page: all papers with their state, readable offline, on a phone, and whatever text it is given."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from pressrun.claims.verdict import Verdict
from pressrun.errors import ExportError
from pressrun.publish.site import PublishedPaper, Version, papers_json, read_papers, render_index

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def claim(verdict: str, statement: str = "SVM wins", label: str = "clm-svm") -> dict[str, Any]:
    return {"id": "c/1", "label": label, "statement": statement, "verdict": verdict, "reason": f"because {verdict}"}


def version(number: int = 1, *, claims: tuple[dict[str, Any], ...] = (), **facts: Any) -> Version:
    said = {"version": number, "built": "2026-11-21T10:30:00Z", "claims": claims, **facts}
    return Version.of(said, ["provenance.json", "index.html", "paper.pdf"], "sha256:c", "sha256:s")


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def links(self) -> list[str]:
        return [value or "" for name, value in self.attributes if name == "href"]


def test_a_reader_finds_papers_versions_and_claims() -> None:
    paper = PublishedPaper("digits", "On digits", (version(2, claims=(claim("holds"),)), version(1)))
    page = Page(render_index("My lab", {"digits": paper}))
    assert "My lab" in page.text
    assert "version 2" in page.text
    assert "2026-11-21 10:30" in page.text
    assert "because holds" in page.text
    assert "2 versions" in page.text
    assert "digits/index.html#clm-svm" in page.links
    assert "digits/versions/1/paper.pdf" in page.links


def test_newest_papers_come_first() -> None:
    papers = {
        name: PublishedPaper(name, name, (version(1, built=built),))
        for name, built in (("old", "2025-01-01T00:00:00Z"), ("new", "2026-01-01T00:00:00Z"))
    }
    page = render_index("", papers)
    assert page.index('id="new"') < page.index('id="old"')


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"claims": (claim("holds"), claim("fails"))}, "broken"),
        ({"claims": (claim("unsupported"),)}, "broken"),
        ({"claims": (claim("holds"), claim("unresolved"))}, "open"),
        ({"claims": (claim("holds"),), "values": [{"state": "missing"}]}, "incomplete"),
        ({"claims": (claim("holds"),), "values": [{"state": "partial"}]}, "partial"),
        ({"claims": (claim("holds"),), "values": [{"state": "current"}]}, "sound"),
    ],
)
def test_the_worst_that_stands_in_a_paper_is_its_state(facts: dict[str, Any], state: str) -> None:
    now = version(**facts)
    assert now.state[0] == state
    assert f'data-state="{state}"' in render_index("", {"digits": PublishedPaper("digits", "D", (now,))})


def test_verdicts_are_counted() -> None:
    now = version(claims=(claim("holds"), claim("fails"), claim("holds")))
    assert now.counts == ((Verdict.HOLDS, 2), (Verdict.FAILS, 1))


def test_hostile_text_stays_text_and_nothing_is_fetched() -> None:
    evil = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{ 7*7 }}'"
    hostile = version(claims=(claim("holds", evil, evil),), built=evil)
    page = Page(render_index(evil, {"digits": PublishedPaper("digits", evil, (hostile,))}))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "{{ 7*7 }}" in page.text
    assert not [link for link in page.links if re.match(r"[a-z]+:|//", link)]


def test_the_policy_allows_no_script_and_no_request() -> None:
    page = Page(render_index("", {}))
    (policy,) = [value for name, value in page.attributes if name == "content" and "default-src" in (value or "")]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "Nothing is published yet" in page.text


def test_it_fits_a_phone_and_the_dark() -> None:
    page = render_index("", {})
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page


def test_the_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    papers = {"digits": PublishedPaper("digits", "D", (version(2, claims=(claim("fails"),)), version(1)))}
    (tmp_path / ".current").mkdir()
    (tmp_path / ".current" / "papers.json").write_text(papers_json(papers))
    assert read_papers(tmp_path) == papers
    assert read_papers(tmp_path / "nowhere") == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"papers": []}', '{"papers": {"a": {"title": 1}}}'])
def test_a_broken_list_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / ".current").mkdir()
    (tmp_path / ".current" / "papers.json").write_text(text)
    with pytest.raises(ExportError, match=r"papers\.json"):
        read_papers(tmp_path)


def test_the_list_is_strict_json() -> None:
    data = json.loads(papers_json({"digits": PublishedPaper("digits", "D", (version(1),))}))
    assert data["papers"]["digits"]["current"] == 1


@pytest.mark.browser
def test_the_page_fits_a_narrow_screen_and_says_the_same_in_the_dark(tmp_path: Path, chromium: Browser) -> None:
    long = "A statement that goes on, with_a_very_long_name/that/cannot/break/anywhere/at/all_" + "x" * 80
    paper = PublishedPaper("digits", long, (version(2, claims=(claim("fails", long),)), version(1)))
    (tmp_path / "index.html").write_text(render_index("Lab", {"digits": paper}))
    problems: list[str] = []
    for scheme in ("light", "dark"):
        page = chromium.new_page(viewport={"width": 360, "height": 700}, color_scheme=scheme)
        page.on("console", lambda message: problems.append(message.text))
        page.goto((tmp_path / "index.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.get_by_text("because fails").is_visible()
        page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
    assert problems == []
