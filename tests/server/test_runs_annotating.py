"""Tags and notes that authors give to runs from the table, and what they do in queries."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from pressrun.project import Project
from pressrun.runs.resolve import resolve
from pressrun.server.runs.keys import make_key
from pressrun.server.runs.registers import Registers
from pressrun.server.schemas import check

if TYPE_CHECKING:
    from tests.conftest import Study


async def post(jp_fetch: Any, route: str, schema: str, body: Any) -> Any:
    response = await jp_fetch("pressrun", "api", "runs", route, method="POST", body=json.dumps(body))
    answer = json.loads(response.body)
    assert check(answer, f"runs#{schema}") == ""
    return answer


async def test_a_tag_given_in_the_table_is_found_in_notebooks_and_tables_alike(project: Study, jp_fetch: Any) -> None:
    first, second = project.record("a", 0.9), project.record("b", 0.8)
    before = {run.id: run.digest for run in resolve((), project=Project.find(project.root))}
    answer = await post(
        jp_fetch,
        "annotate",
        "Annotated",
        {
            "keys": [make_key("runs/", first)],
            "tags": {"outlier": "yes"},
            "note": "diverged",
            "columns": ["tags.outlier"],
        },
    )
    (row,) = answer["rows"]
    assert (row["tags"], row["note"], row["cells"]) == ({"outlier": "yes"}, "diverged", ["yes"])
    ask = {"where": "tags.outlier == 'yes'", "sort": [], "columns": [], "offset": 0, "limit": 10}
    table = await post(jp_fetch, "table", "Table", ask)
    assert [row["id"] for row in table["rows"]] == [first]
    found = resolve((), "not exists(tags.outlier)", project=Project.find(project.root))
    assert [run.id for run in found] == [second]
    # However the notebook spells the source.
    assert len(resolve((project.root / "runs",), "tags.outlier == 'yes'", project=Project.find(project.root))) == 1
    assert {run.id: run.digest for run in resolve((), project=Project.find(project.root))} == before
    listed = json.loads(project.command("runs", "list", "--where", "tags.outlier == 'yes'", "--json").stdout)
    assert [(run["id"], run["tags"], run["note"]) for run in listed["runs"]] == [
        (first, {"outlier": "yes"}, "diverged")
    ]


async def test_taking_a_tag_away_leaves_the_run_s_own_tag_recorded_and_unseen(project: Study, jp_fetch: Any) -> None:
    from pressrun.recording.active import start_run

    with start_run(name="a", tags={"own": "1"}, folder=project.root / "runs") as run:
        run.summary["x"] = 1
    key = make_key("runs/", run.id)
    answer = await post(jp_fetch, "annotate", "Annotated", {"keys": [key], "tags": {"own": None, "never": None}})
    assert answer["rows"][0]["tags"] == {}
    details = await jp_fetch("pressrun", "api", "runs", "run", params={"key": key})
    assert json.loads(details.body)["own_tags"] == {"own": "1"}
    answer = await post(jp_fetch, "annotate", "Annotated", {"keys": [key], "tags": {"own": "1"}})
    assert answer["rows"][0]["tags"] == {"own": "1"}
    assert json.loads((project.root / "annotations.json").read_text()) == {"format": 1, "runs": {}}


async def test_the_answer_holds_what_was_written_while_a_long_look_at_all_runs_goes_on(
    project: Study, jp_fetch: Any, jp_serverapp: Any
) -> None:
    key = make_key("runs/", project.record("a", 0.9))
    register = Registers.of(jp_serverapp.web_app.settings).get(Project.find(project.root))
    register.now()
    # As after a sweep of thousands of runs, and in the middle of another one.
    register._cost = 10.0
    register._reader.acquire()
    asked = asyncio.ensure_future(post(jp_fetch, "annotate", "Annotated", {"keys": [key], "tags": {"kept": "yes"}}))
    async with asyncio.timeout(30):
        while not (project.root / "annotations.json").exists():
            await asyncio.sleep(0.02)
    # An answer from before the look would be there by now.
    await asyncio.wait([asked], timeout=0.5)
    register._reader.release()
    assert (await asked)["rows"][0]["tags"] == {"kept": "yes"}


async def test_a_damaged_file_is_refused_and_left_as_it_is(project: Study, jp_fetch: Any) -> None:
    key = make_key("runs/", project.record("a", 0.9))
    damaged = '<<<<<<< ours\n{"format": 1}\n'
    (project.root / "annotations.json").write_text(damaged)
    with pytest.raises(HTTPClientError) as refused:
        await post(jp_fetch, "annotate", "Annotated", {"keys": [key], "tags": {"a": "b"}})
    assert refused.value.code == 422
    assert "correct it by hand" in json.loads(refused.value.response.body)["error"]["hint"]
    assert (project.root / "annotations.json").read_text() == damaged
    ask = {"where": "", "sort": [], "columns": [], "offset": 0, "limit": 10}
    table = await post(jp_fetch, "table", "Table", ask)
    assert len(table["rows"]) == 1
    assert "says nothing of any run" in table["problems"][0]["reason"]
