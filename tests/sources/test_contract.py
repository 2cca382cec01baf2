"""What every source promises, held against each: the same runs, written by each format's own writer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.sources.stores import LOGICAL_RUNS, fingerprint, refs_of, settle

from pressrun.errors import ArtifactError, SourceError
from pressrun.records import RunSource, Series, Status
from pressrun.sources.digests import run_digest

if TYPE_CHECKING:
    from tests.sources.stores import LogicalRun, Store

SOURCES = [
    "folder_store",
    "memory_store",
    "file_store",
    "sqlite_store",
    pytest.param("server_store", marks=pytest.mark.slow),
]

BAD_PATHS = [
    "../run.json",
    "plots/../../meta.yaml",
    "%2e%2e/meta.yaml",
    "%252e%252e/meta.yaml",
    "..\\meta.yaml",
    "/etc/passwd",
    "file:///etc/passwd",
    "plots/\0roc.txt",
    "",
    ".",
    "plots",
    "plots/none.txt",
]


@pytest.fixture(params=SOURCES)
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=LOGICAL_RUNS, ids=lambda run: run.name.split(",")[0])
def logical(request: pytest.FixtureRequest) -> LogicalRun:
    run: LogicalRun = request.param
    return run


def expected(points: list[tuple[int, float]]) -> Series:
    """The rule of records.Series for points logged one after the other: of one step, the last one stands."""
    return Series.of([(step, float(n), value) for n, (step, value) in enumerate(points)])


class TestEverySource:
    def test_is_a_run_source(self, store: Store) -> None:
        assert isinstance(store.open(), RunSource)

    def test_lists_each_run_once_and_sets_nothing_aside(self, store: Store) -> None:
        refs, problems = refs_of(store.open())
        assert sorted(ref.id for ref in refs) == sorted(store.ids.values())
        assert problems == []

    def test_lists_runs_in_the_same_order_each_time(self, store: Store) -> None:
        assert [r.id for r in refs_of(store.open())[0]] == [r.id for r in refs_of(store.open())[0]]

    def test_gives_what_was_logged(self, store: Store, logical: LogicalRun) -> None:
        run = store.open().read(store.ids[logical.name]).run
        assert run.id == store.ids[logical.name]
        assert run.source == store.open().url
        assert (run.name, run.status) == (logical.name, logical.status)
        assert dict(run.config) == logical.config
        assert {key: type(value) for key, value in run.config.items()} == {
            key: type(value) for key, value in logical.config.items()
        }
        assert logical.tags.items() <= run.tags.items()
        assert run.problems == ()

    def test_gives_every_series_by_the_one_rule(self, store: Store, logical: LogicalRun) -> None:
        recorded = store.open().read(store.ids[logical.name])
        assert set(recorded.history) == set(logical.history) == set(recorded.run.metrics)
        for metric, points in logical.history.items():
            series, wanted = recorded.history[metric], expected(points)
            dtypes = [str(array.dtype) for array in (series.steps, series.times, series.values)]
            assert dtypes == ["int64", "float64", "float64"]
            np.testing.assert_array_equal(series.steps, wanted.steps)
            np.testing.assert_array_equal(series.values, wanted.values)
            assert recorded.run.metrics[metric] == len(series)

    def test_times_are_seconds_of_this_era(self, store: Store) -> None:
        recorded = store.recorded()["resumed"]
        assert all(1.5e9 < time < 5e9 for time in recorded.history["val/acc"].times)

    def test_the_summary_is_the_last_value(self, store: Store, logical: LogicalRun) -> None:
        summary = store.open().read(store.ids[logical.name]).run.summary
        assert set(summary) == set(logical.history)
        for metric, points in logical.history.items():
            last = expected(points).last
            value = summary[metric]
            assert isinstance(value, float)
            assert value == last or (math.isnan(value) and math.isnan(last))

    def test_a_digest_is_over_the_content_and_the_same_each_time(self, store: Store) -> None:
        first, again = store.recorded(), store.recorded()
        digests = {name: recorded.run.digest for name, recorded in first.items()}
        assert digests == {name: recorded.run.digest for name, recorded in again.items()}
        assert len(set(digests.values())) == len(LOGICAL_RUNS)
        for recorded in first.values():
            assert recorded.run.digest == run_digest(recorded.run, recorded.history)
            assert recorded.run.digest.startswith("sha256:")

    def test_stamps_stay_while_nothing_changes(self, store: Store) -> None:
        if store.folder is not None:
            settle(store.folder)
        first = refs_of(store.open())[0]
        assert first == refs_of(store.open())[0]
        running = store.ids["still going"]
        assert all(ref.stamp for ref in first if ref.id != running), "no stamp: every run would be read every time"

    def test_reading_changes_no_byte_and_leaves_no_file(self, store: Store) -> None:
        if store.folder is None:
            pytest.skip("a server's files are its own")
        before = fingerprint(store.folder)
        source = store.open()
        for ref in refs_of(source)[0]:
            for artifact in source.read(ref.id).run.artifacts:
                source.artifact(ref.id, artifact.path)
        assert fingerprint(store.folder) == before

    def test_artifacts_are_listed_and_read(self, store: Store) -> None:
        source = store.open()
        run = store.recorded()[LOGICAL_RUNS[0].name].run
        assert [(a.path, a.size) for a in run.artifacts] == [("plots/roc.txt", 8)]
        assert source.artifact(run.id, "plots/roc.txt").read_text() == "0 0\n1 1\n"

    @pytest.mark.parametrize("path", BAD_PATHS)
    def test_artifact_paths_that_lead_out_or_nowhere_are_refused(self, store: Store, path: str) -> None:
        with pytest.raises(ArtifactError):
            store.open().artifact(store.ids[LOGICAL_RUNS[0].name], path)

    @pytest.mark.parametrize("run_id", ["", "nobody", "..", "../x", "%2e%2e", "a/b", "a\\b", "\0", "tags", "x" * 5000])
    def test_an_unknown_run_is_a_source_error(self, store: Store, run_id: str) -> None:
        with pytest.raises(SourceError):
            store.open().read(run_id)
        with pytest.raises(SourceError):
            store.open().artifact(run_id, "plots/roc.txt")

    def test_a_running_run_is_no_evidence(self, store: Store) -> None:
        status = store.recorded()["still going"].run.status
        assert status is Status.RUNNING
        assert not status.is_evidence
