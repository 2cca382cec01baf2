"""MLflow's file store: what MLflow itself wrote is read as MLflow reads it, and what is broken in it is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.sources.stores import (
    assert_says_what_the_client_says,
    fingerprint,
    log_everything_mlflow_has,
    mlflow_client,
    refs_of,
    settle,
)

from pressrun.errors import ArtifactError, SourceError, SourceFormatError, SourceNotFoundError
from pressrun.records import Status
from pressrun.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pressrun.records import Recorded, RunSource, Series

NAN = float("nan")
RUN = "0123456789abcdef0123456789abcdef"

META = """\
artifact_uri: file:///elsewhere/mlruns/1/{run}/artifacts
end_time: 1700000009000
experiment_id: '1'
lifecycle_stage: active
run_id: {run}
run_name: by hand
start_time: 1700000000000
status: 3
user_id: ada
"""


BAD_LINES = [
    "1700000000000",
    "noon 0.5 1",
    "1 1,000.35 1",
    '1 "0.91" 1',
    "1 0.5 one",
    "1 0.5 1.5",
    "1 0.5 " + "9" * 30,
    "x" * 10_000,
    "9" * 5000 + " 0.5 1",
    "\x00\xff 1 1",
]


def laughs() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines) + f"\nrun_id: {'b' * 32}\n"


#: What a `meta.yaml` may hold → a word of the reason that must be given.
BAD_METAS = {
    "none": (None, "missing"),
    "empty": ("", "missing or empty"),
    "blank": ("\n\n", "empty"),
    "list": ("- a\n- b\n", "no mapping"),
    "text": ("just text", "no mapping"),
    "open": ("a: [1, 2", "not YAML"),
    "colons": ("a: b: c", "not YAML"),
    "apply": ("run_id: !!python/object/apply:os.system ['touch /tmp/pressrun-was-here']\n", "not plain data"),
    "name": ("run_id: !!python/name:os.system\n", "not plain data"),
    "laughs": (laughs(), "alias"),
    "deep": ("a: " + "[" * 5000, "nests deeper"),
    "huge": ("a: " + "x" * (2 << 20), "bytes"),
    "surrogate": ("run_id: \ud800\n", "UTF-8"),
    "other run": ("run_id: somebody_else\n", "somebody_else"),
    "other experiment": (META.format(run="b" * 32).replace("'1'", "'7'"), "experiment"),
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("everything")
    return root, log_everything_mlflow_has((root / "mlruns").as_uri(), None)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one experiment and one run, written by hand."""
    experiment = tmp_path / "mlruns" / "1"
    (experiment / RUN / "metrics").mkdir(parents=True)
    (experiment / "meta.yaml").write_text("experiment_id: '1'\nname: hand\nlifecycle_stage: active\n")
    (experiment / RUN / "meta.yaml").write_text(META.format(run=RUN))
    return tmp_path / "mlruns"


@pytest.fixture
def another(store: Path) -> Path:
    """A second run beside the first, to be broken."""
    folder = store / "1" / ("b" * 32)
    (folder / "metrics").mkdir(parents=True)
    (folder / "metrics" / "acc").write_text("1700000000000 0.5 0\n")
    return folder


@pytest.fixture
def locked_copy(store: Path) -> Iterator[Callable[..., Path]]:
    """Copy the store, take all rights from some paths of the copy, and those of the superuser from this process."""
    was = os.geteuid()
    # Not in pytest's own folder, which only its owner may look into.
    place = Path(tempfile.mkdtemp(dir="/tmp"))

    def lock(*paths: str) -> Path:
        shutil.copytree(store, place / "mlruns")
        place.chmod(0o755)
        for path in paths:
            (place / "mlruns" / path).chmod(0)
        if was == 0:
            os.seteuid(65534)
        return place / "mlruns"

    yield lock
    os.seteuid(was)
    subprocess.run(["chmod", "-R", "u+rwX", place], check=True)
    shutil.rmtree(place)


def opened(store: Path) -> RunSource:
    return open_source(f"mlflow:{store}", store.parent)


def metric(store: Path, text: str | bytes) -> tuple[Recorded, Series | None]:
    (store / "1" / RUN / "metrics" / "acc").write_bytes(text if isinstance(text, bytes) else text.encode())
    recorded = opened(store).read(RUN)
    return recorded, recorded.history.get("acc")


