"""Run folders as a source: what is listed, what is set aside, and what never leads out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.sources.stores import fingerprint, refs_of

from pressrun.errors import ArtifactError, SourceError, SourceFormatError, SourceNotFoundError
from pressrun.recording.active import start_run
from pressrun.records import Status
from pressrun.sources import open_source
from pressrun.sources.folder import FolderSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.records import Run


@pytest.fixture(autouse=True)
def _no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Record one run in `runs/` and give its folder."""

    def make(name: str = "svm", points: int = 3, **config: Any) -> Path:
        with start_run(name, config, folder=tmp_path / "runs", resources=False) as run:
            for step in range(points):
                run.log({"loss": 1 / (1 + step)}, step=step)
            run.artifact_path("model.bin").write_bytes(b"weights")
        return run.folder

    return make


@pytest.fixture
def source(tmp_path: Path) -> FolderSource:
    return FolderSource("runs/", tmp_path)


def age(folder: Path, seconds: float = 2.2) -> None:
    """Wait until nothing of a folder changed just now."""
    newest = max(path.stat().st_ctime for path in folder.rglob("*"))
    time.sleep(max(0.0, newest + seconds - time.time()))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def only(source: FolderSource) -> Run:
    (ref,), problems = refs_of(source)
    assert problems == []
    return source.read(ref.id).run


def test_a_missing_folder_is_named_with_the_next_step(source: FolderSource) -> None:
    with pytest.raises(SourceNotFoundError, match="pressrun run"):
        list(source.refs())
    with pytest.raises(SourceNotFoundError):
        source.read("x")


def test_an_empty_folder_is_an_empty_source(source: FolderSource, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "notes.txt").write_text("to do")
    (tmp_path / "runs" / ".hidden").mkdir()
    assert refs_of(source) == ([], [])


@pytest.mark.parametrize("url", ["runs", "runs/", "./runs", "runs:runs/"])
def test_a_url_is_a_path_with_or_without_its_scheme(record: Callable[..., Path], tmp_path: Path, url: str) -> None:
    folder = record()
    found = only(FolderSource(url, tmp_path))
    assert (found.id, found.source) == (folder.name, url)


def test_one_run_can_be_a_source(record: Callable[..., Path], tmp_path: Path) -> None:
    folder = record()
    record("other")
    assert only(FolderSource(f"runs/{folder.name}", tmp_path)).id == folder.name


@pytest.mark.parametrize(
    ("files", "looks", "hint"),
    [
        (["0/meta.yaml", "0/abc/meta.yaml"], "MLflow file store", "mlflow:"),
        (["mlflow.db"], "MLflow database", "mlflow:sqlite:///"),
        (["svm/events.out.tfevents.1.host"], "TensorBoard", ""),
        (["run-1/files/wandb-metadata.json"], "W&B", ""),
        (["sweep/r1/run.json"], "folder of folders of runs", "sweep"),
        (["version_0/hparams.yaml", "version_0/metrics.csv"], "Lightning", ""),
        (["out/trainer_state.json"], "Hugging Face trainer", "pr.runs"),
        (["results.csv"], "CSV tables", "pr.runs"),
        (["a/scores.json"], "JSON files", "pr.runs"),
        (["a/1.txt", "b/2.txt"], "text files", "pr.runs"),
    ],
)
def test_another_loggers_folder_is_told_by_its_looks(
    source: FolderSource, tmp_path: Path, files: list[str], looks: str, hint: str
) -> None:
    for name in files:
        path = tmp_path / "runs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    with pytest.raises(SourceFormatError, match=looks) as caught:
        list(source.refs())
    assert hint in caught.value.hint
    # What the hint tells to write is something that a source reads.
    url = re.fullmatch(r"write (\S+)", caught.value.hint)
    assert url is not None or "pass them as records" in caught.value.hint
    if url is not None:
        open_source(url[1], tmp_path)


