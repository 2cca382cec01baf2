"""`pressrun check`: which claims still stand and what is stale, without executing or publishing anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import click

from pressrun.build.outcomes import Outcome
from pressrun.claims.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pressrun.build.paper import Paper

_EPILOG = """\b
Examples:
  pressrun check                        all papers
  pressrun check digits --format json   one paper, for a script
  pressrun check --format junit         for a CI server

\b
Exit codes, the worst first: 5 a source could not be read; 2 usage or configuration; 1 a claim fails or is
unsupported; 4 a paper is stale; 0 everything stands."""


@click.command(epilog=_EPILOG)
@click.argument("papers", nargs=-1, metavar="[PAPER]…")
@click.option("--format", "style", type=click.Choice(["text", "json", "junit", "github"]), default="text")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(papers: tuple[str, ...], style: str, as_json: bool) -> int:
    """Say which published claims stand by the runs as they are now, and what is stale.

    A paper is stale if its lock is behind its runs, or if its sources, its environment or its files changed since it
    was published. Claims go before staleness in the exit code.
    """
    from pressrun.build.outcomes import worst
    from pressrun.build.paper import Paper
    from pressrun.build.recheck import check_paper
    from pressrun.cli.report import print_paper
    from pressrun.project import Project

    project = Project.find()
    found = Paper.find(papers, project)
    results = [check_paper(paper) for paper in found]
    documents = [_without_outputs(result.to_json()) for result in results]
    if as_json or style == "json":
        print(json.dumps({"papers": documents}, ensure_ascii=False))
    elif style == "junit":
        print(junit(documents))
    elif style == "github":
        for line in github(documents, found):
            print(line)
    else:
        for document in documents:
            print_paper(document, project.root, explain=True)
    return int(worst([result.exit_code for result in results]))


def junit(documents: Sequence[Mapping[str, Any]]) -> str:
    """Give the results as JUnit XML: a test suite a paper, a test case a claim, and one for staleness."""
    root = ElementTree.Element("testsuites", name="pressrun check")
    for document in documents:
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(document["paper"]))
        for claim in document["claims"]:
            _add_claim(suite, document["paper"], claim)
        _add_state(suite, document)
        cases = list(suite)
        suite.set("tests", str(len(cases)))
        for kind in ("failure", "error", "skipped"):
            attribute = {"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]
            suite.set(attribute, str(sum(case.find(kind) is not None for case in cases)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def github(documents: Sequence[Mapping[str, Any]], papers: Sequence[Paper]) -> Iterator[str]:
    """Give the results as annotations for a workflow's log: what fails as errors, what is open as notices."""
    for document, paper in zip(documents, papers, strict=True):
        for claim in document["claims"]:
            verdict = Verdict(claim["verdict"])
            if verdict is not Verdict.HOLDS:
                level = "error" if verdict.breaks else "notice"
                title = f"{claim['statement']}: {verdict}"
                yield _annotation(level, paper.label, title, claim["reason"])
        for reason in document["stale"]:
            yield _annotation("error", paper.label, f"{paper.name} is stale", f"{reason['what']}: {reason['reason']}")
        if error := document.get("error"):
            yield _annotation(
                "error", paper.label, f"{paper.name} cannot be checked", f"{error['where']}: {error['what']}"
            )


def _without_outputs(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in {"outputs", "changes"}}


def _add_claim(suite: ElementTree.Element, paper: str, claim: Mapping[str, Any]) -> None:
    name = claim.get("label") or claim["id"]
    case = ElementTree.SubElement(
        suite, "testcase", classname=_xml(f"{paper}.claims"), name=_xml(f"{name}: {claim['statement']}")
    )
    verdict = Verdict(claim["verdict"])
    if verdict.breaks:
        failure = ElementTree.SubElement(case, "failure", type=verdict.value, message=_xml(claim["reason"]))
        failure.text = _xml(f"{claim['statement']}\n{verdict}: {claim['reason']}")
    else:
        ElementTree.SubElement(case, "system-out").text = _xml(f"{verdict}: {claim['reason']}")


def _add_state(suite: ElementTree.Element, document: Mapping[str, Any]) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=_xml(f"{document['paper']}.paper"), name="is current")
    reasons = [f"{reason['what']}: {reason['reason']}" for reason in document["stale"]]
    kind = Outcome.STALE.word
    if error := document.get("error"):
        kind, reasons = str(error["kind"]), [f"{error['where']}: {error['what']}"]
    if reasons:
        ElementTree.SubElement(case, "error", type=kind, message=_xml(reasons[0])).text = _xml("\n".join(reasons))


def _xml(text: str) -> str:
    """Give a text that XML 1.0 can hold; markup is escaped by the writer."""
    return "".join(
        c if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000" else "\ufffd"
        for c in text
    )


def _annotation(level: str, path: str, title: str, message: str) -> str:
    """Write a workflow command; what would end it, or begin another, is escaped as GitHub's toolkit does."""
    return f"::{level} file={_property(path)},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
