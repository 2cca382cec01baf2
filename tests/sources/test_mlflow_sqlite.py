"""MLflow's SQLite store: every schema version is read, nothing of it is touched, and what is damaged is said to be."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
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
from pressrun.sources.sqlite_files import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pressrun.records import Recorded, RunSource

RUN = "0123456789abcdef0123456789abcdef"

RUNS_0_9 = """
create table experiments (experiment_id integer primary key, name varchar(256) unique not null,
    artifact_location varchar(256), lifecycle_stage varchar(32));
create table runs (run_uuid varchar(32) primary key, name varchar(250), source_type varchar(20),
    source_name varchar(500), entry_point_name varchar(50), user_id varchar(256), status varchar(20),
    start_time bigint, end_time bigint, source_version varchar(50), lifecycle_stage varchar(20),
    artifact_uri varchar(200), experiment_id integer references experiments);
create table tags (key varchar(250), value varchar(250), run_uuid varchar(32), primary key (key, run_uuid));
create table params (key varchar(250), value varchar(250) not null, run_uuid varchar(32), primary key (key, run_uuid));
insert into experiments values (1, 'digits', './mlruns/1', 'active'), (2, 'old', null, 'deleted');
"""
METRICS_0_9 = """
create table metrics (key varchar(250), value float not null, timestamp bigint, run_uuid varchar(32),
    primary key (key, timestamp, run_uuid));
"""
METRICS_1_0 = """
create table metrics (key varchar(250), value float not null, timestamp bigint, run_uuid varchar(32),
    step bigint default '0' not null, primary key (key, timestamp, step, run_uuid, value));
"""
METRICS_1_1 = """
create table metrics (key varchar(250), value float not null, timestamp bigint, run_uuid varchar(32),
    step bigint default '0' not null, is_nan boolean default '0' not null,
    primary key (key, timestamp, step, run_uuid, value, is_nan));
"""
INPUTS_2_4 = """
create table datasets (dataset_uuid varchar(36), experiment_id integer, name varchar(500), digest varchar(36),
    dataset_source_type varchar(36), dataset_source text, dataset_schema text, dataset_profile text);
create table inputs (input_uuid varchar(36), source_type varchar(36), source_id varchar(36),
    destination_type varchar(36), destination_id varchar(36));
create table input_tags (input_uuid varchar(36), name varchar(255), value varchar(500));
"""
#: MLflow's release → the tables that its databases had.
SCHEMAS = {
    "0.9": RUNS_0_9 + METRICS_0_9,
    "1.0": RUNS_0_9 + METRICS_1_0,
    "1.1": RUNS_0_9 + METRICS_1_1,
    "1.3": RUNS_0_9 + METRICS_1_1 + "create table experiment_tags (key text, value text, experiment_id integer);",
    "2.0": RUNS_0_9 + METRICS_1_1 + "alter table runs add column deleted_time bigint;",
    "2.4": RUNS_0_9 + METRICS_1_1 + INPUTS_2_4,
    "3.0": RUNS_0_9 + METRICS_1_1 + INPUTS_2_4 + "alter table inputs add column step bigint default '0' not null;",
    "of somebody's own": "create table runs (run_uuid); create table metrics (run_uuid, key, value);",
}


def build(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def insert(path: Path, table: str, **values: object) -> None:
    """Insert a row, leaving out the columns that the table's version has not."""
    with closing(sqlite3.connect(path)) as connection:
        known = {row[1] for row in connection.execute(f"pragma table_info({table})")}
        row = {name: value for name, value in values.items() if name in known}
        marks = ", ".join("?" * len(row))
        connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
        connection.commit()


def opened(path: Path) -> RunSource:
    return open_source(f"mlflow:sqlite:///{path}", Path("/"))


def read_all(path: Path) -> dict[str, Recorded]:
    source = opened(path)
    return {ref.id: source.read(ref.id) for ref in refs_of(source)[0]}


@contextmanager
def another_process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a Python script beside this one until it has printed a line; end it afterwards."""
    command = [sys.executable, "-c", script, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stdout.readline().strip() == "ready"
        yield process
    finally:
        process.kill()
        process.communicate()


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin exclusive")
print("ready", flush=True)
sys.stdin.read()
"""

