"""Panels by form, on a real server: what an author fills in becomes code, and code becomes what was filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from tornado.httpclient import HTTPClientError

from pressrun.server.schemas import check

if TYPE_CHECKING:
    from tests.conftest import Study


async def ask(jp_fetch: Any, route: str, definition: str, body: object = None) -> dict[str, Any]:
    """Ask a route, and check its answer against the schema."""
    given = {} if body is None else {"method": "POST", "body": json.dumps(body)}
    response = await jp_fetch("pressrun", "api", "panels", *filter(None, [route]), **given)
    answer: dict[str, Any] = json.loads(response.body)
    assert check(answer, f"panels#{definition}") == ""
    return answer


async def refused(jp_fetch: Any, route: str, body: object) -> dict[str, Any]:
    """Ask a route that has to refuse, and give what it says."""
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("pressrun", "api", "panels", route, method="POST", body=json.dumps(body))
    assert caught.value.response is not None
    error: dict[str, Any] = json.loads(caught.value.response.body)["error"]
    return {**error, "status": caught.value.code}


def call(panel: str = "table", where: str = "", **arguments: Any) -> dict[str, Any]:
    return {
        "panel": panel,
        "runs": {"sources": [], "where": where},
        "arguments": arguments,
        "label": "",
        "caption": "",
    }


@pytest.fixture
def measured(project: Study) -> Study:
    """A study of two models, three seeds each, with code."""
    from pressrun.recording.active import start_run

    for model, offset in (("svm", 0.02), ("logreg", 0.0)):
        for seed in range(3):
            config = {"model": model, "seed": seed}
            with start_run(name=f"{model}-{seed}", config=config, folder=project.root / "runs", resources=False) as run:
                for step in range(5):
                    run.log({"val/acc": 0.9 + offset + 0.001 * step * (seed + 1)}, step=step)
                run.summary["test/acc"] = 0.95 + offset + 0.001 * seed
    (project.root / "train.py").write_text("def fit(x):\n    return x\n")
    return project


@pytest.mark.usefixtures("project")
async def test_the_gallery_has_a_form_and_a_picture_of_each_kind(jp_fetch: Any) -> None:
    gallery = await ask(jp_fetch, "", "Gallery")
    kinds = {kind["kind"]: kind for kind in gallery["panels"]}
    assert {"curves", "table", "compare", "code", "value", "greater"} <= set(kinds)
    assert [field["name"] for field in kinds["curves"]["fields"] if field["required"]] == ["runs", "metric"]
    assert kinds["greater"]["fields"][0]["name"] == "statement"
    for kind in kinds.values():
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(kind["picture"]).iter()}
        assert tags <= {"svg", "path", "rect", "circle", "text"}


async def test_a_form_becomes_code_and_code_a_form(project: Study, jp_fetch: Any) -> None:
    asked = call("curves", "config.model == 'svm'", metric="val/acc", group=["config.model"])
    source = (await ask(jp_fetch, "code", "Code", {"call": asked}))["source"]
    assert source.splitlines()[-1] == 'pr.curves(runs, "val/acc", group="config.model")'
    read = await ask(jp_fetch, "parse", "Parsed", {"source": source})
    assert read["reason"] == ""
    assert read["call"]["runs"] == asked["runs"]
    changed = {**read["call"], "arguments": {**read["call"]["arguments"], "log": True}}
    body = {"call": changed, "cell": source + "  # kept"}
    assert (await ask(jp_fetch, "code", "Code", body))["source"].endswith('"config.model", log=True)  # kept')
    unread = await ask(jp_fetch, "parse", "Parsed", {"source": "pr.curves(mine, 'a')"})
    assert unread["call"] is None
    assert "mine" in unread["reason"]


async def test_a_preview_shows_what_the_panel_will(measured: Study, jp_fetch: Any) -> None:
    curves = await ask(
        jp_fetch, "preview", "Preview", {"call": call("curves", metric="val/acc", group=["config.model"])}
    )
    assert curves["mime"] == "application/vnd.pressrun.panel.v1+json"
    assert [group["label"] for group in curves["fact"]["view"]["groups"]] == ["logreg", "svm"]
    assert curves["fact"]["disclosure"]["text"].startswith("matched 6; shown 6")
    sides = {"a": "config.model == 'svm'", "b": "config.model == 'logreg'"}
    claim = call("greater", statement="SVM wins", metric="test/acc", level=0.9, **sides)
    assert (await ask(jp_fetch, "preview", "Preview", {"call": claim}))["fact"]["verdict"] == "holds"
    value = call("value", "config.model == 'svm'", metric="test/acc", aggregation="max")
    assert (await ask(jp_fetch, "preview", "Preview", {"call": value}))["fact"]["text"] == "0.972"
    code = await ask(jp_fetch, "preview", "Preview", {"call": call("code", target="train.py::fit")})
    assert code["fact"]["view"]["symbol"] == "fit"
    compared = call("compare", runs=["svm-0", "logreg-1"])
    assert len((await ask(jp_fetch, "preview", "Preview", {"call": compared}))["fact"]["runs"]) == 2
    best = call("code", target="train.py::fit", run={"best": "test/acc"})
    assert (await ask(jp_fetch, "preview", "Preview", {"call": best}))["fact"]["runs"][0]["name"] == "svm-2"


async def test_runs_dragged_by_their_keys_become_a_query(measured: Study, jp_fetch: Any) -> None:
    from pressrun.sources.registry import open_source

    one, two, *_ = [ref.id for ref in open_source("runs/", measured.root).refs() if hasattr(ref, "id")]
    asked = call(columns=["test/acc"])
    asked["runs"]["keys"] = [f"{one}@runs/", f"{two}@runs/"]
    source = (await ask(jp_fetch, "code", "Code", {"call": asked}))["source"]
    assert f"id in ['{one}', '{two}']" in source.replace("\\", "")
    shown = await ask(jp_fetch, "preview", "Preview", {"call": asked})
    assert sorted(run["id"] for run in shown["fact"]["runs"]) == sorted([one, two])


@pytest.mark.usefixtures("measured")
async def test_fields_complete_with_what_the_runs_have(jp_fetch: Any) -> None:
    found = await ask(jp_fetch, "offers", "Offers", {"runs": {"sources": [], "where": "config.model == 'svm'"}})
    assert found["matched"] == 3
    assert found["metrics"] == ["val/acc"]
    assert "test/acc" in found["summary"]
    assert {"config.model", "config.seed"} <= set(found["fields"])
    assert found["group"] == []
    assert found["files"] == ["train.py", "train.py::fit"]
    assert {run["name"] for run in found["runs"]} == {"svm-0", "svm-1", "svm-2"}


@pytest.mark.usefixtures("measured")
async def test_what_is_wrong_is_said_at_its_field(jp_fetch: Any) -> None:
    assert (await refused(jp_fetch, "preview", {"call": call("curves")}))["where"] == "metric"
    unknown = await refused(jp_fetch, "preview", {"call": call("curves", metric="val/ac")})
    assert "val/acc" in unknown["hint"]
    wrong = await refused(jp_fetch, "preview", {"call": call("table", "config.model = 1", columns=["test/acc"])})
    assert "==" in wrong["hint"]
    assert (await refused(jp_fetch, "code", {"call": call("pie")}))["where"] == "panel"
    assert (await refused(jp_fetch, "code", {"call": {"panel": "curves"}}))["status"] == 400
    assert (await refused(jp_fetch, "preview", {"call": call("table", columns=[["x"]])}))["status"] == 422


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("source", ["../elsewhere", "/etc", "mlflow:http://127.0.0.1:9", "mlflow:sqlite:////etc/x.db"])
async def test_a_source_outside_of_what_is_served_is_refused(jp_fetch: Any, source: str) -> None:
    asked = call(columns=["a"])
    asked["runs"]["sources"] = [source]
    for route, body in (("preview", {"call": asked}), ("offers", {"runs": asked["runs"]})):
        assert "is no source of this project" in (await refused(jp_fetch, route, body))["what"]
