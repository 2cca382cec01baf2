"""Runs that are gone from their source since the lock: named, claims on them unsupported, the old evidence serves."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

    from tests.conftest import Study

PAPER = (
    "import pressrun as pr\nruns = pr.runs('runs/')",
    "acc = pr.value(runs, 'test/acc')\nacc",
    "#| label: clm-good\npr.claim('it is good', pr.at_least(runs, 'test/acc', 0.5))",
    "print('apart')",
)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)["papers"][0]
    return found


def test_runs_that_are_gone_are_named_and_what_rests_on_them_is_unsupported(study: Study) -> None:
    ids = [study.record(f"svm-{seed}", accuracy, seed=seed) for seed, accuracy in enumerate((0.91, 0.93, 0.92))]
    study.paper(*PAPER)
    before = document(study.command("build", "--json"))
    assert [claim["verdict"] for claim in before["claims"]] == ["holds"]
    lock = (study.root / "papers" / "demo" / "paper.lock").read_bytes()
    old = {name: digest for name, digest in study.publication.items() if "/versions/1/" in name}
    assert old

    shutil.rmtree(study.root / "runs" / ids[0])
    done = study.command("build", "--json")
    after = document(done)
    assert done.returncode == 1
    assert (after["outcome"], after["version"]) == ("published", 2)
    assert after["stale"] == [{"what": "query runs/", "reason": "run svm-0 is gone, or is no longer found by it"}]
    assert any("gone from the source, and kept by the lock: svm-0" in line for line in after["log"])
    cells = {cell["id"]: cell["reason"] for cell in after["cells"] if cell["outcome"] == "executed"}
    assert cells == {
        "c0": "run svm-0 gone",
        "c1": "upstream cell 1 (runs)",
        "c2": "upstream cell 1 (runs); upstream cell 2 (acc)",
    }
    (claim,) = after["claims"]
    assert claim["verdict"] == "unsupported"
    assert "svm-0" in claim["reason"]
    # The number of before is not printed as if it were there.
    assert after["values"][0]["state"] != before["values"][0]["state"] == "current"
    assert after["values"][0]["text"] != before["values"][0]["text"]
    # The lock keeps the run, so that whoever has it back has the paper back.
    assert (study.root / "papers" / "demo" / "paper.lock").read_bytes() == lock

    assert {name: digest for name, digest in study.publication.items() if "/versions/1/" in name} == old
    for version in ("1", "2"):
        verified = study.command("verify", str(study.root / "site" / "demo" / "versions" / version))
        assert verified.returncode == 0, verified.stdout + verified.stderr
    frozen = study.command("build", "--frozen")
    assert frozen.returncode == 4
    assert "1 run gone: svm-0" in frozen.stderr
