"""The project's papers as JupyterLab sees them: what state each is in and why, and new ones."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from pressrun.server import paper_states
from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Study

    Ask = Callable[..., Awaitable[Any]]

PAPER = (
    "md:---\ntitle: Digits\n---\n",
    "import pressrun as pr\nruns = pr.runs('runs/', where=\"config.model == 'svm'\")",
    "acc = pr.value(runs, 'test/acc')",
    "md:The accuracy is `{python} acc`.",
    "#| label: clm-good\npr.claim('it is good', pr.at_least(runs, 'test/acc', 0.5))",
)


@pytest.fixture
def ask(jp_fetch: Any) -> Ask:
    """Ask a route, and check its answer against a schema."""

    async def ask(route: str, schema: str, body: Any = None, method: str = "", **query: str) -> Any:
        method = method or ("GET" if body is None else "POST")
        sent = {"method": method} | ({"body": json.dumps(body)} if body is not None else {})
        response = await jp_fetch("pressrun", "api", *route.split("/"), params=query, **sent)
        answer = json.loads(response.body)
        assert check(answer, f"papers#{schema}") == ""
        return answer

    return ask


async def refused(asked: Awaitable[Any]) -> tuple[int, dict[str, str]]:
    """Give the status and the error of a request that must be refused."""
    with pytest.raises(HTTPClientError) as failed:
        await asked
    assert failed.value.response is not None
    answer = json.loads(failed.value.response.body)
    assert check(answer, "project#Failure") == ""
    return failed.value.code, answer["error"]


def three_runs(project: Study) -> None:
    for seed, accuracy in enumerate((0.91, 0.93, 0.92)):
        project.record(f"svm-{seed}", accuracy, seed=seed, model="svm")


async def test_a_paper_goes_from_unpublished_to_current_to_stale(project: Study, ask: Ask) -> None:
    three_runs(project)
    path = project.paper(*PAPER)
    (summary,) = (await ask("papers", "Papers"))["papers"]
    assert summary == {
        "name": "demo", "path": "papers/demo/paper.ipynb", "title": "Digits", "state": "unpublished", "version": None,
        "claims": {"holds": 0, "fails": 0, "unresolved": 0, "unsupported": 0}, "stale": 1, "error": None,
    }  # fmt: skip

    project.built()
    state = await ask("papers/demo", "PaperState")
    assert (state["state"], state["version"], state["stale"]) == ("current", 1, [])
    assert state["page"] == "demo/index.html"
    assert [(claim["label"], claim["verdict"], claim["published"]) for claim in state["claims"]] == [
        ("clm-good", "holds", "holds")
    ]
    assert [(value["expression"], value["text"]) for value in state["values"]] == [("acc", "0.920")]
    (version,) = state["versions"]
    assert (version["number"], version["current"], version["claims"]["holds"]) == (1, True, 1)
    assert version["page"] == "demo/versions/1/index.html"

    path.write_text(path.read_text().replace("The accuracy is", "Accuracy:"))
    state = await ask("papers/demo", "PaperState")
    assert state["state"] == "stale"
    assert state["stale"] == [{"what": "notebook", "reason": "1 cell changed", "update": False}]


async def test_new_runs_are_a_reason_that_only_an_update_takes_in(project: Study, ask: Ask) -> None:
    three_runs(project)
    project.paper(*PAPER, "other = pr.runs('runs/', where=\"config.model == 'svm' and status == 'finished'\")")
    project.built()
    project.record("svm-3", 0.9, seed=3, model="svm")
    project.record("svm-4", 0.9, seed=4, model="svm")
    project.record("logreg", 0.8, seed=3, model="logreg")
    state = await ask("papers/demo", "PaperState")
    assert [(reason["reason"], reason["update"]) for reason in state["stale"]] == [
        ("2 new runs match 2 queries, such as config.model == 'svm': svm-3, svm-4", True)
    ]


async def test_which_cells_a_build_would_run_and_why_is_known_before_it(project: Study, ask: Ask) -> None:
    three_runs(project)
    path = project.paper(*PAPER)
    state = await ask("papers/demo", "PaperState")
    assert [(cell["id"], cell["reasons"][0]["kind"]) for cell in state["plan"]] == [
        ("c1", "new"), ("c2", "new"), ("c3", "new"), ("c4", "new"),
    ]  # fmt: skip
    assert project.command("build").returncode == 0
    state = await ask("papers/demo", "PaperState")
    assert (state["plan"], state["update_plan"], state["waiting"]) == ([], [], [])

    project.record("svm-3", 0.9, seed=3, model="svm")
    path.write_text(path.read_text().replace("'it is good'", "'it is very good'"))
    state = await ask("papers/demo", "PaperState")
    plan = {cell["id"]: cell for cell in state["plan"]}
    assert (plan["c3"]["outcome"], plan["c3"]["reasons"]) == ("current", [])
    assert plan["c4"]["reasons"] == [{"kind": "source", "what": "", "said": "source changed"}]
    assert plan["c1"]["reasons"] == [{"kind": "needed", "what": "c4", "said": "its state is needed by cell 5"}]
    assert state["waiting"] == ["svm-3"]
    assert {cell["id"]: cell["reason"] for cell in state["update_plan"] if cell["outcome"] == "executed"} == {
        "c1": "run svm-3 added",
        "c2": "upstream cell 2 (runs)",
        "c3": "upstream cell 3 (acc)",
        "c4": "source changed",
    }


async def test_a_paper_whose_kernel_is_missing_is_told_of_before_it_is_built(project: Study, ask: Ask) -> None:
    project.paper("1 + 1", toml='kernel = "no-such-kernel"\n')
    state = await ask("papers/demo", "PaperState")
    assert (state["state"], state["plan"]) == ("unpublished", [])
    assert any("no-such-kernel" in note for note in state["notes"])


async def test_the_inputs_are_others_when_a_build_would_be_of_something_else(project: Study, ask: Ask) -> None:
    three_runs(project)
    path = project.paper(*PAPER)
    project.built()

    async def inputs() -> str:
        return (await ask("papers/demo", "PaperState"))["inputs"]  # type: ignore[no-any-return]

    first = await inputs()
    path.touch()
    project.record("svm-3", 0.9, seed=3, model="svm")
    assert await inputs() == first
    text = path.read_text()
    path.write_text(text.replace("The accuracy is", "Accuracy:"))
    second = await inputs()
    assert second != first
    path.write_text(text.replace("The accuracy is", "The accuracy:"))
    assert await inputs() not in {first, second}
    path.write_text(text)
    assert await inputs() == first


@pytest.mark.slow
async def test_a_look_that_waited_long_does_not_keep_new_runs_out_of_sight(
    project: Study, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_runs(project)
    project.paper(*PAPER)
    project.built()
    describe = paper_states.describe_paper

    def slowly(*args: Any) -> Any:
        # As on a machine that is busy with something else.
        time.sleep(4)
        return describe(*args)

    with monkeypatch.context() as busy:
        busy.setattr(paper_states, "describe_paper", slowly)
        assert (await ask("papers/demo", "PaperState"))["stale"] == []
    project.record("svm-3", 0.9, seed=3, model="svm")
    await asyncio.sleep(paper_states._LONGEST + 1)
    assert len((await ask("papers/demo", "PaperState"))["stale"]) == 1


async def test_claims_are_judged_by_the_runs_as_they_are_now(project: Study, ask: Ask) -> None:
    three_runs(project)
    project.paper(*PAPER)
    project.built()
    for folder in (project.root / "runs").iterdir():
        log = folder / "events.jsonl"
        text = log.read_text()
        changed = text.replace("0.9", "0.09")
        assert changed != text
        log.write_text(changed)
    state = await ask("papers/demo", "PaperState")
    (claim,) = state["claims"]
    assert (claim["published"], claim["verdict"]) == ("holds", "fails")
    assert state["tally"]["fails"] == 1
    assert [reason["reason"] for reason in state["stale"]] == ["3 runs changed: svm-0, svm-1, svm-2"]


@pytest.mark.parametrize("bad", ["[", "[" * 100_000, '{"a":' * 100_000, f'{{"a": {"1" * 5000}}}', "\0", "\ud800"])
async def test_what_is_wrong_with_one_paper_stands_in_the_list_beside_the_others(
    project: Study, ask: Ask, bad: str
) -> None:
    content = bad.encode("utf-8", "surrogatepass")
    project.paper("1 + 1", name="good")
    toml = project.paper("1 + 1", name="toml", toml="").with_name("paper.toml")
    toml.write_bytes(b"parameters = " + content)
    project.paper("md:---\ntitle: [\n---\n", name="front")
    project.paper("1 + 1", name="lock")
    project.built("lock")
    (project.root / "papers" / "lock" / "paper.lock").write_bytes(content)
    project.paper("1 + 1", name="json").write_bytes(content)
    papers = {paper["name"]: paper for paper in (await ask("papers", "Papers"))["papers"]}
    states = {name: papers[name]["state"] for name in papers}
    assert states == {"front": "failed", "good": "unpublished", "json": "failed", "lock": "failed", "toml": "failed"}
    for name, part in (("toml", "paper.toml"), ("lock", "paper.lock"), ("json", "paper.ipynb"), ("front", "front")):
        error = papers[name]["error"]
        assert part in error["where"], name
        assert error["what"], name
        assert error["hint"], name
    assert (await ask("papers/toml", "PaperState"))["error"] == papers["toml"]["error"]


@pytest.mark.parametrize(
    "bad", ['{"schema": 1, "claims": 3}', "[" * 100_000, f'{{"a": {"1" * 5000}}}', "\0", "[]", "3"]
)
async def test_a_publication_that_cannot_be_understood_is_said_of_its_paper(project: Study, ask: Ask, bad: str) -> None:
    project.paper("1 + 1")
    project.built()
    facts = (project.root / "site" / "demo" / "provenance.json").resolve()
    facts.write_text(bad)
    (paper,) = (await ask("papers", "Papers"))["papers"]
    assert paper["state"] == "failed"
    assert "pressrun verify" in paper["error"]["hint"]


async def test_a_new_paper_is_written_from_a_template_and_listed(project: Study, ask: Ask) -> None:
    templates = (await ask("templates", "Templates"))["templates"]
    assert {"article", "comparison"} <= {template["name"] for template in templates}
    made = await ask("papers", "PaperSummary", {"name": "ablation", "template": "article", "title": 'Of "seeds": {a}'})
    assert (made["path"], made["title"], made["state"]) == (
        "papers/ablation/paper.ipynb",
        'Of "seeds": {a}',
        "unpublished",
    )
    assert [paper["name"] for paper in (await ask("papers", "Papers"))["papers"]] == ["ablation"]


@pytest.mark.parametrize(
    ("name", "template", "part"),
    [
        ("demo", "article", "is there already"),
        ("../demo", "article", "cannot be a paper's name"),
        (".hidden", "article", "cannot be a paper's name"),
        ("a/b", "article", "cannot be a paper's name"),
        ("papers.json", "article", "cannot be a paper's name"),
        ("a" * 300, "article", "cannot be a paper's name"),
        ("second", "nonsense", "there is no template 'nonsense'"),
    ],
)
async def test_a_paper_that_cannot_be_is_refused_in_words(
    project: Study, ask: Ask, name: str, template: str, part: str
) -> None:
    project.paper("1 + 1")
    before = {path for path in project.root.rglob("*") if ".pressrun" not in path.parts}
    code, error = await refused(ask("papers", "PaperSummary", {"name": name, "template": template}))
    assert code == 422
    assert part in error["what"]
    assert {path for path in project.root.rglob("*") if ".pressrun" not in path.parts} == before


async def test_a_paper_that_cannot_be_written_says_so_and_leaves_nothing(project: Study, ask: Ask) -> None:
    (project.root / "papers").write_text("a file where the folder should be")
    code, error = await refused(ask("papers", "PaperSummary", {"name": "a", "template": "article"}))
    assert code == 422
    assert "cannot be written" in error["what"]
    assert error["hint"]


async def test_a_notebook_outside_the_papers_folder_is_a_paper_too(project: Study, ask: Ask) -> None:
    elsewhere = project.root / "notes" / "study.ipynb"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(project.paper("md:# A note").read_bytes())
    state = await ask("papers/study", "PaperState", path="notes/study.ipynb")
    assert (state["name"], state["path"], state["title"]) == ("study", "notes/study.ipynb", "A note")
    code, error = await refused(ask("papers/study", "PaperState"))
    assert (code, error["what"]) == (404, "there is no paper 'study'")


async def test_whoever_follows_a_paper_hears_of_an_edit_a_run_and_a_build(project: Study, jp_ws_fetch: Any) -> None:
    three_runs(project)
    path = project.paper(*PAPER)
    socket = await jp_ws_fetch("pressrun", "api", "events")
    await socket.write_message(json.dumps({"subscribe": "s1", "topic": "paper", "project": "", "paper": "demo"}))

    async def heard() -> dict[str, Any]:
        message = json.loads(await socket.read_message())
        assert check(message, "papers#PaperMessage") == ""
        return message["state"]  # type: ignore[no-any-return]

    assert (await heard())["state"] == "unpublished"
    project.built()
    assert (await heard())["state"] == "current"
    project.record("svm-3", 0.9, seed=3, model="svm")
    assert (await heard())["stale"][0]["reason"] == "1 new run matches config.model == 'svm': svm-3"
    path.write_text(path.read_text().replace("The accuracy is", "Accuracy:"))
    assert (await heard())["stale"][0]["what"] == "notebook"
    socket.close()