#: Logs one more point, does not check it into the database, and dies.
DIE_IN_WAL = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("pragma journal_mode = wal")
connection.execute("insert into metrics values ('late', 0.5, 9, ?, 1, 0)", [sys.argv[2]])
connection.commit()
print("ready", flush=True)
os._exit(0)
"""

#: Has written half of a transaction into the database itself when it dies.
DIE_IN_COMMIT = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma cache_size = 1")
connection.execute("begin")
rows = [("half " * 40, n, n, sys.argv[2], n, 0) for n in range(5000)]
connection.executemany("insert into metrics values (?, ?, ?, ?, ?, ?)", rows)
print("ready", flush=True)
os._exit(0)
"""

LOG_FOR_EVER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("pragma journal_mode = wal")
connection.execute("pragma wal_autocheckpoint = 20")
for n in range(10**9):
    connection.execute("insert into metrics values ('count', ?, ?, ?, ?, 0)", [n, n, sys.argv[2], n])
    connection.commit()
    time.sleep(0.001)
    if n == 50:
        print("ready", flush=True)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A small database of MLflow's 1.1 to 2.3, with one finished run."""
    path = tmp_path / "store" / "mlflow.db"
    path.parent.mkdir()
    build(path, SCHEMAS["1.1"])
    insert(path, "runs", run_uuid=RUN, name="svm", status="FINISHED", start_time=1, experiment_id=1)
    for step in range(3):
        insert(path, "metrics", key="acc", value=step / 8, timestamp=step, run_uuid=RUN, step=step, is_nan=0)
    return path


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("everything")
    return root, log_everything_mlflow_has(f"sqlite:///{root / 'mlflow.db'}", (root / "kept").as_uri())


