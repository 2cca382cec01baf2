"""The runs of a project as the table shows them: windows, orders, columns, details, and mistakes that are answers."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from pressrun.recording.active import start_run
from pressrun.server.schemas import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Study

    Ask = Callable[..., Any]


@pytest.fixture
def ask(jp_fetch: Any) -> Ask:
    """Ask a route of runs, and check the answer against its schema."""

    async def asked(route: str, schema: str, body: Any = None, **params: str) -> Any:
        method = {"method": "GET"} if body is None else {"method": "POST", "body": json.dumps(body)}
        response = await jp_fetch("pressrun", "api", "runs", route, params=params, **method)
        answer = json.loads(response.body)
        assert check(answer, f"runs#{schema}") == ""
        return answer

    return asked


def window(**more: Any) -> dict[str, Any]:
    return {"where": "", "sort": [], "columns": [], "offset": 0, "limit": 100, **more}


def names(table: Any) -> list[str]:
    return [row["name"] for row in table["rows"]]


async def test_a_table_shows_what_an_expression_finds_with_the_columns_asked_for(project: Study, ask: Ask) -> None:
    for seed in range(3):
        project.record("svm", 0.9 + seed / 100, model="svm", seed=seed)
    project.record("logreg", 0.8, model="logreg", seed=0, layers=[3, 4])
    table = await ask(
        "table",
        "Table",
        window(
            where="config.model == 'svm' and summary['test/acc'] > 0.905",
            columns=["config.model", "test/acc", "config.none", "seed"],
            sort=[{"field": "seed", "descending": False}],
        ),
    )
    assert (table["total"], table["matched"], table["error"]) == (4, 2, None)
    assert [row["cells"] for row in table["rows"]] == [["svm", 0.91, None, 1], ["svm", 0.92, None, 2]]
    lists = await ask("table", "Table", window(where="config.model == 'logreg'", columns=["config.layers"]))
    assert lists["rows"][0]["cells"] == ["[3,4]"]


async def test_a_wrong_expression_is_answered_with_its_place(project: Study, ask: Ask) -> None:
    project.record("a", 0.9)
    table = await ask("table", "Table", window(where="config.model = 'svm'"))
    assert table["error"] == {
        "what": "= is no sign of this language",
        "hint": "write ==",
        "position": 13,
        "length": 1,
    }
    assert table["rows"] == []
    for odd in ("(", "'", "config.", "a" * 20_000, "1 <", "\x00", "tags['x"):
        assert (await ask("table", "Table", window(where=odd)))["error"], odd


async def test_orders_put_what_is_missing_last_either_way(project: Study, ask: Ask) -> None:
    for name, value in {
        "b": 2,
        "ten": 10.0,
        "nan": math.nan,
        "one": 1,
        "Text": "x",
        "none": None,
        "inf": math.inf,
    }.items():
        with start_run(name=name, config={} if value is None else {"v": value}, folder=project.root / "runs") as run:
            run.summary["at"] = name
    up = await ask("table", "Table", window(sort=[{"field": "config.v", "descending": False}]))
    assert names(up) == ["one", "b", "ten", "inf", "Text", "nan", "none"]
    down = await ask("table", "Table", window(sort=[{"field": "config.v", "descending": True}]))
    assert names(down) == ["Text", "inf", "ten", "b", "one", "nan", "none"]
    by_name = await ask("table", "Table", window(sort=[{"field": "name", "descending": False}]))
    assert names(by_name) == ["b", "inf", "nan", "none", "one", "ten", "Text"]


async def test_names_stand_in_natural_order_and_a_second_field_decides_between_equals(project: Study, ask: Ask) -> None:
    for name, group in (("run-10", "b"), ("run-9", "a"), ("run-2", "b")):
        project.record(name, 0.5, group=group)
    table = await ask(
        "table",
        "Table",
        window(sort=[{"field": "config.group", "descending": True}, {"field": "name", "descending": False}]),
    )
    assert names(table) == ["run-2", "run-10", "run-9"]


async def test_a_window_moves_to_a_run_that_is_looked_for(project: Study, ask: Ask) -> None:
    for number in range(30):
        project.record(f"run-{number}", number / 100)
    sort = [{"field": "name", "descending": False}]
    last = (await ask("table", "Table", window(sort=sort)))["rows"][27]
    table = await ask("table", "Table", window(sort=sort, limit=5, locate=last["key"]))
    assert table["located"] == 27
    assert last["name"] in names(table)
    assert len(table["rows"]) == 5
    gone = await ask("table", "Table", window(where="name == 'run-1'", locate=last["key"]))
    assert (gone["located"], names(gone)) == (None, ["run-1"])


async def test_the_next_answer_has_what_came_and_lacks_what_went(project: Study, ask: Ask) -> None:
    import shutil

    first = project.record("first", 0.1)
    before = await ask("table", "Table", window())
    assert before["revision"] == (await ask("table", "Table", window()))["revision"]
    project.record("second", 0.2)
    shutil.rmtree(project.root / "runs" / first)
    after = await ask("table", "Table", window())
    assert names(after) == ["second"]
    assert before["revision"] != after["revision"]


async def test_a_source_that_cannot_be_read_is_a_problem_and_the_others_are_shown(project: Study, ask: Ask) -> None:
    (project.root / "pressrun.toml").write_text('sources = ["runs/", "mlflow:gone"]\n')
    project.record("a", 0.9)
    table = await ask("table", "Table", window())
    assert names(table) == ["a"]
    assert [problem["where"] for problem in table["problems"]] == ["mlflow:gone"]


async def test_no_runs_yet_is_an_empty_table(project: Study, ask: Ask) -> None:
    table = await ask("table", "Table", window())
    assert (table["total"], table["rows"], table["error"]) == (0, [], None)
    assert "no such folder" in table["problems"][0]["reason"]


@pytest.mark.parametrize("source", ["/etc", "../outside", "mlflow:http://127.0.0.1:9/", "mlflow:sqlite:////etc/x.db"])
async def test_sources_outside_of_what_is_served_are_refused(project: Study, ask: Ask, source: str) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask("table", "Table", window(sources=[source]))
    assert refused.value.code == 422


async def test_columns_name_what_runs_have_with_types_and_frequent_values(project: Study, ask: Ask) -> None:
    for seed in range(4):
        project.record(f"r{seed}", seed / 10, model="svm" if seed else "logreg", seed=seed, deep={"lr": 0.1}, flag=True)
    answer = await ask("columns", "Columns")
    columns = {column["field"]: column for column in answer["columns"]}
    assert columns["config.model"]["values"] == ["svm", "logreg"]
    assert (columns["config.model"]["type"], columns["config.model"]["runs"]) == ("text", 4)
    assert columns["config.deep.lr"]["type"] == "number"
    assert columns["config.flag"]["type"] == "flag"
    assert columns["summary['test/acc']"]["name"] == "test/acc"
    assert "values" not in columns["summary['test/acc']"]
    assert columns["started"]["type"] == "time"
    project.record("late", 0.9, model=3)
    again = {column["field"]: column for column in (await ask("columns", "Columns"))["columns"]}
    assert (again["config.model"]["type"], again["config.model"]["runs"]) == ("mixed", 5)


async def test_a_run_tells_all_and_its_history_can_be_thinned(project: Study, ask: Ask) -> None:
    with start_run(name="a", config={"C": 1}, tags={"t": "x"}, folder=project.root / "runs") as run:
        for step in range(1000):
            run.log({"loss": math.nan if step == 3 else 1 / (step + 1)}, step=step)
    key = (await ask("table", "Table", window()))["rows"][0]["key"]
    details = await ask("run", "Details", key=key)
    assert (details["config"], details["tags"], details["metrics"]) == (
        {"C": 1},
        {"t": "x"},
        [{"name": "loss", "points": 1000}],
    )
    (whole,) = (await ask("history", "Histories", {"keys": [key], "metrics": ["loss", "none"]}))["series"]
    assert (len(whole["step"]), whole["value"][3], whole["value"][0]) == (1000, "nan", 1.0)
    (thin,) = (await ask("history", "Histories", {"keys": [key], "metrics": ["loss"], "points": 50}))["series"]
    assert 20 < len(thin["step"]) < 150
    assert (thin["step"][0], thin["step"][-1]) == (0, 999)


async def test_runs_are_compared_differences_first(project: Study, ask: Ask) -> None:
    for seed in (1, 2):
        project.record(f"r{seed}", 0.5, model="svm", seed=seed)
    keys = [row["key"] for row in (await ask("table", "Table", window()))["rows"]]
    answer = await ask("compare", "Comparison", {"keys": keys})
    sections = {section["title"]: section for section in answer["sections"]}
    assert sections["config"]["differing"] == [{"key": "seed", "values": [1, 2], "has": [True, True]}]
    assert sections["config"]["same"] == 1


async def test_a_run_that_is_not_there_is_not_found(project: Study, ask: Ask) -> None:
    project.record("a", 0.9)
    with pytest.raises(HTTPClientError) as refused:
        await ask("run", "Details", key="nothing@runs/")
    assert refused.value.code == 404


async def test_names_are_data_whatever_they_hold(project: Study, ask: Ask) -> None:
    for name in ("<script>alert(1)</script>", "x'; drop", "🙂\u202e", "a\nb"):
        project.record(name, 0.5, **{"we[ird": name})
    table = await ask("table", "Table", window(columns=["config['we[ird']"]))
    assert [row["cells"][0] for row in table["rows"]] == names(table)