class TestWhatMlflowWrote:
    def test_is_read_as_mlflow_reads_it(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        source = opened(root / "mlruns")
        client = mlflow_client((root / "mlruns").as_uri())
        for run_id in ids.values():
            assert_says_what_the_client_says(source.read(run_id), client)

    def test_lists_runs_and_not_models(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        refs, problems = refs_of(opened(root / "mlruns"))
        assert {ref.id for ref in refs} == set(ids.values())
        assert problems == []

    def test_deleted_runs_and_runs_of_deleted_experiments_are_deleted(
        self, everything: tuple[Path, dict[str, str]]
    ) -> None:
        root, ids = everything
        source = opened(root / "mlruns")
        status = {what: source.read(run_id).run.status for what, run_id in ids.items()}
        assert status["deleted"] is status["orphan"] is Status.DELETED
        assert status["child"] is Status.KILLED

    def test_params_are_typed_where_their_text_leaves_no_doubt(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        config = opened(root / "mlruns").read(ids["rich"]).run.config
        typed = {key: config[key] for key in ("int", "float", "exp", "true", "none", "big", "negative", "inf")}
        assert typed == {
            "int": 3,
            "float": 0.1,
            "exp": 1e-08,
            "true": True,
            "none": None,
            "big": 10**30,
            "negative": -4,
            "inf": float("inf"),
        }
        as_text = ("text", "padded", "comma", "minus zero", "list", "empty", "blank", "grouped", "quoted")
        assert {type(config[key]) for key in as_text} == {str}

    def test_provenance_comes_from_mlflows_tags(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        provenance = opened(root / "mlruns").read(ids["rich"]).run.provenance
        assert (provenance.git_commit, provenance.user) == ("c0ffee", "ada")
        assert [(d.name, len(d.digest)) for d in provenance.datasets] == [("zeros", 8)]
        assert provenance.extra["experiment"] == "everything, δ"

    def test_reading_changes_no_byte(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        before = fingerprint(root)
        source = opened(root / "mlruns")
        for run_id in ids.values():
            source.read(run_id)
        assert source.artifact(ids["rich"], "notes/a b%20c.txt").read_text() == "hello"
        assert fingerprint(root) == before

    def test_a_moved_store_keeps_its_artifacts(self, everything: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
        root, ids = everything
        shutil.copytree(root / "mlruns", tmp_path / "moved")
        artifact = opened(tmp_path / "moved").artifact(ids["rich"], "notes/a b%20c.txt")
        assert artifact.is_relative_to(tmp_path / "moved")

    def test_artifacts_outside_the_store_are_found(self, tmp_path: Path) -> None:
        client = mlflow_client((tmp_path / "mlruns").as_uri())
        experiment = client.create_experiment("apart", artifact_location=(tmp_path / "kept").as_uri())
        run_id = client.create_run(experiment).info.run_id
        client.log_text(run_id, "hello", "a.txt")
        source = opened(tmp_path / "mlruns")
        assert [a.path for a in source.read(run_id).run.artifacts] == ["a.txt"]
        assert source.artifact(run_id, "a.txt").read_text() == "hello"


class TestMetricFiles:
    @pytest.mark.parametrize(
        ("text", "points"),
        [
            ("1700000000000 0.5\n", [(0, 0.5)]),
            ("1700000000000 0.5 3\n", [(3, 0.5)]),
            ("1700000000000 0.5 3 mnist\n", [(3, 0.5)]),
            ("1700000000000 0.5 3 mnist d1gest\n1700000001000 0.6 4\n", [(3, 0.5), (4, 0.6)]),
            ("1700000000000 0.5 1\r\n1700000001000 0.6 2\r\n", [(1, 0.5), (2, 0.6)]),
            ("\ufeff1700000000000 0.5 1\n\n1700000001000 0.6 2", [(1, 0.5), (2, 0.6)]),
            ("1700000000000 1e400 1\n", [(1, float("inf"))]),
            ("1700000000000 -inf 1\n", [(1, -float("inf"))]),
            ("1 0.1 2\n2 0.2 1\n9 0.3 0\n", [(0, 0.3), (1, 0.2), (2, 0.1)]),
            ("1 0.1 0\n2 0.2 1\n3 0.3 1\n2 0.9 1\n", [(0, 0.1), (1, 0.2), (1, 0.9), (1, 0.3)]),
            ("5 0.1 0\n5 0.3 1\n5 0.2 1\n", [(0, 0.1), (1, 0.2), (1, 0.3)]),
            ("5 0.1 0\n5 nan 1\n5 -0.2 1\n5 nan 1\n", [(0, 0.1), (1, NAN), (1, NAN), (1, -0.2)]),
        ],
    )
    def test_points_are_read_by_one_rule(self, store: Path, text: str, points: list[tuple[int, float]]) -> None:
        recorded, series = metric(store, text)
        assert series is not None
        assert repr(list(zip(series.steps.tolist(), series.values.tolist(), strict=True))) == repr(points)
        assert recorded.run.summary == {"acc": points[-1][1]}
        assert recorded.run.problems == ()

    @pytest.mark.parametrize("line", BAD_LINES)
    def test_a_bad_line_is_named_and_the_others_load(self, store: Path, line: str) -> None:
        recorded, series = metric(store, f"1700000000000 0.5 0\n{line}\n1700000002000 0.7 2\n".encode("latin-1"))
        assert series is not None
        assert series.steps.tolist() == [0, 2]
        assert [p.where for p in recorded.run.problems] == [f"1/{RUN}/metrics/acc:2"]

    def test_many_bad_lines_are_counted(self, store: Path) -> None:
        recorded, series = metric(store, "1 0.5 0\n" + "bad\n" * 1000)
        assert series is not None
        assert len(recorded.run.problems) < 10
        assert "995 further lines" in recorded.run.problems[-1].reason

    def test_an_empty_file_has_no_points_and_no_summary(self, store: Path) -> None:
        recorded, series = metric(store, "")
        assert series is None
        assert recorded.run.summary == {}

    def test_nan_is_the_summary_where_it_is_the_last_value(self, store: Path) -> None:
        recorded, _ = metric(store, "1 0.5 0\n2 nan 1\n")
        assert repr(recorded.run.summary["acc"]) == "nan"

    def test_half_a_line_of_a_run_that_goes_on_is_no_point(self, store: Path) -> None:
        meta = store / "1" / RUN / "meta.yaml"
        meta.write_text(meta.read_text().replace("status: 3", "status: 1"))
        recorded, series = metric(store, "1 0.5 0\n2 0.75 1")
        assert series is not None
        assert series.steps.tolist() == [0]
        assert "still writing" in recorded.run.problems[0].reason

    def test_points_that_were_logged_without_steps_are_all_kept(self, store: Path) -> None:
        recorded, series = metric(store, "1 0.5\n2 0.6\n3 0.7\n")
        assert series is not None
        assert series.steps.tolist() == [0, 0, 0]
        assert series.values.tolist() == [0.5, 0.6, 0.7]
        assert recorded.run.summary == {"acc": 0.7}


class TestBrokenMeta:
    @pytest.mark.parametrize(("text", "reason"), BAD_METAS.values(), ids=BAD_METAS)
    def test_sets_that_run_aside_and_reads_the_rest(
        self, store: Path, another: Path, text: str | None, reason: str
    ) -> None:
        if text is not None:
            (another / "meta.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
        source = opened(store)
        refs, problems = refs_of(source)
        said = [f"{p.where} {p.reason}" for p in problems]
        for ref in refs:
            try:
                source.read(ref.id)
            except SourceFormatError as error:
                said.append(str(error))
        assert source.read(RUN).run.name == "by hand"
        assert len(said) == 1
        assert "b" * 32 in said[0]
        assert reason in said[0]
        assert not Path("/tmp/pressrun-was-here").exists()

    def test_of_an_experiment_loses_only_its_name(self, store: Path) -> None:
        (store / "1" / "meta.yaml").unlink()
        refs, problems = refs_of(opened(store))
        assert [ref.id for ref in refs] == [RUN]
        assert [(p.where, "without its name" in p.reason) for p in problems] == [("1/meta.yaml", True)]
        assert "mlflow.experiment" not in opened(store).read(RUN).run.tags

    @pytest.mark.parametrize("line", ["status: 99", "status: maybe", "status: [3]", "status:"])
    def test_with_an_odd_status_is_unknown(self, store: Path, line: str) -> None:
        meta = store / "1" / RUN / "meta.yaml"
        meta.write_text(meta.read_text().replace("status: 3", line))
        run = opened(store).read(RUN).run
        assert run.status is Status.UNKNOWN
        assert run.problems

    @pytest.mark.parametrize("line", ["start_time: soon", "start_time: -5", "start_time: .nan", "start_time: 1.0e+300"])
    def test_with_an_odd_start_has_none(self, store: Path, line: str) -> None:
        meta = store / "1" / RUN / "meta.yaml"
        meta.write_text(meta.read_text().replace("start_time: 1700000000000", line))
        assert opened(store).read(RUN).run.started is None

    def test_of_mlflows_first_versions_is_read(self, store: Path) -> None:
        old = f"run_uuid: {RUN}\nname: first\nexperiment_id: 1\nstatus: 4\nstart_time: 1500000000000\nend_time: null\n"
        (store / "1" / RUN / "meta.yaml").write_text(old + "source_version: c0ffee\nuser_id: ada\n")
        run = opened(store).read(RUN).run
        assert (run.name, run.status, run.started, run.ended) == ("first", Status.FAILED, 1.5e9, None)
        assert (run.provenance.git_commit, run.provenance.user) == ("c0ffee", "ada")


class TestLinksAndPlaces:
    def test_links_out_of_the_store_are_not_followed(self, store: Path, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.mkdir()
        (secret / "acc").write_text("1 0.999 1\n")
        run = store / "1" / RUN
        (run / "params").symlink_to(secret)
        (run / "metrics" / "stolen").symlink_to(secret / "acc")
        (run / "artifacts").mkdir()
        (run / "artifacts" / "link.txt").symlink_to(secret / "acc")
        (run / "artifacts" / "plain.txt").write_text("x")
        (store / "1" / ("c" * 32)).symlink_to(secret)
        source = opened(store)
        recorded = source.read(RUN)
        assert dict(recorded.run.config) == {}
        assert set(recorded.history) == set()
        assert [a.path for a in recorded.run.artifacts] == ["plain.txt"]
        assert any("symbolic link" in p.reason for p in recorded.run.problems)
        with pytest.raises(ArtifactError, match="leads out"):
            source.artifact(RUN, "link.txt")
        assert [ref.id for ref in refs_of(source)[0]] == [RUN]

    def test_a_circle_of_links_ends(self, store: Path) -> None:
        run = store / "1" / RUN
        (run / "artifacts").mkdir()
        (run / "artifacts" / "loop").symlink_to(run / "artifacts")
        (run / "artifacts" / "self").symlink_to(run / "artifacts" / "self")
        (run / "metrics" / "up").symlink_to(store)
        source = opened(store)
        assert source.read(RUN).run.artifacts == ()
        with pytest.raises(ArtifactError):
            source.artifact(RUN, "self")

    def test_a_pipe_among_the_metrics_does_not_block(self, store: Path) -> None:
        os.mkfifo(store / "1" / RUN / "metrics" / "pipe")
        assert "no regular file" in opened(store).read(RUN).run.problems[0].reason

    @pytest.mark.parametrize("uri", ["file:///etc", "/etc", "../..", "file:///", "s3://bucket/x", "{parent}"])
    def test_an_artifact_uri_cannot_point_at_other_folders(self, store: Path, uri: str) -> None:
        meta = store / "1" / RUN / "meta.yaml"
        (store.parent / "passwd").write_text("secret")
        uri = uri.format(parent=store.parent.as_uri())
        meta.write_text(meta.read_text().replace(f"file:///elsewhere/mlruns/1/{RUN}/artifacts", uri))
        source = opened(store)
        assert source.read(RUN).run.artifacts == ()
        with pytest.raises(ArtifactError):
            source.artifact(RUN, "passwd")

    def test_a_pipe_in_the_place_of_a_meta_does_not_block(self, store: Path) -> None:
        (store / "stray" / "folder").mkdir(parents=True)
        os.mkfifo(store / "stray" / "folder" / "meta.yaml")
        (store / "1" / ("b" * 32) / "metrics").mkdir(parents=True)
        os.mkfifo(store / "1" / ("b" * 32) / "meta.yaml")
        refs, problems = refs_of(opened(store))
        assert [ref.id for ref in refs] == [RUN]
        assert len(problems) == 1

    def test_what_may_not_be_read_is_named(self, store: Path, locked_copy: Callable[..., Path]) -> None:
        run = store / "1" / RUN
        (run / "params").mkdir()
        (run / "params" / "C").write_text("1")
        (store / "1" / ("b" * 32)).mkdir()
        (store / "1" / ("b" * 32) / "meta.yaml").write_text("x: 1")
        (store / "2").mkdir()
        refs_of(opened(store))
        opened(store).read(RUN)
        store = locked_copy(f"1/{RUN}/params/C", f"1/{RUN}/metrics", f"1/{'b' * 32}", "2")
        refs, problems = refs_of(opened(store))
        assert [ref.id for ref in refs] == [RUN]
        assert sorted({p.where.split("/meta")[0] for p in problems}) == ["1/" + "b" * 32, "2"]
        said = sorted(p.where for p in opened(store).read(RUN).run.problems)
        assert said == [f"1/{RUN}/metrics", f"1/{RUN}/params/C"]

    def test_an_empty_folder_is_an_empty_store(self, tmp_path: Path) -> None:
        (tmp_path / "mlruns").mkdir()
        assert refs_of(opened(tmp_path / "mlruns")) == ([], [])

    @pytest.mark.parametrize(
        ("make", "kind", "hint"),
        [
            (lambda p: None, SourceNotFoundError, "folder"),
            (lambda p: p.write_text("x"), SourceFormatError, "mlflow:sqlite:///"),
            (lambda p: (p / "photos").mkdir(parents=True), SourceFormatError, "MLflow's folder"),
            (lambda p: (p / "mlruns" / "0").mkdir(parents=True), SourceFormatError, "mlruns"),
        ],
        ids=["nothing", "file", "other folders", "the folder above"],
    )
    def test_what_is_no_store_is_refused_with_a_way_on(
        self, tmp_path: Path, make: Callable[[Path], object], kind: type[SourceError], hint: str
    ) -> None:
        from pressrun.sources.mlflow_files import MlflowFiles

        make(tmp_path / "place")
        with pytest.raises(kind) as caught:
            list(MlflowFiles("mlflow:place", tmp_path).refs())
        assert hint in caught.value.hint
        assert str(tmp_path / "place") in str(caught.value)

    def test_artifacts_of_a_database_are_no_file_store(self, tmp_path: Path) -> None:
        (tmp_path / "mlruns" / "1" / RUN / "artifacts").mkdir(parents=True)
        (tmp_path / "mlflow.db").write_bytes(b"")
        with pytest.raises(SourceFormatError, match=r"mlflow\.db"):
            refs_of(opened(tmp_path / "mlruns"))


class TestStamps:
    def test_a_file_of_just_now_has_no_stamp_yet(self, store: Path) -> None:
        assert [ref.stamp for ref in refs_of(opened(store))[0]] == [""]

    def test_change_with_content_of_the_same_size_and_time(self, store: Path) -> None:
        _, _ = metric(store, "1 0.5 0\n")
        settle(store)
        before, digest = refs_of(opened(store))[0][0].stamp, opened(store).read(RUN).run.digest
        path = store / "1" / RUN / "metrics" / "acc"
        times = path.stat()
        path.write_text("1 0.6 0\n")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert refs_of(opened(store))[0][0].stamp == ""
        settle(store)
        assert before != refs_of(opened(store))[0][0].stamp != ""
        assert opened(store).read(RUN).run.digest != digest

    def test_a_touch_changes_the_stamp_and_not_the_digest(self, store: Path) -> None:
        metric(store, "1 0.5 0\n")
        settle(store)
        before, digest = refs_of(opened(store))[0][0].stamp, opened(store).read(RUN).run.digest
        (store / "1" / RUN / "metrics" / "acc").touch()
        settle(store)
        assert refs_of(opened(store))[0][0].stamp != before
        assert opened(store).read(RUN).run.digest == digest

    @pytest.mark.parametrize("part", ["params/C", "tags/t", "artifacts/a.txt", "metrics/new"])
    def test_change_with_a_new_file(self, store: Path, part: str) -> None:
        settle(store)
        before = refs_of(opened(store))[0][0].stamp
        path = store / "1" / RUN / part
        path.parent.mkdir(exist_ok=True)
        path.write_text("1 1 1")
        assert before
        assert refs_of(opened(store))[0][0].stamp != before