class TestWhatMlflowWrote:
    def test_is_read_as_mlflow_reads_it(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        client = mlflow_client(f"sqlite:///{root / 'mlflow.db'}")
        source = opened(root / "mlflow.db")
        assert {ref.id for ref in refs_of(source)[0]} == set(ids.values())
        for run_id in ids.values():
            assert_says_what_the_client_says(source.read(run_id), client)

    def test_infinity_is_the_greatest_float_as_mlflow_gives_it_back(
        self, everything: tuple[Path, dict[str, str]]
    ) -> None:
        root, ids = everything
        summary = opened(root / "mlflow.db").read(ids["rich"]).run.summary
        assert (summary["inf"], summary["-inf"]) == (sys.float_info.max, -sys.float_info.max)

    def test_deleted_runs_and_runs_of_deleted_experiments_are_deleted(
        self, everything: tuple[Path, dict[str, str]]
    ) -> None:
        root, ids = everything
        source = opened(root / "mlflow.db")
        status = {what: source.read(run_id).run.status for what, run_id in ids.items()}
        assert status["deleted"] is status["orphan"] is Status.DELETED
        assert status["child"] is Status.KILLED

    def test_says_the_same_as_a_file_store_with_the_same_runs(
        self, everything: tuple[Path, dict[str, str]], tmp_path: Path
    ) -> None:
        root, ids = everything
        files = log_everything_mlflow_has((tmp_path / "mlruns").as_uri(), None)
        ours = opened(root / "mlflow.db").read(ids["rich"]).run
        theirs = open_source("mlflow:mlruns", tmp_path).read(files["rich"]).run
        assert repr(ours.config) == repr(theirs.config)
        assert [(a.path, a.digest) for a in ours.artifacts] == [(a.path, a.digest) for a in theirs.artifacts]
        assert ours.provenance.datasets == theirs.provenance.datasets
        assert ours.provenance.git_commit == theirs.provenance.git_commit

    def test_reading_changes_no_byte_and_leaves_no_file(self, everything: tuple[Path, dict[str, str]]) -> None:
        root, ids = everything
        before = fingerprint(root)
        source = opened(root / "mlflow.db")
        assert [ref.id for ref in refs_of(source)[0]]
        assert source.artifact(ids["rich"], "notes/a b%20c.txt").read_text() == "hello"
        assert fingerprint(root) == before

    def test_artifacts_are_found_beside_a_database_that_moved(
        self, everything: tuple[Path, dict[str, str]], tmp_path: Path
    ) -> None:
        root, ids = everything
        shutil.copy(root / "mlflow.db", tmp_path / "mlflow.db")
        with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
            connection.execute("update runs set artifact_uri = replace(artifact_uri, ?, '/gone')", [str(root)])
            connection.commit()
        with pytest.raises(ArtifactError, match="/gone"):
            opened(tmp_path / "mlflow.db").artifact(ids["rich"], "notes/a b%20c.txt")
        shutil.copytree(root / "kept", tmp_path / "mlruns" / "1")
        artifact = opened(tmp_path / "mlflow.db").artifact(ids["rich"], "notes/a b%20c.txt")
        assert artifact.is_relative_to(tmp_path)


class TestSchemas:
    @pytest.mark.parametrize("version", SCHEMAS)
    def test_of_every_version_are_read(self, tmp_path: Path, version: str) -> None:
        path = tmp_path / "mlflow.db"
        build(path, SCHEMAS[version])
        whole = version != "of somebody's own"
        insert(path, "runs", run_uuid=RUN, name="svm", user_id="ada", status="FINISHED", start_time=1500000000000)
        if whole:
            insert(path, "params", key="C", value="10", run_uuid=RUN)
            insert(path, "tags", key="mlflow.source.git.commit", value="c0ffee", run_uuid=RUN)
        for step, value in enumerate([0.5, 0.75, 0.625]):
            time = 1500000000000 + step
            insert(path, "metrics", key="acc", value=value, timestamp=time, run_uuid=RUN, step=step, is_nan=0)
        before = fingerprint(tmp_path)
        recorded = read_all(path)[RUN]
        assert fingerprint(tmp_path) == before
        has_steps = version not in ("0.9", "of somebody's own")
        assert recorded.history["acc"].steps.tolist() == ([0, 1, 2] if has_steps else [0, 0, 0])
        if whole:
            assert recorded.run.summary == {"acc": 0.625}
            assert recorded.run.config == {"C": 10}
            assert (recorded.run.name, recorded.run.status) == ("svm", Status.FINISHED)
            assert (recorded.run.provenance.git_commit, recorded.run.provenance.user) == ("c0ffee", "ada")
        else:
            assert recorded.run.status is Status.UNKNOWN

    def test_nan_is_kept_apart_from_zero(self, database: Path) -> None:
        insert(database, "metrics", key="loss", value=0.0, timestamp=1, run_uuid=RUN, step=0, is_nan=1)
        insert(database, "metrics", key="zero", value=0.0, timestamp=1, run_uuid=RUN, step=0, is_nan=0)
        summary = read_all(database)[RUN].run.summary
        assert (repr(summary["loss"]), summary["zero"]) == ("nan", 0.0)

    @pytest.mark.parametrize("experiment", [1, 2])
    def test_runs_of_a_deleted_experiment_are_deleted(self, database: Path, experiment: int) -> None:
        insert(database, "runs", run_uuid="x", status="FINISHED", lifecycle_stage="active", experiment_id=experiment)
        run = read_all(database)["x"].run
        assert run.status is (Status.FINISHED if experiment == 1 else Status.DELETED)
        assert run.tags["mlflow.experiment"] == ("digits" if experiment == 1 else "old")

    @pytest.mark.parametrize(
        ("script", "missing"),
        [
            ("create table t (x)", "there is no table runs"),
            ("create table runs (run_uuid)", "there is no table metrics"),
            (
                "create table runs (id); create table metrics (run_uuid, key, value)",
                "table runs has no column run_uuid",
            ),
            ("create table r (run_uuid); create view runs as select * from r", "there is no table runs"),
        ],
    )
    def test_that_are_not_mlflows_are_refused(self, tmp_path: Path, script: str, missing: str) -> None:
        build(tmp_path / "other.db", script)
        with pytest.raises(SourceFormatError, match=f"not an MLflow database: {missing}") as caught:
            read_all(tmp_path / "other.db")
        assert "other.db" in str(caught.value)


class TestOddRows:
    def test_values_that_are_no_numbers_are_left_out_and_counted(self, database: Path) -> None:
        for step, value in enumerate(["1,000.35", '"0.91"', b"\xff"]):
            insert(database, "metrics", key="acc", value=value, timestamp=5, run_uuid=RUN, step=10 + step, is_nan=0)
        run = read_all(database)[RUN].run
        assert (run.summary["acc"], run.metrics["acc"]) == (0.25, 3)
        assert ["3 points are no numbers" in p.reason for p in run.problems] == [True]

    def test_text_that_is_no_utf_8_is_no_reason_to_fail(self, database: Path) -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("update runs set name = cast(x'ff41' as text)")
            connection.commit()
        assert read_all(database)[RUN].run.name == "\ufffdA"

    @pytest.mark.parametrize("run_id", ["../x", "a/b", "", "x" * 300, "a\nb", "%2e%2e", 7, b"\xff"])
    def test_ids_that_are_no_file_names_are_set_aside(self, database: Path, run_id: object) -> None:
        insert(database, "runs", run_uuid=run_id, name="odd", status="FINISHED", start_time=2)
        refs, problems = refs_of(opened(database))
        if run_id != 7:
            assert [ref.id for ref in refs] == [RUN]
            assert len(problems) == 1

    @pytest.mark.parametrize("uri", ["/etc", "file:///etc", "../../etc", "s3://bucket", f"/etc/{RUN}/../..", "\0"])
    def test_an_artifact_uri_cannot_point_at_other_folders(self, database: Path, uri: str) -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("update runs set artifact_uri = ?", [uri])
            connection.commit()
        assert read_all(database)[RUN].run.artifacts == ()
        with pytest.raises(ArtifactError):
            opened(database).artifact(RUN, "passwd")

    def test_a_run_id_is_no_sql(self, database: Path) -> None:
        with pytest.raises(SourceNotFoundError):
            opened(database).read("x' or '1'='1")


class TestDamagedFiles:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "is empty"),
            (b"SQLite", "not a SQLite"),
            (b"x" * 8192, "not a SQLite"),
            (b"PK\x03\x04", "not a SQLite"),
        ],
    )
    def test_that_are_no_databases_are_named(self, tmp_path: Path, content: bytes, reason: str) -> None:
        (tmp_path / "mlflow.db").write_bytes(content)
        with pytest.raises(SourceFormatError, match=reason) as caught:
            refs_of(opened(tmp_path / "mlflow.db"))
        assert str(tmp_path / "mlflow.db") in str(caught.value)
        assert caught.value.hint

    def test_that_are_not_there_or_folders_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(SourceNotFoundError):
            refs_of(opened(tmp_path / "mlflow.db"))
        with pytest.raises(SourceFormatError, match="no file"):
            refs_of(opened(tmp_path))
        with pytest.raises(SourceError):
            refs_of(open_source("mlflow:sqlite://", tmp_path))

    @pytest.mark.parametrize("kept", [16, 100, 512, 4095, 4096, 4097, 8192, 0.1, 0.5, 0.9, 0.999])
    def test_that_were_cut_are_refused_and_left_alone(self, database_copy: Path, kept: float) -> None:
        size = database_copy.stat().st_size
        os.truncate(database_copy, int(kept if kept > 1 else kept * size))
        before = fingerprint(database_copy.parent)
        with pytest.raises(SourceFormatError) as caught:
            read_all(database_copy)
        assert str(database_copy) in str(caught.value)
        assert caught.value.hint
        assert fingerprint(database_copy.parent) == before

    def test_with_overwritten_pages_are_refused(self, database_copy: Path) -> None:
        with database_copy.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(database_copy.stat().st_size - 4096))
        with pytest.raises(SourceFormatError, match=r"damaged|not an MLflow"):
            read_all(database_copy)


