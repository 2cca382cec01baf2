"""The logger in use: what is logged is what is read."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pressrun import Status, start_run
from pressrun.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.records import Recorded


def test_a_run_is_read_as_it_was_logged(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run("svm", {"C": 10, "seed": 3}, tags={"stage": "dev"}, folder=runs) as run:
        for step in range(3):
            run.log({"val/acc": 0.5 + step / 10, "loss": 1 / (1 + step)}, step=step)
        run.summary["test/acc"] = 0.98
        run.config["late"] = [1, {"deep": None}]
    recorded = read_one()
    assert recorded.run.id == run.id == run.folder.name
    assert recorded.run.name == "svm"
    assert recorded.run.status is Status.FINISHED
    assert recorded.run.config == {"C": 10, "seed": 3, "late": [1, {"deep": None}]}
    assert recorded.run.tags == {"stage": "dev"}
    assert recorded.run.summary == {"val/acc": 0.7, "loss": 1 / 3, "test/acc": 0.98}
    assert recorded.run.metrics == {"val/acc": 3, "loss": 3}
    assert recorded.history["val/acc"].steps.tolist() == [0, 1, 2]
    assert recorded.run.provenance.seed == 3
    assert recorded.run.problems == ()
    assert recorded.run.started is not None
    assert recorded.run.ended is not None
    assert recorded.run.started <= recorded.history["loss"].times[0] <= recorded.run.ended


def test_steps_count_on_from_the_last(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs) as run:
        run.log({"a": 1.0})
        run.log({"a": 2.0}, step=10)
        run.log({"a": 3.0})
        run.log({})
        run.log({"a": 4.0})
    assert read_one().history["a"].steps.tolist() == [0, 10, 11, 12]


def test_non_finite_numbers_are_kept(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(config={"limit": math.inf}, folder=runs) as run:
        for value in (math.nan, math.inf, -math.inf, 0.5, math.nan):
            run.log({"loss": value})
        run.summary["best"] = -math.inf
    recorded = read_one()
    values = recorded.history["loss"].values.tolist()
    assert str(values) == "[nan, inf, -inf, 0.5, nan]"
    assert math.isnan(recorded.run.summary["loss"])  # type: ignore[arg-type]
    assert recorded.run.summary["best"] == -math.inf
    assert recorded.run.config["limit"] == math.inf
    for line in (run.folder / "events.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


class OneTensor:
    """What torch's and jax's scalars have in common."""

    def item(self) -> float:
        return 0.25


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (True, 1.0),
        (2**70, float(2**70)),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.int64(-4), -4.0),
        (np.array([[2.5]]), 2.5),
        (np.bool_(False), 0.0),
        (OneTensor(), 0.25),
        (Decimal("1.5"), 1.5),
    ],
)
def test_scalars_of_any_library_are_numbers(
    runs: Path, read_one: Callable[[], Recorded], value: Any, number: float
) -> None:
    with start_run(folder=runs) as run:
        run.log({"x": value})
    assert read_one().history["x"].values.tolist() == [number]


@pytest.mark.parametrize("value", ["0.91", None, [1.0], np.zeros(2), {}, b"1", 1j, 10**400, object()])
def test_what_is_no_number_is_refused_by_the_metrics_name(
    runs: Path, read_one: Callable[[], Recorded], value: Any
) -> None:
    with start_run(folder=runs) as run:
        run.log({"good": 1.0}, step=0)
        with pytest.raises(UsageError, match="'val/acc'"):
            run.log({"good": 2.0, "val/acc": value}, step=1)
    recorded = read_one()
    assert recorded.history["good"].values.tolist() == [1.0]
    assert recorded.run.metrics == {"good": 1}


@pytest.mark.parametrize("step", ["1", 1.5, None.__class__, 2**63, math.nan])
def test_a_step_that_is_no_whole_number_is_refused(runs: Path, step: Any) -> None:
    with start_run(folder=runs, resources=False) as run, pytest.raises(UsageError, match="step"):
        run.log({"a": 1.0}, step=step)


def test_steps_of_other_whole_types_are_steps(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs) as run:
        run.log({"a": 1.0}, step=np.int32(4))  # type: ignore[arg-type]
        run.log({"a": 1.0}, step=5.0)  # type: ignore[arg-type]
        run.log({"a": 1.0}, step=-(2**63))
    assert read_one().history["a"].steps.tolist() == [-(2**63), 4, 5]


def test_a_time_of_ones_own_is_recorded(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs) as run:
        run.log({"a": 1.0}, time=12.5)
        with pytest.raises(UsageError, match="time"):
            run.log({"a": 1.0}, time=math.nan)
    assert read_one().history["a"].times.tolist() == [12.5]


def test_an_exception_fails_the_run_and_goes_on(runs: Path, read_one: Callable[[], Recorded]) -> None:
    def train() -> None:
        with start_run(folder=runs) as run:
            run.log({"a": 1 / 2})
            run.log({"a": 1 / 0})

    with pytest.raises(ZeroDivisionError):
        train()
    recorded = read_one()
    assert recorded.run.status is Status.FAILED
    assert recorded.run.provenance.extra["error"] == {"type": "ZeroDivisionError", "message": "division by zero"}
    assert recorded.run.metrics == {"a": 1}


class UnsayableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def test_an_exception_that_cannot_be_printed_is_still_the_users(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with pytest.raises(UnsayableError), start_run(folder=runs, resources=False):
        raise UnsayableError
    assert read_one().run.status is Status.FAILED


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (KeyboardInterrupt(), Status.KILLED, None),
        (SystemExit(), Status.FINISHED, 0),
        (SystemExit(0), Status.FINISHED, 0),
        (SystemExit(3), Status.FAILED, 3),
        (SystemExit("no data"), Status.FAILED, 1),
    ],
)
def test_the_way_out_of_the_block_is_the_status(
    runs: Path, read_one: Callable[[], Recorded], error: BaseException, status: Status, code: int | None
) -> None:
    with pytest.raises(type(error)), start_run(folder=runs):
        raise error
    run = read_one().run
    assert run.status is status
    assert run.provenance.exit_code == code


def test_a_secret_in_a_message_is_not_recorded(runs: Path) -> None:
    with pytest.raises(OSError, match="hunter2"), start_run(folder=runs) as run:
        raise OSError("cannot reach https://me:hunter2@host/x")
    assert "hunter2" not in (run.folder / "events.jsonl").read_text()


def test_a_finished_run_takes_nothing_more(runs: Path, read_one: Callable[[], Recorded]) -> None:
    run = start_run(folder=runs)
    run.finish("failed")
    run.finish()
    for late in (
        lambda: run.log({"a": 1.0}),
        lambda: run.summary.update(a=1),
        lambda: run.artifact_path("x"),
        lambda: run.use_data("d"),
    ):
        with pytest.raises(UsageError, match="over"):
            late()
    assert read_one().run.status is Status.FAILED


@pytest.mark.parametrize("status", ["running", "deleted", "done", 3])
def test_a_run_ends_in_no_other_way(runs: Path, status: Any) -> None:
    with start_run(folder=runs, resources=False) as run, pytest.raises(UsageError, match="cannot end"):
        run.finish(status)


class Colour(Enum):
    RED = "red"


@dataclass
class Settings:
    rate: float = 0.1
    path: Path = Path("data/x")


@pytest.mark.parametrize(
    ("config", "recorded"),
    [
        (argparse.Namespace(lr=0.1, layers=[1, 2]), {"lr": 0.1, "layers": [1, 2]}),
        (Settings(), {"rate": 0.1, "path": "data/x"}),
        ({"a": np.arange(3), "b": np.float32(0.5)}, {"a": [0, 1, 2], "b": 0.5}),
        ({1: {2, 1}, "c": Colour.RED, "t": (1, None)}, {"1": [1, 2], "c": "red", "t": [1, None]}),
        ({"f": math.sin, "big": 10**5000}, {"f": "math.sin", "big": hex(10**5000)}),
        ({"inner": Settings()}, {"inner": {"rate": 0.1, "path": "data/x"}}),
        ({"lone": "\udcff"}, {"lone": "\\udcff"}),
    ],
)
def test_configs_as_people_have_them(
    runs: Path, read_one: Callable[[], Recorded], config: Any, recorded: dict[str, Any]
) -> None:
    start_run(config=config, folder=runs, resources=False).finish()
    assert read_one().run.config == recorded


def test_a_config_that_is_none_is_refused(runs: Path) -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    for config in (3, "lr=1", [1], endless):
        with pytest.raises(UsageError, match="config"):
            start_run(config=config, folder=runs)


def test_config_changed_in_place_and_removed_entries(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(config={"layers": [1], "x": 1}, folder=runs) as run:
        run.config["layers"].append(2)
        del run.config["x"]
        run.tags["n"] = 3  # type: ignore[assignment]
        run.summary.update({"a": 1}, b=2)
        assert dict(run.summary) == {"a": 1, "b": 2}
    found = read_one().run
    assert found.config == {"layers": [1, 2]}
    assert found.tags == {"n": "3"}
    assert found.summary == {"a": 1, "b": 2}


def test_names_are_any_text(runs: Path, read_one: Callable[[], Recorded]) -> None:
    name = '</script>"\\ \u2028é\U0001f600\n{"kind":"end"}'
    with start_run(name, folder=runs) as run:
        run.log({name: 1.0, "": 2.0})
    recorded = read_one()
    assert recorded.run.name == name
    assert recorded.history[name].values.tolist() == [1.0]
    assert recorded.history[""].values.tolist() == [2.0]
    assert run.id.replace("-", "").isalnum()


def test_the_id_can_be_chosen_once(runs: Path) -> None:
    start_run(folder=runs, id="fold-1", resources=False).finish()
    with pytest.raises(UsageError, match="already"):
        start_run(folder=runs, id="fold-1")
    for bad in ("../x", "", ".hidden", "a/b", "a b", "x" * 200):
        with pytest.raises(UsageError, match="id"):
            start_run(folder=runs, id=bad)
    assert [path.name for path in runs.iterdir()] == ["fold-1"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="file"):
        start_run(folder=tmp_path / "file" / "runs")


def test_runs_go_to_the_projects_folder(runs: Path) -> None:
    (runs.parent / "pressrun.toml").write_text('sources = ["mlflow:x", "experiments/"]')
    run = start_run("a", resources=False)
    run.finish()
    assert run.folder.parent == runs.parent / "experiments"


def test_many_threads_log_to_one_run(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs) as run:

        def work(number: int) -> None:
            for step in range(2000):
                run.log({f"m{number}": float(step)}, step=step)
                run.log({"shared": float(number)})

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    recorded = read_one()
    assert recorded.run.problems == ()
    for number in range(6):
        assert recorded.history[f"m{number}"].values.tolist() == [float(step) for step in range(2000)]


def test_a_point_after_a_pause_is_in_the_file_at_once(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs, resources=False) as run:
        time.sleep(0.2)
        run.log({"a": 1.0})
        time.sleep(0.2)
        recorded = read_one()
        assert recorded.run.status is Status.RUNNING
        assert recorded.run.metrics == {"a": 1}


def test_a_forked_worker_may_log_and_finishes_nothing(runs: Path, read_one: Callable[[], Recorded]) -> None:
    with start_run(folder=runs) as run:
        run.log({"a": 0.0}, step=0)
        pid = os.fork()
        if pid == 0:
            try:
                run.log({"worker": 7.0}, step=0)
                run.finish()
            finally:
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        run.log({"a": 1.0}, step=1)
    recorded = read_one()
    assert recorded.run.status is Status.FINISHED
    assert recorded.history["a"].values.tolist() == [0.0, 1.0]
    assert recorded.history["worker"].values.tolist() == [7.0]


def test_logging_loads_no_heavy_library(runs: Path) -> None:
    code = (
        "import sys, pressrun; run = pressrun.start_run(folder=sys.argv[1], resources=False); run.log({'a': 1}); "
        "run.finish(); heavy = ('numpy', 'pandas', 'matplotlib', 'scipy', 'rich', 'click'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(runs)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
