"""Ten thousand runs: read with progress, shown in windows, and followed while one of them runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from many_runs import make
from tests.server.streams import opened, training

if TYPE_CHECKING:
    from tests.conftest import Study

pytestmark = pytest.mark.slow

RUNS = 10_000


async def test_ten_thousand_runs_are_read_with_progress_and_shown_in_windows(
    project: Study, jp_fetch: Any, jp_ws_fetch: Any
) -> None:
    make(project.root, RUNS)

    async def table(**more: Any) -> tuple[Any, int]:
        ask = {"where": "", "sort": [], "columns": [], "offset": 0, "limit": 200, **more}
        response = await jp_fetch("pressrun", "api", "runs", "table", method="POST", body=json.dumps(ask))
        return json.loads(response.body), len(response.body)

    early, _ = await table()
    assert early["reading"] is not None, "the first answer waited for all runs"
    async with opened(jp_ws_fetch) as stream:
        await stream.subscribe("s", "runs")
        progress = await stream.next("s", lambda message: message["reading"] and message["reading"]["total"])
        assert 0 <= progress["reading"]["done"] <= progress["reading"]["total"] == RUNS
        ready = await stream.next("s", lambda message: message["reading"] is None)
        assert (ready["added"], ready["running"]) == ([], 0)
        columns = [f"config.p{number}" for number in range(20)] + [f"summary.m{number}" for number in range(25)]
        columns += ["config.model", "config.C", "config.lr", "val/acc", "duration"]
        found, size = await table(
            where="config.model == 'svm' and summary['val/acc'] > 0.5",
            sort=[{"field": "config.lr", "descending": True}],
            columns=columns,
            offset=400,
        )
        rates = [row["cells"][columns.index("config.lr")] for row in found["rows"]]
        assert (found["total"], len(rates), found["reading"]) == (RUNS, 200, None)
        assert rates == sorted(rates, reverse=True)
        assert {row["cells"][columns.index("config.model")] for row in found["rows"]} == {"svm"}
        assert size < 500_000
        last, _ = await table(offset=1_000_000)
        assert len(last["rows"]) == 1
        with training(project.root) as script:
            came = await stream.next("s", lambda message: bool(message["added"]))
            assert len(came["added"]) == 1
            script.log()
            changed = await stream.next("s", lambda message: bool(message["changed"]))
            assert changed["changed"] == came["added"]
            running, _ = await table(where="status == 'running'", columns=["loss"])
            assert [row["cells"] for row in running["rows"]] == [[1.0]]
