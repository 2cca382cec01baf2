"""Files that a run leaves, and data that it says it used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pressrun import start_run
from pressrun.errors import ArtifactError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.records import Recorded


def test_data_is_fingerprinted_by_content(runs: Path, read_one: Callable[[], Recorded]) -> None:
    data = runs.parent / "data"
    (data / "sub").mkdir(parents=True)
    (data / "a.csv").write_text("1,2")
    (data / "sub" / "loop").symlink_to(data)
    with start_run(folder=runs) as run:
        first = run.use_data("digits", version="1", path=data)
        again = run.use_data("same", path=data)
        (data / "a.csv").write_text("1,3")
        changed = run.use_data("changed", path=data)
        remote = run.use_data("remote", path="s3://user:key@bucket/x")
        with pytest.raises(UsageError, match="nothing"):
            run.use_data("nothing", path=data / "nothing")
    assert first.digest == again.digest != changed.digest
    assert (remote.digest, remote.path) == ("", "s3://***@bucket/x")
    found = read_one().run.provenance
    assert [d.name for d in found.datasets] == ["digits", "same", "changed", "remote"]
    assert found.datasets[0] == first
    assert found.extra["data_sizes"] == {"digits": 3, "same": 3, "changed": 3}


def test_artifacts_are_kept_with_their_digests(runs: Path, read_one: Callable[[], Recorded]) -> None:
    local = runs.parent / "model.bin"
    local.write_bytes(b"weights")
    folder = runs.parent / "plots"
    folder.mkdir()
    (folder / "roc.txt").write_text("0 0")
    with start_run(folder=runs) as run:
        (saved,) = run.save_artifact(local)
        run.save_artifact(folder, "figures")
        run.artifact_path("deep/in/notes 100%.txt").write_text("n")
        assert run.save_artifact(local, "again/model.bin")[0].digest == saved.digest
    found = {a.path: a for a in read_one().run.artifacts}
    assert sorted(found) == ["again/model.bin", "deep/in/notes 100%.txt", "figures/roc.txt", "model.bin"]
    assert found["model.bin"] == saved
    assert all(a.digest.startswith("sha256:") for a in found.values())


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "%2e%2e/x", "%252e%252e/x", "..\\x", "C:x", "file:///x", "", ".", "a\0b"]
)
def test_an_artifact_stays_in_its_run(runs: Path, name: str) -> None:
    (runs.parent / "f").write_text("f")
    with start_run(folder=runs, resources=False) as run:
        with pytest.raises(ArtifactError):
            run.artifact_path(name)
        with pytest.raises(ArtifactError):
            run.save_artifact(runs.parent / "f", name)
        with pytest.raises(ArtifactError, match="nowhere"):
            run.save_artifact(runs.parent / "nowhere")
    assert sorted(path.name for path in runs.parent.iterdir()) == ["f", "runs"]