def test_what_may_not_be_looked_at_is_said_and_named(source: FolderSource, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    (folder / "inner").mkdir(parents=True)
    read = "import sys, pathlib; from pressrun.sources import open_source"
    read += "; list(open_source(sys.argv[1], pathlib.Path.cwd()).refs())"
    folder.chmod(0)
    try:
        for url in ("runs", "runs/inner"):
            ended = without_privileges([sys.executable, "-c", read, url], tmp_path)
            last = ended.stderr.strip().splitlines()[-2:]
            assert last[0].startswith("pressrun.errors.SourceFormatError"), ended.stderr
            assert str(tmp_path / "runs") in last[0]
            assert "Permission denied" in last[0]
            assert "grant access" in last[1]
    finally:
        folder.chmod(0o755)


def without_privileges(line: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command whose permissions count, which those of root do not."""
    if os.geteuid() == 0:
        lost = "-dac_override,-dac_read_search"
        line = ["setpriv", "--bounding-set", lost, "--inh-caps", lost, *line]
        if shutil.which("setpriv") is None:
            pytest.skip("root may read everything, and there is no setpriv")
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("folder", ["lightning", "hf_trainer", "tensorboard", "wandb", "tables", "text_logs"])
def test_other_peoples_folders_are_told_apart(folder: str) -> None:
    place = Path(__file__).parents[2].parent / "shared" / "data" / folder
    if not place.is_dir():
        pytest.skip(f"{place} is not there")
    with pytest.raises(SourceFormatError, match="holds no runs of pressrun; it looks like"):
        list(FolderSource(str(place), place).refs())


def test_a_file_is_no_folder_of_runs(source: FolderSource, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(SourceFormatError, match="is a file"):
        list(source.refs())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no run.json"),
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[]", "not an object"),
        (b"\xff\xfe", "not UTF-8|utf-8"),
        (b'{"format": 1, "format": 1}', "twice"),
        (b"{}", "names no format"),
        (b'{"format": 99}', "format 99"),
        (b"[" * 100_000, "deep"),
    ],
)
def test_a_folder_with_a_broken_run_json_is_a_problem_and_the_others_load(
    record: Callable[..., Path], source: FolderSource, content: bytes | None, reason: str
) -> None:
    good, bad = record("good"), record("bad")
    (bad / "run.json").unlink()
    if content is not None:
        (bad / "run.json").write_bytes(content)
    refs, (problem,) = refs_of(source)
    assert [ref.id for ref in refs] == [good.name]
    assert str(bad) in problem.where
    assert any(part in problem.reason for part in reason.split("|"))
    with pytest.raises(SourceError):
        source.read(bad.name)


def test_damaged_files_besides_are_problems_of_the_run(record: Callable[..., Path], source: FolderSource) -> None:
    folder = record()
    (folder / "provenance.json").write_text("{")
    edit(folder / "run.json", lambda data: data.update(config=[1], name=3, tags=None, started="now"))
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'nonsense\n{"kind":"log","st')
    run = only(source)
    assert run.status is Status.FINISHED
    assert run.metrics == {"loss": 3}
    assert run.started is None
    places = [problem.where.partition(", ")[2] for problem in run.problems]
    assert [place for place in places if place.startswith("events.jsonl")] == [
        "events.jsonl, line 6",
        "events.jsonl, line 7",
    ]
    assert {"provenance.json", "run.json"} <= set(places)


def test_an_events_file_that_is_gone_is_a_problem(record: Callable[..., Path], source: FolderSource) -> None:
    folder = record()
    (folder / "events.jsonl").unlink()
    run = only(source)
    assert run.status is Status.RUNNING
    assert [problem.where for problem in run.problems if "events" in problem.where]


def test_a_copied_run_says_so(record: Callable[..., Path], source: FolderSource, tmp_path: Path) -> None:
    folder = record()
    shutil.copytree(folder, tmp_path / "runs" / "copy")
    (original, copy), _ = refs_of(source)
    assert source.read(original.id).run.problems == ()
    copied = source.read(copy.id).run
    assert "copied or renamed" in copied.problems[0].reason
    assert copied.artifacts == source.read(original.id).run.artifacts


def test_reading_changes_nothing_and_gives_the_same_digest(
    record: Callable[..., Path], source: FolderSource, tmp_path: Path
) -> None:
    record()
    before = fingerprint(tmp_path / "runs")
    assert only(source).digest == only(source).digest != ""
    assert fingerprint(tmp_path / "runs") == before


class TestStamps:
    def test_a_file_changed_just_now_has_none(self, record: Callable[..., Path], source: FolderSource) -> None:
        folder = record()
        assert refs_of(source)[0][0].stamp == ""
        age(folder)
        assert refs_of(source)[0][0].stamp != ""

    def test_a_change_under_the_same_size_and_time_changes_it(
        self, record: Callable[..., Path], source: FolderSource
    ) -> None:
        files = ["artifacts/model.bin", "events.jsonl", "provenance.json", "run.json"]
        edited = {record(f"svm-{number}").name: file for number, file in enumerate(files)}
        age(source.folder)
        before = {ref.id: ref.stamp for ref in refs_of(source)[0]}
        for run, file in edited.items():
            path = source.folder / run / file
            stat, content = path.stat(), path.read_bytes()
            path.write_bytes(content.replace(b"svm", b"mvs") if file == "run.json" else content[::-1])
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert [ref.stamp for ref in refs_of(source)[0]] == ["", "", "", ""]
        age(source.folder)
        for ref in refs_of(source)[0]:
            assert ref.stamp not in ("", before[ref.id]), edited[ref.id]

    def test_it_stays_when_nothing_changes(self, record: Callable[..., Path], source: FolderSource) -> None:
        folder = record()
        (folder / "output.log").write_text("printed")
        age(folder)
        first = refs_of(source)
        (folder / "output.log").write_text("printed more")
        only(source)
        assert refs_of(source) == first

    def test_a_touch_changes_the_stamp_and_not_the_digest(
        self, record: Callable[..., Path], source: FolderSource
    ) -> None:
        folder = record()
        digest = only(source).digest
        (folder / "events.jsonl").touch()
        (folder / "artifacts" / "model.bin").touch()
        assert only(source).digest == digest


class TestArtifacts:
    def test_an_artifact_changed_after_the_run_is_told(self, record: Callable[..., Path], source: FolderSource) -> None:
        folder = record()
        before = only(source)
        (folder / "artifacts" / "model.bin").write_bytes(b"WEIGHTS")
        after = only(source)
        assert "not what was recorded" in after.problems[0].reason
        assert after.digest != before.digest

    def test_an_artifact_that_is_gone_is_told(self, record: Callable[..., Path], source: FolderSource) -> None:
        folder = record()
        (folder / "artifacts" / "model.bin").unlink()
        run = only(source)
        assert run.artifacts == ()
        assert "is gone" in run.problems[0].reason

    def test_links_that_lead_out_are_not_followed_and_circles_end(
        self, record: Callable[..., Path], source: FolderSource, tmp_path: Path
    ) -> None:
        folder = record()
        (tmp_path / "secret").write_text("secret")
        inner = folder / "artifacts"
        (inner / "out").symlink_to(tmp_path / "secret")
        (inner / "up").symlink_to(tmp_path)
        (inner / "loop").symlink_to(inner)
        (inner / "self").symlink_to("self")
        (inner / "same.bin").symlink_to("model.bin")
        (inner / "sub").mkdir()
        (inner / "sub" / "back").symlink_to("..")
        run = only(source)
        assert [artifact.path for artifact in run.artifacts] == ["model.bin", "same.bin"]
        assert len(run.problems) == 5
        assert source.artifact(run.id, "same.bin").read_bytes() == b"weights"
        for path in ("out", "up/secret", "up", "self", "loop/loop", "sub/back/out"):
            with pytest.raises(ArtifactError):
                source.artifact(run.id, path)

    def test_files_of_a_run_that_are_links_are_not_followed(
        self, record: Callable[..., Path], source: FolderSource, tmp_path: Path
    ) -> None:
        folder = record()
        (tmp_path / "secret").write_text("secret")
        (folder / "diff.patch").symlink_to(tmp_path / "secret")
        shutil.rmtree(folder / "artifacts")
        (folder / "artifacts").symlink_to(tmp_path)
        run = only(source)
        assert run.provenance.git_diff == ""
        assert run.artifacts == ()
        assert len(run.problems) >= 2
        with pytest.raises(ArtifactError):
            source.artifact(run.id, "secret")

    def test_a_run_that_is_a_link_is_not_followed(
        self, record: Callable[..., Path], source: FolderSource, tmp_path: Path
    ) -> None:
        folder = record()
        outside = tmp_path / "outside"
        shutil.copytree(folder, outside)
        (tmp_path / "runs" / "linked").symlink_to(outside)
        (tmp_path / "runs" / "loop").symlink_to("loop")
        (tmp_path / "runs" / "latest").symlink_to(folder)
        refs, (problem,) = refs_of(source)
        assert [ref.id for ref in refs] == [folder.name]
        assert "link" in problem.reason
        with pytest.raises(SourceNotFoundError):
            source.read("linked")


@pytest.mark.parametrize("file", ["run.json", "events.jsonl", "provenance.json", "diff.patch", "environment.txt"])
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_pipe_or_link_in_place_of_a_file_is_a_problem_and_never_waited_for(
    record: Callable[..., Path], source: FolderSource, tmp_path: Path, file: str, kind: str
) -> None:
    record("good")
    folder = record("bad")
    if (folder / file).exists():
        shutil.move(folder / file, tmp_path / "outside")
    if kind == "pipe":
        os.mkfifo(folder / file)
    else:
        (folder / file).symlink_to(tmp_path / "outside")
    refs, problems = refs_of(source)
    if file == "run.json":
        assert len(refs) == len(problems) == 1
        return
    found = {ref.id: source.read(ref.id).run for ref in refs}
    assert [problem.where.rpartition(", ")[2] for problem in found[folder.name].problems][:1] == [file]


def test_a_thousand_runs_are_listed(record: Callable[..., Path], source: FolderSource, tmp_path: Path) -> None:
    folder = record()
    for number in range(999):
        shutil.copytree(folder, tmp_path / "runs" / f"copy-{number}")
    assert len(refs_of(source)[0]) == 1000