class TestWriters:
    def test_a_lock_is_waited_for_and_then_named(self, database: Path) -> None:
        source = opened(database)
        source._database = Database(database, patience=0.3)  # type: ignore[attr-defined]
        with another_process(LOCK, str(database)):
            before = fingerprint(database.parent)
            with pytest.raises(SourceError, match="locked by another process") as caught:
                refs_of(source)
            assert str(database) in str(caught.value)
            assert caught.value.hint
            assert fingerprint(database.parent) == before
        assert [ref.id for ref in refs_of(source)[0]] == [RUN]

    def test_a_lock_in_wal_mode_is_no_hindrance(self, database: Path) -> None:
        build(database, "pragma journal_mode = wal")
        with another_process(LOCK, str(database)):
            before = fingerprint(database.parent)
            assert read_all(database)[RUN].run.summary == {"acc": 0.25}
            assert fingerprint(database.parent) == before

    def test_wal_mode_alone_makes_no_files(self, database: Path) -> None:
        build(database, "pragma journal_mode = wal")
        assert list(database.parent.iterdir()) == [database]
        before = fingerprint(database.parent)
        assert read_all(database)[RUN].run.summary == {"acc": 0.25}
        assert fingerprint(database.parent) == before

    def test_what_is_only_in_the_log_is_read(self, database: Path) -> None:
        with another_process(DIE_IN_WAL, str(database), RUN) as process:
            process.wait()
        assert Path(f"{database}-wal").stat().st_size
        before = fingerprint(database.parent)
        assert read_all(database)[RUN].run.summary == {"acc": 0.25, "late": 0.5}
        assert fingerprint(database.parent) == before

    def test_half_a_transaction_is_not_read(self, database: Path) -> None:
        with another_process(DIE_IN_COMMIT, str(database), RUN) as process:
            process.wait()
        assert Path(f"{database}-journal").stat().st_size
        before = fingerprint(database.parent)
        assert read_all(database)[RUN].run.summary == {"acc": 0.25}
        assert fingerprint(database.parent) == before

    def test_every_read_beside_a_busy_writer_is_of_one_state(self, database: Path) -> None:
        source = opened(database)
        seen = 0
        with another_process(LOG_FOR_EVER, str(database), RUN):
            for _ in range(60):
                history = source.read(RUN).history["count"]
                assert history.values.tolist() == list(range(len(history)))
                assert len(history) >= seen
                seen = len(history)
        assert seen > 50

    def test_reading_does_not_drop_this_processs_own_locks(self, database: Path) -> None:
        try_lock = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('begin immediate')"
        with closing(sqlite3.connect(database, isolation_level=None)) as ours:
            ours.execute("begin immediate")
            assert read_all(database)[RUN].run.summary == {"acc": 0.25}
            assert open_source("mlflow:" + str(database), Path("/")).read(RUN).run.name == "svm"
            other = subprocess.run([sys.executable, "-c", try_lock, str(database)], capture_output=True, text=True)
            assert "database is locked" in other.stderr

    def test_a_copy_goes_with_its_source(self, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        with another_process(DIE_IN_WAL, str(database), RUN) as process:
            process.wait()
        source = opened(database)
        source.read(RUN)
        source.read(RUN)
        assert len(list(scratch.iterdir())) == 1
        del source
        assert list(scratch.iterdir()) == []


class TestStamps:
    def test_change_with_a_value_that_was_corrected_in_place(self, database: Path) -> None:
        assert [ref.stamp for ref in refs_of(opened(database))[0]] == [""]
        settle(database.parent)
        before, digest = refs_of(opened(database))[0][0].stamp, opened(database).read(RUN).run.digest
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("update metrics set value = 0.125 where step = 2")
            connection.commit()
        settle(database.parent)
        assert before != refs_of(opened(database))[0][0].stamp != ""
        assert opened(database).read(RUN).run.digest != digest

    def test_change_with_an_artifact(self, database: Path) -> None:
        kept = database.parent / "mlruns" / "1" / RUN / "artifacts"
        kept.mkdir(parents=True)
        settle(database.parent)
        before = refs_of(opened(database))[0][0].stamp
        (kept / "a.txt").write_text("x")
        settle(database.parent)
        assert before != refs_of(opened(database))[0][0].stamp != ""
